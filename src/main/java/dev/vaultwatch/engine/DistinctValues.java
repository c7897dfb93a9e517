package dev.vaultwatch.engine;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A multiset that is searched from one end to the other while it is small, as nearly all are, and {@linkplain CountedValues hashed}
 * beyond: a value is in it as often as it was added and not removed. Not thread-safe.
 */
final class DistinctValues {
    /** Beyond so many values a search costs more than a hash. */
    private static final int FEW = 16;

    private static final Object[] NONE = {};
    private static final int[] NO_COUNTS = {};

    /** The value of a property of which there is one, as of most properties of most groups; it has no place among the few. */
    private @Nullable Object only;

    private int ofOnly;

    /** Empty until there are two. */
    private Object[] few = NONE;

    private int[] counts = NO_COUNTS;
    private int size;
    private @Nullable Object last;
    private int lastPlace;
    private @Nullable CountedValues many;

    /** As long as no value is new or gone: a sliding window is asked with each event that comes or leaves. */
    private @Nullable List<Object> sorted;

    @SuppressWarnings("ReferenceEquality") // decoders hand out the same text for runs of one value; others are compared
    void add(Object value) {
        if (many != null) {
            if (many.add(value, 1)) {
                sorted = null;
            }
            return;
        }
        if (few.length == 0 && isCountedAsOnly(value)) {
            return;
        }
        if (value != last) {
            int place = find(value);
            if (place == size && size == FEW) {
                many = new CountedValues();
                for (int i = 0; i < size; i++) {
                    many.add(few[i], counts[i]);
                }
                many.add(value, 1);
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

    /** Counts the value if it is the only one, or becomes it; if not, that one takes its place among the few. */
    private boolean isCountedAsOnly(Object value) {
        Object one = only;
        if (one == null) {
            only = value;
            sorted = null;
        } else if (!one.equals(value)) {
            spread(one);
            return false;
        }
        ofOnly++;
        return true;
    }

    private void spread(Object one) {
        few = new Object[] {one, null, null, null};
        counts = new int[] {ofOnly, 0, 0, 0};
        size = 1;
    }

    private void append(Object value) {
        if (size == few.length) {
            few = Arrays.copyOf(few, FEW);
            counts = Arrays.copyOf(counts, FEW);
        }
        few[size] = value;
        counts[size++] = 0;
        sorted = null;
    }

    /** Takes one addition back. */
    void remove(Object value) {
        if (many != null) {
            if (many.remove(value)) {
                sorted = null;
            }
            return;
        }
        if (few.length == 0) {
            if (value.equals(only) && --ofOnly == 0) {
                only = null;
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
        List<Object> known = sorted;
        if (known == null) {
            known = new PropertyValues(values());
            sorted = known;
        }
        return known;
    }

    private Object[] values() {
        if (many != null) {
            return many.toArray();
        }
        return few.length > 0 ? Arrays.copyOf(few, size) : only == null ? NONE : new Object[] {only};
    }
}
