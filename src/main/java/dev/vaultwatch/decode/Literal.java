package dev.vaultwatch.decode;

import java.util.Arrays;

/** Bytes that are compared eight at a time. Immutable. */
final class Literal {
    private final byte[] bytes;

    /** That of the bytes, which are seldom looked at themselves: memory that a record has not to wait for. */
    private final int length;

    private final long[] words;

    /** Of the last word, only the bytes under the mask count. */
    private final long lastMask;

    Literal(byte[] bytes) {
        this.bytes = bytes;
        this.length = bytes.length;
        int count = (bytes.length + Long.BYTES - 1) / Long.BYTES;
        byte[] padded = Arrays.copyOf(bytes, count * Long.BYTES);
        words = new long[count];
        for (int i = 0; i < count; i++) {
            words[i] = Bytes.word(padded, i * Long.BYTES);
        }
        int rest = bytes.length % Long.BYTES;
        lastMask = rest == 0 ? -1L : (1L << (rest * Byte.SIZE)) - 1;
    }

    /** The bytes; not to be changed. */
    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** Whether these bytes stand at a place. */
    boolean isAt(byte[] others, int at, int limit) {
        if (length > limit - at) {
            return false;
        }
        int last = words.length - 1;
        if (at > others.length - words.length * Long.BYTES) {
            return Arrays.equals(bytes, 0, length, others, at, at + length);
        }
        int place = at;
        for (int i = 0; i < last; i++, place += Long.BYTES) {
            if (Bytes.word(others, place) != words[i]) {
                return false;
            }
        }
        return (Bytes.word(others, place) & lastMask) == words[last];
    }
}
