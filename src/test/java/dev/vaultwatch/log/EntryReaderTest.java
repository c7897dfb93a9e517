package dev.vaultwatch.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.alert.Judgements;
import dev.vaultwatch.alert.RuleEdition;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.log.LoggedBatch.Item;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Entries of any kind and any bytes, read")
class EntryReaderTest {
    private static final RuleEdition RULE = Judgements.rule(100);

    @TempDir
    Path folder;

    private LogTold told = new LogTold(RULE.rule());

    /** Writes entries as they are, and reads them as a restart does. */
    private void given(byte[]... entries) throws IOException {
        SegmentLog.Recovery nothing = new SegmentLog.Recovery() {
            @Override
            public void entry(long segment, ByteBuffer payload) {}

            @Override
            public void torn(long segment, long offset, long bytes) {}

            @Override
            public void damaged(long segment, long offset, long bytes, String why) {}
        };
        try (SegmentLog log = SegmentLog.open(folder, FsyncPolicy.NEVER, 1 << 20, nothing)) {
            for (byte[] entry : entries) {
                log.append(entry, 0, entry.length);
            }
        }
        read();
    }

    private void read() throws IOException {
        told = new LogTold(RULE.rule());
        open().close();
    }

    private StoreLog open() throws IOException {
        return new StoreLog(folder, FsyncPolicy.NEVER, told, to -> {});
    }

    private static LoggedBatch batch(String source, Item... items) {
        return new LoggedBatch(source, Optional.empty(), Optional.empty(), "", List.of(items));
    }

    private static byte[] bytes(LoggedBatch batch) {
        EventCodec codec = new EventCodec();
        EntryReader.putBatch(codec, batch);
        return Arrays.copyOf(codec.bytes(), codec.size());
    }

    private static byte[] part(int kind, byte[] entry, int from, int to) {
        byte[] part = new byte[to - from + 1];
        part[0] = (byte) kind;
        System.arraycopy(entry, from, part, 1, to - from);
        return part;
    }

    private static final LoggedBatch BATCH = batch("hub-3", new Item(5, Optional.empty()));

    @Test
    @DisplayName("the parts of an entry make the entry, and the next one can be in parts too")
    void parts() throws IOException {
        byte[] whole = bytes(BATCH);
        byte[] first = part(EntryReader.FIRST_PART, whole, 0, 3);
        byte[] middle = part(EntryReader.PART, whole, 3, 9);
        byte[] last = part(EntryReader.LAST_PART, whole, 9, whole.length);

        given(first, middle, last, first, middle, last);

        assertThat(told.all).containsExactly(BATCH, BATCH);
        assertThat(told.damage).isEmpty();
    }

    @Test
    @DisplayName("parts without an end, as a kill between them leaves them, are forgotten when the next entry begins")
    void partsWithoutAnEnd() throws IOException {
        byte[] whole = bytes(BATCH);

        given(
                part(EntryReader.FIRST_PART, whole, 0, 6),
                part(EntryReader.FIRST_PART, whole, 0, 9),
                part(EntryReader.LAST_PART, whole, 9, whole.length));

        assertThat(told.all).containsExactly(BATCH);
        assertThat(told.damage).isEmpty();
    }

    @Test
    @DisplayName("parts without a beginning, whose segment was given back, are passed over without a word")
    void partsWithoutABeginning() throws IOException {
        byte[] whole = bytes(BATCH);
        byte[] last = part(EntryReader.LAST_PART, whole, 9, whole.length);

        given(part(EntryReader.PART, whole, 3, 9), last, bytes(BATCH), last);

        assertThat(told.all).containsExactly(BATCH);
        assertThat(told.damage).isEmpty();
    }

    @Test
    @DisplayName("of an entry in parts nothing is left for the parts that follow without a beginning")
    void nothingIsLeft() throws IOException {
        byte[] whole = bytes(BATCH);
        byte[] last = part(EntryReader.LAST_PART, whole, 9, whole.length);

        given(part(EntryReader.FIRST_PART, whole, 0, 9), last, last);

        assertThat(told.all).containsExactly(BATCH);
        assertThat(told.damage).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 9, 28, 127})
    @DisplayName("an entry of an unknown kind is passed over, and said")
    void unknownKind(int kind) throws IOException {
        given(new byte[] {(byte) kind}, bytes(BATCH));

        assertThat(told.all).containsExactly(BATCH);
        assertThat(told.damage)
                .containsExactly("The journal in " + folder + " has an entry of kind " + kind
                        + ", which this version does not know; it is passed over.");
    }

    @Test
    @DisplayName("an entry without any bytes is passed over, and said")
    void emptyEntry() throws IOException {
        given(new byte[0], bytes(BATCH));

        assertThat(told.all).containsExactly(BATCH);
        assertThat(told.damage)
                .singleElement()
                .asString()
                .contains("has an entry in segment 1 that can't be read (BufferUnderflowException)");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 10, Integer.MAX_VALUE})
    @DisplayName("a step whose parts can't be that long is given up there, and what stands before is told")
    void impossiblePart(int length) throws IOException {
        byte[] step = ByteBuffer.allocate(1 + 4 + 9 + 4 + 9)
                .put(EntryReader.CHECKPOINT)
                .putInt(9)
                .put(EntryReader.SETTLED)
                .putLong(70)
                .putInt(length)
                .put(EntryReader.SETTLED)
                .putLong(80)
                .array();

        given(step, bytes(BATCH));

        assertThat(told.all).containsExactly(new LogTold.Settled(70), BATCH);
        assertThat(told.damage).singleElement().asString().contains("segment 1 that can't be read");
    }

    @Test
    @DisplayName("a part that can't be read costs that part, not the rest of its step")
    void unreadablePart() throws IOException {
        byte[] step = ByteBuffer.allocate(1 + 4 + 3 + 4 + 9)
                .put(EntryReader.CHECKPOINT)
                .putInt(3)
                .put(EntryReader.SETTLED)
                .putShort((short) 1)
                .putInt(9)
                .put(EntryReader.SETTLED)
                .putLong(80)
                .array();

        given(step);

        assertThat(told.all).containsExactly(new LogTold.Settled(80));
        assertThat(told.damage).hasSize(1);
    }

    @Test
    @DisplayName("only with a mark does a step say that the batches before it are fed")
    void stepWithoutAMark() throws IOException {
        ByteBuffer settled = ByteBuffer.allocate(1 + 4 + 9)
                .put(EntryReader.STEP)
                .putInt(9)
                .put(EntryReader.SETTLED)
                .putLong(70);
        ByteBuffer marked = ByteBuffer.allocate(1 + 4 + 9 + 4 + 10)
                .put(settled.array())
                .putInt(10)
                .put(EntryReader.MARK)
                .putLong(77)
                .put((byte) 1);

        given(settled.array(), marked.array());

        assertThat(told.all)
                .containsExactly(
                        new LogTold.Settled(70),
                        new LogTold.StepBegins(),
                        new LogTold.Settled(70),
                        new LogTold.Mark(77, true));
    }

    @Test
    @DisplayName("damage on the disk is said with its place, and what it may have cost")
    void damage() throws IOException {
        given(bytes(BATCH), bytes(BATCH));
        Path segment = folder.resolve("0000000001.segment");
        byte[] file = Files.readAllBytes(segment);
        file[SegmentLog.HEADER_BYTES + SegmentLog.ENTRY_HEADER_BYTES] ^= 1;
        Files.write(segment, file);

        read();

        int entry = SegmentLog.ENTRY_HEADER_BYTES + bytes(BATCH).length;
        assertThat(told.all).containsExactly(BATCH);
        assertThat(told.damage)
                .containsExactly("The journal in " + folder + " is damaged: " + entry
                        + " bytes at offset 32 of segment 1 can't be read (the checksum is wrong). Alerts of the last windows may"
                        + " miss events, and alerts that were not delivered may be lost.");
    }

    @Test
    @DisplayName("equal texts of events are one text, as the decoder had them, but for long ones")
    void texts() throws IOException {
        String longest = "x".repeat(256);
        String tooLong = "x".repeat(257);
        List<Item> items = new ArrayList<>();
        for (String action : List.of("SecretGet", "SecretGet", longest, longest, tooLong, tooLong)) {
            items.add(new Item(5, Optional.of(KeyVaultEvent.builder(5, action).build())));
        }

        given(bytes(batch("s", items.toArray(new Item[0]))));

        List<String> actions = told.of(LoggedBatch.class).get(0).items().stream()
                .map(item -> item.event().orElseThrow().action())
                .toList();
        assertThat(actions.get(1)).isSameAs(actions.get(0));
        assertThat(actions.get(3)).isSameAs(actions.get(2));
        assertThat(actions.get(5)).isEqualTo(actions.get(4)).isNotSameAs(actions.get(4));
    }

    @Test
    @DisplayName("no more than 65,536 texts are held for that, then all are forgotten")
    void manyTexts() throws IOException {
        List<Item> items = new ArrayList<>();
        for (int i = 0; i <= 1 << 16; i++) {
            String action = i == (1 << 16) ? "0" : String.valueOf(i);
            items.add(new Item(5, Optional.of(KeyVaultEvent.builder(5, action).build())));
            if (i == 10) {
                items.add(items.get(0));
            }
        }

        given(bytes(batch("s", items.toArray(new Item[0]))));

        List<Item> found = told.of(LoggedBatch.class).get(0).items();
        String first = found.get(0).event().orElseThrow().action();
        assertThat(found.get(11).event().orElseThrow().action()).isSameAs(first);
        assertThat(found.get(found.size() - 1).event().orElseThrow().action())
                .isEqualTo(first)
                .isNotSameAs(first);
    }

    @Test
    @DisplayName("the rules in force come back with the site's settings, their kinds and how far back each is complete")
    void inForce() throws IOException {
        RuleEdition set = new RuleEdition(
                RULE.rule().toBuilder()
                        .settings(Map.of("text", "ü", "yes", true, "no", false, "limit", 12L, "share", 0.25))
                        .build(),
                RULE.json(),
                RULE.fingerprint());
        for (boolean keepAll : new boolean[] {true, false}) {
            LoggedRules rules = new LoggedRules(
                    List.of(
                            new LoggedRules.One(RULE, "", false, Long.MIN_VALUE),
                            new LoggedRules.One(set, "by one", false, 7),
                            new LoggedRules.One(RULE, "", true, -1),
                            new LoggedRules.One(RULE, "by two", true, 0)),
                    keepAll);
            try (StoreLog log = open()) {
                log.inForce(rules);
                log.mark(1, true);
            }

            read();

            List<LoggedRules> all = told.of(LoggedRules.class);
            LoggedRules found = all.get(all.size() - 1);
            assertThat(found.keepAll()).isEqualTo(keepAll);
            assertThat(found.rules())
                    .extracting(LoggedRules.One::exclusions)
                    .containsExactly("", "by one", "", "by two");
            assertThat(found.rules())
                    .extracting(LoggedRules.One::isCompleteFromNext)
                    .containsExactly(false, false, true, true);
            assertThat(found.rules())
                    .extracting(LoggedRules.One::completeSince)
                    .containsExactly(Long.MIN_VALUE, 7L, -1L, 0L);
            assertThat(found.rules().get(0).edition()).isEqualTo(RULE);
            assertThat(found.rules().get(1).edition().rule().settings())
                    .isEqualTo(Map.of(
                            "text",
                            "ü",
                            "yes",
                            true,
                            "no",
                            false,
                            "limit",
                            new java.math.BigDecimal("12"),
                            "share",
                            new java.math.BigDecimal("0.25")));
        }
    }
}
