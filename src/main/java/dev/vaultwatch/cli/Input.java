package dev.vaultwatch.cli;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One input: a file or standard input, unpacked on the way if its first two bytes are those of gzip.
 *
 * <p>Nothing here waits for more bytes than there are, beyond those two: what comes down a pipe is handed on as it comes.
 */
final class Input implements Closeable {
    private static final Path STANDARD_INPUT = Path.of("-");
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int GZIP_FIRST = 0x1f;
    private static final int GZIP_SECOND = 0x8b;

    private final Counted raw;
    private final InputStream unpacked;

    private Input(Counted raw, InputStream unpacked) {
        this.raw = raw;
        this.unpacked = unpacked;
    }

    /** Whether it is standard input, written as a dash. */
    static boolean isStandardInput(Path path) {
        return path.equals(STANDARD_INPUT);
    }

    /** Whether bytes may come as they are produced: from standard input or a named pipe. */
    static boolean isLive(Path path) {
        return isStandardInput(path) || (Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path));
    }

    /** What a person calls it. */
    static String nameOf(Path path) {
        return isStandardInput(path) ? "standard input" : path.toString();
    }

    /**
     * Opens an input.
     *
     * @throws IOException if it can't be read; {@link Problem} puts that in words
     */
    static Input open(Path path, InputStream standardInput) throws IOException {
        InputStream source = isStandardInput(path) ? standardInput : openFile(path);
        try {
            BufferedInputStream buffered = new BufferedInputStream(source, BUFFER_BYTES);
            boolean gzip = isGzip(buffered);
            Counted counted = new Counted(buffered);
            return new Input(counted, gzip ? new GzipMembers(counted, BUFFER_BYTES) : counted);
        } catch (IOException e) {
            source.close();
            throw e;
        }
    }

    private static InputStream openFile(Path path) throws IOException {
        // The messages that the stream itself would give differ by system.
        if (!Files.exists(path)) {
            throw new IOException("there is no such file");
        }
        if (Files.isDirectory(path)) {
            throw new IOException("it is a directory");
        }
        if (!Files.isReadable(path)) {
            throw new IOException("permission is denied");
        }
        return new FileInputStream(path.toFile());
    }

    private static boolean isGzip(BufferedInputStream source) throws IOException {
        source.mark(2);
        boolean gzip = source.read() == GZIP_FIRST && source.read() == GZIP_SECOND;
        source.reset();
        return gzip;
    }

    /** Whether a file that begins so is unpacked. */
    static boolean isGzip(byte[] beginning) {
        return beginning.length > 1 && (beginning[0] & 0xff) == GZIP_FIRST && (beginning[1] & 0xff) == GZIP_SECOND;
    }

    /** The bytes, unpacked. */
    InputStream stream() {
        return unpacked;
    }

    /** How many bytes of the input were read, as they lie there. */
    long bytesRead() {
        return raw.count;
    }

    @Override
    public void close() throws IOException {
        unpacked.close();
    }

    /** Counts bytes, for progress. */
    private static final class Counted extends FilterInputStream {
        private long count;

        Counted(InputStream source) {
            super(source);
        }

        @Override
        public int read() throws IOException {
            int next = super.read();
            count += next < 0 ? 0 : 1;
            return next;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            count += Math.max(0, read);
            return read;
        }
    }
}
