package dev.vaultwatch.kafka;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Decides over each announced rule set, once for the whole application, and sends what it accepts to every task.
 *
 * <p>It is a source of every task's event time, too: its watermark says that no change will be accepted for that time or
 * before. A task's event time never passes it, so a task has each change before it reaches the change's time; and since a partition
 * keeps its order, the change stands there before any later watermark does. The watermark is the wall clock's, and none is
 * sent before everything that the topic held at the start is decided: an application that starts from nothing takes changes
 * for times that are long past, and repeats what one did that ran then.
 *
 * <p>Its decisions and its last watermark stand in a store. Used by one task's thread.
 */
final class ControlGate {
    private static final String WATERMARK = "/watermark";

    private final Decided decided;
    private final RuleSets rules;

    ControlGate(Decided decided, RuleSets rules) {
        this.decided = decided;
        this.rules = rules;
    }

    /** What was decided, wherever it is kept: by version the digest of the announcement. */
    interface Decided {
        Optional<String> get(String version);

        void put(String version, String digest, boolean accepted);
    }

    /**
     * Decides what was not decided yet, then lets time go on.
     *
     * @param announced all that is announced; empty if it is as the last time
     * @param now wall-clock time in milliseconds
     * @param toAll sends a step to every task
     * @param results takes what was decided
     */
    void tick(List<ControlTopic.Announced> announced, long now, Consumer<Routed> toAll, Consumer<OutRecord> results) {
        Optional<Instant> reached = decided.get(WATERMARK).map(Instant::parse);
        decide(announced, reached, change -> toAll.accept(Routed.change(change)), results);
        Instant wall = Instant.ofEpochMilli(now);
        if (reached.isEmpty() || wall.isAfter(reached.get())) {
            decided.put(WATERMARK, wall.toString(), true);
            toAll.accept(Routed.watermark(Routed.CONTROL, wall));
        }
    }

    /**
     * Decides what was not decided yet.
     *
     * @param reached event time may have come so far: a change for that time or before is refused
     * @param accepted takes what is not refused
     * @param results takes what was decided
     */
    void decide(
            List<ControlTopic.Announced> announced,
            Optional<Instant> reached,
            Consumer<RuleSetChange> accepted,
            Consumer<OutRecord> results) {
        for (ControlTopic.Announced each : announced) {
            Optional<String> before = decided.get(each.version());
            if (before.filter(each.digest()::equals).isPresent()) {
                continue;
            }
            List<String> faults = faults(each, before.isPresent(), reached);
            decided.put(each.version(), each.digest(), faults.isEmpty());
            if (faults.isEmpty()) {
                each.change().ifPresent(change -> {
                    accepted.accept(change);
                    results.accept(outcome(change.version(), change.from().toString(), "ACCEPTED", List.of()));
                });
            } else {
                String from = each.change()
                        .map(RuleSetChange::from)
                        .map(Instant::toString)
                        .orElse("");
                results.accept(outcome(each.version(), from, "REFUSED", faults));
            }
        }
    }

    private OutRecord outcome(String version, String from, String outcome, List<String> faults) {
        return OutRecord.ofRules(version, from, outcome, rules.instance(), "", "", faults);
    }

    private List<String> faults(ControlTopic.Announced each, boolean known, Optional<Instant> reached) {
        if (known) {
            return List.of("Version " + each.version()
                    + " was decided already and has changed since; what was decided stands. Announce a new version.");
        }
        if (each.change().isEmpty()) {
            return List.of(each.problem());
        }
        RuleSetChange change = each.change().get();
        if (reached.isPresent() && !change.from().isAfter(reached.get())) {
            return List.of("Its time, " + change.from() + ", has passed: tasks may be beyond it; expected one after "
                    + reached.get() + ".");
        }
        return rules.compiled(change).faults();
    }
}
