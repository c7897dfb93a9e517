package dev.vaultwatch.cli;

import dev.vaultwatch.decode.RecordReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** The chunks of one input, in the order in which the plugin is to have them. Not thread-safe. */
interface Feed extends Closeable {

    /**
     * Moves to the next chunk; the last one's bytes are then no longer valid.
     *
     * @return whether there is one
     * @throws IOException if the input can't be read further
     */
    boolean next() throws IOException;

    /** Holds the chunk, among other bytes. */
    byte[] buffer();

    /** Where the chunk starts in {@link #buffer}. */
    int offset();

    /** How many bytes the chunk has. */
    int length();

    /** The chunk's place: greater than that of the one before, and the same in every run over the same input. */
    long position();

    /** How many bytes of the input were read, as they lie there. */
    long bytesRead();

    /**
     * An input as it is.
     *
     * @param oneByOne whether each chunk is one line, value or element, so that its place can be found again
     */
    static Feed of(Path file, InputStream standardInput, boolean oneByOne) throws IOException {
        Input input = Input.open(file, standardInput);
        RecordReader records = oneByOne
                ? RecordReader.oneByOne(input.stream(), Replay.MAX_RECORD_BYTES)
                : new RecordReader(input.stream(), Replay.MAX_RECORD_BYTES);
        return new Feed() {
            @Override
            public boolean next() throws IOException {
                return records.next();
            }

            @Override
            public byte[] buffer() {
                return records.buffer();
            }

            @Override
            public int offset() {
                return records.offset();
            }

            @Override
            public int length() {
                return records.length();
            }

            @Override
            public long position() {
                return records.position();
            }

            @Override
            public long bytesRead() {
                return input.bytesRead();
            }

            @Override
            public void close() throws IOException {
                records.close();
            }
        };
    }
}
