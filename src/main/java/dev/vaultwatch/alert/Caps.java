package dev.vaultwatch.alert;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.rule.Rule;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The caps of all rules: says which alerts they admit, logs what they withhold, and tells an operator. A rule's own book is its
 * {@link RuleCaps}. Not thread-safe; the owner holds a lock.
 */
final class Caps {
    /** So many withheld alerts are named in a notice; {@link #withheld()} lists more. */
    private static final int MOST_IN_NOTICE = 20;

    private final Outbox outbox;
    private final DecisionLog log;
    private final boolean hold;
    private final Map<String, RuleCaps> byRule = new TreeMap<>();

    /** Alerts withheld so far, each counted once. */
    private final Map<String, Long> withheld = new TreeMap<>();

    /**
     * Knows no rule yet.
     *
     * @param hold whether caps hold at all
     */
    Caps(Outbox outbox, DecisionLog log, boolean hold) {
        this.outbox = outbox;
        this.log = log;
        this.hold = hold;
    }

    /** Whether an alert may be raised; says so if its rule's cap is reached by it. */
    boolean admits(Judgement judgement, String id) {
        if (!hold) {
            return true;
        }
        Rule.Cap cap = judgement.rule().rule().cap();
        RuleCaps rule = of(judgement.rule().id());
        boolean isAdmitted = rule.admits(cap, id, judgement.key(), judgement.anchor());
        if (!isAdmitted && rule.isReachedAndUntold(cap, judgement.anchor())) {
            long period = rule.start(judgement.anchor());
            tell(rule, new CapNotice(judgement.rule().id(), period, 0));
            outbox.add(Notice.of(
                    Notice.Kind.ALERT_CAP_REACHED,
                    "Rule " + judgement.rule().id() + " has reached its cap of " + cap.alerts() + " alerts in the "
                            + text(cap) + " from " + Instant.ofEpochMilli(period)
                            + "; further alerts of that time are withheld, counted and named. Of the cap, "
                            + RuleCaps.reserve(cap) + " are for keys that raised none in the 24 hours before.",
                    cap.alerts()));
        }
        return isAdmitted;
    }

    private static String text(Rule.Cap cap) {
        long millis = cap.period().toMillis();
        return millis % 60_000 == 0 ? millis / 60_000 + " minutes" : millis / 1000.0 + " seconds";
    }

    private void tell(RuleCaps rule, CapNotice notice) {
        log.noticed(notice);
        rule.noticed(notice);
    }

    /** An alert was raised for the first time. */
    void sent(Said message) {
        if (hold) {
            of(message.rule().id()).sent(message.id(), message.key(), message.anchor());
        }
    }

    /** An alert was not admitted. */
    void withhold(Judgement judgement, String id) {
        Withheld alert =
                new Withheld(judgement.rule().id(), id, judgement.key(), judgement.anchor(), judgement.events());
        if (of(alert.ruleId()).isNews(alert)) {
            log.withheld(alert);
            restore(alert);
        }
    }

    private RuleCaps of(String ruleId) {
        return byRule.computeIfAbsent(ruleId, RuleCaps::new);
    }

    /** Sums up what the rule withheld in periods that are over at the given time. */
    void closedBefore(RuleEdition rule, long time) {
        RuleCaps its = byRule.get(rule.id());
        if (its == null) {
            return;
        }
        Rule.Cap cap = rule.rule().cap();
        for (RuleCaps.Sum sum : its.sumsBefore(time, MOST_IN_NOTICE)) {
            tell(its, new CapNotice(rule.id(), sum.period(), sum.held()));
            long more = sum.fresh() - sum.most().size();
            outbox.add(Notice.of(
                    Notice.Kind.ALERTS_WITHHELD,
                    "Rule " + rule.id() + " withheld " + sum.fresh() + " alerts of the " + text(cap) + " from "
                            + Instant.ofEpochMilli(sum.period()) + ", beyond its cap of " + cap.alerts() + ": "
                            + sum.most().stream().map(Withheld::forNotice).collect(Collectors.joining(", "))
                            + (more > 0 ? " and " + more + " more." : "."),
                    sum.fresh()));
        }
    }

    /** Forgets the rule's periods that can't change any more. */
    void settledBefore(String ruleId, long time) {
        RuleCaps its = byRule.get(ruleId);
        if (its != null) {
            its.settledBefore(time);
        }
    }

    Set<String> ruleIds() {
        return byRule.keySet();
    }

    /** The rules of which alerts were withheld, or were before a restart. */
    Set<String> counted() {
        return withheld.keySet();
    }

    /** Alerts withheld in periods that can still change, by rule and period, in each those with most events first. */
    List<Withheld> withheld() {
        return byRule.values().stream().flatMap(rule -> rule.named().stream()).toList();
    }

    /** Alerts of the rule withheld so far, each counted once. */
    long withheld(String ruleId) {
        return withheld.getOrDefault(ruleId, 0L);
    }

    /** The rule's caps, with the counts that the desk keeps. */
    CapState state(String ruleId, long alerts, long retracted) {
        return of(ruleId).state(alerts, withheld(ruleId), retracted);
    }

    /** An alert was withheld, now or before a restart. */
    void restore(Withheld alert) {
        if (of(alert.ruleId()).held(alert)) {
            withheld.merge(alert.ruleId(), 1L, Long::sum);
        }
    }

    /** An operator was told before a restart. */
    void restore(CapNotice notice) {
        of(notice.ruleId()).noticed(notice);
    }

    /** A rule's caps as they stood before a restart. */
    void restore(CapState state) {
        withheld.put(state.ruleId(), state.withheld());
        byRule.put(state.ruleId(), RuleCaps.of(state));
    }
}
