package dev.vaultwatch.fuzz;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.PluginHealth;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** Checks every answer, and books what became of each record. */
final class Books {
    /** The default of time.idle-retention. */
    private static final long IDLE_RETENTION = 2 * 3_600_000L;

    private final Scenario scenario;
    private final Account account;
    private final Ceiling ceiling;
    private final AtomicLong clock;
    private List<FuzzRule> rules;
    private int at;

    Books(Scenario scenario, Account account, Ceiling ceiling, AtomicLong clock) {
        this.scenario = scenario;
        this.account = account;
        this.ceiling = ceiling;
        this.clock = clock;
        this.rules = scenario.rules();
    }

    /** The step, and the rules in force in it. */
    void at(int step, List<FuzzRule> inForce) {
        at = step;
        rules = inForce;
    }

    /** Whether it is too far ahead of the wall clock. */
    boolean isImpossible(Item item) {
        return item.time() > clock.get() + 600_000;
    }

    /** What was answered to a call that was taken. */
    void book(Life life, int source, Reading feed, int first, List<Item> items, Admission admission) {
        Set<Integer> late = life.late();
        Set<Integer> bad = life.bad();
        if (admission.records() != items.size()) {
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
            } else if (rules.size() > 1) {
                bookForEachRule(source, item);
            } else if (late.contains(item.number())) {
                if (!account.taken.containsKey(item.number())) {
                    account.late.add(item.number());
                    checkLate(source, item);
                }
            } else if (!isRepetition(admission) || !account.late.contains(item.number())) {
                account.late.remove(item.number());
                account.taken.putIfAbsent(item.number(), taken());
            }
        }
        feed.given = Math.max(feed.given, first + items.size());
        admission.safeOffset().ifPresent(safe -> checkSafe(feed, first + items.size(), safe));
    }

    /** Books that a source, with what it has brought, has gone to another instance. */
    void revoked(Reading feed) {
        feed.feeder.items().forEach(item -> account.revoked.add(item.number()));
        Set<Group> elsewhere = new HashSet<>();
        Set<Group> here = new HashSet<>();
        scenario.feeders()
                .forEach(feeder -> feeder.items().stream()
                        .filter(item -> account.taken.containsKey(item.number()))
                        .forEach(item -> rules.stream()
                                .filter(rule -> rule.wants(item))
                                .forEach(rule -> (account.revoked.contains(item.number()) ? here : elsewhere)
                                        .add(rule.group(item)))));
        here.removeAll(elsewhere);
        here.forEach(group -> account.forgotten.put(group, account.heard.size()));
        scenario.feeders()
                .forEach(feeder -> feeder.items().stream()
                        .filter(item -> account.taken.containsKey(item.number()))
                        .filter(item ->
                                rules.stream().anyMatch(rule -> rule.wants(item) && here.contains(rule.group(item))))
                        .forEach(item -> account.gone.add(item.number())));
        here.stream().filter(this::mayBeSettled).forEach(account.perhapsSettled::add);
    }

    private boolean mayBeSettled(Group group) {
        return rules.stream()
                .anyMatch(rule -> rule.id().equals(group.rule())
                        && group.start() + rule.length() + scenario.settings().lateness() <= ceiling.value());
    }

    private Account.Taken taken() {
        return new Account.Taken(account.eras.size() - 1, ceiling.value());
    }

    /** With several rules, an event can be too late for one and not for another, and the answer does not say for which. */
    private void bookForEachRule(int source, Item item) {
        if (account.taken.putIfAbsent(item.number(), taken()) == null) {
            rules.stream()
                    .filter(rule -> rule.wants(item) && mayBeLate(rule, source, item))
                    .forEach(rule -> account.doubtful.add(rule.id() + " " + item.number()));
        }
    }

    private boolean mayBeLate(FuzzRule rule, int source, Item item) {
        long end = rule.group(item).start() + rule.length();
        long lateness = scenario.settings().lateness();
        return end + (ceiling.closedWhileQuiet(source, end, lateness) ? Math.max(lateness, IDLE_RETENTION) : lateness)
                <= ceiling.value();
    }

    private static boolean isRepetition(Admission admission) {
        return admission.status() == Admission.Status.REPEATED || admission.repeated() > 0;
    }

    private void checkSafe(Reading feed, int given, long safe) {
        if (safe > feed.offset(Math.max(given, feed.given) - 1)) {
            account.wrong("step " + at + ": offset " + safe + " is safe, and was not given yet");
        }
    }

    /** An event may be dropped only if no rule's window of it can have changed any more. */
    private void checkLate(int source, Item item) {
        boolean may = account.notices.containsKey("LATENESS_CUT")
                || rules.stream().anyMatch(rule -> rule.wants(item) && mayBeLate(rule, source, item));
        if (!may) {
            account.wrong("step " + at + ": dropped as late too early: " + item.toString(scenario.origin())
                    + "; time can have come to +" + (ceiling.value() - scenario.origin()) / 1_000.0 + " s at most");
        }
    }

    void noteWithheld(PluginHealth health) {
        health.withheldAlerts()
                .forEach(alert -> account.withheldGroups.add(new Group(
                        alert.ruleId(),
                        alert.at().toEpochMilli(),
                        Group.keyOf(alert.groupingKey().values()))));
    }

    void checkKept(PluginHealth before, PluginHealth after) {
        for (Counter counter : List.of(Counter.KEPT, Counter.LATE, Counter.ALERTS, Counter.WITHHELD)) {
            if (after.value(counter) < before.value(counter)) {
                account.wrong("step " + at + ": " + counter + " was " + before.value(counter)
                        + " before the restart, and is " + after.value(counter));
            }
        }
    }

    void checkSums(PluginHealth health) {
        long sum = health.kept()
                + health.ignored()
                + health.unrecognised()
                + health.repeated()
                + health.late()
                + health.bad();
        if (sum != health.records()) {
            account.wrong("step " + at + ": the counts of " + health + " add up to " + sum);
        }
        if (!account.late.isEmpty() && health.late() > 0 && !account.notices.containsKey("LATE_LOSS")) {
            account.wrong("dropped as late without a notice: " + health.late());
        }
    }
}
