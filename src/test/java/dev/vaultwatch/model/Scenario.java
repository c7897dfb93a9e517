package dev.vaultwatch.model;

import dev.vaultwatch.fuzz.Dice;
import dev.vaultwatch.fuzz.FuzzRule;
import dev.vaultwatch.fuzz.FuzzRule.Kind;
import dev.vaultwatch.fuzz.RuleDice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A host's life from a seed: several independent runs, thirty days apart, through one plugin, since starting one takes longer
 * than a run does.
 *
 * @param rules one, or two beside each other
 * @param sources how many; several are opened before anything is sent
 * @param slack in milliseconds, like lateness and retention
 * @param retention for how long windows stay open to a source that is idle
 * @param throwing every how many callbacks the listener throws; 0 for never
 */
record Scenario(
        long seed,
        List<FuzzRule> rules,
        int sources,
        boolean hostOwnsTime,
        long slack,
        long lateness,
        long retention,
        boolean early,
        Source source,
        Memory memory,
        int throwing,
        List<Step> steps) {

    /** What the plugin knows repetitions by. */
    enum Source {
        NOTHING,
        POSITIONS,
        CONTENT
    }

    /** What outlives a process. */
    enum Memory {
        /** Nothing, so there is no kill. */
        NONE,
        /** The plugin's journal on disk. */
        JOURNAL,
        /** What the host notes of health(), by which it sends again to an empty plugin. */
        HEALTH
    }

    boolean journal() {
        return memory == Memory.JOURNAL;
    }

    Scenario with(List<Step> others) {
        return new Scenario(
                seed,
                rules,
                sources,
                hostOwnsTime,
                slack,
                lateness,
                retention,
                early,
                source,
                memory,
                throwing,
                List.copyOf(others));
    }

    @Override
    public String toString() {
        return "seed " + seed + (hostOwnsTime ? ", host owns time" : ", events own time") + ", slack " + slack
                + ", lateness "
                + lateness + ", retention " + retention + ", early " + early + ", " + source + ", memory " + memory
                + ", throwing "
                + throwing + ", " + sources + " sources\n  " + rules + "\n"
                + IntStream.range(0, steps.size())
                        .mapToObj(i -> "  " + i + " " + steps.get(i))
                        .collect(Collectors.joining("\n"));
    }

    static Scenario of(long seed, int runs) {
        return new Generator(seed).scenario(runs);
    }

    /**
     * One script again and again: a user is early, on time and twice revised. The process is killed once in each run, in every
     * way at every step.
     */
    static Scenario killedAtEveryStep(Memory memory) {
        List<Step> steps = new ArrayList<>();
        long start = Generator.START;
        int length = script(start).size();
        for (int at = 0; at < length; at++) {
            for (Step.Kill kill : List.of(
                    new Step.Kill(0, 0, 0, true),
                    new Step.Kill(3, 1, 0, true),
                    new Step.Kill(2, 0, 1, true),
                    new Step.Kill(1, 0, 1, false))) {
                List<Step> script = script(start);
                script.add(at, kill);
                steps.addAll(script);
                start += Generator.THIRTY_DAYS;
            }
        }
        return everyStep(memory, steps);
    }

    /** The same script on a disk that is full at every step, after every number of bytes that the step may write. */
    static Scenario fullAtEveryStep() {
        List<Step> steps = new ArrayList<>();
        long start = Generator.START;
        int length = script(start).size();
        for (int at = 0; at < length; at++) {
            for (int room = 0; room < 400; room += 13) {
                List<Step> script = script(start);
                script.add(at, new Step.FullDisk(room, room % 3));
                steps.addAll(script);
                start += Generator.THIRTY_DAYS;
            }
        }
        return everyStep(Memory.JOURNAL, steps);
    }

    /**
     * A user's minute is closed and judged again, while the disk is full from every step on until a batch has been refused; and the
     * process is killed at every step after that. What was taken must be on the disk by then.
     */
    static Scenario fullAndThenKilled() {
        List<Step> steps = new ArrayList<>();
        long start = Generator.START;
        int length = closedInMidScript(start).size();
        for (int full = 0; full < length; full++) {
            for (int killed = full + 2; killed <= length + 1; killed++) {
                for (int room : new int[] {0}) {
                    List<Step> script = closedInMidScript(start);
                    script.add(full, new Step.FullDisk(room, 0));
                    script.add(killed, new Step.Kill(0, 0, 0, true));
                    steps.addAll(script);
                    start += Generator.THIRTY_DAYS;
                }
            }
        }
        return everyStep(Memory.JOURNAL, steps);
    }

    /** The host says that the minute is over, which no record does; so only the host's word can be lost. */
    private static List<Step> closedInMidScript(long start) {
        List<Step> script = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            script.add(sent(start + i, Read.WANTED.get(i % 2)));
        }
        script.add(new Step.Advance(start + 12 * Generator.MINUTE));
        script.add(sent(start + 12 * Generator.MINUTE, "KeyGet"));
        script.add(sent(start + 4, "CertificateGet"));
        script.add(sent(start + 12 * Generator.MINUTE + 1, "SecretGet"));
        script.add(sent(start + 12 * Generator.MINUTE + 2, "SecretGet"));
        script.add(new Step.Advance(start + 14 * Generator.MINUTE));
        return script;
    }

    /**
     * A minute is settled by the host's word, and enough records for an alert come for it too late, behind the last commit; then the
     * process is killed. They are all that is sent again.
     */
    static Scenario settledAndThenKilled(Source source) {
        long start = Generator.START;
        List<Step> steps = new ArrayList<>();
        for (int count : new int[] {6, 2, 0}) {
            steps.add(new Step.Send(0, reads(start, 0, count)));
            steps.add(new Step.Advance(start + 12 * Generator.MINUTE));
            steps.add(new Step.Send(0, reads(start, count, 4)));
            steps.add(new Step.Kill(1, 0, 0, true));
            steps.add(new Step.Advance(start + 14 * Generator.MINUTE));
            start += Generator.THIRTY_DAYS;
        }
        return new Scenario(
                0,
                List.of(FuzzRule.shipped(3, 2)),
                1,
                false,
                1_000,
                10 * Generator.MINUTE,
                0,
                true,
                source,
                Memory.HEALTH,
                0,
                List.copyOf(steps));
    }

    private static List<Read> reads(long start, int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(i -> new Read(start + i, Read.WANTED.get(i % 2), "ann@contoso.example", "192.0.2.1", "V1"))
                .toList();
    }

    private static Scenario everyStep(Memory memory, List<Step> steps) {
        return new Scenario(
                0,
                List.of(FuzzRule.shipped(3, 2)),
                1,
                false,
                1_000,
                10 * Generator.MINUTE,
                0,
                true,
                Source.POSITIONS,
                memory,
                0,
                steps);
    }

    private static List<Step> script(long start) {
        List<Step> script = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            script.add(sent(start + i, Read.WANTED.get(i % 2)));
        }
        script.add(sent(start + Generator.MINUTE + 1_000, "KeyGet"));
        script.add(sent(start + 4, "CertificateGet"));
        script.add(sent(start + Generator.MINUTE + 2_500, "KeyGet"));
        script.add(sent(start + 5, "SecretGet"));
        script.add(sent(start + Generator.MINUTE + 2_600, "SecretGet"));
        script.add(new Step.Advance(start + 2 * Generator.MINUTE));
        return script;
    }

    private static Step sent(long time, String action) {
        return new Step.Send(0, List.of(new Read(time, action, "ann@contoso.example", "192.0.2.1", "V1")));
    }

    private static final class Generator {
        private static final long MINUTE = 60_000;
        private static final long START = 29_000_000L * MINUTE;
        private static final long THIRTY_DAYS = 43_200 * MINUTE;

        /** As time.idle-retention is by default. */
        private static final long DEFAULT_RETENTION = 120 * MINUTE;

        private final long seed;
        private final Random random;
        private final Dice dice;
        private final List<Step> steps = new ArrayList<>();

        /** Where reality is: operations happen now, and are told now or later. */
        private long now;

        /** How far what each source brings lies behind that. */
        private final long[] skew;

        private final Memory memory;
        private final boolean hostOwnsTime;
        private final long slack;
        private final long lateness;
        private final boolean rulesChange;
        private final List<FuzzRule> first;
        private List<FuzzRule> rules;

        Generator(long seed) {
            this.seed = seed;
            this.random = new Random(seed * 0x9E3779B97F4A7C15L);
            this.dice = new Dice(random);
            this.memory = oneOf(Memory.NONE, Memory.JOURNAL, Memory.HEALTH, Memory.JOURNAL, Memory.NONE);
            this.hostOwnsTime = random.nextInt(3) == 0;
            this.first = drawn();
            this.rules = first;
            boolean ordered = rules.stream().anyMatch(rule -> rule.kind() == Kind.ORDERED);
            this.slack = oneOf(0L, 5_000L, 30_000L);
            // An ordered rule follows time in steps of a second: that is looked at elsewhere.
            this.lateness = oneOf(10 * MINUTE, 10 * MINUTE, 2 * MINUTE, 90_000L, ordered ? 90_000L : 0L);
            // Without a journal, what is sent again is judged by the rules of now; the verdicts of then are not known.
            this.rulesChange = memory != Memory.HEALTH && random.nextInt(3) > 0;
            this.skew = new long[oneOf(1, 1, 2, 3)];
            for (int i = 1; i < skew.length; i++) {
                skew[i] = oneOf(0, random.nextInt(5_000), random.nextInt(90_000));
            }
        }

        /**
         * One rule or two. Without a journal, the next process knows nothing of what an ordered rule said: it says again what stands,
         * and can't take back what does not.
         */
        private List<FuzzRule> drawn() {
            FuzzRule shipped = FuzzRule.shipped(3 + random.nextInt(8), 1 + random.nextInt(3));
            FuzzRule one = RuleDice.rule("drawn-one", kind(), dice);
            return oneOf(
                    List.of(shipped),
                    List.of(one),
                    List.of(one, shipped),
                    List.of(one, RuleDice.rule("drawn-two", kind(), dice)));
        }

        private Kind kind() {
            return memory == Memory.HEALTH
                    ? Kind.TUMBLING
                    : oneOf(Kind.TUMBLING, Kind.TUMBLING, Kind.ORDERED, Kind.ORDERED, Kind.EVENT);
        }

        Scenario scenario(int runs) {
            // What is sent again to an empty plugin tells it less of an idle source than the one before it knew.
            long retention = memory == Memory.HEALTH ? 0 : oneOf(0L, DEFAULT_RETENTION, DEFAULT_RETENTION);
            Source source = source();
            for (int run = 0; run < runs; run++) {
                now = START + run * THIRTY_DAYS + random.nextInt(120_000);
                run();
            }
            return new Scenario(
                    seed,
                    first,
                    skew.length,
                    hostOwnsTime,
                    slack,
                    lateness,
                    retention,
                    random.nextBoolean(),
                    source,
                    memory,
                    random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 0,
                    List.copyOf(steps));
        }

        private Source source() {
            if (memory != Memory.JOURNAL) {
                return oneOf(Source.NOTHING, Source.POSITIONS, Source.CONTENT);
            }
            // To open a source again makes it active, which the next process would do and an undisturbed one does not.
            return skew.length > 1 ? Source.POSITIONS : oneOf(Source.POSITIONS, Source.CONTENT);
        }

        private void run() {
            int length = 60 + random.nextInt(80);
            int pace = oneOf(200, 1_000, 2_500);
            int firstFault = random.nextInt(10) == 0 ? random.nextInt(length) : length;
            int secondFault = firstFault + random.nextInt(2 * length);
            for (int i = 0; i < length; i++) {
                now += random.nextInt(pace);
                int what = random.nextInt(1_000);
                if (i == firstFault || i == secondFault) {
                    fault();
                } else if (what < 5
                        && !hostOwnsTime
                        && !isSentAnewBySeveral()
                        && first.get(0).kind() != Kind.EVENT) {
                    silence();
                } else if (what < 15) {
                    now += random.nextInt(150_000);
                } else if (what < (hostOwnsTime ? 90 : 30)) {
                    steps.add(new Step.Advance(now - random.nextInt(10_000)));
                } else if (what < 110 && what >= 90 && skew.length > 1 && memory != Memory.HEALTH) {
                    steps.add(new Step.Idle(random.nextInt(skew.length)));
                } else {
                    send();
                }
            }
            steps.add(new Step.Advance(now + MINUTE));
        }

        /** An empty plugin waits for each source again, and is told late what the one before it knew of the others. */
        private boolean isSentAnewBySeveral() {
            return memory == Memory.HEALTH && skew.length > 1;
        }

        /** Follows an event that is in time, so that there is something to end: of a rule over single events there never is. */
        private void silence() {
            String action = first.get(0).actions().contains("SecretGet") ? "SecretGet" : "KeyGet";
            steps.add(new Step.Send(
                    0, List.of(new Read(now, action, oneOf("ann", "bob") + "@contoso.example", "192.0.2.1", "V1"))));
            long millis = slack + random.nextInt(90_000);
            steps.add(new Step.Silence(millis));
            now += random.nextInt(4) == 0 ? 0 : millis;
        }

        /** Starting and reloading take longest, so there are few of them; of kills most. */
        private void fault() {
            if (memory == Memory.JOURNAL && random.nextInt(2) == 0) {
                steps.add(new Step.FullDisk(random.nextInt(1_500), random.nextInt(4)));
            }
            int what = random.nextInt(10);
            if (what == 0) {
                steps.add(new Step.BrokenReload(oneOf("group by nobody", "from nothing", "")));
            } else if (memory == Memory.NONE || what < 3) {
                rules = rulesChange ? changed() : rules;
                steps.add(new Step.Reload(rules, random.nextInt(3) == 0 && areShort() ? "// Edited.\n" : ""));
            } else if (what < 4) {
                steps.add(new Step.Reopen());
            } else {
                steps.add(new Step.Kill(
                        random.nextInt(40),
                        random.nextInt(3) == 0 ? 1 + random.nextInt(1_500) : 0,
                        random.nextBoolean() ? 1 + random.nextInt(3) : 0,
                        random.nextBoolean()));
            }
        }

        /**
         * A rule whose text has changed takes its events from the store, minute by minute and not in order of arrival: where a window is
         * longer, EARLY may come at another event.
         */
        private boolean areShort() {
            return rules.stream().allMatch(rule -> rule.kind() != Kind.TUMBLING || rule.length() <= MINUTE);
        }

        /**
         * Other thresholds, bar those of ordered rules, of which what stands would be a mixture of what two said, and of long windows
         * that count other things than actions, which are taken from the store anew.
         */
        private List<FuzzRule> changed() {
            List<FuzzRule> changed = RuleDice.changed(rules, dice);
            return IntStream.range(0, rules.size())
                    .mapToObj(i -> (mayChange(rules.get(i)) ? changed : rules).get(i))
                    .toList();
        }

        private static boolean mayChange(FuzzRule rule) {
            return rule.kind() == Kind.TUMBLING
                    && (rule.length() <= MINUTE || rule.distinct().equals("action"));
        }

        private void send() {
            int source = random.nextInt(skew.length);
            int what = random.nextInt(100);
            if (what < 2) {
                steps.add(new Step.Send(source, List.of()));
            } else if (what < 6 && !steps.isEmpty()) {
                Step earlier = steps.get(Math.max(0, steps.size() - 1 - random.nextInt(40)));
                if (earlier instanceof Step.Send) {
                    steps.add(earlier);
                }
            } else {
                int together = what < 12 ? 2 + random.nextInt(4) : 1;
                List<Read> reads = new ArrayList<>();
                for (int i = 0; i < together; i++) {
                    reads.add(read(when() - skew[source]));
                }
                steps.add(new Step.Send(source, List.copyOf(reads)));
            }
        }

        private long when() {
            int what = random.nextInt(100);
            if (what < 55) {
                return now;
            } else if (what < 70) {
                return now - random.nextInt((int) slack + 1);
            } else if (what < 90) {
                return now - random.nextInt((int) (lateness / 3 + MINUTE));
            } else if (what < 93 && !isSentAnewBySeveral()) {
                return now - lateness - random.nextInt((int) (3 * MINUTE));
            } else if (what < 96) {
                return now / MINUTE * MINUTE - random.nextInt(2) - oneOf(0, 1, 2) * MINUTE;
            }
            return now + random.nextInt(20_000);
        }

        private Read read(long time) {
            String action = random.nextInt(40) == 0
                    ? Read.UNWANTED
                    : Read.WANTED.get(random.nextInt(4) * random.nextInt(4) / 3);
            return new Read(
                    time,
                    action,
                    random.nextInt(40) == 0 ? null : oneOf("ann", "ann", "bob", "evelyn") + "@contoso.example",
                    "192.0.2." + random.nextInt(3),
                    "V" + random.nextInt(3));
        }

        @SafeVarargs
        private <T> T oneOf(T... choices) {
            return choices[random.nextInt(choices.length)];
        }
    }
}
