package dev.vaultwatch.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

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

    /**
     * The first byte from a place on that the rest of a text without escapes can't hold: a quote, a backslash, a control character, or
     * what is not UTF-8 (RFC 3629: neither longer than need be, nor half of a surrogate pair).
     *
     * @return its place, or {@code limit} if there is none before it
     */
    static int endOfUtf8(byte[] bytes, int from, int limit) {
        int at = from;
        while (true) {
            at = endOfPlain(bytes, at, limit);
            if (at == limit || bytes[at] >= 0) {
                return at;
            }
            int length = character(bytes, at, limit);
            if (length == 0) {
                return at;
            }
            at += length;
        }
    }

    /** How many bytes the character beyond ASCII at a place has; 0 if there is none. */
    private static int character(byte[] bytes, int at, int limit) {
        int first = bytes[at] & 0xff;
        int length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
        if (length == 0 || at + length > limit) {
            return 0;
        }
        for (int i = 1; i < length; i++) {
            if ((bytes[at + i] & 0xc0) != 0x80) {
                return 0;
            }
        }
        int second = bytes[at + 1] & 0xff;
        boolean bad = (first == 0xe0 && second < 0xa0)
                || (first == 0xed && second >= 0xa0)
                || (first == 0xf0 && second < 0x90)
                || (first == 0xf4 && second >= 0x90);
        return bad ? 0 : length;
    }

    /** A text in UTF-8; for ASCII, which nearly all is, without a look at characters. */
    static String text(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] < 0) {
                return new String(bytes, from, to - from, StandardCharsets.UTF_8);
            }
        }
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** How long a text is in characters, as {@link String#length} counts. */
    static int length(byte[] bytes, int from, int to) {
        int length = 0;
        for (int i = from; i < to; i++) {
            int b = bytes[i] & 0xff;
            length += (b & 0xc0) == 0x80 ? 0 : b >= 0xf0 ? 2 : 1;
        }
        return length;
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
