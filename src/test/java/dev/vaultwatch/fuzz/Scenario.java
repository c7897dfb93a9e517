package dev.vaultwatch.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A stream, a host and its configuration.
 *
 * @param origin where event time begins
 * @param clock where the wall clock begins
 */
record Scenario(
        long seed,
        long origin,
        long clock,
        Settings settings,
        List<FuzzRule> rules,
        List<Feeder> feeders,
        List<Step> steps) {

    /** What outlives a process. */
    enum Memory {
        NONE,
        JOURNAL,
        HEALTH
    }

    /** What the host does with an alert. */
    enum Listener {
        SIMPLE,
        THROWS,
        ACKNOWLEDGES,
        ACKNOWLEDGES_LATE,
        ACKNOWLEDGES_NEVER,
        EXECUTOR
    }

    /** How a source names its records' places. */
    enum Places {
        NONE,
        OFFSETS,
        POSITIONS
    }

    /**
     * @param throwing every which callback throws
     * @param bounds further configuration
     */
    record Settings(
            boolean hostOwnsTime,
            long slack,
            long lateness,
            long idleTimeout,
            boolean early,
            boolean cap,
            boolean dedupe,
            Memory memory,
            String fsync,
            Listener listener,
            int throwing,
            Map<String, String> bounds) {}

    /** One source: its records in the order in which it has them. An empty name is the default source. */
    record Feeder(String name, Places places, int gap, List<Item> items) {}

    Scenario withSteps(List<Step> others) {
        return new Scenario(seed, origin, clock, settings, rules, feeders, List.copyOf(others));
    }

    Scenario withSettings(Settings others) {
        return new Scenario(seed, origin, clock, others, rules, feeders, steps);
    }

    /** The same with one of its rules alone. */
    Scenario onlyRule(String id) {
        List<Step> fewer = steps.stream()
                .map(step -> step instanceof Step.Reload reload
                        ? new Step.Reload(only(reload.rules(), id), reload.comment())
                        : step)
                .toList();
        return new Scenario(seed, origin, clock, settings, only(rules, id), feeders, fewer);
    }

    private static List<FuzzRule> only(List<FuzzRule> rules, String id) {
        return rules.stream().filter(rule -> rule.id().equals(id)).toList();
    }

    /** The same without some records. */
    Scenario without(Set<Integer> numbers) {
        List<Feeder> fewer = new ArrayList<>();
        for (Feeder feeder : feeders) {
            fewer.add(new Feeder(
                    feeder.name(),
                    feeder.places(),
                    feeder.gap(),
                    feeder.items().stream()
                            .filter(item -> !numbers.contains(item.number()))
                            .toList()));
        }
        return new Scenario(seed, origin, clock, settings, rules, List.copyOf(fewer), steps);
    }

    int records() {
        return feeders.stream().mapToInt(feeder -> feeder.items().size()).sum();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("seed " + seed + ", event time from " + origin + ", wall clock +"
                + (clock - origin) / 1_000 + " s\n  " + settings + "\n");
        rules.forEach(rule -> text.append("  ").append(rule).append('\n'));
        for (int i = 0; i < feeders.size(); i++) {
            Feeder feeder = feeders.get(i);
            text.append("  source ")
                    .append(i)
                    .append(" \"")
                    .append(feeder.name())
                    .append("\" ")
                    .append(feeder.places())
                    .append(", gap ")
                    .append(feeder.gap())
                    .append('\n');
            feeder.items()
                    .forEach(item ->
                            text.append("    ").append(item.toString(origin)).append('\n'));
        }
        for (int i = 0; i < steps.size(); i++) {
            text.append("  ").append(i).append(' ').append(steps.get(i)).append('\n');
        }
        return text.toString();
    }

    /** How many events a key has, for a short look at a scenario. */
    Map<String, Integer> users() {
        Map<String, Integer> users = new TreeMap<>();
        feeders.forEach(feeder -> feeder.items().forEach(item -> users.merge(item.upn(), 1, Integer::sum)));
        return users;
    }
}
