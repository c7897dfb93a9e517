package dev.vaultwatch.alert;

/**
 * That an operator was told of a cap: it is not told again after a restart. Immutable.
 *
 * @param ruleId the rule's id
 * @param period the start of the capped period, milliseconds since the epoch
 * @param withheld how many withheld alerts of the period were summed up so far; 0 if only the reaching of the cap was told
 */
public record CapNotice(String ruleId, long period, long withheld) {}
