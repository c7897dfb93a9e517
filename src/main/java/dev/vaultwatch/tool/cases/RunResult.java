package dev.vaultwatch.tool.cases;

import java.time.Duration;
import java.util.List;

/**
 * How one run of a case went.
 *
 * @param run what happened beside the events: {@code straight}, {@code reload at …}
 * @param problems what differs from what was expected, a line each; empty if nothing does
 * @param took processing time, for a report
 */
public record RunResult(String run, List<String> problems, Duration took) {
    public RunResult {
        problems = List.copyOf(problems);
    }

    /** Whether it went as expected. */
    public boolean passed() {
        return problems.isEmpty();
    }
}
