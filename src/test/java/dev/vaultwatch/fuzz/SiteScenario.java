package dev.vaultwatch.fuzz;

import dev.vaultwatch.fuzz.Step.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One source that brings its events in order, and a site that changes its mind.
 *
 * @param early whether alerts are raised early
 * @param handsOver whether plugins hand over to each other instead of keeping a journal
 * @param keepsAll whether every event is kept, or those that count alone
 * @param slack in milliseconds
 */
record SiteScenario(
        long seed,
        boolean early,
        boolean handsOver,
        boolean keepsAll,
        long slack,
        List<FuzzRule> rules,
        SiteTuning tuning,
        List<Op> ops) {
    static final long ORIGIN = 1_772_323_200_000L;
    static final int SEEDS_PER_RULE = 16;

    /** What happens next. */
    sealed interface Op {}

    record Feed(Shape shape, List<Item> items) implements Op {
        @Override
        public String toString() {
            return "feed " + shape + " "
                    + items.stream().map(item -> item.toString(ORIGIN)).collect(Collectors.joining("; "));
        }
    }

    record Reload(SiteTuning tuning) implements Op {}

    /**
     * The process ends, and another starts.
     *
     * @param inCallback -1 if it is closed, 0 if it is killed at once, n for in the n-th callback from now on
     * @param resent how many events are sent again
     * @param meanwhile what the site says by then, if it is something else
     */
    record Restart(int inCallback, int resent, Optional<SiteTuning> meanwhile) implements Op {}

    /** Another plugin takes over. */
    record Move() implements Op {}

    SiteScenario with(List<Op> others) {
        return new SiteScenario(seed, early, handsOver, keepsAll, slack, rules, tuning, List.copyOf(others));
    }

    List<Item> items() {
        return ops.stream()
                .flatMap(op -> op instanceof Feed feed ? feed.items().stream() : java.util.stream.Stream.of())
                .toList();
    }

    static SiteScenario of(long seed) {
        Dice dice = new Dice(seed * 37 + 5);
        Dice block = new Dice(seed / SEEDS_PER_RULE * 41 + 3);
        FuzzRule drawn = RuleDice.rule("random-one", FuzzRule.Kind.TUMBLING, block);
        List<FuzzRule> rules = List.of(
                FuzzRule.shipped(block.oneOf(3, 5), 2),
                drawn.withLength(block.oneOf(10L, 60L, 90L, 300L) * 1_000)
                        .withKey(block.oneOf(
                                drawn.key(), List.of("country"), List.of("country", "upn"), List.of("upn", "vault"))));
        boolean early = dice.coin();
        boolean handsOver = dice.oneIn(4);
        boolean keepsAll = !dice.oneIn(3);
        long span = (4 + dice.below(30)) * 60_000L;
        SiteDice sites = new SiteDice(dice, early, !handsOver && keepsAll, ORIGIN, span);
        SiteTuning first = sites.tuning(rules);
        List<Op> ops = ops(dice, handsOver, items(dice, span), rules, sites, first);
        return new SiteScenario(seed, early, handsOver, keepsAll, dice.oneOf(0L, 0L, 5_000L), rules, first, ops);
    }

    private static List<Op> ops(
            Dice dice, boolean handsOver, List<Item> items, List<FuzzRule> rules, SiteDice sites, SiteTuning first) {
        SiteTuning tuning = first;
        List<Op> ops = new ArrayList<>();
        int most = dice.oneOf(1, 4, 20);
        int calm = dice.oneOf(3, 10, 30);
        for (int next = 0; next < items.size(); ) {
            int count = Math.min(1 + dice.below(most), items.size() - next);
            Shape shape = count > 1
                    ? dice.oneOf(Shape.LINES, Shape.ENVELOPE, Shape.ARRAY)
                    : dice.oneOf(Shape.SINGLE, Shape.MAP, Shape.PART_OF_ARRAY);
            ops.add(new Feed(shape, items.subList(next, next + count)));
            next += count;
            if (!dice.oneIn(calm)) {
                continue;
            }
            SiteTuning changed = sites.changed(tuning, rules);
            int which = dice.below(6);
            if (which > 2) {
                tuning = dice.oneIn(4) ? tuning : changed;
                ops.add(new Reload(tuning));
            } else if (handsOver) {
                ops.add(new Move());
            } else {
                Optional<SiteTuning> meanwhile = dice.coin() ? Optional.of(changed) : Optional.empty();
                tuning = meanwhile.orElse(tuning);
                ops.add(new Restart(dice.oneOf(-1, 0, 1 + dice.below(3)), dice.below(20), meanwhile));
            }
        }
        return List.copyOf(ops);
    }

    private static List<Item> items(Dice dice, long span) {
        List<Item> items = new ArrayList<>();
        int bursts = 3 + dice.below(25);
        for (int burst = 0; burst < bursts; burst++) {
            String user = dice.oneOf("ann@contoso.example", "bob@contoso.example", "eve@contoso.example");
            long begin = ORIGIN + dice.below((int) span);
            int count = 2 + dice.below(9);
            int vault = dice.below(3);
            for (int i = 0; i < count; i++) {
                items.add(new Item(
                        0,
                        Item.Kind.EVENT,
                        begin + dice.below(50_000),
                        dice.oneOf("SecretGet", "SecretGet", "SecretList", "KeyGet", "CertificateGet"),
                        user,
                        "oid-" + user.charAt(0),
                        "VAULT" + (dice.oneIn(4) ? dice.below(3) : vault),
                        "192.0.2." + dice.below(4)));
            }
        }
        items.sort(Comparator.comparingLong(Item::time));
        List<Item> numbered = new ArrayList<>();
        for (Item item : items) {
            numbered.add(new Item(
                    numbered.size(),
                    item.kind(),
                    item.time(),
                    item.action(),
                    item.upn(),
                    item.principal(),
                    item.vault(),
                    item.address()));
        }
        return List.copyOf(numbered);
    }

    @Override
    public String toString() {
        return "seed " + seed + ", early " + early + ", hands over " + handsOver + ", keeps all " + keepsAll
                + ", slack " + slack + "\n  " + rules + "\n  " + tuning + "\n  "
                + ops.stream().map(Op::toString).collect(Collectors.joining("\n  "));
    }
}
