package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Callers that are known by the texts that name them")
class CallersTest {
    private final Callers callers = new Callers();
    private final Callers.Texts texts = new Callers.Texts();

    private byte[] texts(String... four) {
        int at = 1;
        for (int i = 0; i < four.length; i++) {
            texts.set(i, at, at + four[i].length());
            at += four[i].length();
        }
        return ("x" + String.join("", four) + "y").getBytes(StandardCharsets.US_ASCII);
    }

    private void put(String... four) {
        callers.put(texts(four), texts, new Callers.Caller(four[0], four[1], four[2], four[3], null));
    }

    private Callers.@Nullable Caller get(String... four) {
        return callers.get(texts(four), texts);
    }

    @Test
    @DisplayName(
            "of 20,000 callers, two thirds of what there is room for, at most one in twenty is forgotten, and none is another")
    void room() {
        for (int i = 0; i < 20_000; i++) {
            put("user " + i + "@x", "app", "oid", "192.0.2.1");
        }
        int known = 0;
        for (int i = 0; i < 20_000; i++) {
            Callers.Caller caller = get("user " + i + "@x", "app", "oid", "192.0.2.1");
            if (caller != null) {
                known++;
                assertThat(caller.upn()).isEqualTo("user " + i + "@x");
            }
        }
        assertThat(known).isGreaterThan(19_000);
    }

    @Test
    @DisplayName("where there is no room for one more of the same name the last goes")
    void sameName() {
        for (int i = 0; i < 10; i++) {
            put("ada@x", "app " + i, "oid", "192.0.2.1");
        }
        for (int i = 0; i < 10; i++) {
            assertThat(get("ada@x", "app " + i, "oid", "192.0.2.1") != null)
                    .as("caller %d", i)
                    .isEqualTo(i < 3 || i == 9);
        }
    }

    @Test
    @DisplayName("texts of more than 512 bytes together are not kept")
    void longTexts() {
        for (int each = 0; each < 4; each++) {
            String[] four = {"a", "b", "c", "d"};
            four[each] = four[each].repeat(509);
            put(four);
            assertThat(get(four)).as("512 bytes, text %d", each).isNotNull();
            four[each] += "x";
            put(four);
            assertThat(get(four)).as("513 bytes, text %d", each).isNull();
        }
    }

    @Test
    @DisplayName("where one text ends and the next begins matters")
    void borders() {
        put("ada", "bc", "d", "");

        assertThat(get("ada", "bc", "d", "")).isNotNull();
        assertThat(get("ada", "b", "cd", "")).isNull();
        assertThat(get("ada", "bc", "", "d")).isNull();
        assertThat(get("ada", "", "bcd", "")).isNull();
        assertThat(get("ada", "bc", "d", "e")).isNull();
    }
}
