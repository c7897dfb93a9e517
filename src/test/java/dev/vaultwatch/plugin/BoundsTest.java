package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.read;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Acknowledgement;
import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each bound has an answer, one notice a window, and a counter. */
class BoundsTest {
    private static final Instant LATER = NOON.plusSeconds(10);

    private static List<Notice> notices(PluginUnderTest test, Notice.Kind kind) {
        return test.notices.stream().filter(notice -> notice.kind() == kind).toList();
    }

    @Test
    void givenMoreUsersThanAreKeptThenTheyAreCountedAndOneNoticeAWindowSaysHowManyEvents() {
        try (PluginUnderTest test = started("bounds.keys", "10", "alerts.early", "false")) {
            for (int minute = 0; minute < 2; minute++) {
                Instant time = LATER.plusSeconds(60L * minute);
                for (int user = 0; user < 30; user++) {
                    test.accept(time, "SecretGet", "user" + user);
                }
                test.harvest(time, 12, "mallory");
            }
            test.plugin.advanceTo(NOON.plusSeconds(120));

            assertThat(test.alerts).allSatisfy(alert -> {
                assertThat(alert.eventCount()).contains(12L);
                assertThat(alert.toText()).contains("9 of these events were counted only");
            });
            assertThat(test.alerts).hasSize(2);
            assertThat(notices(test, Notice.Kind.EVIDENCE_CUT))
                    .extracting(Notice::count)
                    .containsExactly(30L, 30L);
            assertThat(test.plugin.health().cut()).isEqualTo(60);
        }
    }

    @Test
    void givenMoreEventsOfAUserThanAreKeptThenTheTotalIsRightAndOneNoticeSaysSo() {
        try (PluginUnderTest test = started("bounds.events-per-key", "100", "alerts.early", "false")) {
            test.harvest(LATER, 150, "mallory");
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(test.alerts).singleElement().satisfies(alert -> {
                assertThat(alert.eventCount()).contains(150L);
                assertThat(alert.toText()).contains("50 of these events were counted only");
            });
            assertThat(notices(test, Notice.Kind.EVIDENCE_CUT))
                    .extracting(Notice::count)
                    .containsExactly(50L);
            assertThat(test.plugin.health().cut()).isEqualTo(50);
            test.plugin.close();
            assertThat(test.plugin.health().cut()).isEqualTo(50);
        }
    }

    @Test
    void givenNoBoundReachedThenNothingIsCountedAsCut() {
        try (PluginUnderTest test = started()) {
            test.harvest(LATER, 150, "mallory");

            assertThat(test.plugin.health().cut()).isZero();
        }
    }

    @Test
    @DisplayName(
            "More harvesters than the engine may hold: those beyond are judged when the window closes, none is refused")
    void crowd() {
        try (PluginUnderTest test = started("bounds.keys", "10")) {
            for (int user = 0; user < 9; user++) {
                test.harvest(LATER, 10 + user, "user" + user);
            }
            test.harvest(LATER, 9, "innocent");

            assertThat(test.plugin.health().overloaded()).isZero();
            assertThat(test.alerts(AlertStage.EARLY)).hasSize(2);
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(test.alerts(AlertStage.ON_TIME))
                    .extracting(alert -> alert.eventCount().orElseThrow())
                    .containsExactlyInAnyOrder(10L, 11L, 12L, 13L, 14L, 15L, 16L, 17L, 18L);
            assertThat(test.alerts(AlertStage.RETRACTED)).isEmpty();
            assertThat(notices(test, Notice.Kind.OVERLOADED)).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "The open window and the one that follows share the engine: who finds no room is said when there is some, or at the close")
    void shared() {
        try (PluginUnderTest test = started("bounds.keys", "10")) {
            test.harvest(NOON.minusSeconds(10), 10, "first");
            test.harvest(NOON.plusSeconds(1), 10, "second");
            test.harvest(NOON.plusSeconds(2), 10, "third");
            test.harvest(NOON.minusSeconds(1), 10, "fourth");
            assertThat(test.alerts).extracting(BoundsTest::said).containsExactly("EARLY first", "EARLY second");

            test.plugin.advanceTo(NOON);
            assertThat(test.alerts.subList(2, 5))
                    .extracting(BoundsTest::said)
                    .containsExactlyInAnyOrder("ON_TIME first", "ON_TIME fourth", "EARLY third");

            test.plugin.advanceTo(NOON.plusSeconds(60));
            assertThat(test.alerts.subList(5, test.alerts.size()))
                    .extracting(BoundsTest::said)
                    .containsExactlyInAnyOrder("ON_TIME second", "ON_TIME third");
        }
    }

    private static String said(Alert alert) {
        return alert.stage() + " " + alert.groupingKey().values().iterator().next();
    }

    @Test
    @DisplayName("A source that is ahead is refused while the open window is full; the one behind it is not")
    void ahead() {
        try (PluginUnderTest test = started("bounds.keys", "10", "alerts.early", "false")) {
            Source behind = test.plugin.source(SourceSpec.of("behind"));
            Source ahead = test.plugin.source(SourceSpec.of("ahead"));
            ahead.advanceTo(NOON.plusSeconds(300));
            for (int user = 0; user < 2; user++) {
                for (int event = 0; event < 10; event++) {
                    behind.accept(read(LATER, event % 2 == 0 ? "SecretGet" : "KeyGet", "user" + user));
                }
            }

            assertThat(ahead.accept(read(LATER, "SecretGet", "user0")).status()).isEqualTo(Admission.Status.OVERLOADED);
            assertThat(ahead.accept(read(LATER, "SecretGet", "user0")).status()).isEqualTo(Admission.Status.OVERLOADED);
            assertThat(behind.accept(read(LATER, "SecretGet", "user0")).kept()).isEqualTo(1);
            behind.close();

            assertThat(ahead.accept(read(LATER, "SecretGet", "user0")).kept()).isEqualTo(1);
            assertThat(notices(test, Notice.Kind.OVERLOADED)).hasSize(1);
        }
    }

    @Test
    void givenMoreEventsOfLaterWindowsThanMayWaitThenCallsAreRefusedUntilTimeGoesOn() {
        try (PluginUnderTest test = started("bounds.events", "5", "time.owner", "host", "alerts.early", "false")) {
            test.harvest(LATER, 5, "mallory");

            assertThat(test.accept(LATER, "SecretGet", "mallory").status()).isEqualTo(Admission.Status.OVERLOADED);
            test.plugin.advanceTo(LATER);
            test.harvest(LATER, 5, "mallory");
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(notices(test, Notice.Kind.OVERLOADED)).hasSize(1);
            assertThat(test.plugin.health().overloaded()).isEqualTo(1);
            assertThat(test.alerts)
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).contains(10L));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "\u00fc"})
    void givenLongTextsThenTheJournalKnowsWhatTheyTake(String letter) {
        try (PluginUnderTest test = started()) {
            test.accept(NOON.plusSeconds(10), "SecretGet", letter.repeat(100_000));

            assertThat(test.plugin.health().journalBytes()).isBetween(100_000L, 110_000L);
        }
    }

    @Test
    void givenMoreBytesThanTheJournalMayHoldThenClosedWindowsMakeRoomAndANoticeSaysSo() {
        try (PluginUnderTest test = started("bounds.journal-megabytes", "1")) {
            test.harvest(LATER, 12, "mallory");
            for (int event = 0; event < 8_000; event++) {
                test.accept(NOON.plusSeconds(70), "SecretGet", "user" + event % 1_000);
            }
            assertThat(test.accept(LATER, "SecretGet", "mallory").late()).isEqualTo(1);
            test.plugin.advanceTo(NOON.plusSeconds(180));

            assertThat(notices(test, Notice.Kind.LATENESS_CUT))
                    .singleElement()
                    .satisfies(notice -> assertThat(notice.message()).contains("bounds.journal-megabytes"));
            assertThat(test.plugin.health().late()).isEqualTo(1);
        }
    }

    @Test
    void givenALowerThresholdThenUsersBeyondTheBoundComeOutAtTheirNextReadAndANoticeSaysHowManyWait(
            @TempDir Path folder) throws IOException {
        Path rule = Rules.copyShipped(folder);
        try (PluginUnderTest test = started(
                "bounds.keys", "12", "rules.dir", folder.toString(), "rules.watch", "false", "alerts.early", "false")) {
            for (int user = 0; user < 12; user++) {
                test.accept(LATER, "SecretGet", "user" + user);
            }
            test.harvest(LATER, 6, "reads.again");
            test.harvest(LATER, 6, "reads.no.more");
            Rules.replace(rule, "int min_events = 10", "int min_events = 5");

            assertThat(test.plugin.reload().applied()).isTrue();

            assertThat(notices(test, Notice.Kind.EVIDENCE_CUT)).singleElement().satisfies(notice -> {
                assertThat(notice.count()).isEqualTo(2);
                assertThat(notice.message()).contains("judged with their next event");
            });
            test.accept(LATER, "KeyGet", "reads.again");
            test.plugin.advanceTo(NOON.plusSeconds(60));
            assertThat(test.alerts).singleElement().satisfies(alert -> {
                assertThat(alert.groupingKey().values()).containsExactly("reads.again");
                assertThat(alert.eventCount()).contains(7L);
            });
        }
    }

    @Test
    void givenAQueueOfAlertsThatIsFullThenCallsAreRefusedAndOneNoticeSaysSo() {
        List<Admission> answers = new ArrayList<>();
        List<Notice> notices = new ArrayList<>();
        List<DetectionPlugin> self = new ArrayList<>();
        PluginContext context = PluginContext.builder()
                .config(Map.of("bounds.alert-queue", "2", "alerts.early", "false", "time.idle-timeout", "PT0S"))
                .wallClock(() -> NOON.plusSeconds(3600))
                .onAlert(alert -> {
                    if (answers.isEmpty()) {
                        answers.add(self.get(0).accept(PluginUnderTest.read(LATER, "SecretGet", "x")));
                        answers.add(self.get(0).accept(PluginUnderTest.read(LATER, "SecretGet", "x")));
                    }
                })
                .onNotice(notices::add)
                .build();
        try (DetectionPlugin plugin = new VaultwatchPluginFactory().create(context)) {
            self.add(plugin);
            plugin.start();
            for (String user : List.of("a", "b", "c")) {
                for (int read = 0; read < 10; read++) {
                    plugin.accept(PluginUnderTest.read(LATER, read % 2 == 0 ? "SecretGet" : "KeyGet", user));
                }
            }
            plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(answers)
                    .extracting(Admission::status)
                    .containsExactly(Admission.Status.OVERLOADED, Admission.Status.OVERLOADED);
            assertThat(plugin.health().overloaded()).isEqualTo(2);
            assertThat(notices).singleElement().satisfies(notice -> {
                assertThat(notice.kind()).isEqualTo(Notice.Kind.OVERLOADED);
                assertThat(notice.message()).contains("bounds.alert-queue");
            });
            assertThat(plugin.accept(PluginUnderTest.read(LATER, "SecretGet", "x"))
                            .status())
                    .isEqualTo(Admission.Status.TAKEN);
        }
    }

    @Test
    @DisplayName("Alerts that were handed over and not acknowledged count among those that wait")
    void unacknowledged() {
        List<Acknowledgement> receipts = new ArrayList<>();
        PluginContext context = PluginContext.builder()
                .config(Map.of("bounds.alert-queue", "2", "alerts.early", "false", "time.idle-timeout", "PT0S"))
                .wallClock(() -> NOON.plusSeconds(3600))
                .onAlertToAcknowledge((alert, receipt) -> receipts.add(receipt))
                .build();
        try (DetectionPlugin plugin = new VaultwatchPluginFactory().create(context)) {
            plugin.start();
            for (String user : List.of("a", "b")) {
                for (int read = 0; read < 10; read++) {
                    plugin.accept(PluginUnderTest.read(LATER, read % 2 == 0 ? "SecretGet" : "KeyGet", user));
                }
            }
            plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(receipts).hasSize(2);
            assertThat(plugin.isReady()).isFalse();
            assertThat(plugin.accept(PluginUnderTest.read(LATER, "SecretGet", "x"))
                            .status())
                    .isEqualTo(Admission.Status.OVERLOADED);

            receipts.get(1).acknowledge();
            assertThat(plugin.isReady()).isTrue();
            assertThat(plugin.accept(PluginUnderTest.read(LATER, "SecretGet", "x"))
                            .status())
                    .isEqualTo(Admission.Status.TAKEN);
        }
    }

    @Test
    @DisplayName(
            "Users whose first event of a minute comes late, more than a rule may hold: that it does not see them is said")
    void lateUsersBeyondTheBound(@TempDir Path folder) throws IOException {
        Rules.write(
                folder,
                "vaults",
                "@name('alert') select upn, count(*) as n from KeyVaultEvent(action = 'SecretGet')#time_batch(1 min, 0L)"
                        + " group by upn having count(*) >= 2 and count(distinct vault) >= 1;");
        try (PluginUnderTest test =
                started("rules.dir", folder.toString(), "rules.watch", "false", "bounds.keys", "10")) {
            for (int user = 0; user < 10; user++) {
                test.accept(LATER, "SecretGet", "user" + user);
            }
            test.plugin.advanceTo(NOON.plusSeconds(120));
            assertThat(notices(test, Notice.Kind.RULE_LIMITED)).isEmpty();
            test.harvest(LATER, 8, "mallory");
            test.plugin.advanceTo(NOON.plusSeconds(130));

            assertThat(test.alerts).isEmpty();
            assertThat(notices(test, Notice.Kind.RULE_LIMITED)).singleElement().satisfies(notice -> {
                assertThat(notice.count()).isEqualTo(4);
                assertThat(notice.message())
                        .startsWith("In the window of " + NOON + " rule vaults did not see 4 events");
            });
        }
    }

    @Test
    @DisplayName(
            "Late events of an ordered rule, more than its engine may hold: what they raise says that it is a lower bound")
    void lateBeyondTheBound(@TempDir Path folder) throws IOException {
        Rules.write(
                folder,
                "sliding",
                "@name('alert') select upn, count(*) as n from KeyVaultEvent(action = 'SecretGet')#time(1 min) group by upn"
                        + " having count(*) >= 5;",
                "{\"kind\": \"ordered\", \"reach\": \"PT1M\", \"quiet\": \"PT1M\"}");
        try (PluginUnderTest test =
                started("rules.dir", folder.toString(), "rules.watch", "false", "bounds.events", "20")) {
            test.accept(NOON.plusSeconds(400), "SecretGet", "ann");
            for (int i = 0; i < 40; i++) {
                test.accept(LATER.plusMillis(i), "SecretGet", "mallory");
            }
            test.plugin.advanceTo(NOON.plusSeconds(402));

            assertThat(test.alerts).isNotEmpty().allSatisfy(alert -> {
                assertThat(alert.stage()).isEqualTo(AlertStage.REVISED);
                assertThat(alert.isAtLeast()).isTrue();
            });
            assertThat(notices(test, Notice.Kind.RULE_LIMITED)).isNotEmpty();
        }
    }
}
