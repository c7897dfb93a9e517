package dev.vaultwatch.decode;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the texts that name a caller say together, by their bytes: a memo. A caller's name, application, object id and address repeat
 * together from record to record, and one look-up for the four waits for memory once where four would wait for each.
 *
 * <p>A two-way set-associative table of fixed size, as {@link Interned} is: any number of threads read and write it without a lock, and
 * the worst of a race is a caller that is worked out twice.
 */
final class Callers {
    /** A power of two: twice the users of a large tenant's hour would need more; they cost four look-ups again. */
    private static final int SLOTS = 1 << 15;

    /** Callers with longer texts are worked out anew each time, so that the table's size is bounded in bytes, too. */
    private static final int MAX_BYTES = 512;

    private static final int TEXTS = 4;

    private final @Nullable Entry[] entries = new Entry[SLOTS];

    /** The caller's part of an event. Immutable. */
    record Caller(
            @Nullable String upn,
            @Nullable String appId,
            @Nullable String objectId,
            @Nullable String sourceIp,
            @Nullable String sourceAddress) {}

    /** Four texts, one behind the other, and what they say. */
    private static final class Entry {
        private final byte[] texts;
        private final int second;
        private final int third;
        private final int fourth;
        private final Caller caller;

        Entry(Texts of, Caller caller) {
            this.second = of.length(0);
            this.third = second + of.length(1);
            this.fourth = third + of.length(2);
            this.texts = new byte[fourth + of.length(3)];
            System.arraycopy(of.bytes, of.from[0], texts, 0, second);
            System.arraycopy(of.bytes, of.from[1], texts, second, third - second);
            System.arraycopy(of.bytes, of.from[2], texts, third, fourth - third);
            System.arraycopy(of.bytes, of.from[3], texts, fourth, texts.length - fourth);
            this.caller = caller;
        }

        boolean is(Texts of) {
            return Arrays.equals(texts, 0, second, of.bytes, of.from[0], of.to[0])
                    && Arrays.equals(texts, second, third, of.bytes, of.from[1], of.to[1])
                    && Arrays.equals(texts, third, fourth, of.bytes, of.from[2], of.to[2])
                    && Arrays.equals(texts, fourth, texts.length, of.bytes, of.from[3], of.to[3]);
        }
    }

    /** Where four texts stand: the user's name, the application, the object id, the address. Used again; not thread-safe. */
    static final class Texts {
        private byte[] bytes = {};
        private final int[] from = new int[TEXTS];
        private final int[] to = new int[TEXTS];

        void in(byte[] record) {
            bytes = record;
        }

        /** Sets a text; one that is absent is empty. */
        void set(int index, int start, int end) {
            from[index] = start;
            to[index] = end;
        }

        private int length(int index) {
            return to[index] - from[index];
        }

        private boolean isLong() {
            return length(0) + length(1) + length(2) + length(3) > MAX_BYTES;
        }

        private int place() {
            return (int) (Bytes.hash(bytes, from[0], to[0]) >>> 40) & (SLOTS - 1);
        }
    }

    /** What the texts are known to say; absent if that must be worked out. */
    @Nullable
    Caller get(Texts texts) {
        int place = texts.place();
        Entry first = entries[place];
        if (first != null && first.is(texts)) {
            return first.caller;
        }
        Entry second = entries[place ^ 1];
        return second != null && second.is(texts) ? second.caller : null;
    }

    /** Notes what the texts say. */
    void put(Texts texts, Caller caller) {
        if (texts.isLong()) {
            return;
        }
        int place = texts.place();
        entries[entries[place] == null ? place : place ^ 1] = new Entry(texts, caller);
    }
}
