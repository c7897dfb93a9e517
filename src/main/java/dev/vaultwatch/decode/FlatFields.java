package dev.vaultwatch.decode;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where the values of one record's fields stand in its bytes, and what they say: a text is made, or looked up, only when it is asked
 * for. Used again for the next record. Not thread-safe.
 */
abstract class FlatFields extends AuditFields {
    private static final int FIELDS = Field.values().length;

    /** The fields whose text an event may hold, a bit each: a time is read and not kept. */
    private static final long TEXTS = -1L
            & ~(1L << Field.TIMESTAMP.index())
            & ~(1L << Field.TIME.index())
            & ~(1L << Field.TIME_GENERATED.index())
            & ~(1L << Field.SCOPE.index());

    private static final int[] USUAL_LENGTHS =
            Arrays.stream(Field.values()).mapToInt(Field::usualLength).toArray();

    /**
     * Bytes that may be held on to from call to call: a block of usual size, of which a host may give record after record. For each
     * thread that decodes, and for 16 at most.
     */
    private static final int MOST_HELD = 1 << 20;

    private static final byte[] NONE = {'N', 'o', 'n', 'e'};

    private final Interned interned;
    private final Callers callers;
    private final Callers.Texts callersTexts = new Callers.Texts();
    private final int[] from = new int[FIELDS];
    private final int[] to = new int[FIELDS];

    /**
     * A direct-mapped cache of what fields said lately: much is the same from record to record, and is then found without a look-up.
     * Each field notes the place of its entry and not the entry: a store of a number costs the collector nothing.
     */
    private final Interned.@Nullable Entry[] near = new Interned.Entry[Interned.PLACES];

    private final int[] places = new int[FIELDS];

    /** The record's bytes; set by {@link #in}. */
    private byte[] record = NONE;

    /** The bytes that are being read: the record's, or what a text in it says. */
    byte[] bytes = NONE;

    /** The fields that have a value, a bit each. */
    private long present;

    /** Those of which {@link #near} has at their place what they say now. */
    private long found;

    /** Those with more bytes than their texts usually have. */
    private long longs;

    /** The texts of the record that are written with escapes, without them, and where the last of them begins. */
    private final JsonText unescaped = new JsonText();

    private int lastUnescaped;

    /** The fields whose values stand in no place of the record, a bit each, */
    private long elsewhere;

    /** and what they stand in. */
    private final byte[][] others = new byte[FIELDS][];

    /** Whether any of them is set, by this record or an earlier one of the call. */
    private boolean refers;

    private final FlatTime times = new FlatTime();

    /** What the source that is being read shows of its times. */
    private DayOrder order = new DayOrder();

    private int callFrom;
    private int callTo;

    FlatFields(Interned interned, Callers callers) {
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

    /** Says what bytes the values stand in. */
    final void in(byte[] record) {
        if (this.record != record) {
            this.record = record;
        }
        if (bytes != record) {
            bytes = record;
        }
    }

    /** Starts a record, without any value. */
    void begin() {
        present = 0;
        found = 0;
        longs = 0;
        elsewhere = 0;
        unescaped.clear();
        longTexts(false);
    }

    /** Notes a value. One that is empty or says "None" is absent, and never takes the place of another. */
    final void put(Field field, int start, int end) {
        put(field, bytes, start, end);
    }

    /**
     * Reads a text with escapes.
     *
     * @param start its opening quote
     * @return where its closing quote stands, or {@link FlatRecord#NOT_FLAT} if there is none, or what it says is not plain
     */
    final int unescape(int start, int limit) {
        lastUnescaped = unescaped.length();
        return unescaped.append(bytes, start, limit) ? unescaped.end() - 1 : FlatRecord.NOT_FLAT;
    }

    /** As {@link #put}, of the text that {@link #unescape} has read. */
    final void putUnescaped(Field field) {
        put(field, unescaped.bytes(), lastUnescaped, unescaped.length());
    }

    private void put(Field field, byte[] in, int start, int end) {
        int length = end - start;
        if (length == 0
                || (length == NONE.length
                        && in[start] == 'N'
                        && in[start + 1] == 'o'
                        && in[start + 2] == 'n'
                        && in[start + 3] == 'e')) {
            return;
        }
        int i = field.index();
        from[i] = start;
        to[i] = end;
        long bit = 1L << i;
        present |= bit;
        found &= ~bit;
        longs = length > USUAL_LENGTHS[i] ? longs | bit : longs & ~bit;
        if (in != record) {
            elsewhere |= bit;
            others[i] = in;
            refers = true;
        } else if (elsewhere != 0) {
            elsewhere &= ~bit;
        }
    }

    /** Notes a value of which it is known what it says. */
    final void putHabit(Field field, int start, int end, Interned.Entry entry) {
        int i = field.index();
        from[i] = start;
        to[i] = end;
        long bit = 1L << i;
        present |= bit;
        note(i, entry);
        if (elsewhere != 0) {
            elsewhere &= ~bit;
        }
        longs = end - start > USUAL_LENGTHS[i] ? longs | bit : longs & ~bit;
    }

    private void note(int field, Interned.Entry entry) {
        int place = entry.place();
        if (near[place] != entry) {
            near[place] = entry;
            // What stood there may have been what another field of the record says.
            found = 0;
        }
        places[field] = place;
        found |= 1L << field;
    }

    /** Whether the field's value is the one that begins at a place of the record. */
    final boolean standsAt(Field field, int at) {
        return ((present & ~elsewhere) >>> field.index() & 1) != 0 && from[field.index()] == at;
    }

    /** What a field's value stands in. */
    final byte[] bytesOf(int field) {
        return (elsewhere >>> field & 1) == 0 ? record : others[field];
    }

    /** Lets go of the bytes read, if they are many: a record a call, the next one is often of the same block. */
    void release() {
        if (record.length > MOST_HELD) {
            in(NONE);
        }
        if (refers) {
            refers = false;
            Arrays.fill(others, NONE);
        }
        unescaped.release();
        present = 0;
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

    /** The field's text, of a field that has a value. */
    final Interned.Entry entry(Field field) {
        int i = field.index();
        Interned.Entry before = near[places[i]];
        if (before != null && ((found >>> i & 1) != 0 || before.is(bytesOf(i), from[i], to[i]))) {
            found |= 1L << i;
            return before;
        }
        Interned.Entry entry = interned.of(bytesOf(i), from[i], to[i]);
        note(i, entry);
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
    @Nullable
    String issuer(Field field) {
        return has(field) ? entry(field).issuer() : null;
    }

    @Override
    Callers.Caller caller(@Nullable Field user, Field objectId, Field addressed, boolean merged) {
        if (user == null || elsewhere != 0) {
            return super.caller(user, objectId, addressed, merged);
        }
        callerText(0, user);
        callerText(1, Field.APP_ID);
        callerText(2, objectId);
        callerText(3, addressed);
        Callers.Caller known = callers.get(record, callersTexts);
        if (known == null) {
            known = super.caller(user, objectId, addressed, merged);
            callers.put(record, callersTexts, known);
        }
        return known;
    }

    private void callerText(int index, Field field) {
        int i = field.index();
        boolean has = has(field);
        callersTexts.set(index, has ? from[i] : 0, has ? to[i] : 0);
    }

    private boolean isLong(int field) {
        return Bytes.length(bytesOf(field), from[field], to[field]) > USUAL_LENGTHS[field];
    }

    @Override
    @Nullable
    String unique(Field field) {
        int i = field.index();
        return has(field) ? Bytes.text(bytesOf(i), from[i], to[i]) : null;
    }

    @Override
    @Nullable
    Long whole(Field field) {
        if (!has(field)) {
            return null;
        }
        int i = field.index();
        int length = to[i] - from[i];
        int number = length < 9 ? FlatTime.number(bytesOf(i), from[i], length) : -1;
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
        byte[] in = bytesOf(field.index());
        int start = from[field.index()];
        int end = to[field.index()];
        long millis = times.millis(in, start, end);
        if (millis != TimeText.UNREADABLE) {
            return millis;
        }
        if (callFrom < callTo) {
            order.ahead(record, callFrom, callTo);
            callFrom = callTo;
        }
        return TimeText.millis(Bytes.text(in, start, end), order);
    }
}
