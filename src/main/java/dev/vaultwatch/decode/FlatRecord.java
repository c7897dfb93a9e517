package dev.vaultwatch.decode;

import org.jspecify.annotations.Nullable;

/**
 * Reads a record in one pass over its bytes, if it is written in the plain part of JSON that Azure and Elastic write: names
 * without escapes, known ones with single values. It checks that the whole record is well-formed and
 * notes where the known fields' values stand; a text is made of one only when it is asked for. So a record that no rule wants
 * costs no object, and no record is refused or taken on the strength of a part of it.
 *
 * <p>Of anything else it says so, and {@link RecordFields} reads the record: escapes in names, half of a surrogate pair, what is not UTF-8, lists where a field
 * stands, other text where an object does, envelopes, unusual numbers, every damage. Its results are those of the full parse; a test holds
 * the two together over mutated records.
 *
 * <p>Used again for the next record. Not thread-safe.
 */
final class FlatRecord extends FlatFields {

    /** What {@link #read} gives for a record that it leaves to others. */
    static final int NOT_FLAT = -1;

    /** After so many records in a row with texts where an object is due, a source is taken to write all of them so. */
    private static final int TEXTUAL = 16;

    /** Of such a source, one record in so many is tried all the same. */
    private static final int TRIED = 16;

    private final Layouts layouts = new Layouts();
    private final Members members = new Members();

    /** Whether members are looked for: the source's records have no habits. */
    private boolean anyOrder;

    /** The step that the record being read has come to; absent once it is no longer worth learning. */
    private Layouts.@Nullable Step learned;

    /** Behind the last value: where the next step begins. */
    private int stepStart;

    private int limit;

    /** Whether the text that was read last has escapes. */
    private boolean escapes;

    /** What the texts of JSON in the record say, those inside such texts apart. */
    private final JsonText[] texts = {new JsonText(), new JsonText()};

    private boolean saidTexts;

    /** In how many of them what is being read stands. */
    private int textsDeep;

    /** Whether a record that is written like one before it turned out to be damaged, so that there is no use in reading on. */
    private boolean damaged;

    /** Records with texts where an object is due since the last one that could be read. */
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
        anyOrder = !tried;
        if (tried) {
            int known = follow(start);
            if (known != NOT_FLAT) {
                layouts.followed();
                textual = 0;
                return known;
            }
            if (damaged) {
                return NOT_FLAT;
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
        damaged = false;
        textsDeep = 0;
        if (saidTexts) {
            saidTexts = false;
            for (JsonText text : texts) {
                text.clear();
            }
        }
    }

    @Override
    void release() {
        super.release();
        for (JsonText text : texts) {
            text.release();
        }
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
                damaged = step.value == Layouts.Value.TEXT;
                return NOT_FLAT;
            }
            if (step.value == Layouts.Value.TEXT && step.field != null) {
                putText(step.field, at, end);
            }
            // Whatever ends the text, it must be what the next step begins with.
            Layouts.Step next = step.next(bytes, end, limit);
            if (next == null) {
                int behind = peek(space(step.value == Layouts.Value.TEXT ? end + 1 : end));
                damaged = behind != ',' && behind != '}' && behind != ']';
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
            Members.Member known = anyOrder ? members.at(node, bytes, at + 1, limit) : null;
            if (known == null) {
                at = member(at + 1, node, depth);
            } else {
                at += 1 + known.length();
                at = known.text ? text(at, known.field) : value(at, known.child, depth);
            }
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

    /** Reads a member of an object from behind the opening quote of its name. */
    private int member(int name, @Nullable FieldTree node, int depth) {
        int nameEnd = Bytes.endOfPlain(bytes, name, limit);
        int at = peek(nameEnd + 1) == ':' ? nameEnd + 1 : space(nameEnd + 1);
        if (peek(nameEnd) != '"' || peek(at) != ':') {
            return NOT_FLAT;
        }
        at = space(at + 1);
        boolean text = peek(at) == '"';
        FieldTree child = node == null ? null : node.at(bytes, name, nameEnd);
        if (node == FieldTree.ROOT && child == null && FieldTree.mayBeEnvelope(peek(at), bytes, name, nameEnd)) {
            return NOT_FLAT;
        }
        if (anyOrder && isLearnable(node, child, text)) {
            members.learn(node, bytes, name, text ? at + 1 : at, limit, child, text);
        }
        return value(at, child, depth);
    }

    /** Whether a member has nothing to be looked at but its value: it makes no envelope, and is no object's JSON text. */
    private static boolean isLearnable(@Nullable FieldTree node, @Nullable FieldTree child, boolean text) {
        return child == null ? text || node != FieldTree.ROOT : !text || child.field() != null || !child.jsonText();
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
                if (node != null && field == null && node.jsonText()) {
                    return jsonText(at, node);
                }
                return text(at + 1, field);
            }
            case '{' -> {
                if (depth == Tools.MAX_DEPTH) {
                    return NOT_FLAT;
                }
                return object(at + 1, node == null || node.isLeaf() ? null : node, depth + 1);
            }
            case '[' -> {
                // Of a list the first value counts, which the parser knows.
                return node != null || depth == Tools.MAX_DEPTH ? NOT_FLAT : array(at + 1, depth + 1);
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

    /** Reads a text from behind its opening quote. */
    private int text(int at, @Nullable Field field) {
        int end = endOfText(at, field);
        if (end == NOT_FLAT) {
            return NOT_FLAT;
        }
        if (field != null) {
            putText(field, at, end);
        }
        step(at, end, Layouts.Value.TEXT, field);
        return end + 1;
    }

    /** Reads the object that a text says; of the likes of its record no layout is learned. */
    private int jsonText(int start, FieldTree node) {
        learned = null;
        textual++;
        if (textsDeep == texts.length) {
            return NOT_FLAT;
        }
        saidTexts = true;
        JsonText text = texts[textsDeep];
        int from = text.length();
        if (!text.append(bytes, start, limit)) {
            return NOT_FLAT;
        }
        byte[] outer = bytes;
        int outerLimit = limit;
        bytes = text.bytes();
        limit = text.length();
        textsDeep++;
        int at = space(from);
        int end = peek(at) == '{' ? object(at + 1, node, 1) : NOT_FLAT;
        boolean whole = end != NOT_FLAT && space(end) == limit;
        textsDeep--;
        bytes = outer;
        limit = outerLimit;
        return whole ? text.end() : NOT_FLAT;
    }

    private void putText(Field field, int start, int end) {
        if (escapes) {
            putUnescaped(field);
        } else {
            put(field, start, end);
        }
    }

    /** Where the closing quote of a text stands; not flat if it is damaged, or has half of a surrogate pair. */
    private int endOfText(int start, @Nullable Field field) {
        escapes = false;
        int end = Bytes.endOfUtf8(bytes, start, limit);
        int c = peek(end);
        return c == '"' ? end : c == '\\' ? endOfEscaped(start, end, field) : NOT_FLAT;
    }

    /** The same from the first escape on. In what nobody reads, escapes are only checked. */
    private int endOfEscaped(int start, int first, @Nullable Field field) {
        escapes = true;
        if (field != null) {
            return unescape(start - 1, limit);
        }
        int end = Bytes.endOfText(bytes, first, limit);
        return end == limit ? NOT_FLAT : end;
    }

    /** Reads a number, or a word that is a value of its own. */
    private int word(int at, @Nullable Field field) {
        int end = Bytes.endOfWord(bytes, at, limit);
        if (end == 0) {
            return NOT_FLAT;
        }
        escapes = false;
        if (field != null && bytes[at] != 'n') {
            put(field, at, end);
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
