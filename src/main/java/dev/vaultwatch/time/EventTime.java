package dev.vaultwatch.time;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Owns time. It knows how far event time has come (the watermark), which window is open, and holds back the events of later
 * windows until the open one is closed.
 *
 * <h2>The model</h2>
 *
 * <pre>
 *            late │        open window         │  held
 *   ──────────────┼─────────────●──────────────┼──────────────▶ event time
 *            window start   watermark      window end
 * </pre>
 *
 * The open window is the earliest that can still change: no event of an earlier one is taken any more, and it closes when the
 * watermark reaches its end. The watermark is
 *
 * <ul>
 *   <li>the greatest event time seen less the slack, so an event may trail the newest by the slack and be in time;
 *   <li>or what {@link #advanceTo} says;
 *   <li>and never moves back.
 * </ul>
 *
 * Where the host owns time, events do not move the watermark, and all are held until it first says how late it is.
 *
 * <p>The owner calls {@link #observe} with an event's time, closes windows as long as {@link #closeDue} says so, and only
 * then asks {@link #place}: the event that ends a window is never in it.
 *
 * <p>Times are milliseconds since the epoch. Not thread-safe; the owner holds a lock.
 *
 * @param <E> what is held back
 */
public final class EventTime<E> {
    private static final long UNKNOWN = Long.MIN_VALUE;

    /** The end of the year 9999, the last that ISO 8601 writes with four digits: "for ever", without overflow at a window's end. */
    private static final long LATEST = 253_402_300_799_999L;

    /** As long ago as {@link #LATEST} is ahead: "not yet", without overflow at a window's start. */
    private static final long EARLIEST = -LATEST;

    /** Where an event stands. */
    public enum Place {
        /** In the open window: the engine may have it at once. */
        OPEN,
        /** In a later window: held back until the ones before it are closed. */
        HELD,
        /** In a window that is closed. */
        LATE
    }

    private final Windows windows;
    private final long slackMillis;
    private final boolean hostOwnsTime;
    private final TreeMap<Long, List<E>> held = new TreeMap<>();

    private long heldCount;
    private long greatest = UNKNOWN;
    private long watermark = UNKNOWN;
    private long openWindow = UNKNOWN;
    private long openEnd = UNKNOWN;

    /**
     * Starts without a notion of time.
     *
     * @param slack how far events may trail the newest one and still be in time; 0 or more
     * @param hostOwnsTime whether only {@link #advanceTo} moves the watermark
     */
    public EventTime(Windows windows, Duration slack, boolean hostOwnsTime) {
        this.windows = windows;
        this.slackMillis = slack.toMillis();
        this.hostOwnsTime = hostOwnsTime;
    }

    /** Takes note of an event's time, which may move the watermark. */
    public void observe(long eventTime) {
        if (eventTime > greatest) {
            greatest = eventTime;
            if (!hostOwnsTime) {
                advanceTo(eventTime - slackMillis);
            }
        }
    }

    /** Moves the watermark to the given event time, unless it has come further already. */
    public void advanceTo(long time) {
        long reached = Math.max(EARLIEST, Math.min(time, LATEST));
        if (reached > watermark) {
            watermark = reached;
            if (openWindow == UNKNOWN) {
                openNext();
            }
        }
    }

    /**
     * The source has been silent for so long: event time is taken to have gone on at the wall clock's pace since the newest
     * event. It is not set <em>to</em> the wall clock, because records come minutes after what they record, and those that
     * are on their way would all be late. Changes nothing before the first event or where the host owns time.
     */
    public void silentFor(long millis) {
        if (greatest != UNKNOWN && !hostOwnsTime) {
            advanceTo(greatest + millis - slackMillis);
        }
    }

    /** Whether the open window has ended and waits to be closed. */
    public boolean closeDue() {
        return openWindow != UNKNOWN && watermark >= openEnd;
    }

    /** The start of the open window; empty while there is no notion of time yet. */
    public OptionalLong openWindow() {
        return openWindow == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(openWindow);
    }

    /**
     * Leaves the open window, which the owner has closed, and opens the next one that matters: the earliest that holds events,
     * or else the one that the watermark stands in.
     *
     * @return the events held for the window that is now open, in order of arrival
     * @throws IllegalStateException if no close is due
     */
    public List<E> close() {
        if (!closeDue()) {
            throw new IllegalStateException("The open window has not ended.");
        }
        openNext();
        return takeHeld();
    }

    private void openNext() {
        long next = windows.startOf(watermark);
        if (!held.isEmpty() && held.firstKey() < next) {
            next = held.firstKey();
        }
        openWindow = next;
        openEnd = windows.endOf(next);
    }

    /** The events held for the open window, in order of arrival; they are held no longer. */
    public List<E> takeHeld() {
        if (held.isEmpty() || held.firstKey() != openWindow) {
            return List.of();
        }
        List<E> released = held.pollFirstEntry().getValue();
        heldCount -= released.size();
        return released;
    }

    /** Where an event of that time stands. */
    public Place place(long eventTime) {
        if (openWindow == UNKNOWN || eventTime >= openEnd) {
            return Place.HELD;
        }
        return eventTime >= openWindow ? Place.OPEN : Place.LATE;
    }

    /** Holds an event back whose place is {@link Place#HELD}. */
    public void hold(long eventTime, E event) {
        held.computeIfAbsent(windows.startOf(eventTime), start -> new ArrayList<>())
                .add(event);
        heldCount++;
    }

    /** The start of the first window that has events held back; empty if there are none. */
    public OptionalLong oldestHeld() {
        return held.isEmpty() ? OptionalLong.empty() : OptionalLong.of(held.firstKey());
    }

    /** How many events are held back. */
    public long heldCount() {
        return heldCount;
    }

    /** How far event time has come; empty before the first event or word of the host. */
    public OptionalLong watermark() {
        return watermark == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(watermark);
    }
}
