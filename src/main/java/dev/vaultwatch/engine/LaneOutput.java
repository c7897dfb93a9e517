package dev.vaultwatch.engine;

import java.util.ArrayList;
import java.util.List;

/** What has come out of a lane and was not taken yet: what its rule found, and what went wrong. Guarded by the lane. */
final class LaneOutput {
    /** The most findings that wait to be taken: more than groups in a lane, and about 100 MB. */
    static final int MAX_FINDINGS = 200_000;

    private final String ruleId;
    private final List<Finding> findings = new ArrayList<>();
    private final List<RuleFailure> failures = new ArrayList<>();
    private boolean damaged;
    private boolean broken;

    LaneOutput(String ruleId) {
        this.ruleId = ruleId;
    }

    boolean isFull() {
        return findings.size() >= MAX_FINDINGS;
    }

    void found(Finding finding) {
        findings.add(finding);
    }

    /** The rule threw. Its message may quote an event's values, so only the kind of exception goes on. */
    void threw(String what, Throwable thrown) {
        damaged = true;
        RuleFailure.Kind kind = RuleFailure.Kind.of(thrown);
        broken |= kind == RuleFailure.Kind.BROKE;
        failures.add(
                new RuleFailure(ruleId, kind, what + " " + thrown.getClass().getName() + "."));
    }

    void limited(String problem) {
        failures.add(new RuleFailure(ruleId, RuleFailure.Kind.LIMITED, problem));
    }

    boolean isDamaged() {
        return damaged;
    }

    boolean isBroken() {
        return broken;
    }

    boolean isEmpty() {
        return findings.isEmpty() && failures.isEmpty();
    }

    List<Finding> takeFindings() {
        return taken(findings);
    }

    List<RuleFailure> takeFailures() {
        return taken(failures);
    }

    private static <T> List<T> taken(List<T> waiting) {
        if (waiting.isEmpty()) {
            return List.of();
        }
        List<T> taken = List.copyOf(waiting);
        waiting.clear();
        return taken;
    }
}
