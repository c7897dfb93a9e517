package dev.vaultwatch.journal;

/**
 * How much the journal keeps in full. Beyond it nothing is lost from the totals; evidence is, and the alert says so.
 *
 * @param keysPerWindow users of a window kept in full; and users with enough events for a rule, at which bound the plugin is
 *     overloaded
 * @param eventsPerWindow events of a window kept in full
 * @param eventsPerKey events of one user in a window kept in full
 * @param countedKeysPerWindow users of a window that are counted beyond those kept in full; at this bound the plugin is
 *     overloaded
 * @param bytes all events kept, by estimate
 */
public record Bounds(int keysPerWindow, int eventsPerWindow, int eventsPerKey, int countedKeysPerWindow, long bytes) {}
