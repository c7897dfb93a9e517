package dev.vaultwatch.engine;

import dev.vaultwatch.rule.Rule;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a rule found.
 *
 * @param rule the rule
 * @param early whether the window is still open, so that its close may say otherwise; only of tumbling rules
 * @param time milliseconds since the epoch: of a tumbling rule the window's start, of an ordered rule the lane's time when it
 *     came out, of an event rule the event's time
 * @param key whom or what it is about: what {@code rule.key().of(event)} gives for each of the events it rests on
 * @param columns by output name, in the rule's order; absent values left out; collections as lists
 * @param withoutEvidence how many of the events were counted without keeping what they hold; set by whoever counts
 */
public record Finding(
        Rule rule, boolean early, long time, @Nullable Object key, Map<String, Object> columns, long withoutEvidence) {

    /** A finding that rests on events that were all kept. */
    public Finding(Rule rule, boolean early, long time, @Nullable Object key, Map<String, Object> columns) {
        this(rule, early, time, key, columns, 0);
    }

    /** The output that names the directory of a person who shares a user name with others. */
    public static final String DIRECTORY = "vaultwatch.directory";

    /** The directory of the person whom it is about, where the key is of several people; else "". */
    public String directory() {
        return columns.get(DIRECTORY) instanceof String directory ? directory : "";
    }

    /** How many events it says it rests on; 0 where its rule names no output that says so. */
    public long events() {
        return rule.eventCount().map(columns::get).orElse(null) instanceof Number count ? count.longValue() : 0;
    }

    /** A finding of this one's time that shows what another of the same key shows. */
    public Finding with(Finding other) {
        return other.columns.equals(columns)
                ? this
                : new Finding(rule, early, time, key, other.columns, other.withoutEvidence);
    }

    /** The same finding, which says the directory of the person whom it is about. */
    public Finding of(String directory) {
        Map<String, Object> more = new LinkedHashMap<>(columns);
        more.put(DIRECTORY, directory);
        return new Finding(rule, early, time, key, Collections.unmodifiableMap(more), withoutEvidence);
    }

    /** The same finding with events added that the engine did not see: to its count, and to those without evidence. */
    public Finding with(long countedOnly, long events) {
        if (countedOnly == 0 && events == 0) {
            return this;
        }
        Map<String, Object> changed = new LinkedHashMap<>(columns);
        rule.eventCount()
                .ifPresent(column -> changed.computeIfPresent(
                        column, (name, count) -> count instanceof Long number ? number + countedOnly : count));
        return new Finding(rule, early, time, key, Collections.unmodifiableMap(changed), events);
    }
}
