package dev.vaultwatch.tool.cases;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a run of a case said. Not thread-safe; one thread collects and reads. */
final class Outcome {
    private final Map<String, Alert> last = new LinkedHashMap<>();
    private final Map<String, List<AlertStage>> stages = new LinkedHashMap<>();
    private final List<String> faults = new ArrayList<>();
    private final Set<Notice.Kind> notices = EnumSet.noneOf(Notice.Kind.class);

    /** Takes one message about an alert; the same one again, as after a restart, counts once. */
    void said(Alert alert) {
        List<AlertStage> of = stages.computeIfAbsent(alert.id(), id -> new ArrayList<>());
        if (!of.contains(alert.stage()) || alert.stage() == AlertStage.REVISED) {
            of.add(alert.stage());
        }
        Alert before = last.get(alert.id());
        if (before == null || !isBehind(alert, before)) {
            last.put(alert.id(), alert);
        }
    }

    /** Whether the message says less than what came before: a restart can deliver again what was delivered already. */
    private static boolean isBehind(Alert alert, Alert before) {
        return alert.revision() < before.revision()
                || (alert.revision() == before.revision() && alert.stage().compareTo(before.stage()) < 0);
    }

    /** Takes note of a notice. */
    void told(Notice.Kind kind) {
        notices.add(kind);
    }

    /** The kinds of notices that came. */
    Set<Notice.Kind> notices() {
        return notices;
    }

    /** Notes that the run itself went wrong: a record that could not be read, a reload that was refused. */
    void fault(String sentence) {
        faults.add(sentence);
    }

    List<String> faults() {
        return faults;
    }

    /** The alerts that stand at the end: not retracted; by window and key. */
    List<Alert> standing() {
        return last.values().stream()
                .filter(alert -> alert.stage() != AlertStage.RETRACTED)
                .sorted(Comparator.comparing(Alert::windowStart)
                        .thenComparing(alert -> alert.groupingKey().toString()))
                .toList();
    }

    /** The stages in which an alert was delivered. */
    List<AlertStage> stages(Alert alert) {
        return stages.getOrDefault(alert.id(), List.of());
    }

    /** How this outcome differs from that of the straight run; one line for each alert. */
    List<String> differencesFrom(Outcome straight) {
        List<String> differences = new ArrayList<>();
        Map<String, Alert> here = byId();
        for (Alert expected : straight.standing()) {
            Alert found = here.remove(expected.id());
            if (found == null) {
                differences.add("lost: " + brief(expected)
                        + (stages(expected).isEmpty() ? "" : " (its stages were " + stages(expected) + ")"));
                continue;
            }
            Map<String, Object> was = expected.outputs();
            found.outputs().forEach((output, value) -> {
                if (!value.equals(was.get(output))) {
                    differences.add(
                            brief(found) + ": " + output + " is " + value + ", straight it was " + was.get(output));
                }
            });
            was.forEach((output, value) -> {
                if (!found.outputs().containsKey(output)) {
                    differences.add(brief(found) + ": " + output + " is absent, straight it was " + value);
                }
            });
        }
        here.values().forEach(alert -> differences.add("new: " + brief(alert)));
        return differences;
    }

    private Map<String, Alert> byId() {
        Map<String, Alert> byId = new LinkedHashMap<>();
        standing().forEach(alert -> byId.put(alert.id(), alert));
        return byId;
    }

    /** An alert in one line: key, window, count. */
    static String brief(Alert alert) {
        StringBuilder text = new StringBuilder("alert for ")
                .append(alert.groupingKey().toString().replaceAll("[{}]", ""))
                .append(" at ")
                .append(alert.windowStart());
        alert.eventCount().ifPresent(count -> text.append(", ").append(count).append(" events"));
        return text.toString();
    }
}
