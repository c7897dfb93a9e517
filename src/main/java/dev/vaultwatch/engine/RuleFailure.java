package dev.vaultwatch.engine;

/**
 * What a rule threw while it ran.
 *
 * @param ruleId the rule
 * @param problem a sentence; without the thrown message, which may quote an event's values
 */
public record RuleFailure(String ruleId, String problem) {}
