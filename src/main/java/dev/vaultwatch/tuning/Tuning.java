package dev.vaultwatch.tuning;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.Rule;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a site says about rules, in {@code tuning.json} and the lists that it names: an overlay that an upgrade of the rules leaves
 * alone. A snapshot of the files: read again, it is another value. Immutable; any thread may ask.
 *
 * <p>Where it takes effect:
 *
 * <ol>
 *   <li>{@link #apply} before a rule is compiled: parameters, severity, risk score, cap, shadow;
 *   <li>{@link #enabled} before that: whether it runs;
 *   <li>{@link #eventExceptions} before an event is offered to a rule;
 *   <li>{@link #alertPolicy} before an alert is counted towards its rule's cap.
 * </ol>
 */
public final class Tuning {
    private static final Tuning NONE = new Tuning(Optional.empty(), Map.of(), List.of(), List.of());

    private final Optional<JsonFile> file;
    private final Map<String, RuleTuning> rules;
    private final List<Path> files;
    private final List<RuleFault> warnings;

    private Tuning(Optional<JsonFile> file, Map<String, RuleTuning> rules, List<Path> files, List<RuleFault> warnings) {
        this.file = file;
        this.rules = new TreeMap<>(rules);
        this.files = List.copyOf(files);
        this.warnings = List.copyOf(warnings);
    }

    /** A tuning that changes nothing. */
    public static Tuning none() {
        return NONE;
    }

    /**
     * Reads {@code tuning.json} and its lists.
     *
     * @throws RuleException with every fault that can be found without the rules, each at its line and column and with its JSON
     *     pointer
     */
    public static Tuning read(Path path) {
        List<RuleFault> faults = new ArrayList<>();
        Optional<JsonFile> file = JsonFile.read(path, path.toString(), faults);
        Tuning tuning = file.map(json -> of(json, path, faults)).orElse(NONE);
        if (!faults.isEmpty()) {
            throw new RuleException(faults);
        }
        return tuning;
    }

    private static Tuning of(JsonFile json, Path path, List<RuleFault> faults) {
        Path folder = path.toAbsolutePath().normalize().resolveSibling("");
        TuningReader reader = new TuningReader(json, faults);
        reader.read(folder);
        List<Path> files = new ArrayList<>();
        files.add(path);
        reader.listPaths().values().forEach(list -> files.add(folder.resolve(list)));
        return new Tuning(Optional.of(json), reader.rules(), files, reader.warnings());
    }

    /** The files that it was read from, for whoever watches them: {@code tuning.json} first, then its lists. */
    public List<Path> files() {
        return files;
    }

    /**
     * What of the tuning does not fit the rules: names and values that no rule has, as after an upgrade. Each at its place and with
     * the nearest valid name.
     *
     * @param all every rule that there is, enabled or not
     */
    public List<RuleFault> faults(List<Rule> all) {
        return file.map(json -> new TuningCheck(json, rules, all).faults()).orElse(List.of());
    }

    /** What is probably not meant: values that nothing equals, and exceptions that have expired; each at its place. */
    public List<RuleFault> warnings(Instant now) {
        List<RuleFault> all = new ArrayList<>(warnings);
        file.ifPresent(json -> rules.forEach((id, rule) -> rule.exemptions().stream()
                .filter(each -> !each.appliesAt(now.toEpochMilli()))
                .forEach(each -> all.add(json.fault(
                        each.pointer(),
                        "The exception " + each.id() + " of " + id + " has not applied since " + each.until()
                                + ": remove it, or give it another \"until\"")))));
        return all;
    }

    /** Whether the site says that a rule runs; empty if it says nothing. */
    public Optional<Enabled> enabled(String ruleId) {
        return tuningOf(ruleId).flatMap(RuleTuning::enabled);
    }

    /** The rule as the site wants it; the same one if the site says nothing of it. */
    public Rule apply(Rule rule) {
        return tuningOf(rule.id()).map(tuning -> applied(rule, tuning)).orElse(rule);
    }

    private static Rule applied(Rule rule, RuleTuning tuning) {
        Map<String, Object> settings = new TreeMap<>(rule.settings());
        settings.putAll(tuning.settings());
        Rule.Builder tuned = rule.toBuilder().settings(settings);
        tuning.enabled().ifPresent(enabled -> tuned.shadow(enabled == Enabled.SHADOW));
        tuning.riskScore().ifPresent(tuned::riskScore);
        tuning.cap().ifPresent(tuned::cap);
        tuning.severities().stream()
                .filter(each -> each.when().isEmpty())
                .findFirst()
                .ifPresent(each -> tuned.severity(each.severity()));
        return tuned.build();
    }

    /** The same without suppressions, for counting what rules find. */
    public Tuning unlimited() {
        Map<String, RuleTuning> all = new TreeMap<>();
        rules.forEach((id, rule) -> all.put(id, rule.withoutSuppression()));
        return new Tuning(file, all, files, warnings);
    }

    /** Which events don't count, by rule. */
    public EventExceptions eventExceptions() {
        return EventExceptions.of(rules);
    }

    /**
     * What becomes of alerts. Each call gives a new policy, which has seen none yet.
     *
     * @param running the rules that run, as {@link #apply} made them
     */
    public AlertPolicy alertPolicy(List<Rule> running) {
        return new AlertPolicy(
                rules, running.stream().filter(Rule::shadow).map(Rule::id).collect(Collectors.toSet()));
    }

    /** The ids of all exceptions, by rule; sorted by rule, in the file's order. */
    public Map<String, List<String>> exceptionIds() {
        Map<String, List<String>> ids = new TreeMap<>();
        rules.forEach((rule, tuning) ->
                ids.put(rule, tuning.exemptions().stream().map(Exemption::id).toList()));
        ids.values().removeIf(List::isEmpty);
        return ids;
    }

    /** The ids of the rules that it says something of; sorted. */
    public Set<String> ruleIds() {
        return rules.keySet();
    }

    private Optional<RuleTuning> tuningOf(String ruleId) {
        return Optional.ofNullable(rules.get(ruleId));
    }
}
