package dev.vaultwatch.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Bytes eight at a time. */
final class Bytes {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long EACH = 0x0101010101010101L;
    private static final long HIGH = 0x8080808080808080L;
    private static final long BACKSLASHES = '\\' * EACH;
    private static final long TWOS = 2 * EACH;
    private static final long BEHIND_SPACES = 0x21 * EACH;

    /** Of a text longer than twice this, some of the middle is not hashed. */
    private static final int HASHED = 32;

    private static final long MIX = 0x9e3779b97f4a7c15L;

    private Bytes() {}

    /**
     * The first byte from a place on that a plain text can't hold: a quote, a backslash, a control character or the start of a
     * character beyond ASCII.
     *
     * @return its place, or {@code limit} if there is none before it
     */
    static int endOfPlain(byte[] bytes, int from, int limit) {
        int at = from;
        for (; at <= limit - Long.BYTES; at += Long.BYTES) {
            long word = (long) LONGS.get(bytes, at);
            // Each term has a byte's high bit for a hit: the first for what is a quote or less than a space, which with
            // the
            // bit of two turned is what is less than 0x21. A borrow makes false hits, but only behind a true one.
            long hits = (((word ^ TWOS) - BEHIND_SPACES) | ((word ^ BACKSLASHES) - EACH) | word) & HIGH;
            if (hits != 0) {
                return at + (Long.numberOfTrailingZeros(hits) >>> 3);
            }
        }
        for (; at < limit; at++) {
            byte c = bytes[at];
            // Bytes beyond ASCII are negative.
            if (c < ' ' || c == '"' || c == '\\') {
                return at;
            }
        }
        return limit;
    }

    /** A hash of some bytes, of which the upper bits are the better ones. */
    static long hash(byte[] bytes, int from, int to) {
        int length = to - from;
        long hash = length * MIX;
        if (length >= Long.BYTES) {
            int last = to - Long.BYTES;
            for (int at = from; at < last; at += Long.BYTES) {
                hash = (hash ^ (long) LONGS.get(bytes, at)) * MIX;
                hash ^= hash >>> 32;
                if (at == from + HASHED && at < to - HASHED) {
                    // Long texts are resource ids: what tells them apart is at both ends.
                    at = to - HASHED;
                }
            }
            hash = (hash ^ (long) LONGS.get(bytes, last)) * MIX;
        } else {
            long word = 0;
            for (int at = from; at < to; at++) {
                word = (word << Byte.SIZE) | bytes[at];
            }
            hash = (hash ^ word) * MIX;
        }
        // A product's upper bits know all of its factors' bits, the lower ones don't; what differs often stands last.
        hash ^= hash >>> 32;
        return hash * MIX;
    }
}
