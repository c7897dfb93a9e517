package dev.vaultwatch.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a plugin is. Counters start at 0 with {@link DetectionPlugin#start()} and only grow.
 *
 * @param state where in its life the plugin is
 * @param rules ids of the rules in force, sorted
 * @param watermark how far event time has come; empty before the first event
 * @param lastReload what the last reload answered; empty before the first
 * @param records records read, whatever became of them
 * @param kept records that a rule wants and that reached their window
 * @param ignored well-formed records that no rule wants
 * @param reopened records that came after their window had closed, inside the allowed lateness; they are among the kept
 * @param late records that came after their window had closed for good
 * @param bad records that could not be read
 * @param overloaded calls that were not taken because a bound was reached
 * @param cut events that are in the totals but whose values were not kept, because a bound ({@code bounds.*}) was reached; each
 *     is in the {@link Notice.Kind#EVIDENCE_CUT} of its window, too
 * @param held events waiting for the open window to close, now
 * @param alerts alerts delivered, each counted once whatever its stages
 * @param withheld alerts that a cap held back
 * @param ruleFailures rows lost because a rule failed while it ran
 * @param listenerFailures callbacks that threw
 * @param journalBytes heap that the journal holds, by estimate
 * @param journalDiskBytes space that it takes on disk; 0 without one
 * @param resumeAt how far event time had come when every alert raised had been delivered. A host without a journal on disk
 *     that starts again after a crash first calls {@link DetectionPlugin#advanceTo} with it, so that windows which were settled
 *     then stay so, and then sends again what the next two say, of the same health; empty before event time is known
 * @param oldestNeeded the start of the oldest window that could still change then: a host without positions sends again every
 *     record with an event of that time or later; empty if nothing is needed
 * @param oldestPositions per source, the oldest position with an event of that time or later: a host with positions sends again
 *     from there; of a source that is not listed, nothing of before is needed
 */
public record PluginHealth(
        State state,
        List<String> rules,
        Optional<Instant> watermark,
        Optional<ReloadResult> lastReload,
        long records,
        long kept,
        long ignored,
        long reopened,
        long late,
        long bad,
        long overloaded,
        long cut,
        long held,
        long alerts,
        long withheld,
        long ruleFailures,
        long listenerFailures,
        long journalBytes,
        long journalDiskBytes,
        Optional<Instant> resumeAt,
        Optional<Instant> oldestNeeded,
        Map<String, Long> oldestPositions) {

    /** Where in its life a plugin is. */
    public enum State {
        /** Made and not started: takes no events. */
        NEW,
        /** Takes events. */
        STARTED,
        /** Closed for good. Counters are the last ones. */
        CLOSED
    }

    /** Copies list and map; they can't be modified. */
    public PluginHealth {
        rules = List.copyOf(rules);
        oldestPositions = Map.copyOf(oldestPositions);
    }
}
