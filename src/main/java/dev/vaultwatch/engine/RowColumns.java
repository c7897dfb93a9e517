package dev.vaultwatch.engine;

import java.util.AbstractCollection;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The values of one row by column, in the columns' order: rows share their names and hold their values alone, since a window may
 * close with a hundred thousand. Immutable.
 */
final class RowColumns extends AbstractMap<String, Object> {
    private final Names names;

    /** By the names' order; null for what the row lacks. */
    private final @Nullable Object[] values;

    private final int size;

    /** The columns that rows may have. Immutable. */
    static final class Names {
        private final List<String> names;
        private final Map<String, Integer> places = new HashMap<>();

        Names(List<String> names) {
            this.names = List.copyOf(names);
            for (int i = 0; i < names.size(); i++) {
                places.put(names.get(i), i);
            }
        }

        List<String> all() {
            return names;
        }
    }

    /** Takes the values, in the order of the names; the array must not change any more. */
    RowColumns(Names names, @Nullable Object[] values) {
        this.names = names;
        this.values = values;
        int present = 0;
        for (Object value : values) {
            present += value == null ? 0 : 1;
        }
        this.size = present;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public @Nullable Object get(Object name) {
        Integer place = name instanceof String ? names.places.get(name) : null;
        return place == null ? null : values[place];
    }

    @Override
    public boolean containsKey(Object name) {
        return get(name) != null;
    }

    @Override
    public void forEach(BiConsumer<? super String, ? super Object> action) {
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            if (value != null) {
                action.accept(names.names.get(i), value);
            }
        }
    }

    @Override
    public Collection<Object> values() {
        return new AbstractCollection<>() {
            @Override
            public Iterator<Object> iterator() {
                return new Present<>() {
                    @Override
                    Object at(int place, Object value) {
                        return value;
                    }
                };
            }

            @Override
            public int size() {
                return size;
            }
        };
    }

    @Override
    public Set<Map.Entry<String, Object>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<String, Object>> iterator() {
                return new Present<>() {
                    @Override
                    Map.Entry<String, Object> at(int place, Object value) {
                        return Map.entry(names.names.get(place), value);
                    }
                };
            }

            @Override
            public int size() {
                return size;
            }
        };
    }

    /** Goes through what the row has. */
    private abstract class Present<T> implements Iterator<T> {
        private int next = from(0);

        abstract T at(int place, Object value);

        private int from(int place) {
            int at = place;
            while (at < values.length && values[at] == null) {
                at++;
            }
            return at;
        }

        @Override
        public boolean hasNext() {
            return next < values.length;
        }

        @Override
        public T next() {
            Object value = hasNext() ? values[next] : null;
            if (value == null) {
                throw new NoSuchElementException();
            }
            T present = at(next, value);
            next = from(next + 1);
            return present;
        }
    }
}
