package dev.vaultwatch.tuning;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Conditions on named values, all of which must hold. Immutable; any thread may ask. Equal if they ask for the same. */
final class Conditions {
    private final Map<String, ValueTest> byName;
    private final List<OnProperty> onProperties;

    private record OnProperty(Property property, ValueTest test) {}

    /**
     * Conditions by the name of an event's property or of a rule's output. As conditions on events only the former have a
     * meaning.
     */
    Conditions(Map<String, ValueTest> byName) {
        this.byName = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(byName));
        this.onProperties = byName.entrySet().stream()
                .flatMap(each ->
                        Property.named(each.getKey())
                                .map(property -> new OnProperty(property, each.getValue()))
                                .stream())
                .toList();
    }

    /** The names that the conditions are about. */
    Set<String> names() {
        return byName.keySet();
    }

    /** Whether all hold of the event; one on a property that the event does not have does not. */
    boolean hold(KeyVaultEvent event) {
        for (OnProperty condition : onProperties) {
            Object value = condition.property().get(event);
            if (value == null || !condition.test().holds(value.toString())) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether all hold of the alert's grouping key and outputs. Of a list every element must meet the condition, so that an
     * alert with one address outside a block is no alert of that block.
     */
    boolean hold(Map<String, String> key, Map<String, Object> outputs) {
        return byName.entrySet().stream().allMatch(each -> {
            Object value = value(each.getKey(), key, outputs);
            if (value instanceof List<?> list) {
                return !list.isEmpty() && list.stream().allMatch(one -> holds(each.getValue(), one));
            }
            return value != null && holds(each.getValue(), value);
        });
    }

    /** A number is asked in its shortest form, too: 1.0 is 1. */
    private static boolean holds(ValueTest test, Object value) {
        return test.holds(value.toString())
                || (value instanceof Double number
                        && Double.isFinite(number)
                        && test.holds(plain(new BigDecimal(number.toString()))));
    }

    /** A number in the form in which conditions compare it. */
    static String plain(BigDecimal number) {
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }

    /** The same of an alert that was made already. */
    boolean hold(Alert alert) {
        return hold(alert.groupingKey(), alert.outputs());
    }

    /** The same for conditions that ask for the same, on every machine. */
    String text() {
        TreeMap<String, String> tests = new TreeMap<>();
        byName.forEach((name, test) -> tests.put(name, test.text()));
        return tests.toString();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Conditions conditions && conditions.byName.equals(byName);
    }

    @Override
    public int hashCode() {
        return byName.hashCode();
    }

    private static @Nullable Object value(String name, Map<String, String> key, Map<String, Object> outputs) {
        String ofKey = key.get(name);
        if (ofKey != null) {
            return ofKey;
        }
        Object output = outputs.get(name);
        if (output != null) {
            return output;
        }
        // An output column of the property's own, under its ECS name.
        return Property.named(name)
                .flatMap(property -> Optional.ofNullable(outputs.get(property.ecs())))
                .orElse(null);
    }
}
