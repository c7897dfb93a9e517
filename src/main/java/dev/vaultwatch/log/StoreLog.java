package dev.vaultwatch.log;

import dev.vaultwatch.alert.AlertDesk;
import dev.vaultwatch.alert.CapNotice;
import dev.vaultwatch.alert.DecisionLog;
import dev.vaultwatch.alert.Said;
import dev.vaultwatch.alert.Withheld;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.detect.LateLoss;
import dev.vaultwatch.tuning.AlertPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/**
 * What the plugin must know after a restart, on disk: what it took, what it decided, and what the host acknowledged. Reading it
 * again is not judging it again: decisions are read as they were made (<em>transactional outbox</em>).
 *
 * <h2>Entries</h2>
 *
 * An entry is one {@link SegmentLog} entry, and so whole or not there. The first byte says what it is; numbers are big-endian,
 * texts, events and alerts as {@link EventCodec} and {@link AlertCodec} write them:
 *
 * <pre>
 *    1 batch         text source, 1 whether it has an epoch, text epoch, 1 whether it has offsets, 8 first, 8 last,
 *                    text hash, 4 number of items, each: 1 kind, 8 time (0) or event (1)
 *    2 step          parts until the end, each: 4 length, and an entry of the kinds from 10 on
 *    3 checkpoint    the same
 *    4 first part of an entry that is too long for one
 *    5 part
 *    6 last part
 *   10 rule          text fingerprint, text id, text rule.json, text rule.epl
 *   11 raised        said: owed to the host until it is acknowledged
 *   12 known         said: not owed
 *   13 withheld      withheld
 *   14 noticed       notice
 *   15 forgotten     text rule id, 8 anchor, text alert id
 *   16 acknowledged  text alert id, text stage, 4 revision
 *   17 caps          caps
 *   18 source        text name, 1 whether it has an epoch, text epoch, 1 bits of the numbers that follow, 8 each: highest
 *                    offset, greatest event time, watermark; text state
 *   19 counters      4 number, each: text counter, text part, 8 value
 *   20 mark          8 watermark, Long.MIN_VALUE for none, 1 whether late events were judged
 *   21 complete from 8 event time
 *   22 decided       memo of the site's tuning about an alert
 *   23 lost          text source, 8 number of late events, 8 oldest event time
 *   24 losses told
 *   25 late since    8 event time
 *   26 in force      1 whether every event is kept, 4 number, each: text rule's fingerprint, 1 flags (bit 0: events are excluded,
 *                    bit 1: complete from the next event on, bit 2: by what follows), 8 complete since, text by what events are excluded, 4 number of settings, each: text name, 1 kind (text 0, boolean 1, number 2), text value
 *   27 settled       8 event time
 * </pre>
 *
 * A batch is written before it is fed. What follows from it, decisions, sources, counters, is collected and written as one
 * step, with the mark that says so: after a kill between the two, the batch is fed again, and nothing of the step was told.
 *
 * <h2>Segments</h2>
 *
 * Where a segment begins there is a checkpoint, all that is not in a batch: so that the segments before it can go as soon as nothing in
 * their batches can change any more. A rule's text stands in a checkpoint that needs it, and in the first step that does after
 * it.
 *
 * <h2>When the disk is full</h2>
 *
 * A batch that can't be written does not count, and its owner does not take it. A step and an acknowledgement have happened all
 * the same: they wait, and are written before whatever is written next. A process that ends before that has not told them. Space
 * comes back as soon as there is room for a checkpoint, which has the rules' texts in it, and for what waits.
 *
 * <p>Not thread-safe; the owner holds a lock.
 */
public final class StoreLog implements DecisionLog, AutoCloseable {
    /** Small enough that ten minutes of a busy day span several, so that space comes back soon. */
    private static final long SEGMENT_BYTES = 16L << 20;

    /** An entry is about no event time. */
    private static final long NOTHING = Long.MIN_VALUE;

    private final SegmentLog log;
    private final Checkpoint checkpoint;
    private final EventCodec codec = new EventCodec();
    private final Step step = new Step();
    private final Owed owed = new Owed();

    /** The values that were written last. */
    private final Map<CounterPart, Long> counters = new LinkedHashMap<>();

    /** By segment, the latest event time in its batches. */
    private final TreeMap<Long, Long> latest = new TreeMap<>();

    /** Fingerprints of the rules whose text was written since the last checkpoint, or stands in it. */
    private final Set<String> rulesWritten = new HashSet<>();

    /** What has happened and could not be written, in order. */
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();

    /** The segments that begin with a whole checkpoint: what is read may begin with one of them alone. */
    private final TreeSet<Long> checkpoints = new TreeSet<>();

    private long watermark = Long.MIN_VALUE;
    private boolean isLateJudged = true;

    /** Since when late events wait that the last mark says are not judged. */
    private long lateSince = NOTHING;

    /** How far event time is settled, as it was written last. */
    private long settled = NOTHING;

    private long completeFrom = Long.MIN_VALUE;
    private Optional<LoggedRules> inForce = Optional.empty();

    /** Says all that the log must know to go on without what it said before. */
    @FunctionalInterface
    public interface Checkpoint {
        /** Called by the thread that writes, before its own entry; may call nothing of the log but what it is given. */
        void write(CheckpointWriter to);
    }

    /** Takes a checkpoint. Counters, the rules in force and the last mark need not be said. */
    public interface CheckpointWriter {
        /** A source. */
        void source(LoggedSource source);

        /** Events that were dropped as late, and of which nobody was told. */
        void lost(LateLoss loss);

        /** All that the desk knows: what is owed, what was said and can still change, counters and caps. */
        void desk(AlertDesk desk);
    }

    /**
     * Opens a log, and reads what is in it.
     *
     * @throws IOException if the folder can't be used, is in use, or holds the log of another version; the message says so
     */
    public StoreLog(Path folder, FsyncPolicy fsync, LogReader reader, Checkpoint checkpoint) throws IOException {
        this(folder, fsync, reader, checkpoint, SegmentDisk.FILES, System::nanoTime, SEGMENT_BYTES);
    }

    StoreLog(
            Path folder,
            FsyncPolicy fsync,
            LogReader reader,
            Checkpoint checkpoint,
            SegmentDisk disk,
            LongSupplier nanoTime,
            long segmentBytes)
            throws IOException {
        this.checkpoint = checkpoint;
        EntryReader entries = new EntryReader(folder, reader, new State());
        this.log = SegmentLog.open(folder, fsync, segmentBytes, entries, disk, nanoTime);
    }

    /** What the log itself must know of what is read. */
    final class State {
        private State() {}

        void batch(long segment, LoggedBatch batch) {
            latest.merge(segment, lastTime(batch), Math::max);
        }

        void segment(long segment) {
            latest.merge(segment, NOTHING, Math::max);
        }

        void checkpoint(long segment) {
            checkpoints.add(segment);
        }

        Owed owed() {
            return owed;
        }

        void counters(Map<CounterPart, Long> values) {
            counters.putAll(values);
        }

        void mark(long to, boolean late) {
            watermark = to;
            isLateJudged = late;
        }

        void lateSince(long time) {
            lateSince = time;
        }

        void settled(long time) {
            settled = time;
        }

        void completeFrom(long time) {
            completeFrom = Math.max(completeFrom, time);
        }

        void inForce(LoggedRules rules) {
            inForce = Optional.of(rules);
        }
    }

    private static long lastTime(LoggedBatch batch) {
        long last = NOTHING;
        for (LoggedBatch.Item item : batch.items()) {
            if (item.event().isPresent()) {
                last = Math.max(last, item.time());
            }
        }
        return last;
    }

    /**
     * What was raised before the restart and not acknowledged, in order; to be delivered again
     * ({@link AlertDesk#deliverAgain}), before anything is written. Once: it is empty the second time.
     */
    public List<Said> takeOwed() {
        return owed.take();
    }

    // ---- batches

    /**
     * Writes a batch. It counts once the method returns; if it throws, it does not. {@link #mark} is to follow once it is fed,
     * and {@link #commit}.
     *
     * @throws IOException if it can't be written
     */
    public void batch(LoggedBatch batch) throws IOException {
        codec.reset();
        EntryReader.putBatch(codec, batch);
        byte[] entry = Arrays.copyOf(codec.bytes(), codec.size());
        appendWaiting();
        prepare(entry.length);
        append(entry, lastTime(batch));
    }

    // ---- steps

    @Override
    public void said(Said message, boolean isOwed) {
        step.said(message, isOwed);
    }

    @Override
    public void withheld(Withheld alert) {
        step.withheld(alert);
    }

    @Override
    public void noticed(CapNotice notice) {
        step.noticed(notice);
    }

    @Override
    public void decided(AlertPolicy.Memo memo) {
        step.decided(memo);
    }

    @Override
    public void forgotten(String ruleId, long anchor, String id) {
        step.forgotten(ruleId, anchor, id);
    }

    /** Takes down that a source was opened, or changed its state; with the next {@link #mark}. */
    public void source(LoggedSource source) {
        step.source(source);
    }

    /** Takes down which rules are in force from now on; with the next {@link #mark}. */
    public void inForce(LoggedRules rules) {
        if (!inForce.equals(Optional.of(rules))) {
            inForce = Optional.of(rules);
            step.inForce(rules);
        }
    }

    /** Takes down that events were dropped as late; with the next {@link #mark}. */
    public void lost(LateLoss loss) {
        step.lost(loss);
    }

    /** Takes down that everybody was told of the losses before; with the next {@link #mark}. */
    public void lossesTold() {
        step.lossesTold();
    }

    /**
     * Takes down how far event time had come when the first of the late events came that wait to be judged; with the next
     * {@link #mark}, which says that they do.
     */
    public void lateSince(long time) {
        lateSince = time;
    }

    /** Takes down how far event time is settled: what is older was dropped as late; with the next {@link #mark}. */
    public void settled(long time) {
        if (time != settled) {
            settled = time;
            step.settled(time);
        }
    }

    /** Takes down counters, as they are now; with the next {@link #mark}. Those that have not changed are passed over. */
    public void counters(Map<CounterPart, Long> values) {
        Map<CounterPart, Long> changed = new LinkedHashMap<>();
        values.forEach((part, value) -> {
            Long before = value == 0 ? counters.remove(part) : counters.put(part, value);
            if (!value.equals(before == null ? 0L : before)) {
                changed.put(part, value);
            }
        });
        if (!changed.isEmpty()) {
            step.counters(changed);
        }
    }

    /**
     * Ends a step: all that follows from what was logged before has been taken down. Writes it, unless there is nothing new.
     *
     * @param to the plugin's watermark; {@code Long.MIN_VALUE} if there is none yet
     * @param late whether all late events were judged
     * @throws IOException if it can't be written yet
     */
    public void mark(long to, boolean late) throws IOException {
        boolean isMarkAlone = step.isEmpty();
        if (isMarkAlone && to == watermark && late == isLateJudged) {
            return;
        }
        watermark = to;
        isLateJudged = late;
        if (!late && lateSince != NOTHING) {
            step.lateSince(lateSince);
        }
        step.mark(to, late);
        byte[] entry = step.entry(EntryReader.STEP, Set.of());
        byte[] before = waiting.peekLast();
        if (isMarkAlone && before != null && before.length == entry.length && before[0] == EntryReader.STEP) {
            // An idle plugin's time advances every second, however long the disk is full.
            waiting.removeLast();
        }
        try {
            appendWaiting();
            prepare(entry.length);
            append(step.entry(EntryReader.STEP, rulesWritten), NOTHING);
            rulesWritten.addAll(step.fingerprints());
        } catch (IOException e) {
            waiting.add(entry);
            throw e;
        } finally {
            step.clear();
        }
    }

    /**
     * Writes that the host acknowledged a message. A power loss may take it: the message comes again then.
     *
     * @throws IOException if it can't be written yet
     */
    public void acknowledged(String id, AlertStage stage, int revision) throws IOException {
        codec.reset();
        codec.putByte(EntryReader.ACKNOWLEDGED);
        codec.putText(id);
        codec.putText(stage.name());
        codec.putInt(revision);
        byte[] entry = Arrays.copyOf(codec.bytes(), codec.size());
        try {
            appendWaiting();
            prepare(entry.length);
            append(entry, NOTHING);
        } catch (IOException e) {
            waiting.add(entry);
            throw e;
        }
    }

    // ---- segments

    /** Writes a checkpoint if an entry of that length would begin a segment. */
    private void prepare(int length) throws IOException {
        if (log.wouldBegin(length)) {
            writeCheckpoint();
        }
    }

    private void writeCheckpoint() throws IOException {
        Step all = new Step();
        if (completeFrom != Long.MIN_VALUE) {
            all.completeFrom(completeFrom);
        }
        inForce.ifPresent(all::inForce);
        owed.messages().forEach(message -> all.said(message, true));
        all.lossesTold();
        checkpoint.write(all);
        if (!counters.isEmpty()) {
            all.counters(counters);
        }
        if (!isLateJudged && lateSince != NOTHING) {
            all.lateSince(lateSince);
        }
        if (settled != NOTHING) {
            all.settled(settled);
        }
        all.mark(watermark, isLateJudged);
        byte[] entry = all.entry(EntryReader.CHECKPOINT, Set.of());
        Long before = latest.isEmpty() ? Long.valueOf(0) : latest.lastKey();
        // What stands before it in a segment could not be read without the segments before.
        log.endSegment();
        append(entry, NOTHING);
        // It may fill several.
        checkpoints.add(Objects.requireNonNull(latest.higherKey(before)));
        rulesWritten.clear();
        rulesWritten.addAll(all.fingerprints());
    }

    private void appendWaiting() throws IOException {
        for (byte[] next = waiting.peek(); next != null; next = waiting.peek()) {
            prepare(next.length);
            append(next, NOTHING);
            waiting.remove();
        }
    }

    private void append(byte[] entry, long about) throws IOException {
        if (entry.length <= SegmentLog.MAX_ENTRY_BYTES) {
            latest.merge(log.append(entry, 0, entry.length), about, Math::max);
            return;
        }
        int most = SegmentLog.MAX_ENTRY_BYTES - 1;
        for (int from = 0; from < entry.length; from += most) {
            int length = Math.min(most, entry.length - from);
            byte[] part = new byte[length + 1];
            part[0] = from == 0
                    ? EntryReader.FIRST_PART
                    : from + length < entry.length ? EntryReader.PART : EntryReader.LAST_PART;
            System.arraycopy(entry, from, part, 1, length);
            latest.merge(log.append(part, 0, part.length), about, Math::max);
        }
    }

    /**
     * Ends a batch: what was written is forced to the disk as the policy says.
     *
     * @throws IOException if that fails; what was written counts all the same, and the next call tries again
     */
    public void commit() throws IOException {
        appendWaiting();
        log.commit();
    }

    /**
     * Gives back the space of segments whose batches are about times before the given one only.
     *
     * @throws IOException if a file can't be removed; it is tried again the next time
     */
    public void forgetBefore(long time) throws IOException {
        Long keep = checkpoints.isEmpty() ? null : checkpoints.last();
        for (Map.Entry<Long, Long> each : latest.entrySet()) {
            if (keep != null && each.getValue() >= time) {
                keep = checkpoints.floor(Math.min(keep, each.getKey()));
                break;
            }
        }
        if (keep == null || latest.firstKey() >= keep) {
            return;
        }
        completeFrom = Math.max(completeFrom, time);
        Step last = new Step();
        last.completeFrom(completeFrom);
        byte[] entry = last.entry(EntryReader.STEP, Set.of());
        appendWaiting();
        prepare(entry.length);
        append(entry, NOTHING);
        latest.headMap(keep).clear();
        checkpoints.headSet(keep).clear();
        log.removeBefore(keep);
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
