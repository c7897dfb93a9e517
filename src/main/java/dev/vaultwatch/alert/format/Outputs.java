package dev.vaultwatch.alert.format;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.RuleInfo;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An alert's outputs by what they are: the rule says which ECS field each one holds ({@link RuleInfo#fields()}), and every format
 * asks for fields, so no format knows a rule's output names.
 */
final class Outputs {
    private static final String COUNTED = "# ";
    private static final String USER = "user.name";

    /** The event's properties, as a rule names them in its key and often its outputs, and the ECS fields that they are here. */
    private static final Map<String, String> PROPERTIES = Map.ofEntries(
            Map.entry("upn", USER),
            Map.entry("azure.platformlogs.identity.claim.upn", USER),
            Map.entry("objectId", "user.id"),
            Map.entry("azure.platformlogs.identity.claim.objectid", "user.id"),
            Map.entry("vault", "azure.resource.name"),
            Map.entry("action", "event.action"),
            Map.entry("sourceIp", "source.ip"),
            Map.entry("sourceAddress", "source.address"),
            Map.entry("city", "source.geo.city_name"),
            Map.entry("region", "source.geo.region_name"),
            Map.entry("country", "source.geo.country_name"),
            Map.entry("countryIso", "source.geo.country_iso_code"),
            Map.entry("organization", "source.as.organization.name"),
            Map.entry("asNumber", "source.as.number"),
            Map.entry("cloudRegion", "cloud.region"),
            Map.entry("subscriptionId", "cloud.account.id"),
            Map.entry("agent", "agent.name"),
            Map.entry("resourceId", "azure.resource.id"));

    /** What a person calls the properties by which rules group, where the name itself is not the word. */
    private static final Map<String, String> WORDS =
            Map.of("sourceIp", "address", "sourceAddress", "address", "objectId", "principal", "appId", "application");

    private final Alert alert;
    private final RuleInfo rule;

    Outputs(Alert alert) {
        this.alert = alert;
        this.rule = alert.ruleInfo();
    }

    RuleInfo rule() {
        return rule;
    }

    /**
     * The distinct values of all outputs that hold the field, in the rule's order, and of the key; empty if there are none. An output
     * that is named as the field, or as the event's property, holds it without being mapped.
     */
    List<Object> of(String field) {
        Set<Object> values = new LinkedHashSet<>();
        alert.outputs().forEach((output, value) -> {
            if (field(output).equals(field)) {
                values.addAll(value instanceof List<?> list ? list : List.of(value));
            }
        });
        alert.groupingKey().forEach((name, value) -> {
            if (field(name).equals(field) && !value.isEmpty()) {
                values.add(value);
            }
        });
        return new ArrayList<>(values);
    }

    /** The ECS field that an output, or a part of the key, holds; its own name if it holds none. */
    String field(String name) {
        String mapped = rule.fields().get(name);
        return mapped != null ? mapped : PROPERTIES.getOrDefault(name, name);
    }

    /** The same as texts. */
    List<String> texts(String field) {
        return of(field).stream().map(Object::toString).toList();
    }

    /**
     * The IP addresses, each once. What else a rule calls an address is in {@link #otherAddresses}: where a destination's type is an
     * address, one text that is none makes it refuse the whole alert.
     */
    List<String> ips() {
        return texts("source.ip").stream().filter(IpText::isIp).toList();
    }

    /** What stood in an address's place and is none, each once: the name of a host, {@code unknown}. */
    List<String> otherAddresses() {
        Set<String> others = new LinkedHashSet<>(texts("source.address"));
        others.addAll(texts("source.ip"));
        List<String> ips = ips();
        others.removeIf(ips::contains);
        return List.copyOf(others);
    }

    /** The numbers of networks, each once; what is no whole number is none. */
    List<Object> networks() {
        return of("source.as.number").stream().filter(Long.class::isInstance).toList();
    }

    /** Whether an output that holds the field has fewer values than there were. */
    boolean isCut(String field) {
        return alert.truncated().keySet().stream()
                .anyMatch(output -> field(output).equals(field));
    }

    /** The field that tells the vaults: their ids where the rule has them, else their names. */
    String resource() {
        return of("azure.resource.id").isEmpty() ? "azure.resource.name" : "azure.resource.id";
    }

    /** Who or what was judged, cleaned: a user first and by the name alone, anything else with what it is ({@code vault KV-PAY}). */
    String who() {
        return alert.groupingKey().entrySet().stream()
                .sorted(Comparator.comparing(part -> !isUser(part.getKey())))
                .map(this::part)
                .collect(Collectors.joining(" / "));
    }

    private boolean isUser(String part) {
        return field(part).equals(USER);
    }

    private String part(Map.Entry<String, String> part) {
        String value = Clean.line(part.getValue());
        if (isUser(part.getKey())) {
            return value.isEmpty() ? "(no user name)" : value;
        }
        String word = WORDS.getOrDefault(part.getKey(), Clean.line(part.getKey()));
        return word + " " + (value.isEmpty() ? "(none)" : value);
    }

    /** Whether the output says what the key says, so that the first line has it. */
    boolean isOfKey(String output) {
        Object value = alert.outputs().get(output);
        return alert.groupingKey().entrySet().stream()
                .anyMatch(part -> field(part.getKey()).equals(field(output))
                        && part.getValue().equals(String.valueOf(value)));
    }

    /** What was counted: {@code 34 events, 3 distinct actions, 2 vaults}; empty if the rule counts nothing. */
    String counts() {
        Map<String, Long> counts = new LinkedHashMap<>();
        alert.eventCount().ifPresent(count -> counts.put("event", count));
        rule.labels().forEach((output, label) -> {
            if (label.startsWith(COUNTED) && alert.outputs().get(output) instanceof Long count) {
                counts.put(Clean.line(label.substring(COUNTED.length())), count);
            }
        });
        String text = counts.entrySet().stream()
                .map(count -> count.getValue() + " " + count.getKey() + (count.getValue() == 1 ? "" : "s"))
                .collect(Collectors.joining(", "));
        return alert.isAtLeast() && !text.isEmpty() ? "at least " + text : text;
    }

    /**
     * {@code 2026-11-03 02:41 to 02:42 UTC}, or since when; with seconds where the window has any, and one time where it is an
     * instant.
     */
    String when() {
        boolean seconds = !Times.isWholeMinute(alert.windowStart())
                || (!alert.isOpen() && !Times.isWholeMinute(alert.windowEnd()));
        String start = Times.moment(alert.windowStart(), seconds);
        if (alert.isOpen()) {
            return "since " + start + " UTC";
        }
        String end = Times.moment(alert.windowEnd(), seconds);
        if (start.equals(end)) {
            return start + " UTC";
        }
        boolean oneDay = start.substring(0, Times.DAY).equals(end.substring(0, Times.DAY));
        return start + " to " + (oneDay ? end.substring(Times.DAY + 1) : end) + " UTC";
    }

    /** One line: who, how much, when. */
    String summary() {
        return summary(": ");
    }

    private String summary(String afterWho) {
        String counts = counts();
        return who() + afterWho + (counts.isEmpty() ? "" : counts + ", ") + when();
    }

    /** One sentence that stands by itself, as a title or a message. */
    String sentence() {
        String stage = switch (alert.stage()) {
            case EARLY -> " (early)";
            case ON_TIME -> "";
            case REVISED -> " (revised)";
            case RETRACTED -> " (retracted)";
        };
        return Clean.line(rule.name()) + stage + ": " + summary(", ") + ".";
    }

    /** Why this message came, in a sentence. */
    String reason() {
        String condition = "the condition of rule " + Clean.line(rule.id()) + " version " + rule.version();
        return switch (alert.stage()) {
            case EARLY ->
                "An event met " + condition + "; the window is open until " + Times.iso(alert.windowEnd())
                        + " and the totals grow.";
            case ON_TIME -> "The events of the window met " + condition + ".";
            case REVISED ->
                "Events that came since changed what met " + condition
                        + ", or raised it late; this replaces what was said" + " before.";
            case RETRACTED ->
                "With every event of the window counted, it did not meet " + condition
                        + "; the totals are those that were reported.";
        };
    }

    /** The labelled outputs of the text form: label to the outputs that share its line. */
    Map<String, List<String>> lines() {
        Map<String, List<String>> lines = new LinkedHashMap<>();
        rule.labels().forEach((output, label) -> {
            if (!label.startsWith(COUNTED) && !isHidden(label)) {
                lines.computeIfAbsent(label, l -> new ArrayList<>()).add(output);
            }
        });
        return lines;
    }

    private static boolean isHidden(String label) {
        return label.equals("-");
    }

    /** 0 for the first message of an alert, and growing with each one that replaces it. */
    long sequence() {
        return switch (alert.stage()) {
            case EARLY -> 0;
            case ON_TIME -> 1;
            case REVISED, RETRACTED -> 1L + Math.max(1, alert.revision());
        };
    }
}
