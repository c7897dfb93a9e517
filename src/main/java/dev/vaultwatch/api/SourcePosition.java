package dev.vaultwatch.api;

import java.util.Objects;

/**
 * A place in a source that can be read again: a partition and its offset, a file and its line.
 *
 * @param source a name that is the same after a restart
 * @param offset counts up within the source; gaps are fine
 */
public record SourcePosition(String source, long offset) {
    /** Refuses {@code null}. */
    public SourcePosition {
        Objects.requireNonNull(source, "source");
    }
}
