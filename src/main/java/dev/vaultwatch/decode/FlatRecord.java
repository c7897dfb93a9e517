package dev.vaultwatch.decode;

import java.util.Arrays;
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
final class FlatRecord extends AuditFields {

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

    private static final int FIELDS = Field.values().length;

    /** The fields whose text an event may hold, a bit each: a time is read and not kept. */
    private static final long TEXTS = -1L
            & ~(1L << Field.TIMESTAMP.index())
            & ~(1L << Field.TIME.index())
            & ~(1L << Field.TIME_GENERATED.index())
            & ~(1L << Field.SCOPE.index());

    private static final int[] USUAL_LENGTHS =
            Arrays.stream(Field.values()).mapToInt(Field::usualLength).toArray();

    /** Bytes that may be held on to from call to call. */
    private static final int MOST_HELD = 1 << 16;

    private static final byte[] NONE = {'N', 'o', 'n', 'e'};

    private final Interned interned;
    private final Callers callers;
    private final Callers.Texts callersTexts = new Callers.Texts();
    private final Layouts layouts = new Layouts();

    /** The step that the record being read has come to; absent once it is no longer worth learning. */
    private Layouts.@Nullable Step learned;

    /** Behind the last value: where the next step begins. */
    private int stepStart;

    private final int[] from = new int[FIELDS];
    private final int[] to = new int[FIELDS];

    /** What each field said last: much is the same from record to record, and is then found without a look-up. */
    private final Interned.@Nullable Entry[] last = new Interned.Entry[FIELDS];

    private byte[] bytes = NONE;
    private int limit;

    /** The fields that have a value, a bit each. */
    private long present;

    /** Those of which {@link #last} is what they say now. */
    private long found;

    /** Those with more bytes than their texts usually have. */
    private long longs;

    /** Whether the text that was read last has escapes; and the one that is the caller's program. */
    private boolean escapes;

    private boolean clientEscapes;

    /** Records with JSON text inside since the last one that could be read. */
    private int textual;

    private final FlatTime times = new FlatTime();

    /** What the source that is being read shows of its times. */
    private DayOrder order = new DayOrder();

    private int callFrom;
    private int callTo;

    FlatRecord(Interned interned, Callers callers) {
        this.interned = interned;
        this.callers = callers;
    }

    /**
     * Says what source the records that follow are of.
     *
     * @param from where in the records' bytes all of a call's begin, for what a date may have to be compared with
     * @param to where they end; the same as {@code from} if the source knows them
     */
    void source(DayOrder daysAndMonths, int from, int to) {
        if (order != daysAndMonths) {
            order = daysAndMonths;
        }
        callFrom = from;
        callTo = to;
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
        if (bytes != record) {
            bytes = record;
        }
        limit = end;
        begin();
        int known = follow(start);
        if (known != NOT_FLAT) {
            textual = 0;
            return known;
        }
        begin();
        layouts.stranger();
        learned = layouts.root();
        stepStart = start;
        int at = peek(start) == '{' ? object(start + 1, FieldTree.ROOT, 1) : NOT_FLAT;
        if (at != NOT_FLAT) {
            textual = 0;
            step(at, at, Layouts.Value.END, null);
        }
        return at;
    }

    private void begin() {
        present = 0;
        found = 0;
        longs = 0;
        escapes = false;
        longTexts(false);
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
                put(step.field, at, end);
            }
            // Whatever ends the text, it must be what the next step begins with.
            Layouts.Step next = step.next(bytes, end, limit);
            if (next == null) {
                return NOT_FLAT;
            }
            if (!escapes && step.isNewHabit(bytes, at, end)) {
                Field field = step.field;
                step.adopt(field != null && has(field) && from[field.index()] == at ? entry(field) : null, next);
            }
            step = next;
            at = end + step.length();
        }
        return at;
    }

    private void putHabit(Field field, int start, int end, Interned.Entry entry) {
        int i = field.index();
        from[i] = start;
        to[i] = end;
        if (last[i] != entry) {
            // A store of a reference costs more than a look: the collector is told of it.
            last[i] = entry;
        }
        long bit = 1L << i;
        present |= bit;
        found |= bit;
        longs = end - start > USUAL_LENGTHS[i] ? longs | bit : longs & ~bit;
        if (field == Field.CLIENT) {
            clientEscapes = false;
        }
    }

    /** Notes that a value stands at a place, and how the record got there. */
    private void step(int start, int end, Layouts.Value value, @Nullable Field field) {
        if (learned != null) {
            learned = layouts.learn(learned, bytes, stepStart, start, value, field);
            stepStart = end;
        }
    }

    /** Lets go of the bytes read, if they are many: a record a call, the next one is often of the same block. */
    void release() {
        if (bytes.length > MOST_HELD) {
            bytes = NONE;
            callersTexts.in(NONE);
        }
        present = 0;
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
            at = space(nameEnd + 1);
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
            at = space(at);
            int c = peek(at);
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
                    put(field, at + 1, end);
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
            put(field, at, end);
        }
        return end;
    }

    private int space(int start) {
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

    /** Notes a value. One that is empty or says "None" is absent, and never takes the place of another. */
    private void put(Field field, int start, int end) {
        int length = end - start;
        if (length == 0
                || (length == NONE.length
                        && bytes[start] == 'N'
                        && bytes[start + 1] == 'o'
                        && bytes[start + 2] == 'n'
                        && bytes[start + 3] == 'e')) {
            return;
        }
        int i = field.index();
        from[i] = start;
        to[i] = end;
        long bit = 1L << i;
        present |= bit;
        found &= ~bit;
        longs = length > USUAL_LENGTHS[i] ? longs | bit : longs & ~bit;
        if (field == Field.CLIENT) {
            clientEscapes = escapes;
        }
    }

    @Override
    boolean has(Field field) {
        return (present >>> field.index() & 1) != 0;
    }

    @Override
    @Nullable
    String get(Field field) {
        if (!has(field)) {
            return null;
        }
        return field == Field.CLIENT && clientEscapes ? client() : entry(field).text();
    }

    /** The caller's program, without its escapes. */
    private String client() {
        int i = Field.CLIENT.index();
        return Bytes.unescaped(bytes, from[i], to[i]);
    }

    private Interned.Entry entry(Field field) {
        int i = field.index();
        Interned.Entry before = last[i];
        if (before != null && ((found >>> i & 1) != 0 || before.is(bytes, from[i], to[i]))) {
            found |= 1L << i;
            return before;
        }
        Interned.Entry entry = interned.of(bytes, from[i], to[i]);
        last[i] = entry;
        found |= 1L << i;
        return entry;
    }

    @Override
    void findAll(Wanted wanted) {
        boolean some = false;
        for (long fields = longs & ~wanted.useless() & TEXTS; fields != 0; fields &= fields - 1) {
            some |= isLong(Long.numberOfTrailingZeros(fields));
        }
        longTexts(some);
    }

    @Override
    Callers.Caller caller(@Nullable Field user, Field objectId, Field addressed, boolean merged) {
        if (user == null) {
            return super.caller(null, objectId, addressed, merged);
        }
        callersTexts.in(bytes);
        callerText(0, user);
        callerText(1, Field.APP_ID);
        callerText(2, objectId);
        callerText(3, addressed);
        Callers.Caller known = callers.get(callersTexts);
        if (known == null) {
            known = super.caller(user, objectId, addressed, merged);
            callers.put(callersTexts, known);
        }
        return known;
    }

    private void callerText(int index, Field field) {
        int i = field.index();
        boolean has = has(field);
        callersTexts.set(index, has ? from[i] : 0, has ? to[i] : 0);
    }

    private boolean isLong(int field) {
        int length = field == Field.CLIENT.index() && clientEscapes
                ? client().length()
                : Bytes.length(bytes, from[field], to[field]);
        return length > USUAL_LENGTHS[field];
    }

    @Override
    @Nullable
    String unique(Field field) {
        int i = field.index();
        return has(field) ? Bytes.text(bytes, from[i], to[i]) : null;
    }

    @Override
    @Nullable
    Long whole(Field field) {
        if (!has(field)) {
            return null;
        }
        int i = field.index();
        int length = to[i] - from[i];
        int number = length < 9 ? FlatTime.number(bytes, from[i], length) : -1;
        return number < 0 ? super.whole(field) : (Long) (long) number;
    }

    @Override
    ObjectUri object(Field field) {
        return field.isUnique() ? ObjectUri.of(unique(field)) : entry(field).object();
    }

    @Override
    @Nullable
    String address(Field field) {
        return has(field) ? entry(field).address() : null;
    }

    @Override
    @Nullable
    String folded(Field field) {
        return has(field) ? entry(field).folded() : null;
    }

    @Override
    @Nullable
    String upper(Field field) {
        return has(field) ? entry(field).upper() : null;
    }

    @Override
    ResourceId upperParts(Field field) {
        return entry(field).upperParts();
    }

    @Override
    ResourceId resourceParts(Field field) {
        return entry(field).parts();
    }

    @Override
    long millis(Field field) {
        int start = from[field.index()];
        int end = to[field.index()];
        long millis = times.millis(bytes, start, end);
        if (millis != TimeText.UNREADABLE) {
            return millis;
        }
        if (callFrom < callTo) {
            order.ahead(bytes, callFrom, callTo);
            callFrom = callTo;
        }
        return TimeText.millis(Bytes.text(bytes, start, end), order);
    }
}
