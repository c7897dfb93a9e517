package dev.vaultwatch.time;

import dev.vaultwatch.time.SourceClock.Status;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How far event time has come over all sources: per-source watermarks merged by their minimum, as stream processors do
 * (Akidau et al., "The Dataflow Model", 2015; Flink's watermark alignment per split).
 *
 * <pre>
 *   source A ├──────────────────●        watermark of A = its greatest event time − slack
 *   source B ├─────────●                 holds the merged watermark back
 *   source C ├───●  idle                 does not; but windows stay open to revision for it
 *                      ▲
 *                      merged = least over the active sources; never moves back
 * </pre>
 *
 * While no source is active the merged watermark advances with processing time, from the greatest event time seen: it is not
 * set <em>to</em> the wall clock, because records come minutes after what they record.
 *
 * <p>Times are milliseconds since the epoch; wall-clock times are handed in. Not thread-safe; the owner holds a lock.
 */
public final class Watermark {
    private static final long UNKNOWN = SourceClock.UNKNOWN;

    /** The end of the year 9999, the last that ISO 8601 writes with four digits; no window ends beyond what a long holds. */
    private static final long LATEST = 253_402_300_799_999L;

    private static final long EARLIEST = -LATEST;

    /** By less the times differ that several threads read before their turns; by more clocks differ that are set. */
    private static final long SET_BACK_MILLIS = 5_000;

    private final long slackMillis;
    private final boolean hostOwnsTime;
    private final long idleRetentionMillis;
    private final Map<String, SourceClock> sources = new LinkedHashMap<>();

    private int opened;
    private long merged = UNKNOWN;

    /** The greatest event time of any source, revoked ones excepted. */
    private long greatest = UNKNOWN;

    /** The latest that the wall clock has shown since it was set back, and by how much it was in all. */
    private long lastWall = Long.MIN_VALUE / 2;

    private long setBack;

    /**
     * Starts without a notion of time.
     *
     * @param slack how far an event may trail the newest of its source and still be in time; 0 or more
     * @param hostOwnsTime whether only the host's word moves watermarks
     * @param idleRetention for how much event time windows stay open to revision for a source that is idle; 0 or more
     */
    public Watermark(Duration slack, boolean hostOwnsTime, Duration idleRetention) {
        this.slackMillis = slack.toMillis();
        this.hostOwnsTime = hostOwnsTime;
        this.idleRetentionMillis = idleRetention.toMillis();
    }

    /** A time that only moves on: silence lasts as long as it lasts, though the wall clock is set back meanwhile. */
    private long steady(long wallNow) {
        if (wallNow < lastWall - SET_BACK_MILLIS) {
            setBack += lastWall - wallNow;
            lastWall = wallNow;
        }
        lastWall = Math.max(lastWall, wallNow);
        return lastWall + setBack;
    }

    /** Opens a source, or gives the one of that name; it is active from now on. */
    public SourceClock open(String name, long wallNow) {
        long now = steady(wallNow);
        SourceClock source = sources.computeIfAbsent(name, each -> new SourceClock(each, opened++, now));
        source.opened(now);
        return source;
    }

    /** The sources that are not revoked, in the order of their opening; a view. */
    public Collection<SourceClock> sources() {
        return Collections.unmodifiableCollection(sources.values());
    }

    /** Notes an event of a source, which may move the watermarks. */
    public void observe(SourceClock source, long eventTime, long wallNow) {
        if (source.observe(eventTime, steady(wallNow))) {
            greatest = Math.max(greatest, eventTime);
            if (!hostOwnsTime) {
                advance(source, eventTime - slackMillis);
            }
        }
    }

    /** Counts an event of a source that was taken and waits for its window, if it does. */
    public void count(SourceClock source, long eventTime) {
        source.count(eventTime, merged);
    }

    /** Moves a source's watermark up to the given time, unless it has come further already. */
    public void advance(SourceClock source, long to) {
        boolean wasHolder = source.rawWatermark() <= merged || merged == UNKNOWN;
        if (source.advance(clamp(to)) && wasHolder) {
            merge();
        }
    }

    /** Moves the merged watermark, and every source's, up to the given time. */
    public void advanceAll(long to) {
        long reached = clamp(to);
        for (SourceClock source : sources.values()) {
            source.advance(reached);
        }
        reach(reached);
    }

    /** The source holds nothing back until it speaks again. */
    public void idle(SourceClock source) {
        if (source.status() == Status.ACTIVE) {
            source.status(Status.IDLE);
            merge();
        }
    }

    /** All records of the source were given. */
    public void close(SourceClock source) {
        source.status(Status.CLOSED);
        merge();
    }

    /** Forgets the source. */
    public void revoke(SourceClock source) {
        sources.remove(source.name());
        merge();
    }

    /**
     * Looks which sources have been silent too long, and lets the merged watermark advance with processing time while none is
     * active. Does nothing where the host owns time.
     *
     * @param idleTimeout silence that makes a source idle; where it is 0 nobody is to call this
     */
    public void tick(long wallNow, Duration idleTimeout) {
        if (hostOwnsTime) {
            return;
        }
        long now = steady(wallNow);
        long lastSpoke = Long.MIN_VALUE;
        boolean active = false;
        for (SourceClock source : sources.values()) {
            lastSpoke = Math.max(lastSpoke, source.spokeAt());
            if (source.status() == Status.ACTIVE) {
                if (now - source.spokeAt() >= idleTimeout.toMillis()) {
                    source.status(Status.IDLE);
                } else {
                    active = true;
                }
            }
        }
        if (active) {
            merge();
        } else if (greatest != UNKNOWN && now - lastSpoke >= idleTimeout.toMillis()) {
            reach(clamp(greatest + (now - lastSpoke) - slackMillis));
        }
    }

    private void merge() {
        long least = Long.MAX_VALUE;
        long most = UNKNOWN;
        for (SourceClock source : sources.values()) {
            most = Math.max(most, source.rawWatermark());
            if (source.status() == Status.ACTIVE) {
                least = Math.min(least, source.rawWatermark());
            }
        }
        reach(least == Long.MAX_VALUE ? most : least);
    }

    private void reach(long to) {
        if (to > merged) {
            merged = to;
            for (SourceClock source : sources.values()) {
                source.passed(merged);
            }
        }
    }

    /** How far event time has come over all sources; empty before the first event or word of the host. */
    public OptionalLong merged() {
        return merged == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(merged);
    }

    /** The greatest event time of any source; empty before the first event. */
    public OptionalLong greatest() {
        return greatest == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(greatest);
    }

    /**
     * The event time before which no source is expected to bring anything: the merged watermark, or that of an idle source
     * that lies behind it by no more than the idle retention. Empty before event time is known.
     */
    public OptionalLong settled() {
        if (merged == UNKNOWN) {
            return OptionalLong.empty();
        }
        long settled = merged;
        for (SourceClock source : sources.values()) {
            // One that is idle and has brought nothing yet may bring what is as old as what any other idle one has
            // left.
            boolean mayComeLate = source.rawWatermark() != UNKNOWN || source.status() == Status.IDLE;
            if (source.status() != Status.CLOSED && mayComeLate) {
                settled = Math.min(settled, Math.max(source.rawWatermark(), merged - idleRetentionMillis));
            }
        }
        return OptionalLong.of(settled);
    }

    /** Whether the source is the one, or one of those, that the merged watermark waits for. */
    public boolean holdsBack(SourceClock source) {
        return source.rawWatermark() == UNKNOWN || source.rawWatermark() <= merged;
    }

    /** An active source that the merged watermark waits for; empty if it waits for none. */
    public Optional<SourceClock> holder() {
        return sources.values().stream()
                .filter(source -> source.status() == Status.ACTIVE && holdsBack(source))
                .findFirst();
    }

    /** How many sources hold the merged watermark back or may again. */
    public int open() {
        int open = 0;
        for (SourceClock source : sources.values()) {
            if (source.status() != Status.CLOSED) {
                open++;
            }
        }
        return open;
    }

    /** How many events lie ahead of the merged watermark, over all sources. */
    public long held() {
        long held = 0;
        for (SourceClock source : sources.values()) {
            held += source.held();
        }
        return held;
    }

    /** Takes over what an earlier run knew of a source. */
    public SourceClock restore(
            String name, OptionalLong greatestTime, OptionalLong reached, Status status, long wallNow) {
        SourceClock source = open(name, wallNow);
        source.restore(greatestTime.orElse(UNKNOWN), reached.orElse(UNKNOWN), status);
        greatest = Math.max(greatest, greatestTime.orElse(UNKNOWN));
        return source;
    }

    /** Takes over how far an earlier run had come. */
    public void restoreMerged(long reached) {
        reach(clamp(reached));
    }

    /** All has been taken over: the merged watermark is what the sources make it, wherever it was restored to. */
    public void restored() {
        merge();
    }

    private static long clamp(long time) {
        return Math.max(EARLIEST, Math.min(time, LATEST));
    }
}
