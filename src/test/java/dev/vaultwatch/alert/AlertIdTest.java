package dev.vaultwatch.alert;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The name of an alert: a hash of rule, window start and grouping key, and of nothing else. */
class AlertIdTest {
    private static final String RULE = "excessive-secret-retrieval";
    private static final long WINDOW = 1_793_673_660_000L;
    private static final Map<String, String> MALLORY = Map.of("upn", "mallory@contoso.example");

    @Test
    void givenTheSameRuleWindowAndKeyWhenNamedTwiceThenTheNameIsTheSame() {
        assertThat(AlertId.of(RULE, WINDOW, MALLORY)).isEqualTo(AlertId.of(RULE, WINDOW, Map.copyOf(MALLORY)));
    }

    /** Computed once with another program. If it changes, every alert that anybody has filed is filed again. */
    @Test
    void givenAKnownAlertWhenNamedThenTheNameIsTheOneItHasAlwaysHad() {
        assertThat(AlertId.of(RULE, WINDOW, MALLORY)).isEqualTo("74742ae6bda53810e649c41b6f3afc5e");
    }

    @Test
    void givenAnyAlertWhenNamedThenTheNameIs32LowerCaseHexadecimalDigits() {
        assertThat(AlertId.of("r", 0, Map.of("ключ", "значение"))).matches("[0-9a-f]{32}");
    }

    @Test
    void givenAnotherRuleWhenNamedThenTheNameDiffers() {
        assertThat(AlertId.of("another-rule", WINDOW, MALLORY)).isNotEqualTo(AlertId.of(RULE, WINDOW, MALLORY));
    }

    @Test
    void givenTheNextMinuteWhenNamedThenTheNameDiffers() {
        assertThat(AlertId.of(RULE, WINDOW + 60_000, MALLORY)).isNotEqualTo(AlertId.of(RULE, WINDOW, MALLORY));
    }

    @Test
    void givenAnotherUserWhenNamedThenTheNameDiffers() {
        assertThat(AlertId.of(RULE, WINDOW, Map.of("upn", "Mallory@contoso.example")))
                .isNotEqualTo(AlertId.of(RULE, WINDOW, MALLORY));
    }

    @Test
    void givenAnotherKeyColumnWhenNamedThenTheNameDiffers() {
        assertThat(AlertId.of(RULE, WINDOW, Map.of("objectId", "mallory@contoso.example")))
                .isNotEqualTo(AlertId.of(RULE, WINDOW, MALLORY));
    }

    @Test
    @DisplayName("A text's whole length counts, in four bytes; computed once with another program")
    void lengths() {
        assertThat(AlertId.hash("a".repeat(0x01020304))).isEqualTo("23f185bcf2f3c4007384ee0c8f8d1d40");
    }

    @Test
    void givenTextsThatReadTheSameWhenRunTogetherThenTheNamesDiffer() {
        assertThat(AlertId.of("r1", 2, MALLORY)).isNotEqualTo(AlertId.of("r", 12, MALLORY));
        assertThat(AlertId.of("r", 1, Map.of("ab", "c"))).isNotEqualTo(AlertId.of("r", 1, Map.of("a", "bc")));
    }
}
