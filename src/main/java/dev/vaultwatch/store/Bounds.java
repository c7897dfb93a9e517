package dev.vaultwatch.store;

/**
 * How much a rule's groups keep in full. Beyond it a rule that is {@code countable} loses evidence and no total; an alert of any
 * other rule says "at least".
 *
 * @param keysPerWindow keys of a window kept in full, per rule
 * @param eventsPerWindow events of a window kept in full, per rule
 * @param eventsPerKey events of one key in a window kept in full; at least as many as the rule's threshold are kept
 * @param countedKeysPerWindow keys of a window that are counted beyond those kept in full, whatever heap they take; more are
 *     counted while there is heap left
 * @param bytes all events kept, by estimate
 */
public record Bounds(int keysPerWindow, int eventsPerWindow, int eventsPerKey, int countedKeysPerWindow, long bytes) {

    /**
     * The most keys of a window that are in the engine at once, at some 2 kB each and 150 bytes an event (Esper 9.0.0).
     */
    int suspectsPerWindow() {
        return Math.max(1, keysPerWindow / 4);
    }
}
