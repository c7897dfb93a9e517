package dev.vaultwatch.decode.envelope;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;

/** Encodings other than UTF-8, and what is no encoding at all. */
public final class Encodings {
    private Encodings() {}

    /**
     * Which UTF-16 these bytes are in, by their byte order mark, or by the zero beside the first sign of JSON or CSV; empty for
     * anything else.
     */
    public static Optional<Charset> utf16(byte[] bytes, int from, int to) {
        if (to - from < 2) {
            return Optional.empty();
        }
        int first = bytes[from] & 0xff;
        int second = bytes[from + 1] & 0xff;
        if (first == 0xff && second == 0xfe) {
            return Optional.of(StandardCharsets.UTF_16LE);
        }
        if (first == 0xfe && second == 0xff) {
            return Optional.of(StandardCharsets.UTF_16BE);
        }
        // The second sign is ASCII too: of binary data that begins like this, little goes on so.
        if (to - from < 4) {
            return Optional.empty();
        }
        if (isSign(first) && second == 0 && isSign(bytes[from + 2]) && bytes[from + 3] == 0) {
            return Optional.of(StandardCharsets.UTF_16LE);
        }
        if (first == 0 && isSign(second) && bytes[from + 2] == 0 && isSign(bytes[from + 3])) {
            return Optional.of(StandardCharsets.UTF_16BE);
        }
        return Optional.empty();
    }

    private static boolean isSign(int b) {
        return (b >= ' ' && b < 0x7f) || b == '\n' || b == '\r' || b == '\t';
    }

    /** The bytes in UTF-8, without the byte order mark; what is no character becomes U+FFFD. */
    public static byte[] toUtf8(byte[] bytes, int from, int to, Charset charset) {
        String text = new String(bytes, from, to - from, charset);
        return (text.startsWith("\uFEFF") ? text.substring(1) : text).getBytes(StandardCharsets.UTF_8);
    }

    /** A stream's text in UTF-8; closing it closes the stream. */
    static InputStream toUtf8(InputStream in, Charset charset) {
        return new Transcoded(new InputStreamReader(in, charset));
    }

    private static final class Transcoded extends InputStream {
        private final Reader reader;
        private final char[] chars = new char[8192];

        private ByteBuffer bytes = ByteBuffer.allocate(0);
        private boolean ended;

        Transcoded(Reader reader) {
            this.reader = reader;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, into.length);
            if (length == 0) {
                return 0;
            }
            while (!bytes.hasRemaining()) {
                if (ended) {
                    return -1;
                }
                fill();
            }
            int count = Math.min(length, bytes.remaining());
            bytes.get(into, offset, count);
            return count;
        }

        /** No read ends between the halves of a pair: Java's decoder waits until there is room for both. */
        private void fill() throws IOException {
            int count = reader.read(chars, 0, chars.length);
            ended = count < 0;
            bytes = StandardCharsets.UTF_8.encode(CharBuffer.wrap(chars, 0, Math.max(0, count)));
        }

        @Override
        public void close() throws IOException {
            reader.close();
        }
    }
}
