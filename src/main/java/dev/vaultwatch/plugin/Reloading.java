package dev.vaultwatch.plugin;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PreviewRequest;
import dev.vaultwatch.api.ReloadResult;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.detect.Candidate;
import dev.vaultwatch.detect.Detector;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.tuning.Tuning;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes other rules over: compiles and fills them without the plugin's lock, and swaps under it. Thread-safe. */
final class Reloading {
    private static final Logger LOG = LoggerFactory.getLogger(Reloading.class);

    private final Core core;
    private final Intake intake;
    private final List<String> packed;
    private final RuleCompiler compiler;

    /** Reloads come one at a time, and compile without the plugin's lock. */
    private final ReentrantLock reloading = new ReentrantLock();

    /** What was told of the rules in force; guarded by the lock above. */
    private List<RuleFault> warned = List.of();

    /** Where rules are read from; guarded by {@link #reloading}. */
    private PluginConfig.Places places;

    /**
     * Reloads for that core.
     *
     * @param packed ids of the rules in the jar
     */
    Reloading(Core core, Intake intake, List<String> packed, RuleCompiler compiler) {
        this.core = core;
        this.intake = intake;
        this.packed = packed;
        this.compiler = compiler;
        this.places = core.config.places();
    }

    /** Runs something while no reload is under way. */
    void alone(Runnable step) {
        reloading.lock();
        try {
            step.run();
        } finally {
            reloading.unlock();
        }
    }

    /**
     * Reads and compiles the rules.
     *
     * @throws RuleException if a rule can't run
     */
    RuleSet.Compiled compile() {
        return compile(places);
    }

    private RuleSet.Compiled compile(PluginConfig.Places from) {
        Instant now = core.context.wallClock().instant();
        try {
            return core.config.readRules(packed, from).compile(compiler, now);
        } catch (RuleException e) {
            if (from.tuning().isEmpty()) {
                throw e;
            }
            // A file that stays broken would hide what is done to the others meanwhile.
            Set<RuleFault> all = new LinkedHashSet<>(e.faults());
            all.addAll(faults(() -> Tuning.read(from.tuning().orElseThrow())));
            all.addAll(faults(() -> core.config
                    .readRules(packed, new PluginConfig.Places(from.rules(), Optional.empty()))
                    .compile(compiler, now)));
            throw new RuleException(List.copyOf(all));
        }
    }

    private static List<RuleFault> faults(Runnable step) {
        try {
            step.run();
            return List.of();
        } catch (RuleException e) {
            return e.faults();
        }
    }

    /**
     * Tells what of the rules in force is probably not meant, but for what was told of those before; and that there is none. While
     * alone.
     */
    void warn(CompiledRules inForce) {
        if (inForce.rules().isEmpty()) {
            String why = core.config.onlyKey().isEmpty()
                    ? "none is enabled (rule.json, rules.enabled, rules.tuning)"
                    : "none that is enabled has the grouping key " + String.join(", ", core.config.onlyKey())
                            + " (rules.key)";
            core.notice(Notice.of(
                    Notice.Kind.RULE_WARNING,
                    "No rule is in force, since " + why + ": nothing is detected, and every record counts as ignored.",
                    0));
        }
        for (RuleFault warning : inForce.warnings()) {
            if (!warned.contains(warning)) {
                core.notice(Notice.of(Notice.Kind.RULE_WARNING, warning.toString(), 0));
            }
        }
        warned = inForce.warnings();
    }

    ReloadResult reload() {
        return reload(Map.of());
    }

    /** Reloads from the places that are named in the configuration's form; they stay if the rules there take over. */
    ReloadResult reload(Map<String, String> entries) {
        ReloadResult result;
        reloading.lock();
        try {
            PluginConfig.Places named = places.with(entries);
            long before = System.nanoTime();
            result = tryReload(named);
            if (result.applied()) {
                places = named;
            }
            boolean repeated;
            core.lock();
            try {
                repeated = core.meters.lastReload().isPresent()
                        && core.meters.lastReload().get().faults().equals(result.faults());
                core.meters.reloaded(result, System.nanoTime() - before);
            } finally {
                core.unlock();
            }
            if (result.applied()) {
                LOG.info("Rules reloaded: {}.", result.rules());
            } else if (repeated) {
                LOG.debug("Rules not reloaded, for the same reason as before.");
            } else {
                // A fault's text may quote the rule, and a rule may name a person: the answer and the notice have it.
                LOG.warn(
                        "Rules not reloaded; the old ones go on running. {}",
                        result.faults().stream().map(RuleFault::place).collect(Collectors.joining(", ")));
            }
        } finally {
            reloading.unlock();
        }
        core.outbox.deliver();
        return result;
    }

    /**
     * Begins a trial of other rules.
     *
     * @throws RuleException if a rule can't run
     */
    PreviewLane preview(PreviewRequest request) {
        PluginConfig.Places from;
        reloading.lock();
        try {
            from = places;
        } finally {
            reloading.unlock();
        }
        core.lock();
        try {
            core.running();
        } finally {
            core.unlock();
        }
        RuleSet.Compiled ready = core.config
                .readRules(packed, from, request)
                .compile(compiler, core.context.wallClock().instant());
        core.lock();
        try {
            PreviewLane preview = new PreviewLane(
                    core, request, ready, () -> core.detector().ifPresent(live -> intake.rules(live.rules())));
            core.previews().add(preview);
            intake.rules(core.running().rules());
            return preview;
        } finally {
            core.unlock();
        }
    }

    /** For the watcher, which has nobody to answer to but the operator. */
    void reloadAndSay() {
        ReloadResult result;
        try {
            result = reload();
        } catch (IllegalStateException e) {
            // Closed meanwhile.
            return;
        }
        core.notice(Notice.of(
                Notice.Kind.RULES_RELOADED,
                result.applied()
                        ? "The rules or their tuning changed; in force are " + result.rules() + "."
                        : "The rules or their tuning changed and were refused; the old ones go on running. "
                                + result.faults().stream()
                                        .map(RuleFault::toString)
                                        .collect(Collectors.joining(" ")),
                result.applied() ? 0 : result.faults().size()));
        core.outbox.deliver();
    }

    private ReloadResult tryReload(PluginConfig.Places named) {
        List<String> inForce;
        core.lock();
        try {
            inForce = core.running().rules().ids();
        } finally {
            core.unlock();
        }
        RuleSet.Compiled ready;
        try {
            ready = compile(named);
        } catch (RuleException e) {
            return ReloadResult.refused(inForce, e.faults());
        }
        CompiledRules compiled = ready.rules();
        Candidate candidate;
        core.lock();
        try {
            if (core.detector().isEmpty()) {
                return closedMeanwhile(inForce);
            }
            candidate = core.running().prepare(compiled);
        } finally {
            core.unlock();
        }
        try {
            candidate.fill();
            core.lock();
            try {
                if (core.detector().isEmpty()) {
                    return closedMeanwhile(inForce);
                }
                Detector live = core.running();
                candidate.hearAnew(ready.policy().keepsBackOtherThan(core.desk.policy()));
                core.inForce(ready);
                ReloadResult result = ReloadResult.applied(compiled.ids(), live.swap(candidate));
                core.meters.completeSince(live.completeSince());
                core.durability.note();
                intake.rules(compiled);
                core.endStep();
                inForce.stream().filter(id -> !compiled.ids().contains(id)).forEach(this::tellUnconfirmed);
                warn(compiled);
                return result;
            } finally {
                core.unlock();
            }
        } finally {
            candidate.close();
        }
    }

    /** A rule that is gone judges no window any more: what it said early is neither confirmed nor retracted. Under the lock. */
    private void tellUnconfirmed(String gone) {
        long alerts = core.desk.unconfirmed(gone);
        if (alerts > 0) {
            core.notice(Notice.of(
                    Notice.Kind.EARLY_UNCONFIRMED,
                    "Rule " + gone + " is in force no longer; " + alerts + (alerts == 1 ? " alert" : " alerts")
                            + " that it raised before a window's close will be neither confirmed nor retracted.",
                    alerts));
        }
    }

    private static ReloadResult closedMeanwhile(List<String> inForce) {
        return ReloadResult.refused(
                inForce, List.of(new RuleFault("", 0, 0, "The plugin was closed while it reloaded.")));
    }
}
