package dev.vaultwatch.decode;

import org.jspecify.annotations.Nullable;

/**
 * Reads a record in one pass over its bytes, if it is written in the plain part of JSON that Azure and Elastic write: what is read
 * without escapes, but for the caller's program; short nesting, known names with single values. It checks that the whole record is well-formed and
 * notes where the known fields' values stand; a text is made of one only when it is asked for. So a record that no rule wants
 * costs no object, and no record is refused or taken on the strength of a part of it.
 *
 * <p>Of anything else it says so, and {@link RecordFields} reads the record: escapes in names and in other fields, what is not UTF-8, lists where a field
 * stands, JSON text inside JSON, envelopes, unusual numbers, every damage. Its results are those of the full parse; a test holds
 * the two together over mutated records.
 *
 * <p>Used again for the next record. Not thread-safe.
 */
final class FlatRecord extends FlatFields {

    /** What {@link #read} gives for a record that it leaves to others. */
    static final int NOT_FLAT = -1;

    /** Records nest 6 deep at most. */
    private static final int MAX_DEPTH = 16;

    /** "None" with each letter escaped. */
    private static final int SHORT = 4 * 6;

    /** After so many records in a row with JSON text inside, a source is taken to write all of them so. */
    private static final int TEXTUAL = 16;

    /** Of such a source, one record in so many is tried all the same. */
    private static final int TRIED = 16;

    private final Layouts layouts = new Layouts();

    /** The step that the record being read has come to; absent once it is no longer worth learning. */
    private Layouts.@Nullable Step learned;

    /** Behind the last value: where the next step begins. */
    private int stepStart;

    private int limit;

    /** Whether the text that was read last has escapes. */
    private boolean escapes;

    /** Records with JSON text inside since the last one that could be read. */
    private int textual;

    FlatRecord(Interned interned, Callers callers) {
        super(interned, callers);
    }

    /**
     * Reads a record.
     *
     * @param start where its opening bracket must stand
     * @param end where it must have ended
     * @return where it ends, or {@link #NOT_FLAT}
     */
    int read(byte[] record, int start, int end) {
        if (textual > TEXTUAL && ++textual % TRIED != 0) {
            return NOT_FLAT;
        }
        in(record);
        limit = end;
        start();
        boolean tried = layouts.isWorthATry();
        if (tried) {
            int known = follow(start);
            if (known != NOT_FLAT) {
                layouts.followed();
                textual = 0;
                return known;
            }
            start();
            layouts.stranger();
        }
        learned = tried ? layouts.root() : null;
        stepStart = start;
        int at = peek(start) == '{' ? object(start + 1, FieldTree.ROOT, 1) : NOT_FLAT;
        if (at != NOT_FLAT) {
            textual = 0;
            step(at, at, Layouts.Value.END, null);
        }
        return at;
    }

    private void start() {
        begin();
        escapes = false;
    }

    /** Reads a record that is written like one before it. */
    private int follow(int start) {
        Layouts.Step step = layouts.root().next(bytes, start, limit);
        if (step == null) {
            return NOT_FLAT;
        }
        int at = start + step.length();
        while (step.value != Layouts.Value.END) {
            Layouts.Habit habit = step.habit(bytes, at, limit);
            if (habit != null) {
                if (habit.entry != null && step.field != null) {
                    putHabit(step.field, at, at + habit.valueLength, habit.entry);
                }
                step = habit.ahead;
                at += habit.valueLength + step.length();
                continue;
            }
            int end = step.value == Layouts.Value.TEXT ? endOfText(at, step.field) : word(at, step.field);
            if (end == NOT_FLAT) {
                return NOT_FLAT;
            }
            if (step.value == Layouts.Value.TEXT && step.field != null) {
                put(step.field, at, end, escapes);
            }
            // Whatever ends the text, it must be what the next step begins with.
            Layouts.Step next = step.next(bytes, end, limit);
            if (next == null) {
                return NOT_FLAT;
            }
            if (!escapes && step.isNewHabit(bytes, at, end)) {
                Field field = step.field;
                step.adopt(field != null && standsAt(field, at) ? entry(field) : null, next);
            }
            step = next;
            at = end + step.length();
        }
        return at;
    }

    /** Notes that a value stands at a place, and how the record got there. */
    private void step(int start, int end, Layouts.Value value, @Nullable Field field) {
        if (learned != null) {
            learned = layouts.learn(learned, bytes, stepStart, start, value, field);
            stepStart = end;
        }
    }

    /** Reads an object from behind its opening bracket. */
    private int object(int start, @Nullable FieldTree node, int depth) {
        int at = space(start);
        if (peek(at) == '}') {
            return at + 1;
        }
        while (peek(at) == '"') {
            int name = at + 1;
            int nameEnd = Bytes.endOfPlain(bytes, name, limit);
            at = peek(nameEnd + 1) == ':' ? nameEnd + 1 : space(nameEnd + 1);
            if (peek(nameEnd) != '"' || peek(at) != ':') {
                return NOT_FLAT;
            }
            at = space(at + 1);
            FieldTree child = node == null ? null : node.at(bytes, name, nameEnd);
            if (node == FieldTree.ROOT) {
                if (child == null && FieldTree.mayBeEnvelope(peek(at), bytes, name, nameEnd)) {
                    return NOT_FLAT;
                }
            }
            at = value(at, child, depth);
            if (at == NOT_FLAT) {
                return NOT_FLAT;
            }
            int c = peek(at);
            if (c != ',' && c != '}') {
                at = space(at);
                c = peek(at);
            }
            if (c == '}') {
                return at + 1;
            }
            if (c != ',') {
                return NOT_FLAT;
            }
            at = space(at + 1);
        }
        return NOT_FLAT;
    }

    /** Reads an array of nothing known from behind its opening bracket. */
    private int array(int start, int depth) {
        int at = space(start);
        if (peek(at) == ']') {
            return at + 1;
        }
        while (true) {
            at = value(at, null, depth);
            if (at == NOT_FLAT) {
                return NOT_FLAT;
            }
            at = space(at);
            int c = peek(at);
            if (c == ']') {
                return at + 1;
            }
            if (c != ',') {
                return NOT_FLAT;
            }
            at = space(at + 1);
        }
    }

    private int value(int at, @Nullable FieldTree node, int depth) {
        switch (peek(at)) {
            case '"' -> {
                Field field = node == null ? null : node.field();
                int end = endOfText(at + 1, field);
                if (end == NOT_FLAT) {
                    return NOT_FLAT;
                }
                if (field != null) {
                    put(field, at + 1, end, escapes);
                } else if (node != null && node.jsonText()) {
                    textual++;
                    return NOT_FLAT;
                }
                step(at + 1, end, Layouts.Value.TEXT, field);
                return end + 1;
            }
            case '{' -> {
                if (depth == MAX_DEPTH) {
                    return NOT_FLAT;
                }
                return object(at + 1, node == null || node.isLeaf() ? null : node, depth + 1);
            }
            case '[' -> {
                // Of a list the first value counts, which the parser knows.
                return node != null || depth == MAX_DEPTH ? NOT_FLAT : array(at + 1, depth + 1);
            }
            default -> {
                Field field = node == null ? null : node.field();
                int end = word(at, field);
                if (end != NOT_FLAT) {
                    step(at, end, Layouts.Value.WORD, field);
                }
                return end;
            }
        }
    }

    /** Where the closing quote of a text stands; not flat if it is damaged, or has escapes that are the parser's. */
    private int endOfText(int start, @Nullable Field field) {
        escapes = false;
        int end = Bytes.endOfUtf8(bytes, start, limit);
        int c = peek(end);
        return c == '"' ? end : c == '\\' ? endOfEscaped(start, end, field) : NOT_FLAT;
    }

    /**
     * The same from the first escape on. In what nobody reads, escapes are only checked; of what is read, they are known in the caller's
     * program, whose name anyone may choose.
     */
    private int endOfEscaped(int start, int first, @Nullable Field field) {
        if (field != null && field != Field.CLIENT) {
            return NOT_FLAT;
        }
        int at = first;
        while (peek(at) == '\\') {
            int length = Bytes.escape(bytes, at, limit, field == null);
            if (length == 0) {
                return NOT_FLAT;
            }
            at = Bytes.endOfUtf8(bytes, at + length, limit);
        }
        escapes = true;
        // A short one may say "None", in other letters.
        return peek(at) == '"' && (field == null || at - start > SHORT) ? at : NOT_FLAT;
    }

    /** Reads a number, or a word that is a value of its own. */
    private int word(int at, @Nullable Field field) {
        int end = Bytes.endOfWord(bytes, at, limit);
        if (end == 0) {
            return NOT_FLAT;
        }
        escapes = false;
        if (field != null && bytes[at] != 'n') {
            put(field, at, end, false);
        }
        return end;
    }

    private int space(int start) {
        return start < limit && bytes[start] > ' ' ? start : endOfSpace(start);
    }

    private int endOfSpace(int start) {
        int at = start;
        while (at < limit
                && bytes[at] <= ' '
                && (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\r' || bytes[at] == '\t')) {
            at++;
        }
        return at;
    }

    private int peek(int at) {
        return at < limit ? bytes[at] : 0;
    }
}
