package dev.vaultwatch.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A rule as the oracles know it, and as EPL and facts for the plugin.
 *
 * @param key properties of the event, sorted
 * @param length of the window, in milliseconds: the tumbling one, or how far back an ordered rule looks
 * @param quiet of an ordered rule, in milliseconds
 * @param distinct the property whose distinct values are counted
 * @param isPlain whether its filter names actions and the key alone
 * @param cap alerts in eight minutes
 */
public record FuzzRule(
        String id,
        Kind kind,
        List<String> key,
        long length,
        long quiet,
        Set<String> actions,
        int least,
        String distinct,
        int leastDistinct,
        boolean isPlain,
        int cap) {

    /** How a rule sees time. */
    public enum Kind {
        TUMBLING,
        ORDERED,
        EVENT
    }

    /** An event as an oracle knows it. */
    public interface Event {
        /** Event time, in milliseconds since the epoch. */
        long time();

        /** The value of a property, as a rule names it; empty if the event has none. */
        String value(String property);
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

    public static FuzzRule shipped(int least, int leastDistinct) {
        return new FuzzRule(
                SHIPPED,
                Kind.TUMBLING,
                List.of("upn"),
                60_000,
                0,
                SHIPPED_ACTIONS,
                least,
                "action",
                leastDistinct,
                true,
                100);
    }

    boolean isShipped() {
        return id.equals(SHIPPED);
    }

    /** Whether events beyond a bound can be counted without keeping them. */
    boolean isCountable() {
        return isPlain && distinct.equals("action");
    }

    /** The same rule with other thresholds. */
    public FuzzRule with(int newLeast, int newLeastDistinct) {
        return new FuzzRule(id, kind, key, length, quiet, actions, newLeast, distinct, newLeastDistinct, isPlain, cap);
    }

    /** The same rule with another window. */
    public FuzzRule withLength(long newLength) {
        return new FuzzRule(id, kind, key, newLength, quiet, actions, least, distinct, leastDistinct, isPlain, cap);
    }

    /** The same rule, with another quiet. */
    public FuzzRule withQuiet(long newQuiet) {
        return new FuzzRule(id, kind, key, length, newQuiet, actions, least, distinct, leastDistinct, isPlain, cap);
    }

    /** The same rule by another key. */
    public FuzzRule withKey(List<String> newKey) {
        return new FuzzRule(id, kind, newKey, length, quiet, actions, least, distinct, leastDistinct, isPlain, cap);
    }

    FuzzRule withCap(int newCap) {
        return new FuzzRule(id, kind, key, length, quiet, actions, least, distinct, leastDistinct, isPlain, newCap);
    }

    /** Whether its filter lets an event through. */
    public boolean wants(Event event) {
        return wantsAction(event)
                && key.stream().noneMatch(property -> event.value(property).isEmpty());
    }

    /** Whether it names the event's action. */
    public boolean wantsAction(Event event) {
        return actions.contains(event.value("action"));
    }

    /** What an alert about the event alone would be about; of a tumbling rule, its window. */
    public Group group(Event event) {
        return group(kind == Kind.TUMBLING ? Math.floorDiv(event.time(), length) * length : event.time(), event);
    }

    private Group group(long start, Event event) {
        return new Group(id, start, Group.keyOf(key.stream().map(event::value).toList()));
    }

    /** Whether these events together are an alert. */
    public boolean isAlert(Collection<? extends Event> events) {
        return kind == Kind.EVENT ? !events.isEmpty() : events.size() >= least && distinct(events) >= leastDistinct;
    }

    /** Absent values do not count. */
    int distinct(Collection<? extends Event> events) {
        return (int) events.stream()
                .map(item -> item.value(distinct))
                .filter(value -> !value.isEmpty())
                .distinct()
                .count();
    }

    private Map<String, List<Event>> byKey(Collection<? extends Event> events) {
        TreeMap<String, List<Event>> byKey = new TreeMap<>();
        events.stream()
                .filter(this::wants)
                .sorted(Comparator.comparingLong(Event::time))
                .forEach(event -> byKey.computeIfAbsent(group(event).key(), each -> new ArrayList<>())
                        .add(event));
        return byKey;
    }

    /** What stands when all these events have been judged, in the order of their times. */
    public Set<Group> deserved(Collection<? extends Event> events) {
        Set<Group> deserved = new TreeSet<>(Group.ORDER);
        byKey(events).values().forEach(its -> {
            switch (kind) {
                case TUMBLING ->
                    its.stream().collect(Collectors.groupingBy(this::group)).forEach((group, window) -> {
                        if (isAlert(window)) {
                            deserved.add(group);
                        }
                    });
                case ORDERED -> burstsOfKey(its).forEach(burst -> deserved.add(burst.group()));
                case EVENT -> its.forEach(event -> deserved.add(group(event)));
            }
        });
        return deserved;
    }

    /**
     * What an ordered rule finds that is of one alert.
     *
     * @param most events that it looks back on at once
     * @param last when it found something last
     */
    public record Burst(Group group, long most, long last) {}

    /** At each event the rule looks back; what it finds within quiet of what it found before is of one alert. In the order of time, of one key. */
    private List<Burst> burstsOfKey(List<Event> events) {
        List<Burst> bursts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < events.size(); i++) {
            long at = events.get(i).time();
            while (events.get(from).time() <= at - length) {
                from++;
            }
            if (isAlert(events.subList(from, i + 1))) {
                Burst open = bursts.isEmpty() ? null : bursts.get(bursts.size() - 1);
                long count = 1L + i - from;
                if (open == null || at - open.last() > quiet) {
                    bursts.add(new Burst(group(at, events.get(i)), count, at));
                } else {
                    bursts.set(bursts.size() - 1, new Burst(open.group(), Math.max(open.most(), count), at));
                }
            }
        }
        return bursts;
    }

    /** The alerts of an ordered rule that the events deserve. */
    public List<Burst> bursts(Collection<? extends Event> events) {
        return byKey(events).values().stream()
                .flatMap(its -> burstsOfKey(its).stream())
                .toList();
    }

    /** The output that says how many events there are; absent for a rule over single events. */
    public String countOutput() {
        return isShipped() ? "Esql.event_count" : "event_count";
    }

    String marksOutput() {
        return isShipped() ? "Esql.azure_subscription_id_values" : "marks";
    }

    String distinctOutput() {
        return isShipped() ? "Esql.event_action_count_distinct" : "distinct_count";
    }

    /** The output that lists the values of a property: action, sourceIp or vault. */
    public String valuesOutput(String property) {
        if (!isShipped()) {
            return property + "_values";
        }
        return switch (property) {
            case "action" -> "Esql.event_action_values";
            case "sourceIp" -> "Esql.source_ip_values";
            case "vault" -> "Esql.azure_resource_name_values";
            default -> throw new IllegalArgumentException(property);
        };
    }

    /**
     * Writes the rule's folder.
     *
     * @param comment what its text begins with
     */
    public void write(Path rules, String comment) throws IOException {
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
        String filter = "KeyVaultEvent(\n    action in ("
                + new TreeSet<>(actions).stream().map(a -> "'" + a + "'").collect(Collectors.joining(", ")) + "),\n    "
                + key.stream().map(property -> property + " is not null").collect(Collectors.joining(", "))
                + (isPlain ? "" : ", httpStatus is null") + ")";
        if (kind == Kind.EVENT) {
            return "@name('alert') select time, " + names + " from " + filter + ";\n";
        }
        String span = length % 60_000 == 0 ? length / 60_000 + " min" : length / 1_000 + " sec";
        return "create constant variable int min_events = " + least + ";\n"
                + "create constant variable int min_distinct = " + leastDistinct + ";\n\n"
                + "@name('alert')\n"
                + "select " + names + ",\n"
                + "    count(*) as event_count,\n"
                + "    count(distinct " + distinct + ") as distinct_count,\n"
                + "    distinct_values(action) as action_values,\n"
                + "    distinct_values(sourceIp) as sourceIp_values,\n"
                + "    distinct_values(vault) as vault_values,\n"
                + "    distinct_values(subscriptionId) as marks\n"
                + "from " + filter
                + (kind == Kind.TUMBLING ? "#time_batch(" + span + ", 0L)" : "#time(" + span + ")") + "\n"
                + "group by " + names + "\n"
                + "having count(*) >= min_events and count(distinct " + distinct + ") >= min_distinct;\n";
    }

    private String json() throws IOException {
        if (isShipped()) {
            return Files.readString(Path.of("epl", SHIPPED, "rule.json"))
                    .replace("\"alerts\": 100", "\"alerts\": " + cap);
        }
        String window = switch (kind) {
            case TUMBLING -> "{ \"kind\": \"tumbling\", \"length\": \"PT" + length / 1_000 + "S\" }";
            case ORDERED ->
                "{ \"kind\": \"ordered\", \"reach\": \"PT" + length / 1_000 + "S\", \"quiet\": \"PT" + quiet / 1_000
                        + "S\" }";
            case EVENT -> "{ \"kind\": \"event\" }";
        };
        return """
                {
                  "id": "%s",
                  "name": "A random rule",
                  "version": 1,
                  "description": "Drawn at random.",
                  "severity": "medium",
                  "riskScore": 40,
                  "window": %s,
                  "groupingKey": [%s],%s
                  "cap": { "alerts": %d, "period": "PT8M" },
                  "tags": [],
                  "threat": [],
                  "references": [],
                  "falsePositives": [],
                  "setup": "Nothing."
                }
                """.formatted(
                        id,
                        window,
                        key.stream().map(name -> "\"" + name + "\"").collect(Collectors.joining(", ")),
                        kind == Kind.EVENT ? "" : "\n  \"eventCount\": \"event_count\",",
                        cap);
    }
}
