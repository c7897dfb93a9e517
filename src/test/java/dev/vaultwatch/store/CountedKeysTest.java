package dev.vaultwatch.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Users of whom only the number and actions of their reads are kept. */
class CountedKeysTest {
    private static final long SEED = 0x5EED;

    /** Later than any table keeps users. */
    private static final int OFTEN = 1_000;

    private static KeyVaultEvent read(@Nullable String upn, String action) {
        return KeyVaultEvent.builder(0, action).with(Property.UPN, upn).build();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 10, 32})
    void givenManyUsersThenEachComesOutAtTheReadTheRuleAsksForWithTheActionsBeforeIt(int comesOutAt) {
        Random random = new Random(comesOutAt);
        CountedKeys keys = new CountedKeys(comesOutAt, SEED);
        Map<String, List<String>> model = new HashMap<>();
        for (int i = 0; i < 100_000; i++) {
            String upn = "user" + random.nextInt(20_000);
            String action = "Action" + random.nextInt(20);

            List<String> earlier = keys.count(upn, read(upn, action), comesOutAt);

            List<String> expected = model.computeIfAbsent(upn, user -> new ArrayList<>());
            if (expected.size() == comesOutAt - 1) {
                assertThat(earlier).isEqualTo(expected);
                expected.clear();
            } else {
                assertThat(earlier).isNull();
                expected.add(action);
            }
        }
        assertThat(keys.size()).isEqualTo(model.size());
    }

    @Test
    void givenARuleThatAsksForManyReadsThenAUserComesOutEarlierToBeKeptInFull() {
        CountedKeys keys = new CountedKeys(1_000, SEED);
        for (int i = 1; i < CountedKeys.MOST_READS; i++) {
            assertThat(keys.count("a", read("a", "SecretGet"), OFTEN)).isNull();
        }

        assertThat(keys.count("a", read("a", "KeyGet"), OFTEN))
                .hasSize(CountedKeys.MOST_READS - 1)
                .containsOnly("SecretGet");
    }

    @Test
    void givenMoreKindsOfActionsThanACodeCanNameThenTheUserComesOutAtOnceAndNothingIsLost() {
        CountedKeys keys = new CountedKeys(10, SEED);
        for (int i = 0; i < 256; i++) {
            assertThat(keys.count("user" + i, read("user" + i, "Action" + i), OFTEN))
                    .isNull();
        }

        assertThat(keys.count("user255", read("user255", "Action256"), OFTEN)).containsExactly("Action255");
        assertThat(keys.count("stranger", read("stranger", "Action257"), OFTEN)).isEmpty();
    }

    @Test
    void givenTheLastOfAllCodesThenItsNameComesOutAgain() {
        CountedKeys keys = new CountedKeys(2, SEED);
        for (int i = 0; i < 256; i++) {
            keys.count("user" + i, read("user" + i, "Action" + i), OFTEN);
        }
        for (int i = 0; i < 256; i++) {
            assertThat(keys.count("user" + i, read("user" + i, "Action0"), OFTEN))
                    .containsExactly("Action" + i);
        }
    }

    @Test
    void givenHundredsOfThousandsOfUsersThenAllAreCountedInSomeFortyBytesEach() {
        int users = 300_000;
        CountedKeys keys = new CountedKeys(10, SEED);
        for (int user = 0; user < users; user++) {
            assertThat(keys.count("user" + user, read("user" + user, "SecretGet"), OFTEN))
                    .isNull();
        }

        assertThat(keys.size()).isEqualTo(users);
        assertThat(keys.bytes() / users).isLessThan(50);
        for (int read = 0; read < 8; read++) {
            keys.count("user7", read("user7", "KeyGet"), OFTEN);
        }
        assertThat(Objects.requireNonNull(keys.count("user7", read("user7", "KeyGet"), OFTEN)))
                .hasSize(9)
                .startsWith("SecretGet", "KeyGet");
    }

    @Test
    void givenARuleThatNowAsksForLessThenAUserWhoHasAsManyComesOutAtTheNextReadWithAllOfThem() {
        CountedKeys keys = new CountedKeys(10, SEED);
        for (int i = 0; i < 7; i++) {
            assertThat(keys.count("a", read("a", i == 0 ? "KeyGet" : "SecretGet"), 10))
                    .isNull();
        }
        assertThat(keys.count("b", read("b", "SecretGet"), 10)).isNull();

        assertThat(keys.sizeFrom(5)).isEqualTo(1);
        assertThat(keys.count("b", read("b", "SecretGet"), 5)).isNull();
        assertThat(Objects.requireNonNull(keys.count("a", read("a", "SecretGet"), 5)))
                .hasSize(7)
                .startsWith("KeyGet", "SecretGet");
        assertThat(keys.sizeFrom(1)).isEqualTo(1);
    }

    @Test
    @DisplayName("the heap that a table takes is that of its arrays, and doubles when it is three quarters full")
    void bytes() {
        CountedKeys keys = new CountedKeys(10, SEED);
        assertThat(keys.bytes()).isEqualTo(4_096 * (8 + 1 + 9));
        for (int i = 0; i < 3_072; i++) {
            keys.count("user" + i, read("user" + i, "SecretGet"), OFTEN);
        }
        assertThat(keys.bytes()).isEqualTo(4_096 * (8 + 1 + 9));

        keys.count("one more", read("one more", "SecretGet"), OFTEN);

        assertThat(keys.bytes()).isEqualTo(8_192 * (8 + 1 + 9));
        assertThat(keys.size()).isEqualTo(3_073);
        assertThat(keys.sizeFrom(1)).isEqualTo(3_073);
        assertThat(keys.sizeFrom(2)).isZero();
    }

    @Test
    @DisplayName("a rule that takes the first read keeps none of its users here")
    void firstRead() {
        CountedKeys keys = new CountedKeys(1, SEED);

        assertThat(keys.comesOut("a", read("a", "SecretGet"), 1)).isTrue();
        assertThat(keys.count("a", read("a", "SecretGet"), 1)).isEmpty();
        assertThat(keys.has("a")).isFalse();
        assertThat(keys.bytes()).isEqualTo(4_096 * (8 + 1 + 1));
    }

    @Test
    @DisplayName("whether a user comes out is known before the read is counted")
    void comesOut() {
        CountedKeys keys = new CountedKeys(10, SEED);
        keys.count("a", read("a", "SecretGet"), OFTEN);
        keys.count("a", read("a", "SecretGet"), OFTEN);

        assertThat(keys.comesOut("a", read("a", "SecretGet"), 4)).isFalse();
        assertThat(keys.comesOut("a", read("a", "SecretGet"), 3)).isTrue();
        assertThat(keys.comesOut("b", read("b", "SecretGet"), 3)).isFalse();
        assertThat(keys.has("b")).isFalse();
    }

    @Test
    @DisplayName("a user comes out at the read that the rule asks for now, though the table could count more")
    void fewer() {
        CountedKeys keys = new CountedKeys(10, SEED);
        assertThat(keys.count("a", read("a", "SecretGet"), 3)).isNull();
        assertThat(keys.count("a", read("a", "KeyGet"), 3)).isNull();

        assertThat(keys.count("a", read("a", "SecretGet"), 3)).containsExactly("SecretGet", "KeyGet");
    }

    @Test
    @DisplayName("keys of several values are told apart by where one ends, by their order, and by what is missing")
    void lists() {
        CountedKeys keys = new CountedKeys(10, SEED);
        List<List<String>> alike = List.of(
                List.of("ab", "c"), List.of("a", "bc"), List.of("abc", ""), List.of("", "abc"), List.of("c", "ab"));
        alike.forEach(key -> keys.count(key, read("a", "SecretGet"), OFTEN));
        keys.count(Arrays.asList("abc", null), read("a", "SecretGet"), OFTEN);
        assertThat(keys.size()).isEqualTo(6);

        for (int i = 0; i < 3_000; i++) {
            keys.count(List.of("user" + i, "vault"), read("a", "SecretGet"), OFTEN);
        }

        assertThat(keys.size()).isEqualTo(3_006);
        assertThat(keys.has(List.of("user7", "vault"))).isTrue();
        assertThat(keys.has(List.of("user7", "other"))).isFalse();
    }
}
