package dev.vaultwatch.tool.cases;

import java.util.List;

/**
 * How one case went.
 *
 * @param ruleId the rule's id
 * @param name the case's name
 * @param file its file, as a person names it
 * @param line where it begins in the file, from 1
 * @param runs the straight run first, then one for each line of {@code also}
 */
public record CaseResult(String ruleId, String name, String file, int line, List<RunResult> runs) {
    public CaseResult {
        runs = List.copyOf(runs);
    }

    /** Whether all runs went as expected. */
    public boolean passed() {
        return runs.stream().allMatch(RunResult::passed);
    }

    /** What went wrong, for a person: a line for each run that did and one for each difference, the place last; "" if nothing did. */
    public String explanation() {
        StringBuilder text = new StringBuilder();
        for (RunResult run : runs) {
            if (!run.passed()) {
                text.append("  ").append(run.run()).append(":\n");
                run.problems()
                        .forEach(problem -> text.append("    ").append(problem).append('\n'));
            }
        }
        return text.isEmpty()
                ? ""
                : text.append("  see ")
                        .append(file)
                        .append(':')
                        .append(line)
                        .append('\n')
                        .toString();
    }
}
