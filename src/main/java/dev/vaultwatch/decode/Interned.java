package dev.vaultwatch.decode;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
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

    /** How many places {@link Entry#place} tells apart; a power of two. */
    static final int PLACES = 1 << 10;

    /** A text and its bytes. */
    static final class Entry {
        private final long hash;
        private final byte[] bytes;
        private final String text;
        private @Nullable ResourceId parts;
        private @Nullable ResourceId upperParts;
        private @Nullable ObjectUri object;
        private @Nullable String upper;
        private @Nullable String folded;

        /** Empty for a text without an address. */
        private @Nullable String address;

        /** Empty for a text that is no issuer. */
        private @Nullable String issuer;

        private Entry(long hash, byte[] bytes, int from, int to) {
            this.hash = hash;
            this.bytes = Arrays.copyOfRange(bytes, from, to);
            this.text = Bytes.text(this.bytes, 0, this.bytes.length);
        }

        String text() {
            return text;
        }

        /** A place in a table of {@value #PLACES}. */
        int place() {
            return (int) (hash >>> 20) & (PLACES - 1);
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

        /** What a text that is an address says of an object. */
        ObjectUri object() {
            ObjectUri known = object;
            if (known == null) {
                known = ObjectUri.of(text);
                object = known;
            }
            return known;
        }

        /** The parts of a text that is a resource id, in capitals. */
        ResourceId upperParts() {
            ResourceId known = upperParts;
            if (known == null) {
                known = ResourceId.of(upper());
                upperParts = known;
            }
            return known;
        }

        /** The text in capitals. */
        String upper() {
            String known = upper;
            if (known == null) {
                known = text.toUpperCase(Locale.ROOT);
                upper = known;
            }
            return known;
        }

        /** The text as {@link UserName} folds it. */
        String folded() {
            String known = folded;
            if (known == null) {
                known = UserName.fold(text);
                folded = known;
            }
            return known;
        }

        /** The address in the text, by {@link IpLiteral}; absent if there is none. */
        @Nullable
        String address() {
            String known = address;
            if (known == null) {
                String found = IpLiteral.in(text);
                known = found == null ? "" : found;
                address = known;
            }
            return known.isEmpty() ? null : known;
        }

        /** The directory in the text, by {@link AuditFields#directory}; absent if there is none. */
        @Nullable
        String issuer() {
            String known = issuer;
            if (known == null) {
                String found = AuditFields.directory(text);
                known = found == null ? "" : found;
                issuer = known;
            }
            return known.isEmpty() ? null : known;
        }

        /** Whether the text is in these bytes. */
        boolean is(byte[] other, int from, int to) {
            return Arrays.equals(bytes, 0, bytes.length, other, from, to);
        }
    }

    /** The first place of a text with that hash; the second is the neighbour. */
    private static int place(long hash) {
        return (int) (hash >>> 40) & (SLOTS - 1);
    }

    /** The entry for a text that has no half of a surrogate pair; absent for one that is too long to be kept here. */
    @Nullable
    Entry of(String text) {
        if (text.length() > MAX_BYTES) {
            return null;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return of(bytes, 0, bytes.length);
    }

    /** The entry for some bytes of UTF-8. */
    Entry of(byte[] bytes, int from, int to) {
        long hash = Bytes.hash(bytes, from, to);
        Entry first = entries[place(hash)];
        if (first != null && first.hash == hash && first.is(bytes, from, to)) {
            return first;
        }
        if (to - from > MAX_BYTES) {
            return new Entry(0, bytes, from, to);
        }
        int second = place(hash) ^ 1;
        Entry entry = entries[second];
        if (entry != null && entry.hash == hash && entry.is(bytes, from, to)) {
            return entry;
        }
        Entry made = new Entry(hash, bytes, from, to);
        entries[first == null ? place(hash) : second] = made;
        return made;
    }
}
