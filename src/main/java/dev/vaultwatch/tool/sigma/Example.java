package dev.vaultwatch.tool.sigma;

import dev.vaultwatch.event.Operations;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Cidr;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Works out an event that a rule finds, by a search with backtracking (a constraint satisfaction problem, depth first) over the
 * values that the rule names, their neighbours, and those that an event of a case has anyway. A proposal: whoever uses it tries it.
 * Used once, by one thread.
 */
final class Example {
    /** Rules of people are solved within a few hundred; what takes longer is left to whoever writes cases by hand. */
    private static final int MOST_STEPS = 20_000;

    private static final String SUBSCRIPTION = "11111111-2222-3333-4444-555555555555";

    /** What an event of a case has unless the case says otherwise, as far as rules ask for it. */
    private static final Map<Property, String> USUAL = new EnumMap<>(Map.ofEntries(
            Map.entry(Property.ACTION, "SecretGet"),
            Map.entry(Property.UPN, "user1@contoso.example"),
            Map.entry(Property.OBJECT_ID, "00000000-0000-4000-8000-000000000001"),
            Map.entry(Property.IDENTITY_TYPE, "user"),
            Map.entry(Property.VAULT, "KV1"),
            Map.entry(Property.SUBSCRIPTION_ID, SUBSCRIPTION),
            Map.entry(Property.SOURCE_IP, "203.0.113.10"),
            Map.entry(Property.HTTP_STATUS, "200"),
            Map.entry(Property.RESULT_TYPE, "Success"),
            Map.entry(Property.RESULT_SIGNATURE, "OK"),
            Map.entry(Property.DURATION_MS, "12"),
            Map.entry(Property.CORRELATION_ID, "00000000-0000-4000-8000-000000000002"),
            Map.entry(Property.OBJECT_NAME, "object1"),
            Map.entry(Property.REQUEST_URI, "https://kv1.vault.azure.net/secrets/object1?api-version=7.4"),
            Map.entry(Property.CLIENT, "vaultwatch-case/1")));

    /** Values beside those that the rule names, so that there is one that it does not mean. */
    private static final Map<Property, List<String>> OTHERS = Map.of(
            Property.ACTION, List.copyOf(Operations.known()),
            Property.UPN, List.of("user2@fabrikam.example"),
            Property.VAULT, List.of("kv-other"),
            Property.HTTP_STATUS, List.of("200", "403", "404", "500"),
            Property.RESULT_SIGNATURE, List.of("OK", "Forbidden"),
            Property.SOURCE_IP, List.of("198.51.100.7", "192.0.2.1", "10.0.0.1", "2001:db8::1"),
            Property.RBAC_AUTHORIZED, List.of("true", "false"));

    private record Clause(String name, Property property) {}

    private static final List<Clause> CLAUSES = List.of(
            new Clause("on", Property.VAULT),
            new Clause("of", Property.OBJECT_NAME),
            new Clause("from", Property.SOURCE_IP),
            new Clause("status", Property.HTTP_STATUS));

    /** Something that is to be true, or to be false. */
    private record Goal(Matching matching, boolean wanted) {}

    private final Map<Property, Set<Optional<String>>> candidates = new EnumMap<>(Property.class);
    private final Map<Property, Optional<String>> chosen = new EnumMap<>(Property.class);
    private int steps = MOST_STEPS;

    private Example() {}

    /**
     * An event as a case's sentence says it, without its time.
     *
     * @param count such as {@code "5 x "}, or nothing
     * @param all what it must be like
     * @param varied a property that the sentence gives several values, in the sentence's words, with the first of them; or none
     */
    static Optional<String> sentence(String count, List<Matching> all, Optional<Varied> varied) {
        Example example = new Example();
        List<Goal> goals = all.stream().map(each -> new Goal(each, true)).toList();
        goals.forEach(goal -> example.collect(goal.matching()));
        varied.ifPresent(its -> example.chosen.put(its.property(), Optional.of(its.first())));
        return example.reach(goals) ? Optional.of(example.text(count, varied)) : Optional.empty();
    }

    /** A property that differs from event to event. */
    record Varied(Property property, String first, String values) {}

    // ---- the search

    private boolean reach(List<Goal> goals) {
        if (goals.isEmpty()) {
            return true;
        }
        if (--steps < 0) {
            return false;
        }
        Goal goal = goals.get(0);
        List<Goal> rest = goals.subList(1, goals.size());
        if (goal.matching() instanceof Matching.Not not) {
            return reach(joined(List.of(new Goal(not.part(), !goal.wanted())), rest));
        }
        if (goal.matching() instanceof Matching.Leaf leaf) {
            return choose(leaf, goal.wanted(), rest);
        }
        boolean isAll = goal.matching() instanceof Matching.All;
        List<Goal> parts = parts(goal.matching()).stream()
                .map(part -> new Goal(part, goal.wanted()))
                .toList();
        return isAll == goal.wanted()
                ? reach(joined(parts, rest))
                : parts.stream().anyMatch(part -> reach(joined(List.of(part), rest)));
    }

    private static List<Matching> parts(Matching matching) {
        if (matching instanceof Matching.All all) {
            return all.parts();
        }
        if (matching instanceof Matching.Not not) {
            return List.of(not.part());
        }
        return matching instanceof Matching.Any any ? any.parts() : List.of();
    }

    private static List<Goal> joined(List<Goal> first, List<Goal> rest) {
        List<Goal> all = new ArrayList<>(first);
        all.addAll(rest);
        return all;
    }

    private boolean choose(Matching.Leaf leaf, boolean wanted, List<Goal> rest) {
        Optional<Property> open = leaf.properties().stream()
                .map(Example::decisive)
                .filter(property -> !chosen.containsKey(property))
                .findFirst();
        if (open.isEmpty()) {
            return leaf.holds(this::value) == wanted && reach(rest);
        }
        Set<Optional<String>> values = new LinkedHashSet<>(candidates.getOrDefault(open.get(), Set.of()));
        if (leaf instanceof Matching.Reference) {
            // What the other one has.
            chosen.values().stream()
                    .filter(value ->
                            value.filter(text -> isWritable(open.get(), text)).isPresent())
                    .forEach(values::add);
        }
        for (Optional<String> value : values) {
            chosen.put(open.get(), value);
            if (choose(leaf, wanted, rest)) {
                return true;
            }
            chosen.remove(open.get());
        }
        return false;
    }

    /** The property of a sentence that another one follows from. */
    private static Property decisive(Property property) {
        return property == Property.RESOURCE_ID || property == Property.RESOURCE_GROUP ? Property.VAULT : property;
    }

    private Optional<String> value(Property property) {
        Optional<String> vault = chosen.getOrDefault(Property.VAULT, Optional.empty());
        return switch (property) {
            case RESOURCE_GROUP -> vault.map(name -> "RG-" + name);
            case RESOURCE_ID ->
                vault.map(name -> "/SUBSCRIPTIONS/" + SUBSCRIPTION + "/RESOURCEGROUPS/RG-" + name
                        + "/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/" + name);
            default -> chosen.getOrDefault(property, Optional.empty());
        };
    }

    // ---- the values that are tried

    private void collect(Matching matching) {
        parts(matching).forEach(this::collect);
        if (matching instanceof Matching.Leaf leaf) {
            for (Property property : leaf.properties()) {
                candidates.computeIfAbsent(decisive(property), Example::usual);
            }
            Property property = leaf.properties().get(0);
            Property decisive = decisive(property);
            Set<Optional<String>> values = candidates.getOrDefault(decisive, new LinkedHashSet<>());
            leaf.samples().stream()
                    .map(sample -> property == Property.RESOURCE_ID ? sample.replaceAll(".*/", "") : sample)
                    .map(sample -> property == Property.RESOURCE_GROUP ? sample.replaceAll("(?i)^rg-", "") : sample)
                    .filter(sample -> isWritable(decisive, sample))
                    .forEach(sample -> values.add(Optional.of(sample)));
        }
    }

    /** First what needs no word in the sentence. */
    private static Set<Optional<String>> usual(Property property) {
        Set<Optional<String>> values = new LinkedHashSet<>();
        values.add(Optional.ofNullable(USUAL.get(property)));
        OTHERS.getOrDefault(property, List.of(property.type() == String.class ? "example1" : "1"))
                .forEach(value -> values.add(Optional.of(value)));
        if (property == Property.UPN) {
            // A service principal has none.
            values.add(Optional.empty());
        }
        return values;
    }

    /** Whether a sentence can have the value: it has no quotation marks. */
    private static boolean isWritable(Property property, String value) {
        if (value.isEmpty() || value.matches("(?s).*[\\s,].*|(?s).*\\d\\.\\.\\d.*")) {
            return false;
        }
        return switch (property) {
            case HTTP_STATUS -> value.matches("[1-5]\\d\\d");
            case SOURCE_IP -> value.indexOf('/') < 0 && Cidr.of(value).isPresent();
            default -> property.type() != Long.class || value.matches("\\d+");
        };
    }

    // ---- the sentence

    private String text(String count, Optional<Varied> varied) {
        Map<Property, String> values = new EnumMap<>(Property.class);
        chosen.forEach((property, value) -> {
            // The signature follows from the status, unless it is said.
            if (!Optional.ofNullable(USUAL.get(property)).equals(value) || property == Property.RESULT_SIGNATURE) {
                value.ifPresent(its -> values.put(property, its));
            }
        });
        boolean hasNoUser = Optional.empty().equals(chosen.get(Property.UPN));
        varied.ifPresent(its -> values.put(its.property(), its.values()));
        Map<String, String> clauses = new LinkedHashMap<>();
        String action = Optional.ofNullable(values.remove(Property.ACTION)).orElse("SecretGet");
        if (varied.filter(its -> its.property() == Property.UPN).isPresent()) {
            Optional.ofNullable(values.remove(Property.UPN)).ifPresent(users -> clauses.put("by", users));
        }
        if (hasNoUser) {
            clauses.put("as", "app1");
        }
        for (Clause clause : CLAUSES) {
            Optional.ofNullable(values.remove(clause.property())).ifPresent(value -> clauses.put(clause.name(), value));
        }
        if (!values.isEmpty()) {
            clauses.put(
                    "with",
                    values.entrySet().stream()
                            .map(each -> each.getKey().epl() + "=" + each.getValue())
                            .collect(Collectors.joining(",")));
        }
        return count
                + action
                + clauses.entrySet().stream()
                        .map(each -> " " + each.getKey() + " " + each.getValue())
                        .collect(Collectors.joining());
    }
}
