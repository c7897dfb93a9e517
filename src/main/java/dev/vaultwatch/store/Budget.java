package dev.vaultwatch.store;

import org.jspecify.annotations.Nullable;

/**
 * The heap that kept events and what is known of them may take together, by estimate: the {@link EventStore} charges each event
 * once, and rules what they hold beside it. Guarded by the owner's lock.
 */
public final class Budget {
    private final long limit;
    private final long usedAtFirst;
    private long used;

    /** The one that this has become a part of. */
    private @Nullable Budget whole;

    /**
     * An untouched budget.
     *
     * @param limit in bytes
     */
    public Budget(long limit) {
        this(limit, 0);
    }

    private Budget(long limit, long usedAtFirst) {
        this.limit = limit;
        this.usedAtFirst = usedAtFirst;
        this.used = usedAtFirst;
    }

    /**
     * A budget for what is made ready beside what is charged here, without the owner's lock: it begins where this one stands, and
     * counts for itself until it {@linkplain #join joins}.
     */
    public Budget beside() {
        return new Budget(limit, used());
    }

    /** What was taken from the other since it was made is taken from this one, and so is what is taken from it from now on. */
    public void join(Budget beside) {
        charge(beside.used - beside.usedAtFirst);
        beside.whole = this;
    }

    /** Takes heap, or gives it back if negative. */
    public void charge(long bytes) {
        if (whole == null) {
            used += bytes;
        } else {
            whole.charge(bytes);
        }
    }

    /** Bytes taken. */
    public long used() {
        return whole == null ? used : whole.used();
    }

    /** Bytes that may be taken. */
    public long limit() {
        return limit;
    }

    /** Whether more is taken than may be: room must be made. */
    public boolean isExceeded() {
        return used() > limit;
    }

    boolean isSpent() {
        return used() >= limit;
    }
}
