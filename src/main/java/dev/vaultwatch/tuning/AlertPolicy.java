package dev.vaultwatch.tuning;

import dev.vaultwatch.rule.Rule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What becomes of an alert, before it counts towards its rule's cap: delivered, and with which severity, or withheld by an
 * exception, by a suppression or because its rule runs in the shadow. A suppression remembers what was delivered, so a policy
 * is asked about alerts in the order in which they are raised; asked again about an alert, at another stage, it answers the same.
 *
 * <p>Not thread-safe; the owner holds a lock.
 */
public final class AlertPolicy {
    private final Map<String, RuleTuning> tunings;
    private final Map<Likes, Period> periods = new HashMap<>();
    private final Map<String, Decision> decided = new HashMap<>();
    private final Map<String, Long> hits = new HashMap<>();

    /** Alerts that were excepted and can still change: each counts one hit. */
    private final Set<String> excepted = new HashSet<>();

    /** Alerts that are alike to a suppression. */
    private record Likes(String ruleId, List<String> values) {}

    /** The time after an alert that was delivered. */
    private static final class Period {
        private final long end;
        private final long length;
        private final Set<String> withheld = new HashSet<>();

        private Period(long start, long length) {
            this.end = start + length;
            this.length = length;
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

    AlertPolicy(Map<String, RuleTuning> tunings) {
        this.tunings = tunings;
    }

    /**
     * Decides about an alert.
     *
     * @param rule its rule, as the tuning has made it
     * @param alertId the same for all stages of the alert
     * @param anchor the alert's time: its window's start, or its first finding; in milliseconds since the epoch
     * @param key its grouping key
     * @param outputs what the rule selected
     */
    public Decision decide(
            Rule rule, String alertId, long anchor, Map<String, String> key, Map<String, Object> outputs) {
        RuleTuning tuning = tunings.get(rule.id());
        if (tuning == null) {
            return new Decision(Outcome.DELIVER, Optional.empty(), rule.severity(), 0);
        }
        String severity = severity(rule, tuning, key, outputs);
        if (tuning.enabled().filter(enabled -> enabled == Enabled.SHADOW).isPresent()) {
            return new Decision(Outcome.SHADOW, Optional.empty(), severity, 0);
        }
        for (Exemption each : tuning.exemptions()) {
            if (each.on() == Exemption.On.ALERTS
                    && each.appliesAt(anchor)
                    && each.where().hold(key, outputs)) {
                if (excepted.add(alertId)) {
                    hits.merge(each.id(), 1L, Long::sum);
                }
                return new Decision(Outcome.EXCEPTED, Optional.of(each.id()), severity, 0);
            }
        }
        if (tuning.suppression().isEmpty()) {
            return new Decision(Outcome.DELIVER, Optional.empty(), severity, 0);
        }
        Decision before = decided.get(alertId);
        Decision now = before != null
                ? new Decision(before.outcome(), Optional.empty(), severity, before.withheldBefore())
                : suppressed(rule, tuning.suppression().get(), alertId, anchor, key, outputs, severity);
        decided.put(alertId, now);
        return now;
    }

    /** Goes on with what another policy remembers, as far as this one asks for it. */
    public void takeOver(AlertPolicy before) {
        periods.putAll(before.periods);
        decided.putAll(before.decided);
    }

    /**
     * Takes note of an alert that was delivered, here before a restart or by another instance: it begins a period like any other.
     * One that was decided about here changes nothing.
     */
    public void said(Rule rule, String alertId, long anchor, Map<String, String> key, Map<String, Object> outputs) {
        RuleTuning tuning = tunings.get(rule.id());
        if (tuning == null || tuning.suppression().isEmpty() || decided.containsKey(alertId)) {
            return;
        }
        RuleTuning.Suppress suppress = tuning.suppression().get();
        Likes likes = likes(rule, suppress, key, outputs);
        Period period = periods.get(likes);
        if (period == null || period.end < anchor + suppress.period().toMillis()) {
            periods.put(likes, new Period(anchor, suppress.period().toMillis()));
        }
        decided.put(alertId, new Decision(Outcome.DELIVER, Optional.empty(), rule.severity(), 0));
    }

    private static Likes likes(
            Rule rule, RuleTuning.Suppress suppress, Map<String, String> key, Map<String, Object> outputs) {
        List<String> values = new ArrayList<>();
        for (String name : suppress.by()) {
            String ofKey = key.get(name);
            values.add(ofKey != null ? ofKey : String.valueOf(outputs.get(name)));
        }
        return new Likes(rule.id(), values);
    }

    /** How many alerts each exception has kept back; one that has none is missing. A copy. */
    public Map<String, Long> hits() {
        return Map.copyOf(hits);
    }

    private static String severity(Rule rule, RuleTuning tuning, Map<String, String> key, Map<String, Object> outputs) {
        return tuning.severities().stream()
                .filter(each -> each.when().map(when -> when.hold(key, outputs)).orElse(true))
                .findFirst()
                .map(RuleTuning.SeverityRule::severity)
                .orElse(rule.severity());
    }

    private Decision suppressed(
            Rule rule,
            RuleTuning.Suppress suppress,
            String alertId,
            long anchor,
            Map<String, String> key,
            Map<String, Object> outputs,
            String severity) {
        Likes likes = likes(rule, suppress, key, outputs);
        Period period = periods.get(likes);
        if (period != null && anchor < period.end) {
            period.withheld.add(alertId);
            return new Decision(Outcome.SUPPRESSED, Optional.empty(), severity, 0);
        }
        periods.put(likes, new Period(anchor, suppress.period().toMillis()));
        return new Decision(Outcome.DELIVER, Optional.empty(), severity, period == null ? 0 : period.withheld.size());
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
     * @param time no alert with an anchor before it is raised any more, in milliseconds since the epoch
     * @param settled ids of alerts that can't change any more
     */
    public List<Withheld> forget(long time, Collection<String> settled) {
        settled.forEach(decided::remove);
        settled.forEach(excepted::remove);
        List<Withheld> untold = new ArrayList<>();
        for (Iterator<Map.Entry<Likes, Period>> each = periods.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<Likes, Period> entry = each.next();
            Period period = entry.getValue();
            if (period.end <= time && (period.withheld.isEmpty() || period.end + period.length <= time)) {
                each.remove();
                if (!period.withheld.isEmpty()) {
                    Likes likes = entry.getKey();
                    untold.add(new Withheld(likes.ruleId(), likes.values(), period.withheld.size()));
                }
            }
        }
        return untold;
    }
}
