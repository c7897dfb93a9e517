package dev.vaultwatch.kafka;

import dev.vaultwatch.api.DetectionPlugin;
import java.util.Map;

/** Where the counters of a host's plugins go. Thread-safe. */
interface Metrics extends AutoCloseable {

    /**
     * Shows a plugin's counters.
     *
     * @param tags tell the plugins of one host apart
     * @return ends it; run once
     */
    Runnable show(DetectionPlugin plugin, Map<String, String> tags);

    /** Counts something of the host's own by one at each run; a name that is there already is counted on. */
    default Runnable counter(String name, String meaning) {
        return () -> {};
    }

    @Override
    default void close() {
        // Nothing is held.
    }

    /** Nowhere. */
    static Metrics off() {
        return (plugin, tags) -> () -> {};
    }
}
