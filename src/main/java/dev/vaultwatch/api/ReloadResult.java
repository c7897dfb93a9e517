package dev.vaultwatch.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The answer to {@link DetectionPlugin#reload()}. Immutable. */
public final class ReloadResult {
    private final boolean applied;
    private final List<String> rules;
    private final List<RuleFault> faults;
    private final Map<String, Instant> completeSince;

    private ReloadResult(
            boolean applied, List<String> rules, List<RuleFault> faults, Map<String, Instant> completeSince) {
        this.applied = applied;
        this.rules = List.copyOf(rules);
        this.faults = List.copyOf(faults);
        this.completeSince = Map.copyOf(completeSince);
    }

    /**
     * The new rules took over.
     *
     * @param completeSince per rule whose history is not complete: see {@link #completeSince()}
     */
    public static ReloadResult applied(List<String> rules, Map<String, Instant> completeSince) {
        return new ReloadResult(true, rules, List.of(), completeSince);
    }

    /** The new rules were refused for these faults, and those that ran go on running. */
    public static ReloadResult refused(List<String> rules, List<RuleFault> faults) {
        return new ReloadResult(false, rules, faults, Map.of());
    }

    /** Whether the new rules took over. */
    public boolean applied() {
        return applied;
    }

    /** The ids of the rules that are in force now; sorted, unmodifiable. */
    public List<String> rules() {
        return rules;
    }

    /** Why the new rules were refused; empty if they were not. Unmodifiable. */
    public List<RuleFault> faults() {
        return faults;
    }

    /**
     * By rule id, the event time from which on the rule's history is complete, for rules that want events which were not kept
     * before ({@code rules.history=all} keeps every one). An alert about an earlier time says that its history is incomplete. A
     * rule that is not listed has its whole history. Unmodifiable.
     */
    public Map<String, Instant> completeSince() {
        return completeSince;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ReloadResult result
                && result.applied == applied
                && result.rules.equals(rules)
                && result.faults.equals(faults)
                && result.completeSince.equals(completeSince);
    }

    @Override
    public int hashCode() {
        return Objects.hash(applied, rules, faults, completeSince);
    }

    @Override
    public String toString() {
        return "ReloadResult[applied=" + applied + ", rules=" + rules + ", faults=" + faults
                + (completeSince.isEmpty() ? "" : ", completeSince=" + completeSince) + "]";
    }
}
