package dev.vaultwatch.decode;

import java.util.Arrays;

/**
 * Finds where a JSON value ends without reading it, also when the value is damaged: the place from which reading can go on.
 * It takes bytes in pieces of any size and keeps no bytes.
 *
 * <h2>Damage</h2>
 *
 * On well-formed JSON the answer is exact. On damage it is the place that loses least:
 *
 * <ul>
 *   <li>A line end inside a string ends the string: JSON allows none there.
 *   <li>A string followed by a bare letter was not a string: the quote that seemed to close it opened one. This brings a
 *       scan back into step after a lost or an added quote.
 *   <li>An opening bracket where a member's name or a comma must stand begins the next value: this one was cut short.
 *   <li>So does an opening bracket at the start of an object's second line, even where it could be a member's value. No
 *       printer puts a member's name on the first line and its value alone on the next, but JSON lines cut after a colon
 *       or a comma look like this.
 *   <li>A closing bracket closes everything inside its partner. One without a partner belongs to what surrounds the value.
 * </ul>
 *
 * Not thread-safe.
 */
final class JsonBoundary {

    /** What a scan has come to. */
    enum Outcome {
        /** The bytes ran out inside the value. */
        MORE,
        /** The value ends before {@link #at()}. */
        END,
        /** The value was cut short: what stands at {@link #at()} is not its own. */
        CUT,
        /**
         * The value is an envelope ({@code records}, {@code value} and the like with an array that is not empty, or Elasticsearch's
         * hits): its first element is due at {@link #at()}, and {@link #envelopeLevels()} objects are around the array.
         */
        ENVELOPE
    }

    /** Kinds of brackets are remembered to this depth, 8 KiB; deeper ones are taken to match. */
    private static final int MAX_KINDS = 1 << 16;

    private static final long RECORDS = packed("records");
    private static final long CAPITAL_RECORDS = packed("Records");
    private static final long VALUE = packed("value");
    private static final long RESULTS = packed("results");
    private static final long HITS = packed("hits");

    /** The last bytes of {@code operationName}, whatever its first letter: an object that has it is a record. */
    private static final long OPERATION_NAME = packed("tionName");

    private static final int OPERATION_NAME_LENGTH = 13;

    /** Stands for a closing bracket or part of a number or literal. */
    private static final byte OTHER = 'x';

    private long[] arrays = new long[2];
    private int depth;
    private boolean bare;
    private boolean inArray;
    private boolean findEnvelope;
    private boolean inString;
    private boolean escaped;
    private boolean memberName;
    private boolean envelopeName;

    /** Whether the object that is being read stands under {@code hits}; then its own such array is the envelope's. */
    private boolean inHits;

    private boolean hitsName;
    private int envelopeLevels;

    /** Whether an envelope's array has begun; what comes next says whether it is empty. */
    private boolean envelopeDue;

    private long name;
    private int nameLength;
    private byte previous;
    private boolean lineStart;
    private int lines;
    private int at;

    /**
     * Prepares for a value whose first byte comes next.
     *
     * @param elementOfArray whether a comma or a bracket ends a value that is not in brackets itself; if not, the line's end
     *     does
     * @param stopAtEnvelope whether {@link Outcome#ENVELOPE} is wanted
     */
    void begin(boolean elementOfArray, boolean stopAtEnvelope) {
        depth = 0;
        bare = false;
        inArray = elementOfArray;
        findEnvelope = stopAtEnvelope;
        inString = false;
        escaped = false;
        memberName = false;
        envelopeName = false;
        inHits = false;
        hitsName = false;
        envelopeDue = false;
        previous = 0;
        lineStart = false;
        lines = 0;
    }

    /**
     * Prepares for the rest of an object, of which the members go on next.
     *
     * @param levels 1, or 2 for the rest of an object inside an object, and so on
     */
    void beginInsideObject(int levels) {
        beginInsideObject(levels, false);
    }

    /** The same, where {@link Outcome#ENVELOPE} may be wanted: of another array of an envelope. */
    void beginInsideObject(int levels, boolean stopAtEnvelope) {
        begin(false, stopAtEnvelope);
        for (int level = 0; level < levels; level++) {
            push(false);
        }
        previous = ',';
        // The second-line rule is about an object's first line, which has gone by.
        lines = 1;
    }

    /** Where the last scan stopped: an index into the array it was given. */
    int at() {
        return at;
    }

    /** How many objects are around an envelope's array. */
    int envelopeLevels() {
        return envelopeLevels;
    }

    /** Whether the value, as far as it was scanned, goes over a line's end. */
    boolean severalLines() {
        return lines > 0;
    }

    /** Goes on with {@code bytes[from, to)}. */
    Outcome scan(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to) {
            if (inString) {
                i = string(bytes, i, to);
                continue;
            }
            byte c = bytes[i];
            if (bare && !inArray && c != '\n') {
                i++;
                continue;
            }
            if (c == ' ' || c == '\t' || c == '\r') {
                i++;
                continue;
            }
            if (c == '\n') {
                if (depth == 0 && bare) {
                    return stop(Outcome.END, i);
                }
                if (!lineStart) {
                    lineStart = true;
                    lines++;
                }
                i++;
                continue;
            }
            if (envelopeDue) {
                envelopeDue = false;
                if (c != ']') {
                    return stop(Outcome.ENVELOPE, i);
                }
            }
            switch (c) {
                case '"' -> {
                    memberName = (depth == 1 || (depth == 2 && inHits))
                            && !isArray()
                            && (previous == '{' || previous == ',');
                    openString();
                    bare |= depth == 0;
                    lineStart = false;
                    i++;
                    continue;
                }
                case '{', '[' -> {
                    envelopeDue = c == '[' && envelopeName && previous == ':' && findEnvelope;
                    envelopeLevels = depth;
                    if (depth > 0 && !envelopeDue && isNextValue()) {
                        return stop(Outcome.CUT, i);
                    }
                    inHits |= depth == 1 && c == '{' && hitsName && previous == ':';
                    push(c == '[');
                }
                case '}', ']' -> {
                    if (depth == 0 && inArray) {
                        return stop(Outcome.END, i);
                    }
                    if (depth > 0) {
                        if (!pop(c == ']')) {
                            return stop(Outcome.CUT, i);
                        }
                        inHits &= depth > 1;
                        if (depth == 0 && !bare) {
                            return stop(Outcome.END, i + 1);
                        }
                    } else {
                        bare = true;
                    }
                    c = OTHER;
                }
                case ',' -> {
                    if (depth == 0 && inArray) {
                        return stop(Outcome.END, i);
                    }
                    bare |= depth == 0;
                    envelopeName = false;
                    hitsName = false;
                }
                case ':' -> {
                    bare |= depth == 0;
                    boolean named = memberName && previous == '"';
                    hitsName = named && name == HITS && nameLength == 4;
                    envelopeName = named && (depth == 2 ? hitsName : isEnvelope());
                    // A record is a record, whatever else stands in it.
                    findEnvelope &= !(named && name == OPERATION_NAME && nameLength == OPERATION_NAME_LENGTH);
                }
                default -> {
                    if (previous == '"' && !lineStart) {
                        memberName = false;
                        openString();
                        continue;
                    }
                    bare |= depth == 0;
                    c = OTHER;
                }
            }
            previous = c;
            lineStart = false;
            i++;
        }
        return stop(Outcome.MORE, to);
    }

    private boolean isEnvelope() {
        return nameLength == 7
                ? name == RECORDS || name == CAPITAL_RECORDS || name == RESULTS
                : nameLength == 5 && name == VALUE;
    }

    private Outcome stop(Outcome outcome, int where) {
        at = where;
        return outcome;
    }

    private void openString() {
        inString = true;
        escaped = false;
        name = 0;
        nameLength = 0;
    }

    private int string(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!memberName && !escaped) {
                i = Bytes.endOfPlain(bytes, i, to);
                if (i == to) {
                    return to;
                }
            }
            byte c = bytes[i];
            if (c == '\n') {
                inString = false;
                previous = '"';
                return i;
            }
            if (escaped) {
                escaped = false;
            } else if (c == '\\') {
                escaped = true;
            } else if (c == '"') {
                inString = false;
                previous = '"';
                return i + 1;
            }
            if (memberName) {
                name = (name << Byte.SIZE) | (c & 0xff);
                nameLength++;
            }
        }
        return to;
    }

    /** Whether an opening bracket inside the value can only be the start of another value. */
    private boolean isNextValue() {
        if (depth > MAX_KINDS) {
            return false;
        }
        boolean due = previous == ':' || (isArray() && (previous == '[' || previous == ','));
        if (due) {
            return lineStart && lines == 1 && !bare && !isArrayAt(0);
        }
        // Without a line's end between, a colon or a comma may have been lost.
        return lineStart || (!isArray() && previous != '"');
    }

    private boolean isArray() {
        return isArrayAt(depth - 1);
    }

    private boolean isArrayAt(int level) {
        return level >= 0 && level < MAX_KINDS && ((arrays[level >> 6] >>> (level & 63)) & 1) != 0;
    }

    private void push(boolean array) {
        if (depth < MAX_KINDS) {
            if (depth >> 6 == arrays.length) {
                arrays = Arrays.copyOf(arrays, arrays.length * 2);
            }
            long bit = 1L << (depth & 63);
            arrays[depth >> 6] = array ? arrays[depth >> 6] | bit : arrays[depth >> 6] & ~bit;
        }
        depth++;
    }

    private boolean pop(boolean array) {
        if (depth > MAX_KINDS) {
            depth--;
            return true;
        }
        for (int level = depth - 1; level >= 0; level--) {
            if (isArrayAt(level) == array) {
                depth = level;
                return true;
            }
        }
        return false;
    }

    private static long packed(String name) {
        long packed = 0;
        for (int i = 0; i < name.length(); i++) {
            packed = (packed << Byte.SIZE) | name.charAt(i);
        }
        return packed;
    }
}
