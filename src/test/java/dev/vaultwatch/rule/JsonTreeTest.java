package dev.vaultwatch.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tree of a JSON text. */
class JsonTreeTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @RepeatedTest(20)
    @DisplayName("is that of Jackson's object mapper, in values and kinds of numbers, for texts drawn at random")
    void same(RepetitionInfo repetition) throws Exception {
        Random random = new Random(repetition.getCurrentRepetition());
        for (int i = 0; i < 200; i++) {
            StringBuilder text = new StringBuilder();
            draw(random, 0, text);
            assertThat(JsonTree.of(text.toString())).as(text.toString()).isEqualTo(MAPPER.readTree(text.toString()));
        }
    }

    private static void draw(Random random, int depth, StringBuilder into) {
        int kind = random.nextInt(depth > 4 ? 6 : 8);
        switch (kind) {
            case 0 -> into.append(random.nextInt());
            case 1 -> into.append(random.nextLong());
            case 2 -> into.append("1").append("0".repeat(random.nextInt(40)));
            case 3 -> into.append(random.nextGaussian()).append("E").append(random.nextInt(400));
            case 4 -> into.append(random.nextBoolean() ? "null" : random.nextBoolean() ? "true" : " false ");
            case 5 ->
                into.append("\"")
                        .append("\\u00e4\\n ü".substring(random.nextInt(2) * 6))
                        .append("\"");
            default -> {
                into.append(kind == 6 ? '[' : '{');
                int members = random.nextInt(4);
                for (int i = 0; i < members; i++) {
                    into.append(i == 0 ? "" : ", ").append(kind == 6 ? "" : "\"name " + i + "\" : ");
                    draw(random, depth + 1, into);
                }
                into.append(kind == 6 ? ']' : '}');
            }
        }
    }

    @Test
    @DisplayName("is missing where there is nothing in the text")
    void nothing() throws Exception {
        assertThat(JsonTree.of(" \n").isMissingNode()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'a': 1}\\n {}|2|2|Something follows the end of the value",
                "{'a': 1, 'a': 2}|1|13|Duplicate field 'a'",
                "{'a': [1, {'b': 2, 'b': 2}]}|1|23|Duplicate field 'b'"
            })
    @DisplayName("is not made where a name stands twice or something follows, and the place is said")
    void refused(String text, int line, int column, String problem) {
        String json = text.replace('\'', '"').replace("\\n", "\n");
        assertThatThrownBy(() -> JsonTree.of(json)).isInstanceOfSatisfying(JsonProcessingException.class, thrown -> {
            assertThat(thrown.getOriginalMessage()).startsWith(problem);
            assertThat(thrown.getLocation().getLineNr()).isEqualTo(line);
            assertThat(thrown.getLocation().getColumnNr()).isEqualTo(column);
        });
    }
}
