package dev.vaultwatch.decode.envelope;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Rows as a stream of JSON lines, then what stands behind them. Not thread-safe. */
final class RowsStream extends InputStream {

    /** Stands for what can't be read to its end: a decoder says of it that it breaks off. */
    private static final byte[] BROKEN = "{\"rows\":[".getBytes(StandardCharsets.UTF_8);

    /** Takes over behind the rows. */
    interface Rest {
        InputStream of(InputStream rest) throws IOException;
    }

    private final Rows rows;
    private final Rest behind;
    private final Closeable source;

    private byte[] line = new byte[0];

    /** In the line, or on the line's end behind it, or behind that. */
    private int at = 1;

    private @Nullable InputStream rest;

    /**
     * Makes a stream.
     *
     * @param behind makes text of what stands behind the rows
     * @param source is closed with the stream
     */
    RowsStream(Rows rows, Rest behind, Closeable source) {
        this.rows = rows;
        this.behind = behind;
        this.source = source;
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
        if (rest == null && at > line.length) {
            nextLine();
        }
        if (rest != null && at > line.length) {
            return rest.read(into, offset, length);
        }
        int count = Math.min(length, line.length - at);
        System.arraycopy(line, at, into, offset, count);
        at += count;
        if (at == line.length && count < length) {
            into[offset + count++] = '\n';
            at++;
        }
        return count;
    }

    private void nextLine() throws IOException {
        byte @Nullable [] next;
        try {
            next = rows.next();
            if (next == null) {
                rest = behind.of(rows.rest());
                return;
            }
        } catch (JsonProcessingException damaged) {
            next = BROKEN;
            rest = behind.of(behindDamage(rows.rest()));
        }
        line = next;
        at = 0;
    }

    /**
     * What follows the damage from where a document may begin: at the start of a line, where no line of an indented one has a bracket
     * that opens.
     */
    private static InputStream behindDamage(InputStream damaged) throws IOException {
        PushbackInputStream from = new PushbackInputStream(damaged);
        boolean lineStart = false;
        for (int c = from.read(); c >= 0; c = from.read()) {
            if (lineStart && (c == '{' || c == '[')) {
                from.unread(c);
                return from;
            }
            lineStart = c == '\n';
        }
        return InputStream.nullInputStream();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
