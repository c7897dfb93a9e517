package dev.vaultwatch.alert.format;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.RuleInfo;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Format {@code text}: an alert for a person who was asleep a minute ago. The first line says how grave, who, how much and when,
 * so that the first lines of many alerts make a list; then, a line each, the rule's outputs under the rule's labels; and what to
 * do next. An early alert leaves out what no label names, since the full one follows when the window closes.
 *
 * <p>Whatever comes from a rule's files or from a record is cleaned ({@link Clean}), so that no name can forge a line. Immutable.
 */
public final class TextFormat implements AlertFormat {
    /** Values of one list that are shown: about what a person reads on one or two lines. */
    private static final int SHOWN = 20;

    /** For the service loader; {@link AlertFormats#text()} is the same. */
    public TextFormat() {}

    @Override
    public String name() {
        return "text";
    }

    @Override
    public String render(Alert alert) {
        Outputs outputs = new Outputs(alert);
        RuleInfo rule = outputs.rule();
        StringBuilder text = new StringBuilder("[")
                .append(Clean.line(rule.severity()).toUpperCase(Locale.ROOT))
                .append(' ')
                .append(rule.riskScore())
                .append("] ")
                .append(alert.stage() == AlertStage.ON_TIME ? "" : alert.stage() + " ")
                .append(outputs.summary())
                .append('\n');
        line(text, "rule", Clean.line(rule.name()));
        notes(alert).forEach(note -> line(text, "note", note));
        outputLines(alert, outputs).forEach((label, value) -> line(text, label, value));
        if (!alert.isOpen()) {
            line(text, "attack", attack(rule));
        }
        if (alert.stage() != AlertStage.RETRACTED && !rule.guide().isEmpty()) {
            line(text, "next", "\"The first five minutes\" in " + Clean.line(rule.guide()));
        }
        lastLine(text, "alert", alert.id());
        return text.toString();
    }

    private static List<String> notes(Alert alert) {
        Map<String, Boolean> notes = new LinkedHashMap<>();
        notes.put("the window is open: the totals grow and are final when it closes", alert.isOpen());
        notes.put(
                "events that came since changed this alert, or raised it late; it replaces what was said before (revision "
                        + alert.revision() + ")",
                alert.stage() == AlertStage.REVISED);
        notes.put(
                "close it, this alert is taken back: with every event of the window counted, the rule's condition does not"
                        + " hold; the totals are those that were reported",
                alert.stage() == AlertStage.RETRACTED);
        notes.put("a bound was reached: there were at least as many as stated, perhaps more", alert.isAtLeast());
        notes.put(
                alert.eventsWithoutEvidence() + " of these events were counted only, because a bound was reached;"
                        + " what they hold is missing below",
                alert.eventsWithoutEvidence() > 0);
        notes.put(
                "the rule had not yet seen all events of this window; the totals may be too low",
                !alert.isHistoryComplete());
        return notes.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Label to text, in the rule's order; labels without a value are left out, but for the address. */
    private static Map<String, String> outputLines(Alert alert, Outputs outputs) {
        Map<String, String> lines = new LinkedHashMap<>();
        outputs.lines().forEach((label, names) -> {
            String values = names.stream()
                    .map(name -> values(alert, name))
                    .filter(value -> !value.isEmpty())
                    .collect(Collectors.joining("; "));
            if (values.isEmpty()
                    && names.stream().anyMatch(name -> outputs.field(name).equals("source.ip"))) {
                values = "no address in the records";
            }
            lines.put(Clean.line(label), values);
        });
        if (!alert.isOpen()) {
            Set<String> covered = new HashSet<>(outputs.rule().labels().keySet());
            alert.outputs().keySet().stream()
                    .filter(output -> !covered.contains(output))
                    .filter(output -> !outputs.isOfKey(output))
                    .forEach(output -> lines.merge(
                            Clean.line(output), values(alert, output), (before, more) -> before + "; " + more));
        }
        return lines;
    }

    /** A bare number says nothing in a line of names. */
    private static String prefix(Alert alert, String output) {
        return "source.as.number".equals(alert.ruleInfo().fields().get(output)) ? "AS" : "";
    }

    private static String attack(RuleInfo rule) {
        return rule.threats().stream()
                .flatMap(threat -> threat.techniques().stream()
                        .flatMap(technique -> (technique.subtechniques().isEmpty()
                                        ? List.of(technique.attack())
                                        : technique.subtechniques())
                                .stream())
                        .map(attack -> Clean.line(attack.id() + " " + attack.name() + " ("
                                + threat.tactic().name() + ")")))
                .collect(Collectors.joining("; "));
    }

    /** An output as text: a list's first values, and how many more there are. */
    private static String values(Alert alert, String output) {
        Object value = alert.outputs().get(output);
        if (!(value instanceof List<?> list)) {
            return value == null ? "" : Clean.line(value.toString());
        }
        String shown = list.stream()
                .limit(SHOWN)
                .map(each -> prefix(alert, output) + Clean.line(each.toString()))
                .collect(Collectors.joining(", "));
        int total = alert.truncated().getOrDefault(output, list.size());
        int more = total - Math.min(SHOWN, list.size());
        return more > 0 ? shown + ", and " + more + " more" : shown;
    }

    private static void line(StringBuilder text, String label, String value) {
        if (!value.isEmpty()) {
            lastLine(text, label, value);
            text.append('\n');
        }
    }

    private static void lastLine(StringBuilder text, String label, String value) {
        text.append(String.format(Locale.ROOT, "  %-7s %s", label, value));
    }
}
