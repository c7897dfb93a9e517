package dev.vaultwatch.api;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What a rule found: one key in one window. Immutable; any thread may read it, at any time, and after the plugin is closed.
 * Nothing is {@code null}, and no method throws. It names the person, their addresses and their vaults: treat it as the log
 * it came from. The names of secrets, keys and certificates are not in it, nor their URIs.
 */
public interface Alert {

    /**
     * The alert's name for good: a hash of rule id, window start and grouping key, and of nothing else. It is the same for
     * every stage, and on every replay, restart and machine. 32 lower-case hexadecimal digits.
     */
    String id();

    /** Where in its life the alert stood when this was delivered. */
    AlertStage stage();

    /** 0 until late events change the alert; then 1, 2, … */
    int revision();

    /** The name of the rule's folder, such as {@code excessive-secret-retrieval}; the same for every version of it. */
    String ruleId();

    /** The rule's name for a person. */
    String ruleName();

    /** The rule's own version, as in its {@code rule.json}. */
    int ruleVersion();

    /** {@code low}, {@code medium}, {@code high} or {@code critical}. */
    String severity();

    /** From 0 to 100. */
    int riskScore();

    /** The first instant of the window, inclusive. */
    Instant windowStart();

    /** The end of the window, exclusive. */
    Instant windowEnd();

    /** The grouping key: the names of its columns, as the rule outputs them, and their values. In the rule's order. */
    Map<String, String> groupingKey();

    /** The number of events that the rule counted for this key and window; empty if the rule does not output it. */
    Optional<Long> eventCount();

    /**
     * Everything that the rule selected, by output name, in the rule's order. A value is a {@link String}, {@link Long},
     * {@link Double}, {@link Boolean}, {@link Instant}, or an unmodifiable {@link java.util.List} of these, sorted.
     * Absent values have no entry.
     */
    Map<String, Object> outputs();

    /** One line of JSON in the shape of the Elastic Common Schema, without the line end. */
    String toEcsJson();

    /** A few lines for a person: what happened, who, from where, to what, and what to do next. No line end at the end. */
    String toText();
}
