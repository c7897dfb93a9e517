package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EventBean;
import com.espertech.esper.common.client.EventType;
import com.espertech.esper.common.internal.collection.Pair;
import dev.vaultwatch.event.KeyVaultEvent;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the rows of one statement: its columns in the order of the select clause, and the key among them. */
final class Columns {
    /** The column with the number of a group's events that the compiler adds where the rule's own condition does not tell. */
    static final String GROUP_SIZE = "vaultwatch_group_size";

    private final CompiledRule.Unit unit;
    private final RowColumns.Names shown;
    private final boolean sized;

    Columns(EventType type, CompiledRule.Unit unit) {
        this.unit = unit;
        // Columns come in the order of the select clause from the type, and in none from the row.
        List<String> names = List.of(type.getPropertyNames());
        this.sized = names.contains(GROUP_SIZE);
        this.shown = new RowColumns.Names(
                names.stream().filter(name -> !name.equals(GROUP_SIZE)).toList());
    }

    /** The columns that a finding has, in order. */
    List<String> shown() {
        return shown.all();
    }

    /** The row as a finding; empty if it is of a group that has no events any more, which a batch window tells of, too. */
    Optional<Finding> finding(EventBean row, boolean early, long time) {
        if (sized && get(row, GROUP_SIZE) instanceof Long size && size == 0) {
            return Optional.empty();
        }
        List<String> keyColumns = unit.keyColumns();
        @Nullable Object[] key = new @Nullable Object[keyColumns.size()];
        for (int i = 0; i < key.length; i++) {
            key[i] = get(row, keyColumns.get(i));
        }
        List<String> columns = shown.all();
        @Nullable Object[] values = new @Nullable Object[columns.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = plain(get(row, columns.get(i)));
        }
        return Optional.of(
                new Finding(unit.rule(), early, time, unit.rule().key().ofValues(key), new RowColumns(shown, values)));
    }

    /** A column's value. Esper's own look-up takes a name with dots for a path, so maps are asked directly. */
    private static @Nullable Object get(EventBean row, String column) {
        Object underlying = row.getUnderlying();
        if (underlying instanceof Pair<?, ?> pair
                && pair.getSecond() instanceof Map<?, ?> added
                && added.containsKey(column)) {
            return added.get(column);
        }
        return underlying instanceof Map<?, ?> map ? map.get(column) : row.get(column);
    }

    /** A value as an alert carries it: texts, longs, doubles, booleans and lists of these; null if there is none. */
    private static @Nullable Object plain(@Nullable Object value) {
        if (value == null
                || value instanceof String
                || value instanceof Long
                || value instanceof Double
                || value instanceof Boolean
                || value instanceof PropertyValues) {
            return value;
        }
        if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return ((Number) value).longValue();
        }
        if (value instanceof Float number) {
            return number.doubleValue();
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
