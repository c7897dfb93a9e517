package dev.vaultwatch.store;

/** The heap that all rules' groups may take together, by estimate. Guarded by the owner's lock. */
public final class Budget {
    private final long limit;
    private long used;

    /**
     * An untouched budget.
     *
     * @param limit in bytes
     */
    public Budget(long limit) {
        this.limit = limit;
    }

    /** Takes heap, or gives it back if negative. */
    public void charge(long bytes) {
        used += bytes;
    }

    void take(long bytes) {
        used += bytes;
    }

    void giveBack(long bytes) {
        used -= bytes;
    }

    /** Bytes taken. */
    public long used() {
        return used;
    }

    /** Whether more is taken than may be: closed windows must make room. */
    public boolean isExceeded() {
        return used > limit;
    }

    boolean isSpent() {
        return used >= limit;
    }
}
