package dev.vaultwatch.kafka;

import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.ReloadResult;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Which rules a task's plugins run, and which are announced for later. Until the first change takes over they are those of the
 * configuration's files. Used by the task's thread alone.
 */
final class TaskRules {
    private final Optional<RuleSets> control;
    private final TreeSet<RuleSetChange> announced =
            new TreeSet<>(Comparator.comparing(RuleSetChange::from).thenComparing(RuleSetChange::version));
    private Map<String, String> inForce = Map.of();
    private String version = "";
    private Optional<Instant> reached = Optional.empty();

    /**
     * Those of the configuration's files.
     *
     * @param control where announced sets are compiled; empty without a control topic
     */
    TaskRules(Optional<RuleSets> control) {
        this.control = control;
    }

    /** A plugin whose rules change; see {@link DetectionPlugin#reload(Map)}. */
    @FunctionalInterface
    interface Reloadable {
        ReloadResult reload(Map<String, String> rules);
    }

    /** Whether there is a control topic, which holds event time back. */
    boolean isControlled() {
        return control.isPresent();
    }

    /** No change will be announced for that time or before. */
    void advanceTo(Instant time) {
        if (reached.isEmpty() || time.isAfter(reached.get())) {
            reached = Optional.of(time);
        }
    }

    /** How far event time may go; empty for nowhere yet. */
    Optional<Instant> limit() {
        return announced.isEmpty()
                ? reached
                : reached.map(time -> min(time, announced.first().from()));
    }

    private static Instant min(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }

    /** Takes an announcement, and says what this instance makes of it; nothing if it has come before. */
    Optional<OutRecord> announce(RuleSetChange change, String task) {
        if (change.version().equals(version) || !announced.add(change)) {
            return Optional.empty();
        }
        List<String> faults = rules().compiled(change).faults();
        return Optional.of(outcome(change, faults.isEmpty() ? "READY" : "REFUSED", task, "", faults));
    }

    /**
     * Starts with a set that took over before.
     *
     * @throws IllegalStateException if it can't run here
     */
    void startWith(RuleSetChange change) {
        announced.add(change);
        apply(change.version(), List.of(), "", Optional.empty());
    }

    /** From when on the next set that is announced is in force. */
    Optional<Instant> next() {
        return announced.isEmpty()
                ? Optional.empty()
                : Optional.of(announced.first().from());
    }

    /** The set in force; empty for the configuration's files. */
    String version() {
        return version;
    }

    /** The version that takes over next, if event time has come to where it does. */
    Optional<String> due(Optional<Instant> eventTime) {
        return announced.isEmpty()
                        || eventTime.isEmpty()
                        || eventTime.get().isBefore(announced.first().from())
                ? Optional.empty()
                : Optional.of(announced.first().version());
    }

    /**
     * Lets a version take over.
     *
     * @param plugins those of the task
     * @throws IllegalStateException if they can't run here: this instance must not go on with the rules before
     */
    OutRecord apply(String named, Collection<? extends Reloadable> plugins, String task, Optional<Instant> eventTime) {
        RuleSetChange change = announced.stream()
                .filter(each -> each.version().equals(named))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "Version " + named + " takes over and was not announced; please report it."));
        RuleSets.Compiled compiled = rules().compiled(change);
        if (!compiled.faults().isEmpty()) {
            throw new IllegalStateException("The rules of version " + named
                    + " were accepted and can't run on this instance, which stops here: " + compiled.faults());
        }
        for (Reloadable plugin : plugins) {
            ReloadResult result = plugin.reload(compiled.config());
            if (!result.applied()) {
                throw new IllegalStateException("The rules of version " + named
                        + " were accepted and a plugin of this instance, which stops here, refused them: "
                        + result.faults());
            }
        }
        announced.remove(change);
        version = named;
        inForce = compiled.config();
        return outcome(change, "APPLIED", task, eventTime.map(Instant::toString).orElse(""), List.of());
    }

    private OutRecord outcome(
            RuleSetChange change, String outcome, String task, String watermark, List<String> faults) {
        return OutRecord.ofRules(
                change.version(), change.from().toString(), outcome, rules().instance(), task, watermark, faults);
    }

    private RuleSets rules() {
        return control.orElseThrow(
                () -> new IllegalStateException("A change of rules came, and no control topic is configured."));
    }

    /** A plugin's configuration with the rules in force. */
    Map<String, String> with(Map<String, String> config) {
        Map<String, String> own = new HashMap<>(config);
        own.putAll(inForce);
        return own;
    }
}
