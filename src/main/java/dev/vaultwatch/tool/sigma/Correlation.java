package dev.vaultwatch.tool.sigma;

import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Nearest;
import dev.vaultwatch.tool.sigma.YamlNode.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code correlation} of a Sigma document that counts. Immutable.
 *
 * @param key what it groups by; not empty
 * @param counted the property whose distinct values are counted; empty where events are
 * @param threshold the least count, from 1
 * @param timespan whole seconds, at most a day
 * @param rules the names or ids of the rules that it is about, where they stand
 * @param generates whether these are rules of their own, too
 */
record Correlation(
        List<Property> key,
        Optional<Property> counted,
        int threshold,
        Duration timespan,
        List<YamlNode> rules,
        boolean generates) {
    private static final Pattern TIMESPAN = Pattern.compile("(\\d{1,6})([smhd])");
    private static final Duration LONGEST = Duration.ofHours(24);
    private static final int MOST = 100_000;
    private static final Set<String> KEYS =
            Set.of("type", "rules", "group-by", "timespan", "condition", "aliases", "generate", "field");
    private static final Set<String> OTHER_TYPES = Set.of(
            "temporal",
            "temporal_ordered",
            "value_sum",
            "value_avg",
            "value_min",
            "value_max",
            "value_median",
            "value_percentile");

    /** Reads it; empty if it can't be converted, with what is wrong among the faults. */
    static Optional<Correlation> of(YamlNode root, YamlNode node, Faults faults) {
        int before = faults.errors().size();
        if (node.kind() != Kind.MAP) {
            faults.error(node, "\"correlation\" has " + node.kind() + "; expected type, rules, group-by and so on.");
            return Optional.empty();
        }
        for (YamlNode.Entry entry : node.entries()) {
            if (!KEYS.contains(entry.key().text())) {
                faults.error(
                        entry.key(),
                        "A correlation has no \"" + entry.key().text() + "\""
                                + Nearest.asQuestion(entry.key().text(), KEYS));
            }
        }
        boolean values = type(node, faults).equals("value_count");
        List<YamlNode> rules = node.get("rules").map(YamlNode::each).orElse(List.of());
        if (rules.isEmpty()) {
            faults.error(node, "The correlation has no \"rules\"; expected the name or id of at least one rule.");
        }
        List<Property> key = key(node, rules, faults);
        Duration timespan = timespan(node, faults);
        Optional<YamlNode> condition = node.get("condition");
        int threshold = 0;
        Optional<Property> counted = Optional.empty();
        if (condition.isEmpty() || condition.get().kind() != Kind.MAP) {
            faults.error(
                    condition.orElse(node),
                    condition.isEmpty()
                            ? "The correlation has no \"condition\"; expected a map with the least count, such as gte: 10."
                            : "The condition has " + condition.get().kind()
                                    + "; expected a map with the least count, such as gte: 10.");
        } else {
            threshold = threshold(condition.get(), faults);
            counted = values ? counted(node, condition.get(), faults) : Optional.empty();
        }
        boolean generates = node.get("generate")
                .or(() -> root.get("generate"))
                .filter(its -> generates(its, faults))
                .isPresent();
        return faults.errors().size() > before
                ? Optional.empty()
                : Optional.of(new Correlation(key, counted, threshold, timespan, rules, generates));
    }

    private static boolean generates(YamlNode at, Faults faults) {
        String text = at.text().toLowerCase(Locale.ROOT);
        if (!text.equals("true") && !text.equals("false")) {
            faults.error(
                    at,
                    "\"generate\" has "
                            + (at.kind() == Kind.TEXT
                                    ? "\"" + at.text() + "\""
                                    : at.kind().toString())
                            + "; expected true or false.");
        }
        return text.equals("true");
    }

    private static String type(YamlNode node, Faults faults) {
        YamlNode at = node.get("type").orElse(node);
        String type = node.text("type").orElse("");
        if (OTHER_TYPES.contains(type)) {
            faults.error(at, "The type \"" + type + "\" is not supported; supported are event_count and value_count.");
        } else if (!type.equals("event_count") && !type.equals("value_count")) {
            faults.error(
                    at,
                    "The type is \"" + type + "\"; expected event_count or value_count"
                            + Nearest.asQuestion(type, Set.of("event_count", "value_count")));
        }
        return type;
    }

    private static List<Property> key(YamlNode node, List<YamlNode> rules, Faults faults) {
        Map<String, YamlNode> aliases = new LinkedHashMap<>();
        node.get("aliases")
                .ifPresent(its ->
                        its.entries().forEach(each -> aliases.put(each.key().text(), each.value())));
        List<Property> key = new ArrayList<>();
        List<YamlNode> fields = node.get("group-by").map(YamlNode::each).orElse(List.of());
        if (fields.isEmpty() || fields.get(0).kind() == Kind.NULL) {
            faults.error(
                    node,
                    "The correlation has no \"group-by\"; expected whom or what an alert is about, such as"
                            + " identity.claim.upn.");
        }
        for (YamlNode field : fields) {
            YamlNode alias = aliases.get(field.text());
            Optional<Property> property =
                    alias == null ? SigmaFields.property(field.text()) : aliased(field, alias, rules, faults);
            if (property.isEmpty()) {
                if (alias == null) {
                    faults.error(
                            field,
                            "The field \"" + field.text() + "\" is none that a Key Vault record has here"
                                    + Nearest.asQuestion(field.text(), SigmaFields.names()));
                }
            } else if (property.get().isConfidential() || property.get() == Property.TIME) {
                faults.error(
                        field,
                        "The field \"" + field.text()
                                + "\" can be counted and compared, but not grouped by: alerts would" + " show it.");
            } else if (!key.contains(property.get())) {
                key.add(property.get());
            }
        }
        return List.copyOf(key);
    }

    /** What an alias stands for, if that is the same for every rule: a rule here has one key. */
    private static Optional<Property> aliased(YamlNode at, YamlNode alias, List<YamlNode> rules, Faults faults) {
        Optional<Property> common = Optional.empty();
        for (YamlNode rule : rules) {
            Optional<Property> its = alias.text(rule.text()).flatMap(SigmaFields::property);
            if (its.isEmpty() || (common.isPresent() && !common.equals(its))) {
                faults.error(
                        at,
                        "The alias \"" + at.text()
                                + "\" must stand for the same field of a Key Vault record in every rule;"
                                + " for \"" + rule.text() + "\" it is \""
                                + alias.text(rule.text()).orElse("") + "\".");
                return Optional.empty();
            }
            common = its;
        }
        return common;
    }

    private static Duration timespan(YamlNode node, Faults faults) {
        YamlNode at = node.get("timespan").orElse(node);
        String text = node.text("timespan").orElse("");
        Matcher matcher = TIMESPAN.matcher(text);
        if (!matcher.matches()) {
            faults.error(
                    at,
                    "The timespan is \"" + text
                            + "\"; expected a number and a small letter: s, m, h or d, such as 90m.");
            return LONGEST;
        }
        long number = Long.parseLong(matcher.group(1));
        Duration timespan = switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
        if (timespan.isZero() || timespan.compareTo(LONGEST) > 0) {
            faults.error(at, "The timespan is " + text + "; a rule here looks at 1 second to 24 hours.");
            return LONGEST;
        }
        return timespan;
    }

    private static int threshold(YamlNode condition, Faults faults) {
        int threshold = 0;
        for (YamlNode.Entry entry : condition.entries()) {
            String name = entry.key().text();
            String text = entry.value().text();
            switch (name) {
                case "gt", "gte" -> {
                    if (!text.matches("\\d{1,6}") || Integer.parseInt(text) > MOST) {
                        faults.error(
                                entry.value(),
                                "\"" + name + "\" is \"" + text + "\"; expected a whole number up to " + MOST + ".");
                    } else {
                        threshold = Math.max(threshold, Integer.parseInt(text) + (name.equals("gt") ? 1 : 0));
                    }
                }
                case "lt", "lte", "eq", "neq" ->
                    faults.error(
                            entry.key(),
                            "\"" + name
                                    + "\" is not supported: an alert goes out as soon as enough has happened, and whether"
                                    + " it stays below a count is known only afterwards. Expected gt or gte.");
                case "field" -> {
                    // Read where values are counted.
                }
                default ->
                    faults.error(
                            entry.key(),
                            "The condition has no \"" + name + "\"; expected gt or gte, and field where values are"
                                    + " counted.");
            }
        }
        if (threshold == 0) {
            faults.error(condition, "The condition has no least count; expected such as gte: 10.");
        }
        return threshold;
    }

    private static Optional<Property> counted(YamlNode node, YamlNode condition, Faults faults) {
        YamlNode at = condition.get("field").or(() -> node.get("field")).orElse(condition);
        Optional<Property> property = at.kind() == Kind.TEXT ? SigmaFields.property(at.text()) : Optional.empty();
        if (property.isEmpty()) {
            faults.error(
                    at,
                    "A value_count counts one field, named by \"field\" in its condition; \"" + at.text()
                            + "\" is none that a Key Vault record has here"
                            + Nearest.asQuestion(at.text(), SigmaFields.names()));
        }
        return property;
    }
}
