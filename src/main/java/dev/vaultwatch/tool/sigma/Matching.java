package dev.vaultwatch.tool.sigma;

import dev.vaultwatch.event.Property;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;
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

    /** All of them. */
    record All(List<Matching> parts) implements Matching {
        @Override
        public String epl(boolean twoValued) {
            return joined(parts, " and ", twoValued);
        }
    }

    /** At least one of them. */
    record Any(List<Matching> parts) implements Matching {
        @Override
        public String epl(boolean twoValued) {
            // Absent is neither true nor false, and would make the whole so although another part is true.
            return joined(parts, " or ", twoValued || parts.size() > 1);
        }
    }

    /** Not that. */
    record Not(Matching part) implements Matching {
        @Override
        public String epl(boolean twoValued) {
            return "not (" + part.epl(true) + ")";
        }
    }

    /** What asks an event for a property. */
    sealed interface Leaf extends Matching {
        /** The properties that decide. */
        List<Property> properties();

        /** Whether it is true of an event, given by its values. */
        boolean holds(Function<Property, Optional<String>> event);

        /** Values of the first property with which it is likely to be true, or just not. */
        List<String> samples();
    }

    /** Whether an event has the property. */
    record Presence(Property property, boolean there) implements Leaf {
        @Override
        public String epl(boolean twoValued) {
            return property.epl() + (there ? " is not null" : " is null");
        }

        @Override
        public List<Property> properties() {
            return List.of(property);
        }

        @Override
        public boolean holds(Function<Property, Optional<String>> event) {
            return event.apply(property).isPresent() == there;
        }

        @Override
        public List<String> samples() {
            return List.of();
        }
    }

    /**
     * One comparison with values that the rule names.
     *
     * @param property what is compared
     * @param comparison in EPL
     * @param test the same for the property's value
     */
    record Comparison(Property property, String comparison, Predicate<String> test, List<String> samples)
            implements Leaf {
        @Override
        public String epl(boolean twoValued) {
            // Every event has an action.
            return twoValued && property != Property.ACTION
                    ? "(" + property.epl() + " is not null and " + comparison + ")"
                    : comparison;
        }

        @Override
        public List<Property> properties() {
            return List.of(property);
        }

        @Override
        public boolean holds(Function<Property, Optional<String>> event) {
            return event.apply(property).filter(test).isPresent();
        }
    }

    /**
     * One comparison with another property.
     *
     * @param comparison in EPL, where both are there
     * @param test the same for their values
     */
    record Reference(Property property, Property other, String comparison, BiPredicate<String, String> test)
            implements Leaf {
        @Override
        public String epl(boolean twoValued) {
            // Always: a method that is called with an absent value throws.
            return "(" + property.epl() + " is not null and " + other.epl() + " is not null and " + comparison + ")";
        }

        @Override
        public List<Property> properties() {
            return List.of(property, other);
        }

        @Override
        public boolean holds(Function<Property, Optional<String>> event) {
            Optional<String> first = event.apply(property);
            Optional<String> second = event.apply(other);
            return first.isPresent() && second.isPresent() && test.test(first.get(), second.get());
        }

        @Override
        public List<String> samples() {
            return List.of();
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
