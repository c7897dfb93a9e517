package dev.vaultwatch.decode;

import java.io.ByteArrayOutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Bytes eight at a time. */
final class Bytes {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** A word of which each byte is 1; times a sign, each byte is that sign. */
    static final long EACH = 0x0101010101010101L;

    /** The high bit of each byte of a word. */
    static final long HIGH = 0x8080808080808080L;

    private static final long BACKSLASHES = '\\' * EACH;
    private static final long TWOS = 2 * EACH;
    private static final long BEHIND_SPACES = 0x21 * EACH;

    /** Of a text longer than twice this, some of the middle is not hashed. */
    private static final int HASHED = 32;

    static final byte[] NONE = {};

    /** Longer numbers, which no record has, are the parser's to judge. */
    private static final int MAX_NUMBER = 24;

    /** What each byte says as a hexadecimal digit; below zero for those that say nothing. */
    private static final byte[] DIGITS = digits();

    /** An odd number whose product knows all bits of the other factor: Fibonacci hashing. */
    static final long MIX = 0x9e3779b97f4a7c15L;

    private Bytes() {}

    /** The eight bytes from a place on, the first of them the lowest. */
    static long word(byte[] bytes, int at) {
        return (long) LONGS.get(bytes, at);
    }

    /** Writes the eight bytes of a word from a place on. */
    static void put(byte[] bytes, int at, long word) {
        LONGS.set(bytes, at, word);
    }

    /** The high bit of each byte that is zero; with certainty of the first such byte alone, since a borrow makes false hits behind a true one. */
    static long zeros(long word) {
        return (word - EACH) & ~word & HIGH;
    }

    /**
     * The first byte from a place on that a plain text can't hold: a quote, a backslash, a control character or the start of a
     * character beyond ASCII.
     *
     * @return its place, or {@code limit} if there is none before it
     */
    static int endOfPlain(byte[] bytes, int from, int limit) {
        int at = from;
        for (; at <= limit - Long.BYTES; at += Long.BYTES) {
            long word = word(bytes, at);
            // Each term has a byte's high bit for a hit: the first for what is a quote or less than a space, which
            // with the bit of two turned is what is less than 0x21. A borrow makes false hits, but only behind a true
            // one.
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

    /** The first place of an ASCII sign, or {@code limit} if there is none before it. */
    static int indexOf(char sign, byte[] bytes, int from, int limit) {
        long signs = sign * EACH;
        int at = from;
        for (; at <= limit - Long.BYTES; at += Long.BYTES) {
            long hits = zeros(word(bytes, at) ^ signs);
            if (hits != 0) {
                return at + (Long.numberOfTrailingZeros(hits) >>> 3);
            }
        }
        while (at < limit && bytes[at] != sign) {
            at++;
        }
        return Math.min(at, limit);
    }

    /**
     * The bytes with U+FFFD in the place of what is not UTF-8, as Java's own decoder has it; absent if all of them are.
     */
    static byte @Nullable [] repaired(byte[] bytes, int from, int to) {
        int bad = firstBad(bytes, from, to);
        if (bad == to) {
            return null;
        }
        ByteArrayOutputStream repaired = new ByteArrayOutputStream(to - from + HASHED);
        int good = from;
        while (bad < to) {
            // With a byte of ASCII a character begins whatever stands before it.
            int ascii = bad;
            while (ascii < to && bytes[ascii] < 0) {
                ascii++;
            }
            repaired.write(bytes, good, bad - good);
            repaired.writeBytes(
                    new String(bytes, bad, ascii - bad, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8));
            good = ascii;
            bad = firstBad(bytes, ascii, to);
        }
        repaired.write(bytes, good, to - good);
        return repaired.toByteArray();
    }

    /** Whether the bytes are UTF-8 throughout. */
    static boolean isUtf8(byte[] bytes, int from, int to) {
        return firstBad(bytes, from, to) == to;
    }

    /** Where what is not UTF-8 begins, or {@code limit}. */
    private static int firstBad(byte[] bytes, int from, int limit) {
        int at = from;
        while (at < limit) {
            if (at <= limit - Long.BYTES && (word(bytes, at) & HIGH) == 0) {
                at += Long.BYTES;
            } else if (bytes[at] >= 0) {
                at++;
            } else {
                int length = character(bytes, at, limit);
                if (length == 0) {
                    return at;
                }
                at += length;
            }
        }
        return limit;
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

    /** Where the number, or one of {@code true}, {@code false} and {@code null}, at a place ends; 0 if there is none such as records have. */
    static int endOfWord(byte[] bytes, int at, int limit) {
        return switch (at < limit ? bytes[at] : 0) {
            case 't' -> endOfWord(bytes, at, limit, "true");
            case 'f' -> endOfWord(bytes, at, limit, "false");
            case 'n' -> endOfWord(bytes, at, limit, "null");
            default -> endOfNumber(bytes, at, limit);
        };
    }

    private static int endOfWord(byte[] bytes, int at, int limit, String word) {
        int end = at + word.length();
        if (end > limit) {
            return 0;
        }
        for (int i = 1; i < word.length(); i++) {
            if (bytes[at + i] != word.charAt(i)) {
                return 0;
            }
        }
        return end;
    }

    private static int endOfNumber(byte[] bytes, int start, int limit) {
        int whole = start < limit && bytes[start] == '-' ? start + 1 : start;
        int at = endOfDigits(bytes, whole, limit);
        if (at == whole || (at - whole > 1 && bytes[whole] == '0')) {
            return 0;
        }
        if (at < limit && bytes[at] == '.') {
            int fraction = at + 1;
            at = endOfDigits(bytes, fraction, limit);
            if (at == fraction) {
                return 0;
            }
        }
        return at - start > MAX_NUMBER ? 0 : at;
    }

    private static int endOfDigits(byte[] bytes, int start, int limit) {
        int at = start;
        while (at < limit && bytes[at] >= '0' && bytes[at] <= '9') {
            at++;
        }
        return at;
    }

    /** How many bytes the escape at a place has, half of a surrogate pair among them; 0 if it is none. */
    static int escape(byte[] bytes, int at, int limit) {
        if (at + 1 >= limit) {
            return 0;
        }
        return switch (bytes[at + 1]) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> 2;
            case 'u' -> at + 6 > limit || hex(bytes, at + 2) < 0 ? 0 : 6;
            default -> 0;
        };
    }

    /**
     * Where the closing quote of a text of UTF-8 stands, whose escapes are checked and not undone.
     *
     * @param from in the text
     * @return {@code limit} if the text is damaged or doesn't end before it
     */
    static int endOfText(byte[] bytes, int from, int limit) {
        int at = from;
        while (true) {
            // Where one letter is escaped, the next one may be as well.
            at = at < limit && bytes[at] == '\\' ? at : endOfUtf8(bytes, at, limit);
            if (at >= limit || bytes[at] != '\\') {
                return at < limit && bytes[at] == '"' ? at : limit;
            }
            int length = escape(bytes, at, limit);
            if (length == 0) {
                return limit;
            }
            at += length;
        }
    }

    /** What four hexadecimal digits say; below zero if they aren't. */
    static int hex(byte[] bytes, int at) {
        // What is no digit has the sign's bit, which stays there.
        return DIGITS[bytes[at] & 0xff] << 12
                | DIGITS[bytes[at + 1] & 0xff] << 8
                | DIGITS[bytes[at + 2] & 0xff] << 4
                | DIGITS[bytes[at + 3] & 0xff];
    }

    private static byte[] digits() {
        byte[] digits = new byte[1 << Byte.SIZE];
        for (int i = 0; i < digits.length; i++) {
            digits[i] = (byte) (i < 0x80 ? Character.digit(i, 16) : -1);
        }
        return digits;
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

    /** A hash of some bytes by their number and the last eight of them, of which the upper bits are the better ones. */
    static long hashOfEnd(byte[] bytes, int from, int to) {
        int length = to - from;
        long end = 0;
        if (length >= Long.BYTES) {
            end = word(bytes, to - Long.BYTES);
        } else if (to >= Long.BYTES) {
            end = word(bytes, to - Long.BYTES) >>> ((Long.BYTES - length) * Byte.SIZE);
        } else {
            for (int at = to - 1; at >= from; at--) {
                end = (end << Byte.SIZE) | (bytes[at] & 0xff);
            }
        }
        long hash = (end + length) * MIX;
        return (hash ^ (hash >>> 32)) * MIX;
    }

    /** A hash of some bytes, of which the upper bits are the better ones. */
    static long hash(byte[] bytes, int from, int to) {
        int length = to - from;
        long hash = length * MIX;
        if (length >= Long.BYTES) {
            int last = to - Long.BYTES;
            for (int at = from; at < last; at += Long.BYTES) {
                hash = (hash ^ word(bytes, at)) * MIX;
                hash ^= hash >>> 32;
                if (at == from + HASHED && at < to - HASHED) {
                    // Long texts are resource ids: what tells them apart is at both ends.
                    at = to - HASHED;
                }
            }
            hash = (hash ^ word(bytes, last)) * MIX;
        } else {
            long word = 0;
            for (int at = from; at < to; at++) {
                word = (word << Byte.SIZE) | (bytes[at] & 0xff);
            }
            hash = (hash ^ word) * MIX;
        }
        // A product's upper bits know all of its factors' bits, the lower ones don't; what differs often stands last.
        hash ^= hash >>> 32;
        return hash * MIX;
    }
}
