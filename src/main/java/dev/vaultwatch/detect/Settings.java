package dev.vaultwatch.detect;

import dev.vaultwatch.store.Bounds;
import java.time.Duration;

/**
 * What a site decides of detection.
 *
 * @param slack how far an event may trail the newest of its source and be in time
 * @param hostOwnsTime whether only the host moves watermarks
 * @param idleTimeout silence after which a source is idle; zero for never
 * @param idleRetention for how much event time windows stay open to revision for a source that is idle
 * @param lateness how long after its end a window can still change
 * @param bounds how much is kept
 * @param ruleTime how much time a rule may spend within a second of event time
 * @param keepAll whether events that no rule wants now are kept for rules to come
 * @param byDirectory whether one user name in several directories is several people
 * @param seed keeps outsiders from making keys that look alike
 */
public record Settings(
        Duration slack,
        boolean hostOwnsTime,
        Duration idleTimeout,
        Duration idleRetention,
        Duration lateness,
        Bounds bounds,
        Duration ruleTime,
        boolean keepAll,
        boolean byDirectory,
        long seed) {}
