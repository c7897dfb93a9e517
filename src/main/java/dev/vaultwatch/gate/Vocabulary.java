package dev.vaultwatch.gate;

import java.util.Map;
import java.util.Set;

/**
 * The words of which rules are made, beside EPL's own. Immutable.
 *
 * @param event the stream that rules read
 * @param properties what the event has
 * @param confidential of these, the ones that may be counted and compared, and selected only where the site permits it
 * @param fields other names that people know the properties by, and which property each is; for messages
 * @param functions functions that the grammar has no word for, in lower case; {@code true} for those that keep state
 * @param alert the name of the statement that finds
 * @param reserved names of statements that rules may not use
 * @param classes classes of ours that compiled rules may use, with slashes
 */
public record Vocabulary(
        String event,
        Set<String> properties,
        Set<String> confidential,
        Map<String, String> fields,
        Map<String, Boolean> functions,
        String alert,
        Set<String> reserved,
        Set<String> classes) {
    public Vocabulary {
        properties = Set.copyOf(properties);
        confidential = Set.copyOf(confidential);
        fields = Map.copyOf(fields);
        functions = Map.copyOf(functions);
        reserved = Set.copyOf(reserved);
        classes = Set.copyOf(classes);
    }
}
