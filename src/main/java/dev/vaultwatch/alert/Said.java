package dev.vaultwatch.alert;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One message about an alert: all that it says, and all that is needed to say it again after a restart, or to go on from it.
 * Immutable.
 *
 * @param rule the edition of the rule that found it
 * @param id the alert's id
 * @param key the grouping key, sorted by name
 * @param anchor see {@link Judgement}
 * @param discriminator see {@link Judgement}
 * @param stage of the message
 * @param revision of the message: 0 for EARLY and ON_TIME, then counting up
 * @param start of what was judged, inclusive, milliseconds since the epoch
 * @param end of what was judged, exclusive
 * @param columns what the alert shows, in the rule's order; long lists are cut
 * @param truncated columns whose list was cut, and how many values each had
 * @param withoutEvidence see {@link Judgement}
 * @param atLeast see {@link Judgement}
 * @param incompleteHistory see {@link Judgement}
 */
public record Said(
        RuleEdition rule,
        String id,
        Map<String, String> key,
        long anchor,
        String discriminator,
        AlertStage stage,
        int revision,
        long start,
        long end,
        Map<String, Object> columns,
        Map<String, Integer> truncated,
        long withoutEvidence,
        boolean atLeast,
        boolean incompleteHistory) {

    /** What a judgement says at a stage, with lists cut to so many values. */
    static Said of(Judgement judgement, String id, AlertStage stage, int revision, int maxValues) {
        Map<String, Object> columns = judgement.columns();
        Map<String, Integer> truncated = Map.of();
        if (hasLonger(columns.values(), maxValues)) {
            columns = new LinkedHashMap<>(columns);
            truncated = new LinkedHashMap<>();
            for (Map.Entry<String, Object> column : columns.entrySet()) {
                if (column.getValue() instanceof List<?> list && isLonger(list, maxValues)) {
                    truncated.put(column.getKey(), list.size());
                    column.setValue(List.copyOf(list.subList(0, maxValues)));
                }
            }
        }
        return new Said(
                judgement.rule(),
                id,
                judgement.key(),
                judgement.anchor(),
                judgement.discriminator(),
                stage,
                revision,
                judgement.start(),
                judgement.end(),
                Collections.unmodifiableMap(columns),
                Collections.unmodifiableMap(truncated),
                judgement.withoutEvidence(),
                judgement.atLeast(),
                judgement.incompleteHistory());
    }

    private static boolean hasLonger(Collection<Object> values, int maxValues) {
        for (Object value : values) {
            if (isLonger(value, maxValues)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isLonger(Object value, int maxValues) {
        return value instanceof List<?> list && list.size() > maxValues;
    }

    /** The alert that the host is given. */
    public Alert alert() {
        return new DeskAlert(this);
    }

    /** The same alert, taken back. */
    Said retracted() {
        return new Said(
                rule,
                id,
                key,
                anchor,
                discriminator,
                AlertStage.RETRACTED,
                revision + 1,
                start,
                end,
                columns,
                truncated,
                withoutEvidence,
                atLeast,
                incompleteHistory);
    }

    /** Whether both show a person the same. */
    boolean showsWhat(Said other) {
        return start == other.start
                && end == other.end
                && columns.equals(other.columns)
                && truncated.equals(other.truncated)
                && withoutEvidence == other.withoutEvidence
                && atLeast == other.atLeast
                && incompleteHistory == other.incompleteHistory;
    }

    /** Whether it was said after the other message about the same alert. */
    boolean isAfter(Said other) {
        return revision != other.revision ? revision > other.revision : stage.compareTo(other.stage) > 0;
    }
}
