package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.espertech.esper.common.client.module.ModuleItem;
import com.espertech.esper.compiler.client.EPCompileExceptionItem;
import dev.vaultwatch.api.RuleFault;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
            Incorrect syntax near 'hour' (a reserved keyword) | Incorrect syntax near 'hour' (a reserved keyword; as a name write it in backticks, as in `hour`).
            Something is wrong at line 2 column 3, please | Something is wrong, please.
            """)
    @DisplayName("What it says is a sentence, without the statement and the place")
    void sentence(String message, String sentence) {
        assertThat(inFile("select", message).problem()).isEqualTo(sentence);
    }

    @Test
    @DisplayName("A word in a comment or a text is not the one that is meant, unless there is no other")
    void comments() {
        String epl = "select /* upnn */ 'upnn' as x, upnn";
        ModuleItem item = new ModuleItem(epl);
        FaultFinder finder = new FaultFinder(Rules.of("rule", epl));
        assertThat(finder.inItem(item, "No 'upnn'").column()).isEqualTo(32);
        assertThat(finder.inItem(item, "No 'as x'").column()).isEqualTo(26);
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

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'a' b               | 0 | 0
            x 'a'               | 0 | 0
            upn in ('Get, 'Put' | 1 | 9
            /* a *//* b */ 'c   | 1 | 16
            """)
    @DisplayName("A quote that another text's quote closes is the one that is never closed")
    void quotes(String epl, int line, int column) {
        assertThat(inFile(epl, "Wrong"))
                .extracting(RuleFault::line, RuleFault::column)
                .containsExactly(line, column);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u2018", "\u2019", "\u201a", "\u201c", "\u201d", "\u201e", "\u00ab", "\u00bb"})
    @DisplayName("A quote that an editor made is told as such, but for one in a text or a comment")
    void typographic(String quote) {
        assertThat(inFile("// " + quote + "\n'" + quote + "' a = " + quote + "b", "Wrong"))
                .satisfies(fault -> {
                    assertThat(fault.line() + ":" + fault.column()).isEqualTo("2:9");
                    assertThat(fault.problem())
                            .isEqualTo("The quote " + quote
                                    + " is none of EPL's, but an editor's; expected ' or \". Wrong.");
                });
    }

    @Test
    @DisplayName("A text that runs over a line's end is never closed, whatever quotes come after it")
    void quoteOverLines() {
        assertThat(inFile("a 'b\n' c", "Wrong"))
                .extracting(RuleFault::line, RuleFault::column)
                .containsExactly(1, 3);
    }

    @Test
    @DisplayName("Of a statement in brackets and nothing else all is told")
    void bracketsAlone() {
        assertThat(inFile("a", " [select 1]").problem()).isEqualTo("[select 1].");
    }

    @Nested
    @DisplayName("In a statement")
    class InStatement {
        private static final String STATEMENT = "// x\n@name('alert')\nselect a.upn, upn + 1 as who\nfrom Events";

        private final FaultFinder finder = new FaultFinder(Rules.of("rule", "first;\n" + STATEMENT));

        private static ModuleItem item(String text) {
            return new ModuleItem(text, false, 0, 0, 0, 0, 0, 0);
        }

        private static String at(RuleFault fault) {
            return fault.line() + ":" + fault.column();
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                Wrong at line 1 column 0               | 2:1
                Wrong near 'who' at line 3 column 7    | 4:8
                Wrong at line 3                        | 4:1
                Wrong at line 9 column 4               | 5:5
                Wrong at line 4 column 500             | 5:12
                There is no 'upn'                      | 4:15
                No number: 'upn+1'                     | 4:15
                Not valid: 'name("alert")'             | 3:2
                No 'other', and no 'Events'            | 5:6
                No 'x'                                 | 3:1
                Wrong                                  | 3:1
                """)
        @DisplayName("it is where Esper says, at the first word in quotes that stands there, or at the first word")
        void place(String message, String place) {
            assertThat(at(finder.inItem(item(STATEMENT), message))).isEqualTo(place);
            assertThat(at(finder.inItem(item(STATEMENT), new IllegalStateException(message))))
                    .isEqualTo(place);
        }

        @Test
        @DisplayName("that begins with an empty line, lines count from there")
        void emptyLine() {
            FaultFinder found = new FaultFinder(Rules.of("rule", "first;\nselect upn"));

            assertThat(at(found.inItem(item("\nselect upn"), "Wrong at line 2 column 7")))
                    .isEqualTo("2:8");
        }

        @Test
        @DisplayName("that is not in the file as it is, it is looked for from the file's beginning")
        void elsewhere() {
            assertThat(at(finder.inItem(item("select town"), "Wrong"))).isEqualTo("1:1");
        }

        @Test
        @DisplayName("as a whole, it is at its first word behind comments, and says what is wrong in a sentence")
        void whole() {
            assertThat(finder.atStart(item(STATEMENT), "No 'upn'"))
                    .isEqualTo(new RuleFault("epl/rule/rule.epl", 3, 1, "No 'upn'."));
        }

        @Test
        @DisplayName("that was compiled, it is found though Esper gives the statement back on one line")
        void compiled() {
            List<ModuleItem> items = List.of(item("first"), item(STATEMENT));

            assertThat(finder.inCompiled(
                            items, List.of(compiled("There is no 'upn'", STATEMENT.replaceAll("\\s+", "  ")))))
                    .containsExactly(new RuleFault("epl/rule/rule.epl", 4, 15, "There is no 'upn'."));
        }

        @Test
        @DisplayName("that is derived is told only where none that is written has a fault")
        void derived() {
            List<ModuleItem> items = List.of(item("first"), item(STATEMENT));
            EPCompileExceptionItem derived = compiled("Too much", "select other");

            assertThat(finder.inCompiled(items, List.of(derived, compiled("Wrong", "first"))))
                    .containsExactly(new RuleFault("epl/rule/rule.epl", 1, 1, "Wrong."));
            assertThat(finder.inCompiled(items, List.of(derived)))
                    .containsExactly(new RuleFault(
                            "epl/rule/rule.epl", 0, 0, "In the early statement derived from this rule: Too much."));
        }

        private static EPCompileExceptionItem compiled(String message, String statement) {
            return new EPCompileExceptionItem(message, new IllegalStateException(message), statement, 0);
        }
    }
}
