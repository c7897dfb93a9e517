package dev.vaultwatch.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A rule as the oracle knows it, and as EPL and facts for the plugin.
 *
 * @param key properties of the event, sorted
 * @param length of the tumbling window, in milliseconds
 * @param distinct the property whose distinct values are counted
 * @param cap alerts in eight minutes
 */
record FuzzRule(
        String id,
        List<String> key,
        long length,
        Set<String> actions,
        int least,
        String distinct,
        int leastDistinct,
        int cap) {
    /** Whether events beyond a bound can be counted without keeping them. */
    boolean isCountable() {
        return distinct.equals("action");
    }

    static final String SHIPPED = "excessive-secret-retrieval";
    private static final Set<String> SHIPPED_ACTIONS = Set.of(
            "VaultGet",
            "KeyGet",
            "KeyList",
            "SecretGet",
            "SecretList",
            "SecretListVersions",
            "CertificateGet",
            "CertificateList");

    static FuzzRule shipped(int least, int leastDistinct) {
        return new FuzzRule(SHIPPED, List.of("upn"), 60_000, SHIPPED_ACTIONS, least, "action", leastDistinct, 100);
    }

    boolean isShipped() {
        return id.equals(SHIPPED);
    }

    FuzzRule with(int newLeast, int newLeastDistinct) {
        return new FuzzRule(id, key, length, actions, newLeast, distinct, newLeastDistinct, cap);
    }

    FuzzRule withCap(int newCap) {
        return new FuzzRule(id, key, length, actions, least, distinct, leastDistinct, newCap);
    }

    boolean wants(Item item) {
        return item.isEvent()
                && actions.contains(item.action())
                && key.stream().noneMatch(property -> item.value(property).isEmpty());
    }

    Group group(Item item) {
        return new Group(
                id,
                Math.floorDiv(item.time(), length) * length,
                Group.keyOf(key.stream().map(item::value).toList()));
    }

    boolean isAlert(Collection<Item> events) {
        return events.size() >= least && distinct(events) >= leastDistinct;
    }

    /** Absent values do not count. */
    int distinct(Collection<Item> events) {
        return (int) events.stream()
                .map(item -> item.value(distinct))
                .filter(value -> !value.isEmpty())
                .distinct()
                .count();
    }

    /** The names of the outputs that say how many events, which and how many distinct values. */
    String countOutput() {
        return isShipped() ? "Esql.event_count" : "event_count";
    }

    String marksOutput() {
        return isShipped() ? "Esql.azure_subscription_id_values" : "marks";
    }

    String distinctOutput() {
        return isShipped() ? "Esql.event_action_count_distinct" : "distinct_count";
    }

    /** Writes the rule's folder. */
    void write(Path rules, String comment) throws IOException {
        Path folder = Files.createDirectories(rules.resolve(id));
        Files.writeString(folder.resolve("rule.epl"), comment + epl());
        Files.writeString(folder.resolve("rule.json"), json());
    }

    private String epl() throws IOException {
        if (isShipped()) {
            return Files.readString(Path.of("epl", SHIPPED, "rule.epl"))
                    .replace("min_events = 10", "min_events = " + least)
                    .replace("min_distinct_actions = 2", "min_distinct_actions = " + leastDistinct);
        }
        String names = String.join(", ", key);
        return "create constant variable int min_events = " + least + ";\n"
                + "create constant variable int min_distinct = " + leastDistinct + ";\n\n"
                + "@name('alert')\n"
                + "select " + names + ",\n"
                + "    count(*) as event_count,\n"
                + "    count(distinct " + distinct + ") as distinct_count,\n"
                + "    distinct_values(subscriptionId) as marks\n"
                + "from KeyVaultEvent(\n"
                + "    action in ("
                + new TreeSet<>(actions).stream().map(a -> "'" + a + "'").collect(Collectors.joining(", ")) + "),\n    "
                + key.stream().map(property -> property + " is not null").collect(Collectors.joining(", "))
                + ")#time_batch(" + (length % 60_000 == 0 ? length / 60_000 + " min" : length / 1_000 + " sec")
                + ", 0L)\n"
                + "group by " + names + "\n"
                + "having count(*) >= min_events and count(distinct " + distinct + ") >= min_distinct;\n";
    }

    private String json() throws IOException {
        if (isShipped()) {
            return Files.readString(Path.of("epl", SHIPPED, "rule.json"))
                    .replace("\"alerts\": 100", "\"alerts\": " + cap);
        }
        return """
                {
                  "id": "%s",
                  "name": "A random rule",
                  "version": 1,
                  "description": "Drawn at random.",
                  "severity": "medium",
                  "riskScore": 40,
                  "window": { "kind": "tumbling", "length": "PT%dS" },
                  "groupingKey": [%s],
                  "eventCount": "event_count",
                  "cap": { "alerts": %d, "period": "PT8M" },
                  "tags": [],
                  "threat": [],
                  "references": [],
                  "falsePositives": [],
                  "setup": "Nothing."
                }
                """.formatted(
                        id,
                        length / 1_000,
                        key.stream().map(name -> "\"" + name + "\"").collect(Collectors.joining(", ")),
                        cap);
    }
}
