package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Events that come after their minute has closed, inside the allowed lateness. */
class LateTest {

    private static void close(PluginUnderTest test, Instant minute) {
        test.plugin.advanceTo(minute.plusSeconds(60));
    }

    @Test
    void givenALateEventThatCrossesTheThresholdThenTheAlertComesFirstAsARevision() {
        try (PluginUnderTest test = started()) {
            test.harvest(NOON, 9, "a@contoso.example");
            close(test, NOON);
            assertThat(test.alerts).isEmpty();

            assertThat(test.accept(NOON.plusSeconds(59), "SecretGet", "a@contoso.example")
                            .kept())
                    .isEqualTo(1);
            close(test, NOON);

            assertThat(test.alerts).singleElement().satisfies(alert -> {
                assertThat(alert.stage()).isEqualTo(AlertStage.REVISED);
                assertThat(alert.revision()).isEqualTo(1);
                assertThat(alert.windowStart()).isEqualTo(NOON);
                assertThat(alert.eventCount()).contains(10L);
            });
            assertThat(test.plugin.health().reopened()).isEqualTo(1);
            assertThat(test.lateEvents).isEmpty();
        }
    }

    @Test
    void givenALateEventForAnAlertThenTheSameAlertIsRevisedWithItsNewTotals() {
        try (PluginUnderTest test = started("alerts.early", "false")) {
            test.harvest(NOON, 10, "a@contoso.example");
            close(test, NOON);
            test.accept(NOON.plusSeconds(30), "CertificateGet", "a@contoso.example");
            close(test, NOON);
            test.accept(NOON.plusSeconds(31), "CertificateGet", "a@contoso.example");
            close(test, NOON);

            assertThat(test.alerts)
                    .extracting(
                            Alert::stage,
                            Alert::revision,
                            alert -> alert.eventCount().orElseThrow())
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple(AlertStage.ON_TIME, 0, 10L),
                            org.assertj.core.groups.Tuple.tuple(AlertStage.REVISED, 1, 11L),
                            org.assertj.core.groups.Tuple.tuple(AlertStage.REVISED, 2, 12L));
            assertThat(test.alerts)
                    .extracting(Alert::id)
                    .containsOnly(test.alerts.get(0).id());
        }
    }

    @Test
    void givenALateEventOfAnotherUserThenNothingIsSaidAgain() {
        try (PluginUnderTest test = started("alerts.early", "false")) {
            test.harvest(NOON, 10, "a@contoso.example");
            close(test, NOON);

            test.accept(NOON.plusSeconds(30), "SecretGet", "b@contoso.example");
            close(test, NOON);

            assertThat(test.alerts).hasSize(1);
        }
    }

    @Test
    void givenAThousandLateEventsForOneUserThenTheyMakeOneRevision() {
        try (PluginUnderTest test = started("alerts.early", "false")) {
            test.harvest(NOON, 10, "a@contoso.example");
            close(test, NOON);

            test.harvest(NOON.plusSeconds(20), 1_000, "a@contoso.example");
            close(test, NOON);

            assertThat(test.alerts).hasSize(2);
            assertThat(test.alerts.get(1).eventCount()).contains(1_010L);
        }
    }

    @Test
    void givenLateEventsAndTimeThatGoesOnThenTheyAreJudgedWithoutBeingAsked() {
        try (PluginUnderTest test = started("alerts.early", "false")) {
            test.harvest(NOON, 9, "a@contoso.example");
            close(test, NOON);
            test.accept(NOON.plusSeconds(30), "SecretGet", "a@contoso.example");
            assertThat(test.alerts).isEmpty();

            test.accept(NOON.plusSeconds(66), "SecretGet", "b@contoso.example");

            assertThat(test.alerts)
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.stage()).isEqualTo(AlertStage.REVISED));
        }
    }

    @Test
    void givenAnEventBeyondTheLatenessThenItGoesToTheSideOutputAndChangesNothing() {
        try (PluginUnderTest test = started("alerts.early", "false", "time.lateness", "PT10M")) {
            test.harvest(NOON, 10, "a@contoso.example");
            test.plugin.advanceTo(NOON.plusSeconds(60 + 600));

            assertThat(test.accept(NOON.plusSeconds(30), "SecretGet", "a@contoso.example")
                            .late())
                    .isEqualTo(1);
            close(test, NOON.plusSeconds(660));

            assertThat(test.alerts).hasSize(1);
            assertThat(test.lateEvents).hasSize(1);
        }
    }

    @Test
    void givenSeveralMinutesWithLateEventsThenEachIsJudgedByItself() {
        try (PluginUnderTest test = started("alerts.early", "false")) {
            test.harvest(NOON, 6, "a@contoso.example");
            test.harvest(NOON.plusSeconds(60), 6, "a@contoso.example");
            close(test, NOON.plusSeconds(60));

            test.harvest(NOON.plusSeconds(10), 3, "a@contoso.example");
            test.harvest(NOON.plusSeconds(70), 5, "a@contoso.example");
            close(test, NOON.plusSeconds(60));

            assertThat(test.alerts).singleElement().satisfies(alert -> {
                assertThat(alert.windowStart()).isEqualTo(NOON.plusSeconds(60));
                assertThat(alert.eventCount()).contains(11L);
            });
        }
    }
}
