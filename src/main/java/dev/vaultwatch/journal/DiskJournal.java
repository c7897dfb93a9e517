package dev.vaultwatch.journal;

import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.log.EventCodec;
import dev.vaultwatch.log.SegmentDisk;
import dev.vaultwatch.log.SegmentLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * To be deleted with the plugin that uses it; {@link dev.vaultwatch.log.StoreLog} takes its place.
 *
 * <p>What the plugin must know after a restart, on disk: every batch of events that a rule can use, in the order in which they
 * were taken, with the place of each in its source; every move of the watermark that events do not explain; every alert that
 * was delivered. Reading it again is doing it again.
 *
 * <p>An entry is one {@link SegmentLog} entry, and so whole or not there: a batch and its position can't come apart. The first
 * byte says what it is:
 *
 * <pre>
 *   1 batch      8 watermark before it, Long.MIN_VALUE for none
 *                1 whether it has a position, and if so: text source, 8 offset
 *                1 length of the content's hash, and the hash
 *                4 number of events, each: 1 kind, and 8 time (kind 0) or an event (kind 1, see EventCodec)
 *   2 watermark  8 milliseconds
 *   3 delivered  text id, text stage, 4 revision, 8 window start, text fingerprint
 *   4 positions  4 number, each: text source, 8 offset; stands in every segment, so that older ones can go
 *   5 first part of an entry that is too long for one
 *   6 part
 *   7 last part
 *   8 forgotten  8 event time: what is about earlier times is no longer whole
 *   9 rules      text fingerprint of the rules in force from here on; stands in every segment
 * </pre>
 *
 * <h2>When the disk is full</h2>
 *
 * A batch that can't be written does not count, and its owner does not take it. A move of the watermark, a delivery and a change
 * of rules have happened all the same: they wait, and are written before whatever is written next, so that the journal tells
 * them in their order. A process that ends before that has not told them.
 *
 * <p>Not thread-safe; the owner holds a lock.
 */
public final class DiskJournal implements AutoCloseable {
    private static final byte BATCH = 1;
    private static final byte WATERMARK = 2;
    private static final byte DELIVERED = 3;
    private static final byte POSITIONS = 4;
    private static final byte FIRST_PART = 5;
    private static final byte PART = 6;
    private static final byte LAST_PART = 7;
    private static final byte FORGOTTEN = 8;
    private static final byte RULES = 9;

    /** Small enough that ten minutes of a busy day span several, so that space comes back soon. */
    private static final long SEGMENT_BYTES = 16L << 20;

    /** As many, and as long, as the decoder finds again. */
    private static final int MAX_TEXTS = 1 << 16;

    private static final int MAX_TEXT = 256;

    private final SegmentLog log;
    private final EventCodec codec = new EventCodec();
    private final Map<String, Long> positions = new HashMap<>();

    /** By segment, the latest event time that anything in it is about. */
    private final TreeMap<Long, Long> latest = new TreeMap<>();

    /** Texts of the events read at the start; empty once all are. */
    private final Map<String, String> texts = new HashMap<>();

    private long segment = Long.MIN_VALUE;

    /** Stands in every segment, as the positions do. */
    private String rules = "";

    /** What has happened and could not be written, in order. */
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

    /** Parts read so far of an entry that is not whole yet. */
    private final ByteArrayOutputStream parts = new ByteArrayOutputStream();

    /** Takes what an earlier run wrote, in its order. */
    public interface Reader {
        /**
         * A batch.
         *
         * @param watermark how far event time had come before it; {@code Long.MIN_VALUE} if there was none
         * @param hash of the record's content; empty if it was not noted
         */
        void batch(long watermark, Optional<SourcePosition> at, byte[] hash, List<Entry> events);

        /** A move of the watermark. */
        void watermark(long watermark);

        /** An alert that the host was given. */
        void delivered(Delivered alert);

        /** The places up to which each source was taken. */
        void positions(Map<String, Long> offsets);

        /** What is about times before the given one is no longer whole, and was settled. */
        void forgotten(long time);

        /** The rules in force from here on. */
        void rules(String fingerprint);

        /** Something of the journal is lost or can't be read; a sentence for a person. */
        void damaged(String what);
    }

    /**
     * One event of a batch, or the time of one that no rule can use but that moved the watermark.
     *
     * @param event empty for a time alone
     */
    public record Entry(long time, Optional<KeyVaultEvent> event) {}

    /** An entry with what it is about. */
    private static final class Waiting {
        private final byte[] entry;
        private final long about;

        private Waiting(byte[] entry, long about) {
            this.entry = entry;
            this.about = about;
        }
    }

    /** An alert that the host was given. */
    public record Delivered(String id, String stage, int revision, long windowStart, String fingerprint) {}

    /**
     * Opens a journal, and reads what is in it.
     *
     * @throws IOException if the folder can't be used, or is in use
     */
    public DiskJournal(Path folder, SegmentLog.FsyncPolicy fsync, Reader reader) throws IOException {
        this(folder, fsync, reader, SegmentDisk.FILES, System::nanoTime, SEGMENT_BYTES);
    }

    public DiskJournal(
            Path folder,
            SegmentLog.FsyncPolicy fsync,
            Reader reader,
            SegmentDisk disk,
            LongSupplier nanoTime,
            long segmentBytes)
            throws IOException {
        SegmentLog.Recovery recovery = new SegmentLog.Recovery() {
            @Override
            public void entry(long inSegment, ByteBuffer entry) {
                read(inSegment, entry, reader);
            }

            @Override
            public void torn(long inSegment, long offset, long bytes) {
                reader.damaged("The journal in " + folder + " ended in an unfinished entry, as a kill leaves it; "
                        + bytes + " bytes at offset " + offset + " of segment " + inSegment + " were cut off.");
            }

            @Override
            public void damaged(long inSegment, long offset, long bytes, String why) {
                reader.damaged("The journal in " + folder + " is damaged: " + bytes + " bytes at offset " + offset
                        + " of segment " + inSegment + " can't be read (" + why
                        + "). Alerts of the last windows may miss events.");
            }
        };
        log = SegmentLog.open(folder, fsync, segmentBytes, recovery, disk, nanoTime);
        texts.clear();
    }

    private void read(long inSegment, ByteBuffer entry, Reader reader) {
        try {
            byte kind = entry.get();
            switch (kind) {
                case BATCH -> readBatch(inSegment, entry, reader);
                case WATERMARK -> {
                    long watermark = entry.getLong();
                    about(inSegment, watermark);
                    reader.watermark(watermark);
                }
                case DELIVERED -> {
                    Delivered alert = new Delivered(
                            EventCodec.text(entry),
                            EventCodec.text(entry),
                            entry.getInt(),
                            entry.getLong(),
                            EventCodec.text(entry));
                    about(inSegment, alert.windowStart());
                    reader.delivered(alert);
                }
                case POSITIONS -> {
                    int number = entry.getInt();
                    for (int i = 0; i < number; i++) {
                        positions.merge(EventCodec.text(entry), entry.getLong(), Math::max);
                    }
                    reader.positions(Map.copyOf(positions));
                }
                case FORGOTTEN -> reader.forgotten(entry.getLong());
                case RULES -> reader.rules(EventCodec.text(entry));
                case FIRST_PART, PART, LAST_PART -> {
                    if (kind == FIRST_PART) {
                        // A part before it has no end: the process was killed between them.
                        parts.reset();
                    }
                    byte[] part = new byte[entry.remaining()];
                    entry.get(part);
                    parts.writeBytes(part);
                    if (kind == LAST_PART) {
                        ByteBuffer whole = ByteBuffer.wrap(parts.toByteArray());
                        parts.reset();
                        read(inSegment, whole, reader);
                    }
                }
                default ->
                    reader.damaged("The journal has an entry of kind " + kind
                            + ", which this version does not know; it is passed over.");
            }
        } catch (RuntimeException e) {
            reader.damaged("The journal has an entry in segment " + inSegment + " that can't be read ("
                    + e.getClass().getSimpleName() + "); it is passed over.");
        }
    }

    private void readBatch(long inSegment, ByteBuffer entry, Reader reader) {
        long watermark = entry.getLong();
        Optional<SourcePosition> at = Optional.empty();
        if (entry.get() == 1) {
            at = Optional.of(new SourcePosition(EventCodec.text(entry), entry.getLong()));
            positions.merge(at.get().source(), at.get().offset(), Math::max);
        }
        byte[] hash = new byte[entry.get()];
        entry.get(hash);
        int number = entry.getInt();
        List<Entry> events = new ArrayList<>(Math.min(number, 1 << 16));
        for (int i = 0; i < number; i++) {
            if (entry.get() == 0) {
                events.add(new Entry(entry.getLong(), Optional.empty()));
            } else {
                KeyVaultEvent event = EventCodec.event(entry, this::held);
                about(inSegment, event.time());
                events.add(new Entry(event.time(), Optional.of(event)));
            }
        }
        reader.batch(watermark, at, hash, events);
    }

    /** A text that other events hold already, as those had it from the decoder before the restart. */
    private String held(String text) {
        if (text.length() > MAX_TEXT) {
            return text;
        }
        if (texts.size() >= MAX_TEXTS) {
            texts.clear();
        }
        String known = texts.putIfAbsent(text, text);
        return known == null ? text : known;
    }

    private void about(long inSegment, long time) {
        latest.merge(inSegment, time, Math::max);
    }

    /**
     * Writes a batch. It counts once the method returns; if it throws, it does not. {@link #commit} is to follow.
     *
     * @throws IOException if it can't be written
     */
    public void batch(long watermark, Optional<SourcePosition> at, byte[] hash, List<Entry> events) throws IOException {
        codec.reset();
        codec.putByte(BATCH);
        codec.putLong(watermark);
        codec.putByte(at.isPresent() ? 1 : 0);
        if (at.isPresent()) {
            codec.putText(at.get().source());
            codec.putLong(at.get().offset());
        }
        codec.putByte(hash.length);
        for (byte each : hash) {
            codec.putByte(each);
        }
        codec.putInt(events.size());
        long last = Long.MIN_VALUE;
        for (Entry entry : events) {
            if (entry.event().isPresent()) {
                codec.putByte(1);
                codec.putEvent(entry.event().get());
                last = Math.max(last, entry.time());
            } else {
                codec.putByte(0);
                codec.putLong(entry.time());
            }
        }
        append(last);
        at.ifPresent(position -> positions.merge(position.source(), position.offset(), Math::max));
    }

    /**
     * Writes a move of the watermark.
     *
     * @throws IOException if it can't be written yet
     */
    public void watermark(long watermark) throws IOException {
        if (!waiting.isEmpty() && waiting.peekLast().entry[0] == WATERMARK) {
            // An idle host's time goes on every second, however long the disk is full.
            waiting.removeLast();
        }
        codec.reset();
        codec.putByte(WATERMARK);
        codec.putLong(watermark);
        appendOrWait(watermark);
        commit();
    }

    /**
     * Writes which rules are in force from here on.
     *
     * @throws IOException if it can't be written yet
     */
    public void rules(String fingerprint) throws IOException {
        rules = fingerprint;
        putRules();
        appendOrWait(Long.MIN_VALUE);
        commit();
    }

    private void putRules() {
        codec.reset();
        codec.putByte(RULES);
        codec.putText(rules);
    }

    /**
     * Writes that the host was given an alert.
     *
     * @throws IOException if it can't be written yet
     */
    public void delivered(Delivered alert) throws IOException {
        codec.reset();
        codec.putByte(DELIVERED);
        codec.putText(alert.id());
        codec.putText(alert.stage());
        codec.putInt(alert.revision());
        codec.putLong(alert.windowStart());
        codec.putText(alert.fingerprint());
        appendOrWait(alert.windowStart());
        commit();
    }

    private void appendOrWait(long about) throws IOException {
        try {
            append(about);
        } catch (IOException e) {
            waiting.add(new Waiting(Arrays.copyOf(codec.bytes(), codec.size()), about));
            throw e;
        }
    }

    private void append(long about) throws IOException {
        appendWaiting();
        append(codec.bytes(), codec.size(), about);
    }

    private void appendWaiting() throws IOException {
        for (Waiting next = waiting.peek(); next != null; next = waiting.peek()) {
            append(next.entry, next.entry.length, next.about);
            waiting.remove();
        }
    }

    private void append(byte[] bytes, int size, long about) throws IOException {
        if (size <= SegmentLog.MAX_ENTRY_BYTES) {
            about(log.append(bytes, 0, size), about);
            return;
        }
        int most = SegmentLog.MAX_ENTRY_BYTES - 1;
        for (int from = 0; from < size; from += most) {
            int length = Math.min(most, size - from);
            byte[] part = new byte[length + 1];
            part[0] = from == 0 ? FIRST_PART : from + length < size ? PART : LAST_PART;
            System.arraycopy(bytes, from, part, 1, length);
            about(log.append(part, 0, part.length), about);
        }
    }

    /**
     * Ends a batch: what was written is forced to the disk as the policy says, and a segment that was begun gets the positions
     * and the rules, so that older ones can go.
     *
     * @throws IOException if that fails; what was written counts all the same, and the next call tries again
     */
    public void commit() throws IOException {
        appendWaiting();
        if (!latest.isEmpty() && latest.lastKey() != segment) {
            codec.reset();
            codec.putByte(POSITIONS);
            codec.putInt(positions.size());
            positions.forEach((source, offset) -> {
                codec.putText(source);
                codec.putLong(offset);
            });
            about(log.append(codec.bytes(), 0, codec.size()), Long.MIN_VALUE);
            if (!rules.isEmpty()) {
                putRules();
                append(Long.MIN_VALUE);
            }
            segment = latest.lastKey();
        }
        log.commit();
    }

    /**
     * Gives back the space of all that is about times before the given one only. Every alert about them must have been
     * delivered.
     *
     * @throws IOException if a file can't be removed; it is tried again the next time
     */
    public void forgetBefore(long time) throws IOException {
        long keep = segment;
        for (Map.Entry<Long, Long> each : latest.entrySet()) {
            if (each.getValue() >= time || each.getKey() >= segment) {
                keep = each.getKey();
                break;
            }
        }
        if (!latest.isEmpty() && latest.firstKey() < keep) {
            codec.reset();
            codec.putByte(FORGOTTEN);
            codec.putLong(time);
            append(Long.MIN_VALUE);
            latest.headMap(keep).clear();
            log.removeBefore(keep);
        }
    }

    /** Bytes on disk. */
    public long bytes() {
        return log.bytes();
    }

    @Override
    public void close() throws IOException {
        try {
            appendWaiting();
        } finally {
            log.close();
        }
    }
}
