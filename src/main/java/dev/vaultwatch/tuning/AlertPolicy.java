package dev.vaultwatch.tuning;

import dev.vaultwatch.rule.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of an alert, before it counts towards its rule's cap: delivered, and with which severity, or kept back by an
 * exception, by a suppression or because its rule runs in the shadow. Asked again about an alert, at another stage, it answers the
 * same. A suppression remembers what was delivered, so a policy is asked about alerts in the order in which they are raised.
 *
 * <p><em>Event sourcing</em>: what must be remembered is a {@link Memo}, which {@link #takeMemo} hands over when it is made and
 * {@link #restore} takes back after a restart.
 *
 * <p>Not thread-safe; the owner holds a lock.
 */
public final class AlertPolicy {
    /** The output with the number of alerts like this one that a suppression kept back before it. */
    public static final String SUPPRESSED_BEFORE = "vaultwatch.suppressed_before";

    private final Map<String, RuleTuning> tunings;
    private final Set<String> shadows;
    private final Map<Likes, Period> periods = new HashMap<>();

    /** By alert id, what was decided of alerts that can still change, as far as it can't be decided anew. */
    private final Map<String, Memo> decided = new HashMap<>();

    private final Map<String, Long> hits = new HashMap<>();
    private final Map<Outcome, Map<String, Long>> keptBack = new HashMap<>();
    private @Nullable Memo latest;

    /** What the last decision began a period with, if it did. */
    private @Nullable Memo begun;

    /** Alerts that are alike to a suppression. */
    private record Likes(String ruleId, List<String> values) {}

    /** The time after an alert that was delivered. */
    private record Period(long start, long length, long withheld) {
        long end() {
            return start + length;
        }
    }

    /** Why an alert is delivered or not. */
    public enum Outcome {
        /** It is delivered. */
        DELIVER,
        /** An exception of the site's is about it. */
        EXCEPTED,
        /** One like it was delivered a while ago. */
        SUPPRESSED,
        /** Its rule runs and delivers nothing. */
        SHADOW
    }

    /**
     * What becomes of one alert.
     *
     * @param outcome whether it is delivered, and if not, why
     * @param exception the id of the exception; empty if there is none
     * @param severity the alert's, which conditions may have changed
     * @param withheldBefore how many alerts like this one were suppressed since the last that was delivered
     */
    public record Decision(Outcome outcome, Optional<String> exception, String severity, long withheldBefore) {

        /** Whether it is delivered. */
        public boolean delivers() {
            return outcome == Outcome.DELIVER;
        }
    }

    /**
     * What must be remembered: of an alert, what was decided; or, without an alert id, a period of a suppression as it stands.
     *
     * @param outcome what was decided; {@link Outcome#DELIVER} for a period
     * @param ruleId the alert's rule
     * @param alertId the alert; empty for a period
     * @param end of what the alert is about, milliseconds since the epoch
     * @param exception the exception's id; empty if there is none
     * @param values what alike alerts have in common; empty without a suppression
     * @param start of the period of suppression
     * @param length of that period, milliseconds; 0 without a suppression
     * @param withheld of an alert, how many were kept back before it; of a period, how many were so far
     */
    public record Memo(
            Outcome outcome,
            String ruleId,
            String alertId,
            long end,
            String exception,
            List<String> values,
            long start,
            long length,
            long withheld) {
        /** Copies the list. */
        public Memo {
            values = List.copyOf(values);
        }

        private static Memo of(Outcome outcome, Rule rule, String alertId, long end, String exception) {
            return new Memo(outcome, rule.id(), alertId, end, exception, List.of(), 0, 0, 0);
        }

        private Memo until(long later) {
            return later <= end
                    ? this
                    : new Memo(outcome, ruleId, alertId, later, exception, values, start, length, withheld);
        }

        private Likes likes() {
            return new Likes(ruleId, values);
        }
    }

    AlertPolicy(Map<String, RuleTuning> tunings, Set<String> shadows) {
        this.tunings = tunings;
        this.shadows = Set.copyOf(shadows);
    }

    /**
     * Decides about an alert.
     *
     * @param rule its rule, as the tuning has made it
     * @param alertId the same for all stages of the alert
     * @param anchor the alert's time: its window's start, or its first finding; in milliseconds since the epoch
     * @param end of what it is about; later than the anchor
     * @param key its grouping key
     * @param outputs what the rule selected
     */
    public Decision decide(
            Rule rule, String alertId, long anchor, long end, Map<String, String> key, Map<String, Object> outputs) {
        begun = null;
        RuleTuning tuning = tunings.get(rule.id());
        String severity = tuning == null ? rule.severity() : severity(rule, tuning, key, outputs);
        Memo before = decided.get(alertId);
        if (shadows.contains(rule.id()) || (before != null && before.outcome() == Outcome.SHADOW)) {
            remember(before, Memo.of(Outcome.SHADOW, rule, alertId, end, ""));
            return new Decision(Outcome.SHADOW, Optional.empty(), severity, 0);
        }
        if (tuning == null) {
            return new Decision(Outcome.DELIVER, Optional.empty(), severity, 0);
        }
        for (Exemption each : tuning.exemptions()) {
            if (each.on() == Exemption.On.ALERTS
                    && each.appliesAt(anchor)
                    && each.where().hold(key, outputs)) {
                remember(before, Memo.of(Outcome.EXCEPTED, rule, alertId, end, each.id()));
                return new Decision(Outcome.EXCEPTED, Optional.of(each.id()), severity, 0);
            }
        }
        if (tuning.suppression().isEmpty()) {
            return new Decision(Outcome.DELIVER, Optional.empty(), severity, 0);
        }
        Memo now = before != null && before.length() > 0
                ? before.until(end)
                : suppressed(rule, tuning.suppression().get(), new Said(alertId, anchor, end), key, outputs);
        remember(before, now);
        return new Decision(
                now.outcome(), Optional.empty(), severity, now.outcome() == Outcome.DELIVER ? now.withheld() : 0);
    }

    /**
     * Decides about an alert that was delivered before and still stands: it goes on, whatever came since, so that whoever was told of it
     * is told what becomes of it. It is not counted as kept back. As {@link #decide}.
     */
    public Decision goesOn(
            Rule rule, String alertId, long anchor, long end, Map<String, String> key, Map<String, Object> outputs) {
        begun = null;
        said(rule, alertId, anchor, end, key, outputs);
        RuleTuning tuning = tunings.get(rule.id());
        String severity = tuning == null ? rule.severity() : severity(rule, tuning, key, outputs);
        Memo before = decided.get(alertId);
        if (before == null || before.outcome() != Outcome.DELIVER) {
            return new Decision(Outcome.DELIVER, Optional.empty(), severity, 0);
        }
        remember(before, before.until(end));
        return new Decision(Outcome.DELIVER, Optional.empty(), severity, tuning == null ? 0 : before.withheld());
    }

    private record Said(String alertId, long anchor, long end) {}

    /** Notes what was decided, and counts an alert the first time that it is kept back for that reason. */
    private void remember(@Nullable Memo before, Memo now) {
        if (before != null
                && before.outcome() == now.outcome()
                && before.exception().equals(now.exception())) {
            if (now.end() > before.end()) {
                decided.put(now.alertId(), now);
            }
            return;
        }
        apply(now);
        latest = now;
        begun = now.outcome() == Outcome.DELIVER && now.length() > 0 ? now : null;
    }

    /**
     * The alert that was decided about last is not delivered after all: then no period begins with it, and the next one tells of
     * what was kept back before it.
     *
     * @return what must be remembered, if anything
     */
    public Optional<Memo> withheld() {
        Memo memo = begun;
        if (memo == null) {
            return Optional.empty();
        }
        begun = null;
        return Optional.of(ended(memo, memo.withheld()));
    }

    /**
     * An alert that was delivered is taken back: the period that it began ends with it, since nothing stands that the next alert like
     * it would repeat, and that one tells of what was kept back.
     *
     * @return what must be remembered, if anything
     */
    public Optional<Memo> takenBack(String alertId) {
        Memo memo = decided.get(alertId);
        if (memo == null || memo.outcome() != Outcome.DELIVER) {
            return Optional.empty();
        }
        Period period = periods.get(memo.likes());
        if (period == null || period.length() == 0 || period.start() != memo.start()) {
            return Optional.empty();
        }
        return Optional.of(ended(memo, period.withheld()));
    }

    private Memo ended(Memo memo, long withheld) {
        periods.put(memo.likes(), new Period(memo.start(), 0, withheld));
        return new Memo(Outcome.DELIVER, memo.ruleId(), "", memo.end(), "", memo.values(), memo.start(), 0, withheld);
    }

    private void apply(Memo now) {
        decided.put(now.alertId(), now);
        if (now.outcome() != Outcome.DELIVER) {
            keptBack.computeIfAbsent(now.outcome(), outcome -> new HashMap<>()).merge(now.ruleId(), 1L, Long::sum);
        }
        if (!now.exception().isEmpty()) {
            hits.merge(now.exception(), 1L, Long::sum);
        }
        if (now.length() > 0) {
            Period period = periods.get(now.likes());
            boolean same = period != null && period.start() == now.start();
            long withheld =
                    (same && period != null ? period.withheld() : 0) + (now.outcome() == Outcome.SUPPRESSED ? 1 : 0);
            periods.put(now.likes(), new Period(now.start(), now.length(), withheld));
        }
    }

    private Memo suppressed(
            Rule rule, RuleTuning.Suppress suppress, Said said, Map<String, String> key, Map<String, Object> outputs) {
        List<String> values = values(suppress, key, outputs);
        Period period = periods.get(new Likes(rule.id(), values));
        boolean runs = period != null && said.anchor() < period.end();
        return new Memo(
                runs ? Outcome.SUPPRESSED : Outcome.DELIVER,
                rule.id(),
                said.alertId(),
                said.end(),
                "",
                values,
                runs && period != null ? period.start() : said.anchor(),
                runs && period != null ? period.length() : suppress.period().toMillis(),
                period == null ? 0 : period.withheld());
    }

    /** What was decided since the last call and must be remembered over a restart, if anything. */
    public Optional<Memo> takeMemo() {
        Optional<Memo> taken = Optional.ofNullable(latest);
        latest = null;
        return taken;
    }

    /** All that must be remembered, for a checkpoint: {@link #restore} takes it in this order. */
    public List<Memo> memos() {
        List<Memo> memos = new ArrayList<>(decided.values());
        periods.forEach((likes, period) -> memos.add(new Memo(
                Outcome.DELIVER,
                likes.ruleId(),
                "",
                period.end(),
                "",
                likes.values(),
                period.start(),
                period.length(),
                period.withheld())));
        return memos;
    }

    /** Takes back what was decided before a restart; the same once more changes nothing. */
    public void restore(Memo memo) {
        if (memo.alertId().isEmpty()) {
            periods.put(memo.likes(), new Period(memo.start(), memo.length(), memo.withheld()));
        } else if (!memo.equals(decided.get(memo.alertId()))) {
            apply(memo);
        }
    }

    /** Forgets how often anything was counted: another room has it from before the restart. */
    public void resetCounts() {
        hits.clear();
        keptBack.clear();
    }

    /**
     * Goes on with what another policy remembers.
     *
     * @param closedTo event time up to which windows are closed: what a rule that is no longer in the shadow found of them stays
     *     unsaid
     */
    public void takeOver(AlertPolicy before, long closedTo) {
        periods.putAll(before.periods);
        decided.putAll(before.decided);
        promote(closedTo);
        hits.putAll(before.hits);
        before.keptBack.forEach((outcome, byRule) -> keptBack.put(outcome, new HashMap<>(byRule)));
    }

    /** Rules of which it may deliver what another keeps back, or the other way round. */
    public Set<String> keepsBackOtherThan(AlertPolicy other) {
        return Stream.of(tunings.keySet(), other.tunings.keySet(), shadows, other.shadows)
                .flatMap(Set::stream)
                .filter(id -> !kept(id).equals(other.kept(id)))
                .collect(Collectors.toSet());
    }

    /** What decides whether an alert of the rule is delivered. */
    private List<Object> kept(String ruleId) {
        Optional<RuleTuning> tuning = Optional.ofNullable(tunings.get(ruleId));
        return List.of(
                shadows.contains(ruleId),
                tuning.stream()
                        .flatMap(its -> its.exemptions().stream())
                        .filter(each -> each.on() == Exemption.On.ALERTS)
                        .map(each -> List.of(each.where(), each.until()))
                        .toList(),
                tuning.flatMap(RuleTuning::suppression));
    }

    /**
     * Forgets what is open of rules that were in the shadow and are not any more: they speak of it.
     *
     * @param closedTo event time up to which windows are closed: of those they stay silent
     */
    public void promote(long closedTo) {
        decided.values()
                .removeIf(memo ->
                        memo.outcome() == Outcome.SHADOW && !shadows.contains(memo.ruleId()) && memo.end() > closedTo);
    }

    /**
     * Takes note of an alert that another instance delivered: it begins a period like any other. One that was decided about here
     * changes nothing.
     */
    public void said(
            Rule rule, String alertId, long anchor, long end, Map<String, String> key, Map<String, Object> outputs) {
        RuleTuning tuning = tunings.get(rule.id());
        if (tuning == null || tuning.suppression().isEmpty() || decided.containsKey(alertId)) {
            return;
        }
        List<String> values = values(tuning.suppression().get(), key, outputs);
        long length = tuning.suppression().get().period().toMillis();
        Likes likes = new Likes(rule.id(), values);
        Period period = periods.get(likes);
        long withheld = outputs.get(SUPPRESSED_BEFORE) instanceof Long number ? number : 0;
        Memo memo = new Memo(Outcome.DELIVER, rule.id(), alertId, end, "", values, anchor, length, withheld);
        decided.put(alertId, memo);
        if (period == null || period.end() < anchor + length) {
            periods.put(likes, new Period(anchor, length, 0));
            latest = memo;
        }
    }

    private static List<String> values(
            RuleTuning.Suppress suppress, Map<String, String> key, Map<String, Object> outputs) {
        List<String> values = new ArrayList<>();
        for (String name : suppress.by()) {
            String ofKey = key.get(name);
            values.add(ofKey != null ? ofKey : String.valueOf(outputs.get(name)));
        }
        return values;
    }

    /** The rules of which it remembers anything; a copy. */
    public Set<String> ruleIds() {
        Set<String> ids = new HashSet<>();
        decided.values().forEach(memo -> ids.add(memo.ruleId()));
        periods.keySet().forEach(likes -> ids.add(likes.ruleId()));
        return ids;
    }

    /** How many alerts each exception has kept back; one that has none is missing. A copy. */
    public Map<String, Long> hits() {
        return Map.copyOf(hits);
    }

    /** How many alerts were kept back for that reason, by rule; a rule with none is missing. A copy. */
    public Map<String, Long> keptBack(Outcome why) {
        return Map.copyOf(keptBack.getOrDefault(why, Map.of()));
    }

    private static String severity(Rule rule, RuleTuning tuning, Map<String, String> key, Map<String, Object> outputs) {
        return tuning.severities().stream()
                .filter(each -> each.when().map(when -> when.hold(key, outputs)).orElse(true))
                .findFirst()
                .map(RuleTuning.SeverityRule::severity)
                .orElse(rule.severity());
    }

    /**
     * Alerts that were withheld and that no later alert has told of.
     *
     * @param ruleId their rule
     * @param values what they have in common
     * @param alerts how many
     */
    public record Withheld(String ruleId, List<String> values, long alerts) {}

    /**
     * Forgets what can't matter any more: of a key with no alert for as long again as its period, what was withheld is not owed to
     * a next alert any more, and is returned, for a notice.
     *
     * @param time what ends at or before it, milliseconds since the epoch, can't change any more
     */
    public List<Withheld> forget(String ruleId, long time) {
        decided.values().removeIf(memo -> memo.ruleId().equals(ruleId) && memo.end() <= time);
        List<Withheld> untold = new ArrayList<>();
        for (Iterator<Map.Entry<Likes, Period>> each = periods.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<Likes, Period> entry = each.next();
            Period period = entry.getValue();
            long last = period.withheld() == 0 ? period.end() : period.end() + period.length();
            if (entry.getKey().ruleId().equals(ruleId) && last <= time) {
                each.remove();
                if (period.withheld() > 0) {
                    untold.add(new Withheld(ruleId, entry.getKey().values(), period.withheld()));
                }
            }
        }
        return untold;
    }

    /** What was withheld and is not told, though no period is over: at the end of all input. */
    public List<Withheld> untold(String ruleId) {
        return periods.entrySet().stream()
                .filter(each ->
                        each.getKey().ruleId().equals(ruleId) && each.getValue().withheld() > 0)
                .map(each -> new Withheld(
                        ruleId, each.getKey().values(), each.getValue().withheld()))
                .toList();
    }
}
