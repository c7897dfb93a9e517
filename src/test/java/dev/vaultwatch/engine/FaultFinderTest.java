package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.RuleFault;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("Where in a rule file a fault is, by what Esper says of it")
class FaultFinderTest {
    private static RuleFault inFile(String epl, String message) {
        return new FaultFinder(Rules.of("rule", epl)).inFile(new IllegalStateException(message));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Something is wrong                            | Something is wrong.
            Something is wrong.                           | Something is wrong.
            No x; did you mean 'y'?                       | No x; did you mean 'y'?
            No x (did you mean 'y'?)                      | No x (did you mean 'y'?)
            Something is wrong [select upn from X]        | Something is wrong.
            Something [in brackets] is wrong              | Something [in brackets] is wrong.
            [select upn from X]                           | [select upn from X].
            Something is wrong at line 2 column 3, please | Something is wrong, please.
            """)
    @DisplayName("What it says is a sentence, without the statement and the place")
    void sentence(String message, String sentence) {
        assertThat(inFile("select", message).problem()).isEqualTo(sentence);
    }

    @Test
    @DisplayName("The place is the one that it says, the quote that is never closed, or none")
    void place() {
        assertThat(inFile("a\nb\nc d", "Wrong at line 3 column 2"))
                .extracting(RuleFault::line, RuleFault::column)
                .containsExactly(3, 2);
        assertThat(inFile("a\nb\nc d", "Wrong at line 3"))
                .extracting(RuleFault::line, RuleFault::column)
                .containsExactly(3, 0);
        assertThat(inFile("'a", "Wrong")).satisfies(fault -> {
            assertThat(fault.line()).isEqualTo(1);
            assertThat(fault.column()).isEqualTo(1);
            assertThat(fault.problem()).isEqualTo("The quote that opens here is never closed. Wrong.");
        });
        assertThat(inFile("/*'*/ // '\n'a' \"b", "Wrong"))
                .extracting(RuleFault::line, RuleFault::column)
                .containsExactly(2, 5);
        assertThat(inFile("a '\\'' b", "Wrong"))
                .extracting(RuleFault::line, RuleFault::column)
                .containsExactly(0, 0);
        assertThat(new FaultFinder(Rules.of("rule", "a"))
                        .inFile(new IllegalStateException())
                        .problem())
                .isEqualTo("java.lang.IllegalStateException.");
    }
}
