package dev.vaultwatch.engine;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A multiset of many values: open addressing with linear probing, and backward shift where a value goes. A value's hash and its count
 * stand together in one word, so that for a value that was there before nothing but its word and the reference to it is fetched from
 * memory.
 *
 * <p>A value that finds no room near its place goes to a map, which holds its own whatever values an outsider invents. Not thread-safe.
 */
final class CountedValues {
    private static final int LEAST = 64;

    /** So many places in a row may hold a value. */
    private static final int NEAR = 16;

    /** That of Fibonacci hashing: it spreads hashes that differ in a few bits only. */
    private static final int GOLDEN = 0x9e3779b9;

    /** For each place the value's hash above, its count below; 0 where it is free, since no count is 0. */
    private long[] words = new long[LEAST];

    private @Nullable Object[] values = new Object[LEAST];
    private int placed;
    private final Map<Object, Integer> others = new HashMap<>(0);

    /** Adds a value so many times; whether it is new. */
    boolean add(Object value, int times) {
        int hash = value.hashCode();
        int place = find(value, hash);
        if (place >= 0) {
            words[place] += times;
            return false;
        }
        if (!others.isEmpty() && others.computeIfPresent(value, (each, count) -> count + times) != null) {
            return false;
        }
        if (2 * (placed + 1) > words.length) {
            grow();
        }
        if (!put(value, word(hash, times))) {
            others.put(value, times);
        }
        return true;
    }

    /** Takes one addition back; whether it was the last. A value that is not there is none. */
    boolean remove(Object value) {
        int place = find(value, value.hashCode());
        if (place >= 0) {
            if ((int) --words[place] > 0) {
                return false;
            }
            free(place);
            return true;
        }
        Integer count = others.get(value);
        if (count == null) {
            return false;
        }
        if (count > 1) {
            others.put(value, count - 1);
            return false;
        }
        others.remove(value);
        return true;
    }

    /** The values, in any order. */
    Object[] toArray() {
        Object[] all = new Object[placed + others.size()];
        int size = 0;
        for (Object value : values) {
            if (value != null) {
                all[size++] = value;
            }
        }
        for (Object value : others.keySet()) {
            all[size++] = value;
        }
        return all;
    }

    /** The value's place; below zero if it has none. */
    @SuppressWarnings(
            "ReferenceEquality") // decoders hand out the same text nearly always, and it is not looked at then
    private int find(Object value, int hash) {
        int place = place(hash);
        for (int i = 0; i < NEAR && words[place] != 0; i++) {
            if (hash(words[place]) == hash && (values[place] == value || value.equals(values[place]))) {
                return place;
            }
            place = next(place);
        }
        return -1;
    }

    private boolean put(Object value, long word) {
        int place = place(hash(word));
        for (int i = 0; i < NEAR; i++) {
            if (words[place] == 0) {
                words[place] = word;
                values[place] = value;
                placed++;
                return true;
            }
            place = next(place);
        }
        return false;
    }

    /** Frees a place, and lets those behind it move up that would not be found beyond it. */
    private void free(int place) {
        int free = place;
        for (int each = next(free); words[each] != 0; each = next(each)) {
            int toHome = (each - place(hash(words[each]))) & (words.length - 1);
            int toFree = (each - free) & (words.length - 1);
            if (toHome >= toFree) {
                words[free] = words[each];
                values[free] = values[each];
                free = each;
            }
        }
        words[free] = 0;
        values[free] = null;
        placed--;
    }

    private void grow() {
        long[] oldWords = words;
        @Nullable Object[] old = values;
        words = new long[2 * oldWords.length];
        values = new Object[words.length];
        placed = 0;
        for (int i = 0; i < old.length; i++) {
            Object value = old[i];
            if (value != null && !put(value, oldWords[i])) {
                others.put(value, (int) oldWords[i]);
            }
        }
    }

    private static long word(int hash, int count) {
        return (long) hash << Integer.SIZE | count;
    }

    private static int hash(long word) {
        return (int) (word >>> Integer.SIZE);
    }

    private int place(int hash) {
        return (hash * GOLDEN) >>> Integer.numberOfLeadingZeros(words.length - 1);
    }

    private int next(int place) {
        return (place + 1) & (words.length - 1);
    }
}
