package dev.vaultwatch.tool.preview;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How changed rules differ from today's. Immutable.
 *
 * @param since the time of the first event; empty if there was none
 * @param until the time of the last
 * @param rules each rule that runs today or changed, by id
 * @param appeared alerts that the changed rules raise and today's do not, in order of time
 * @param gone the other way round
 * @param changed those of both that say something else; each with what
 * @param keys numbers by grouping key, those that differ most first
 * @param vaults numbers by vault
 * @param hours numbers by hour of the day in UTC, from 0 to 23
 * @param times numbers by stretches of time of one length, from the first event to the last
 * @param stretch the length of those
 * @param near what almost was an alert of the changed rules, the nearest first
 * @param sweep what a sweep of a parameter showed; empty if none was asked
 */
public record PreviewReport(
        Optional<Instant> since,
        Optional<Instant> until,
        List<RuleNumbers> rules,
        List<Row> appeared,
        List<Row> gone,
        List<Row> changed,
        List<Numbers> keys,
        List<Numbers> vaults,
        List<Numbers> hours,
        List<Numbers> times,
        Duration stretch,
        List<NearMiss> near,
        Optional<Sweep> sweep) {

    /** Copies the lists. */
    public PreviewReport {
        rules = List.copyOf(rules);
        appeared = List.copyOf(appeared);
        gone = List.copyOf(gone);
        changed = List.copyOf(changed);
        keys = List.copyOf(keys);
        vaults = List.copyOf(vaults);
        hours = List.copyOf(hours);
        times = List.copyOf(times);
        near = List.copyOf(near);
    }

    /** How many alerts: today, and with the changed rules. */
    public record Numbers(String name, long today, long changed) {}

    /** Of one rule: alerts in all, and a day. */
    public record RuleNumbers(String rule, long today, long changed, double todayPerDay, double changedPerDay) {}

    /**
     * An alert.
     *
     * @param rule its rule
     * @param key its grouping key, values joined
     * @param at the start of its window
     * @param events how many; empty if the rule does not say
     * @param vaults names
     * @param difference what it says otherwise; empty if nothing is compared
     */
    public record Row(
            String rule, String key, Instant at, OptionalLong events, List<String> vaults, String difference) {
        /** Copies the list. */
        public Row {
            vaults = List.copyOf(vaults);
        }
    }

    /** What missed a threshold by little. */
    public record NearMiss(String rule, String key, Instant at, String parameter, long value, long threshold) {}

    /**
     * Alerts by the value of a parameter, without caps and suppressions.
     *
     * @param parameter its name
     * @param values alerts there would be at each value, in order
     * @param now the value of the changed rules; empty if they have several
     * @param inOnePass whether one run told all: the rule is monotone in the parameter
     */
    public record Sweep(String parameter, Map<Long, Long> values, OptionalLong now, boolean inOnePass) {}

    /** How many days lie between; at least an hour of one. */
    static double days(Optional<Instant> since, Optional<Instant> until) {
        if (since.isEmpty() || until.isEmpty()) {
            return 1.0 / 24;
        }
        return Math.max(1.0 / 24, Duration.between(since.get(), until.get()).toMillis() / 86_400_000.0);
    }
}
