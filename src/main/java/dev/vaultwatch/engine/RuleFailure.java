package dev.vaultwatch.engine;

/**
 * What went wrong in a rule while it ran.
 *
 * @param ruleId the rule
 * @param kind what it means for the lane
 * @param problem a sentence; without the thrown message, which may quote an event's values
 */
public record RuleFailure(String ruleId, Kind kind, String problem) {

    /** What a failure means for the lane. */
    public enum Kind {
        /** The rule threw an exception: one finding may be missing. */
        THREW,
        /** The rule ran into an {@link Error}, such as a full heap or stack: its engine's state can't be relied on. */
        BROKE,
        /** A bound of the rule's was reached: it goes on, and what it finds may be less than there is. */
        LIMITED;

        /** What was thrown, or wrapped by Esper, means. */
        static Kind of(Throwable thrown) {
            for (Throwable each = thrown; each != null; each = each.getCause()) {
                if (each instanceof Error) {
                    return BROKE;
                }
            }
            return THREW;
        }
    }
}
