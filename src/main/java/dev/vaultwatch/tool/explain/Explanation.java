package dev.vaultwatch.tool.explain;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Why a rule did or did not alert on a key at a time. Immutable.
 *
 * @param rule the rule
 * @param key the grouping key, by property
 * @param from what was looked at, inclusive
 * @param to exclusive
 * @param found whether the rule found something there
 * @param delivered whether an alert of it was delivered; severity and total stand in {@code alert}
 * @param alert the alert in short; empty if there is none
 * @param events what became of each event, in order of time
 * @param conditions the rule's conditions and their sides over the events that count; empty where they can't be read
 * @param note what could not be said, and why; empty if nothing
 */
public record Explanation(
        String rule,
        Map<String, String> key,
        Instant from,
        Instant to,
        boolean found,
        boolean delivered,
        Optional<String> alert,
        List<Event> events,
        List<Condition> conditions,
        Optional<String> note) {
    /** How the reason of an event begins that lacks a property which the rule asks for. */
    static final String LACKING = "has no ";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** More events that lack the same are told in one line. */
    private static final int MOST_ALIKE = 5;

    /** Copies the collections. */
    public Explanation {
        key = java.util.Collections.unmodifiableMap(new TreeMap<>(key));
        events = List.copyOf(events);
        conditions = List.copyOf(conditions);
    }

    /** An event: whether it counts, and if not, why. */
    public record Event(Instant time, String action, boolean counts, String why) {}

    /** A condition: its text, the value of its left side, the value it is compared with, and whether it holds. */
    public record Condition(String text, String value, String threshold, boolean holds) {}

    /** The answer for a terminal; lines end in a line feed. */
    public String toText() {
        StringBuilder text = new StringBuilder();
        line(text, rule + ", " + String.join(" / ", key.values()) + ", " + from + " to " + to);
        line(
                text,
                alert.map(each -> (delivered ? "alert: " : "found, and not delivered: ") + each)
                        .orElse("no alert"));
        for (Condition each : conditions) {
            line(
                    text,
                    (each.holds() ? "  holds:  " : "  fails:  ")
                            + each.text()
                            + (each.threshold().isEmpty()
                                    ? ""
                                    : "  (" + each.value() + " and " + each.threshold() + ")"));
        }
        note.ifPresent(each -> line(text, "note: " + each));
        long counted = events.stream().filter(Event::counts).count();
        line(text, counted + " of " + events.size() + (events.size() == 1 ? " event counts" : " events count"));
        Map<String, Long> nobodys = nobodys();
        for (Event each : events) {
            if (!each.counts() && nobodys.containsKey(each.why())) {
                continue;
            }
            line(
                    text,
                    String.format(
                                    Locale.ROOT,
                                    "  %-24s  %-24s %s",
                                    each.time(),
                                    each.action(),
                                    each.counts()
                                            ? (each.why().isEmpty() ? "counts" : "counts, " + each.why())
                                            : each.why())
                            .stripTrailing());
        }
        nobodys.forEach((why, number) -> line(
                text,
                "  and " + number + " events that " + why.replaceFirst("^has ", "have ") + " (--format json has all)"));
        return text.toString();
    }

    /**
     * Events that may be of no key, by what they lack and how many: beside a user's few there are thousands of applications', which nobody
     * reads one by one.
     */
    private Map<String, Long> nobodys() {
        Map<String, Long> byWhy = events.stream()
                .filter(each -> !each.counts() && each.why().startsWith(LACKING))
                .collect(Collectors.groupingBy(Event::why, TreeMap::new, Collectors.counting()));
        byWhy.values().removeIf(number -> number <= MOST_ALIKE);
        return byWhy;
    }

    private static void line(StringBuilder text, String line) {
        text.append(line.replaceAll("\\p{Cntrl}", "?")).append('\n');
    }

    /** The answer as one JSON object. */
    public String toJson() {
        ObjectNode root = JSON.createObjectNode();
        root.put("rule", rule);
        ObjectNode keys = root.putObject("key");
        key.forEach(keys::put);
        root.put("from", from.toString()).put("to", to.toString());
        root.put("found", found).put("delivered", delivered);
        alert.ifPresent(each -> root.put("alert", each));
        ArrayNode all = root.putArray("conditions");
        conditions.forEach(each -> all.addObject()
                .put("text", each.text())
                .put("value", each.value())
                .put("threshold", each.threshold())
                .put("holds", each.holds()));
        note.ifPresent(each -> root.put("note", each));
        ArrayNode its = root.putArray("events");
        events.forEach(each -> its.addObject()
                .put("time", each.time().toString())
                .put("action", each.action())
                .put("counts", each.counts())
                .put("why", each.why()));
        return root.toPrettyString() + "\n";
    }
}
