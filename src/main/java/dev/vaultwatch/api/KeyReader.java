package dev.vaultwatch.api;

import java.util.List;

/** Tells hosts that repartition which grouping keys a payload's records have. Thread-safe. */
@FunctionalInterface
public interface KeyReader {

    /**
     * The records of a payload, envelopes split, in order.
     *
     * @param payload as for {@link DetectionPlugin#accept(byte[])}; not kept
     */
    List<KeyedRecord> read(byte[] payload);
}
