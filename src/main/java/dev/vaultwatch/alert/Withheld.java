package dev.vaultwatch.alert;

import java.util.Map;
import java.util.OptionalLong;

/**
 * An alert that a cap withheld. Immutable.
 *
 * @param ruleId the rule's id
 * @param id the alert's id
 * @param key the grouping key, sorted by name
 * @param anchor see {@link Judgement}
 * @param events how many events it counts; empty if the rule does not output it
 */
public record Withheld(String ruleId, String id, Map<String, String> key, long anchor, OptionalLong events) {

    /** The key's values, and the events where they are known: for a notice. */
    String forNotice() {
        String values = String.join(" / ", key.values());
        return events.isPresent() ? values + " (" + events.getAsLong() + " events)" : values;
    }
}
