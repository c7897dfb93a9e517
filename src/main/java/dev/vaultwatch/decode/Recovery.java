package dev.vaultwatch.decode;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.vaultwatch.decode.envelope.LinePrefix;
import java.io.IOException;

/** Finds where reading can go on behind damage, beyond what {@link JsonBoundary} alone can tell. Keeps nothing between questions. */
final class Recovery {

    /** Objects in a damaged stretch that are tried as records: real lists in records are shorter, made-up ones cost time. */
    private static final int MAX_TRIES = 64;

    /** Brackets on a line that are tried as the record's: Loki's client writes labels in such brackets before it. */
    private static final int MAX_PREFIXES = 3;

    private final Tools tools;
    private final byte[] bytes;
    private final int end;
    private final JsonBoundary boundary;

    Recovery(Tools tools, byte[] bytes, int end, JsonBoundary boundary) {
        this.tools = tools;
        this.bytes = bytes;
        this.end = end;
        this.boundary = boundary;
    }

    /**
     * Looks inside a damaged stretch for a whole record: where the quote that was lost was a record's last, the boundary
     * of the two went by inside what looked like a string. Only what is plainly an audit record counts, so a list of
     * objects inside the damaged record does not.
     *
     * @return its place, or -1
     */
    int nextRecord(int start, int to) {
        int tries = 0;
        for (int i = Bytes.indexOf('{', bytes, start + 1, to); i < to; i = Bytes.indexOf('{', bytes, i + 1, to)) {
            if (isBehindValue(i, start + 1) && namesFollow(i + 1, to)) {
                if (isWholeRecord(i, to)) {
                    return i;
                }
                if (++tries == MAX_TRIES) {
                    return -1;
                }
            }
        }
        return -1;
    }

    /** Whether a comma or a curly bracket comes before a place, not before another. */
    private boolean isBehindValue(int place, int from) {
        int before = place - 1;
        while (before >= from && isSpace(bytes[before])) {
            before--;
        }
        return before >= from && (bytes[before] == ',' || bytes[before] == '}');
    }

    private boolean namesFollow(int from, int to) {
        int next = from;
        while (next < to && isSpace(bytes[next])) {
            next++;
        }
        return next < to && bytes[next] == '"';
    }

    private boolean isWholeRecord(int from, int to) {
        RecordFields tried = tools.newFields(new DayOrder());
        try (JsonParser parser = tools.json.createParser(bytes, from, to - from)) {
            parser.nextToken();
            return tried.read(parser, bytes, from, true) != null || tried.isRecord();
        } catch (IOException | RuntimeException notWhole) {
            return false;
        }
    }

    /** Passes over members that the damage has put outside their object. */
    int leftOverInArray(int from) {
        int to = from;
        while (true) {
            int next = to;
            while (next < end && (isSpace(bytes[next]) || bytes[next] == ',')) {
                next++;
            }
            if (next == end || bytes[next] != '"') {
                return to;
            }
            boundary.beginInsideObject(1);
            boundary.scan(bytes, next, end);
            to = Math.max(boundary.at(), next + 1);
        }
    }

    /** Passes over the rest of the line, unless a whole record is there. */
    int leftOverOnLine(int from) {
        int before = from;
        while (before > 0 && isSpace(bytes[before - 1])) {
            if (bytes[--before] == '\n') {
                return from;
            }
        }
        int line = LineShape.endOfLine(bytes, from, end);
        int next = nextRecord(from - 2, line);
        return next >= from ? next : line;
    }

    /** Whether a single value that is neither an object nor an array stands between two places. */
    boolean isScalar(int from, int to) {
        try (JsonParser parser = tools.json.createParser(bytes, from, to - from)) {
            JsonToken token = parser.nextToken();
            parser.finishToken();
            return token != null && token.isScalarValue() && parser.nextToken() == null;
        } catch (IOException | RuntimeException notJson) {
            return false;
        }
    }

    /** Where the whole object begins in which a line ends behind a prefix, which may have brackets of its own; -1 if there is none. */
    int prefixedRecord(int line) {
        int record = LinePrefix.recordStart(bytes, line, end);
        for (int tries = 1; record >= 0; tries++) {
            if (isRestOfLine(record)) {
                return record;
            }
            record = tries == MAX_PREFIXES ? -1 : LinePrefix.recordStart(bytes, record + 1, end);
        }
        return -1;
    }

    private boolean isRestOfLine(int from) {
        try (JsonParser parser = tools.json.createParser(bytes, from, tools.limit(from, end) - from)) {
            parser.nextToken();
            parser.skipChildren();
            int next = from + (int) parser.currentLocation().getByteOffset();
            while (next < end && bytes[next] != '\n' && (isSpace(bytes[next]) || ",]);".indexOf(bytes[next]) >= 0)) {
                next++;
            }
            return next == end || bytes[next] == '\n';
        } catch (IOException | RuntimeException notWhole) {
            return false;
        }
    }

    static boolean isSpace(byte c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }
}
