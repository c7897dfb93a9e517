package dev.vaultwatch.engine;

import dev.vaultwatch.rule.Rule;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a rule put out for one group and window.
 *
 * @param rule the rule
 * @param early whether the window was still open
 * @param windowStart milliseconds since the epoch
 * @param upn the user of the group; empty for the group of events without one
 * @param columns by output name, in the rule's order; absent values left out; collections as lists
 * @param withoutEvidence how many of the group's events were counted without keeping what they hold
 */
public record Row(
        Rule rule,
        boolean early,
        long windowStart,
        Optional<String> upn,
        Map<String, Object> columns,
        long withoutEvidence) {

    /** A row of a group whose events were all kept. */
    public Row(Rule rule, boolean early, long windowStart, Map<String, Object> columns) {
        this(rule, early, windowStart, Optional.empty(), columns, 0);
    }

    /** The same row with events added that the engine did not see: to its count, and to those without evidence. */
    public Row with(long countedOnly, long events) {
        if (countedOnly == 0 && events == 0) {
            return this;
        }
        Map<String, Object> changed = new LinkedHashMap<>(columns);
        rule.eventCount()
                .ifPresent(column -> changed.computeIfPresent(
                        column, (name, count) -> count instanceof Long number ? number + countedOnly : count));
        return new Row(rule, early, windowStart, upn, Collections.unmodifiableMap(changed), events);
    }
}
