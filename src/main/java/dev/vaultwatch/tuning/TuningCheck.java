package dev.vaultwatch.tuning;

import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Rule;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Compares a tuning with the rules that it speaks of. Not thread-safe. */
final class TuningCheck {
    private static final Pattern OUTPUT = Pattern.compile("\\bas\\s+(?:`([^`]+)`|(\\w+))");

    private final JsonFile file;
    private final Map<String, RuleTuning> tunings;
    private final Map<String, Rule> rules = new HashMap<>();
    private final List<RuleFault> faults = new ArrayList<>();

    TuningCheck(JsonFile file, Map<String, RuleTuning> tunings, List<Rule> all) {
        this.file = file;
        this.tunings = tunings;
        all.forEach(rule -> rules.put(rule.id(), rule));
    }

    List<RuleFault> faults() {
        tunings.forEach((id, tuning) -> {
            Rule rule = rules.get(id);
            String at = "/rules/" + escaped(id);
            if (rule == null) {
                faults.add(file.fault(
                        at,
                        "is no rule; there are " + String.join(", ", new TreeSet<>(rules.keySet()))
                                + JsonFields.question(id, rules.keySet())));
            } else {
                check(rule, tuning, at);
            }
        });
        return faults;
    }

    private void check(Rule rule, RuleTuning tuning, String at) {
        tuning.settings().forEach((name, value) -> setting(rule, name, value, at + "/set/" + escaped(name)));
        Set<String> ofEvents = new TreeSet<>();
        Property.all().forEach(property -> ofEvents.add(property.epl()));
        Set<String> ofAlerts = outputs(rule);
        for (Exemption each : tuning.exemptions()) {
            boolean events = each.on() == Exemption.On.EVENTS;
            names(
                    each.where().names(),
                    events ? ofEvents : ofAlerts,
                    events ? "property of an event" : "grouping key or output of " + rule.id(),
                    each.pointer() + "/where/");
        }
        int number = 0;
        for (RuleTuning.SeverityRule each : tuning.severities()) {
            String pointer = at + "/severity/" + number++ + "/where/";
            each.when()
                    .ifPresent(conditions ->
                            names(conditions.names(), ofAlerts, "grouping key or output of " + rule.id(), pointer));
        }
        tuning.suppression()
                .ifPresent(suppress -> suppress.by().forEach(name -> {
                    if (!ofAlerts.contains(name)) {
                        faults.add(
                                unknown(at + "/suppress/by", name, ofAlerts, "grouping key or output of " + rule.id()));
                    }
                }));
    }

    private void names(Set<String> used, Set<String> known, String what, String pointer) {
        for (String name : used) {
            if (!known.contains(name)) {
                faults.add(unknown(pointer + escaped(name), name, known, what));
            }
        }
    }

    private RuleFault unknown(String pointer, String name, Collection<String> known, String what) {
        // Many write the field's name in Elasticsearch.
        Optional<String> ofEcs = Property.ofEcs(name).map(Property::epl).filter(known::contains);
        return file.fault(
                pointer,
                "names \"" + name + "\", which is no " + what
                        + ofEcs.map(epl -> "; write \"" + epl + "\"").orElseGet(() -> JsonFields.question(name, known))
                        + "; there are " + String.join(", ", known));
    }

    private static Set<String> outputs(Rule rule) {
        Set<String> names = new LinkedHashSet<>();
        rule.key().properties().forEach(property -> names.add(property.epl()));
        Matcher matcher = OUTPUT.matcher(rule.epl());
        while (matcher.find()) {
            names.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
        }
        return names;
    }

    private void setting(Rule rule, String name, Object value, String pointer) {
        Optional<Rule.Parameter> known = rule.parameters().stream()
                .filter(parameter -> parameter.name().equals(name))
                .findFirst();
        if (known.isEmpty()) {
            List<String> names =
                    rule.parameters().stream().map(Rule.Parameter::name).toList();
            faults.add(file.fault(
                    pointer,
                    "is no parameter of " + rule.id() + "; "
                            + (names.isEmpty() ? "it has none" : "it has " + String.join(", ", names))
                            + JsonFields.question(name, names)));
            return;
        }
        Rule.Parameter parameter = known.get();
        if (!isOfType(parameter.type(), value)) {
            faults.add(file.fault(
                    pointer, "is " + shown(value) + "; expected " + typeInWords(parameter.type()) + range(parameter)));
        } else if (value instanceof BigDecimal number
                && (parameter.min().filter(min -> number.compareTo(min) < 0).isPresent()
                        || parameter
                                .max()
                                .filter(max -> number.compareTo(max) > 0)
                                .isPresent())) {
            faults.add(file.fault(
                    pointer, "is " + number + "; expected " + typeInWords(parameter.type()) + range(parameter)));
        }
    }

    private static boolean isOfType(String type, Object value) {
        return switch (type) {
            case "int", "long" ->
                value instanceof BigDecimal number
                        && number.stripTrailingZeros().scale() <= 0;
            case "double" -> value instanceof BigDecimal;
            case "boolean" -> value instanceof Boolean;
            default -> value instanceof String;
        };
    }

    private static String typeInWords(String type) {
        return switch (type) {
            case "int", "long" -> "a whole number";
            case "double" -> "a number";
            case "boolean" -> "true or false";
            default -> "a text";
        };
    }

    private static String range(Rule.Parameter parameter) {
        return parameter.min().map(min -> " of at least " + min).orElse("")
                + (parameter.min().isPresent() && parameter.max().isPresent() ? " and" : "")
                + parameter
                        .max()
                        .map(max -> (parameter.min().isPresent() ? " at most " : " of at most ") + max)
                        .orElse("");
    }

    private static String shown(Object value) {
        return value instanceof String ? "\"" + value + "\"" : value.toString();
    }

    private static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }
}
