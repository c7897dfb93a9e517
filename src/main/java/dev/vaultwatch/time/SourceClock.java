package dev.vaultwatch.time;

import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * How far one source has come in event time, and how many of its events lie ahead of the merged watermark. Made and moved by
 * {@link Watermark}; whoever guards that guards this.
 */
public final class SourceClock {
    static final long UNKNOWN = Long.MIN_VALUE;

    /** Events ahead are counted by this much event time: exact enough for a bound, and few buckets. */
    private static final long BUCKET_MILLIS = 60_000;

    /** Whether a source holds the merged watermark back. */
    public enum Status {
        /** It does. */
        ACTIVE,
        /** It does not, until it speaks again; windows stay open to revision for it. */
        IDLE,
        /** All its records were given. */
        CLOSED
    }

    private final String name;
    private final int index;
    private final TreeMap<Long, long[]> ahead = new TreeMap<>();
    private Status status = Status.ACTIVE;
    private long greatest = UNKNOWN;
    private long watermark = UNKNOWN;
    private long spokeAt;
    private long held;

    SourceClock(String name, int index, long wallNow) {
        this.name = name;
        this.index = index;
        this.spokeAt = wallNow;
    }

    /** The source's name; empty for the default source. */
    public String name() {
        return name;
    }

    /** A small number that no other source of the same {@link Watermark} has or had. */
    public int index() {
        return index;
    }

    /** Whether it holds the merged watermark back. */
    public Status status() {
        return status;
    }

    /** Its greatest event time; empty before its first event. */
    public OptionalLong greatest() {
        return optional(greatest);
    }

    /** How far it has come; empty before its first event and word of the host. */
    public OptionalLong watermark() {
        return optional(watermark);
    }

    /** How many of its events lie ahead of the merged watermark by a minute of event time or more. */
    public long held() {
        return held;
    }

    long rawWatermark() {
        return watermark;
    }

    long spokeAt() {
        return spokeAt;
    }

    /** It is awaited from now on, as if it had spoken, whatever it was before. */
    void opened(long wallNow) {
        status = Status.ACTIVE;
        spokeAt = Math.max(spokeAt, wallNow);
    }

    void status(Status now) {
        status = now;
    }

    /** Notes an event; true if it is the greatest so far. */
    boolean observe(long eventTime, long wallNow) {
        spokeAt = Math.max(spokeAt, wallNow);
        if (status != Status.ACTIVE) {
            status = Status.ACTIVE;
        }
        if (eventTime <= greatest) {
            return false;
        }
        greatest = eventTime;
        return true;
    }

    boolean advance(long to) {
        if (to <= watermark) {
            return false;
        }
        watermark = to;
        return true;
    }

    void restore(long greatestTime, long reached, Status was) {
        greatest = Math.max(greatest, greatestTime);
        watermark = Math.max(watermark, reached);
        status = was;
    }

    /** Counts an event that was taken, if it lies ahead. */
    void count(long eventTime, long merged) {
        long bucket = Math.floorDiv(eventTime, BUCKET_MILLIS);
        if (merged == UNKNOWN || bucket > Math.floorDiv(merged, BUCKET_MILLIS)) {
            ahead.computeIfAbsent(bucket, each -> new long[1])[0]++;
            held++;
        }
    }

    /** The merged watermark has come so far: events up to it are ahead no longer. */
    void passed(long merged) {
        if (held == 0) {
            return;
        }
        Map<Long, long[]> behind = ahead.headMap(Math.floorDiv(merged, BUCKET_MILLIS), true);
        for (long[] events : behind.values()) {
            held -= events[0];
        }
        behind.clear();
    }

    private static OptionalLong optional(long millis) {
        return millis == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(millis);
    }
}
