package dev.vaultwatch.decode;

/** What the bytes of a line look like, without reading them. */
final class LineShape {

    /** Stands before each text in a JSON text sequence, RFC 7464. */
    private static final byte RECORD_SEPARATOR = 0x1e;

    private LineShape() {}

    static boolean isSpace(byte c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t' || isSeparator(c);
    }

    /** Whether that stands between texts: a record separator, or the NUL that ends a message of GELF over TCP, or one of {@code print0}. */
    static boolean isSeparator(byte c) {
        return c == RECORD_SEPARATOR || c == 0;
    }

    static boolean isBlank(byte[] buffer, int from, int to) {
        int next = from;
        while (next < to && isSpace(buffer[next])) {
            next++;
        }
        return next == to;
    }

    /** Where a line ends: its line feed's place, or the limit. */
    static int endOfLine(byte[] buffer, int from, int limit) {
        int end = from;
        while (end < limit && buffer[end] != '\n') {
            end++;
        }
        return end;
    }

    /** Whether a line begins and ends in a quote: a JSON text, damaged perhaps, and no object that lost its bracket. */
    static boolean isTextLine(byte[] buffer, int from, int limit) {
        int last = endOfLine(buffer, from, limit) - 1;
        while (last > from && isSpace(buffer[last])) {
            last--;
        }
        return last > from && buffer[from] == '"' && buffer[last] == '"';
    }

    /** Whether the first line is here and is a value of its own. */
    static boolean isWholeLine(JsonBoundary boundary, byte[] buffer, int position, int limit) {
        int newline = endOfLine(buffer, position, limit);
        if (newline == limit || !isWhole(buffer, position, newline) || buffer[position] != '{') {
            return false;
        }
        boundary.begin(false, false);
        if (boundary.scan(buffer, position, newline) != JsonBoundary.Outcome.END) {
            return false;
        }
        int next = boundary.at();
        while (next < newline && (isSpace(buffer[next]) || buffer[next] == ',')) {
            next++;
        }
        return next == newline;
    }

    /** Whether a line looks like one whole value, judged by its ends, or is blank. */
    static boolean isWhole(byte[] buffer, int from, int to) {
        int first = from;
        int last = to - 1;
        while (first < to && isSpace(buffer[first])) {
            first++;
        }
        while (last > first && (isSpace(buffer[last]) || buffer[last] == ',')) {
            last--;
        }
        return first == to
                || (buffer[first] == '{' && buffer[last] == '}')
                || (buffer[first] == '[' && buffer[last] == ']');
    }

    /** Where the complete lines end that are a whole value each, judged by their ends; where they begin if there is none. */
    static int endOfWholeLines(byte[] buffer, int from, int limit, boolean one) {
        int end = from;
        while (end < limit && (end == from || !one)) {
            int newline = endOfLine(buffer, end, limit);
            if (newline == limit || !isWhole(buffer, end, newline)) {
                return end;
            }
            end = newline + 1;
        }
        return end;
    }

    /** Whether a JSON text and at most white space stands between two places. */
    static boolean isText(byte[] buffer, int from, int to) {
        int end = from + 1;
        while (end < to && buffer[end] != '"') {
            end += buffer[end] == '\\' ? 2 : 1;
        }
        for (end++; end < to; end++) {
            if (!isSpace(buffer[end])) {
                return false;
            }
        }
        return true;
    }

    /** Whether a JSON text begins at a place, a colon follows it, and the line is none: a member of an object that lost its bracket. */
    static boolean isMember(byte[] buffer, int from, int to) {
        if (isTextLine(buffer, from, to)) {
            return false;
        }
        int end = from + 1;
        while (end < to && buffer[end] != '"') {
            end += buffer[end] == '\\' ? 2 : 1;
        }
        for (end++; end < to && isSpace(buffer[end]); end++) {}
        return end < to && buffer[end] == ':';
    }

    /** Whether what begins as a JSON text is an object that lost its bracket, as far as it goes. */
    static boolean lostBracket(byte[] buffer, int from, int to, boolean inArray) {
        return inArray ? !isText(buffer, from, to) : isMember(buffer, from, to);
    }

    /** Whether a byte order mark of UTF-8 stands at a place. */
    static boolean isMark(byte[] buffer, int at, int limit) {
        return limit - at >= 3
                && buffer[at] == (byte) 0xef
                && buffer[at + 1] == (byte) 0xbb
                && buffer[at + 2] == (byte) 0xbf;
    }

    /** Whether a comma, and at most white space, is all that follows on the line. */
    static boolean endsInComma(byte[] buffer, int comma, int limit) {
        int next = comma + 1;
        while (next < limit && isSpace(buffer[next]) && buffer[next] != '\n') {
            next++;
        }
        return buffer[comma] == ',' && (next == limit || buffer[next] == '\n');
    }

    /** Where a line ends that damage has put behind its object; the object's end if nothing of the kind is there. */
    static int leftOver(byte[] buffer, int end, int limit) {
        int next = end;
        while (next < limit && isSpace(buffer[next]) && buffer[next] != '\n') {
            next++;
        }
        return next == limit
                        || buffer[next] == '\n'
                        || buffer[next] == '{'
                        || buffer[next] == '['
                        || isSeparator(buffer[next])
                        || endsInComma(buffer, next, limit)
                ? end
                : endOfLine(buffer, next, limit);
    }
}
