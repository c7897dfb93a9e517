package dev.vaultwatch.rule;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The properties of which a rule judges the values: whose events are counted together. Sorted by name, whatever the order in
 * which {@code rule.json} names them, since the key is a part of an alert's id. Immutable; two keys of the same properties are equal.
 */
public final class GroupingKey {
    private final List<Property> properties;

    private GroupingKey(List<Property> properties) {
        this.properties = properties;
    }

    /**
     * A key of these properties, each counted once.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static GroupingKey of(Collection<Property> properties) {
        if (properties.isEmpty()) {
            throw new IllegalArgumentException("A grouping key has at least one property.");
        }
        return new GroupingKey(properties.stream()
                .distinct()
                .sorted(Comparator.comparing(Property::epl))
                .toList());
    }

    /** A key of these properties. */
    public static GroupingKey of(Property first, Property... others) {
        List<Property> all = new ArrayList<>(List.of(others));
        all.add(first);
        return of(all);
    }

    /** The properties, sorted by name; at least one. */
    public List<Property> properties() {
        return properties;
    }

    /**
     * The event's key: the value of a single property, {@code null} if the event has none; the values of several as an immutable
     * list that equals another with the same values, with {@code null} for each that the event does not have.
     */
    public @Nullable Object of(KeyVaultEvent event) {
        if (properties.size() == 1) {
            return properties.get(0).get(event);
        }
        @Nullable Object[] values = new @Nullable Object[properties.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = properties.get(i).get(event);
        }
        return listOf(values);
    }

    /** The same from the values of the properties, in the key's order; the array must not change any more. */
    public @Nullable Object ofValues(@Nullable Object... values) {
        if (values.length != properties.size()) {
            throw new IllegalArgumentException(
                    "The key has " + properties.size() + " properties, not " + values.length + ".");
        }
        return values.length == 1 ? values[0] : listOf(values);
    }

    private static List<@Nullable Object> listOf(@Nullable Object[] values) {
        // List.of refuses nulls, and Esper's groups have them.
        return Collections.unmodifiableList(Arrays.asList(values));
    }

    /** What {@link #of(KeyVaultEvent)} gave, as text by property name, sorted by name; "" for what is absent. Immutable. */
    public Map<String, String> named(@Nullable Object key) {
        if (properties.size() == 1) {
            // A window may close with a hundred thousand, and a tree of one is three objects.
            return Map.of(properties.get(0).epl(), text(key));
        }
        SortedMap<String, String> named = new TreeMap<>();
        for (int i = 0; i < properties.size(); i++) {
            named.put(properties.get(i).epl(), text(key instanceof List<?> values ? values.get(i) : null));
        }
        return Collections.unmodifiableSortedMap(named);
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }

    /** What {@link #of(KeyVaultEvent)} gave, from what {@link #named} made of it. */
    public @Nullable Object parse(Map<String, String> named) {
        @Nullable Object[] values = new @Nullable Object[properties.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(
                    properties.get(i), named.getOrDefault(properties.get(i).epl(), ""));
        }
        return ofValues(values);
    }

    private static @Nullable Object value(Property property, String text) {
        if (text.isEmpty()) {
            return null;
        }
        if (property.type() == Integer.class) {
            return Integer.valueOf(text);
        }
        if (property.type() == Long.class) {
            return Long.valueOf(text);
        }
        return property.type() == Boolean.class ? Boolean.valueOf(text) : text;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof GroupingKey key && key.properties.equals(properties);
    }

    @Override
    public int hashCode() {
        return properties.hashCode();
    }

    /** The names of its properties, such as {@code upn, vault}. */
    @Override
    public String toString() {
        return properties.stream().map(Property::epl).collect(Collectors.joining(", "));
    }
}
