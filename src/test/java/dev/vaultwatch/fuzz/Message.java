package dev.vaultwatch.fuzz;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * One delivery of an alert.
 *
 * @param life the plugin that delivered it, from 0
 * @param step the step of the scenario during which it came
 * @param atLeast whether the counts may be too low
 * @param withoutEvidence how many of the events that it counts it does not list
 * @param complete whether all that the rule looks at was there
 * @param marks the numbers of the events that it counts, as far as it lists them
 */
record Message(
        int life,
        int step,
        String id,
        Group group,
        long end,
        AlertStage stage,
        int revision,
        long count,
        long distinct,
        boolean atLeast,
        long withoutEvidence,
        boolean complete,
        List<Integer> marks) {

    static Message of(int life, int step, Alert alert, FuzzRule rule) {
        TreeSet<Integer> marks = new TreeSet<>();
        Object listed = alert.outputs().get(rule.marksOutput());
        for (Object value : listed instanceof List<?> list ? list : listed == null ? List.of() : List.of(listed)) {
            marks.add(Item.numberOf(value.toString().toLowerCase(java.util.Locale.ROOT)));
        }
        return new Message(
                life,
                step,
                alert.id(),
                new Group(
                        alert.ruleId(),
                        alert.windowStart().toEpochMilli(),
                        Group.keyOf(alert.groupingKey().values())),
                alert.windowEnd().toEpochMilli(),
                alert.stage(),
                alert.revision(),
                number(alert, rule.countOutput()),
                number(alert, rule.distinctOutput()),
                alert.isAtLeast(),
                alert.eventsWithoutEvidence(),
                alert.isHistoryComplete(),
                List.copyOf(marks));
    }

    private static long number(Alert alert, String output) {
        return alert.outputs().get(output) instanceof Number number ? number.longValue() : -1;
    }

    /** What must not come twice. */
    String name() {
        return id + " " + stage + " " + revision;
    }

    static String name(Alert alert) {
        return alert.id() + " " + alert.stage() + " " + alert.revision();
    }

    boolean saysTheSameAs(Message other) {
        return count == other.count && distinct == other.distinct && marks.equals(other.marks);
    }

    /** Whether a reader learns nothing new from it: how far the totals can be trusted is part of what it says. */
    boolean showsTheSameAs(Message other) {
        return saysTheSameAs(other)
                && atLeast == other.atLeast
                && withoutEvidence == other.withoutEvidence
                && complete == other.complete;
    }

    @Override
    public String toString() {
        return stage + " r" + revision + " " + group.rule() + " " + group.key() + " window " + group.start() + " n="
                + count
                + " distinct=" + distinct + (atLeast ? " at least" : "")
                + (withoutEvidence > 0 ? " unlisted=" + withoutEvidence : "") + (complete ? " " : " incomplete ")
                + marks.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]")) + " (life " + life
                + ", step " + step + ")";
    }
}
