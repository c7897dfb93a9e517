package dev.vaultwatch.api;

/**
 * The places in a source that one call covers: a record's own offset, or the first and last offset of a block of records.
 * Offsets count up within a source; gaps are fine.
 *
 * @param first the offset of the first record
 * @param last the offset of the last record; not below {@code first}
 */
public record OffsetRange(long first, long last) {
    /** Refuses a range that ends before it begins. */
    public OffsetRange {
        if (last < first) {
            throw new IllegalArgumentException(
                    "An offset range must not end before it begins; it was given " + first + " to " + last + ".");
        }
    }

    /** The range of one record. */
    public static OffsetRange at(long offset) {
        return new OffsetRange(offset, offset);
    }
}
