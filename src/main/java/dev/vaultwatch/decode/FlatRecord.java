package dev.vaultwatch.decode;

import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads a record in one pass over its bytes, if it is written in the plain part of JSON that Azure and Elastic write: texts
 * without escapes, short nesting, known names with single values. It checks that the whole record is well-formed and
 * notes where the known fields' values stand; a text is made of one only when it is asked for. So a record that no rule wants
 * costs no object, and no record is refused or taken on the strength of a part of it.
 *
 * <p>Of anything else it says so, and {@link RecordFields} reads the record: escapes, what is not UTF-8, lists where a field
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

    /** Longer numbers, which no record has, are the parser's to judge. */
    private static final int MAX_NUMBER = 24;

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
            & ~(1L << Field.SCOPE.index())
            & ~mask(Field::isUnique);

    /** The fields of those whose texts are not kept for other records. */
    private static final long UNIQUE = mask(Field::isUnique);

    private static long mask(Predicate<Field> which) {
        return Arrays.stream(Field.values())
                .filter(which)
                .mapToLong(field -> 1L << field.index())
                .sum();
    }

    private static final int[] USUAL_LENGTHS =
            Arrays.stream(Field.values()).mapToInt(Field::usualLength).toArray();

    private static final byte[] NONE = {'N', 'o', 'n', 'e'};

    private final Interned interned;
    private final Layouts layouts = new Layouts();

    /** The step that the record being read has come to; absent once it is no longer worth learning. */
    private Layouts.@Nullable Step learned;

    /** Behind the last value: where the next step begins. */
    private int stepStart;

    private final int[] from = new int[FIELDS];
    private final int[] to = new int[FIELDS];

    /** What each field said last: much is the same from record to record, and is then found without a look-up. */
    private final Interned.@Nullable Entry[] last = new Interned.Entry[FIELDS];

    /** Scratch of {@link #findAll}. */
    private final int[] sought = new int[FIELDS];

    private final long[] hashes = new long[FIELDS];
    private final Interned.@Nullable Entry[] candidates = new Interned.Entry[FIELDS];

    @SuppressWarnings("UnusedVariable") // keeps what is only fetched from being optimised away
    private int touched;

    private byte[] bytes = NONE;
    private int limit;

    /** The fields that have a value, a bit each; and those whose last text is this record's for sure. */
    private long present;

    private long found;

    /** Records with JSON text inside since the last one that could be read. */
    private int textual;

    private final FlatTime times = new FlatTime();

    /** What the source that is being read shows of its times. */
    private DayOrder order = new DayOrder();

    FlatRecord(Interned interned) {
        this.interned = interned;
    }

    /** Says what source the records that follow are of. */
    void source(DayOrder daysAndMonths) {
        order = daysAndMonths;
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
        bytes = record;
        limit = end;
        present = 0;
        found = 0;
        longTexts(false);
        int known = follow(start);
        if (known != NOT_FLAT) {
            textual = 0;
            return known;
        }
        present = 0;
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

    /** Reads a record that is written like one before it. */
    private int follow(int start) {
        Layouts.Step step = layouts.root();
        int at = start;
        while (true) {
            step = step.next(bytes, at, limit);
            if (step == null) {
                return NOT_FLAT;
            }
            at += step.length();
            int end;
            switch (step.value) {
                case TEXT -> {
                    end = Bytes.endOfUtf8(bytes, at, limit);
                    if (step.field != null && end < limit) {
                        put(step.field, at, end);
                    }
                }
                case WORD -> {
                    end = word(at, step.field);
                    if (end == NOT_FLAT) {
                        return NOT_FLAT;
                    }
                }
                default -> {
                    return at;
                }
            }
            // Whatever ends the text, it must be what the next step begins with.
            at = end;
        }
    }

    /** Notes that a value stands at a place, and how the record got there. */
    private void step(int start, int end, Layouts.Value value, @Nullable Field field) {
        if (learned != null) {
            learned = layouts.learn(learned, bytes, stepStart, start, value, field);
            stepStart = end;
        }
    }

    /** Lets go of the bytes read. */
    void release() {
        bytes = NONE;
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
                int end = Bytes.endOfUtf8(bytes, at + 1, limit);
                if (peek(end) != '"') {
                    return NOT_FLAT;
                }
                Field field = node == null ? null : node.field();
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

    /** Reads a number, or a word that is a value of its own. */
    private int word(int at, @Nullable Field field) {
        return switch (peek(at)) {
            case 't' -> word(at, "true", field);
            case 'f' -> word(at, "false", field);
            case 'n' -> word(at, "null", null);
            default -> number(at, field);
        };
    }

    private int word(int at, String word, @Nullable Field field) {
        int end = at + word.length();
        if (end > limit) {
            return NOT_FLAT;
        }
        for (int i = 1; i < word.length(); i++) {
            if (bytes[at + i] != word.charAt(i)) {
                return NOT_FLAT;
            }
        }
        if (field != null) {
            put(field, at, end);
        }
        return end;
    }

    private int number(int start, @Nullable Field field) {
        int at = peek(start) == '-' ? start + 1 : start;
        int whole = at;
        at = digits(at);
        if (at == whole || (at - whole > 1 && bytes[whole] == '0')) {
            return NOT_FLAT;
        }
        if (peek(at) == '.') {
            int fraction = at + 1;
            at = digits(fraction);
            if (at == fraction) {
                return NOT_FLAT;
            }
        }
        if (at - start > MAX_NUMBER) {
            return NOT_FLAT;
        }
        if (field != null) {
            put(field, start, at);
        }
        return at;
    }

    private int digits(int start) {
        int at = start;
        while (peek(at) >= '0' && peek(at) <= '9') {
            at++;
        }
        return at;
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
        present |= 1L << i;
    }

    @Override
    boolean has(Field field) {
        return (present >>> field.index() & 1) != 0;
    }

    @Override
    @Nullable
    String get(Field field) {
        return has(field) ? entry(field).text() : null;
    }

    private Interned.Entry entry(Field field) {
        int i = field.index();
        Interned.Entry before = last[i];
        if (before != null && ((found >>> i & 1) != 0 || before.is(bytes, from[i], to[i]))) {
            return before;
        }
        Interned.Entry entry = interned.of(bytes, from[i], to[i]);
        last[i] = entry;
        return entry;
    }

    @Override
    void findAll(Wanted wanted) {
        int count = 0;
        boolean some = false;
        long useful = present & ~wanted.useless();
        for (long fields = useful & TEXTS; fields != 0; fields &= fields - 1) {
            int i = Long.numberOfTrailingZeros(fields);
            some |= isLong(i);
            Interned.Entry before = last[i];
            if (before == null || !before.is(bytes, from[i], to[i])) {
                long hash = Bytes.hash(bytes, from[i], to[i]);
                sought[count] = i;
                hashes[count] = hash;
                candidates[count++] = interned.candidate(hash);
            }
        }
        for (long fields = useful & UNIQUE; fields != 0; fields &= fields - 1) {
            int i = Long.numberOfTrailingZeros(fields);
            some |= isLong(i);
        }
        longTexts(some);
        // Nobody asks for the sum; it makes the processor fetch all of them at once, which takes as long as one.
        for (int n = 0; n < count; n++) {
            Interned.Entry candidate = candidates[n];
            touched += candidate == null ? 0 : candidate.firstByte();
        }
        for (int n = 0; n < count; n++) {
            int i = sought[n];
            last[i] = interned.of(candidates[n], hashes[n], bytes, from[i], to[i]);
        }
        found = useful & TEXTS;
    }

    private boolean isLong(int field) {
        return to[field] - from[field] > USUAL_LENGTHS[field]
                && Bytes.length(bytes, from[field], to[field]) > USUAL_LENGTHS[field];
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
        return millis != TimeText.UNREADABLE ? millis : TimeText.millis(Bytes.text(bytes, start, end), order);
    }
}
