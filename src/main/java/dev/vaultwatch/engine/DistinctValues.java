package dev.vaultwatch.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A multiset that is searched from one end to the other while it is small, as nearly all are: a value is in it as often as it was
 * added and not removed. Not thread-safe.
 */
final class DistinctValues {
    /** Beyond so many values a search costs more than a hash. */
    private static final int FEW = 16;

    private Object[] few = new Object[1];
    private int[] counts = new int[1];
    private int size;
    private @Nullable Object last;
    private int lastPlace;
    private @Nullable Map<Object, int[]> many;

    /** As long as no value is new or gone: a sliding window is asked with each event that comes or leaves. */
    private @Nullable List<Object> sorted;

    @SuppressWarnings("ReferenceEquality") // decoders hand out the same text for runs of one value; others are compared
    void add(Object value) {
        if (many != null) {
            if (++many.computeIfAbsent(value, each -> new int[1])[0] == 1) {
                sorted = null;
            }
            return;
        }
        if (value != last) {
            int place = find(value);
            if (place == size && size == FEW) {
                many = new HashMap<>();
                for (int i = 0; i < size; i++) {
                    many.put(few[i], new int[] {counts[i]});
                }
                many.put(value, new int[] {1});
                sorted = null;
                return;
            }
            if (place == size) {
                append(value);
            }
            last = value;
            lastPlace = place;
        }
        counts[lastPlace]++;
    }

    private void append(Object value) {
        if (size == few.length) {
            few = Arrays.copyOf(few, size == 1 ? 4 : FEW);
            counts = Arrays.copyOf(counts, few.length);
        }
        few[size] = value;
        counts[size++] = 0;
        sorted = null;
    }

    /** Takes one addition back. */
    void remove(Object value) {
        if (many != null) {
            int[] count = many.get(value);
            if (count != null && --count[0] == 0) {
                many.remove(value);
                sorted = null;
            }
            return;
        }
        int place = find(value);
        if (place < size && --counts[place] == 0) {
            size--;
            few[place] = few[size];
            counts[place] = counts[size];
            last = null;
            sorted = null;
        }
    }

    /** The place of a value among the few; behind them if it is not there. */
    private int find(Object value) {
        int place = 0;
        while (place < size && !few[place].equals(value)) {
            place++;
        }
        return place;
    }

    /** The values in their natural order; unmodifiable. */
    List<Object> sorted() {
        List<Object> known = sorted;
        if (known == null) {
            Object[] values = values();
            Arrays.sort(values);
            known = List.of(values);
            sorted = known;
        }
        return known;
    }

    /** The same of a property's values, brought into order when somebody looks. */
    List<Object> ofProperty() {
        if (many == null && size < 2) {
            return sorted();
        }
        List<Object> known = sorted;
        if (known == null) {
            known = new PropertyValues(values());
            sorted = known;
        }
        return known;
    }

    private Object[] values() {
        return many == null ? Arrays.copyOf(few, size) : many.keySet().toArray();
    }
}
