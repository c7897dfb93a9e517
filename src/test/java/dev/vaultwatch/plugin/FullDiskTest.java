package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.read;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.log.DiskUnderTest;
import dev.vaultwatch.log.FsyncPolicy;
import dev.vaultwatch.log.LogReader;
import dev.vaultwatch.log.LoggedBatch;
import dev.vaultwatch.log.StoreLog;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal whose disk is full, or fails to force, while events flow. */
class FullDiskTest {
    @TempDir
    Path folder;

    private static final Path RULE = Path.of("epl", "excessive-secret-retrieval");

    private final DiskUnderTest disk = new DiskUnderTest();

    private PluginUnderTest start(DiskUnderTest on) {
        return started(on, "journal.dir", folder.resolve("journal").toString(), "alerts.early", "false");
    }

    /** The journal as a kill would leave it now. */
    private PluginUnderTest restarted(DiskUnderTest on, String run) throws IOException {
        Path copy = Files.createDirectories(folder.resolve(run));
        try (Stream<Path> files = Files.list(folder.resolve("journal"))) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".segment")).toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return started(on, "journal.dir", copy.toString(), "alerts.early", "false");
    }

    private static Admission.Status send(PluginUnderTest test, int offset) {
        byte[] record = read(NOON.plusMillis(10_000L + offset), offset % 2 == 0 ? "SecretGet" : "KeyGet", "mallory");
        return test.plugin.accept(new SourcePosition("hub-0", offset), record).status();
    }

    private static void send(PluginUnderTest test, int from, int to) {
        for (int offset = from; offset < to; offset++) {
            assertThat(send(test, offset)).isEqualTo(Admission.Status.TAKEN);
        }
    }

    private static List<Long> onTime(PluginUnderTest test) {
        return test.alerts(AlertStage.ON_TIME).stream()
                .map(alert -> alert.eventCount().orElseThrow())
                .toList();
    }

    @Test
    @DisplayName(
            "What is taken over from another owner while the disk is full is judged, and said to be lost to a restart")
    void takenOver() throws IOException {
        try (PluginUnderTest before = started();
                PluginUnderTest test = start(disk)) {
            before.harvest(NOON, 12, "eve@example.com");
            ByteArrayOutputStream state = new ByteArrayOutputStream();
            before.plugin.snapshot(state, KeyGroup.all());
            send(test, 0, 1);
            disk.leaveRoomFor(50);

            test.plugin.restore(new ByteArrayInputStream(state.toByteArray()));
            assertThat(test.notices)
                    .filteredOn(notice -> notice.kind() == Notice.Kind.JOURNAL)
                    .singleElement()
                    .satisfies(notice -> assertThat(notice.message())
                            .contains("taken over from another owner are lost to a restart")
                            .doesNotContain("OVERLOADED"));
            test.plugin.endOfInput();
            assertThat(onTime(test)).contains(12L);
        }
    }

    @Test
    void givenAFullDiskThenNothingOfABatchIsTakenUntilThereIsSpaceAgain() {
        try (PluginUnderTest test = start(disk)) {
            send(test, 0, 5);
            disk.leaveRoomFor(50);

            assertThat(send(test, 5)).isEqualTo(Admission.Status.OVERLOADED);
            assertThat(send(test, 5)).isEqualTo(Admission.Status.OVERLOADED);
            assertThat(test.plugin.health().kept()).isEqualTo(5);
            assertThat(test.plugin.health().overloaded()).isEqualTo(2);

            disk.mend();
            send(test, 5, 12);
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(onTime(test)).containsExactly(12L);
            assertThat(test.notices)
                    .as("one for the whole of it")
                    .singleElement()
                    .satisfies(notice -> {
                        assertThat(notice.kind()).isEqualTo(Notice.Kind.JOURNAL);
                        assertThat(notice.message()).contains("No space left", "OVERLOADED");
                    });
        }
    }

    @Test
    void givenAKillWhileTheDiskIsFullThenTheNextRunTakesWhatWasRefusedAndTheTotalsAreExact() throws IOException {
        PluginUnderTest killed = start(disk);
        send(killed, 0, 5);
        disk.leaveRoomFor(50);
        assertThat(send(killed, 5)).isEqualTo(Admission.Status.OVERLOADED);

        try (PluginUnderTest test = restarted(new DiskUnderTest(), "next")) {
            assertThat(send(test, 4)).isEqualTo(Admission.Status.REPEATED);
            send(test, 5, 12);
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(onTime(test)).containsExactly(12L);
        }
        killed.close();
    }

    @Test
    void givenADiskThatIsFullAtTheStartThenThePluginRunsAndTakesEventsOnceThereIsSpace() {
        disk.leaveRoomFor(0);
        try (PluginUnderTest test = start(disk)) {
            assertThat(send(test, 0)).isEqualTo(Admission.Status.OVERLOADED);
            assertThat(test.notices).extracting(Notice::kind).containsExactly(Notice.Kind.JOURNAL);

            disk.mend();
            send(test, 0, 10);
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(onTime(test)).containsExactly(10L);
        }
    }

    @Test
    void givenAnAlertDeliveredWhileTheDiskIsFullThenTheJournalKnowsOnceThereIsSpace() throws IOException {
        PluginUnderTest killed = start(disk);
        send(killed, 0, 12);
        disk.leaveRoomFor(0);
        killed.plugin.advanceTo(NOON.plusSeconds(60));
        assertThat(onTime(killed)).containsExactly(12L);
        disk.mend();
        killed.plugin.accept(new SourcePosition("hub-0", 12), read(NOON.plusSeconds(61), "KeyGet", "other"));

        try (PluginUnderTest test = restarted(new DiskUnderTest(), "next")) {
            test.plugin.advanceTo(NOON.plusSeconds(120));

            assertThat(test.plugin.health().watermark()).contains(NOON.plusSeconds(120));
            assertThat(test.alerts).isEmpty();
        }
        killed.close();
    }

    /**
     * A file of the journal goes when another has begun with a checkpoint, which has the texts of the rules in force in it, and what
     * waited has been written behind that. Beside the texts these are the alert of this harvest, which is in both, sources and counters:
     * less than 2,000 bytes each.
     */
    @Test
    @DisplayName(
            "On a full disk settled windows give their space back if there is room for the rules' texts and what waits")
    void spaceBack() throws IOException {
        try (PluginUnderTest test = start(disk)) {
            long before = fillDisk(test);

            disk.leaveRoomFor(textsOfTheRule() + 4_000);
            test.plugin.advanceTo(NOON.plusSeconds(3_600));

            assertThat(test.plugin.health().journalDiskBytes()).isLessThan(before / 4);
        }
    }

    @Test
    @DisplayName("Where there is no room for the rules' texts nothing comes back, and nothing is lost")
    void noSpaceBack() throws IOException {
        try (PluginUnderTest test = start(disk)) {
            long before = fillDisk(test);

            disk.leaveRoomFor(textsOfTheRule());
            test.plugin.advanceTo(NOON.plusSeconds(3_600));

            assertThat(test.plugin.health().journalDiskBytes()).isBetween(before, before + textsOfTheRule());
            assertThat(onTime(test)).containsExactly(100L);
            disk.mend();
            test.plugin.advanceTo(NOON.plusSeconds(3_660));
            assertThat(test.plugin.health().journalDiskBytes()).isLessThan(before / 2);
        }
    }

    /** A harvest of a hundred reads is on the disk, and no space for another; gives the journal's bytes. */
    private long fillDisk(PluginUnderTest test) {
        send(test, 0, 100);
        disk.leaveRoomFor(60);
        assertThat(send(test, 100)).isEqualTo(Admission.Status.OVERLOADED);
        return test.plugin.health().journalDiskBytes();
    }

    private static long textsOfTheRule() throws IOException {
        return Files.size(RULE.resolve("rule.epl")) + Files.size(RULE.resolve("rule.json"));
    }

    @Test
    void givenAForceThatFailsThenTheBatchIsTakenAndCountsOnceAlsoAfterARestart() throws IOException {
        PluginUnderTest killed = started(
                disk,
                "journal.dir",
                folder.resolve("journal").toString(),
                "journal.fsync",
                "each",
                "alerts.early",
                "false");
        send(killed, 0, 6);
        disk.forcesFail(true);
        send(killed, 6, 9);
        assertThat(killed.notices)
                .singleElement()
                .satisfies(notice -> assertThat(notice.message()).contains("power loss"));

        try (PluginUnderTest test = restarted(new DiskUnderTest(), "next")) {
            assertThat(send(test, 8)).isEqualTo(Admission.Status.REPEATED);
            send(test, 9, 11);
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(onTime(test)).containsExactly(11L);
        }
        disk.mend();
        killed.close();
    }

    @Test
    void givenABatchThatStandsTwiceInTheJournalThenARestartCountsItOnce() throws IOException {
        Path journal = Files.createDirectories(folder.resolve("journal"));
        try (StoreLog log = new StoreLog(journal, FsyncPolicy.NEVER, nobody(), to -> {})) {
            for (int i = 0; i < 10; i++) {
                log.batch(batch(i));
                log.batch(batch(i));
            }
        }

        try (PluginUnderTest test = start(disk)) {
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(onTime(test)).containsExactly(10L);
        }
    }

    private static LoggedBatch batch(int number) {
        long time = NOON.plusSeconds(10).plusMillis(number).toEpochMilli();
        KeyVaultEvent event = KeyVaultEvent.bare(time, number % 2 == 0 ? "SecretGet" : "KeyGet", "mallory");
        return new LoggedBatch(
                "hub-0",
                Optional.empty(),
                Optional.of(OffsetRange.at(number)),
                "",
                List.of(new LoggedBatch.Item(time, Optional.of(event))));
    }

    /** Takes everything and does nothing: the log is new. */
    private static LogReader nobody() {
        return (LogReader) Proxy.newProxyInstance(
                LogReader.class.getClassLoader(), new Class<?>[] {LogReader.class}, (proxy, method, args) -> null);
    }
}
