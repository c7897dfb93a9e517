package dev.vaultwatch.engine;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A set that is searched from one end to the other while it is small, as nearly all are. Not thread-safe. */
final class DistinctValues {
    /** Beyond so many values a search costs more than a hash. */
    private static final int FEW = 16;

    private Object[] few = new Object[1];
    private int size;
    private @Nullable Object last;
    private @Nullable Set<Object> many;

    @SuppressWarnings("ReferenceEquality") // decoders hand out the same text for runs of one value; others are compared
    void add(Object value) {
        if (value == last) {
            return;
        }
        last = value;
        if (many != null) {
            many.add(value);
            return;
        }
        for (int i = 0; i < size; i++) {
            if (few[i].equals(value)) {
                return;
            }
        }
        if (size == FEW) {
            many = new HashSet<>(Arrays.asList(few));
            many.add(value);
            return;
        }
        if (size == few.length) {
            few = Arrays.copyOf(few, size == 1 ? 4 : FEW);
        }
        few[size++] = value;
    }

    /** The values in their natural order; unmodifiable. */
    List<Object> sorted() {
        if (many == null && size <= 1) {
            return size == 0 ? List.of() : List.of(few[0]);
        }
        Object[] values = many == null ? Arrays.copyOf(few, size) : many.toArray();
        Arrays.sort(values);
        return List.of(values);
    }
}
