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

    /**
     * The same, and tells what in the payload could not be read: a host that splits an envelope feeds its records alone, so that a
     * damaged one beside them is never fed and would be lost in silence.
     *
     * <p>An implementation that does not tell need not override this; Vaultwatch's does.
     *
     * @param letters called on this thread, once for each record that can't be read; what it throws is thrown
     */
    default List<KeyedRecord> read(byte[] payload, DeadLetterListener letters) {
        return read(payload);
    }
}
