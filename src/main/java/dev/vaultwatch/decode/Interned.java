package dev.vaultwatch.decode;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Texts that repeat from record to record, found by their bytes: a text that is here costs no object. People, addresses,
 * vaults and applications repeat all day; a flood of invented ones only pushes others out.
 *
 * <p>A table of fixed size, where each text has two places. It is read and written by any number of threads without a lock:
 * an entry never changes but for what can be computed again, so the worst of a race is a text that is made twice.
 */
final class Interned {

    /** A power of two; room for the people, object ids and vaults of a large tenant's hour. */
    private static final int SLOTS = 1 << 16;

    /** Longer texts are made anew each time, so that the table's size in memory is bounded too. */
    private static final int MAX_BYTES = 256;

    private final @Nullable Entry[] entries = new Entry[SLOTS];

    /** A text and its bytes. */
    static final class Entry {
        private final long hash;
        private final byte[] bytes;
        private final String text;
        private @Nullable ResourceId parts;

        private Entry(long hash, byte[] bytes, int from, int to) {
            this.hash = hash;
            this.bytes = Arrays.copyOfRange(bytes, from, to);
            this.text = new String(this.bytes, StandardCharsets.ISO_8859_1);
        }

        String text() {
            return text;
        }

        /** The parts of a text that is a resource id. */
        ResourceId parts() {
            ResourceId known = parts;
            if (known == null) {
                known = ResourceId.of(text);
                parts = known;
            }
            return known;
        }

        /** Whether the text is in these bytes. */
        boolean is(byte[] other, int from, int to) {
            return Arrays.equals(bytes, 0, bytes.length, other, from, to);
        }
    }

    /** The entry for some bytes of ASCII. */
    Entry of(byte[] bytes, int from, int to) {
        if (to - from > MAX_BYTES) {
            return new Entry(0, bytes, from, to);
        }
        long hash = Bytes.hash(bytes, from, to);
        int slot = (int) (hash >>> 40) & (SLOTS - 1);
        Entry first = entries[slot];
        if (first != null && first.hash == hash && first.is(bytes, from, to)) {
            return first;
        }
        Entry second = entries[slot ^ 1];
        if (second != null && second.hash == hash && second.is(bytes, from, to)) {
            return second;
        }
        Entry made = new Entry(hash, bytes, from, to);
        entries[first == null ? slot : slot ^ 1] = made;
        return made;
    }
}
