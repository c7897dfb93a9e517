package dev.vaultwatch.kafka;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.streams.state.KeyValueStore;

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

    private final KeyValueStore<String, String> decided;
    private final RuleSets rules;

    ControlGate(KeyValueStore<String, String> decided, RuleSets rules) {
        this.decided = decided;
        this.rules = rules;
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
        Optional<Instant> reached = Optional.ofNullable(decided.get(WATERMARK)).map(Instant::parse);
        for (ControlTopic.Announced each : announced) {
            String before = decided.get(each.version());
            if (each.digest().equals(before)) {
                continue;
            }
            List<String> faults = faults(each, before != null, reached);
            decided.put(each.version(), each.digest());
            if (faults.isEmpty()) {
                each.change().ifPresent(change -> {
                    toAll.accept(Routed.change(change));
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
        Instant wall = Instant.ofEpochMilli(now);
        if (reached.isEmpty() || wall.isAfter(reached.get())) {
            decided.put(WATERMARK, wall.toString());
            toAll.accept(Routed.watermark(Routed.CONTROL, wall));
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
