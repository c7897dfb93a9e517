package dev.vaultwatch.tool.cases;

import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.tuning.JsonFile;

/**
 * A tuning that stands in a case. A plugin reads it from a file of its own, which is gone when a person looks for it: its faults are told at
 * their places in the case. Immutable.
 *
 * @param text of the {@code tuning.json}
 * @param file of cases
 * @param pointer where the tuning stands in it
 */
record CaseTuning(String text, JsonFile file, String pointer) {

    /** The same fault at its place in the case. */
    RuleFault inCase(RuleFault fault) {
        String problem = fault.problem();
        int end = problem.startsWith("/") ? problem.indexOf(' ') : 0;
        return end > 0
                ? file.fault(pointer + problem.substring(0, end), problem.substring(end + 1))
                : file.fault(pointer, problem);
    }
}
