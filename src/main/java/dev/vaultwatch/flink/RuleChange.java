package dev.vaultwatch.flink;

import java.util.Map;

/**
 * Other rules, and what a site says of them, from a point in event time on.
 *
 * @param version a name of the change, which its {@link RuleOutcome}s carry
 * @param from the event time from which on they are in force, in milliseconds since 1970: windows that end at or before it are
 *     judged by the rules before, those that are open then by these as a whole
 * @param files every file by its path: {@code rules/<id>/rule.json}, {@code rules/<id>/rule.epl}, and, where there is tuning,
 *     {@code tuning.json} and {@code lists/<name>}
 */
public record RuleChange(String version, long from, Map<String, String> files) {}
