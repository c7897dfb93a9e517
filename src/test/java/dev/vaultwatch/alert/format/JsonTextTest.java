package dev.vaultwatch.alert.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Texts and numbers as JSON: what a reader gets back, and what never stands in a line as it is. */
class JsonTextTest {
    private static final String ROCKET = "\uD83D\uDE80";

    private static String json(Object value) {
        String object = Json.write(Map.of("a", value));
        return object.substring("{\"a\":".length(), object.length() - 1);
    }

    @Test
    @DisplayName("A text is read back as it was; pairs of surrogates stand as they are, half a pair is escaped")
    void texts() throws JsonProcessingException {
        for (String text : List.of(
                "plain", "\"\\\n\r\t", "\u0001\u0010\u001f", ROCKET, "a" + ROCKET + "b", "\u2028\u202e\u00e9")) {
            assertThat(new ObjectMapper().readValue(json(text), String.class)).isEqualTo(text);
        }
        assertThat(json(ROCKET)).isEqualTo("\"" + ROCKET + "\"");
        assertThat(json("\uD83D")).isEqualTo("\"\\ud83d\"");
        assertThat(json("\uD83Da")).isEqualTo("\"\\ud83da\"");
        assertThat(json("\uDE80")).isEqualTo("\"\\ude80\"");
        assertThat(json("a\uDE80")).isEqualTo("\"a\\ude80\"");
        assertThat(json("\u0001\u001f\u202e")).isEqualTo("\"\\u0001\\u001f\\u202e\"");
        assertThat(json("\u00e9")).isEqualTo("\"\u00e9\"");
    }

    @Test
    @DisplayName("A number that JSON does not have is a text")
    void numbers() {
        assertThat(json(1L)).isEqualTo("1");
        assertThat(json(1.5)).isEqualTo("1.5");
        assertThat(json(1.5f)).isEqualTo("1.5");
        assertThat(json(true)).isEqualTo("true");
        assertThat(json(Double.NaN)).isEqualTo("\"NaN\"");
        assertThat(json(Float.POSITIVE_INFINITY)).isEqualTo("\"Infinity\"");
    }
}
