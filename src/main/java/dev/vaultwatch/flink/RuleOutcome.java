package dev.vaultwatch.flink;

import java.util.List;

/**
 * What became of a {@link RuleChange}: one from each subtask of {@code detect} where it took over, or a single one where it was
 * refused, which is before any subtask hears of it.
 *
 * @param version the change's
 * @param from the event time at which it took over, or would have
 * @param subtask the subtask's index; -1 for a refusal
 * @param applied whether the rules took over
 * @param rules ids of the rules that run in that subtask now; those with a grouping key of which no record has come are not
 *     among them
 * @param faults why it was refused, each with file, line and column where they are known
 */
public record RuleOutcome(
        String version, long from, int subtask, boolean applied, List<String> rules, List<String> faults) {
    static RuleOutcome refused(RuleChange change, List<String> faults) {
        return new RuleOutcome(change.version(), change.from(), -1, false, List.of(), faults);
    }
}
