package dev.vaultwatch.alert;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a rule found for one key: the desk decides what of it is said. Immutable, as long as nobody changes the maps that it is made
 * of: a window may close with a hundred thousand of these, and they are not copied.
 *
 * @param rule the rule that found it
 * @param key the grouping key: property names and values; sorted by name, unless it is a sorted map already or has one entry; a property that the
 *     events lack has no entry
 * @param anchor what the finding is tied to, milliseconds since the epoch: the start of the window, the first finding of the
 *     episode, or the time of the event
 * @param discriminator tells apart alerts of one rule, key and anchor: a hash of the event's content for rules that alert on
 *     each event, else empty
 * @param start of what was judged, inclusive, milliseconds since the epoch
 * @param end of what was judged, exclusive; later than {@code start}
 * @param columns by output name, in the rule's order; absent values left out; collections as lists
 * @param withoutEvidence how many of the events are in the totals without their values
 * @param atLeast whether totals are a lower bound
 * @param incompleteHistory whether events that the rule looks at may be missing from before {@code end}
 */
public record Judgement(
        RuleEdition rule,
        Map<String, String> key,
        long anchor,
        String discriminator,
        long start,
        long end,
        Map<String, Object> columns,
        long withoutEvidence,
        boolean atLeast,
        boolean incompleteHistory) {

    /** Sorts the key. */
    public Judgement {
        if (end <= start) {
            throw new IllegalArgumentException("A judgement must end after it starts, not at " + end + ".");
        }
        key = key.size() == 1 || key instanceof SortedMap ? key : Collections.unmodifiableSortedMap(new TreeMap<>(key));
        columns = Collections.unmodifiableMap(columns);
    }

    /** A judgement about a window, with nothing missing. */
    public static Judgement ofWindow(
            RuleEdition rule, Map<String, String> key, long start, long end, Map<String, Object> columns) {
        return new Judgement(rule, key, start, "", start, end, columns, 0, false, false);
    }

    /** The same of another edition of the rule. */
    Judgement with(RuleEdition other) {
        return new Judgement(
                other, key, anchor, discriminator, start, end, columns, withoutEvidence, atLeast, incompleteHistory);
    }

    /** The same with one more output. */
    Judgement with(String output, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(columns);
        more.put(output, value);
        return new Judgement(
                rule, key, anchor, discriminator, start, end, more, withoutEvidence, atLeast, incompleteHistory);
    }

    String id() {
        return AlertId.of(rule.id(), anchor, key, discriminator);
    }

    /** What tells it from the rule's others of that anchor, to order them by. */
    String keyText() {
        Collection<String> values = key.values();
        return values.size() == 1 && discriminator.isEmpty()
                ? values.iterator().next()
                : String.join("\0", values) + '\0' + discriminator;
    }

    OptionalLong events() {
        return rule.rule()
                .eventCount()
                .map(columns::get)
                .filter(Long.class::isInstance)
                .map(count -> OptionalLong.of((Long) count))
                .orElse(OptionalLong.empty());
    }
}
