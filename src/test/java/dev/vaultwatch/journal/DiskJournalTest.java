package dev.vaultwatch.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.journal.DiskJournal.Delivered;
import dev.vaultwatch.journal.DiskJournal.Entry;
import dev.vaultwatch.log.SegmentLog;
import dev.vaultwatch.log.SegmentLog.FsyncPolicy;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a restart must know, written and read again. */
class DiskJournalTest {
    private static final byte[] NO_HASH = {};
    private static final Optional<SourcePosition> NOWHERE = Optional.empty();

    @TempDir
    Path folder;

    /** Everything that was read, in order, as records that compare. */
    private static final class Reader implements DiskJournal.Reader {
        private final List<Object> read = new ArrayList<>();
        private final List<String> damage = new ArrayList<>();
        private Map<String, Long> positions = Map.of();
        private String rules = "";

        private record Batch(long watermark, Optional<SourcePosition> at, List<Byte> hash, List<Entry> events) {}

        private record Watermark(long watermark) {}

        private record Forgotten(long time) {}

        private record Rules(String fingerprint) {}

        @Override
        public void batch(long watermark, Optional<SourcePosition> at, byte[] hash, List<Entry> events) {
            read.add(batchOf(watermark, at, hash, events));
        }

        static Batch batchOf(long watermark, Optional<SourcePosition> at, byte[] hash, List<Entry> events) {
            List<Byte> bytes = new ArrayList<>();
            for (byte each : hash) {
                bytes.add(each);
            }
            return new Batch(watermark, at, bytes, events);
        }

        @Override
        public void watermark(long watermark) {
            read.add(new Watermark(watermark));
        }

        @Override
        public void delivered(Delivered alert) {
            read.add(alert);
        }

        @Override
        public void positions(Map<String, Long> offsets) {
            positions = offsets;
        }

        @Override
        public void forgotten(long time) {
            read.add(new Forgotten(time));
        }

        @Override
        public void rules(String fingerprint) {
            // They stand in every segment, so the same ones come again.
            if (!fingerprint.equals(rules)) {
                rules = fingerprint;
                read.add(new Rules(fingerprint));
            }
        }

        @Override
        public void damaged(String what) {
            damage.add(what);
        }
    }

    private DiskJournal open(Reader reader) throws IOException {
        return new DiskJournal(folder, FsyncPolicy.NEVER, reader);
    }

    private Reader readAgain() throws IOException {
        Reader reader = new Reader();
        open(reader).close();
        return reader;
    }

    private static Entry event(long time, String upn) {
        return new Entry(time, Optional.of(Reads.read(time, upn, "SecretGet")));
    }

    private static Optional<SourcePosition> at(String source, long offset) {
        return Optional.of(new SourcePosition(source, offset));
    }

    private static void write(DiskJournal journal, Optional<SourcePosition> at, Entry... events) throws IOException {
        journal.batch(0, at, NO_HASH, List.of(events));
        journal.commit();
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".segment"))
                    .sorted(Comparator.naturalOrder())
                    .toList();
        }
    }

    @Test
    void givenEntriesOfEveryKindThenTheyComeBackInTheirOrder() throws IOException {
        byte[] hash = {1, 2, -3};
        Delivered alert = new Delivered("id", "REVISED", 3, 60_000, "fingerprint");
        Entry timeAlone = new Entry(61_000, Optional.empty());
        try (DiskJournal journal = open(new Reader())) {
            journal.rules("rules");
            journal.batch(Long.MIN_VALUE, at("left", 7), hash, List.of(event(60_000, "ü"), timeAlone));
            journal.commit();
            journal.batch(55_000, NOWHERE, NO_HASH, List.of());
            journal.commit();
            journal.watermark(56_000);
            journal.delivered(alert);
        }

        Reader reader = readAgain();

        assertThat(reader.damage).isEmpty();
        assertThat(reader.read)
                .containsExactly(
                        new Reader.Rules("rules"),
                        Reader.batchOf(Long.MIN_VALUE, at("left", 7), hash, List.of(event(60_000, "ü"), timeAlone)),
                        Reader.batchOf(55_000, NOWHERE, NO_HASH, List.of()),
                        new Reader.Watermark(56_000),
                        alert);
    }

    @Test
    void givenTextsThatRepeatThenTheEventsReadHoldEachOnce() throws IOException {
        try (DiskJournal journal = open(new Reader())) {
            journal.batch(Long.MIN_VALUE, NOWHERE, NO_HASH, List.of(event(60_000, "ada"), event(61_000, "ada")));
            journal.commit();
        }

        List<Entry> read = readAgain().read.stream()
                .filter(Reader.Batch.class::isInstance)
                .flatMap(batch -> ((Reader.Batch) batch).events().stream())
                .toList();

        assertThat(read).hasSize(2);
        assertThat(read.get(1).event().orElseThrow().upn())
                .isSameAs(read.get(0).event().orElseThrow().upn());
    }

    @Test
    void givenSeveralLivesThenAllIsReadInOrder() throws IOException {
        for (int life = 0; life < 3; life++) {
            try (DiskJournal journal = open(new Reader())) {
                journal.watermark(life);
            }
        }

        assertThat(readAgain().read)
                .containsExactly(new Reader.Watermark(0), new Reader.Watermark(1), new Reader.Watermark(2));
    }

    @Test
    void givenABatchLongerThanAnEntryThenItComesBackWhole() throws IOException {
        Entry[] many = longerThanAnEntry();
        try (DiskJournal journal = open(new Reader())) {
            write(journal, at("left", 1), many);
            journal.watermark(5);
        }

        Reader reader = readAgain();

        assertThat(reader.damage).isEmpty();
        assertThat(reader.read)
                .containsExactly(
                        Reader.batchOf(0, at("left", 1), NO_HASH, Arrays.asList(many)), new Reader.Watermark(5));
        assertThat(segments()).hasSize(2);
    }

    @Test
    void givenABatchOfSeveralPartsThenTheyAreForgottenTogetherOrNotAtAll() throws IOException {
        Entry[] many = longerThanAnEntry();
        try (DiskJournal journal = open(new Reader())) {
            write(journal, at("left", 1), event(10, "old"));
            write(journal, at("left", 2), many);
            write(journal, at("left", 3), event(5_000_000, "new"));
            journal.forgetBefore(1_000);
        }

        Reader reader = readAgain();

        assertThat(reader.damage).isEmpty();
        assertThat(reader.read).contains(Reader.batchOf(0, at("left", 2), NO_HASH, Arrays.asList(many)));
        assertThat(reader.read).doesNotContain(Reader.batchOf(0, at("left", 1), NO_HASH, List.of(event(10, "old"))));
    }

    @Test
    void givenABatchWhoseLastPartWasNeverWrittenThenItIsNotThereAndTheNextLongOneIs() throws IOException {
        Entry[] many = longerThanAnEntry();
        try (DiskJournal journal = open(new Reader())) {
            write(journal, at("left", 1), many);
        }
        List<Path> segments = segments();
        Files.delete(segments.get(segments.size() - 1));
        try (DiskJournal journal = open(new Reader())) {
            write(journal, at("left", 1), many);
            journal.watermark(5);
        }

        assertThat(readAgain().read)
                .containsExactly(
                        Reader.batchOf(0, at("left", 1), NO_HASH, Arrays.asList(many)), new Reader.Watermark(5));
    }

    /** Some 20 MiB, all at the time 2,000. */
    private static Entry[] longerThanAnEntry() {
        Entry[] many = new Entry[20];
        Arrays.setAll(many, i -> event(2_000, i + "x".repeat(1 << 20)));
        return many;
    }

    @Test
    void givenSegmentsThatAreRemovedThenThePositionsInThemAreStillKnown() throws IOException {
        try (DiskJournal journal = open(new Reader())) {
            write(journal, at("left", 7), event(10, "a"));
            write(journal, at("right", 3), event(20, "a"));
        }
        try (DiskJournal journal = open(new Reader())) {
            write(journal, at("right", 4), event(90_000, "b"));
            journal.forgetBefore(60_000);
        }

        Reader reader = readAgain();

        assertThat(segments()).hasSize(1);
        assertThat(reader.positions).isEqualTo(Map.of("left", 7L, "right", 4L));
        assertThat(reader.read)
                .containsExactly(
                        Reader.batchOf(0, at("right", 4), NO_HASH, List.of(event(90_000, "b"))),
                        new Reader.Forgotten(60_000));
    }

    @Test
    void givenSegmentsThatAreRemovedThenTheRulesInForceAreStillKnown() throws IOException {
        try (DiskJournal journal = open(new Reader())) {
            journal.rules("old");
            journal.rules("new");
            write(journal, NOWHERE, longerThanAnEntry());
            write(journal, NOWHERE, event(5_000_000, "a"));
            journal.forgetBefore(1_000_000);
        }

        assertThat(segments()).hasSize(1);
        assertThat(readAgain().rules).isEqualTo("new");
    }

    @Test
    void givenASegmentWithAnythingThatIsNeededThenItStaysAndAllAfterIt() throws IOException {
        for (long time : new long[] {10, 90_000, 20, 95_000}) {
            try (DiskJournal journal = open(new Reader())) {
                write(journal, NOWHERE, event(time, "a"));
            }
        }
        try (DiskJournal journal = open(new Reader())) {
            write(journal, NOWHERE, event(96_000, "a"));
            journal.forgetBefore(60_000);
        }

        assertThat(segments()).hasSize(4);
    }

    @Test
    void givenNothingThatIsNeededThenTheSegmentInUseStays() throws IOException {
        try (DiskJournal journal = open(new Reader())) {
            write(journal, at("left", 7), event(10, "a"));
            journal.forgetBefore(Long.MAX_VALUE);
            write(journal, at("left", 8), event(20, "a"));
        }

        assertThat(segments()).hasSize(1);
        assertThat(readAgain().read).hasSize(2);
    }

    @Test
    void givenAnUnfinishedEntryAtTheEndThenItIsCutAndSaid() throws IOException {
        try (DiskJournal journal = open(new Reader())) {
            journal.watermark(1);
            journal.watermark(2);
        }
        try (FileChannel file = FileChannel.open(segments().get(0), StandardOpenOption.WRITE)) {
            file.truncate(file.size() - 1);
        }

        Reader reader = readAgain();

        assertThat(reader.read).containsExactly(new Reader.Watermark(1));
        assertThat(reader.damage).singleElement().asString().contains("unfinished", "segment 1");
        assertThat(readAgain().damage).isEmpty();
    }

    @Test
    void givenAChangedByteThenThatEntryIsLostAndSaidAndTheRestIsRead() throws IOException {
        try (DiskJournal journal = open(new Reader())) {
            journal.rules("first");
            journal.rules("second");
            journal.rules("third");
        }
        byte[] bytes = Files.readAllBytes(segments().get(0));
        bytes[new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("second")] ^= 1;
        Files.write(segments().get(0), bytes);

        Reader reader = readAgain();

        assertThat(reader.read).containsExactly(new Reader.Rules("first"), new Reader.Rules("third"));
        assertThat(reader.damage).singleElement().asString().contains("damaged", "segment 1");
    }

    @Test
    void givenAnEntryOfAKindOfTomorrowThenItIsPassedOverAndSaid() throws IOException {
        try (SegmentLog log = SegmentLog.open(folder, FsyncPolicy.NEVER, 1 << 20, new NoRecovery())) {
            log.append(new byte[] {99, 1, 2}, 0, 3);
            log.append(new byte[] {2, 0}, 0, 2);
        }

        Reader reader = readAgain();

        assertThat(reader.read).isEmpty();
        assertThat(reader.damage).hasSize(2);
        assertThat(reader.damage.get(0)).contains("kind 99");
    }

    private static final class NoRecovery implements SegmentLog.Recovery {
        @Override
        public void entry(long segment, java.nio.ByteBuffer payload) {}

        @Override
        public void torn(long segment, long offset, long bytes) {}

        @Override
        public void damaged(long segment, long offset, long bytes, String why) {}
    }

    @Test
    void givenAJournalThatIsOpenThenNobodyElseOpensIt() throws IOException {
        try (DiskJournal journal = open(new Reader())) {
            assertThatThrownBy(this::readAgain).isInstanceOf(IOException.class).hasMessageContaining("in use");
            assertThat(journal.bytes()).isZero();
        }
    }
}
