package dev.vaultwatch.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.log.SegmentLogTest.Found;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full, fails or forgets, and what is asked of it. */
public class SegmentFaultTest {
    private static final int HEADER = 32;
    private static final int SEGMENT_BYTES = 100;

    @TempDir
    private Path folder = Path.of("");

    private final Found found = new Found();
    private final FaultyDisk disk = new FaultyDisk();
    private long now = 12_345;

    private SegmentLog open(FsyncPolicy policy) throws IOException {
        found.clear();
        return SegmentLog.open(folder, policy, SEGMENT_BYTES, found, disk, () -> now);
    }

    private void reopen() throws IOException {
        disk.mend();
        open(FsyncPolicy.NEVER).close();
    }

    private static void append(SegmentLog log, String entry) throws IOException {
        byte[] bytes = entry.getBytes(UTF_8);
        log.append(bytes, 0, bytes.length);
    }

    // ---- a full disk

    @Test
    void givenADiskThatIsFullAfterAnyByte_whenThereIsSpaceAgain_thenWhatWasAppendedIsThereAndNoMore()
            throws IOException {
        String entry = "an entry of more than one byte";
        for (int room = 0; room < HEADER + 8 + entry.length(); room++) {
            try (SegmentLog log = open(FsyncPolicy.NEVER)) {
                disk.room = room;
                for (int i = 0; i < 3; i++) {
                    assertThatThrownBy(() -> append(log, entry))
                            .isInstanceOf(IOException.class)
                            .hasMessageContaining("No space");
                }
                disk.mend();
                append(log, "a " + room);
                disk.room = room;
                String second = entry + "x".repeat(room);
                assertThatThrownBy(() -> append(log, second)).isInstanceOf(IOException.class);
                disk.mend();
                append(log, "b");
            }

            reopen();

            assertThat(found.texts())
                    .as("room for %s bytes", room)
                    .endsWith("a " + room, "b")
                    .hasSize(2 * (room + 1));
            assertThat(found.reports).as("room for %s bytes", room).isEmpty();
        }
    }

    @Test
    void givenAFullDisk_whenTheLogIsClosed_thenTheWholeEntriesAreThere() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.EACH_BATCH)) {
            append(log, "a");
            disk.room = 3;
            assertThatThrownBy(() -> append(log, "b")).isInstanceOf(IOException.class);
        }

        reopen();

        assertThat(found.texts()).containsExactly("a");
        assertThat(found.reports).isEmpty();
    }

    @Test
    void givenAPartialEntryThatCannotBeCut_whenAppended_thenANewSegmentTakesItAndNoEntryIsMissing() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.NEVER)) {
            append(log, "a");
            disk.room = 11;
            disk.truncateFails = true;
            assertThatThrownBy(() -> append(log, "bbbbb"))
                    .isInstanceOf(IOException.class)
                    .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
            disk.room = Long.MAX_VALUE;
            append(log, "c");
        }

        reopen();

        assertThat(found.texts()).containsExactly("a", "c");
        assertThat(found.segments).containsExactly(1L, 2L);
        assertThat(found.reports).singleElement().asString().startsWith("damaged 1 at 41: 11, ");
    }

    @Test
    void givenAPartialEntryThatCanBeCutLater_whenAppended_thenItIsCutFirst() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.NEVER)) {
            append(log, "a");
            disk.room = 11;
            disk.truncateFails = true;
            assertThatThrownBy(() -> append(log, "bbbbb")).isInstanceOf(IOException.class);
            disk.mend();
            append(log, "c");
        }

        reopen();

        assertThat(found.texts()).containsExactly("a", "c");
        assertThat(found.segments).containsExactly(1L, 1L);
        assertThat(found.reports).isEmpty();
    }

    @Test
    void givenNoPlaceForAHeader_whenItCannotBeDeletedEither_thenTheNextAttemptTakesTheSameFile() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.NEVER)) {
            disk.room = 10;
            disk.deleteFails = true;
            assertThatThrownBy(() -> append(log, "a")).isInstanceOf(IOException.class);
            assertThat(log.bytes()).isZero();
            disk.mend();
            append(log, "b");
        }

        reopen();

        assertThat(found.texts()).containsExactly("b");
        assertThat(found.segments).containsExactly(1L);
    }

    @Test
    void givenASegmentThatCannotBeDeleted_whenRemoved_thenItStaysAndTheNextCallTriesAgain() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.NEVER)) {
            for (int i = 0; i < 20; i++) {
                append(log, "an entry " + i);
            }
            long bytes = log.bytes();
            disk.deleteFails = true;
            assertThatThrownBy(() -> log.removeBefore(3)).isInstanceOf(IOException.class);
            assertThat(log.bytes()).isEqualTo(bytes);
            disk.mend();
            log.removeBefore(3);
            assertThat(log.bytes()).isLessThan(bytes);
        }

        reopen();

        assertThat(found.segments).startsWith(3L);
    }

    @Test
    void givenASegmentThatCannotBeRead_whenOpened_thenTheOthersAreReadAndItIsReported() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.NEVER)) {
            for (int i = 0; i < 20; i++) {
                append(log, "an entry " + i);
            }
        }
        disk.unreadable = "0000000002.segment";

        open(FsyncPolicy.NEVER).close();

        assertThat(found.segments).contains(1L, 3L).doesNotContain(2L);
        assertThat(found.reports)
                .singleElement()
                .asString()
                .startsWith("damaged 2 at 0: ")
                .contains("Input/output error");
    }

    @Test
    @DisplayName("A segment that can be read in part gives what was read, and the report says where it broke off")
    void readInPart() throws IOException {
        String large = "x".repeat(70_000);
        try (SegmentLog log = SegmentLog.open(folder, FsyncPolicy.NEVER, 1 << 20, found, disk, () -> now)) {
            append(log, "a");
            append(log, large);
            append(log, "b");
        }
        long size = HEADER + 3 * 8 + 70_002;
        disk.readableTo = 1 << 16;

        open(FsyncPolicy.NEVER).close();

        assertThat(found.texts()).containsExactly("a");
        assertThat(found.reports)
                .containsExactly("damaged 1 at 41: " + (size - 41) + ", it can't be read: java.io.IOException:"
                        + " Input/output error");
    }

    @Test
    @DisplayName("A header that can't be written leaves no file, and says what else failed")
    void noHeader() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.NEVER)) {
            disk.room = 10;
            assertThatThrownBy(() -> append(log, "a"))
                    .isInstanceOf(IOException.class)
                    .satisfies(e -> assertThat(e.getSuppressed()).isEmpty());
            assertThat(folder.resolve("0000000001.segment")).doesNotExist();
            disk.room = 10;
            disk.deleteFails = true;
            assertThatThrownBy(() -> append(log, "a"))
                    .isInstanceOf(IOException.class)
                    .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
            disk.mend();
        }
        assertThat(disk.open).as("files left open").isZero();
    }

    @Test
    @DisplayName("After an entry that found no room the segment is as empty as before: even a long one goes there")
    void emptySegment() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.NEVER)) {
            disk.room = HEADER + 3;
            assertThatThrownBy(() -> append(log, "a")).isInstanceOf(IOException.class);
            disk.mend();
            byte[] large = "b".repeat(2 * SEGMENT_BYTES).getBytes(UTF_8);

            log.endSegment();
            assertThat(log.wouldBegin(large.length)).isFalse();
            assertThat(log.append(large, 0, large.length)).isEqualTo(1);
        }
        assertThat(disk.open).as("files left open").isZero();
    }

    @Test
    @DisplayName("Whatever becomes of the segments, no file is left open")
    void closed() throws IOException {
        for (int run = 0; run < 2; run++) {
            try (SegmentLog log = open(FsyncPolicy.EACH_BATCH)) {
                for (int i = 0; i < 20; i++) {
                    append(log, "an entry " + i);
                }
                log.endSegment();
                assertThat(disk.open).isZero();
                log.endSegment();
                append(log, "after it");
                log.removeBefore(3);
            }
            assertThat(disk.open).isZero();
        }
    }

    // ---- force

    @Test
    @DisplayName("Before segments are given back what was appended is forced, if there are any to give back")
    void forcedBeforeRemoval() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.EACH_BATCH)) {
            append(log, "a");
            log.removeBefore(5);
            assertThat(disk.forces).as("nothing to give back").containsExactly("directory");
            append(log, "b".repeat(SEGMENT_BYTES));
            disk.forces.clear();
            log.removeBefore(1);
            assertThat(disk.forces).as("none before the first").isEmpty();
            disk.deleteFails = true;
            assertThatThrownBy(() -> log.removeBefore(2)).isInstanceOf(IOException.class);
            assertThat(disk.forces).as("before anything is deleted").containsExactly("0000000002.segment");
            disk.mend();
            log.removeBefore(2);
            assertThat(folder.resolve("0000000001.segment")).doesNotExist();
        }
        try (SegmentLog log = open(FsyncPolicy.NEVER)) {
            append(log, "c");
            disk.forces.clear();
            log.removeBefore(5);
            assertThat(disk.forces).isEmpty();
        }
    }

    @Test
    @DisplayName("Nothing is forced on opening a log that needs no cut")
    void openedWhole() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.EACH_BATCH)) {
            append(log, "a");
        }
        disk.forces.clear();

        open(FsyncPolicy.EACH_BATCH).close();

        assertThat(disk.forces).isEmpty();
    }

    @Test
    @DisplayName("A segment that is ended is forced as one that is full is")
    void endedIsForced() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.EACH_BATCH)) {
            log.endSegment();
            append(log, "a");
            disk.forces.clear();
            log.endSegment();
            assertThat(disk.forces).containsExactly("0000000001.segment");
            append(log, "b");
        }

        reopen();

        assertThat(found.segments).containsExactly(1L, 2L);
        assertThat(found.reports).isEmpty();
    }

    @Test
    @DisplayName("What is written after a cut follows what is left, wherever the file was read last")
    void writtenAfterACut() throws IOException {
        Path path = folder.resolve("file");
        try (SegmentDisk.File file = SegmentDisk.FILES.create(path)) {
            file.write("0123456789".getBytes(UTF_8), 10);
            file.read(0, new byte[4], 4);
            file.truncate(8);
            file.write("ab".getBytes(UTF_8), 2);
        }
        assertThat(path).hasContent("01234567ab");
    }

    @Test
    @DisplayName("A policy says how often it forces")
    void policies() {
        assertThat(FsyncPolicy.interval(Duration.ofMillis(100))).hasToString("every PT0.1S");
        assertThat(FsyncPolicy.NEVER).hasToString("never");
        assertThatThrownBy(() -> FsyncPolicy.interval(Duration.ofNanos(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT-0.000000001S");
    }

    @Test
    void givenEachBatch_whenCommitted_thenWhatIsNewIsForcedOnce_andTheDirectoryAtEachSegment() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.EACH_BATCH)) {
            log.commit();
            assertThat(disk.forces).isEmpty();
            append(log, "a");
            append(log, "b");
            assertThat(disk.forces).containsExactly("directory");
            log.commit();
            log.commit();
            assertThat(disk.forces).containsExactly("directory", "0000000001.segment");
            append(log, "c");
            append(log, "d".repeat(SEGMENT_BYTES));
            assertThat(disk.forces)
                    .as("the segment that is left, and the name of the next")
                    .containsExactly("directory", "0000000001.segment", "0000000001.segment", "directory");
            log.commit();
            assertThat(disk.forces).hasSize(5).last().isEqualTo("0000000002.segment");
        }
        assertThat(disk.forces).as("nothing new to force on closing").hasSize(5);
    }

    @Test
    void givenAnInterval_whenCommitted_thenItIsForcedAtMostSoOften_andOnClosing() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.interval(Duration.ofMillis(100)))) {
            append(log, "a");
            log.commit();
            now += 99_999_999;
            log.commit();
            assertThat(disk.forces).containsExactly("directory");
            now += 1;
            log.commit();
            assertThat(disk.forces).containsExactly("directory", "0000000001.segment");
            now += 200_000_000;
            log.commit();
            assertThat(disk.forces).as("nothing new").hasSize(2);
            append(log, "b");
            log.commit();
            assertThat(disk.forces).as("the last force is long ago").hasSize(3);
            append(log, "c");
            log.commit();
            assertThat(disk.forces).hasSize(3);
        }
        assertThat(disk.forces).hasSize(4);
    }

    @Test
    void givenNever_whenUsed_thenNothingIsForced() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.NEVER)) {
            for (int i = 0; i < 20; i++) {
                append(log, "an entry " + i);
                log.commit();
                now += 1_000_000_000_000L;
            }
        }
        assertThat(disk.forces).isEmpty();
    }

    @Test
    void givenATornTail_whenItIsCut_thenTheCutIsForced() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.NEVER)) {
            append(log, "a");
            disk.room = 9;
            disk.truncateFails = true;
            assertThatThrownBy(() -> append(log, "bb")).isInstanceOf(IOException.class);
        }
        disk.mend();

        open(FsyncPolicy.EACH_BATCH).close();

        assertThat(found.reports).containsExactly("torn 1 at 41: 9");
        assertThat(disk.forces).containsExactly("0000000001.segment");
    }

    @Test
    void givenAForceThatFails_whenCommitted_thenItSaysSoAndTheNextCommitTriesAgain() throws IOException {
        try (SegmentLog log = open(FsyncPolicy.EACH_BATCH)) {
            append(log, "a");
            disk.forceFails = true;
            assertThatThrownBy(log::commit).isInstanceOf(IOException.class);
            append(log, "b");
            assertThatThrownBy(() -> append(log, "c".repeat(SEGMENT_BYTES)))
                    .as("the segment can't be left")
                    .isInstanceOf(IOException.class);
            disk.mend();
            log.commit();
            assertThat(disk.forces).containsExactly("directory", "0000000001.segment");
            append(log, "d");
            disk.forceFails = true;
            assertThatThrownBy(log::close).isInstanceOf(IOException.class);
        }

        reopen();

        assertThat(found.texts()).as("and the lock is free").containsExactly("a", "b", "d");
    }

    /** The host's disk, with faults that a test sets. */
    public static final class FaultyDisk implements SegmentDisk {
        long room = Long.MAX_VALUE;
        boolean truncateFails;
        boolean deleteFails;
        boolean forceFails;
        String unreadable = "";

        /** Reads from there on fail. */
        long readableTo = Long.MAX_VALUE;

        /** How many files are open. */
        int open;

        final List<String> forces = new ArrayList<>();

        /** The file that was made last, what was written to it, and what of that was forced. */
        String file = "";

        long length;
        long forcedLength;

        /** Whether forces are noted and no more: no power fails in a test. */
        boolean quick;

        /** Whether the last write failed. */
        boolean refused;

        void mend() {
            room = Long.MAX_VALUE;
            truncateFails = false;
            deleteFails = false;
            forceFails = false;
            unreadable = "";
            readableTo = Long.MAX_VALUE;
        }

        @Override
        public File create(Path file) throws IOException {
            this.file = file.getFileName().toString();
            length = 0;
            forcedLength = 0;
            return new FaultyFile(file, FILES.create(file));
        }

        @Override
        public File open(Path file) throws IOException {
            return new FaultyFile(file, FILES.open(file));
        }

        @Override
        public void delete(Path file) throws IOException {
            failIf(deleteFails);
            FILES.delete(file);
        }

        @Override
        public void forceDirectory(Path directory) throws IOException {
            failIf(forceFails);
            forces.add("directory");
            if (!quick) {
                FILES.forceDirectory(directory);
            }
        }

        private static void failIf(boolean fails) throws IOException {
            if (fails) {
                throw new IOException("Input/output error");
            }
        }

        private final class FaultyFile implements File {
            private final String name;
            private final File file;
            private boolean closed;

            private FaultyFile(Path path, File file) {
                this.name = path.getFileName().toString();
                this.file = file;
                open++;
            }

            @Override
            public long size() throws IOException {
                return file.size();
            }

            @Override
            public void read(long position, byte[] bytes, int length) throws IOException {
                failIf(name.equals(unreadable) || position + length > readableTo);
                file.read(position, bytes, length);
            }

            @Override
            public void write(byte[] bytes, int asked) throws IOException {
                int taken = (int) Math.min(asked, room);
                file.write(bytes, taken);
                room -= taken;
                length += taken;
                refused = taken < asked;
                if (refused) {
                    throw new IOException("No space left on device");
                }
            }

            @Override
            public void truncate(long size) throws IOException {
                failIf(truncateFails);
                file.truncate(size);
                if (name.equals(FaultyDisk.this.file)) {
                    length = size;
                }
            }

            @Override
            public void force() throws IOException {
                failIf(forceFails);
                forces.add(name);
                if (name.equals(FaultyDisk.this.file)) {
                    forcedLength = length;
                }
                if (!quick) {
                    file.force();
                }
            }

            @Override
            public void close() throws IOException {
                open -= closed ? 0 : 1;
                closed = true;
                file.close();
            }
        }
    }
}
