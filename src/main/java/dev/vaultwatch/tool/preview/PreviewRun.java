package dev.vaultwatch.tool.preview;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.Preview;
import dev.vaultwatch.api.PreviewRequest;
import dev.vaultwatch.api.PreviewResult;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.Measures.Threshold;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import dev.vaultwatch.tuning.Tuning;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Trials of changed rules in a plugin that is about to be fed: the changed rules, the same with looser thresholds for near misses,
 * and those of a sweep. Used by one thread.
 */
public final class PreviewRun {
    /** A near miss reaches so much of a threshold: four fifths, the last step before it for small thresholds. */
    private static final double NEAR = 0.8;

    /** A sweep that needs a run per value takes so many: each has an engine of its own. */
    private static final int MOST_RUNS = 50;

    /** More than any report shows: a trial keeps what it counts. */
    private static final int KEPT = 5_000_000;

    private final Asked asked;
    private final Preview changed;
    private final Optional<Preview> near;
    private final Map<Long, Preview> sweeps = new LinkedHashMap<>();
    private final Map<String, Limit> limits;
    private final Map<String, Threshold> compiledSweeps = new LinkedHashMap<>();
    private final List<String> sweptRules = new ArrayList<>();
    private final boolean inOnePass;

    /** A rule's parameter that is a threshold. */
    record Limit(String parameter, Threshold threshold) {
        /** The value at which near misses show; the threshold's own if there is none below it. */
        long near() {
            return Math.max(1, Math.min(threshold.value() - 1, (long) Math.ceil(threshold.value() * NEAR)));
        }
    }

    /**
     * What is asked.
     *
     * @param rules a folder of changed rules; empty for today's
     * @param tuning a changed tuning; empty for today's
     * @param settings values of parameters, by name
     * @param rule the only rule that the settings and the sweep are of; empty for each that has such a parameter
     * @param sweep a parameter to try all values of; empty for none
     */
    public record Asked(
            Optional<Path> rules,
            Optional<Path> tuning,
            Map<String, String> settings,
            Optional<String> rule,
            Optional<Sweep> sweep) {
        /** Copies the map. */
        public Asked {
            settings = Map.copyOf(settings);
        }
    }

    /**
     * A parameter and the values to try.
     *
     * @param from the least
     * @param to the greatest, inclusive
     */
    public record Sweep(String parameter, long from, long to) {}

    /**
     * Begins the trials.
     *
     * @param plugin which is started, with today's rules, and has no events
     * @param today what asks for today's rules: their folder and tuning; empty for those in the jar
     * @param packed the ids of the rules in the jar
     * @throws RuleException if a rule can't run, or what is asked names no rule or parameter
     */
    public PreviewRun(DetectionPlugin plugin, Asked asked, Asked today, List<String> packed) {
        this.asked = asked;
        List<Rule> all = asked.rules()
                .or(today::rules)
                .map(RuleFolder::at)
                .orElseGet(() -> RuleFolder.packed(packed))
                .read();
        List<String> running = plugin.health().rules();
        this.changed = plugin.preview(request(all, running, "").kept(KEPT).build());
        Tuning tuning = asked.tuning().or(today::tuning).map(Tuning::read).orElse(Tuning.none());
        Map<String, CompiledRule> compiled = compiled(all, changed.result().rules(), tuning);
        this.limits = limits(compiled.values());
        this.near = near(plugin, all, compiled.keySet());
        this.inOnePass = sweep(plugin, all, compiled);
    }

    /** The changed rules, with the asked values but for one parameter. */
    private PreviewRequest.Builder request(List<Rule> all, Collection<String> running, String except) {
        PreviewRequest.Builder request = PreviewRequest.builder();
        asked.rules().ifPresent(request::rules);
        asked.tuning().ifPresent(request::tuning);
        asked.settings().forEach((name, value) -> {
            if (!name.equals(except)) {
                ofParameter(all, running, name).forEach(rule -> request.set(rule.id(), name, value));
            }
        });
        return request;
    }

    private List<Rule> ofParameter(List<Rule> all, Collection<String> running, String parameter) {
        List<Rule> has = all.stream()
                .filter(rule -> asked.rule().map(rule.id()::equals).orElse(running.contains(rule.id())))
                .filter(rule ->
                        rule.parameters().stream().anyMatch(each -> each.name().equals(parameter)))
                .toList();
        if (has.isEmpty()) {
            throw new RuleException(List.of(new RuleFault(
                    "",
                    0,
                    0,
                    asked.rule().map(rule -> "Rule " + rule + " has").orElse("No rule that runs has")
                            + " a parameter \"" + parameter + "\"; there are "
                            + all.stream()
                                    .filter(rule -> running.contains(rule.id())
                                            || asked.rule()
                                                    .filter(rule.id()::equals)
                                                    .isPresent())
                                    .flatMap(rule ->
                                            rule.parameters().stream().map(each -> each.name() + " of " + rule.id()))
                                    .toList())));
        }
        return has;
    }

    private Map<String, CompiledRule> compiled(List<Rule> all, List<String> running, Tuning tuning) {
        List<Rule> tuned = all.stream()
                .filter(rule -> running.contains(rule.id()))
                .map(tuning::apply)
                .map(this::set)
                .toList();
        Map<String, CompiledRule> compiled = new LinkedHashMap<>();
        try (RuleCompiler compiler = new RuleCompiler(true)) {
            compiler.compile(tuned)
                    .rules()
                    .forEach(rule -> compiled.put(rule.rule().id(), rule));
        }
        return compiled;
    }

    private Rule set(Rule rule) {
        Map<String, Object> settings = new HashMap<>(rule.settings());
        rule.parameters().forEach(parameter -> {
            String value = asked.settings().get(parameter.name());
            boolean its = asked.rule().map(rule.id()::equals).orElse(true);
            if (value != null && its && !parameter.type().equals("boolean")) {
                settings.put(parameter.name(), value);
            }
        });
        return rule.toBuilder().settings(settings).build();
    }

    /** By rule, the first of its parameters that is a threshold. */
    private static Map<String, Limit> limits(Collection<CompiledRule> rules) {
        Map<String, Limit> limits = new LinkedHashMap<>();
        for (CompiledRule rule : rules) {
            rule.rule().parameters().stream()
                    .flatMap(parameter -> rule.threshold(parameter.name()).stream()
                            .map(threshold -> new Limit(parameter.name(), threshold)))
                    .findFirst()
                    .ifPresent(limit -> limits.put(rule.rule().id(), limit));
        }
        return limits;
    }

    private Optional<Preview> near(DetectionPlugin plugin, List<Rule> all, Collection<String> running) {
        PreviewRequest.Builder request = request(all, running, "").unlimited().kept(KEPT);
        boolean[] any = {false};
        limits.forEach((id, limit) -> {
            if (limit.near() < limit.threshold().value()) {
                any[0] = true;
                request.set(id, limit.parameter(), Long.toString(limit.near()));
            }
        });
        return any[0] ? Optional.of(plugin.preview(request.build())) : Optional.empty();
    }

    private boolean sweep(DetectionPlugin plugin, List<Rule> all, Map<String, CompiledRule> compiled) {
        if (asked.sweep().isEmpty()) {
            return true;
        }
        Sweep sweep = asked.sweep().get();
        List<Rule> of = ofParameter(all, compiled.keySet(), sweep.parameter());
        boolean monotone = of.stream()
                .allMatch(rule -> Optional.ofNullable(compiled.get(rule.id()))
                        .flatMap(each -> each.threshold(sweep.parameter()))
                        .isPresent());
        of.forEach(rule -> sweptRules.add(rule.id()));
        of.forEach(rule -> Optional.ofNullable(compiled.get(rule.id()))
                .flatMap(each -> each.threshold(sweep.parameter()))
                .ifPresent(threshold -> compiledSweeps.put(rule.id(), threshold)));
        List<Long> values = new ArrayList<>();
        for (long value = sweep.from(); value <= (monotone ? sweep.from() : sweep.to()); value++) {
            values.add(value);
        }
        if (values.size() > MOST_RUNS) {
            throw new RuleException(List.of(new RuleFault(
                    "",
                    0,
                    0,
                    "The rule is not monotone in " + sweep.parameter() + ", so each value is a run of its own, and "
                            + values.size() + " are asked; expected at most " + MOST_RUNS + ".")));
        }
        for (long value : values) {
            PreviewRequest.Builder request = request(all, compiled.keySet(), sweep.parameter())
                    .unlimited()
                    .kept(KEPT);
            of.forEach(rule -> request.set(rule.id(), sweep.parameter(), Long.toString(value)));
            sweeps.put(value, plugin.preview(request.build()));
        }
        return monotone;
    }

    /** What came of it, once the plugin has been fed; the plugin may be closed. */
    public PreviewReport report(Collection<Alert> today) {
        Map<Long, PreviewResult> swept = new LinkedHashMap<>();
        sweeps.forEach((value, preview) -> swept.put(value, preview.result()));
        return new Comparison(limits, compiledSweeps, sweptRules, asked.sweep(), inOnePass)
                .report(List.copyOf(today), changed.result(), near.map(Preview::result), swept);
    }
}
