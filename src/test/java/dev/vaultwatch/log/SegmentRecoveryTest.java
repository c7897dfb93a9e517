package dev.vaultwatch.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.log.SegmentLogTest.Found;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made of files that a kill, a power loss or a disk has spoiled. */
class SegmentRecoveryTest {
    private static final int HEADER = 32;
    private static final int ENTRY = 8 + 7;

    @TempDir
    private Path folder = Path.of("");

    private final Found found = new Found();

    /** Three segments of three entries each, of 7 bytes. */
    private void write(int segments) throws IOException {
        try (SegmentLog log = SegmentLog.open(folder, FsyncPolicy.NEVER, HEADER + 3 * ENTRY, found)) {
            for (int i = 0; i < 3 * segments; i++) {
                byte[] entry = text(i).getBytes(UTF_8);
                log.append(entry, 0, entry.length);
            }
        }
    }

    private static String text(int entry) {
        return "entry " + entry;
    }

    private static List<String> texts(int... entries) {
        return Arrays.stream(entries).mapToObj(SegmentRecoveryTest::text).toList();
    }

    private Path segment(int number) {
        return folder.resolve("000000000" + number + ".segment");
    }

    private void open() throws IOException {
        found.clear();
        SegmentLog.open(folder, FsyncPolicy.NEVER, 1000, found).close();
    }

    private void appendAndReopen(String entry) throws IOException {
        try (SegmentLog log = SegmentLog.open(folder, FsyncPolicy.NEVER, 1000, found)) {
            log.append(ByteBuffer.wrap(entry.getBytes(UTF_8)));
        }
        open();
    }

    /** In place; a second time undoes it. */
    private static void flip(Path path, int at, int bit) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(at);
            int value = file.read();
            file.seek(at);
            file.write(value ^ (1 << bit));
        }
    }

    // ---- torn tails

    @Test
    void givenATailTornAtAnyByteOfTheLastSegment_whenOpened_thenWholeEntriesAreThereAndTheCutIsReported()
            throws IOException {
        write(2);
        byte[] whole = Files.readAllBytes(segment(2));
        for (int size = 0; size < whole.length; size++) {
            Files.write(segment(2), Arrays.copyOf(whole, size));
            int entries = Math.max(0, (size - HEADER) / ENTRY);
            int keeps = size < HEADER ? 0 : HEADER + entries * ENTRY;

            open();

            assertThat(found.texts())
                    .as("of %s bytes", size)
                    .isEqualTo(texts(0, 1, 2, 3, 4, 5).subList(0, 3 + entries));
            if (size == keeps) {
                assertThat(found.reports).as("of %s bytes", size).isEmpty();
            } else {
                assertThat(found.reports).containsExactly("torn 2 at " + keeps + ": " + (size - keeps));
            }

            appendAndReopen("next");

            assertThat(found.reports).as("the tail is gone").isEmpty();
            assertThat(found.texts()).hasSize(4 + entries).endsWith("next");
            assertThat(found.segments).last().isEqualTo(size < HEADER ? 2L : 3L);
            Files.deleteIfExists(segment(3));
        }
    }

    @Test
    void givenATornTailThatHoldsTheBytesOfAnEntry_whenOpened_thenThatIsNoEntryAndNothingIsCut() throws IOException {
        byte[] sent = frame("forged");
        try (SegmentLog log = SegmentLog.open(folder, FsyncPolicy.NEVER, 1000, found)) {
            log.append(ByteBuffer.wrap("a".getBytes(UTF_8)));
            log.append(ByteBuffer.allocate(100).put(20, sent));
        }
        byte[] bytes = Files.readAllBytes(segment(1));
        Files.write(segment(1), Arrays.copyOf(bytes, bytes.length - 1));

        open();

        assertThat(found.texts()).containsExactly("a");
        assertThat(found.reports).singleElement().asString().startsWith("damaged 1 at 41: 107, ");
        assertThat(segment(1)).hasSize(bytes.length - 1);

        appendAndReopen("b");

        assertThat(found.texts()).containsExactly("a", "b");
    }

    @Test
    void givenLengthsThatMakeTheSearchLong_whenOpened_thenItEndsSoon() throws IOException {
        try (SegmentLog log = SegmentLog.open(folder, FsyncPolicy.NEVER, 1000, found)) {
            log.append(ByteBuffer.wrap("a".getBytes(UTF_8)));
            byte[] lengths = new byte[SegmentLog.MAX_ENTRY_BYTES];
            for (int i = 1; i < lengths.length; i += 4) {
                lengths[i] = 0x40;
            }
            log.append(ByteBuffer.wrap(lengths));
        }
        byte[] bytes = Files.readAllBytes(segment(2));
        Files.write(segment(2), Arrays.copyOf(bytes, bytes.length - 1));
        long start = System.nanoTime();

        open();

        assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
        assertThat(found.texts()).containsExactly("a");
        assertThat(found.reports).hasSize(1);
    }

    @Test
    void givenZerosAfterTheEntries_asAPowerLossLeavesThem_whenOpened_thenTheyAreCut() throws IOException {
        write(1);
        byte[] bytes = Files.readAllBytes(segment(1));
        Files.write(segment(1), Arrays.copyOf(bytes, 4096));

        open();

        assertThat(found.texts()).isEqualTo(texts(0, 1, 2));
        assertThat(found.reports).containsExactly("torn 1 at " + bytes.length + ": " + (4096 - bytes.length));
    }

    @Test
    void givenALastSegmentOfZeros_whenOpened_thenItGoes() throws IOException {
        write(1);
        Files.write(segment(2), new byte[4096]);

        open();

        assertThat(found.texts()).isEqualTo(texts(0, 1, 2));
        assertThat(found.reports).last().isEqualTo("torn 2 at 0: 4096");
        assertThat(segment(2)).doesNotExist();
    }

    @Test
    @DisplayName("Zeros as long as the longest entry are a torn tail; more are damage, and stay")
    void zeros() throws IOException {
        write(1);
        long whole = Files.size(segment(1));
        long longest = 8 + SegmentLog.MAX_ENTRY_BYTES;
        for (long zeros : new long[] {longest + 1, longest}) {
            try (RandomAccessFile file = new RandomAccessFile(segment(1).toFile(), "rw")) {
                file.setLength(whole + zeros);
            }

            open();

            assertThat(found.texts()).isEqualTo(texts(0, 1, 2));
            if (zeros > longest) {
                assertThat(found.reports)
                        .containsExactly(
                                "damaged 1 at " + whole + ": " + zeros + ", no entry can be made out from here on");
                assertThat(segment(1)).hasSize(whole + zeros);
            } else {
                assertThat(found.reports).containsExactly("torn 1 at " + whole + ": " + zeros);
                assertThat(segment(1)).hasSize(whole);
            }
        }
    }

    @Test
    @DisplayName("A tail in which something has a length but no right checksum, or no bytes at all, is torn")
    void nothingFollows() throws IOException {
        for (byte[] behind : List.of(ByteBuffer.allocate(9).putInt(1).array(), frame(""))) {
            write(1);
            byte[] bytes = Files.readAllBytes(segment(1));
            byte[] tail = ByteBuffer.allocate(8 + behind.length)
                    .putInt(Integer.MAX_VALUE)
                    .putInt(-1)
                    .put(behind)
                    .array();
            Files.write(
                    segment(1),
                    ByteBuffer.allocate(bytes.length + tail.length)
                            .put(bytes)
                            .put(tail)
                            .array());

            open();

            assertThat(found.reports).containsExactly("torn 1 at " + bytes.length + ": " + tail.length);
            Files.delete(segment(1));
        }
    }

    @Test
    @DisplayName("Entries over many times the bytes that are read at once are all there")
    void manyEntries() throws IOException {
        List<String> entries = new ArrayList<>();
        try (SegmentLog log = SegmentLog.open(folder, FsyncPolicy.NEVER, 1 << 20, found)) {
            for (int i = 0; i < 5_000; i++) {
                String entry = "entry ".repeat(i % 17) + i;
                entries.add(entry);
                log.append(ByteBuffer.wrap(entry.getBytes(UTF_8)));
            }
        }

        open();

        assertThat(found.texts()).isEqualTo(entries);
        assertThat(found.reports).isEmpty();
    }

    // ---- damage

    @Test
    @DisplayName("A report says what is wrong with a header")
    void headers() throws IOException {
        write(2);
        byte[] whole = Files.readAllBytes(segment(1));
        Files.write(segment(1), Arrays.copyOf(whole, HEADER - 1));
        open();
        assertThat(found.reports).containsExactly("damaged 1 at 0: 31, the header is cut short");
        assertThat(found.texts()).isEqualTo(texts(3, 4, 5));

        whole[0] ^= 1;
        Files.write(segment(1), whole);
        open();
        assertThat(found.reports).containsExactly("damaged 1 at 0: 32, the header's mark or checksum is wrong");
        assertThat(found.texts()).isEqualTo(texts(0, 1, 2, 3, 4, 5));
    }

    @Test
    void givenAnyBitOfASegmentFlipped_whenOpened_thenOnlyItsEntryIsMissingOrThoseAfterItsLength() throws IOException {
        write(3);
        long size = Files.size(segment(2));
        for (int at = 0; at < size; at++) {
            for (int bit = 0; bit < 8; bit++) {
                flip(segment(2), at, bit);

                open();

                List<String> left = new ArrayList<>(texts(0, 1, 2, 3, 4, 5, 6, 7, 8));
                if (at >= HEADER) {
                    int entry = (at - HEADER) / ENTRY;
                    if ((at - HEADER) % ENTRY < 4) {
                        left.removeAll(texts(3, 4, 5).subList(entry, 3));
                    } else {
                        left.remove(text(3 + entry));
                    }
                }
                assertThat(found.texts()).as("bit %s of byte %s", bit, at).isEqualTo(left);
                assertThat(found.reports)
                        .as("bit %s of byte %s", bit, at)
                        .singleElement()
                        .asString()
                        .startsWith("damaged 2 at " + (at < HEADER ? 0 : at - (at - HEADER) % ENTRY) + ": ");
                flip(segment(2), at, bit);
            }
        }
    }

    @Test
    void givenAnyBitOfTheLastSegmentFlipped_whenOpened_thenItIsDamageAndNothingIsCut_unlessNothingFollows()
            throws IOException {
        write(1);
        byte[] whole = Files.readAllBytes(segment(1));
        int lastEntry = HEADER + 2 * ENTRY;
        for (int at = 0; at < whole.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                flip(segment(1), at, bit);
                byte[] flipped = Files.readAllBytes(segment(1));

                open();

                if (at < lastEntry) {
                    assertThat(found.reports)
                            .as("bit %s of byte %s", bit, at)
                            .singleElement()
                            .asString()
                            .startsWith("damaged 1 at ");
                    assertThat(Files.readAllBytes(segment(1))).isEqualTo(flipped);
                    flip(segment(1), at, bit);
                } else {
                    assertThat(found.reports).containsExactly("torn 1 at " + lastEntry + ": " + ENTRY);
                    assertThat(found.texts()).isEqualTo(texts(0, 1));
                    Files.write(segment(1), whole);
                }
            }
        }
    }

    @Test
    void givenTwoSpoiledEntriesInARow_whenOpened_thenTheChainOfLengthsIsFollowedPastBoth() throws IOException {
        write(1);
        flip(segment(1), HEADER + 8, 0);
        flip(segment(1), HEADER + ENTRY + 8, 0);

        open();

        assertThat(found.texts()).isEqualTo(texts(2));
        assertThat(found.reports).containsExactly("damaged 1 at 32: 30, the checksum is wrong");
    }

    @Test
    void givenAHoleOfZerosBeforeTheBytesOfAnEntry_whenOpened_thenTheyAreNotBelieved() throws IOException {
        try (SegmentLog log = SegmentLog.open(folder, FsyncPolicy.NEVER, 1000, found)) {
            log.append(ByteBuffer.wrap(frame("forged")));
            log.append(ByteBuffer.wrap("a".getBytes(UTF_8)));
        }
        byte[] bytes = Files.readAllBytes(segment(1));
        Arrays.fill(bytes, HEADER, HEADER + 8, (byte) 0);
        Files.write(segment(1), bytes);

        open();

        assertThat(found.texts()).isEmpty();
        assertThat(found.reports).singleElement().asString().startsWith("damaged 1 at 32: ");
        assertThat(Files.readAllBytes(segment(1))).isEqualTo(bytes);
    }

    @Test
    void givenASegmentThatIsNotTheLastCutAnywhere_whenOpened_thenTheOthersAreWholeAndItIsReported() throws IOException {
        write(3);
        byte[] whole = Files.readAllBytes(segment(2));
        for (int size = 0; size < whole.length; size++) {
            Files.write(segment(2), Arrays.copyOf(whole, size));

            open();

            assertThat(found.texts()).as("of %s bytes", size).startsWith(text(0), text(1), text(2));
            assertThat(found.texts()).as("of %s bytes", size).endsWith(text(6), text(7), text(8));
            boolean atABoundary = size >= HEADER && (size - HEADER) % ENTRY == 0;
            assertThat(found.reports).as("of %s bytes", size).hasSize(atABoundary ? 0 : 1);
            assertThat(segment(2)).hasSize(size);
        }
    }

    @Test
    void givenASegmentThatIsMissing_whenOpened_thenItIsReported() throws IOException {
        write(4);
        Files.delete(segment(2));
        Files.delete(segment(3));

        open();

        assertThat(found.texts()).isEqualTo(texts(0, 1, 2, 9, 10, 11));
        assertThat(found.reports).containsExactly("damaged 2 at 0: 0, the file is missing, up to segment 3");
    }

    @Test
    void givenASegmentUnderTheNameOfAnother_whenOpened_thenItIsReadAndReported() throws IOException {
        write(2);
        Files.move(segment(1), segment(3));

        open();

        assertThat(found.texts()).isEqualTo(texts(3, 4, 5, 0, 1, 2));
        assertThat(found.reports).containsExactly("damaged 3 at 0: 32, the header is that of segment 1");
    }

    // ---- versions

    @Test
    @DisplayName("A segment of another version that holds no entry is refused as well")
    void emptySegmentOfAnotherVersion() throws IOException {
        write(1);
        ByteBuffer header = ByteBuffer.wrap(Arrays.copyOf(Files.readAllBytes(segment(1)), HEADER))
                .putInt(4, 7);
        CRC32C crc = new CRC32C();
        crc.update(header.array(), 0, 28);
        Files.write(segment(1), header.putInt(28, (int) crc.getValue()).array());

        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("version 7");
    }

    @Test
    void givenASegmentOfAnotherVersion_whenOpened_thenItIsRefusedByNameBeforeAnythingIsToldOrChanged()
            throws IOException {
        write(3);
        byte[] last = Files.readAllBytes(segment(3));
        Files.write(segment(3), Arrays.copyOf(last, last.length - 1));
        byte[] bytes = Files.readAllBytes(segment(2));
        ByteBuffer header = ByteBuffer.wrap(bytes).putInt(4, 7);
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, 28);
        header.putInt(28, (int) crc.getValue());
        Files.write(segment(2), bytes);

        assertThatThrownBy(this::open)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(segment(2).toString())
                .hasMessageContaining("version 7")
                .hasMessageContaining("version 2");

        assertThat(found.entries).isEmpty();
        assertThat(found.reports).isEmpty();
        assertThat(segment(3)).hasSize(last.length - 1);
        Files.delete(segment(2));
        open();
        assertThat(found.texts()).as("the lock is free").isEqualTo(texts(0, 1, 2, 6, 7));
    }

    @Test
    void givenOneEntry_whenWritten_thenItsBytesAreThoseThatAreDrawn() throws IOException {
        long before = System.currentTimeMillis();
        write(1);

        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(segment(1)));

        assertThat(file.limit()).isEqualTo(HEADER + 3 * ENTRY);
        assertThat(new String(file.array(), 0, 4, UTF_8)).isEqualTo("VWSL");
        assertThat(file.getInt(4)).isEqualTo(2);
        assertThat(file.getLong(8)).isEqualTo(1);
        assertThat(file.getLong(16)).isBetween(before, System.currentTimeMillis());
        assertThat(file.getInt(24)).isZero();
        CRC32C crc = new CRC32C();
        crc.update(file.array(), 0, 28);
        assertThat(file.getInt(28)).isEqualTo((int) crc.getValue());
        assertThat(Arrays.copyOfRange(file.array(), HEADER, HEADER + ENTRY)).isEqualTo(frame("entry 0"));
    }

    private static byte[] frame(String entry) {
        byte[] payload = entry.getBytes(UTF_8);
        ByteBuffer frame = ByteBuffer.allocate(8 + payload.length).putInt(0, payload.length);
        frame.put(8, payload);
        CRC32C crc = new CRC32C();
        crc.update(frame.array(), 0, 4);
        crc.update(payload);
        return frame.putInt(4, (int) crc.getValue()).array();
    }
}
