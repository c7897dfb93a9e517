package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.read;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.journal.DiskJournal;
import dev.vaultwatch.log.DiskUnderTest;
import dev.vaultwatch.log.SegmentLog.FsyncPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal whose disk is full, or fails to force, while events flow. */
class FullDiskTest {
    @TempDir
    Path folder;

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

    @Test
    void givenAFullDiskWhenTimeGoesOnThenSettledWindowsGiveTheirSpaceBackThoughNoBatchIsTaken() {
        try (PluginUnderTest test = start(disk)) {
            send(test, 0, 100);
            disk.leaveRoomFor(60);
            assertThat(send(test, 100)).isEqualTo(Admission.Status.OVERLOADED);
            long before = test.plugin.health().journalDiskBytes();
            disk.leaveRoomFor(600);

            test.plugin.advanceTo(NOON.plusSeconds(3_600));
            test.plugin.advanceTo(NOON.plusSeconds(3_660));

            assertThat(test.plugin.health().journalDiskBytes()).isLessThan(before / 2);
        }
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
        byte[] hash = Repetitions.hash(new byte[] {1});
        try (DiskJournal journal =
                new DiskJournal(Files.createDirectories(folder.resolve("journal")), FsyncPolicy.NEVER, new Nobody())) {
            for (int i = 0; i < 9; i++) {
                journal.batch(Long.MIN_VALUE, at(i), Repetitions.NONE, List.of(event(i)));
                journal.batch(Long.MIN_VALUE, at(i), Repetitions.NONE, List.of(event(i)));
            }
            journal.batch(Long.MIN_VALUE, Optional.empty(), hash, List.of(event(9)));
            journal.batch(Long.MIN_VALUE, Optional.empty(), hash, List.of(event(9)));
        }

        try (PluginUnderTest test = start(disk)) {
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(onTime(test)).containsExactly(10L);
        }
    }

    private static Optional<SourcePosition> at(int offset) {
        return Optional.of(new SourcePosition("hub-0", offset));
    }

    private static DiskJournal.Entry event(int number) {
        long time = NOON.plusSeconds(10).plusMillis(number).toEpochMilli();
        return new DiskJournal.Entry(
                time, Optional.of(KeyVaultEvent.bare(time, number % 2 == 0 ? "SecretGet" : "KeyGet", "mallory")));
    }

    private static final class Nobody implements DiskJournal.Reader {
        @Override
        public void batch(long watermark, Optional<SourcePosition> at, byte[] hash, List<DiskJournal.Entry> events) {}

        @Override
        public void watermark(long watermark) {}

        @Override
        public void delivered(DiskJournal.Delivered alert) {}

        @Override
        public void positions(Map<String, Long> offsets) {}

        @Override
        public void forgotten(long time) {}

        @Override
        public void rules(String fingerprint) {}

        @Override
        public void damaged(String what) {}
    }
}
