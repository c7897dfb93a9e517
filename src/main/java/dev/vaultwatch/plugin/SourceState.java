package dev.vaultwatch.plugin;

import dev.vaultwatch.api.Counter;
import dev.vaultwatch.decode.DayOrder;
import dev.vaultwatch.time.SourceClock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What the plugin knows of one source. Guarded by the plugin's lock, but for what says otherwise. */
final class SourceState {
    /** Offsets are noted by the minute of event time: a window's beginning is found to the minute. */
    private static final long BUCKET_MILLIS = 60_000;

    private static final long NONE = Long.MIN_VALUE;

    /** What is counted by source. */
    static final Set<Counter> COUNTED = Collections.unmodifiableSet(EnumSet.of(
            Counter.KEPT,
            Counter.IGNORED,
            Counter.UNRECOGNISED,
            Counter.REPEATED,
            Counter.LATE,
            Counter.BAD,
            Counter.OVERLOADED));

    private final String name;
    private final TreeMap<Long, Long> firstOffsets = new TreeMap<>();

    /** By {@link Counter#ordinal}: a call counts up to six of them. */
    private final long[] counters = new long[Counter.values().length];

    /** Counted without the lock by calls that bring nothing else. */
    private final AtomicLong ignoredAlone = new AtomicLong();

    private final AtomicLong unrecognisedAlone = new AtomicLong();
    private final DayOrder dayOrder = new DayOrder();
    private final AtomicBoolean dayOrderInUse = new AtomicBoolean();
    private SourceClock clock;
    private Optional<String> epoch;
    /** Written under the lock; read without it by calls that bring nothing. */
    private volatile Life life = Life.OPEN;
    /** Written under the lock; read without it by decoding threads, who then look whether it changed meanwhile. */
    private volatile long highest = NONE;

    /**
     * From and to of what lies below the highest and was not taken for certain, since a damaged journal may have held it; in order.
     * Replaced and never written to, as it is read without the lock.
     */
    private volatile long[] holes = {};

    /** Of {@link #firstOffsets}, the least. Written under the lock; read without it by a look at a plugin that is busy. */
    private volatile long oldest = NONE;

    private boolean recreatedTold;

    /** Completed when the source would be taken again; null while nobody waits. */
    private @Nullable CompletableFuture<Void> ready;

    /** Whether records are taken. */
    enum Life {
        OPEN,
        CLOSED,
        REVOKED
    }

    SourceState(String name, SourceClock clock, Optional<String> epoch) {
        this.name = name;
        this.clock = clock;
        this.epoch = epoch;
    }

    String name() {
        return name;
    }

    SourceClock clock() {
        return clock;
    }

    Optional<String> epoch() {
        return epoch;
    }

    Life life() {
        return life;
    }

    void life(Life now) {
        life = now;
    }

    /** Opens it again; in another epoch its offsets begin anew. */
    void reopen(SourceClock nowItsClock, Optional<String> inEpoch) {
        clock = nowItsClock;
        life = Life.OPEN;
        if (inEpoch.isPresent() && !inEpoch.equals(epoch)) {
            forgetOffsets();
            epoch = inEpoch;
        }
    }

    void forgetOffsets() {
        highest = NONE;
        holes = new long[0];
        firstOffsets.clear();
        oldest = NONE;
        recreatedTold = false;
    }

    /**
     * What is known of the order of day and month in its dates; for the caller alone until it is given back. Of two threads that feed
     * one source at once, the other gets one that knows nothing.
     */
    DayOrder borrowDayOrder() {
        return dayOrderInUse.compareAndSet(false, true) ? dayOrder : new DayOrder();
    }

    @SuppressWarnings("ReferenceEquality") // whether it is the very one is the question
    void giveBack(DayOrder order) {
        if (order == dayOrder) {
            dayOrderInUse.setRelease(false);
        }
    }

    // ---- offsets

    boolean isTaken(long offset) {
        return highest != NONE && offset <= highest && hole(offset) < 0;
    }

    /** Where in {@link #holes} the one begins that the offset lies in; -1 if it lies in none. */
    private int hole(long offset) {
        long[] now = holes;
        for (int i = 0; i < now.length; i += 2) {
            if (now[i] <= offset && offset <= now[i + 1]) {
                return i;
            }
        }
        return -1;
    }

    /** The highest offset taken below one that is not. */
    long takenBelow(long untaken) {
        int hole = hole(untaken);
        return hole < 0 ? highest : holes[hole] - 1;
    }

    /** Notes that what lies between the highest and that offset may have been taken, and is not known any more. */
    void missBefore(long offset) {
        long from = highest == NONE ? NONE : highest + 1;
        if (offset > 0 && from < offset) {
            long[] more = Arrays.copyOf(holes, holes.length + 2);
            more[holes.length] = from;
            more[holes.length + 1] = offset - 1;
            holes = more;
            highest = offset - 1;
        }
    }

    /** What may be missing, for a person; empty if nothing is. */
    String missing() {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < holes.length; i += 2) {
            parts.add((holes[i] == NONE ? "" : holes[i] + " ") + "to " + holes[i + 1]);
        }
        return String.join(", ", parts);
    }

    /** The highest offset taken, whatever may be missing below it; the least of numbers if there is none. */
    long highest() {
        return highest;
    }

    OptionalLong position() {
        return highest == NONE ? OptionalLong.empty() : OptionalLong.of(highest);
    }

    /** How far a host that sends in order from there, or from behind it, need not send again. */
    OptionalLong position(long sent) {
        long[] now = holes;
        for (int i = 0; i < now.length; i += 2) {
            if (sent <= now[i + 1]) {
                return now[i] == NONE ? OptionalLong.empty() : OptionalLong.of(Math.min(sent, now[i] - 1));
            }
        }
        return position();
    }

    void claim(long offset) {
        int hole = hole(offset);
        if (hole >= 0) {
            fill(hole, offset);
        }
        highest = Math.max(highest, offset);
    }

    /** A hole is filled in order: what was not sent again before it is not sent any more. */
    private void fill(int hole, long upTo) {
        long[] left = holes.clone();
        left[hole] = upTo + 1;
        if (left[hole] > left[hole + 1]) {
            System.arraycopy(left, hole + 2, left, hole, left.length - hole - 2);
            left = Arrays.copyOf(left, left.length - 2);
        }
        holes = left;
    }

    /** Notes that events of that time lie at that offset or behind it. */
    void note(long eventTime, long offset) {
        firstOffsets.merge(Math.floorDiv(eventTime, BUCKET_MILLIS), offset, Math::min);
        oldest = oldest == NONE ? offset : Math.min(oldest, offset);
    }

    /** Lets go of the offsets of events before the given time: nobody needs them again. */
    void forgetOffsetsBefore(long time) {
        Map<Long, Long> past = firstOffsets.headMap(Math.floorDiv(time, BUCKET_MILLIS), false);
        if (!past.isEmpty()) {
            past.clear();
            oldest = firstOffsets.values().stream()
                    .mapToLong(Long::longValue)
                    .min()
                    .orElse(NONE);
        }
    }

    /** The oldest offset noted and not let go of; without the lock, as the last call that has returned left it. */
    OptionalLong oldestOffset() {
        long now = oldest;
        return now == NONE ? OptionalLong.empty() : OptionalLong.of(now);
    }

    /** The offset behind which a host without a log may commit: nothing at or before it is needed again. */
    OptionalLong safeOffset() {
        OptionalLong oldest = oldestOffset();
        return oldest.isEmpty()
                ? position()
                : oldest.getAsLong() == Long.MIN_VALUE ? oldest : OptionalLong.of(oldest.getAsLong() - 1);
    }

    /** Whether it is to be said that the source's offsets began anew; once. */
    boolean tellRecreated() {
        boolean tell = !recreatedTold;
        recreatedTold = true;
        return tell;
    }

    // ---- counters

    @SuppressWarnings("EnumOrdinal") // within this object
    void count(Counter counter, long more) {
        counters[counter.ordinal()] += more;
    }

    /** A counter as an earlier run left it. */
    @SuppressWarnings("EnumOrdinal") // as above
    void restore(Counter counter, long value) {
        counters[counter.ordinal()] = value;
    }

    /** Counters so far; what an earlier run counted is among them. */
    @SuppressWarnings("EnumOrdinal") // as above
    Map<Counter, Long> counters() {
        Map<Counter, Long> all = new EnumMap<>(Counter.class);
        for (Counter counter : Counter.values()) {
            if (counters[counter.ordinal()] != 0) {
                all.put(counter, counters[counter.ordinal()]);
            }
        }
        all.merge(Counter.IGNORED, ignoredAlone.get(), Long::sum);
        all.merge(Counter.UNRECOGNISED, unrecognisedAlone.get(), Long::sum);
        return all;
    }

    /** Counts what a call brought that holds nothing else; without the lock. */
    void countIgnored(dev.vaultwatch.api.Admission admission) {
        ignoredAlone.addAndGet(admission.ignored());
        if (admission.unrecognised() > 0) {
            unrecognisedAlone.addAndGet(admission.unrecognised());
        }
    }

    // ---- waiting

    CompletableFuture<Void> awaitReady() {
        if (ready == null) {
            ready = new CompletableFuture<>();
        }
        return ready;
    }

    /** The one that waits, who is to be told without the lock; null if nobody does. */
    @Nullable
    CompletableFuture<Void> takeReady() {
        CompletableFuture<Void> waiting = ready;
        ready = null;
        return waiting;
    }

    boolean isAwaited() {
        return ready != null;
    }
}
