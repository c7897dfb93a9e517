package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.read;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.api.SourceSpec;
import dev.vaultwatch.engine.Compilations;
import dev.vaultwatch.log.StoreLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed, and one that goes on where it stopped. */
class RestartTest {
    @TempDir
    Path folder;

    /** What a kill leaves: the segments as they are, and no owner. The plugin of before is left alone, as the dead are. */
    private PluginUnderTest restarted(int run, String... config) throws IOException {
        Path before = folder.resolve("run" + (run - 1));
        Path after = Files.createDirectories(folder.resolve("run" + run));
        if (Files.isDirectory(before)) {
            try (Stream<Path> files = Files.list(before)) {
                for (Path file : files.filter(each -> each.toString().endsWith(".segment"))
                        .toList()) {
                    Files.copy(file, after.resolve(file.getFileName()));
                }
            }
        }
        String[] all = Stream.concat(Stream.of("journal.dir", after.toString()), Stream.of(config))
                .toArray(String[]::new);
        return started(all);
    }

    private static Admission send(PluginUnderTest test, int offset, String action) {
        return test.plugin.accept(
                new SourcePosition("hub-0", offset), read(NOON.plusSeconds(10).plusMillis(offset), action, "mallory"));
    }

    private static void send(PluginUnderTest test, int from, int to) {
        for (int offset = from; offset < to; offset++) {
            send(test, offset, offset % 2 == 0 ? "SecretGet" : "KeyGet");
        }
    }

    @Test
    void givenAKillInMidMinuteWhenTheHostSendsAgainThenTheTotalsAreThoseOfAnUndisturbedRun() throws IOException {
        PluginUnderTest killed = restarted(1);
        send(killed, 0, 7);

        try (PluginUnderTest test = restarted(2)) {
            send(test, 3, 15);
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(test.plugin.health().kept()).isEqualTo(15);
            assertThat(test.alerts(AlertStage.ON_TIME))
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).contains(15L));
        }
        killed.close();
    }

    @Test
    void givenAPositionThatWasTakenBeforeTheKillThenItIsAnsweredAsRepeated() throws IOException {
        PluginUnderTest killed = restarted(1);
        send(killed, 0, 3);

        try (PluginUnderTest test = restarted(2)) {
            assertThat(send(test, 2, "SecretGet").status()).isEqualTo(Admission.Status.REPEATED);
            assertThat(send(test, 3, "SecretGet").status()).isEqualTo(Admission.Status.TAKEN);
        }
        killed.close();
    }

    @Test
    @DisplayName(
            "What the end of input said of a minute that goes on after a restart is retracted if it is no longer true")
    void goesOnAfterTheEnd() throws IOException {
        Rules.write(
                folder.resolve("rules"),
                "few",
                "@name('alert') select upn, count(*) as n from KeyVaultEvent(upn is not null)#time_batch(1 min, 0L)"
                        + " group by upn having count(*) between 3 and 4;");
        String[] config = {"rules.dir", folder.resolve("rules").toString(), "time.owner", "events"};
        PluginUnderTest ended = restarted(1, config);
        send(ended, 0, 3);
        ended.plugin.endOfInput();
        assertThat(ended.alerts(AlertStage.ON_TIME)).hasSize(1);

        try (PluginUnderTest test = restarted(2, config)) {
            send(test, 3, 7);
            test.plugin.endOfInput();

            assertThat(test.alerts).extracting(alert -> alert.stage()).containsExactly(AlertStage.RETRACTED);
        }
        ended.close();
    }

    @Test
    @DisplayName(
            "A start that failed while the journal was read leaves nothing that the next one would take for repetitions")
    void startedAgain() throws IOException {
        String[] config = {"dedupe", "content", "alerts.early", "false"};
        PluginUnderTest killed = restarted(1, config);
        send(killed, 0, 9);
        Path journal = Files.createDirectories(folder.resolve("run2"));
        restarted(2, config).close();

        List<Alert> alerts = new ArrayList<>();
        AtomicBoolean fails = new AtomicBoolean(true);
        try (DetectionPlugin plugin = new VaultwatchPlugin(
                PluginContext.builder()
                        .config(Map.of("journal.dir", journal.toString(), "time.idle-timeout", "PT0S"))
                        .config("dedupe", "content")
                        .wallClock(() -> NOON.plusSeconds(3600))
                        .onAlert(alerts::add)
                        .build(),
                PluginConfig.read(
                        Map.of("journal.dir", journal.toString(), "time.idle-timeout", "PT0S", "dedupe", "content")),
                Descriptors.packed(),
                new Compilations(),
                (from, fsync, reader, checkpoint) -> {
                    StoreLog log = new StoreLog(from, fsync, reader, checkpoint);
                    if (fails.getAndSet(false)) {
                        log.close();
                        throw new IOException("Input/output error");
                    }
                    return log;
                },
                System::nanoTime)) {
            assertThatThrownBy(plugin::start).isInstanceOf(UncheckedIOException.class);
            plugin.start();
            plugin.accept(read(NOON.plusSeconds(20), "KeyGet", "mallory"));
            plugin.endOfInput();
            assertThat(alerts)
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).hasValue(10L));
        }
    }

    @Test
    @DisplayName("Events that were cut count once, whatever the number of restarts")
    void cutOnce() throws IOException {
        PluginUnderTest first = restarted(1, "bounds.events", "1");
        send(first, 0, 15);
        first.plugin.advanceTo(NOON.plusSeconds(60));
        long cut = first.plugin.health().value(Counter.CUT);
        assertThat(cut).isPositive();
        PluginUnderTest second = restarted(2, "bounds.events", "1");
        assertThat(second.plugin.health().value(Counter.CUT)).isEqualTo(cut);
        send(second, 15, 18);
        second.plugin.advanceTo(NOON.plusSeconds(61));
        long more = second.plugin.health().value(Counter.CUT);
        assertThat(more).isEqualTo(cut + 3);

        try (PluginUnderTest third = restarted(3, "bounds.events", "1")) {
            assertThat(third.plugin.health().value(Counter.CUT)).isEqualTo(more);
        }
    }

    @Test
    @DisplayName("Counters of a rule go on where a reload replaces it")
    void countersOverReloads() throws IOException {
        Path rule = Rules.copyShipped(folder.resolve("rules"));
        try (PluginUnderTest test = started(
                "rules.dir", folder.resolve("rules").toString(), "rules.watch", "false", "bounds.events", "1")) {
            send(test, 0, 15);
            test.plugin.advanceTo(NOON.plusSeconds(60));
            long cut = test.plugin.health().value(Counter.CUT);
            assertThat(cut).isPositive();
            // Of its window nothing is left that another track could count again.
            test.plugin.advanceTo(NOON.plusSeconds(86_400));
            Rules.replace(rule, "'KeyGet', ", "'KeyGet', 'KeyRotate', ");
            assertThat(test.plugin.reload().applied()).isTrue();
            assertThat(test.plugin.health().value(Counter.CUT)).isEqualTo(cut);
            assertThat(test.plugin.health().parts(Counter.CUT))
                    .containsExactly(Map.entry("excessive-secret-retrieval", cut));
        }
    }

    @Test
    void givenAlertsThatWereDeliveredThenARestartDoesNotRepeatThem() throws IOException {
        PluginUnderTest killed = restarted(1);
        send(killed, 0, 12);
        killed.plugin.advanceTo(NOON.plusSeconds(60));
        assertThat(killed.alerts).hasSize(2);

        try (PluginUnderTest test = restarted(2)) {
            test.plugin.advanceTo(NOON.plusSeconds(120));

            assertThat(test.alerts).isEmpty();
        }
        killed.close();
    }

    @Test
    @DisplayName(
            "What was dropped as late by the host's word stays dropped after a kill, and so does what follows of its window")
    void lateStaysLate() throws IOException {
        PluginUnderTest killed = restarted(1, "time.lateness", "PT0S");
        send(killed, 0, 1);
        killed.plugin.advanceTo(NOON.plusSeconds(300));
        send(killed, 1, 6);
        assertThat(killed.plugin.health().late()).isEqualTo(5);

        try (PluginUnderTest test = restarted(2, "time.lateness", "PT0S")) {
            send(test, 6, 20);
            test.plugin.endOfInput();

            assertThat(test.alerts).isEmpty();
            assertThat(test.plugin.health().late()).isEqualTo(19);
        }
        killed.close();
    }

    @Test
    void givenALateEventAfterTheRestartThenTheRevisionGoesOnFromTheDeliveredOne() throws IOException {
        PluginUnderTest killed = restarted(1);
        send(killed, 0, 12);
        killed.plugin.advanceTo(NOON.plusSeconds(60));
        send(killed, 12, "CertificateGet");
        killed.plugin.advanceTo(NOON.plusSeconds(61));

        try (PluginUnderTest test = restarted(2)) {
            send(test, 13, "CertificateList");
            test.plugin.advanceTo(NOON.plusSeconds(62));

            assertThat(test.alerts).singleElement().satisfies(alert -> {
                assertThat(alert.stage()).isEqualTo(AlertStage.REVISED);
                assertThat(alert.revision()).isEqualTo(2);
                assertThat(alert.eventCount()).contains(14L);
            });
        }
        killed.close();
    }

    @Test
    @DisplayName("A late loss that was not said before a kill is said after it, and then no more")
    void lateLoss() throws IOException {
        PluginUnderTest killed = restarted(1, "time.lateness", "PT0S");
        killed.plugin.advanceTo(NOON.plusSeconds(60));
        assertThat(send(killed, 0, "SecretGet").late()).isEqualTo(1);
        assertThat(killed.notices).isEmpty();

        try (PluginUnderTest test = restarted(2, "time.lateness", "PT0S")) {
            test.plugin.advanceTo(NOON.plusSeconds(120));

            assertThat(test.notices).singleElement().satisfies(notice -> {
                assertThat(notice.kind()).isEqualTo(Notice.Kind.LATE_LOSS);
                assertThat(notice.count()).isEqualTo(1);
            });
        }
        try (PluginUnderTest test = restarted(3, "time.lateness", "PT0S")) {
            test.plugin.advanceTo(NOON.plusSeconds(180));

            assertThat(test.notices).isEmpty();
            assertThat(test.plugin.health().late()).isEqualTo(1);
        }
        killed.close();
    }

    @Test
    void givenEqualContentWithinTheLatenessWhenContentIsDedupedThenItCountsOnceAlsoAcrossARestart() throws IOException {
        byte[] record = read(NOON.plusSeconds(10), "SecretGet", "mallory");
        PluginUnderTest killed = restarted(1, "dedupe", "content");
        assertThat(killed.plugin.accept(record).kept()).isEqualTo(1);
        assertThat(killed.plugin.accept(record).status()).isEqualTo(Admission.Status.REPEATED);

        try (PluginUnderTest test = restarted(2, "dedupe", "content")) {
            assertThat(test.plugin.accept(record).status()).isEqualTo(Admission.Status.REPEATED);
        }
        killed.close();
    }

    @Test
    void givenOtherRulesAtTheRestartThenClosedMinutesKeepTheirVerdict() throws IOException {
        Path rules = Files.createDirectories(folder.resolve("rules"));
        Path rule = Rules.copyShipped(rules);
        List<String> config = List.of("rules.dir", rules.toString(), "rules.watch", "false");
        PluginUnderTest killed = restarted(1, config.toArray(String[]::new));
        send(killed, 0, 5);
        killed.plugin.advanceTo(NOON.plusSeconds(60));
        Rules.replace(rule, "int min_events = 10", "int min_events = 5");

        try (PluginUnderTest test = restarted(2, config.toArray(String[]::new))) {
            test.plugin.advanceTo(NOON.plusSeconds(120));

            assertThat(test.alerts).isEmpty();
        }
        killed.close();
    }

    @Test
    void givenAJournalInUseThenASecondPluginIsRefusedWithTheFoldersName() throws IOException {
        try (PluginUnderTest first = restarted(1)) {
            assertThat(first.plugin.health().journalDiskBytes()).isNotNegative();
            assertThatThrownBy(
                            () -> started("journal.dir", folder.resolve("run1").toString()))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining(folder.resolve("run1").toString());
        }
    }

    @Test
    void givenAHostWithoutAJournalThenHealthSaysWhatItMustBeAbleToSendAgain() {
        try (PluginUnderTest test = started("time.lateness", "PT10M")) {
            send(test, 41, 50);
            test.plugin.accept(new SourcePosition("hub-0", 50), read(NOON.plusSeconds(70), "SecretGet", "other"));

            assertThat(test.plugin.health().resumeAt()).contains(NOON.plusSeconds(65));
            assertThat(test.plugin.health().oldestNeeded()).contains(NOON.minusSeconds(540));
            assertThat(test.plugin.health().oldestPositions()).containsEntry("hub-0", 41L);

            test.plugin.advanceTo(NOON.plusSeconds(60 + 600));
            assertThat(test.plugin.health().oldestNeeded()).contains(NOON.plusSeconds(60));
            assertThat(test.plugin.health().oldestPositions()).containsEntry("hub-0", 50L);
        }
    }

    @Test
    @DisplayName("Without a journal, too, what an idle source may still bring to a minute finds it open after a crash")
    void idleSourceAfterACrash() {
        String[] config = {"time.lateness", "PT1M"};
        PluginHealth committed;
        try (PluginUnderTest crashed = started(config)) {
            Source idle = crashed.plugin.source(SourceSpec.of("idle"));
            for (int offset = 0; offset < 9; offset++) {
                idle.accept(OffsetRange.at(offset), ofIdle(offset));
            }
            idle.idle();
            crashed.plugin
                    .source(SourceSpec.of("busy"))
                    .accept(OffsetRange.at(0), read(NOON.plusSeconds(600), "SecretGet", "other"));
            committed = crashed.plugin.health();
        }

        try (PluginUnderTest test = started(config)) {
            test.plugin.advanceTo(committed.resumeAt().orElseThrow());
            Source idle = test.plugin.source(SourceSpec.of("idle"));
            test.plugin
                    .source(SourceSpec.of("busy"))
                    .accept(OffsetRange.at(0), read(NOON.plusSeconds(600), "SecretGet", "other"));
            assertThat(committed.oldestPositions()).containsEntry("idle", 0L);
            for (int offset = 0; offset < 10; offset++) {
                idle.accept(OffsetRange.at(offset), ofIdle(offset));
            }
            test.plugin.endOfInput();

            assertThat(test.lateEvents).isEmpty();
            assertThat(test.alerts(AlertStage.ON_TIME))
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).contains(10L));
        }
    }

    private static byte[] ofIdle(int offset) {
        return read(NOON.plusSeconds(10), offset % 2 == 0 ? "SecretGet" : "KeyGet", "mallory");
    }

    @Test
    void givenEventsThatWaitForTheHostsFirstWordThenHealthSaysThatTheyAreNeeded() {
        try (PluginUnderTest test = started("time.owner", "host")) {
            send(test, 0, 3);

            assertThat(test.plugin.health().resumeAt()).isEmpty();
            assertThat(test.plugin.health().oldestNeeded()).contains(NOON);
        }
    }

    @Test
    void givenAnAlertThatIsNotDeliveredYetThenWhatItRestsOnIsStillNeeded() {
        List<PluginHealth> within = new ArrayList<>();
        List<DetectionPlugin> self = new ArrayList<>();
        PluginContext context = PluginContext.builder()
                .config(Map.of("alerts.early", "false", "time.lateness", "PT0S", "time.idle-timeout", "PT0S"))
                .wallClock(() -> NOON.plusSeconds(3600))
                .onAlert(alert -> within.add(self.get(0).health()))
                .build();
        try (DetectionPlugin plugin = new VaultwatchPluginFactory().create(context)) {
            self.add(plugin);
            plugin.start();
            for (int offset = 0; offset < 10; offset++) {
                plugin.accept(
                        new SourcePosition("hub-0", offset),
                        read(NOON.plusSeconds(10), offset % 2 == 0 ? "SecretGet" : "KeyGet", "mallory"));
            }
            plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(within).singleElement().satisfies(health -> {
                assertThat(health.watermark()).contains(NOON.plusSeconds(60));
                assertThat(health.resumeAt()).contains(NOON.plusSeconds(5));
                assertThat(health.oldestPositions()).containsEntry("hub-0", 0L);
            });
            assertThat(plugin.health().resumeAt()).contains(NOON.plusSeconds(60));
            assertThat(plugin.health().oldestPositions()).isEmpty();
        }
    }

    @Test
    @DisplayName("After a kill a dead letter does not come again, and a record that no rule wants is counted again")
    void withoutEvents() throws IOException {
        byte[] bad = "not json".getBytes(StandardCharsets.UTF_8);
        byte[] unwanted = read(NOON, "SecretSet", "mallory");
        PluginUnderTest killed = restarted(1);
        killed.plugin.accept(new SourcePosition("hub-0", 0), bad);
        killed.plugin.accept(new SourcePosition("hub-0", 1), unwanted);
        assertThat(killed.plugin
                        .accept(new SourcePosition("hub-0", 1), unwanted)
                        .status())
                .isEqualTo(Admission.Status.REPEATED);

        try (PluginUnderTest test = restarted(2)) {
            assertThat(test.plugin.accept(new SourcePosition("hub-0", 0), bad).status())
                    .isEqualTo(Admission.Status.REPEATED);
            assertThat(test.deadLetters).isEmpty();
            assertThat(test.plugin
                            .accept(new SourcePosition("hub-0", 1), unwanted)
                            .ignored())
                    .isEqualTo(1);
        }
        killed.close();
    }

    @Test
    @DisplayName("What the host said of a source holds after a kill")
    void wordOutlivesKill() throws IOException {
        PluginUnderTest killed = restarted(1);
        Source slow = killed.plugin.source(SourceSpec.of("hub-0"));
        killed.plugin.source(SourceSpec.of("hub-1")).advanceTo(NOON.plusSeconds(360));
        slow.advanceTo(NOON.plusSeconds(300));
        assertThat(killed.plugin.health().watermark()).contains(NOON.plusSeconds(300));

        try (PluginUnderTest test = restarted(2)) {
            test.plugin.source(SourceSpec.of("hub-0")).advanceTo(NOON.plusSeconds(420));

            assertThat(test.plugin.health().watermark()).contains(NOON.plusSeconds(360));
        }
        killed.close();
    }
}
