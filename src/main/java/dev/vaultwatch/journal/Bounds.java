package dev.vaultwatch.journal;

/**
 * How much the journal keeps in full. Beyond it nothing is lost from the totals; evidence is, and the alert says so.
 *
 * @param keysPerWindow users of a window kept in full
 * @param eventsPerWindow events of a window kept in full
 * @param eventsPerKey events of one user in a window kept in full
 * @param countedKeysPerWindow users of a window that are counted beyond those kept in full; at this bound the plugin is
 *     overloaded
 * @param bytes all events kept, by estimate
 */
public record Bounds(int keysPerWindow, int eventsPerWindow, int eventsPerKey, int countedKeysPerWindow, long bytes) {

    /**
     * The most users of a window with enough events for a rule, each of whom the engine holds, at some 2 kB and 150 bytes an
     * event (Esper 9.0.0); at this bound the plugin is overloaded.
     */
    int suspectsPerWindow() {
        return Math.max(1, keysPerWindow / 4);
    }
}
