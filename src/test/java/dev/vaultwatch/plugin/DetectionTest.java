package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.samples.Fact;
import dev.vaultwatch.samples.KeyVaultScenario;
import dev.vaultwatch.samples.WireShapes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From records in to alerts out. */
class DetectionTest {

    @Test
    void givenAHarvestWhenTheThresholdIsCrossedThenAnEarlyAlertComesBeforeAcceptReturns() {
        try (PluginUnderTest test = started()) {
            test.harvest(NOON.plusSeconds(10), 9, "mallory@contoso.example");
            assertThat(test.alerts).isEmpty();

            test.accept(NOON.plusSeconds(11), "SecretGet", "mallory@contoso.example");

            assertThat(test.alerts).singleElement().satisfies(alert -> {
                assertThat(alert.stage()).isEqualTo(AlertStage.EARLY);
                assertThat(alert.eventCount()).contains(10L);
                assertThat(alert.windowStart()).isEqualTo(NOON);
                assertThat(alert.windowEnd()).isEqualTo(NOON.plusSeconds(60));
            });
        }
    }

    @Test
    void givenTheFirstSecondsOfAMinuteWhenTheThresholdIsCrossedThenItIsSaidThoughTheMinuteBeforeIsOpen() {
        try (PluginUnderTest test = started()) {
            test.harvest(NOON.minusSeconds(10), 9, "slow@contoso.example");
            test.harvest(NOON.plusSeconds(1), 10, "mallory@contoso.example");
            assertThat(test.alerts).singleElement().satisfies(alert -> {
                assertThat(alert.stage()).isEqualTo(AlertStage.EARLY);
                assertThat(alert.windowStart()).isEqualTo(NOON);
            });
            assertThat(test.plugin.health().held()).isEqualTo(10);

            test.accept(NOON.minusMillis(1), "KeyGet", "slow@contoso.example");
            test.accept(NOON.plusSeconds(2), "KeyGet", "mallory@contoso.example");
            test.plugin.advanceTo(NOON);
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(test.alerts)
                    .extracting(alert -> alert.stage() + " " + alert.windowStart() + " "
                            + alert.eventCount().orElse(0L))
                    .containsExactly(
                            "EARLY 2026-11-03T12:00:00Z 10",
                            "EARLY 2026-11-03T11:59:00Z 10",
                            "ON_TIME 2026-11-03T11:59:00Z 10",
                            "ON_TIME 2026-11-03T12:00:00Z 11");
        }
    }

    @Test
    void givenTheMinuteAfterTheNextThenItsEventsWaitUntilItFollowsTheOpenOne() {
        try (PluginUnderTest test = started("time.owner", "host")) {
            test.plugin.advanceTo(NOON);
            test.harvest(NOON.plusSeconds(121), 12, "mallory@contoso.example");
            assertThat(test.alerts).isEmpty();

            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(test.alerts)
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.stage()).isEqualTo(AlertStage.EARLY));
        }
    }

    @Test
    void givenAnEarlyAlertWhenTheMinuteClosesThenTheSameAlertComesOnTimeWithItsTotals() {
        try (PluginUnderTest test = started()) {
            test.harvest(NOON.plusSeconds(10), 25, "mallory@contoso.example");

            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(test.alerts).extracting(Alert::stage).containsExactly(AlertStage.EARLY, AlertStage.ON_TIME);
            assertThat(test.alerts)
                    .extracting(Alert::id)
                    .containsOnly(test.alerts.get(0).id());
            assertThat(test.alerts.get(1).eventCount()).contains(25L);
            assertThat(test.plugin.health().alerts()).isEqualTo(1);
        }
    }

    @Test
    void givenAnEventAtTheBoundaryThenItCountsForTheNewMinute() {
        try (PluginUnderTest test = started()) {
            test.harvest(NOON.plusSeconds(59), 9, "edge@contoso.example");
            test.accept(NOON.plusSeconds(60), "SecretGet", "edge@contoso.example");

            test.plugin.advanceTo(NOON.plusSeconds(180));

            assertThat(test.alerts).isEmpty();
            assertThat(test.plugin.health().kept()).isEqualTo(10);
        }
    }

    @Test
    void givenAnEventWithinTheSlackThenItIsInTime() {
        try (PluginUnderTest test = started()) {
            test.harvest(NOON.plusSeconds(50), 9, "slack@contoso.example");
            test.accept(NOON.plusMillis(64_999), "SecretList", "other@contoso.example");

            Admission straggler = test.accept(NOON.plusMillis(59_999), "SecretGet", "slack@contoso.example");

            assertThat(straggler.kept()).isEqualTo(1);
            assertThat(test.alerts(AlertStage.EARLY)).hasSize(1);
        }
    }

    @Test
    void givenAnEventOfAMinuteThatIsClosedForGoodThenItIsCountedAndHandedToTheSideOutput() {
        try (PluginUnderTest test = started("time.lateness", "PT0S")) {
            test.accept(NOON.plusSeconds(65), "SecretGet", "late@contoso.example");

            Admission late = test.accept(NOON.plusSeconds(59), "SecretGet", "late@contoso.example");

            assertThat(late)
                    .isEqualTo(Admission.builder(Admission.Status.TAKEN).late(1).build());
            assertThat(test.lateEvents).singleElement().satisfies(event -> {
                assertThat(event.eventTime()).isEqualTo(NOON.plusSeconds(59));
                assertThat(event.watermark()).isEqualTo(NOON.plusSeconds(60));
                assertThat(event.lateness()).isEqualTo(Duration.ofSeconds(1));
                assertThat(event.fields()).containsEntry("event.action", "SecretGet");
            });
            assertThat(test.plugin.health().late()).isEqualTo(1);
        }
    }

    @Test
    void givenSeveralMinutesThatCloseInOneStepThenTheNewestComesFirst() {
        try (PluginUnderTest test = started("alerts.early", "false", "time.owner", "host")) {
            test.harvest(NOON, 10, "a@contoso.example");
            test.harvest(NOON.plusSeconds(60), 10, "a@contoso.example");
            test.harvest(NOON.plusSeconds(120), 10, "a@contoso.example");

            test.plugin.advanceTo(NOON.plusSeconds(180));

            assertThat(test.alerts)
                    .extracting(Alert::windowStart)
                    .containsExactly(NOON.plusSeconds(120), NOON.plusSeconds(60), NOON);
        }
    }

    @Test
    void givenTimeThatTheHostOwnsThenEventsAloneCloseNothing() {
        try (PluginUnderTest test = started("time.owner", "host")) {
            test.harvest(NOON, 10, "a@contoso.example");
            test.accept(NOON.plusSeconds(3_000), "SecretGet", "b@contoso.example");
            assertThat(test.alerts).isEmpty();

            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(test.alerts(AlertStage.ON_TIME)).hasSize(1);
            assertThat(test.plugin.health().watermark()).contains(NOON.plusSeconds(60));
            assertThat(test.plugin.health().held()).isEqualTo(1);
        }
    }

    @Test
    void givenInstantMaxThenEverythingThatIsOpenCloses() {
        try (PluginUnderTest test = started()) {
            test.harvest(NOON, 10, "a@contoso.example");
            test.harvest(NOON.plusSeconds(62), 10, "b@contoso.example");

            test.plugin.endOfInput();

            assertThat(test.alerts(AlertStage.ON_TIME)).hasSize(2);
        }
    }

    @Test
    @DisplayName("A further end of input closes no window that has no events yet")
    void endTwice() {
        try (PluginUnderTest test = started()) {
            test.accept(NOON, "SecretGet", "a@contoso.example");
            for (int i = 0; i < 3; i++) {
                test.plugin.endOfInput();
            }

            test.harvest(NOON.plusSeconds(60), 10, "b@contoso.example");

            assertThat(test.alerts(AlertStage.EARLY)).hasSize(1);
            assertThat(test.plugin.health().reopened()).isZero();
            test.plugin.endOfInput();
            assertThat(test.alerts(AlertStage.ON_TIME)).hasSize(1);
            assertThat(test.alerts(AlertStage.REVISED)).isEmpty();
        }
    }

    @Test
    void givenATimeFarAheadOfTheWallClockThenItIsADeadLetterAndNeverMovesTheWatermark() {
        try (PluginUnderTest test = started()) {
            test.wallClock.set(NOON);
            test.accept(NOON, "SecretGet", "a@contoso.example");

            Admission future = test.accept(NOON.plusSeconds(601), "SecretGet", "a@contoso.example");

            assertThat(future.bad()).isEqualTo(1);
            assertThat(test.deadLetters).singleElement().satisfies(letter -> {
                assertThat(letter.reason()).isEqualTo(DeadLetter.Reason.FAR_FUTURE);
                assertThat(letter.problem()).contains("601 s ahead");
            });
            assertThat(test.plugin.health().watermark()).contains(NOON.minusSeconds(5));
        }
    }

    @Test
    void givenRecordsOfEveryFateThenEachIsCountedOnce() {
        try (PluginUnderTest test = started()) {
            String lines = new String(PluginUnderTest.read(NOON, "SecretGet", "a@x.example"), StandardCharsets.UTF_8)
                    + "\n"
                    + new String(PluginUnderTest.read(NOON, "SecretSet", "a@x.example"), StandardCharsets.UTF_8)
                    + "\n{\"time\":\"2026\n";

            Admission admission = test.plugin.accept(lines.getBytes(StandardCharsets.UTF_8));

            assertThat(admission)
                    .isEqualTo(Admission.builder(Admission.Status.TAKEN)
                            .kept(1)
                            .ignored(1)
                            .bad(1)
                            .build());
            PluginHealth health = test.plugin.health();
            assertThat(health.records()).isEqualTo(3);
            assertThat(health.kept()).isEqualTo(1);
            assertThat(health.ignored()).isEqualTo(1);
            assertThat(health.bad()).isEqualTo(1);
        }
    }

    @Test
    void givenEventsAsMapsThenTheyCountAsBytesDo() {
        try (PluginUnderTest test = started()) {
            for (int i = 0; i < 10; i++) {
                test.plugin.accept(Map.of(
                        "@timestamp",
                        NOON.plusSeconds(10 + i).toString(),
                        "event",
                        Map.of("dataset", "azure.platformlogs", "action", i == 0 ? "KeyGet" : "SecretGet"),
                        "azure.platformlogs.identity.claim.upn",
                        "map@contoso.example"));
            }

            assertThat(test.alerts(AlertStage.EARLY)).hasSize(1);
        }
    }

    @Test
    void givenAPositionThatWasTakenThenTheRecordIsNotCountedAgain() {
        try (PluginUnderTest test = started()) {
            byte[] record = PluginUnderTest.read(NOON, "SecretGet", "a@contoso.example");
            test.plugin.accept(new SourcePosition("hub-0", 41), record);

            Admission again = test.plugin.accept(new SourcePosition("hub-0", 41), record);
            Admission otherSource = test.plugin.accept(new SourcePosition("hub-1", 41), record);

            assertThat(again.status()).isEqualTo(Admission.Status.REPEATED);
            assertThat(otherSource.kept()).isEqualTo(1);
            assertThat(test.plugin.health().kept()).isEqualTo(2);
        }
    }

    @Test
    void givenEqualRecordsWithoutPositionsThenTheyAreTwoEvents() {
        try (PluginUnderTest test = started()) {
            for (int i = 0; i < 5; i++) {
                test.accept(NOON.plusSeconds(10), "SecretGet", "twice@contoso.example");
                test.accept(NOON.plusSeconds(10), "KeyGet", "twice@contoso.example");
            }

            assertThat(test.alerts(AlertStage.EARLY)).hasSize(1);
        }
    }

    @Test
    void givenMoreAlertsThanTheCapThenTheRestIsWithheldAndSaidSo() {
        try (PluginUnderTest test = started("alerts.early", "false")) {
            for (int user = 0; user < 103; user++) {
                test.harvest(NOON, 10, "user" + user + "@contoso.example");
            }
            test.plugin.advanceTo(NOON.plusSeconds(600));

            assertThat(test.alerts).hasSize(100);
            assertThat(test.plugin.health().withheld()).isEqualTo(3);
            assertThat(test.plugin.health().withheldAlerts())
                    .hasSize(3)
                    .allSatisfy(alert -> assertThat(alert.events()).hasValue(10))
                    .extracting(alert -> alert.groupingKey().values().iterator().next())
                    .doesNotContainAnyElementsOf(test.alerts.stream()
                            .map(alert ->
                                    alert.groupingKey().values().iterator().next())
                            .toList())
                    .allSatisfy(
                            user -> assertThat(test.notices.get(1).message()).contains(user));
            assertThat(test.notices)
                    .extracting(Notice::kind, Notice::count)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple(Notice.Kind.ALERT_CAP_REACHED, 100L),
                            org.assertj.core.groups.Tuple.tuple(Notice.Kind.ALERTS_WITHHELD, 3L));
        }
    }

    @Test
    void givenIdentityUpstreamThenVaultGetCountsForNobody() {
        String vaultGet =
                "{\"time\":\"2026-11-03T12:00:10Z\",\"category\":\"AuditEvent\",\"operationName\":\"VaultGet\","
                        + "\"identity\":{\"claim\":{\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn\":\"v@contoso.example\"}}}";
        try (PluginUnderTest merged = started();
                PluginUnderTest upstream = started("identity", "upstream")) {
            for (PluginUnderTest test : java.util.List.of(merged, upstream)) {
                test.harvest(NOON.plusSeconds(10), 9, "v@contoso.example");
                test.plugin.accept(vaultGet.getBytes(StandardCharsets.UTF_8));
            }

            assertThat(merged.alerts(AlertStage.EARLY)).hasSize(1);
            assertThat(upstream.alerts).isEmpty();
        }
    }

    @Test
    @DisplayName("A record without a user that comes again is not counted again among those without one")
    void repeatedWithoutUser() {
        byte[] nobody = ("{\"time\":\"" + NOON + "\",\"category\":\"AuditEvent\",\"operationName\":\"SecretGet\"}")
                .getBytes(StandardCharsets.UTF_8);
        try (PluginUnderTest test = started("dedupe", "content")) {
            for (long offset : new long[] {0, 0, 1}) {
                test.plugin.accept(new SourcePosition("hub-0", offset), nobody);
            }
            test.plugin.accept((new String(nobody, StandardCharsets.UTF_8) + "\n"
                            + new String(
                                    PluginUnderTest.read(NOON, "SecretGet", "a@contoso.example"),
                                    StandardCharsets.UTF_8))
                    .getBytes(StandardCharsets.UTF_8));

            PluginHealth health = test.plugin.health();
            assertThat(health.repeated()).isEqualTo(3);
            assertThat(health.value(Counter.WITHOUT_USER)).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("A map that equals one that was taken is a repetition, too, where content is compared")
    void repeatedMap() {
        Map<String, Object> read = Map.of(
                "time",
                NOON.toString(),
                "category",
                "AuditEvent",
                "operationName",
                "SecretGet",
                "identity",
                Map.of("claim", Map.of("upn", "a@contoso.example")));
        try (PluginUnderTest test = started("dedupe", "content")) {
            assertThat(test.plugin.accept(read).kept()).isEqualTo(1);
            assertThat(test.plugin.accept(read).status()).isEqualTo(Admission.Status.REPEATED);
        }
    }

    @Test
    @DisplayName("An operation that comes in each shape of the logs counts once where content is compared")
    void repeatedInOtherShapes() {
        WireShapes shapes = new WireShapes();
        try (PluginUnderTest test = started("dedupe", "content")) {
            int kept = 0;
            for (Fact fact : KeyVaultScenario.quietHour()) {
                kept += test.plugin.accept(shapes.json(shapes.raw(fact))).kept();
                for (Map<String, Object> again : List.of(
                        shapes.azureDiagnostics(fact),
                        shapes.auditLogs(fact),
                        shapes.auditLogsWithTextIdentity(fact),
                        shapes.ecs(fact),
                        shapes.ecsDotted(fact))) {
                    assertThat(test.plugin.accept(shapes.json(again)).kept())
                            .as("%s", again)
                            .isZero();
                }
            }
            test.plugin.endOfInput();

            assertThat(kept).isGreaterThan(100);
            assertThat(test.plugin.health().repeated()).isEqualTo(5L * kept);
            assertThat(test.alerts(AlertStage.ON_TIME))
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).hasValue(37L));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "upn, ",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn, ",
        "unique_name, unique_name",
        "preferred_username, preferred_username"
    })
    @DisplayName("The alert says which claim named the user, unless it was the UPN")
    void namedBy(String claim, @Nullable String said) {
        try (PluginUnderTest test = started()) {
            for (int i = 0; i < 10; i++) {
                test.plugin.accept(("{\"time\":\"" + NOON.plusMillis(i)
                                + "\",\"category\":\"AuditEvent\",\"operationName\":\""
                                + (i % 2 == 0 ? "SecretGet" : "SecretList")
                                + "\",\"identity\":{\"claim\":{\"" + claim + "\":\"grace@contoso.example\"}}}")
                        .getBytes(StandardCharsets.UTF_8));
            }

            test.plugin.endOfInput();

            assertThat(test.deadLetters).isEmpty();
            assertThat(test.alerts(AlertStage.ON_TIME)).singleElement().satisfies(alert -> {
                assertThat(alert.outputs().get("vaultwatch.identity_claim_values"))
                        .isEqualTo(said == null ? List.of() : List.of(said));
                assertThat(alert.toText().contains("named by")).isEqualTo(said != null);
                assertThat(alert.toText()).contains("grace@contoso.example");
            });
        }
    }
}
