package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    @Test
    void givenEveryKindOfValueThenEachIsReadAsWhatItIs() throws Exception {
        assertThat(Json.read(" {\"a\" : [1, -2.5, 1e3, true, false, null, \"x\"], \"b\": {}, \"c\":[] } "))
                .isEqualTo(Map.of(
                        "a",
                        List.of(1L, -2.5, 1000.0, true, false, Json.Null.NULL, "x"),
                        "b",
                        Map.of(),
                        "c",
                        List.of()));
    }

    @Test
    void givenEscapesThenTheCharactersAreRead() throws Exception {
        assertThat(Json.read("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\""))
                .isEqualTo("\"\\/\b\f\n\r\té😀");
    }

    @Test
    void givenAnIntegerBeyond64BitsThenItIsANumberStill() throws Exception {
        assertThat(Json.read("1" + "0".repeat(25))).isEqualTo(1e25);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", " ", "{", "[", "\"", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "[1,]", "[1 2]", "{a:1}", "{'a':1}",
                        "tru",
                "nul", "01", "-", "1.", ".5", "1e", "+1", "NaN", "\"\\x\"", "\"\\u12g4\"", "\"\\u１２３４\"", "\"\t\"",
                        "1 2",
                "{\"a\":1}//", "/**/1", "\u00a01"
            })
    void givenWhatIsNotJsonThenItIsRefused(String text) {
        assertThatExceptionOfType(Json.Fault.class).isThrownBy(() -> Json.read(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'{\n  \"a\": ?}' | 2:8: A value was expected.",
                "'{\"a\":1,\n\"a\":2}' | 2:1: The name \"a\" occurs twice in one object.",
                "'[1' | 1:3: The text ends too early."
            })
    void givenAFaultThenItsLineAndColumnAreSaid(String text, String message) {
        assertThatExceptionOfType(Json.Fault.class)
                .isThrownBy(() -> Json.read(text))
                .withMessage(message);
    }

    @Test
    void givenDeepNestingThenItIsRefusedAndTheStackHolds() {
        assertThatExceptionOfType(Json.Fault.class)
                .isThrownBy(() -> Json.read("[".repeat(1_000_000)))
                .withMessageContaining("more than 32 levels");
    }

    @Test
    void givenBytesThatAreNotUtf8ThenTheyAreRefused() {
        assertThatExceptionOfType(Json.Fault.class)
                .isThrownBy(() -> Json.read("\"é\"".getBytes(StandardCharsets.ISO_8859_1)))
                .withMessageContaining("not UTF-8");
    }
}
