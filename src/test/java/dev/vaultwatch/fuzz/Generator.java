package dev.vaultwatch.fuzz;

import dev.vaultwatch.fuzz.Scenario.Feeder;
import dev.vaultwatch.fuzz.Scenario.Listener;
import dev.vaultwatch.fuzz.Scenario.Memory;
import dev.vaultwatch.fuzz.Scenario.Places;
import dev.vaultwatch.fuzz.Scenario.Settings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Draws scenarios. The same seed and theme give the same scenario. */
final class Generator {
    static final long SECOND = 1_000;
    static final long MINUTE = 60 * SECOND;

    /** 2026-03-01T00:00:00Z. */
    private static final long ORIGIN = 1_772_323_200_000L;

    /** Random rules are shared by so many seeds in a row: to compile one takes longer than a scenario. */
    private static final int SEEDS_PER_RULE = 4;

    private static final List<String> USERS = List.of(
            "ann@contoso.example",
            "bob@contoso.example",
            "zoë.müller@contoso.example",
            "李雷@contoso.example",
            "eve_fabrikam.example#ext#@contoso.example",
            "a@b.c",
            "very.long.name.of.a.person.who.has.many.names.and.uses.them.all@sub.domain.contoso.example");

    /** Which sides of the plugin a scenario tries. */
    enum Theme {
        SOURCES,
        RESTARTS,
        RULES
    }

    private final long seed;
    private final Theme theme;
    private final Dice dice;
    private Settings settings;
    private List<FuzzRule> rules = List.of();
    private boolean liveClock;
    private int numbers;

    private Generator(long seed, Theme theme) {
        this.seed = seed;
        this.theme = theme;
        this.dice = new Dice(seed * 31 + theme.name().hashCode());
        this.settings = settings();
    }

    static Scenario scenario(long seed, Theme theme) {
        return new Generator(seed, theme).draw();
    }

    private Settings settings() {
        boolean restarts = theme == Theme.RESTARTS;
        Memory memory = restarts
                ? dice.oneOf(Memory.JOURNAL, Memory.JOURNAL, Memory.JOURNAL, Memory.HEALTH)
                : dice.oneOf(Memory.NONE, Memory.NONE, Memory.NONE, Memory.JOURNAL);
        Listener listener = dice.oneIn(3)
                ? dice.oneOf(
                        Listener.ACKNOWLEDGES,
                        Listener.ACKNOWLEDGES_LATE,
                        restarts ? Listener.ACKNOWLEDGES_NEVER : Listener.ACKNOWLEDGES,
                        Listener.EXECUTOR)
                : dice.oneIn(25) ? Listener.THROWS : Listener.SIMPLE;
        Map<String, String> bounds = new TreeMap<>();
        if (dice.oneIn(8)) {
            bounds.put("bounds.keys", dice.oneOf("10", "20", "100"));
        }
        if (dice.oneIn(10)) {
            bounds.put("bounds.events", dice.oneOf("10", "50", "500"));
        }
        if (dice.oneIn(10)) {
            String most = dice.oneOf("1", "3", "20");
            // Who never acknowledges is refused, as documented, once the queue is full.
            if (listener != Listener.ACKNOWLEDGES_NEVER) {
                bounds.put("bounds.alert-queue", most);
            }
        }
        if (dice.oneIn(12)) {
            bounds.put("bounds.counted-keys", dice.oneOf("10", "100"));
        }
        liveClock = dice.oneIn(3);
        return new Settings(
                dice.oneIn(6),
                dice.oneOf(0L, SECOND, 5 * SECOND, 5 * SECOND, 30 * SECOND),
                dice.oneOf(0L, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 30 * MINUTE, 120 * MINUTE),
                dice.oneIn(4) ? dice.oneOf(10 * SECOND, MINUTE) : 0,
                !dice.oneIn(3),
                dice.oneIn(4),
                dice.oneIn(8),
                memory,
                dice.oneOf("interval", "never", "never"),
                listener,
                2 + dice.below(4),
                bounds);
    }

    private Scenario draw() {
        long block = seed / SEEDS_PER_RULE;
        rules = theme == Theme.RULES || (theme == Theme.RESTARTS && block % 4 == 0)
                ? RuleDice.rules(new Dice(block * 31 + 7), Theme.RULES)
                : RuleDice.rules(dice, theme);
        if (settings.cap() && dice.coin()) {
            rules = rules.stream().map(rule -> rule.withCap(1 + dice.below(4))).toList();
        }
        int sources = dice.oneOf(1, 1, 2, 2, 3, 4, 6);
        long span = Math.max(dice.oneOf(2, 4, 10, 40) * MINUTE, 2 * rules.get(0).length());
        long start = ORIGIN + dice.below(7 * 24 * 3600) * SECOND + dice.below(1_000);
        List<List<Arrival>> arrivals = arrivals(start, span, sources);
        List<Feeder> feeders = new ArrayList<>();
        for (int i = 0; i < sources; i++) {
            feeders.add(feeder(i, arrivals.get(i)));
        }
        long clock = liveClock ? start + 2 * MINUTE : start + 365 * 24 * 60 * MINUTE;
        List<Step> steps =
                new Interleaving(dice, theme, settings, rules, feeders, arrivals, liveClock, start, clock).steps();
        return new Scenario(seed, start, clock, settings, rules, List.copyOf(feeders), steps);
    }

    private Feeder feeder(int index, List<Arrival> arrivals) {
        boolean placed = theme == Theme.RESTARTS || settings.memory() != Memory.NONE;
        Places places = placed
                ? dice.oneOf(Places.OFFSETS, Places.OFFSETS, Places.POSITIONS)
                : dice.oneOf(Places.NONE, Places.OFFSETS, Places.POSITIONS, Places.OFFSETS);
        boolean isDefault = index == 0 && !placed && dice.oneIn(3);
        return new Feeder(
                isDefault ? "" : "hub-" + index,
                isDefault ? Places.NONE : places,
                dice.oneIn(4) ? 1 + dice.below(9) : 1,
                arrivals.stream().map(Arrival::item).toList());
    }

    /** A record, and when its source has it. */
    record Arrival(Item item, long time) {}

    private List<List<Arrival>> arrivals(long start, long span, int sources) {
        List<List<Arrival>> arrivals = new ArrayList<>();
        for (int i = 0; i < sources; i++) {
            arrivals.add(new ArrayList<>());
        }
        boolean byKey = dice.coin();
        long[] skew = new long[sources];
        for (int i = 0; i < sources; i++) {
            skew[i] = dice.oneIn(3) ? 0 : dice.below(dice.oneOf(5, 60, 600, 5_400)) * SECOND;
        }
        int bursts = 2 + dice.below(8);
        for (int i = 0; i < bursts; i++) {
            burst(start, span, arrivals, byKey, skew);
        }
        int noise = dice.below(60);
        for (int i = 0; i < noise; i++) {
            Item item = item(start + dice.below((int) span), user(), dice.below(4), dice.below(3));
            place(item, arrivals, byKey, skew);
        }
        if (dice.oneIn(4)) {
            Item ahead = item(start + dice.below((int) span) + 590 * SECOND, user(), 0, 0);
            arrivals.get(dice.below(sources)).add(new Arrival(ahead, ahead.time() - 590 * SECOND));
        }
        arrivals.forEach(each -> Collections.sort(each, Comparator.comparingLong(Arrival::time)));
        return arrivals;
    }

    private void burst(long start, long span, List<List<Arrival>> arrivals, boolean byKey, long[] skew) {
        String user = user();
        int vault = dice.below(4);
        int address = dice.below(3);
        // A busy one has more reads than the engine gets of a user at once, and more values than are searched through.
        boolean isBusy = dice.oneIn(12);
        int count = isBusy ? 30 + dice.below(50) : dice.oneOf(2, 4, 8, 14) + dice.below(6);
        long width = isBusy ? 20 * SECOND : dice.oneOf(5 * SECOND, 20 * SECOND, MINUTE, 3 * MINUTE);
        long begin = start + dice.below((int) span);
        for (int i = 0; i < count; i++) {
            long time = begin + dice.below((int) width);
            Item item = isBusy ? item(time, user, dice.below(40), dice.below(40)) : item(time, user, vault, address);
            if (!isBusy && dice.oneIn(5)) {
                // The edge of a minute.
                item = at(item, item.time() / MINUTE * MINUTE - dice.below(2));
            }
            place(item, arrivals, byKey, skew);
        }
    }

    private void place(Item item, List<List<Arrival>> arrivals, boolean byKey, long[] skew) {
        int sources = arrivals.size();
        int source = byKey ? Math.floorMod(item.upn().hashCode() * 31, sources) : dice.below(sources);
        long delay = switch (dice.below(20)) {
            case 0, 1, 2 -> settings.slack() > 0 ? dice.below((int) settings.slack()) : 0;
            case 3 -> dice.below((int) Math.min(settings.lateness() + MINUTE, 40 * MINUTE));
            case 4 -> dice.oneIn(3) ? settings.lateness() + dice.below((int) (3 * MINUTE)) : 0;
            default -> 0;
        };
        Item told = dice.oneIn(120) ? at(item, item.time() + 8 * MINUTE) : item;
        arrivals.get(source).add(new Arrival(told, item.time() + delay + skew[source]));
    }

    private static Item at(Item item, long time) {
        return new Item(
                item.number(),
                item.kind(),
                time,
                item.action(),
                item.upn(),
                item.principal(),
                item.vault(),
                item.address());
    }

    private String user() {
        int zipf = Math.min(dice.below(USERS.size() + 1), dice.below(USERS.size() + 1));
        return zipf == USERS.size() ? "user" + dice.below(40) + "@contoso.example" : USERS.get(zipf);
    }

    private Item item(long time, String user, int vault, int address) {
        Item.Kind kind = dice.oneIn(60) ? dice.oneOf(Item.Kind.STRANGER, Item.Kind.TIMELESS) : Item.Kind.EVENT;
        String action = dice.oneIn(15)
                ? dice.oneOf("KeySign", "SecretSet", "Authentication")
                : dice.oneOf("SecretGet", "SecretGet", "SecretList", "KeyGet", "CertificateGet");
        return new Item(
                numbers++,
                kind,
                time,
                action,
                dice.oneIn(20) ? "" : user,
                String.format("11111111-0000-4000-8000-%012x", user.hashCode()),
                "VAULT" + (dice.oneIn(6) ? dice.below(9) : vault),
                "192.0.2." + (dice.oneIn(6) ? dice.below(9) : address));
    }
}
