package dev.vaultwatch.fuzz;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import dev.vaultwatch.fuzz.Scenario.Memory;
import dev.vaultwatch.fuzz.Scenario.Places;
import dev.vaultwatch.fuzz.Step.Shape;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

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
    private final Books books;
    private final AtomicLong clock;
    private final Reading[] feeds;
    private final RulesInForce rules;
    private PluginHealth committed =
            PluginHealth.builder(PluginHealth.State.NEW).build();
    private Life life;
    private int lives;
    private int at;
    private long offered;
    private long recordsBefore;
    private long withheldBefore;

    /** A watermark that the plugin has had, for certain. */
    private long reached = Long.MIN_VALUE;

    private Step.Kill kill = new Step.Kill(0, true, 0, List.of(), false, false);

    private Host(Scenario scenario, Path folder, Path cache) {
        this.scenario = scenario;
        this.folder = folder;
        this.cache = cache;
        this.ceiling = new Ceiling(scenario);
        this.clock = new AtomicLong(scenario.clock());
        this.books = new Books(scenario, account, ceiling, clock);
        this.feeds = scenario.feeders().stream().map(Reading::new).toArray(Reading[]::new);
        this.rules = new RulesInForce(folder.resolveSibling("rules"), account, scenario.rules());
        life = begin(false);
    }

    /** Runs a scenario in a folder of its own. */
    static Account run(Scenario scenario, Path folder, Path cache) {
        Host host = new Host(scenario, folder, cache);
        try {
            host.live();
        } finally {
            host.life.close();
        }
        return host.account;
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
                rules.every(),
                clock,
                rules.folder(),
                cache,
                journal(number),
                journal(number + 1));
        begun.at(at);
        if (failsFirst) {
            rules.whileBroken(() -> {
                try {
                    begun.plugin.start();
                    account.wrong("a rule that can't be compiled was started");
                } catch (RuleException expected) {
                    // As documented.
                }
            });
        }
        begun.plugin.start();
        offered = 0;
        recordsBefore = begun.plugin.health().records();
        return begun;
    }

    /** Records that were given and that the plugin knows: given again they are no news of their source, which may stay idle. */
    private final Set<Integer> knownToPlugin = new HashSet<>();

    private void openAll() {
        for (int i = 0; i < feeds.length; i++) {
            if (!feeds[i].closed && !feeds[i].revoked && !feeds[i].feeder.name().isEmpty()) {
                open(i);
            }
        }
    }

    private Source open(int index) {
        Reading feed = feeds[index];
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
            books.at(at, rules.now());
            take(scenario.steps().get(at));
            if (life.isDead()) {
                revive();
            } else {
                commit();
            }
            checkTime();
        }
        life.at(at);
        books.at(at, rules.now());
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
            if (source != null && feeds[advance.source()].isOpen()) {
                ceiling.told(advance.source(), advance.to());
                source.advanceTo(Instant.ofEpochMilli(advance.to()));
            }
        } else if (step instanceof Step.Idle idle) {
            Source source = life.sources.get(idle.source());
            if (source != null && feeds[idle.source()].isOpen()) {
                ceiling.quiet(idle.source());
                source.idle();
            }
        } else if (step instanceof Step.Close close) {
            close(close.source());
        } else if (step instanceof Step.Revoke revoke) {
            revoke(revoke.source());
        } else if (step instanceof Step.End) {
            end();
        } else if (step instanceof Step.Epoch epoch) {
            beginEpoch(epoch.source(), epoch.closedFirst());
        } else if (step instanceof Step.Garbage garbage) {
            Reading feed = feeds[garbage.source()];
            if (feed.isOpen() && feed.feeder.places() != Places.POSITIONS) {
                offered += Misuse.garbage(life, garbage.source(), what -> account.wrong("step " + at + ": " + what));
            }
        } else if (step instanceof Step.Misuse misuse) {
            Misuse.all(life, misuse.source(), !feeds[misuse.source()].isOpen(), ceiling)
                    .forEach(what -> account.wrong("step " + at + ": " + what));
        } else if (step instanceof Step.Reload reload) {
            reload(reload);
        } else if (step instanceof Step.BrokenReload) {
            rules.whileBroken(() -> {
                if (life.plugin.reload().applied()) {
                    account.wrong("a rule that can't be compiled was applied at step " + at);
                }
            });
        } else if (step instanceof Step.Kill last) {
            kill = last;
            life.arm(last);
        } else if (step instanceof Step.Restart restart) {
            restart(restart);
        } else {
            life.settle();
            if (isUndisturbed()) {
                Judge.overdue(scenario, account, reached).forEach(account::wrong);
            }
        }
    }

    /** Whether every alert must have been heard when its window has closed. */
    private boolean isUndisturbed() {
        return scenario.settings().listener() == Scenario.Listener.SIMPLE
                && !scenario.settings().cap()
                && account.eras.size() == 1
                && account.revoked.isEmpty()
                && account.doubtful.isEmpty()
                && lives == 1;
    }

    private void close(int index) {
        Source source = life.sources.get(index);
        if (source != null && !feeds[index].revoked) {
            ceiling.gone(index);
            feeds[index].closed = true;
            source.close();
        }
    }

    private void revoke(int index) {
        Source source = life.sources.get(index);
        Reading feed = feeds[index];
        if (source != null && !feed.revoked) {
            source.revoke();
            books.revoked(feed);
            ceiling.gone(index);
            feed.revoked = true;
            feed.waiting = 0;
        }
    }

    private void end() {
        for (int i = 0; i < feeds.length; i++) {
            ceiling.gone(i);
            feeds[i].closed |= life.sources.containsKey(i);
        }
        account.ended.add(account.eras.size() - 1);
        life.plugin.endOfInput();
    }

    private void feed(int source, int count, Shape shape) {
        Reading feed = feeds[source];
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
        Reading feed = feeds[source];
        boolean moved = false;
        while (feed.waiting > 0 && !feed.ended() && !life.isDead()) {
            int most = Math.min(feed.waiting, feed.feeder.items().size() - feed.next);
            int together = Calls.isBlock(feed, shape) ? most : 1;
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

    private void repeat(Step.Repeat repeat) {
        Reading feed = feeds[repeat.source()];
        int first = Math.max(feed.epochStart, feed.next - repeat.back());
        int last = Math.min(feed.next, first + repeat.count());
        boolean known =
                feed.feeder.places() != Places.NONE || scenario.settings().dedupe();
        if (!known || feed.closed || feed.revoked) {
            return;
        }
        if (Calls.isBlock(feed, repeat.shape()) && !scenario.settings().dedupe() && last > first) {
            offer(repeat.source(), first, last - first, repeat.shape());
            return;
        }
        for (int i = first; i < last && !life.isDead(); i++) {
            offer(repeat.source(), i, 1, Shape.SINGLE);
        }
    }

    /** One call; false if it was not taken. */
    private boolean offer(int source, int first, int count, Shape shape) {
        Reading feed = feeds[source];
        List<Item> items = feed.feeder.items().subList(first, first + count);
        if (feed.closed || (!feed.feeder.name().isEmpty() && !life.sources.containsKey(source))) {
            open(source);
        }
        List<Item> fresh = items.stream()
                .filter(item ->
                        item.isEvent() && account.offered.putIfAbsent(item.number(), account.eras.size() - 1) == null)
                .toList();
        Admission admission =
                Calls.give(life.plugin, Optional.ofNullable(life.sources.get(source)), feed, first, items, shape);
        if (admission.status() != Admission.Status.OVERLOADED) {
            seen(source, items);
            items.forEach(item -> knownToPlugin.add(item.number()));
        }
        if (life.isDead()) {
            feed.given = Math.max(feed.given, first + count);
            account.late.addAll(life.late());
            return true;
        }
        if (admission.status() == Admission.Status.OVERLOADED) {
            life.late();
            life.bad();
            fresh.forEach(item -> account.offered.remove(item.number()));
            return false;
        }
        offered += items.size();
        boolean isUsable = fresh.stream().allMatch(item -> rules.now().stream().anyMatch(rule -> rule.wants(item)));
        if (admission.repeated() > items.size() - fresh.size() && isUsable) {
            account.wrong("step " + at + ": taken for repeated at the first time, one of " + fresh);
        }
        books.book(life, source, feed, first, items, admission);
        return true;
    }

    private void seen(int source, List<Item> items) {
        for (Item item : items) {
            if (item.isEvent() && !books.isImpossible(item)) {
                boolean known = knownToPlugin.contains(item.number());
                if (!known && rules.now().stream().anyMatch(rule -> rule.wants(item))) {
                    ceiling.seen(source, item.time());
                } else {
                    ceiling.perhapsSeen(source, item.time());
                }
            }
        }
    }

    private void checkTime() {
        PluginHealth health = life.plugin.health();
        books.noteWithheld(health);
        health.watermark().ifPresent(time -> {
            reached = Math.max(reached, time.toEpochMilli());
            if (time.toEpochMilli() > ceiling.value()) {
                account.wrong("after step " + at + " the watermark is +"
                        + (time.toEpochMilli() - scenario.origin()) / 1_000.0 + " s, and can be +"
                        + (ceiling.value() - scenario.origin()) / 1_000.0 + " s at most");
            }
        });
    }

    private void beginEpoch(int source, boolean closedFirst) {
        Reading feed = feeds[source];
        if (feed.feeder.places() != Places.OFFSETS || feed.waiting > 0 || feed.revoked) {
            return;
        }
        if (closedFirst) {
            close(source);
        }
        feed.epoch++;
        feed.epochStart = feed.next;
        feed.commit = feed.next;
        open(source);
    }

    private void reload(Step.Reload reload) {
        long least = life.plugin.health().watermark().map(Instant::toEpochMilli).orElse(Long.MIN_VALUE);
        rules.change(reload.rules(), reload.comment(), least, ceiling.value());
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
        for (Reading feed : feeds) {
            feed.commit = feed.next;
        }
    }

    private void revive() {
        account.killed.add(life.number);
        if (scenario.settings().memory() == Memory.HEALTH) {
            // The next life knows nothing of it.
            withheldBefore += life.plugin.health().withheld();
            knownToPlugin.clear();
        }
        life.close();
        rules.change(kill.rules(), kill.comment(), reached, ceiling.value());
        life = begin(kill.failsFirst());
        if (scenario.settings().memory() == Memory.HEALTH) {
            committed.resumeAt().ifPresent(time -> {
                ceiling.toldAll(time.toEpochMilli());
                life.plugin.advanceTo(time);
            });
        }
        for (Reading feed : feeds) {
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
            // One that has to be sent again is open before another's records move time past it.
            feed.closed &= last == feed.next;
        }
        openAll();
        for (int i = 0; i < feeds.length; i++) {
            feedWaiting(i, Shape.SINGLE);
        }
        commit();
    }

    private void restart(Step.Restart restart) {
        if (scenario.settings().memory() != Memory.JOURNAL) {
            return;
        }
        life.settle();
        life.close();
        life.settle();
        if (life.isDead()) {
            return;
        }
        PluginHealth before = life.plugin.health();
        books.checkSums(before);
        rules.change(restart.rules(), restart.comment(), reached, ceiling.value());
        Folders.copy(journal(life.number), journal(life.number + 1));
        life = begin(false);
        books.checkKept(before, life.plugin.health());
        openAll();
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
            account.wrong("every source is refused for good, with records left; " + life.plugin.health());
        }
    }

    private boolean anyLeft() {
        for (Reading feed : feeds) {
            if (!feed.ended()) {
                return true;
            }
        }
        return false;
    }

    private void pause() {
        ceiling.clockAt(clock.addAndGet(1_000));
        long told = scenario.settings().hostOwnsTime() || hasDefaultEnded() ? timeOfTheRest() : 0;
        ceiling.toldAll(told);
        life.plugin.advanceTo(Instant.ofEpochMilli(told));
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The default source can't be closed: where silence does not count either, the host's word is what ends it. */
    private boolean hasDefaultEnded() {
        return scenario.settings().idleTimeout() == 0 && feeds[0].feeder.name().isEmpty() && feeds[0].ended();
    }

    /** A minute more than before: a host that owns time must not let it stand. */
    private long timeOfTheRest() {
        return Math.max(ceiling.value(), scenario.origin()) + Generator.MINUTE;
    }

    /** Until nothing waits for delivery; what the host has and does not acknowledge comes again in the next life alone. */
    private void drain() {
        life.settle();
        for (int i = 0; i < PATIENCE && life.plugin.health().value(Counter.WAITING) > life.unacknowledged(); i++) {
            pause();
            life.settle();
        }
    }

    private void finish() {
        PluginHealth health = life.plugin.health();
        books.checkSums(health);
        books.noteWithheld(health);
        long records = health.records() - recordsBefore;
        if (records != offered) {
            account.wrong(offered + " records were given in the last life, and " + records + " are counted: " + health);
        }
        account.withheld = withheldBefore + health.withheld();
        account.cut |= health.cut() > 0 || account.notices.containsKey("EVIDENCE_CUT");
        boolean owes = health.value(Counter.WAITING) > 0;
        life.close();
        life.settle();
        if (owes && scenario.settings().memory() == Memory.JOURNAL) {
            Folders.copy(journal(life.number), journal(life.number + 1));
            life = begin(false);
            life.bePatient();
            drain();
            life.close();
            life.settle();
        }
    }
}
