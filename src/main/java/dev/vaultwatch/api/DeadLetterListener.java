package dev.vaultwatch.api;

/**
 * Receives the records that could not be read. Called on the thread that gave the record, outside any lock, possibly by
 * several threads at once. What it throws is caught, counted and logged.
 */
@FunctionalInterface
public interface DeadLetterListener {
    /**
     * A record could not be read.
     *
     * @param letter may be kept; it holds the record itself
     */
    void onDeadLetter(DeadLetter letter);
}
