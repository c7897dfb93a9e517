package dev.vaultwatch.api;

import java.util.List;

/**
 * The answer to {@link DetectionPlugin#reload()}.
 *
 * @param applied whether the new rules take over
 * @param rules the ids of the rules that are in force now; sorted
 * @param faults why the new rules were refused; empty if they were not
 */
public record ReloadResult(boolean applied, List<String> rules, List<RuleFault> faults) {
    /** Copies the lists; they can't be modified. */
    public ReloadResult {
        rules = List.copyOf(rules);
        faults = List.copyOf(faults);
    }
}
