package dev.vaultwatch.api;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** One record of a payload, with what a host needs to route it. Immutable. */
public final class KeyedRecord {
    private final byte[] json;
    private final Optional<Instant> eventTime;
    private final Map<String, Map<String, String>> keys;

    private KeyedRecord(byte[] json, Optional<Instant> eventTime, Map<String, Map<String, String>> keys) {
        this.json = json.clone();
        this.eventTime = eventTime;
        this.keys = Map.copyOf(keys);
    }

    /** A record; the array and the map are copied. */
    public static KeyedRecord of(byte[] json, Optional<Instant> eventTime, Map<String, Map<String, String>> keys) {
        return new KeyedRecord(json, eventTime, keys);
    }

    /** The record alone, as UTF-8 JSON that {@code accept} takes; a copy. */
    public byte[] json() {
        return json.clone();
    }

    /** Its event time; empty if it has none that can be read. */
    public Optional<Instant> eventTime() {
        return eventTime;
    }

    /** Per rule id that may use it, the grouping key: property names, sorted, and values. Empty if no rule can. */
    public Map<String, Map<String, String>> keys() {
        return keys;
    }
}
