package dev.vaultwatch.alert.format;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.RuleInfo;
import java.util.ArrayList;
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
     * The distinct values of all outputs that hold the field, in the rule's order; empty if there are none. An output that is
     * named as the field holds it without being mapped.
     */
    List<Object> of(String field) {
        Set<Object> values = new LinkedHashSet<>();
        alert.outputs().keySet().forEach(output -> {
            if (rule.fields().getOrDefault(output, output).equals(field)) {
                Object value = alert.outputs().getOrDefault(output, List.of());
                values.addAll(value instanceof List<?> list ? list : List.of(value));
            }
        });
        return new ArrayList<>(values);
    }

    /** The same as texts. */
    List<String> texts(String field) {
        return of(field).stream().map(Object::toString).toList();
    }

    /** The key's values, cleaned: who or what was judged. */
    String who() {
        return alert.groupingKey().values().stream().map(Clean::line).collect(Collectors.joining(" / "));
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

    /** {@code 2026-11-03 02:41 to 02:42 UTC}, or since when. */
    String when() {
        String start = Times.minute(alert.windowStart());
        if (alert.isOpen()) {
            return "since " + start + " UTC";
        }
        String end = Times.minute(alert.windowEnd());
        boolean oneDay = start.substring(0, 10).equals(end.substring(0, 10));
        return start + " to " + (oneDay ? end.substring(11) : end) + " UTC";
    }

    /** One line: who, how much, when. */
    String summary() {
        String counts = counts();
        return who() + ": " + (counts.isEmpty() ? "" : counts + ", ") + when();
    }

    /** One sentence that stands by itself, as a title or a message. */
    String sentence() {
        String stage = switch (alert.stage()) {
            case EARLY -> " (early)";
            case ON_TIME -> "";
            case REVISED -> " (revised)";
            case RETRACTED -> " (retracted)";
        };
        return Clean.line(rule.name()) + stage + ": " + summary() + ".";
    }

    /** Why this message came, in a sentence. */
    String reason() {
        String condition = "the condition of rule " + Clean.line(rule.id()) + " version " + rule.version();
        return switch (alert.stage()) {
            case EARLY ->
                "An event met " + condition + "; the window is open until " + Times.iso(alert.windowEnd())
                        + " and the totals grow.";
            case ON_TIME -> "The events of the window met " + condition + ".";
            case REVISED -> "Late events changed the totals of a window that met " + condition + ".";
            case RETRACTED ->
                "With every event of the window counted, it did not meet " + condition
                        + "; the totals are those that are taken back.";
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
