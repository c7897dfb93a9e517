package dev.vaultwatch.kafka;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * What stands in the compacted control topic. A rule set is a message per file and one that announces it, written last:
 *
 * <pre>
 *   key VERSION/PATH    value: the file       rules/&lt;id&gt;/rule.json, rules/&lt;id&gt;/rule.epl, tuning.json, lists/&lt;name&gt;
 *   key VERSION         value: lines          from = 2026-11-25T12:00:00Z
 *                                             files = 3
 * </pre>
 *
 * Every key is a version's own, so compaction never mixes two of them.
 */
final class ControlTopic {
    private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final String FROM = "from";
    private static final String FILES = "files";

    /** A rule set goes to every task as one message; Kafka's own bound for one is 1 MiB. */
    private static final int MOST_BYTES = 900_000;

    private ControlTopic() {}

    /**
     * A version that was announced.
     *
     * @param change empty if it can't be read
     * @param problem why it can't be read; empty if it can
     * @param digest changes with what stands there
     */
    record Announced(String version, Optional<RuleSetChange> change, String problem, String digest) {}

    /** What a host says of a control topic that can't keep the order of its messages, or is not there. */
    static KafkaException notOnePartition(String topic, int partitions) {
        return new KafkaException("'topics.control': " + topic + " has " + partitions
                + " partitions; expected 1, which alone keeps the order of its messages.");
    }

    static boolean isVersion(String version) {
        return VERSION.matcher(version).matches();
    }

    /** The messages that say a change, in the order in which to write them. */
    static Map<String, String> messages(RuleSetChange change) {
        Map<String, String> messages = new LinkedHashMap<>();
        change.files().forEach((path, content) -> messages.put(change.version() + "/" + path, content));
        messages.put(
                change.version(),
                FROM + " = " + change.from() + "\n" + FILES + " = "
                        + change.files().size() + "\n");
        return messages;
    }

    /** As {@link #read(Map)}, of a store of the topic's messages. */
    static List<Announced> read(ReadOnlyKeyValueStore<String, byte[]> store) {
        Map<String, byte[]> messages = new TreeMap<>();
        try (KeyValueIterator<String, byte[]> all = store.all()) {
            all.forEachRemaining(each -> messages.put(each.key, each.value));
        }
        return read(messages);
    }

    /** All versions that are announced now: first those that can't be read, then in the order of their times. */
    static List<Announced> read(Map<String, byte[]> messages) {
        Map<String, String> announcements = new TreeMap<>();
        Map<String, Map<String, String>> files = new TreeMap<>();
        messages.forEach((key, value) -> {
            String text = new String(value, StandardCharsets.UTF_8);
            int slash = key.indexOf('/');
            if (slash < 0) {
                announcements.put(key, text);
            } else {
                files.computeIfAbsent(key.substring(0, slash), version -> new TreeMap<>())
                        .put(key.substring(slash + 1), text);
            }
        });
        List<Announced> announced = new ArrayList<>();
        announcements.forEach(
                (version, text) -> announced.add(read(version, text, files.getOrDefault(version, Map.of()))));
        announced.sort(Comparator.comparing(
                each -> each.change().map(RuleSetChange::from).orElse(Instant.MIN)));
        return announced;
    }

    private static Announced read(String version, String text, Map<String, String> files) {
        String digest = RuleSetChange.digest((text.strip() + "\n" + files).getBytes(StandardCharsets.UTF_8));
        if (!isVersion(version)) {
            return refused(version, "A version is up to 64 letters, digits, '.', '_' and '-'.", digest);
        }
        Map<String, String> lines = new TreeMap<>();
        for (String line : text.lines().toList()) {
            int equals = line.indexOf('=');
            if (!line.isBlank()) {
                lines.put(
                        (equals < 0 ? line : line.substring(0, equals)).strip(),
                        equals < 0 ? "" : line.substring(equals + 1).strip());
            }
        }
        for (String name : lines.keySet()) {
            if (!name.equals(FROM) && !name.equals(FILES)) {
                return refused(
                        version, "Unknown line '" + name + "'; expected '" + FROM + "' and '" + FILES + "'.", digest);
            }
        }
        Instant from;
        try {
            from = Instant.parse(lines.getOrDefault(FROM, ""));
        } catch (DateTimeParseException e) {
            String problem = "'" + FROM + "' must be a time such as 2026-11-25T12:00:00Z, but was '"
                    + lines.getOrDefault(FROM, "") + "'.";
            return refused(version, problem, digest);
        }
        if (!lines.getOrDefault(FILES, "").equals(String.valueOf(files.size()))) {
            String problem = "'" + FILES + "' says '" + lines.getOrDefault(FILES, "") + "', and there are "
                    + files.size() + " messages under '" + version + "/'; the announcement is to be written last.";
            return refused(version, problem, digest);
        }
        RuleSetChange change = new RuleSetChange(version, from, files);
        int length = change.bytes().length;
        if (length > MOST_BYTES) {
            String problem = "The rule set has " + length + " bytes when packed; expected at most " + MOST_BYTES + ".";
            return refused(version, problem, digest);
        }
        return new Announced(version, Optional.of(change), "", change.digest());
    }

    private static Announced refused(String version, String problem, String digest) {
        return new Announced(version, Optional.empty(), problem, digest);
    }
}
