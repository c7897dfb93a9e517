package dev.vaultwatch.engine;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.RandomAccess;

/**
 * The distinct values of a property in their natural order, into which they are brought when somebody first asks for one: most columns of
 * most alerts are read by nobody, or when the lock is free again. They are as an alert carries them: texts, long numbers or truths.
 * Immutable; any thread may read it.
 */
final class PropertyValues extends AbstractList<Object> implements RandomAccess {
    private final Object[] values;
    private volatile boolean ordered;

    /** Takes the values over, in any order, of one class. */
    PropertyValues(Object[] values) {
        this.values = values;
        this.ordered = values.length < 2;
    }

    @Override
    public Object get(int index) {
        if (!ordered) {
            order();
        }
        return values[index];
    }

    @Override
    public int size() {
        return values.length;
    }

    private synchronized void order() {
        if (!ordered) {
            Arrays.sort(values);
            ordered = true;
        }
    }
}
