package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Sources")
class SourcesTest {
    private static Source open(PluginUnderTest test, String name) {
        return test.plugin.source(SourceSpec.of(name));
    }

    private static void harvest(Source source, Instant from, int reads, String upn) {
        for (int i = 0; i < reads; i++) {
            assertThat(source.accept(read(from.plusMillis(i), i % 2 == 0 ? "SecretGet" : "KeyGet", upn))
                            .status())
                    .isEqualTo(Admission.Status.TAKEN);
        }
    }

    private static byte[] lines(Instant from, int reads, String upn) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (int i = 0; i < reads; i++) {
            lines.writeBytes(read(from.plusMillis(i), i % 2 == 0 ? "SecretGet" : "KeyGet", upn));
            lines.write('\n');
        }
        return lines.toByteArray();
    }

    private static List<Long> counts(PluginUnderTest test, AlertStage stage) {
        return test.alerts(stage).stream()
                .map(alert -> alert.eventCount().orElseThrow())
                .toList();
    }

    private static List<Notice.Kind> kinds(PluginUnderTest test) {
        return test.notices.stream().map(Notice::kind).toList();
    }

    @Nested
    @DisplayName("that are closed, of which there were thousands")
    class Forgotten {
        private static final int FILES = Core.MOST_CLOSED + 50;

        private void readFiles(PluginUnderTest test) {
            for (int i = 0; i < FILES; i++) {
                Source file = open(test, "file-" + i);
                harvest(file, NOON.plus(Duration.ofMinutes(i)), 1, "ann@example.com");
                file.accept("{\"x\":1}".getBytes(StandardCharsets.UTF_8));
                file.close();
            }
        }

        private static void assertCounted(PluginUnderTest test) {
            PluginHealth health = test.plugin.health();
            assertThat(health.value(Counter.KEPT)).isEqualTo(FILES);
            assertThat(health.value(Counter.UNRECOGNISED)).isEqualTo(FILES);
            assertThat(health.value(Counter.RECORDS)).isEqualTo(2 * FILES);
        }

        @Test
        @DisplayName("are forgotten but for the last thousand, and what they brought is counted as one source's")
        void counted() {
            try (PluginUnderTest test = PluginUnderTest.started("time.max-future", "PT0S", "time.lateness", "PT1M")) {
                readFiles(test);

                assertCounted(test);
                assertThat(test.plugin.health().parts(Counter.KEPT))
                        .hasSize(Core.MOST_CLOSED + 1)
                        .containsEntry(Core.FORGOTTEN, 50L)
                        .doesNotContainKey("file-49")
                        .containsEntry("file-50", 1L);
            }
        }

        @Test
        @DisplayName("are late when they come again under their name, and those that are known go on")
        void again() {
            try (PluginUnderTest test = PluginUnderTest.started("time.max-future", "PT0S", "time.lateness", "PT1M")) {
                readFiles(test);

                assertThat(open(test, "file-0")
                                .accept(read(NOON, "SecretGet", "ann@example.com"))
                                .late())
                        .isEqualTo(1);
                open(test, "file-50").accept(read(NOON.plus(Duration.ofMinutes(FILES)), "SecretGet", "a@example.com"));
                assertThat(test.plugin.health().parts(Counter.KEPT)).containsEntry("file-50", 2L);
            }
        }

        @Test
        @DisplayName("stay known while what they brought can change")
        void unsettled() {
            try (PluginUnderTest test = PluginUnderTest.started("time.max-future", "PT0S", "time.lateness", "PT24H")) {
                for (int i = 0; i < FILES; i++) {
                    Source file = open(test, "file-" + i);
                    harvest(file, NOON.plusSeconds(i), 1, "ann@example.com");
                    file.close();
                }
                assertThat(test.plugin.health().parts(Counter.KEPT)).hasSize(FILES);
            }
        }

        @Test
        @DisplayName("are counted once after a restart, too")
        void restart(@TempDir Path folder) {
            String[] config = {
                "time.max-future",
                "PT0S",
                "time.lateness",
                "PT1M",
                "journal.dir",
                folder.toString(),
                "journal.fsync",
                "never"
            };
            try (PluginUnderTest test = PluginUnderTest.started(config)) {
                readFiles(test);
            }
            for (int i = 0; i < 2; i++) {
                try (PluginUnderTest again = PluginUnderTest.started(config)) {
                    assertCounted(again);
                    assertThat(again.plugin.health().parts(Counter.KEPT)).containsEntry(Core.FORGOTTEN, 50L);
                }
            }
            try (PluginUnderTest again = PluginUnderTest.started(config)) {
                Source next = open(again, "next");
                harvest(next, NOON.plus(Duration.ofMinutes(FILES + 1)), 12, "eve@example.com");
                harvest(next, NOON.plus(Duration.ofMinutes(FILES + 3)), 1, "eve@example.com");
                assertThat(counts(again, AlertStage.ON_TIME))
                        .as("time waits for none of them")
                        .containsExactly(12L);
            }
        }
    }

    @Nested
    @DisplayName("that are read one after the other")
    class OneAfterTheOther {
        @Test
        @DisplayName("lose nothing, in either order")
        void eitherOrder() {
            for (boolean newestFirst : List.of(true, false)) {
                try (PluginUnderTest test = PluginUnderTest.started()) {
                    Source early = open(test, "early");
                    Source late = open(test, "late");
                    for (int i = 0; i < 2; i++) {
                        if (newestFirst == (i == 0)) {
                            harvest(late, NOON.plus(Duration.ofHours(1)), 12, "late@example.com");
                            late.close();
                        } else {
                            harvest(early, NOON, 12, "early@example.com");
                            early.close();
                        }
                    }
                    test.plugin.endOfInput();
                    assertThat(counts(test, AlertStage.ON_TIME)).containsExactlyInAnyOrder(12L, 12L);
                    assertThat(test.plugin.health().late()).isZero();
                }
            }
        }

        @Test
        @DisplayName("make one alert of one sweep that is split over them")
        void splitSweep() {
            try (PluginUnderTest test = PluginUnderTest.started()) {
                Source one = open(test, "vault-1");
                Source other = open(test, "vault-2");
                harvest(one, NOON, 6, "eve@example.com");
                harvest(one, NOON.plus(Duration.ofMinutes(50)), 3, "bob@example.com");
                one.close();
                harvest(other, NOON.plusSeconds(20), 6, "eve@example.com");
                test.plugin.endOfInput();
                assertThat(counts(test, AlertStage.ON_TIME)).containsExactly(12L);
            }
        }
    }

    @Nested
    @DisplayName("that fall silent")
    class Silent {
        @Test
        @DisplayName("hold time back no longer, and lose no window when they speak again")
        void comesBack() {
            try (PluginUnderTest test = PluginUnderTest.started("time.lateness", "PT0S")) {
                Source fast = open(test, "fast");
                Source slow = open(test, "slow");
                harvest(slow, NOON, 6, "eve@example.com");
                harvest(fast, NOON.plusSeconds(1), 2, "eve@example.com");
                slow.idle();
                harvest(fast, NOON.plus(Duration.ofMinutes(60)), 2, "bob@example.com");
                assertThat(test.alerts).isEmpty();
                harvest(slow, NOON.plusSeconds(30), 6, "eve@example.com");
                test.plugin.endOfInput();
                assertThat(counts(test, AlertStage.REVISED)).containsExactly(14L);
                assertThat(test.plugin.health().late()).isZero();
            }
        }

        @Test
        @DisplayName("and stay so for longer than the retention lose what they bring, and a notice says so")
        void lateLoss() {
            try (PluginUnderTest test =
                    PluginUnderTest.started("time.idle-retention", "PT0S", "time.lateness", "PT1M")) {
                Source fast = open(test, "fast");
                Source slow = open(test, "slow");
                harvest(slow, NOON, 1, "eve@example.com");
                slow.idle();
                harvest(fast, NOON.plus(Duration.ofMinutes(60)), 1, "bob@example.com");
                for (int i = 0; i < 3; i++) {
                    assertThat(slow.accept(read(NOON.plusSeconds(i), "KeyGet", "eve@example.com"))
                                    .late())
                            .isEqualTo(1);
                }
                test.plugin.endOfInput();
                assertThat(test.notices)
                        .filteredOn(notice -> notice.kind() == Notice.Kind.LATE_LOSS)
                        .singleElement()
                        .satisfies(notice -> {
                            assertThat(notice.count()).isEqualTo(3);
                            assertThat(notice.message()).contains("source slow", "2026-11-03T12:00:00Z");
                        });
                assertThat(test.lateEvents).extracting(event -> event.source()).containsOnly("slow");
            }
        }
    }

    @Nested
    @DisplayName("with clocks of their own")
    class Clocks {
        @Test
        @DisplayName("one record 590 s ahead does not lose a harvest that comes with five minutes' delay")
        void oneFarAhead() {
            try (PluginUnderTest test = PluginUnderTest.started()) {
                Instant now = NOON.plusSeconds(3600);
                test.wallClock.set(now);
                test.accept(now.plusSeconds(590), "SecretGet", "wild@example.com");
                test.harvest(now.minus(Duration.ofMinutes(5)), 12, "eve@example.com");
                test.plugin.endOfInput();
                assertThat(counts(test, AlertStage.REVISED)).containsExactly(12L);
            }
        }

        @Test
        @DisplayName("one whose clock is eight minutes fast closes nobody else's windows")
        void fastClock() {
            try (PluginUnderTest test = PluginUnderTest.started()) {
                Source right = open(test, "right");
                Source fast = open(test, "fast");
                for (int i = 0; i < 12; i++) {
                    fast.accept(read(NOON.plusSeconds(480 + i), "SecretGet", "fast@example.com"));
                    right.accept(read(NOON.plusSeconds(i), i % 2 == 0 ? "SecretGet" : "KeyGet", "eve@example.com"));
                }
                test.plugin.endOfInput();
                assertThat(counts(test, AlertStage.ON_TIME)).containsExactly(12L);
                assertThat(test.alerts(AlertStage.REVISED)).isEmpty();
            }
        }

        @Test
        @DisplayName("time that stands still while events wait is said once")
        void stalled() {
            try (PluginUnderTest test = PluginUnderTest.started("time.owner", "host")) {
                test.harvest(NOON, 3, "eve@example.com");
                VaultwatchPlugin plugin = (VaultwatchPlugin) test.plugin;
                for (int i = 1; i <= 5; i++) {
                    test.wallClock.set(NOON.plusSeconds(3600 + 20L * i));
                    plugin.tick();
                }
                assertThat(kinds(test)).containsOnlyOnce(Notice.Kind.TIME_STALLED);
            }
        }

        @Test
        @DisplayName(
                "time that waits for a source that was opened and never spoke is said, and which it is, though no thread looks")
        void neverSpoke() {
            try (PluginUnderTest test = PluginUnderTest.started("time.idle-timeout", "PT0S")) {
                open(test, "silent");
                Source other = open(test, "other");
                for (int i = 0; i < 5; i++) {
                    test.wallClock.set(NOON.plusSeconds(3_600 + 20L * i));
                    other.accept(read(NOON.plusSeconds(120L * i), "SecretGet", "eve@example.com"));
                }
                assertThat(test.plugin.health().watermark()).isEmpty();
                assertThat(test.notices)
                        .filteredOn(notice -> notice.kind() == Notice.Kind.TIME_STALLED)
                        .singleElement()
                        .satisfies(notice -> assertThat(notice.message())
                                .contains("source silent holds it back", "has brought nothing yet"));
            }
        }
    }

    @Nested
    @DisplayName("that are too fast")
    class TooFast {
        @Test
        @DisplayName("are rejected, the slow one never, and nothing is lost")
        void backPressure() {
            try (PluginUnderTest test = PluginUnderTest.started("bounds.events", "2000")) {
                Source fast = open(test, "fast");
                Source slow = open(test, "slow");
                slow.accept(read(NOON, "SecretGet", "slow@example.com"));
                int taken = 0;
                while (fast.accept(read(NOON.plusSeconds(60L + taken), "SecretGet", "u" + taken + "@example.com"))
                                .status()
                        == Admission.Status.TAKEN) {
                    taken++;
                }
                assertThat(taken).isBetween(900, 2_000);
                CompletableFuture<Void> ready = fast.ready().toCompletableFuture();
                assertThat(ready).isNotDone();
                assertThat(fast.ready().toCompletableFuture().complete(null)).isTrue();
                assertThat(fast.ready().toCompletableFuture().cancel(true)).isTrue();
                assertThat(ready)
                        .as("what one who waits does with his is nothing to another")
                        .isNotDone();
                assertThat(slow.ready().toCompletableFuture()).isDone();
                harvest(slow, NOON.plusSeconds(10), 12, "eve@example.com");
                harvest(slow, NOON.plus(Duration.ofMinutes(50)), 1, "slow@example.com");
                assertThat(ready).isDone();
                assertThat(fast.accept(read(NOON.plusSeconds(60L + taken), "SecretGet", "more@example.com"))
                                .status())
                        .isEqualTo(Admission.Status.TAKEN);
                test.plugin.endOfInput();
                assertThat(counts(test, AlertStage.ON_TIME)).containsExactly(12L);
                assertThat(test.plugin.health().parts(Counter.OVERLOADED)).containsEntry("fast", 1L);
            }
        }
    }

    @Nested
    @DisplayName("with offsets")
    class Offsets {
        @Test
        @DisplayName("take a block of records once, and of one that was taken in part the rest")
        void ranges() {
            try (PluginUnderTest test = PluginUnderTest.started()) {
                Source hub = open(test, "hub-0");
                byte[] block = lines(NOON, 12, "eve@example.com");
                assertThat(hub.accept(new OffsetRange(0, 11), block).kept()).isEqualTo(12);
                Admission again = hub.accept(new OffsetRange(0, 11), block);
                assertThat(again.status()).isEqualTo(Admission.Status.REPEATED);
                assertThat(again.repeated()).isEqualTo(12);
                Admission part = hub.accept(new OffsetRange(6, 17), lines(NOON.plusSeconds(1), 12, "eve@example.com"));
                assertThat(part.kept()).isEqualTo(6);
                assertThat(part.repeated()).isEqualTo(6);
                assertThat(part.records()).isEqualTo(12);
                test.plugin.endOfInput();
                assertThat(counts(test, AlertStage.ON_TIME)).containsExactly(18L);
                assertThat(test.plugin.health().repeated()).isEqualTo(18);
            }
        }

        @Test
        @DisplayName("begin anew in another epoch")
        void epoch() {
            try (PluginUnderTest test = PluginUnderTest.started()) {
                Source first = test.plugin.source(SourceSpec.of("hub-0").epoch("topic-a"));
                first.accept(new OffsetRange(0, 11), lines(NOON, 12, "eve@example.com"));
                Source second = test.plugin.source(SourceSpec.of("hub-0").epoch("topic-b"));
                assertThat(second.accept(new OffsetRange(0, 11), lines(NOON.plusSeconds(61), 12, "eve@example.com"))
                                .kept())
                        .isEqualTo(12);
            }
        }

        @Test
        @DisplayName("that begin anew without an epoch are noticed")
        void recreated() {
            try (PluginUnderTest test = PluginUnderTest.started()) {
                Source hub = open(test, "hub-0");
                hub.accept(new OffsetRange(0, 11), lines(NOON, 12, "eve@example.com"));
                hub.accept(OffsetRange.at(3), read(NOON.plusSeconds(600), "KeyGet", "eve@example.com"));
                hub.accept(OffsetRange.at(4), read(NOON.plusSeconds(601), "KeyGet", "eve@example.com"));
                assertThat(kinds(test)).containsOnlyOnce(Notice.Kind.SOURCE_RECREATED);
            }
        }

        @Test
        @DisplayName("tell the greatest event time and what may be committed")
        void safeOffset() {
            try (PluginUnderTest test = PluginUnderTest.started("time.lateness", "PT0S")) {
                Source hub = open(test, "hub-0");
                Admission first = hub.accept(new OffsetRange(0, 11), lines(NOON, 12, "eve@example.com"));
                assertThat(first.greatestEventTime()).contains(NOON.plusMillis(11));
                assertThat(first.safeOffset()).hasValue(-1);
                Admission later =
                        hub.accept(OffsetRange.at(12), read(NOON.plusSeconds(120), "KeyGet", "bob@example.com"));
                assertThat(later.safeOffset())
                        .as("the alert is not delivered yet")
                        .hasValue(-1);
                assertThat(hub.accept(OffsetRange.at(13), read(NOON.plusSeconds(121), "KeyGet", "bob@example.com"))
                                .safeOffset())
                        .hasValue(11);
            }
        }
    }

    @Nested
    @DisplayName("that are revoked")
    class Revoked {
        @Test
        @DisplayName("leave nothing behind of what they alone brought")
        void silent() {
            try (PluginUnderTest test = PluginUnderTest.started()) {
                Source gone = open(test, "gone");
                Source stays = open(test, "stays");
                harvest(gone, NOON, 9, "eve@example.com");
                harvest(stays, NOON, 12, "mallory@example.com");
                gone.revoke();
                test.plugin.endOfInput();
                assertThat(test.alerts(AlertStage.ON_TIME))
                        .singleElement()
                        .extracting(Alert::groupingKey)
                        .asString()
                        .contains("mallory");
            }
        }

        @Test
        @DisplayName("take no record until they are opened again, and then none counts as repeated")
        void reopened() {
            try (PluginUnderTest test = PluginUnderTest.started()) {
                Source hub = open(test, "hub-0");
                hub.accept(new OffsetRange(0, 11), lines(NOON, 12, "eve@example.com"));
                hub.revoke();
                assertThatThrownBy(() -> hub.accept(OffsetRange.at(12), read(NOON, "KeyGet", "eve@example.com")))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("hub-0");
                Source back = open(test, "hub-0");
                assertThat(back.accept(new OffsetRange(0, 11), lines(NOON, 12, "eve@example.com"))
                                .kept())
                        .isEqualTo(12);
            }
        }
    }

    @Nested
    @DisplayName("that are handed over")
    class HandedOver {
        @Test
        @DisplayName("bring along what was decided and not delivered, and the old owner says nothing of it")
        void owed() throws IOException {
            try (PluginUnderTest before = PluginUnderTest.started();
                    PluginUnderTest after = PluginUnderTest.started()) {
                Source hub = open(before, "hub-0");
                harvest(hub, NOON, 9, "eve@example.com");
                before.plugin.advanceTo(NOON.plusSeconds(60));
                // Taken into a closed window, and not judged yet.
                harvest(hub, NOON.plusSeconds(1), 3, "eve@example.com");
                ByteArrayOutputStream state = new ByteArrayOutputStream();
                before.plugin.snapshot(state, KeyGroup.all());
                hub.revoke();
                before.plugin.endOfInput();

                after.plugin.restore(new ByteArrayInputStream(state.toByteArray()));

                assertThat(before.alerts).isEmpty();
                assertThat(counts(after, AlertStage.REVISED)).containsExactly(12L);
                after.plugin.endOfInput();
                assertThat(after.alerts).hasSize(1);
            }
        }
    }

    @Nested
    @DisplayName("that are handed over to an owner of other rules")
    class HandedOverToOthers {
        private static final String EXCESSIVE = "excessive-secret-retrieval";

        @TempDir
        Path rules;

        /** The folder of the packed rule, with its logic changed. */
        private String changed(String from, String to) throws IOException {
            Path packed = Path.of("epl", EXCESSIVE);
            Path folder = Files.createDirectories(rules.resolve(EXCESSIVE));
            Files.copy(packed.resolve("rule.json"), folder.resolve("rule.json"));
            String logic = Files.readString(packed.resolve("rule.epl"));
            assertThat(logic).contains(from);
            Files.writeString(folder.resolve("rule.epl"), logic.replace(from, to));
            return rules.toString();
        }

        /** Eight reads that both rules know and eight of keys are there before; three of keys come after. */
        private static Alert handOver(PluginUnderTest before, PluginUnderTest after, String rule) throws IOException {
            for (int i = 0; i < 16; i++) {
                before.accept(
                        NOON.plusMillis(i),
                        i >= 8 ? "KeyGet" : i % 2 == 0 ? "SecretGet" : "SecretList",
                        "eve@example.com");
            }
            ByteArrayOutputStream state = new ByteArrayOutputStream();
            before.plugin.snapshot(state, KeyGroup.all());
            after.plugin.restore(new ByteArrayInputStream(state.toByteArray()));
            for (int i = 0; i < 12; i++) {
                after.accept(NOON.plusMillis(20 + i), i % 2 == 0 ? "KeyGet" : "SecretGet", "eve@example.com");
            }
            after.plugin.endOfInput();
            return after.alerts.stream()
                    .filter(alert -> alert.ruleId().equals(rule))
                    .reduce((first, last) -> last)
                    .orElseThrow();
        }

        @Test
        @DisplayName("lack what the rule there did not ask for, and alerts say so")
        void asksForMore() throws IOException {
            try (PluginUnderTest before = PluginUnderTest.started("rules.dir", changed("'KeyGet', ", ""));
                    PluginUnderTest after = PluginUnderTest.started()) {
                Alert alert = handOver(before, after, EXCESSIVE);
                assertThat(alert.eventCount()).hasValue(20L);
                assertThat(alert.isHistoryComplete()).isFalse();
                assertThat(after.plugin.health().completeSince()).containsOnlyKeys(EXCESSIVE);
            }
        }

        @Test
        @DisplayName("lack nothing where the rule here asks for less, or finds it sooner")
        void asksForLess() throws IOException {
            try (PluginUnderTest before = PluginUnderTest.started();
                    PluginUnderTest after = PluginUnderTest.started(
                            "rules.dir", changed("int min_events = 10", "int min_events = 9"))) {
                Alert alert = handOver(before, after, EXCESSIVE);
                assertThat(alert.eventCount()).hasValue(28L);
                assertThat(alert.isHistoryComplete()).isTrue();
                assertThat(after.plugin.health().completeSince()).isEmpty();
            }
        }

        @Test
        @DisplayName("lack everything for a rule that was not in force there, and alerts say so")
        void notInForce() throws IOException {
            try (PluginUnderTest before = PluginUnderTest.started();
                    PluginUnderTest after = PluginUnderTest.started("rules.enabled", "sliding-excessive-retrieval")) {
                Alert alert = handOver(before, after, "sliding-excessive-retrieval");
                assertThat(alert.isHistoryComplete()).isFalse();
                assertThat(after.alerts.stream().filter(each -> each.ruleId().equals(EXCESSIVE)))
                        .isNotEmpty()
                        .allMatch(Alert::isHistoryComplete);
            }
        }

        @Test
        @DisplayName("lack nothing where there was none")
        void nothing() throws IOException {
            try (PluginUnderTest before = PluginUnderTest.started();
                    PluginUnderTest after = PluginUnderTest.started("rules.enabled", "sliding-excessive-retrieval")) {
                ByteArrayOutputStream state = new ByteArrayOutputStream();
                before.plugin.snapshot(state, KeyGroup.all());
                after.plugin.restore(new ByteArrayInputStream(state.toByteArray()));
                assertThat(after.plugin.health().completeSince()).isEmpty();
            }
        }

        @Test
        @DisplayName("are passed over where an alert is owed of a rule that is not in force, and a notice counts them")
        void owedOfOthers() throws IOException {
            PluginContext context = PluginContext.builder()
                    .config(Map.of(
                            "rules.enabled",
                            "sensitive-operations",
                            "time.idle-timeout",
                            "PT0S",
                            "close.timeout",
                            "PT0S"))
                    .wallClock(() -> NOON.plusSeconds(3600))
                    .onAlertToAcknowledge((alert, receipt) -> {})
                    .build();
            try (DetectionPlugin before = new VaultwatchPluginFactory().create(context);
                    PluginUnderTest after = PluginUnderTest.started()) {
                before.start();
                for (int i = 0; i < 12; i++) {
                    before.accept(
                            read(NOON.plusSeconds(i), i % 2 == 0 ? "SecretDelete" : "SecretGet", "eve@example.com"));
                }
                ByteArrayOutputStream state = new ByteArrayOutputStream();
                before.snapshot(state, KeyGroup.all());
                after.plugin.restore(new ByteArrayInputStream(state.toByteArray()));

                assertThat(after.notices)
                        .filteredOn(notice -> notice.kind() == Notice.Kind.DELIVERY_FAILED)
                        .singleElement()
                        .satisfies(notice -> {
                            assertThat(notice.count()).isEqualTo(6);
                            assertThat(notice.message())
                                    .contains("6 alerts of rule sensitive-operations", "not in force here");
                        });
            }
        }

        @Test
        @DisplayName("in a state of which any bit is another change nothing")
        void flipped() throws IOException {
            SplittableRandom random = new SplittableRandom(20261128);
            try (PluginUnderTest before = PluginUnderTest.started();
                    PluginUnderTest after = PluginUnderTest.started()) {
                before.harvest(NOON, 12, "eve@example.com");
                ByteArrayOutputStream state = new ByteArrayOutputStream();
                before.plugin.snapshot(state, KeyGroup.all());
                for (int i = 0; i < 300; i++) {
                    byte[] damaged = state.toByteArray();
                    int at = random.nextInt(damaged.length);
                    damaged[at] ^= (byte) (1 << random.nextInt(8));

                    assertThatThrownBy(() -> after.plugin.restore(new ByteArrayInputStream(damaged)))
                            .as("byte %d of %d", at, damaged.length)
                            .isInstanceOf(IOException.class);
                }
                assertThat(after.alerts).isEmpty();
                after.plugin.restore(new ByteArrayInputStream(state.toByteArray()));
            }
        }

        @Test
        @DisplayName("in a state that is damaged change nothing, and the failure is one of the stream")
        void damaged() throws IOException {
            try (PluginUnderTest before = PluginUnderTest.started();
                    PluginUnderTest after = PluginUnderTest.started()) {
                before.harvest(NOON, 12, "eve@example.com");
                ByteArrayOutputStream state = new ByteArrayOutputStream();
                before.plugin.snapshot(state, KeyGroup.all());
                assertThatThrownBy(() -> after.plugin.restore(
                                new ByteArrayInputStream(new String(state.toByteArray(), StandardCharsets.ISO_8859_1)
                                        .replace("\"threat\"", "\"threaT\"")
                                        .getBytes(StandardCharsets.ISO_8859_1))))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("damaged");
                assertThat(after.alerts).isEmpty();
            }
        }
    }

    @Nested
    @DisplayName("whose input ends")
    class End {
        @Test
        @DisplayName("close every window, and event time goes no further than the events")
        void endOfInput() {
            try (PluginUnderTest test = PluginUnderTest.started()) {
                test.harvest(NOON, 12, "eve@example.com");
                test.plugin.endOfInput();
                assertThat(test.alerts(AlertStage.ON_TIME)).hasSize(1);
                assertThat(test.plugin.health().watermark().orElseThrow()).isBefore(NOON.plusSeconds(60));
                test.harvest(NOON.plusSeconds(120), 12, "eve@example.com");
                test.plugin.endOfInput();
                assertThat(test.alerts(AlertStage.ON_TIME)).hasSize(2);
                assertThat(test.plugin.health().late()).isZero();
            }
        }
    }
}
