package dev.vaultwatch.alert;

import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.tuning.AlertPolicy;
import dev.vaultwatch.tuning.Tuning;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a host is told of what rules found: {@link Judgement judgements} become {@link Said messages}. It knows what was
 * said of every alert that can still change, and nothing of windows, lanes and event time but the numbers in a judgement.
 *
 * <pre>
 *                early              closed                  closed, revised (what it shows changed)
 *   (nothing) ───────────▶ EARLY ───────────▶ ON_TIME ───────────────────────────▶ REVISED 1, 2, …
 *       │                    │ retract           │ retract            retract │      ▲
 *       │ closed: ON_TIME    └──────────────▶ RETRACTED ◀─────────────────────┘      │
 *       └ revised: REVISED 1                     └───────────────────────────────────┘ closed, revised
 * </pre>
 *
 * Every message after the first two counts the revision up, RETRACTED too, so that a destination can order the messages of an
 * alert by revision, and by stage where it is 0.
 *
 * <h2>Caps</h2>
 *
 * A rule raises so many alerts in each period of event time; periods are aligned to the epoch and do not slide, so two adjoining
 * ones can bring twice as many within less than a period. A cap counts alerts, not messages, and one that has spoken is never
 * withheld later. A tenth of the cap, rounded down, is kept for keys without an alert within 24 hours. Withheld
 * alerts are counted once, listed, and named when their period is over.
 *
 * <h2>Restart</h2>
 *
 * <em>Event sourcing</em>: each decision goes to the {@link DecisionLog}, and {@code restore} takes it back from there. The
 * decisions are not derived again from events, for the rules may have changed meanwhile.
 *
 * <p>Not thread-safe; the owner holds a lock. What is raised goes to an {@link Outbox}, which delivers outside that lock.
 */
public final class AlertDesk {
    private final Outbox outbox;
    private final DecisionLog log;
    private final boolean early;
    private final int maxValues;

    private final SaidIndex said = new SaidIndex();
    private AlertPolicy policy = Tuning.none().alertPolicy(List.of());
    private final Caps caps;
    private final Map<String, Counts> counts = new TreeMap<>();

    /** Never changed. */
    private static final Counts NOTHING = new Counts();

    private static final class Counts {
        private long alerts;
        private long retracted;
    }

    /**
     * Opens a desk.
     *
     * @param early whether alerts are raised at the event that crosses the threshold, too
     * @param capped whether rules' caps hold
     * @param maxValues the most values that a list in an alert shows; at least 1
     */
    public AlertDesk(Outbox outbox, DecisionLog log, boolean early, boolean capped, int maxValues) {
        this.outbox = outbox;
        this.log = log;
        this.early = early;
        this.caps = new Caps(outbox, log, capped);
        this.maxValues = maxValues;
    }

    /**
     * Takes another policy over, which goes on with what the one before remembers.
     *
     * @param closedTo event time up to which windows are closed, milliseconds since the epoch; the least of numbers if none is
     */
    public void policy(AlertPolicy next, long closedTo) {
        next.takeOver(policy, closedTo);
        policy = next;
    }

    /** What becomes of alerts; for reading its counts. */
    public AlertPolicy policy() {
        return policy;
    }

    // ---- judgements

    /** A rule found something in a window that is still open: EARLY, if nothing was said yet. */
    public void early(Judgement judgement) {
        String id = judgement.id();
        if (early && last(judgement, id) == null) {
            AlertPolicy.Decision decision = decide(judgement, id, null);
            if (decision.delivers() && admits(judgement, id)) {
                say(decided(judgement, decision), id, AlertStage.EARLY, 0);
            }
        }
    }

    /**
     * Takes all that rules found in windows that closed in one step of time: ON_TIME where nothing or EARLY was said, else
     * REVISED where it shows something else than what was said. The newest window comes first, as in the query that the
     * default rule follows; so that a cap, too, keeps the newest.
     */
    public void closed(List<Judgement> judgements) {
        if (judgements.size() == 1) {
            close(judgements.get(0));
            return;
        }
        // The text is made once for each judgement and not for each comparison: a window may close with thousands.
        record Sorted(Judgement judgement, String text) {}
        judgements.stream()
                .map(judgement -> new Sorted(judgement, judgement.keyText()))
                .sorted(Comparator.comparingLong(
                                (Sorted each) -> each.judgement().anchor())
                        .reversed()
                        .thenComparing(each -> each.judgement().rule().id())
                        .thenComparing(Sorted::text))
                .forEach(each -> close(each.judgement()));
    }

    private void close(Judgement found) {
        String id = found.id();
        Said last = last(found, id);
        AlertPolicy.Decision decision = decide(found, id, last);
        if (!decision.delivers()) {
            return;
        }
        Judgement judgement = decided(found, decision);
        if (last == null) {
            if (admits(judgement, id)) {
                say(judgement, id, AlertStage.ON_TIME, 0);
            } else {
                caps.withhold(judgement, id);
            }
        } else if (last.stage() == AlertStage.EARLY) {
            say(judgement, id, AlertStage.ON_TIME, 0);
        } else {
            revise(judgement, id, last);
        }
    }

    /** A closed window was judged again: REVISED if that is new, or shows something else than what was said. */
    public void revised(Judgement found) {
        String id = found.id();
        Said last = last(found, id);
        AlertPolicy.Decision decision = decide(found, id, last);
        if (!decision.delivers()) {
            return;
        }
        Judgement judgement = decided(found, decision);
        if (last != null) {
            revise(judgement, id, last);
        } else if (admits(judgement, id)) {
            say(judgement, id, AlertStage.REVISED, 1);
        } else {
            caps.withhold(judgement, id);
        }
    }

    private void revise(Judgement judgement, String id, Said last) {
        Said next = message(judgement, id, AlertStage.REVISED, last.revision() + 1);
        boolean isFinal = last.stage() == AlertStage.ON_TIME || last.stage() == AlertStage.REVISED;
        if (!isFinal || !next.showsWhat(last)) {
            say(next);
        }
    }

    /**
     * What was said is no longer found: RETRACTED, with what was said last. Nothing happens if nothing was said, if it was
     * retracted already, or if it was said of a closed window by another edition of the rule: a change of rules alone takes
     * nothing back.
     *
     * @param key in any order
     * @return whether it was retracted now
     */
    public boolean retract(RuleEdition rule, Map<String, String> key, long anchor, String discriminator) {
        String id = AlertId.of(rule.id(), anchor, key, discriminator);
        Said last = said.find(rule.id(), anchor, id);
        if (last == null || last.stage() == AlertStage.RETRACTED) {
            return false;
        }
        if (last.stage() != AlertStage.EARLY && !last.rule().fingerprint().equals(rule.fingerprint())) {
            return false;
        }
        say(last.retracted());
        policy.takenBack(id).ifPresent(log::decided);
        return true;
    }

    /**
     * Forgets what was said of an alert and takes back what of it waits to be delivered, because another instance answers for it
     * from now on. What the host has been given stays with it.
     *
     * @param key in any order
     */
    public void forget(String ruleId, Map<String, String> key, long anchor, String discriminator) {
        String id = AlertId.of(ruleId, anchor, key, discriminator);
        boolean wasSaid = said.remove(ruleId, anchor, id);
        boolean wasOwed = outbox.takeBack(id);
        if (wasSaid || wasOwed) {
            log.forgotten(ruleId, anchor, id);
        }
    }

    private AlertPolicy.Decision decide(Judgement found, String id, @Nullable Said last) {
        Rule rule = found.rule().rule();
        AlertPolicy.Decision decision = last == null || last.stage() == AlertStage.RETRACTED
                ? policy.decide(rule, id, found.anchor(), found.end(), found.key(), found.columns())
                : policy.goesOn(rule, id, found.anchor(), found.end(), found.key(), found.columns());
        policy.takeMemo().ifPresent(log::decided);
        return decision;
    }

    /** Whether the rule's cap has room for what was decided to be delivered. */
    private boolean admits(Judgement judgement, String id) {
        boolean isAdmitted = caps.admits(judgement, id);
        if (!isAdmitted) {
            policy.withheld().ifPresent(log::decided);
        }
        return isAdmitted;
    }

    /** What was found, with the severity that the site gives it and what it withheld before. */
    private static Judgement decided(Judgement found, AlertPolicy.Decision decision) {
        Judgement judgement = found;
        if (!decision.severity().equals(found.rule().rule().severity())) {
            judgement = judgement.with(found.rule().withSeverity(decision.severity()));
        }
        return decision.withheldBefore() == 0
                ? judgement
                : judgement.with(AlertPolicy.SUPPRESSED_BEFORE, decision.withheldBefore());
    }

    private @Nullable Said last(Judgement judgement, String id) {
        return said.find(judgement.rule().id(), judgement.anchor(), id);
    }

    // ---- messages

    private void say(Judgement judgement, String id, AlertStage stage, int revision) {
        say(message(judgement, id, stage, revision));
    }

    private void say(Said message) {
        log.said(message, true);
        apply(message, true);
        outbox.add(message.alert());
    }

    /** Takes note of a message, raised now or before a restart, here or by another instance. */
    private void apply(Said message, boolean isOurs) {
        String ruleId = message.rule().id();
        Said before = said.put(message);
        if (before == null) {
            caps.sent(message);
        }
        if (isOurs && before == null) {
            counts(ruleId).alerts++;
        }
        if (isOurs && message.stage() == AlertStage.RETRACTED) {
            counts(ruleId).retracted++;
        }
    }

    private Said message(Judgement judgement, String id, AlertStage stage, int revision) {
        return Said.of(judgement, id, stage, revision, maxValues);
    }

    private Counts counts(String ruleId) {
        return counts.computeIfAbsent(ruleId, id -> new Counts());
    }

    // ---- time

    /**
     * Tells the desk that no alert of the rule with an anchor before the given time is to be expected but by late events: what
     * was withheld in periods that are over is summed up.
     */
    public void closedBefore(RuleEdition rule, long time) {
        caps.closedBefore(rule, time);
    }

    /** Sums up what the rule withheld in periods that are not over, too; at the end of input, or without a log to go on from. */
    public void finish(RuleEdition rule) {
        closedBefore(rule, Long.MAX_VALUE);
        tell(policy.untold(rule.id()));
    }

    private void tell(List<AlertPolicy.Withheld> untold) {
        for (AlertPolicy.Withheld each : untold) {
            outbox.add(Notice.of(
                    Notice.Kind.ALERTS_SUPPRESSED,
                    "Rule " + each.ruleId() + " kept back " + each.alerts() + " alerts like the last one of "
                            + String.join(" / ", each.values()) + ", and no later one told of it.",
                    each.alerts()));
        }
    }

    /**
     * Tells the desk that nothing of the rule that ends at or before the given time can change any more: it is forgotten, and
     * capped periods that are over with it. What goes on stays, whatever end was told of it: forgotten, it would be another alert when
     * it ends.
     *
     * @param goOn gives the anchors of the alerts that go on; asked if there is anything to forget
     */
    public void settledBefore(String ruleId, long time, Supplier<Set<Long>> goOn) {
        said.removeBefore(ruleId, time, goOn);
        tell(policy.forget(ruleId, time));
        caps.settledBefore(ruleId, time);
    }

    /** The ids of the rules of which the desk knows anything, whether they are in force or not. */
    public Set<String> ruleIds() {
        Set<String> ids = new TreeSet<>(said.ruleIds());
        ids.addAll(caps.ruleIds());
        ids.addAll(counts.keySet());
        ids.addAll(policy.ruleIds());
        return ids;
    }

    // ---- looking

    /** Alerts of the rule of which EARLY was said and nothing since. */
    public long unconfirmed(String ruleId) {
        return said(ruleId, Long.MIN_VALUE, Long.MAX_VALUE).stream()
                .filter(message -> message.stage() == AlertStage.EARLY)
                .count();
    }

    /** Of how many alerts of the rule and anchor EARLY was said and nothing since. */
    public int early(String ruleId, long anchor) {
        return said.early(ruleId, anchor);
    }

    /** The first anchor from the given one on of which EARLY was said of some alert and nothing since. */
    public OptionalLong firstEarly(String ruleId, long from) {
        return said.firstEarly(ruleId, from);
    }

    /** Of how many alerts of the rule and anchor ON_TIME or REVISED was said last. */
    public int standing(String ruleId, long anchor) {
        return said.standing(ruleId, anchor);
    }

    /** What was said last of each alert of the rule with that anchor, retracted ones too; a copy. */
    public List<Said> said(String ruleId, long anchor) {
        return said.all(ruleId, anchor);
    }

    /** The same for anchors from the first, inclusive, to the second, exclusive; the oldest first. */
    public List<Said> said(String ruleId, long from, long to) {
        return said.all(ruleId, from, to);
    }

    /** What was said last of each alert whose key is wanted, of all rules: for a checkpoint or a hand-over. */
    public List<Said> said(Predicate<Map<String, String>> keys) {
        return said.all().filter(message -> keys.test(message.key())).toList();
    }

    /** What was raised and is not acknowledged, in order; given-up ones too. */
    public List<Said> unacknowledged() {
        return outbox.unacknowledged().stream()
                .filter(DeskAlert.class::isInstance)
                .map(alert -> ((DeskAlert) alert).said())
                .toList();
    }

    /** Alerts withheld in periods that can still change, by rule and period, in each those with most events first. */
    public List<Withheld> withheld() {
        return caps.withheld();
    }

    /** Counters and caps of each rule. */
    public List<CapState> states() {
        Set<String> ids = new TreeSet<>(counts.keySet());
        ids.addAll(caps.counted());
        List<CapState> states = new ArrayList<>();
        for (String ruleId : ids) {
            states.add(caps.state(ruleId, alerts(ruleId), retracted(ruleId)));
        }
        return states;
    }

    /** Alerts raised so far by the rule, each counted once. */
    public long alerts(String ruleId) {
        return counts.getOrDefault(ruleId, NOTHING).alerts;
    }

    /** Alerts of the rule withheld so far, each counted once. */
    public long withheld(String ruleId) {
        return caps.withheld(ruleId);
    }

    /** Alerts of the rule retracted so far. */
    public long retracted(String ruleId) {
        return counts.getOrDefault(ruleId, NOTHING).retracted;
    }

    // ---- restart and hand-over

    /**
     * A message was raised before the restart, or was known then. It is not delivered by this: see {@link #deliverAgain}.
     *
     * @param isOwed as it was logged; what was not is not counted as raised here, since a {@link CapState} does that
     */
    public void restore(Said message, boolean isOwed) {
        if (said.isNews(message)) {
            apply(message, isOwed);
        }
    }

    /** An alert was withheld before the restart. */
    public void restore(Withheld alert) {
        caps.restore(alert);
    }

    /** An operator was told of a cap before the restart. */
    public void restore(CapNotice notice) {
        caps.restore(notice);
    }

    /** Something was decided about an alert before the restart. */
    public void restore(AlertPolicy.Memo memo) {
        policy.restore(memo);
    }

    /** Counters and caps of a rule as they stood then; takes the place of what was restored of them before. */
    public void restore(CapState state) {
        Counts count = counts(state.ruleId());
        count.alerts = state.alerts();
        count.retracted = state.retracted();
        caps.restore(state);
    }

    /** Before the restart, an alert was {@linkplain #forget forgotten}. */
    public void restoreForgotten(String ruleId, long anchor, String id) {
        said.remove(ruleId, anchor, id);
    }

    /** Gives the outbox again what was raised before the restart and not acknowledged, in order. */
    public void deliverAgain(Collection<Said> messages) {
        messages.forEach(message -> outbox.add(message.alert()));
    }

    /**
     * Takes over what another instance said. What is known already and was said later stays.
     *
     * @param isOwed whether that instance's host has not acknowledged it: then it is delivered, and counted as raised, here; else
     *     neither
     */
    public void takeOver(Collection<Said> messages, boolean isOwed) {
        for (Said message : messages) {
            if (said.isNews(message)) {
                log.said(message, isOwed);
                policy.said(
                        message.rule().rule(),
                        message.id(),
                        message.anchor(),
                        message.end(),
                        message.key(),
                        message.columns());
                policy.takeMemo().ifPresent(log::decided);
                if (message.stage() == AlertStage.RETRACTED) {
                    policy.takenBack(message.id()).ifPresent(log::decided);
                }
                apply(message, isOwed);
                if (isOwed) {
                    outbox.add(message.alert());
                }
            }
        }
    }
}
