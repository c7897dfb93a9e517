package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EventBean;
import com.espertech.esper.common.client.EventType;
import com.espertech.esper.common.internal.collection.Pair;
import com.espertech.esper.common.internal.event.arr.ObjectArrayEventType;
import dev.vaultwatch.event.KeyVaultEvent;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the rows of one statement: its columns in the order of the select clause, and the key among them. */
final class Columns {
    /** The column with the number of a group's events that the compiler adds where the rule's own condition does not tell. */
    static final String GROUP_SIZE = "vaultwatch_group_size";

    private final CompiledRule.Unit unit;
    private final RowColumns.Names shown;
    private final Column[] key;
    private final Column[] columns;

    /** Null if rows don't say how many events their group has. */
    private final @Nullable Column size;

    Columns(EventType type, CompiledRule.Unit unit) {
        this.unit = unit;
        // Columns come in the order of the select clause from the type, and in none from the row.
        List<String> names = List.of(type.getPropertyNames());
        this.shown = new RowColumns.Names(
                names.stream().filter(name -> !name.equals(GROUP_SIZE)).toList());
        this.key = unit.keyColumns().stream().map(name -> Column.of(name, type)).toArray(Column[]::new);
        this.columns = shown.all().stream().map(name -> Column.of(name, type)).toArray(Column[]::new);
        this.size = names.contains(GROUP_SIZE) ? Column.of(GROUP_SIZE, type) : null;
    }

    /**
     * A column of rows that are maps or events, or arrays.
     *
     * @param place in a row that is an array; below zero if rows are none
     */
    private record Column(String name, int place) {
        static Column of(String name, EventType type) {
            return new Column(
                    name,
                    type instanceof ObjectArrayEventType arrays
                            ? Objects.requireNonNull(
                                    arrays.getPropertiesIndexes().get(name), name)
                            : -1);
        }

        /** Its value. Esper's own look-up takes a name with dots for a path, so arrays and maps are asked directly. */
        @Nullable
        Object in(EventBean row) {
            Object underlying = row.getUnderlying();
            if (place >= 0) {
                return ((@Nullable Object[]) underlying)[place];
            }
            if (underlying instanceof Pair<?, ?> pair
                    && pair.getSecond() instanceof Map<?, ?> added
                    && added.containsKey(name)) {
                return added.get(name);
            }
            return underlying instanceof Map<?, ?> map ? map.get(name) : row.get(name);
        }
    }

    /** The columns that a finding has, in order. */
    List<String> shown() {
        return shown.all();
    }

    /** The row as a finding; empty if it is of a group that has no events any more, which a batch window tells of, too. */
    Optional<Finding> finding(EventBean row, boolean early, long time) {
        if (size != null && size.in(row) instanceof Long events && events == 0) {
            return Optional.empty();
        }
        @Nullable Object[] keyed = new @Nullable Object[key.length];
        for (int i = 0; i < keyed.length; i++) {
            keyed[i] = key[i].in(row);
        }
        @Nullable Object[] values = new @Nullable Object[columns.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = plain(columns[i].in(row));
        }
        return Optional.of(new Finding(
                unit.rule(), early, time, unit.rule().key().ofValues(keyed), new RowColumns(shown, values)));
    }

    /** A value as an alert carries it: texts, longs, doubles, booleans and lists of these; null if there is none, or it is no number. */
    private static @Nullable Object plain(@Nullable Object value) {
        if (value == null
                || value instanceof String
                || value instanceof Long
                || value instanceof Boolean
                || value instanceof PropertyValues) {
            return value;
        }
        if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            // Of a division by zero: no number that a reader or a SIEM could use.
            return Double.isFinite(number) ? number : null;
        }
        if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return ((Number) value).longValue();
        }
        if (value instanceof KeyVaultEvent event) {
            // As a whole, an event has confidential values in it; its ECS form has not.
            return event.toEcs().toString();
        }
        if (value instanceof EventBean bean) {
            return plain(bean.getUnderlying());
        }
        if (value instanceof Collection<?> many) {
            return plainList(many);
        }
        if (value instanceof Object[] many) {
            return plainList(Arrays.asList(many));
        }
        if (value.getClass().isArray()) {
            List<Object> list = new ArrayList<>();
            for (int i = 0; i < Array.getLength(value); i++) {
                list.add(Array.get(value, i));
            }
            return plainList(list);
        }
        return value.toString();
    }

    private static List<Object> plainList(Collection<?> many) {
        if (many.isEmpty()) {
            // Most columns of most rows: a record has no city, and an address no other text.
            return List.of();
        }
        Object[] plain = new Object[many.size()];
        int size = 0;
        for (Object each : many) {
            Object value = plain(each);
            if (value != null) {
                plain[size++] = value;
            }
        }
        return List.of(size == plain.length ? plain : Arrays.copyOf(plain, size));
    }
}
