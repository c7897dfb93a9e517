package dev.vaultwatch.fuzz;

import dev.vaultwatch.fuzz.Generator.Arrival;
import dev.vaultwatch.fuzz.Generator.Theme;
import dev.vaultwatch.fuzz.Scenario.Feeder;
import dev.vaultwatch.fuzz.Scenario.Listener;
import dev.vaultwatch.fuzz.Scenario.Memory;
import dev.vaultwatch.fuzz.Scenario.Places;
import dev.vaultwatch.fuzz.Scenario.Settings;
import dev.vaultwatch.fuzz.Step.Shape;
import java.util.ArrayList;
import java.util.List;

/** Draws the order in which a host reads its sources, and what happens in between. */
final class Interleaving {
    private final Dice dice;
    private final Theme theme;
    private final Settings settings;
    private List<FuzzRule> rules;
    private final List<Feeder> feeders;
    private final List<List<Arrival>> arrivals;
    private final boolean liveClock;
    private final long start;
    private long clock;
    private final int[] next;
    private final List<Step> steps = new ArrayList<>();

    Interleaving(
            Dice dice,
            Theme theme,
            Settings settings,
            List<FuzzRule> rules,
            List<Feeder> feeders,
            List<List<Arrival>> arrivals,
            boolean liveClock,
            long start,
            long clock) {
        this.dice = dice;
        this.theme = theme;
        this.settings = settings;
        this.rules = rules;
        this.feeders = feeders;
        this.arrivals = arrivals;
        this.liveClock = liveClock;
        this.start = start;
        this.clock = clock;
        this.next = new int[feeders.size()];
    }

    List<Step> steps() {
        boolean ordered = dice.coin();
        int burst = dice.oneOf(1, 3, 10, 40);
        int disturbance = dice.oneOf(4, 8, 20, 60);
        int faults = theme == Theme.RESTARTS ? 1 + dice.below(3) : dice.below(2);
        int length = arrivals.stream().mapToInt(List::size).sum();
        List<Integer> faultAt = new ArrayList<>();
        for (int i = 0; i < faults; i++) {
            faultAt.add(dice.below(length + 1));
        }
        int fed = 0;
        for (int source = choose(ordered); source >= 0; source = choose(ordered)) {
            int count = Math.min(1 + dice.below(burst), arrivals.get(source).size() - next[source]);
            tick(source, next[source] + count - 1);
            steps.add(new Step.Feed(source, count, shape()));
            next[source] += count;
            int until = fed + count;
            int from = fed;
            faultAt.stream().filter(at -> at >= from && at < until).forEach(at -> fault());
            fed = until;
            if (dice.oneIn(disturbance)) {
                disturb(dice.below(feeders.size()));
            }
            if (settings.hostOwnsTime() && dice.oneIn(3)) {
                steps.add(new Step.Advance(honest()));
            }
        }
        return List.copyOf(steps);
    }

    /** The source that is read next: the one whose record is due first, or any; -1 when all have been read. */
    private int choose(boolean ordered) {
        int chosen = -1;
        int left = 0;
        for (int i = 0; i < next.length; i++) {
            if (next[i] < arrivals.get(i).size()) {
                left++;
                boolean first = chosen < 0 || due(i) < due(chosen);
                if (ordered ? first : dice.oneIn(left)) {
                    chosen = i;
                }
            }
        }
        return chosen;
    }

    private long due(int source) {
        return arrivals.get(source).get(next[source]).time();
    }

    private void tick(int source, int last) {
        long wanted = arrivals.get(source).get(last).time() + 1_000;
        if (liveClock && wanted > clock) {
            steps.add(new Step.Tick(wanted - clock));
            clock = wanted;
        }
    }

    /** No source has a record of an earlier time from here on, bar those that are late for their source. */
    private long honest() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < next.length; i++) {
            if (next[i] < arrivals.get(i).size()) {
                least = Math.min(least, arrivals.get(i).get(next[i]).item().time());
            }
        }
        return least == Long.MAX_VALUE ? start : least - settings.slack();
    }

    private Shape shape() {
        if (settings.dedupe()) {
            return Shape.SINGLE;
        }
        return dice.oneOf(
                Shape.SINGLE, Shape.SINGLE, Shape.PART_OF_ARRAY, Shape.MAP, Shape.LINES, Shape.ENVELOPE, Shape.ARRAY);
    }

    private void disturb(int source) {
        boolean named = !feeders.get(source).name().isEmpty();
        switch (dice.below(13)) {
            case 0 -> steps.add(new Step.Advance(honest()));
            case 1 -> steps.add(new Step.Advance(start + dice.below(10 * 60_000)));
            case 2 -> steps.add(new Step.AdvanceSource(source, ownTime(source)));
            case 3 -> steps.add(new Step.Idle(source));
            case 4 -> {
                if (next[source] >= arrivals.get(source).size() || dice.oneIn(4)) {
                    steps.add(new Step.Close(source));
                }
            }
            case 5, 6 -> steps.add(new Step.Repeat(source, 1 + dice.below(20), 1 + dice.below(20), shape()));
            case 7 -> steps.add(new Step.Garbage(source));
            case 8 -> steps.add(new Step.Misuse(source));
            case 9 -> {
                long millis = dice.oneOf(1_000, 15_000, 120_000);
                steps.add(new Step.Tick(millis));
                clock += millis;
            }
            case 10 -> {
                if (named
                        && settings.memory() != Memory.HEALTH
                        && feeders.get(source).places() == Places.OFFSETS) {
                    steps.add(new Step.Epoch(source, dice.coin()));
                }
            }
            case 11 -> {
                if (dice.oneIn(4)) {
                    steps.add(new Step.End());
                } else if (theme == Theme.SOURCES && named && feeders.size() > 1 && dice.coin()) {
                    steps.add(new Step.Revoke(source));
                }
            }
            default -> steps.add(new Step.Settle());
        }
    }

    private long ownTime(int source) {
        int at = Math.min(next[source], arrivals.get(source).size() - 1);
        return at < 0 ? start : arrivals.get(source).get(at).item().time() - settings.slack();
    }

    private void fault() {
        boolean judged = settings.memory() != Memory.HEALTH;
        List<FuzzRule> others = judged && dice.oneIn(3) ? RuleDice.changed(rules, dice) : List.of();
        boolean comment = judged && dice.oneIn(3);
        if (theme != Theme.RESTARTS) {
            if (dice.oneIn(3)) {
                steps.add(new Step.BrokenReload());
            } else {
                reload(others, comment);
            }
            return;
        }
        switch (dice.below(8)) {
            case 0 -> reload(others, comment);
            case 1, 2 -> {
                if (settings.memory() == Memory.JOURNAL) {
                    steps.add(new Step.Restart(others, comment));
                    rules = others.isEmpty() ? rules : others;
                }
            }
            default -> {
                boolean late = settings.listener() != Listener.ACKNOWLEDGES_NEVER;
                steps.add(new Step.Kill(
                        dice.coin() ? 0 : 1 + dice.below(3),
                        dice.coin() || !late,
                        dice.below(30),
                        others,
                        comment,
                        dice.oneIn(8)));
                rules = others.isEmpty() ? rules : others;
            }
        }
    }

    private void reload(List<FuzzRule> others, boolean comment) {
        rules = others.isEmpty() ? rules : others;
        steps.add(new Step.Reload(rules, comment));
    }
}
