package dev.vaultwatch.tool.sigma;

import dev.vaultwatch.event.Property;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What an event must be like: a boolean expression over its properties. Immutable. */
sealed interface Matching {

    /**
     * The expression in EPL.
     *
     * @param twoValued whether it must be true or false also where a property is absent. A comparison with an absent property is
     *     neither in EPL, and so is its negation; in Sigma it is false, and its negation true.
     */
    String epl(boolean twoValued);

    /** Values of an event that matches; empty if none is known. A proposal: whoever uses it tries it. */
    Optional<Map<Property, String>> example();

    /** All of them. */
    record All(List<Matching> parts) implements Matching {
        @Override
        public String epl(boolean twoValued) {
            return joined(parts, " and ", twoValued);
        }

        @Override
        public Optional<Map<Property, String>> example() {
            Map<Property, String> all = new EnumMap<>(Property.class);
            for (Matching part : parts) {
                Optional<Map<Property, String>> its = part.example();
                if (its.isEmpty()) {
                    return Optional.empty();
                }
                for (Map.Entry<Property, String> each : its.get().entrySet()) {
                    String before = all.putIfAbsent(each.getKey(), each.getValue());
                    if (before != null && !before.equals(each.getValue())) {
                        return Optional.empty();
                    }
                }
            }
            return Optional.of(all);
        }
    }

    /** At least one of them. */
    record Any(List<Matching> parts) implements Matching {
        @Override
        public String epl(boolean twoValued) {
            // Absent is neither true nor false, and would make the whole so although another part is true.
            return joined(parts, " or ", twoValued || parts.size() > 1);
        }

        @Override
        public Optional<Map<Property, String>> example() {
            return parts.stream().flatMap(part -> part.example().stream()).findFirst();
        }
    }

    /** Not that. */
    record Not(Matching part) implements Matching {
        @Override
        public String epl(boolean twoValued) {
            return "not (" + part.epl(true) + ")";
        }

        @Override
        public Optional<Map<Property, String>> example() {
            return Optional.of(Map.of());
        }
    }

    /**
     * One comparison.
     *
     * @param property what is compared
     * @param comparison in EPL
     * @param absentMatches whether the comparison itself asks whether the property is absent
     * @param value a value that matches, if one can be told
     */
    record Comparison(Property property, String comparison, boolean absentMatches, Optional<String> value)
            implements Matching {
        @Override
        public String epl(boolean twoValued) {
            // Every event has an action.
            return twoValued && !absentMatches && property != Property.ACTION
                    ? "(" + property.epl() + " is not null and " + comparison + ")"
                    : comparison;
        }

        @Override
        public Optional<Map<Property, String>> example() {
            return absentMatches ? Optional.of(Map.of()) : value.map(its -> Map.of(property, its));
        }
    }

    /** The parts of which all must hold, as far as that can be seen: each becomes a filter of its own. */
    default List<Matching> conjuncts() {
        return this instanceof All all
                ? all.parts().stream()
                        .flatMap(part -> part.conjuncts().stream())
                        .toList()
                : List.of(this);
    }

    private static String joined(List<Matching> parts, String by, boolean twoValued) {
        return parts.size() == 1
                ? parts.get(0).epl(twoValued)
                : parts.stream().map(part -> part.epl(twoValued)).collect(Collectors.joining(by, "(", ")"));
    }
}
