package dev.vaultwatch.log;

import java.time.Duration;

/**
 * When entries are forced to the disk. A process that is killed loses nothing under any policy: the system has what was
 * appended. It is the power, or the system, that fails.
 */
public final class FsyncPolicy {
    /** At each {@link SegmentLog#commit}: a power loss takes no batch that was committed. One disk flush a batch. */
    public static final FsyncPolicy EACH_BATCH = new FsyncPolicy("each batch", 0);

    /**
     * Never: a power loss takes what the system had not written by itself, on Linux some 30 seconds; and since it writes in
     * any order, it may leave damage in the middle, too.
     */
    public static final FsyncPolicy NEVER = new FsyncPolicy("never", Long.MAX_VALUE);

    private final String text;
    final long nanos;

    private FsyncPolicy(String text, long nanos) {
        this.text = text;
        this.nanos = nanos;
    }

    /**
     * At a commit, if the last force is that long ago: a power loss takes the batches of about one interval, and more only
     * if no commit follows them. The log has no thread: an owner who falls silent goes on committing.
     *
     * @param atMost longer than 0
     */
    public static FsyncPolicy interval(Duration atMost) {
        if (atMost.isZero() || atMost.isNegative()) {
            throw new IllegalArgumentException("An interval is longer than 0, not " + atMost + ".");
        }
        return new FsyncPolicy("every " + atMost, atMost.toNanos());
    }

    boolean everForces() {
        return this != NEVER;
    }

    @Override
    public String toString() {
        return text;
    }
}
