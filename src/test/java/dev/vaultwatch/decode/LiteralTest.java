package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Bytes that are compared eight at a time")
class LiteralTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 15, 16, 17, 24, 30})
    @DisplayName(
            "stand at a place if each of them does, near the end of an array and far from it, and nowhere beyond the limit")
    void isAt(int length) {
        byte[] bytes =
                "abcdefghijklmnopqrstuvwxyz0123456789".substring(0, length).getBytes(StandardCharsets.US_ASCII);
        Literal literal = new Literal(bytes);
        assertThat(literal.length()).isEqualTo(length);
        assertThat(literal.bytes()).isEqualTo(bytes);
        for (int behind = 0; behind < 20; behind++) {
            byte[] others = ("xyz" + new String(bytes, StandardCharsets.US_ASCII) + "#".repeat(behind))
                    .getBytes(StandardCharsets.US_ASCII);
            assertThat(literal.isAt(others, 3, others.length)).isTrue();
            assertThat(literal.isAt(others, 3, 3 + length)).isTrue();
            assertThat(literal.isAt(others, 3, 2 + length)).isFalse();
            assertThat(literal.isAt(others, 2, others.length)).isFalse();
            for (int i = 3; i < 3 + length; i++) {
                others[i] ^= 1;
                assertThat(literal.isAt(others, 3, others.length))
                        .as("byte %d", i)
                        .isFalse();
                others[i] ^= 1;
            }
        }
    }
}
