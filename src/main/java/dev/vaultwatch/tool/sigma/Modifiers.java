package dev.vaultwatch.tool.sigma;

import dev.vaultwatch.event.LetterCase;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Nearest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The modifiers of one field, {@code field|modifier|modifier}: which there are, and which go together. Immutable. */
final class Modifiers {
    private static final List<String> ORDERS = List.of("lt", "lte", "gt", "gte");
    private static final Set<String> FLAGS = Set.of("i", "m", "s");
    private static final Set<String> OF_TEXTS = Set.of("contains", "startswith", "endswith", "re", "cidr", "cased");

    /**
     * What each goes with. A pair that is not here has no meaning in Sigma, or none that is sure, and one of the two would have to be
     * ignored.
     */
    private static final Map<String, List<String>> TOGETHER = together();

    /** Those of the specification's appendix (version 2.1.0) that have no meaning for a Key Vault record, or none here. */
    private static final Set<String> NOT_DONE = Set.of(
            "windash",
            "base64",
            "base64offset",
            "utf16le",
            "utf16be",
            "utf16",
            "wide",
            "expand",
            "minute",
            "hour",
            "day",
            "week",
            "month",
            "year");

    private final List<String> names;

    private Modifiers(List<String> names) {
        this.names = names;
    }

    private static Map<String, List<String>> together() {
        Map<String, List<String>> together = new LinkedHashMap<>();
        for (String part : List.of("contains", "startswith", "endswith")) {
            together.put(part, List.of("cased", "fieldref", "neq", "all"));
        }
        together.put("re", List.of("i", "m", "s", "neq", "all"));
        together.put("i", List.of("re", "m", "s", "neq", "all"));
        together.put("m", List.of("re", "i", "s", "neq", "all"));
        together.put("s", List.of("re", "i", "m", "neq", "all"));
        together.put("cidr", List.of("neq", "all"));
        together.put("exists", List.of("neq"));
        ORDERS.forEach(order -> together.put(order, List.of("all")));
        together.put("fieldref", List.of("contains", "startswith", "endswith", "cased", "neq", "all"));
        together.put("cased", List.of("contains", "startswith", "endswith", "fieldref", "neq", "all"));
        List<String> others = List.copyOf(together.keySet());
        together.put(
                "neq",
                Stream.concat(others.stream().filter(each -> !ORDERS.contains(each)), Stream.of("all"))
                        .toList());
        together.put(
                "all",
                Stream.concat(others.stream().filter(each -> !each.equals("exists")), Stream.of("neq"))
                        .toList());
        return Map.copyOf(together);
    }

    /** Reads them; empty if they can't be had, which is then among the faults. */
    static Optional<Modifiers> of(YamlNode key, Property property, Faults faults) {
        List<String> parts = Arrays.asList(key.text().split("\\|", -1));
        Modifiers modifiers = new Modifiers(List.copyOf(parts.subList(1, parts.size())));
        Optional<String> problem = modifiers.problem(property);
        problem.ifPresent(its -> faults.error(key, its));
        return problem.isPresent() ? Optional.empty() : Optional.of(modifiers);
    }

    boolean has(String name) {
        return names.contains(name);
    }

    /** Whether a value is compared as it stands, and not a part of it or by an expression. */
    boolean isPlain() {
        return Set.of("cased", "neq", "all").containsAll(names);
    }

    /** What compares in order of size. */
    Optional<String> order() {
        return names.stream().filter(ORDERS::contains).findFirst();
    }

    /** The flags of an expression. */
    String flags() {
        return String.join("", names.stream().filter(FLAGS::contains).toList());
    }

    /** The first of those that ask for a value, so that nothing can't be one. */
    Optional<String> needsValue() {
        return names.stream()
                .filter(each -> !Set.of("cased", "neq").contains(each))
                .findFirst();
    }

    private Optional<String> problem(Property property) {
        Set<String> before = new HashSet<>();
        for (String name : names) {
            if (NOT_DONE.contains(name)) {
                return Optional.of("The modifier \"" + name + "\" is not supported.");
            }
            if (!TOGETHER.containsKey(name)) {
                return Optional.of(
                        "There is no modifier \"" + name + "\"" + Nearest.asQuestion(name, TOGETHER.keySet()));
            }
            if (!before.add(name)) {
                return Optional.of("The modifier \"" + name + "\" is written twice.");
            }
        }
        for (String name : names) {
            List<String> its = TOGETHER.getOrDefault(name, List.of());
            Optional<String> other = names.stream()
                    .filter(each -> !each.equals(name) && !its.contains(each))
                    .findFirst();
            if (other.isPresent()) {
                return Optional.of("The modifiers \"" + name + "\" and \"" + other.get() + "\" don't go together; \""
                        + name + "\" goes with " + String.join(", ", its) + ".");
            }
            if (FLAGS.contains(name) && !has("re")) {
                return Optional.of("The modifier \"" + name
                        + "\" is a flag of \"re\", which is not there; expected such as re|" + name + ".");
            }
        }
        return ofType(property);
    }

    private Optional<String> ofType(Property property) {
        boolean text = property.type() == String.class;
        boolean bool = property.type() == Boolean.class;
        for (String name : names) {
            if (ORDERS.contains(name) && (text || bool)) {
                return Optional.of("\"" + name + "\" compares numbers, and " + property.epl()
                        + (text ? " is a text." : " is true or false."));
            }
            if (OF_TEXTS.contains(name) && !text) {
                return Optional.of("\"" + name + "\" compares texts, and " + property.epl()
                        + (bool
                                ? " is true or false; expected no modifier, or neq, exists or fieldref."
                                : " is a number; expected one of gt, gte, lt, lte, neq, exists and fieldref, or no"
                                        + " modifier."));
            }
        }
        if (has("cidr") && property != Property.SOURCE_IP && property != Property.SOURCE_ADDRESS) {
            return Optional.of("\"cidr\" compares addresses, and " + property.epl() + " is none.");
        }
        return has("cased") && property.letterCase() != LetterCase.KEPT
                ? Optional.of("\"cased\" can't be had for " + property.epl()
                        + ", which is the same person or thing in any case; leave it out.")
                : Optional.empty();
    }
}
