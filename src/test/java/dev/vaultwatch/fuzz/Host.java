package dev.vaultwatch.fuzz;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.api.SourceSpec;
import dev.vaultwatch.fuzz.Scenario.Feeder;
import dev.vaultwatch.fuzz.Scenario.Memory;
import dev.vaultwatch.fuzz.Scenario.Places;
import dev.vaultwatch.fuzz.Step.Shape;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Leads a scenario with the plugin. A killed process is one whose journal is copied at that instant and whose every later word is
 * ignored; the next one starts on the copy, and the host sends again from its last commit.
 */
final class Host {
    private static final int PATIENCE = 300;

    private final Scenario scenario;
    private final Path folder;
    private final Path cache;
    private final Account account = new Account();
    private final Ceiling ceiling;
    private final AtomicLong clock;
    private final Map<String, FuzzRule> everyRule = new HashMap<>();
    private final Feed[] feeds;
    private List<FuzzRule> rules;
    private PluginHealth committed =
            PluginHealth.builder(PluginHealth.State.NEW).build();
    private Life life;
    private int lives;
    private int at;
    private long offered;
    private long recordsBefore;

    /** A watermark that the plugin has had, for certain. */
    private long reached = Long.MIN_VALUE;

    private Step.Kill kill = new Step.Kill(0, true, 0, List.of(), false, false);

    /** How far a source has been read. */
    private static final class Feed {
        final Feeder feeder;

        /** The next record to give, the first that is not committed, the first of the epoch, one behind the last ever given. */
        int next;

        int commit;
        int epochStart;
        int epoch;
        int given;

        /** Records whose feeding was put off by an OVERLOADED, and what the dead process said of those it had not finished. */
        int waiting;

        boolean closed;

        Feed(Feeder feeder) {
            this.feeder = feeder;
        }

        long offset(int index) {
            return (long) (index - epochStart) * feeder.gap();
        }

        boolean ended() {
            return next >= feeder.items().size();
        }
    }

    private Host(Scenario scenario, Path folder, Path cache) {
        this.scenario = scenario;
        this.folder = folder;
        this.cache = cache;
        this.ceiling = new Ceiling(scenario);
        this.clock = new AtomicLong(scenario.clock());
        this.rules = scenario.rules();
        this.feeds = scenario.feeders().stream().map(Feed::new).toArray(Feed[]::new);
        rules.forEach(rule -> everyRule.put(rule.id(), rule));
        account.eras.add(new Era(rules, Long.MIN_VALUE, Long.MIN_VALUE));
        writeRules("");
        life = begin(false);
    }

    /** Runs a scenario in a folder of its own. */
    static Account run(Scenario scenario, Path folder, Path cache) {
        Host host = new Host(scenario, folder, cache);
        try {
            host.live();
        } finally {
            host.life.plugin.close();
        }
        return host.account;
    }

    private void writeRules(String comment) {
        Folders.writeRules(folder.resolve("rules"), rules, comment);
    }

    private Path journal(int number) {
        return folder.resolve("journal" + number);
    }

    private Life begin(boolean failsFirst) {
        int number = lives++;
        Life begun = new Life(
                number,
                scenario,
                account,
                everyRule,
                clock,
                folder.resolve("rules"),
                cache,
                journal(number),
                journal(number + 1));
        begun.at(at);
        if (failsFirst) {
            Folders.breakRules(folder.resolve("rules"), rules);
            try {
                begun.plugin.start();
                account.wrong("a rule that can't be compiled was started");
            } catch (RuleException expected) {
                writeRules("");
            }
        }
        begun.plugin.start();
        offered = 0;
        recordsBefore = begun.plugin.health().records();
        return begun;
    }

    private void openAll() {
        for (int i = 0; i < feeds.length; i++) {
            if (!feeds[i].closed && !feeds[i].feeder.name().isEmpty()) {
                open(i);
            }
        }
    }

    private Source open(int index) {
        Feed feed = feeds[index];
        SourceSpec spec = SourceSpec.of(feed.feeder.name());
        Source source = life.open(index, feed.epoch > 0 ? spec.epoch("epoch " + feed.epoch) : spec);
        feed.closed = false;
        ceiling.opened(index);
        return source;
    }

    private void live() {
        openAll();
        commit();
        for (at = 0; at < scenario.steps().size(); at++) {
            life.at(at);
            take(scenario.steps().get(at));
            if (life.isDead()) {
                revive();
            } else {
                commit();
            }
            checkTime();
        }
        life.at(at);
        life.disarm();
        life.bePatient();
        feedTheRest();
        life.plugin.endOfInput();
        drain();
        finish();
    }

    private void take(Step step) {
        if (step instanceof Step.Feed feed) {
            feed(feed.source(), feed.count(), feed.shape());
        } else if (step instanceof Step.Repeat repeat) {
            repeat(repeat);
        } else if (step instanceof Step.Tick tick) {
            ceiling.clockAt(clock.addAndGet(tick.millis()));
        } else if (step instanceof Step.Advance advance) {
            ceiling.toldAll(advance.to());
            life.plugin.advanceTo(Instant.ofEpochMilli(advance.to()));
        } else if (step instanceof Step.AdvanceSource advance) {
            Source source = life.sources.get(advance.source());
            if (source != null && !feeds[advance.source()].closed) {
                ceiling.told(advance.source(), advance.to());
                source.advanceTo(Instant.ofEpochMilli(advance.to()));
            }
        } else if (step instanceof Step.Idle idle) {
            Source source = life.sources.get(idle.source());
            if (source != null && !feeds[idle.source()].closed) {
                ceiling.quiet(idle.source());
                source.idle();
            }
        } else if (step instanceof Step.Close close) {
            close(close.source());
        } else if (step instanceof Step.Epoch epoch) {
            beginEpoch(epoch.source());
        } else if (step instanceof Step.Garbage garbage) {
            garbage(garbage.source());
        } else if (step instanceof Step.Misuse misuse) {
            misuse(misuse.source());
        } else if (step instanceof Step.Reload reload) {
            reload(reload);
        } else if (step instanceof Step.BrokenReload) {
            Folders.breakRules(folder.resolve("rules"), rules);
            if (life.plugin.reload().applied()) {
                account.wrong("a rule that can't be compiled was applied at step " + at);
            }
            writeRules("");
        } else if (step instanceof Step.Kill last) {
            kill = last;
            life.arm(last);
        } else if (step instanceof Step.Restart restart) {
            restart(restart);
        } else {
            life.settle();
        }
    }

    private void close(int index) {
        Source source = life.sources.get(index);
        if (source != null) {
            ceiling.gone(index);
            feeds[index].closed = true;
            source.close();
        }
    }

    private void feed(int source, int count, Shape shape) {
        Feed feed = feeds[source];
        feed.waiting += count;
        for (int i = 0; i < feeds.length; i++) {
            if (i != source && feeds[i].waiting > 0) {
                feedWaiting(i, Shape.SINGLE);
            }
        }
        feedWaiting(source, shape);
    }

    /** Gives a source's records that are due; false if the plugin took none. */
    private boolean feedWaiting(int source, Shape shape) {
        Feed feed = feeds[source];
        boolean moved = false;
        while (feed.waiting > 0 && !feed.ended() && !life.isDead()) {
            int most = Math.min(feed.waiting, feed.feeder.items().size() - feed.next);
            int together = isBlock(feed, shape) ? most : 1;
            if (!offer(source, feed.next, together, shape)) {
                return moved;
            }
            moved = true;
            if (!life.isDead()) {
                feed.waiting -= together;
                feed.next += together;
            }
        }
        if (feed.ended()) {
            feed.waiting = 0;
        }
        return moved;
    }

    private static boolean isBlock(Feed feed, Shape shape) {
        boolean placeless = feed.feeder.places() == Places.NONE;
        boolean dense = feed.feeder.places() == Places.OFFSETS && feed.feeder.gap() == 1;
        return (placeless || dense) && (shape == Shape.LINES || shape == Shape.ENVELOPE || shape == Shape.ARRAY);
    }

    private void repeat(Step.Repeat repeat) {
        Feed feed = feeds[repeat.source()];
        int first = Math.max(feed.epochStart, feed.next - repeat.back());
        int last = Math.min(feed.next, first + repeat.count());
        boolean known =
                feed.feeder.places() != Places.NONE || scenario.settings().dedupe();
        if (!known || feed.closed) {
            return;
        }
        if (isBlock(feed, repeat.shape()) && !scenario.settings().dedupe() && last > first) {
            offer(repeat.source(), first, last - first, repeat.shape());
            return;
        }
        for (int i = first; i < last && !life.isDead(); i++) {
            offer(repeat.source(), i, 1, Shape.SINGLE);
        }
    }

    /** One call; false if it was not taken. */
    private boolean offer(int source, int first, int count, Shape shape) {
        Feed feed = feeds[source];
        List<Item> items = feed.feeder.items().subList(first, first + count);
        if (feed.closed) {
            open(source);
        }
        for (Item item : items) {
            if (item.isEvent() && !isImpossible(item)) {
                ceiling.seen(source, item.time());
            }
        }
        Admission admission = accept(source, feed, first, items, shape);
        if (life.isDead()) {
            account.late.addAll(life.late());
            return true;
        }
        if (admission.status() == Admission.Status.OVERLOADED) {
            life.late();
            life.bad();
            return false;
        }
        book(feed, first, items, admission);
        return true;
    }

    private Admission accept(int source, Feed feed, int first, List<Item> items, Shape shape) {
        byte[] json = json(items, shape);
        DetectionPlugin plugin = life.plugin;
        OffsetRange range = new OffsetRange(feed.offset(first), feed.offset(first + items.size() - 1));
        if (feed.feeder.name().isEmpty()) {
            return switch (shape) {
                case MAP -> plugin.accept(items.get(0).record());
                case PART_OF_ARRAY -> plugin.accept(padded(json), 3, json.length);
                default -> plugin.accept(json);
            };
        }
        Source named = life.sources.get(source);
        if (named == null) {
            named = open(source);
        }
        return switch (feed.feeder.places()) {
            case POSITIONS -> plugin.accept(new SourcePosition(feed.feeder.name(), range.first()), json);
            case OFFSETS ->
                switch (shape) {
                    case MAP -> named.accept(range, items.get(0).record());
                    case PART_OF_ARRAY -> named.accept(range, padded(json), 3, json.length);
                    default -> named.accept(range, json);
                };
            case NONE ->
                switch (shape) {
                    case MAP -> named.accept(items.get(0).record());
                    case PART_OF_ARRAY -> named.accept(padded(json), 3, json.length);
                    default -> named.accept(json);
                };
        };
    }

    private static byte[] padded(byte[] json) {
        byte[] wider = new byte[json.length + 7];
        System.arraycopy(json, 0, wider, 3, json.length);
        return wider;
    }

    private static byte[] json(List<Item> items, Shape shape) {
        String text = switch (shape) {
            case ENVELOPE -> items.stream().map(Item::json).collect(Collectors.joining(",", "{\"records\":[", "]}"));
            case ARRAY -> items.stream().map(Item::json).collect(Collectors.joining(",", "[", "]"));
            default -> items.stream().map(Item::json).collect(Collectors.joining("\n"));
        };
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private boolean isImpossible(Item item) {
        return item.time() > clock.get() + 600_000;
    }

    private void book(Feed feed, int first, List<Item> items, Admission admission) {
        offered += items.size();
        Set<Integer> late = life.late();
        Set<Integer> bad = life.bad();
        if (admission.records() != items.size()
                && !(Boolean.getBoolean("fuzz.single") && admission.status() == Admission.Status.REPEATED)) {
            account.wrong("step " + at + ": " + items.size() + " records were answered with " + admission);
        }
        for (Item item : items) {
            if (!item.isEvent()) {
                continue;
            }
            if (bad.contains(item.number())) {
                account.bad.add(item.number());
                if (!isImpossible(item)) {
                    account.wrong("step " + at + ": a sound record is bad: " + item.toString(scenario.origin()));
                }
            } else if (late.contains(item.number())) {
                if (!account.taken.containsKey(item.number())) {
                    account.late.add(item.number());
                    checkLate(item);
                }
            } else if (admission.repeated() == 0 || !account.late.contains(item.number())) {
                account.late.remove(item.number());
                account.taken.putIfAbsent(item.number(), new Account.Taken(account.eras.size() - 1, ceiling.value()));
            }
        }
        feed.given = Math.max(feed.given, first + items.size());
        admission.safeOffset().ifPresent(safe -> checkSafe(feed, first + items.size(), safe));
    }

    private void checkSafe(Feed feed, int given, long safe) {
        if (safe > feed.offset(Math.max(given, feed.given) - 1)) {
            account.wrong("step " + at + ": offset " + safe + " is safe, and was not given yet");
        }
    }

    /** An event may be dropped only if no rule's window of it can have changed any more. */
    private void checkLate(Item item) {
        boolean may = account.notices.containsKey("LATENESS_CUT");
        for (FuzzRule rule : rules) {
            if (rule.wants(item)) {
                long end = rule.group(item).start() + rule.length();
                may |= end + scenario.settings().lateness() <= ceiling.value();
            }
        }
        if (!may) {
            account.wrong("step " + at + ": dropped as late too early: " + item.toString(scenario.origin())
                    + "; time can have come to +" + (ceiling.value() - scenario.origin()) / 1_000.0 + " s at most");
        }
    }

    private void checkTime() {
        PluginHealth health = life.plugin.health();
        health.watermark().ifPresent(time -> {
            reached = Math.max(reached, time.toEpochMilli());
            if (time.toEpochMilli() > ceiling.value()) {
                account.wrong("after step " + at + " the watermark is +"
                        + (time.toEpochMilli() - scenario.origin()) / 1_000.0 + " s, and can be +"
                        + (ceiling.value() - scenario.origin()) / 1_000.0 + " s at most");
            }
        });
    }

    private void beginEpoch(int source) {
        Feed feed = feeds[source];
        if (feed.feeder.places() != Places.OFFSETS || feed.waiting > 0) {
            return;
        }
        feed.epoch++;
        feed.epochStart = feed.next;
        feed.commit = feed.next;
        open(source);
    }

    private void garbage(int source) {
        byte[] text = "{\"time\": \"2026-".getBytes(StandardCharsets.UTF_8);
        Feed feed = feeds[source];
        if (feed.closed || feed.feeder.places() == Places.POSITIONS) {
            return;
        }
        Source named = life.sources.get(source);
        Admission admission = named == null ? life.plugin.accept(text) : named.accept(text);
        if (admission.status() == Admission.Status.TAKEN) {
            offered += admission.records();
            if (admission.bad() != 1) {
                account.wrong("step " + at + ": garbage was answered with " + admission);
            }
        }
        life.bad();
    }

    private void misuse(int index) {
        Source source = life.sources.get(index);
        if (source == null) {
            return;
        }
        try {
            life.plugin.start();
            account.wrong("step " + at + ": started twice");
        } catch (IllegalStateException expected) {
            // As documented.
        }
        if (feeds[index].closed) {
            source.close();
            try {
                source.accept("{}".getBytes(StandardCharsets.UTF_8));
                account.wrong("step " + at + ": a closed source took a record");
            } catch (IllegalStateException expected) {
                // As documented.
            }
        } else {
            source.advanceTo(Instant.EPOCH);
            life.plugin.advanceTo(Instant.EPOCH);
        }
    }

    private void reload(Step.Reload reload) {
        long least = life.plugin.health().watermark().map(Instant::toEpochMilli).orElse(Long.MIN_VALUE);
        rules = reload.rules();
        rules.forEach(rule -> everyRule.putIfAbsent(rule.id(), rule));
        writeRules(reload.comment() ? "// Tuned at step " + at + ".\n" : "");
        account.eras.add(new Era(rules, least, ceiling.value()));
        if (!life.plugin.reload().applied()) {
            account.wrong("step " + at + ": a sound rule was refused: "
                    + life.plugin.health().lastReload());
        }
    }

    /** What the host keeps in case that it dies. */
    private void commit() {
        if (scenario.settings().memory() == Memory.HEALTH) {
            committed = life.plugin.health();
        }
        for (Feed feed : feeds) {
            feed.commit = feed.next;
        }
    }

    private void revive() {
        account.killed.add(life.number);
        life.plugin.close();
        change(kill.rules(), kill.comment());
        life = begin(kill.failsFirst());
        if (scenario.settings().memory() == Memory.HEALTH) {
            committed.resumeAt().ifPresent(time -> {
                ceiling.toldAll(time.toEpochMilli());
                life.plugin.advanceTo(time);
            });
        }
        openAll();
        for (Feed feed : feeds) {
            int last = feed.next;
            if (scenario.settings().memory() == Memory.HEALTH) {
                Long oldest = committed.oldestPositions().get(feed.feeder.name());
                feed.next = oldest == null ? feed.commit : feed.epochStart + (int) (oldest / feed.feeder.gap());
            } else if (feed.feeder.places() != Places.NONE) {
                feed.next = Math.max(feed.epochStart, feed.commit - kill.resent());
            } else {
                feed.next = feed.commit;
            }
            feed.waiting += last - feed.next;
        }
        for (int i = 0; i < feeds.length; i++) {
            feedWaiting(i, Shape.SINGLE);
        }
        commit();
    }

    private void change(List<FuzzRule> others, boolean comment) {
        if (!others.isEmpty()) {
            rules = others;
            rules.forEach(rule -> everyRule.putIfAbsent(rule.id(), rule));
            account.eras.add(new Era(rules, reached, ceiling.value()));
        }
        if (comment || !others.isEmpty()) {
            writeRules(comment ? "// Tuned while it was down, before step " + at + ".\n" : "");
        }
    }

    private void restart(Step.Restart restart) {
        if (scenario.settings().memory() != Memory.JOURNAL) {
            return;
        }
        life.settle();
        life.plugin.close();
        life.settle();
        if (life.isDead()) {
            return;
        }
        PluginHealth before = life.plugin.health();
        checkSums(before);
        change(restart.rules(), restart.comment());
        Folders.copy(journal(life.number), journal(life.number + 1));
        life = begin(false);
        checkKept(before, life.plugin.health());
        openAll();
    }

    private void checkKept(PluginHealth before, PluginHealth after) {
        for (Counter counter : List.of(Counter.KEPT, Counter.LATE, Counter.ALERTS, Counter.WITHHELD)) {
            if (after.value(counter) < before.value(counter)) {
                account.wrong("step " + at + ": " + counter + " was " + before.value(counter)
                        + " before the restart, and is " + after.value(counter));
            }
        }
    }

    private void feedTheRest() {
        boolean moved = true;
        int attempts = 0;
        while (anyLeft() && (moved || attempts++ < PATIENCE)) {
            moved = false;
            for (int i = 0; i < feeds.length; i++) {
                feeds[i].waiting = Math.min(17, feeds[i].feeder.items().size() - feeds[i].next);
                moved |= feedWaiting(i, Shape.SINGLE);
                if (feeds[i].ended()
                        && !feeds[i].closed
                        && !feeds[i].feeder.name().isEmpty()) {
                    close(i);
                }
            }
            life.settle();
            if (!moved) {
                pause();
            }
        }
        if (anyLeft()) {
            List<String> left = new ArrayList<>();
            for (Feed feed : feeds) {
                left.add(feed.feeder.name() + ": " + (feed.feeder.items().size() - feed.next));
            }
            account.wrong(
                    "every source is refused for good, with records left in " + left + "; " + life.plugin.health());
        }
    }

    private boolean anyLeft() {
        for (Feed feed : feeds) {
            if (!feed.ended()) {
                return true;
            }
        }
        return false;
    }

    private void pause() {
        ceiling.clockAt(clock.addAndGet(1_000));
        life.plugin.advanceTo(Instant.EPOCH);
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Until nothing waits for delivery. */
    private void drain() {
        life.settle();
        for (int i = 0; i < PATIENCE && life.plugin.health().value(Counter.WAITING) > 0; i++) {
            pause();
            life.settle();
        }
    }

    private void finish() {
        PluginHealth health = life.plugin.health();
        checkSums(health);
        long records = health.records() - recordsBefore;
        if (records != offered && !Boolean.getBoolean("fuzz.single")) {
            account.wrong(offered + " records were given in the last life, and " + records + " are counted: " + health);
        }
        account.withheld = health.withheld();
        account.cut |= health.cut() > 0 || account.notices.containsKey("EVIDENCE_CUT");
        boolean owes = health.value(Counter.WAITING) > 0;
        life.plugin.close();
        life.settle();
        if (owes && scenario.settings().memory() == Memory.JOURNAL) {
            Folders.copy(journal(life.number), journal(life.number + 1));
            life = begin(false);
            life.bePatient();
            drain();
            life.plugin.close();
            life.settle();
        }
    }

    private void checkSums(PluginHealth health) {
        long sum = health.kept()
                + health.ignored()
                + health.unrecognised()
                + health.repeated()
                + health.late()
                + health.bad();
        if (sum != health.records()) {
            account.wrong("step " + at + ": the counts of " + health + " add up to " + sum);
        }
        if (!Boolean.getBoolean("fuzz.single")
                && !account.late.isEmpty()
                && health.late() > 0
                && !account.notices.containsKey("LATE_LOSS")) {
            account.wrong("dropped as late without a notice: " + health.late());
        }
    }
}
