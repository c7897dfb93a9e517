package dev.vaultwatch.time;

import java.time.Duration;

/**
 * Tumbling windows aligned to the epoch: window <i>n</i> is {@code [n·length, (n+1)·length)}, so a boundary belongs to the
 * window that begins there. Times are milliseconds since the epoch; windows are named by their start.
 */
public record Windows(long lengthMillis) {

    public Windows {
        if (lengthMillis <= 0) {
            throw new IllegalArgumentException(
                    "A window's length must be positive; it was given " + lengthMillis + " ms.");
        }
    }

    public static Windows of(Duration length) {
        return new Windows(length.toMillis());
    }

    /** The start of the window that holds the time; floor division, so times before 1970 are right too. */
    public long startOf(long time) {
        return Math.floorDiv(time, lengthMillis) * lengthMillis;
    }

    /** The first instant after the window. */
    public long endOf(long start) {
        return start + lengthMillis;
    }
}
