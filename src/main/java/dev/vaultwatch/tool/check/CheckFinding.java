package dev.vaultwatch.tool.check;

import dev.vaultwatch.api.RuleFault;

/**
 * One thing that a check found.
 *
 * @param level how much it matters
 * @param code what kind of thing it is, the same in every version, such as {@code attack-id}
 * @param fault the place and the sentence
 */
public record CheckFinding(Level level, String code, RuleFault fault) {

    /** How much a finding matters. */
    public enum Level {
        /** The rule, its tuning or its cases can't be used as they are. */
        ERROR,
        /** It runs, and is probably meant otherwise, or lacks what a rule should have. */
        WARNING,
        /** Good to know. */
        NOTE;

        /** As reports spell it, in SARIF too. */
        @Override
        public String toString() {
            return switch (this) {
                case ERROR -> "error";
                case WARNING -> "warning";
                case NOTE -> "note";
            };
        }
    }

    /** {@code file:line:column: level: sentence [code]}, leaving out what is not known; editors jump to it. */
    @Override
    public String toString() {
        return (fault.file().isEmpty() ? "" : fault.place() + ": ") + level + ": " + fault.problem() + " [" + code
                + "]";
    }
}
