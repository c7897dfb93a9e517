package dev.vaultwatch.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.Rule;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads {@code tuning.json}, as far as it can be judged without the rules; with every fault found. Not thread-safe. */
final class TuningReader {
    private static final Set<String> SEVERITIES = Set.of("low", "medium", "high", "critical");
    private static final int MOST_ALERTS = 1_000_000;
    private static final int MOST_RISK = 100;

    private final JsonFile file;
    private final List<RuleFault> faults;
    private final List<RuleFault> warnings = new ArrayList<>();
    private final Set<String> exemptionIds = new HashSet<>();
    private final Map<String, String> listPaths = new LinkedHashMap<>();
    private final Map<String, RuleTuning> rules = new LinkedHashMap<>();

    TuningReader(JsonFile file, List<RuleFault> faults) {
        this.file = file;
        this.faults = faults;
    }

    /**
     * Reads the file.
     *
     * @param folder where its lists' paths begin
     */
    void read(Path folder) {
        JsonFields root = new JsonFields(file, "", faults);
        root.raw("$schema");
        root.object("lists")
                .ifPresent(lists ->
                        lists.names().forEach(name -> lists.text(name).ifPresent(path -> listPaths.put(name, path))));
        ValueLists lists = ValueLists.read(file, folder, listPaths, faults);
        ConditionReader conditions = new ConditionReader(file, lists, faults, warnings);
        root.object("rules")
                .ifPresent(all -> all.names()
                        .forEach(id -> all.object(id).ifPresent(rule -> rules.put(id, rule(rule, conditions)))));
        root.refuseOthers("tuning.json");
    }

    Map<String, RuleTuning> rules() {
        return rules;
    }

    /** What is probably not meant. */
    List<RuleFault> warnings() {
        return warnings;
    }

    Map<String, String> listPaths() {
        return listPaths;
    }

    private RuleTuning rule(JsonFields fields, ConditionReader conditions) {
        Map<String, Object> settings = new LinkedHashMap<>();
        fields.object("set")
                .ifPresent(set ->
                        set.names().forEach(name -> set.scalar(name).ifPresent(value -> settings.put(name, value))));
        RuleTuning tuning = new RuleTuning(
                enabled(fields),
                settings,
                severities(fields, conditions),
                fields.number("riskScore", 0, MOST_RISK),
                fields.object("cap").flatMap(this::cap),
                exemptions(fields, conditions),
                fields.object("suppress").flatMap(this::suppress));
        fields.refuseOthers("a rule's tuning");
        return tuning;
    }

    private Optional<Enabled> enabled(JsonFields fields) {
        JsonNode value = fields.raw("enabled");
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (value.isBoolean()) {
            return Optional.of(value.booleanValue() ? Enabled.ON : Enabled.OFF);
        }
        if (value.isTextual() && value.textValue().equals("shadow")) {
            return Optional.of(Enabled.SHADOW);
        }
        fields.fault("enabled", "is " + value + "; expected true, false or \"shadow\"");
        return Optional.empty();
    }

    private List<RuleTuning.SeverityRule> severities(JsonFields fields, ConditionReader conditions) {
        if (!fields.raw("severity").isArray()) {
            return fields.choice("severity", SEVERITIES)
                    .map(severity -> List.of(new RuleTuning.SeverityRule(Optional.empty(), severity)))
                    .orElse(List.of());
        }
        List<RuleTuning.SeverityRule> severities = new ArrayList<>();
        boolean always = false;
        for (String pointer : fields.list("severity")) {
            JsonFields one = new JsonFields(file, pointer, faults);
            if (always) {
                faults.add(file.fault(pointer, "is never reached: the one before it has no conditions"));
            }
            Optional<Conditions> when =
                    one.has("where") ? Optional.of(conditions.read(one, "where", false)) : Optional.empty();
            always |= when.isEmpty();
            Optional<String> severity = one.choice("is", SEVERITIES);
            if (!one.has("is")) {
                one.fault("", "has no \"is\": expected low, medium, high or critical");
            }
            one.refuseOthers("a severity");
            severity.ifPresent(is -> severities.add(new RuleTuning.SeverityRule(when, is)));
        }
        return severities;
    }

    private Optional<Rule.Cap> cap(JsonFields fields) {
        Optional<Integer> alerts = fields.number("alerts", 1, MOST_ALERTS);
        Optional<Duration> period = fields.duration("period");
        if (!fields.has("alerts") || !fields.has("period")) {
            fields.fault(
                    "", "must have both \"alerts\" and \"period\", such as {\"alerts\": 100, \"period\": \"PT8M\"}");
        }
        fields.refuseOthers("a cap");
        return alerts.isPresent() && period.isPresent()
                ? Optional.of(new Rule.Cap(alerts.get(), period.get()))
                : Optional.empty();
    }

    private Optional<RuleTuning.Suppress> suppress(JsonFields fields) {
        List<String> by = fields.texts("by");
        Optional<Duration> period = fields.duration("for");
        if (!fields.has("by") || !fields.has("for")) {
            fields.fault("", "must have both \"by\" and \"for\", such as {\"by\": [\"upn\"], \"for\": \"PT1H\"}");
        }
        fields.refuseOthers("a suppression");
        return by.isEmpty() ? Optional.empty() : period.map(length -> new RuleTuning.Suppress(by, length));
    }

    private List<Exemption> exemptions(JsonFields fields, ConditionReader conditions) {
        List<Exemption> exemptions = new ArrayList<>();
        for (String pointer : fields.list("except")) {
            int before = faults.size();
            JsonFields one = new JsonFields(file, pointer, faults);
            Optional<String> id = one.requiredText("id", "a name such as EX-12");
            if (id.isPresent() && !exemptionIds.add(id.get())) {
                one.fault("id", "is \"" + id.get() + "\", which another exception is called, too");
            }
            Optional<String> on = one.choice("on", Set.of("events", "alerts"));
            if (!one.has("on")) {
                one.fault("", "has no \"on\": expected \"events\", which don't count then, or \"alerts\"");
            }
            if (!one.has("where")) {
                one.fault("", "has no \"where\": expected conditions, such as {\"upn\": \"ann@contoso.example\"}");
            }
            Conditions where =
                    conditions.read(one, "where", on.filter("events"::equals).isPresent());
            Optional<String> why = one.requiredText("why", "the reason, for whoever reads it in a year");
            Optional<String> by = one.requiredText("by", "who answers for it");
            Optional<Instant> until =
                    one.requiredText("until", "a day such as 2027-01-31").flatMap(text -> until(one, text));
            one.refuseOthers("an exception");
            if (faults.size() == before) {
                exemptions.add(new Exemption(
                        id.orElseThrow(),
                        on.orElseThrow().equals("events") ? Exemption.On.EVENTS : Exemption.On.ALERTS,
                        where,
                        why.orElseThrow(),
                        by.orElseThrow(),
                        until.orElseThrow(),
                        pointer));
            }
        }
        return exemptions;
    }

    /** A day includes its last instant, in UTC. */
    private static Optional<Instant> until(JsonFields fields, String text) {
        try {
            return Optional.of(
                    text.contains("T")
                            ? Instant.parse(text)
                            : LocalDate.parse(text).plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC));
        } catch (DateTimeException e) {
            fields.fault("until", "is \"" + text + "\"; expected a day such as 2027-01-31, or an instant in UTC");
            return Optional.empty();
        }
    }
}
