package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a rule found")
class FindingTest {
    private static final Finding FINDING = new Finding(
            Rules.of("rule", "").toBuilder().eventCount(Optional.of("n")).build(),
            true,
            Events.AT_02_41,
            Events.MALLORY,
            Map.of("n", 10L, "other", 3L));

    private static Finding with(Map<String, Object> columns) {
        return new Finding(FINDING.rule(), true, Events.AT_02_41, Events.MALLORY, columns);
    }

    @Test
    @DisplayName("rests on events that were all kept, and names no directory, unless that is said")
    void plain() {
        assertThat(FINDING.withoutEvidence()).isZero();
        assertThat(FINDING.directory()).isEmpty();
        assertThat(FINDING.with(0, 0)).isSameAs(FINDING);
    }

    @Test
    @DisplayName("says the directory that it is of beside all else")
    void directory() {
        Finding of = FINDING.of("contoso");

        assertThat(of.directory()).isEqualTo("contoso");
        assertThat(of.columns()).containsEntry("n", 10L).containsEntry("other", 3L);
        assertThat(of.early()).isTrue();
        assertThat(of.key()).isEqualTo(Events.MALLORY);
        assertThat(FINDING.directory()).isEmpty();
    }

    @Test
    @DisplayName("counts the events that the engine did not see, and those without evidence")
    void counted() {
        assertThat(FINDING.with(5, 7))
                .isEqualTo(new Finding(
                        FINDING.rule(), true, Events.AT_02_41, Events.MALLORY, Map.of("n", 15L, "other", 3L), 7));
        assertThat(FINDING.with(0, 7).withoutEvidence()).isEqualTo(7);
        assertThat(FINDING.with(5, 0).columns()).containsEntry("n", 15L);
    }

    @Test
    @DisplayName("counts into no column that is missing or no number")
    void notCounted() {
        assertThat(with(Map.of("other", 3L)).with(5, 7).columns()).isEqualTo(Map.of("other", 3L));
        assertThat(with(Map.of("n", "many")).with(5, 7).columns()).isEqualTo(Map.of("n", "many"));
    }
}
