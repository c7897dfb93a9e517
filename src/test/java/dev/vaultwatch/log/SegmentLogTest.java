package dev.vaultwatch.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.log.SegmentLog.Recovery;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes in comes out, one owner a directory, and segments go from the front. */
class SegmentLogTest {
    private static final int SEGMENT_BYTES = 200;

    @TempDir
    private Path folder = Path.of("");

    private final Found found = new Found();

    private SegmentLog open() throws IOException {
        return SegmentLog.open(folder, FsyncPolicy.NEVER, SEGMENT_BYTES, found);
    }

    private void reopen() throws IOException {
        found.clear();
        open().close();
    }

    private static long append(SegmentLog log, String entry) throws IOException {
        byte[] bytes = entry.getBytes(UTF_8);
        return log.append(bytes, 0, bytes.length);
    }

    private List<String> segments() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".segment"))
                    .sorted()
                    .toList();
        }
    }

    // ---- round trip

    @Test
    void givenAnEmptyDirectory_whenOpened_thenThereIsNothingAndNoSegmentIsMade() throws IOException {
        try (SegmentLog log = open()) {
            assertThat(log.bytes()).isZero();
            log.commit();
            log.removeBefore(Long.MAX_VALUE);
        }

        assertThat(found.texts()).isEmpty();
        assertThat(found.reports).isEmpty();
        assertThat(segments()).isEmpty();
    }

    @Test
    void givenADirectoryThatIsNotThere_whenOpened_thenItIsMade() throws IOException {
        Path deeper = folder.resolve("a/b");

        SegmentLog.open(deeper, FsyncPolicy.NEVER, SEGMENT_BYTES, found).close();

        assertThat(deeper).isDirectory();
    }

    @Test
    void givenEntriesOverManySegments_whenReopened_thenAllAreThereInOrderWithTheirSegments() throws IOException {
        List<String> entries =
                IntStream.range(0, 500).mapToObj(i -> "entry " + i).toList();
        List<Long> segments = new ArrayList<>();
        long bytes;
        try (SegmentLog log = open()) {
            for (String entry : entries) {
                segments.add(append(log, entry));
            }
            bytes = log.bytes();
        }

        reopen();

        assertThat(found.texts()).isEqualTo(entries);
        assertThat(found.segments).isEqualTo(segments).isSorted();
        assertThat(found.reports).isEmpty();
        assertThat(segments()).hasSizeGreaterThan(20).first().isEqualTo("0000000001.segment");
        assertThat(bytes)
                .isEqualTo(segments().stream()
                        .mapToLong(name -> folder.resolve(name).toFile().length())
                        .sum());
        assertThat(segments())
                .allSatisfy(name -> assertThat(folder.resolve(name))
                        .satisfies(file -> assertThat(Files.size(file)).isLessThanOrEqualTo(SEGMENT_BYTES)));
    }

    @Test
    void givenAReopenedLog_whenAppended_thenItGoesOnInANewSegment() throws IOException {
        try (SegmentLog log = open()) {
            assertThat(append(log, "a")).isEqualTo(1);
        }
        try (SegmentLog log = open()) {
            assertThat(append(log, "b")).isEqualTo(2);
        }

        reopen();

        assertThat(found.texts()).containsExactly("a", "b");
    }

    @Test
    void givenAnEntryOfNoBytes_whenReopened_thenItIsAnEntry() throws IOException {
        try (SegmentLog log = open()) {
            append(log, "");
            append(log, "a");
            append(log, "");
        }

        reopen();

        assertThat(found.texts()).containsExactly("", "a", "");
    }

    @Test
    void givenAnEntryLongerThanASegment_whenAppended_thenItGetsASegmentOfItsOwn() throws IOException {
        try (SegmentLog log = open()) {
            assertThat(append(log, "a")).isEqualTo(1);
            assertThat(append(log, "b".repeat(10 * SEGMENT_BYTES))).isEqualTo(2);
            assertThat(append(log, "c")).isEqualTo(3);
        }

        reopen();

        assertThat(found.texts()).containsExactly("a", "b".repeat(10 * SEGMENT_BYTES), "c");
    }

    @Test
    void givenTheLongestEntry_whenReopened_thenItIsThere_andALongerOneIsRefused() throws IOException {
        byte[] huge = new byte[SegmentLog.MAX_ENTRY_BYTES + 1];
        new Random(1).nextBytes(huge);
        try (SegmentLog log = open()) {
            append(log, "a");
            log.append(huge, 0, SegmentLog.MAX_ENTRY_BYTES);
            append(log, "b");

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> log.append(huge, 0, huge.length))
                    .withMessageContaining("16777216");
        }

        reopen();

        assertThat(found.entries).hasSize(3);
        assertThat(Arrays.equals(found.entries.get(1), Arrays.copyOf(huge, SegmentLog.MAX_ENTRY_BYTES)))
                .isTrue();
    }

    @Test
    void givenAPartOfABuffer_whenAppended_thenThatPartIsTheEntryAndThePositionStays() throws IOException {
        try (SegmentLog log = open()) {
            for (ByteBuffer buffer : List.of(ByteBuffer.allocate(20), ByteBuffer.allocateDirect(20))) {
                buffer.put(3, "abcdef".getBytes(UTF_8)).position(4).limit(7);
                log.append(buffer);
                assertThat(buffer.position()).isEqualTo(4);
                assertThat(buffer.remaining()).isEqualTo(3);
            }
            log.append("abcdef".getBytes(UTF_8), 2, 2);
        }

        reopen();

        assertThat(found.texts()).containsExactly("bcd", "bcd", "cd");
    }

    @Test
    void givenFilesOfOthersInTheDirectory_whenOpened_thenTheyAreLeftAlone() throws IOException {
        Files.writeString(folder.resolve("notes.txt"), "mine");
        Files.writeString(folder.resolve("1.segment"), "not a name of ours");
        Files.writeString(folder.resolve("000000000000000002.segment"), "nor this");
        try (SegmentLog log = open()) {
            append(log, "a");
        }

        reopen();

        assertThat(found.texts()).containsExactly("a");
        assertThat(found.reports).isEmpty();
        assertThat(folder.resolve("notes.txt")).hasContent("mine");
    }

    // ---- one owner

    @Test
    void givenAnOpenLog_whenOpenedAgain_thenItIsRefusedByName_untilTheFirstIsClosed() throws IOException {
        SegmentLog first = open();
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(this::open)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(folder.toString())
                    .hasMessageContaining("in use by this process");
        }
        append(first, "a");

        first.close();
        reopen();

        assertThat(found.texts()).containsExactly("a");
    }

    @Test
    void givenARecoveryThatThrows_whenOpened_thenTheDirectoryIsFreeAgain() throws IOException {
        try (SegmentLog log = open()) {
            append(log, "a");
        }
        Found throwing = new Found() {
            @Override
            public void entry(long segment, ByteBuffer payload) {
                throw new IllegalStateException("no");
            }
        };

        assertThatIllegalStateException()
                .isThrownBy(() -> SegmentLog.open(folder, FsyncPolicy.NEVER, SEGMENT_BYTES, throwing));

        reopen();
        assertThat(found.texts()).containsExactly("a");
    }

    @Test
    void givenAClosedLog_whenUsed_thenItSaysSo_andItMayBeClosedAgain() throws IOException {
        SegmentLog log = open();
        log.close();
        log.close();

        assertThatIllegalStateException().isThrownBy(() -> append(log, "a")).withMessageContaining(folder.toString());
        assertThatIllegalStateException().isThrownBy(log::commit);
        assertThatIllegalStateException().isThrownBy(log::endSegment);
        assertThatIllegalStateException().isThrownBy(() -> log.removeBefore(1));
    }

    @Test
    void givenAnInterruptedThread_whenTheLogIsUsed_thenAllWorksAndTheInterruptStays() throws IOException {
        Thread.currentThread().interrupt();
        try {
            try (SegmentLog log = SegmentLog.open(folder, FsyncPolicy.EACH_BATCH, SEGMENT_BYTES, found)) {
                for (int i = 0; i < 50; i++) {
                    append(log, "entry " + i);
                    log.commit();
                }
                log.removeBefore(2);
            }
            reopen();
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(found.texts()).endsWith("entry 49").hasSizeGreaterThan(20);
        assertThat(found.reports).isEmpty();
    }

    @Test
    @DisplayName("A log whose owner's file was taken away is refused all the same")
    void ownerTakenAway() throws IOException {
        try (SegmentLog first = open()) {
            Files.delete(folder.resolve("owner"));

            assertThatThrownBy(this::open)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use by this process");
            append(first, "a");
        }
        reopen();
        assertThat(found.texts()).containsExactly("a");
    }

    @Test
    @DisplayName("A file where the folder should be is refused")
    void aFileForAFolder() throws IOException {
        Path file = Files.writeString(folder.resolve("journal"), "mine");

        assertThatThrownBy(() -> SegmentLog.open(file, FsyncPolicy.NEVER, SEGMENT_BYTES, found))
                .isInstanceOf(IOException.class);
        assertThat(file).hasContent("mine");
    }

    @Test
    @DisplayName("Segments may be of one byte: each entry then has one of its own")
    void smallestSegments() throws IOException {
        try (SegmentLog log = SegmentLog.open(folder, FsyncPolicy.NEVER, 1, found)) {
            assertThat(append(log, "a")).isEqualTo(1);
            assertThat(append(log, "b")).isEqualTo(2);
        }
        reopen();
        assertThat(found.texts()).containsExactly("a", "b");
    }

    @Test
    @DisplayName("A log that is opened again knows how many bytes it has on disk")
    void bytesAfterReopening() throws IOException {
        try (SegmentLog log = open()) {
            for (int i = 0; i < 50; i++) {
                append(log, "entry " + i);
            }
        }
        try (SegmentLog log = open()) {
            append(log, "one more");
            assertThat(log.bytes())
                    .isEqualTo(segments().stream()
                            .mapToLong(name -> folder.resolve(name).toFile().length())
                            .sum());
        }
    }

    @Test
    @DisplayName("Whether an entry would begin a segment is what it then does, to the byte")
    void wouldBegin() throws IOException {
        try (SegmentLog log = open()) {
            assertThat(log.wouldBegin(0)).as("none yet").isTrue();
            long number = 0;
            for (int i = 0; i < 300; i++) {
                String entry = "x".repeat(i * 7 % 190);
                boolean begins = log.wouldBegin(entry.length());
                assertThat(append(log, entry)).as("entry %d", i).isEqualTo(begins ? ++number : number);
            }
            append(log, "x");
            log.endSegment();
            assertThat(log.wouldBegin(0)).as("ended").isTrue();
        }
    }

    // ---- removal

    @Test
    void givenManySegments_whenThoseBeforeOneAreRemoved_thenTheOthersStay() throws IOException {
        try (SegmentLog log = open()) {
            long last = 0;
            for (int i = 0; last < 6; i++) {
                last = append(log, "entry " + i);
            }
            log.removeBefore(4);
            log.removeBefore(2);

            assertThat(segments()).containsExactly("0000000004.segment", "0000000005.segment", "0000000006.segment");
            assertThat(log.bytes())
                    .isEqualTo(segments().stream()
                            .mapToLong(name -> folder.resolve(name).toFile().length())
                            .sum());
        }

        reopen();

        assertThat(found.segments).contains(4L, 5L, 6L).doesNotContain(3L);
        assertThat(found.reports).isEmpty();
    }

    @Test
    void givenAllIsRemoved_whenAppendedOrReopened_thenTheLastSegmentStaysAndNumbersGoOn() throws IOException {
        try (SegmentLog log = open()) {
            append(log, "a".repeat(SEGMENT_BYTES));
            append(log, "b");
            log.removeBefore(Long.MAX_VALUE);
            assertThat(segments()).containsExactly("0000000002.segment");
            assertThat(append(log, "c")).isEqualTo(2);
        }
        try (SegmentLog log = open()) {
            log.removeBefore(Long.MAX_VALUE);
            assertThat(segments()).containsExactly("0000000002.segment");
            assertThat(append(log, "d")).isEqualTo(3);
            log.removeBefore(Long.MAX_VALUE);
            assertThat(segments()).containsExactly("0000000003.segment");
        }
    }

    @Test
    void givenSenselessSizes_whenOpened_thenTheyAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> SegmentLog.open(folder, FsyncPolicy.NEVER, 0, found));
        assertThatIllegalArgumentException().isThrownBy(() -> FsyncPolicy.interval(Duration.ZERO));
    }

    /** What a log told when it was opened. */
    static class Found implements Recovery {
        final List<byte[]> entries = new ArrayList<>();
        final List<Long> segments = new ArrayList<>();
        final List<String> reports = new ArrayList<>();

        void clear() {
            entries.clear();
            segments.clear();
            reports.clear();
        }

        List<String> texts() {
            return entries.stream().map(entry -> new String(entry, UTF_8)).toList();
        }

        @Override
        public void entry(long segment, ByteBuffer payload) {
            byte[] entry = new byte[payload.remaining()];
            payload.get(entry);
            entries.add(entry);
            segments.add(segment);
        }

        @Override
        public void torn(long segment, long offset, long bytes) {
            reports.add("torn " + segment + " at " + offset + ": " + bytes);
        }

        @Override
        public void damaged(long segment, long offset, long bytes, String why) {
            reports.add("damaged " + segment + " at " + offset + ": " + bytes + ", " + why);
        }
    }
}
