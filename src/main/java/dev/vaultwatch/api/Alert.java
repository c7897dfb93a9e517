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
     * {@link Double}, {@link Boolean}, {@link Instant}, or an unmodifiable {@link java.util.List} of these:
     * sorted where {@code distinct_values} made it, else in the order that the rule gave it. Absent values have no entry.
     */
    Map<String, Object> outputs();

    /**
     * What the rule says of itself: tags, ATT&amp;CK, references, false positives, set-up, guide. By default, what the other
     * accessors know.
     */
    default RuleInfo ruleInfo() {
        return RuleInfo.builder(ruleId(), ruleName(), ruleVersion(), severity(), riskScore())
                .build();
    }

    /**
     * Outputs whose list was cut at {@code alerts.max-values}, by name, and how many values each had. Empty by default.
     */
    default Map<String, Integer> truncated() {
        return Map.of();
    }

    /** Events that are in the count and whose values are in no list, because a bound was reached. 0 by default. */
    default long eventsWithoutEvidence() {
        return 0;
    }

    /** Whether the totals are a lower bound, because a bound was reached and the rule may have counted more. */
    default boolean isAtLeast() {
        return false;
    }

    /** Whether the window was still open, so that the totals grow: the stage is {@link AlertStage#EARLY}. */
    default boolean isOpen() {
        return stage() == AlertStage.EARLY;
    }

    /**
     * Whether the plugin held every event that the rule looks at, back to the start of the window. Not so for a while after a
     * rule was added or changed.
     */
    default boolean isHistoryComplete() {
        return true;
    }

    /**
     * The alert in that format. Written when it is first asked for; an alert that a plugin hands out keeps what was written,
     * so that two destinations of one format cost one rendering.
     *
     * @throws RuntimeException what the format throws
     */
    default String render(AlertFormat format) {
        return format.render(this);
    }

    /** Format {@code ecs}: one line of JSON in the shape of the Elastic Common Schema, without the line end. */
    String toEcsJson();

    /**
     * Format {@code text}: a few lines for a person: what happened, who, from where, to what, and what to do next. No line end
     * at the end, and no character that steers a terminal.
     */
    String toText();
}
