package dev.vaultwatch.api;

import java.io.IOException;
import java.io.OutputStream;

/**
 * State of a plugin as it was at one moment; see {@link DetectionPlugin#snapshots}. It refers to the events and is not a copy of
 * them, so making one is cheap, and it holds their memory for as long as it is kept. Immutable: any thread may write it, at any
 * time, and more than once.
 */
@FunctionalInterface
public interface Snapshot {

    /**
     * Writes it, as {@link DetectionPlugin#restore} reads it. The stream is not closed.
     *
     * @throws IOException if the stream fails
     */
    void writeTo(OutputStream to) throws IOException;
}
