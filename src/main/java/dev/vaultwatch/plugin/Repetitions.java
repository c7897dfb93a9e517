package dev.vaultwatch.plugin;

import dev.vaultwatch.decode.ContentIdentity;
import dev.vaultwatch.event.KeyVaultEvent;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;

/**
 * The events that were taken within the allowed lateness, for inputs that bring a record twice: two diagnostic settings,
 * overlapping exports. Guarded by the plugin's lock.
 */
final class Repetitions {
    private static final long BUCKET_MILLIS = 60_000;

    private final Set<ContentIdentity> seen = new HashSet<>();
    private final TreeMap<Long, Set<ContentIdentity>> byTime = new TreeMap<>();

    /** Notes an event; false if its like was taken before. */
    boolean add(KeyVaultEvent event) {
        ContentIdentity identity = ContentIdentity.of(event);
        if (!seen.add(identity)) {
            return false;
        }
        byTime.computeIfAbsent(Math.floorDiv(event.time(), BUCKET_MILLIS), bucket -> new HashSet<>())
                .add(identity);
        return true;
    }

    /** Takes back what was noted of an event that was not taken after all. */
    void remove(KeyVaultEvent event) {
        ContentIdentity identity = ContentIdentity.of(event);
        seen.remove(identity);
        Set<ContentIdentity> bucket = byTime.get(Math.floorDiv(event.time(), BUCKET_MILLIS));
        if (bucket != null) {
            bucket.remove(identity);
        }
    }

    /** Forgets all events. */
    void clear() {
        seen.clear();
        byTime.clear();
    }

    /** Forgets events before the given time: their like would be late for good. */
    void forgetBefore(long eventTime) {
        while (!byTime.isEmpty() && (byTime.firstKey() + 1) * BUCKET_MILLIS <= eventTime) {
            seen.removeAll(byTime.pollFirstEntry().getValue());
        }
    }
}
