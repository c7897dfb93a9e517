package dev.vaultwatch.api;

import java.util.Objects;

/**
 * One thing wrong with a rule.
 *
 * @param file the file: the rules' folder as the host named it, and the path below it; for packed rules it begins with {@code epl/};
 *     empty if it is about no file
 * @param line from 1; 0 if not known
 * @param column from 1; 0 if not known
 * @param problem what was wrong and what was expected
 */
public record RuleFault(String file, int line, int column, String problem) {
    /** Refuses {@code null}. */
    public RuleFault {
        Objects.requireNonNull(file, "file");
        Objects.requireNonNull(problem, "problem");
    }

    /** {@code file:line:column}, leaving out what is not known. */
    public String place() {
        return file + (line > 0 ? ":" + line + (column > 0 ? ":" + column : "") : "");
    }

    /** {@code file:line:column: problem}, leaving out what is not known; editors jump to it. */
    @Override
    public String toString() {
        return file.isEmpty() ? problem : place() + ": " + problem;
    }
}
