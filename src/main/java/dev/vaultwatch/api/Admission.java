package dev.vaultwatch.api;

/**
 * The answer to {@code accept}: what became of the records in it. Every record that was read is counted once, so
 * {@code kept + ignored + late + bad} is their number.
 *
 * @param status whether the plugin took the call
 * @param kept records that a rule wants and that reached their window
 * @param ignored well-formed records that no rule wants
 * @param late records a rule wants whose window can't change any more; they went to the {@link LateEventListener}
 * @param bad records that could not be read; they went to the {@link DeadLetterListener}
 */
public record Admission(Status status, int kept, int ignored, int late, int bad) {

    /** Whether the plugin took the call. */
    public enum Status {
        /** Taken: the counts say what became of each record. */
        TAKEN,
        /** Not taken: this position was taken before. */
        REPEATED,
        /**
         * Not taken: a bound is reached that counting is no way out of, or the journal can't be written. Nothing of the call was
         * kept; send it again after a while. Windows close in the meantime by the idle ticker or {@code advanceTo}.
         */
        OVERLOADED
    }

    /** The number of records read. */
    public int records() {
        return kept + ignored + late + bad;
    }
}
