package dev.vaultwatch.decode.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The members that carry records")
class CarriersTest {
    private static final String RECORD = "{\"operationName\":\"SecretGet\"}";

    @Test
    @DisplayName("a known name is looked into before an unknown one, the record itself before a rendering of it")
    void rank() {
        assertThat(Carriers.rank("records")).isZero().isLessThan(Carriers.rank("message"));
        assertThat(Carriers.rank("original")).isLessThan(Carriers.rank("message"));
        assertThat(Carriers.rank("nobody's")).isGreaterThan(Carriers.rank("fields"));
        assertThat(Carriers.isKnown("fields")).isTrue();
        assertThat(Carriers.isKnown("nobody's")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"records", "Records", "value", "results"})
    @DisplayName("an array under one of four names makes an envelope")
    void envelope(String name) {
        assertThat(Carriers.isEnvelope(name)).isTrue();
        assertThat(Carriers.isEnvelope("message")).isFalse();
        assertThat(Carriers.isHits(name)).isFalse();
        assertThat(Carriers.isHits("hits")).isTrue();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(bytes(text));
    }

    @Test
    @DisplayName("a text of 20 bytes with a curly bracket is carried as it is")
    void text() {
        assertThat(Carriers.payload(RECORD)).isEqualTo(bytes(RECORD));
        assertThat(Carriers.payload("a prefix, then " + RECORD)).isEqualTo(bytes("a prefix, then " + RECORD));
        assertThat(Carriers.payload("{" + "x".repeat(19))).hasSize(20);
        assertThat(Carriers.payload("{" + "x".repeat(18))).as("19 bytes").isNull();
        assertThat(Carriers.payload("x".repeat(19) + "{")).isNotNull();
        assertThat(Carriers.payload("x".repeat(30))).isNull();
        assertThat(Carriers.isText(bytes("1234{"), 4)).as("beyond the length").isFalse();
        assertThat(Carriers.isObject(bytes("{}"))).isTrue();
        assertThat(Carriers.isObject(bytes("[{}]"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"operationName\":\"SecretGet\"}",
                "[{\"operationName\":\"SecretGet\"}]",
                "\n{\"operationName\":1}"
            })
    @DisplayName("Base64 of an object, an array, or of one behind a line's end is what it stands for")
    void base64Of(String carried) {
        assertThat(Carriers.payload(base64(carried))).isEqualTo(bytes(carried));
        String lines = base64(carried).replaceAll("(.{8})", "$1\r\n");
        assertThat(Carriers.payload(lines)).as("in lines, as MIME has it").isEqualTo(bytes(carried));
    }

    @Test
    @DisplayName("Base64 of anything else, and what is none, is not carried")
    void notBase64() {
        assertThat(Carriers.payload(base64("\"operationName\":\"SecretGet\""))).isNull();
        assertThat(Carriers.payload(base64("yellow submarine, and more")))
                .as("begins as that of a bracket does")
                .isNull();
        assertThat(Carriers.payload("ew=x" + "x".repeat(29))).as("damaged").isNull();
        assertThat(Carriers.payload("ew==" + " ".repeat(30)))
                .as("a bracket alone")
                .isNull();
        byte[] text = bytes(base64(RECORD) + "!!!!");
        assertThat(Carriers.base64(text, text.length - 4)).as("to the length").isEqualTo(bytes(RECORD));
        assertThat(Carriers.base64(bytes("e30="), 4)).isEqualTo(bytes("{}"));
    }
}
