package dev.vaultwatch.decode;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the texts that name a caller say together, by their bytes: a memo. A caller's name, application, object id and address repeat
 * together from record to record, and one look-up for the four waits for memory once where four would wait for each.
 *
 * <p>A cuckoo filter's places without its moves: a table of fixed size, where a caller may stand in either of two pairs of neighbours, so
 * that a table which is two thirds full turns away hardly any. As with {@link Interned}, any number of threads read and write it without a lock, and
 * the worst of a race is a caller that is worked out twice.
 */
final class Callers {
    /** A power of two. Callers beyond it cost four look-ups each. */
    private static final int SLOTS = 1 << 15;

    /** Callers with longer texts are worked out anew each time, so that the table's size is bounded in bytes, too. */
    private static final int MAX_BYTES = 512;

    private static final int TEXTS = 4;

    private final @Nullable Caller[] known = new Caller[SLOTS];

    /** The caller's part of an event, and the four texts, one behind the other, that say it. Immutable. */
    static final class Caller {
        private static final byte[] UNKNOWN = {};

        private final @Nullable String upn;
        private final int upnHash;
        private final @Nullable String appId;
        private final @Nullable String objectId;
        private final @Nullable String sourceIp;
        private final @Nullable String sourceAddress;
        private final long hash;
        private final byte[] texts;
        private final int second;
        private final int third;
        private final int fourth;

        Caller(
                @Nullable String upn,
                @Nullable String appId,
                @Nullable String objectId,
                @Nullable String sourceIp,
                @Nullable String sourceAddress) {
            this.upn = upn;
            this.upnHash = upn == null ? 0 : upn.hashCode();
            this.appId = appId;
            this.objectId = objectId;
            this.sourceIp = sourceIp;
            this.sourceAddress = sourceAddress;
            this.hash = 0;
            this.texts = UNKNOWN;
            this.second = 0;
            this.third = 0;
            this.fourth = 0;
        }

        private Caller(Caller same, long hash, byte[] bytes, Texts of) {
            this.upn = same.upn;
            this.upnHash = same.upnHash;
            this.appId = same.appId;
            this.objectId = same.objectId;
            this.sourceIp = same.sourceIp;
            this.sourceAddress = same.sourceAddress;
            this.hash = hash;
            this.second = of.length(0);
            this.third = second + of.length(1);
            this.fourth = third + of.length(2);
            this.texts = new byte[fourth + of.length(3)];
            System.arraycopy(bytes, of.from[0], texts, 0, second);
            System.arraycopy(bytes, of.from[1], texts, second, third - second);
            System.arraycopy(bytes, of.from[2], texts, third, fourth - third);
            System.arraycopy(bytes, of.from[3], texts, fourth, texts.length - fourth);
        }

        private boolean is(long itsHash, byte[] bytes, Texts of) {
            return hash == itsHash
                    && Arrays.equals(texts, 0, second, bytes, of.from[0], of.to[0])
                    && Arrays.equals(texts, second, third, bytes, of.from[1], of.to[1])
                    && Arrays.equals(texts, third, fourth, bytes, of.from[2], of.to[2])
                    && Arrays.equals(texts, fourth, texts.length, bytes, of.from[3], of.to[3]);
        }

        @Nullable
        String upn() {
            return upn;
        }

        /** The hash of the UPN: who has it need not fetch the text. */
        int upnHash() {
            return upnHash;
        }

        @Nullable
        String appId() {
            return appId;
        }

        @Nullable
        String objectId() {
            return objectId;
        }

        @Nullable
        String sourceIp() {
            return sourceIp;
        }

        @Nullable
        String sourceAddress() {
            return sourceAddress;
        }
    }

    /** Where four texts stand: the user's name, the application, the object id, the address. Used again; not thread-safe. */
    static final class Texts {
        private final int[] from = new int[TEXTS];
        private final int[] to = new int[TEXTS];

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

        private long hash(byte[] bytes) {
            return Bytes.hash(bytes, from[0], to[0]);
        }
    }

    /** What the texts are known to say; absent if that must be worked out. */
    @Nullable
    Caller get(byte[] bytes, Texts texts) {
        long hash = texts.hash(bytes);
        Caller caller = atEither(first(hash), hash, bytes, texts);
        return caller != null ? caller : atEither(second(hash), hash, bytes, texts);
    }

    /** The caller of these texts, if it stands at a place or its neighbour. */
    private @Nullable Caller atEither(int place, long hash, byte[] bytes, Texts texts) {
        Caller caller = known[place];
        if (caller != null && caller.is(hash, bytes, texts)) {
            return caller;
        }
        caller = known[place ^ 1];
        return caller != null && caller.is(hash, bytes, texts) ? caller : null;
    }

    /** Notes what the texts say. */
    void put(byte[] bytes, Texts texts, Caller caller) {
        if (texts.isLong()) {
            return;
        }
        long hash = texts.hash(bytes);
        int place = first(hash);
        int other = second(hash);
        // Whoever finds no room takes the last place: of the others, three in four stay.
        int free = known[place] == null
                ? place
                : known[place ^ 1] == null ? place ^ 1 : known[other] == null ? other : other ^ 1;
        known[free] = new Caller(caller, hash, bytes, texts);
    }

    private static int first(long hash) {
        return (int) (hash >>> 48) & (SLOTS - 1);
    }

    private static int second(long hash) {
        return (int) (hash >>> 32) & (SLOTS - 1);
    }
}
