package dev.vaultwatch.api;

import java.time.Instant;
import java.util.List;
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
 * @param late records that came after their window had closed
 * @param bad records that could not be read
 * @param held events waiting for the open window to close, now
 * @param alerts alerts delivered, each counted once whatever its stages
 * @param withheld alerts that a cap held back
 * @param ruleFailures rows lost because a rule failed while it ran
 * @param listenerFailures callbacks that threw
 */
public record PluginHealth(
        State state,
        List<String> rules,
        Optional<Instant> watermark,
        Optional<ReloadResult> lastReload,
        long records,
        long kept,
        long ignored,
        long late,
        long bad,
        long held,
        long alerts,
        long withheld,
        long ruleFailures,
        long listenerFailures) {

    /** Where in its life a plugin is. */
    public enum State {
        NEW,
        STARTED,
        CLOSED
    }

    public PluginHealth {
        rules = List.copyOf(rules);
    }
}
