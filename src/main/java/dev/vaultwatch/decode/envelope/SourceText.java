package dev.vaultwatch.decode.envelope;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/** A stream of unknown kind as JSON text in UTF-8, told by its first bytes. */
public final class SourceText {

    /** What one look at a stream's start reads at most. */
    private static final int HEAD = 64 * 1024;

    private static final int LEAST = 4;

    /** The byte order mark in UTF-8. */
    private static final byte[] MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private SourceText() {}

    /**
     * Looks at a stream's start and makes JSON text of it: UTF-16 becomes UTF-8; CSV, and an answer that names its columns once,
     * become a JSON line for each row. JSON is passed on as it is. Of a file that isn't text only the first {@link FileKind#HEAD}
     * bytes are passed on, which are enough to know it.
     *
     * @param in read as the result is read; closed with it
     * @param known names of columns that records have
     * @param json reads and writes rows
     * @param maxRecordBytes the most bytes of a row
     */
    public static InputStream of(InputStream in, Set<String> known, JsonFactory json, int maxRecordBytes)
            throws IOException {
        byte[] head = head(in, LEAST, new byte[0], false);
        if (FileKind.of(head, 0, head.length).isPresent()) {
            head = head(in, FileKind.HEAD, head, false);
            return new Closing(new ByteArrayInputStream(Arrays.copyOf(head, Math.min(head.length, FileKind.HEAD))), in);
        }
        Optional<Charset> utf16 = Encodings.utf16(head, 0, head.length);
        if (utf16.isPresent()) {
            InputStream text = Encodings.toUtf8(joined(head, in), utf16.get());
            byte[] start = head(text, LEAST, new byte[0], false);
            return rows(start, text, known, json, maxRecordBytes);
        }
        return rows(head, in, known, json, maxRecordBytes);
    }

    private static InputStream rows(
            byte[] read, InputStream in, Set<String> known, JsonFactory json, int maxRecordBytes) throws IOException {
        byte[] head = read;
        int first = first(head);
        while (first == head.length && head.length < HEAD) {
            byte[] more = head(in, head.length + 1, head, false);
            if (more.length == head.length) {
                return joined(head, in);
            }
            head = more;
            first = first(head);
        }
        if (first == head.length) {
            return joined(head, in);
        }
        if (head[first] == '{') {
            Start start = start(head, first, known, json);
            while (start == Start.UNDECIDED && head.length < HEAD) {
                // The object is not complete: nothing is held up by waiting for more of it.
                byte[] more = head(in, head.length + 1, head, false);
                start = more.length == head.length ? Start.OTHER : start(more, first, known, json);
                head = more;
            }
            if (start == Start.TABLE) {
                InputStream table = joined(Arrays.copyOfRange(head, first, head.length), in);
                TableRows rows = new TableRows(json.createParser(table), json, maxRecordBytes, table);
                return new RowsStream(rows, behind -> of(behind, known, json, maxRecordBytes), in);
            }
            return joined(head, in);
        }
        if (head[first] == '[' || (head[first] & 0xff) < ' ') {
            return joined(head, in);
        }
        head = head(in, HEAD, head, true);
        int end = lineEnd(head, first);
        String header = text(head, first, end);
        if (CsvRows.isPreamble(header) && end < head.length) {
            return rows(Arrays.copyOfRange(head, end + 1, head.length), in, known, json, maxRecordBytes);
        }
        int rest = Math.min(head.length, end + 1);
        InputStream more = joined(Arrays.copyOfRange(head, rest, head.length), in);
        InputStream behind = CarriageReturns.isEnd(head, end, head.length) ? new CarriageReturns(more) : more;
        Optional<Rows> rows = CsvRows.of(header, behind, known, json, maxRecordBytes);
        return rows.<InputStream>map(
                        found -> new RowsStream(found, then -> of(then, known, json, maxRecordBytes), behind))
                .orElse(joined(head, in));
    }

    private static int lineEnd(byte[] head, int from) {
        int end = from;
        while (end < head.length && head[end] != '\n' && !CarriageReturns.isEnd(head, end, head.length)) {
            end++;
        }
        return end;
    }

    private static String text(byte[] head, int from, int to) {
        return new String(head, from, to - from, StandardCharsets.UTF_8).stripTrailing();
    }

    /** What the start of an object says of it. */
    private enum Start {
        TABLE,
        OTHER,
        UNDECIDED
    }

    /** Whether the object that begins here says near its start that its records are rows. */
    private static Start start(byte[] head, int from, Set<String> known, JsonFactory json) throws IOException {
        try (JsonParser parser = json.createParser(head, from, head.length - from)) {
            try {
                return isTable(parser, known) ? Start.TABLE : Start.OTHER;
            } catch (IOException endOrDamage) {
                boolean end = parser.currentLocation().getByteOffset() == head.length - from;
                return end ? Start.UNDECIDED : Start.OTHER;
            }
        }
    }

    private static boolean isTable(JsonParser parser, Set<String> known) throws IOException {
        parser.nextToken();
        for (JsonToken token = parser.nextToken(); token == JsonToken.FIELD_NAME; token = parser.nextToken()) {
            String name = parser.currentName();
            if (known.contains(name)) {
                return false;
            }
            if (parser.nextToken() == JsonToken.START_ARRAY) {
                JsonToken first = TableRows.isTable(name) ? parser.nextToken() : null;
                return first == JsonToken.START_OBJECT
                        || (first == JsonToken.VALUE_STRING && name.equals(TableRows.FIELDS));
            }
            parser.skipChildren();
        }
        return false;
    }

    /** Where text begins: behind white space and byte order marks; at the end where one of these may be cut short. */
    private static int first(byte[] head) {
        int at = 0;
        while (at < head.length) {
            if (head[at] == ' ' || head[at] == '\n' || head[at] == '\r' || head[at] == '\t') {
                at++;
                continue;
            }
            int mark = Arrays.mismatch(head, at, Math.min(head.length, at + MARK.length), MARK, 0, MARK.length);
            if (mark >= 0 && at + mark < head.length) {
                break;
            }
            at = mark < 0 ? at + MARK.length : head.length;
        }
        return at;
    }

    /** Reads on until there are so many bytes, or a line's end if that is enough, or nothing is left. */
    private static byte[] head(InputStream in, int least, byte[] before, boolean line) throws IOException {
        byte[] bytes = before;
        while (bytes.length < least && !(line && hasLine(bytes))) {
            byte[] more = new byte[Math.max(8192, least - bytes.length)];
            int count = in.read(more, 0, more.length);
            if (count < 0) {
                break;
            }
            int length = bytes.length;
            bytes = Arrays.copyOf(bytes, length + count);
            System.arraycopy(more, 0, bytes, length, count);
        }
        return bytes;
    }

    private static boolean hasLine(byte[] bytes) {
        for (int i = first(bytes); i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                return true;
            }
        }
        return false;
    }

    private static InputStream joined(byte[] head, InputStream in) {
        return new Closing(new SequenceInputStream(new ByteArrayInputStream(head), in), in);
    }

    /** A stream that closes another: what was read of it is not all of it. */
    private static final class Closing extends InputStream {
        private final InputStream text;
        private final InputStream source;

        Closing(InputStream text, InputStream source) {
            this.text = text;
            this.source = source;
        }

        @Override
        public int read() throws IOException {
            return text.read();
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            return text.read(into, offset, length);
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }
}
