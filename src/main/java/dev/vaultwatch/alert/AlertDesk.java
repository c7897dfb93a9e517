package dev.vaultwatch.alert;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.rule.Rule;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Turns rows into alerts. It knows what it has said of every window that can still change, and how many of a rule's alerts
 * have gone out in each capped period.
 *
 * <p>Nothing is said twice: of each alert there is one early word, one at the close, and then only what late events change. A
 * reload in mid-window raises its rows again, and they meet what was said already.
 *
 * <p>A cap counts alerts, not messages: the stages of one alert count once, and one that has spoken is never withheld later.
 * Reaching a cap is said at once, and how many were withheld when the period is over.
 *
 * <p>Not thread-safe; the owner holds a lock. What it raises goes to an {@link Outbox}, which delivers outside that lock.
 */
public final class AlertDesk {
    private final Outbox outbox;
    private final boolean early;
    private final boolean capped;
    private final int maxValues;
    private final TreeMap<Long, Map<String, Said>> saidByWindow = new TreeMap<>();
    private final Map<Period, Used> periods = new LinkedHashMap<>();
    private long alerts;
    private long withheld;

    /** What was last said of an alert. */
    private record Said(AlertStage stage, int revision, Map<String, Object> columns) {}

    private record Period(String ruleId, long start) {}

    private static final class Used {
        private final Rule rule;
        private final Set<String> sent = new HashSet<>();
        private long withheld;
        private boolean announced;

        private Used(Rule rule) {
            this.rule = rule;
        }
    }

    /**
     * Opens a desk.
     *
     * @param early whether alerts speak at the event that crosses the threshold, too
     * @param capped whether rules' caps hold
     * @param maxValues the most values that a list in an alert shows; at least 1
     */
    public AlertDesk(Outbox outbox, boolean early, boolean capped, int maxValues) {
        this.outbox = outbox;
        this.early = early;
        this.capped = capped;
        this.maxValues = maxValues;
    }

    /**
     * Raises what came out of one step of time. Where several windows closed in it, the newest comes first, as in the query
     * that the rule follows; so that a cap, too, keeps the newest.
     */
    public void raise(List<Finding> rows) {
        if (rows.size() == 1) {
            raise(rows.get(0), groupingKey(rows.get(0)));
            return;
        }
        // The key is made once for each row and not for each comparison: a minute may close with thousands of rows.
        record Keyed(Finding row, Map<String, String> key, String text) {}
        rows.stream()
                .map(row -> {
                    Map<String, String> key = groupingKey(row);
                    return new Keyed(row, key, key.values().toString());
                })
                .sorted(Comparator.comparingLong((Keyed keyed) -> keyed.row().time())
                        .reversed()
                        .thenComparing(keyed -> keyed.row().rule().id())
                        .thenComparing(Keyed::text)
                        .thenComparing(keyed -> keyed.row().early(), Comparator.reverseOrder()))
                .forEach(keyed -> raise(keyed.row(), keyed.key()));
    }

    /** Raises what late events made of a closed window: what changed, or is new. */
    public void raiseLate(List<Finding> rows) {
        for (Finding row : rows) {
            Map<String, String> key = groupingKey(row);
            String id = AlertId.of(row.rule().id(), row.time(), key);
            Said said = said(row).get(id);
            if (said == null) {
                if (admit(row, id, true)) {
                    alerts++;
                    say(row, id, key, AlertStage.REVISED, 1);
                }
            } else if (said.stage() == AlertStage.EARLY || !said.columns().equals(row.columns())) {
                say(row, id, key, AlertStage.REVISED, said.revision() + 1);
            }
        }
    }

    private void raise(Finding row, Map<String, String> key) {
        String id = AlertId.of(row.rule().id(), row.time(), key);
        Said said = said(row).get(id);
        if (row.early()) {
            if (early && said == null && admit(row, id, false)) {
                alerts++;
                say(row, id, key, AlertStage.EARLY, 0);
            }
        } else if (said == null) {
            if (admit(row, id, true)) {
                alerts++;
                say(row, id, key, AlertStage.ON_TIME, 0);
            }
        } else if (said.stage() == AlertStage.EARLY) {
            say(row, id, key, AlertStage.ON_TIME, 0);
        }
    }

    private Map<String, Said> said(Finding row) {
        return saidByWindow.computeIfAbsent(row.time(), window -> new HashMap<>());
    }

    private void say(Finding row, String id, Map<String, String> key, AlertStage stage, int revision) {
        said(row).put(id, new Said(stage, revision, row.columns()));
        outbox.add(alert(row, id, key, stage, revision));
    }

    private boolean admit(Finding row, String id, boolean last) {
        Rule.Cap cap = row.rule().cap();
        if (!capped) {
            return true;
        }
        long length = cap.period().toMillis();
        Period period = new Period(row.rule().id(), Math.floorDiv(row.time(), length) * length);
        Used used = periods.computeIfAbsent(period, p -> new Used(row.rule()));
        if (used.sent.contains(id)) {
            return true;
        }
        if (used.sent.size() < cap.alerts()) {
            used.sent.add(id);
            return true;
        }
        if (!used.announced) {
            used.announced = true;
            outbox.add(Notice.of(
                    Notice.Kind.ALERT_CAP_REACHED,
                    "Rule " + row.rule().id() + " has raised " + cap.alerts() + " alerts in the "
                            + cap.period().toMinutes() + " minutes from " + Instant.ofEpochMilli(period.start())
                            + ", its cap; further alerts of that time are withheld and counted.",
                    cap.alerts()));
        }
        if (last) {
            used.withheld++;
            withheld++;
        }
        return false;
    }

    /**
     * Tells the desk what an earlier run gave the host. If it has been raised again since, its revisions go on from there; if it
     * has not, because other rules raised it, it is at least not said twice.
     */
    public void delivered(long windowStart, String id, AlertStage stage, int revision) {
        Map<String, Said> window = saidByWindow.computeIfAbsent(windowStart, start -> new HashMap<>());
        Said said = window.get(id);
        window.put(
                id,
                said == null
                        ? new Said(stage, revision, Map.of())
                        : new Said(said.stage(), Math.max(said.revision(), revision), said.columns()));
    }

    /** Tells the desk that every window before the given one is closed: periods that are over are summed up. */
    public void closedBefore(long windowStart) {
        periods.forEach((period, used) -> {
            if (end(period, used) <= windowStart) {
                announceWithheld(period, used);
            }
        });
    }

    /** Tells the desk that no window before the given one can change any more: what was said of them is forgotten. */
    public void settledBefore(long windowStart) {
        saidByWindow.headMap(windowStart, false).clear();
        periods.entrySet().removeIf(entry -> end(entry.getKey(), entry.getValue()) <= windowStart);
    }

    private static long end(Period period, Used used) {
        return period.start() + used.rule.cap().period().toMillis();
    }

    /** Says what was withheld in periods that are not over; for the end. */
    public void finish() {
        periods.forEach(this::announceWithheld);
        periods.clear();
        saidByWindow.clear();
    }

    private void announceWithheld(Period period, Used used) {
        if (used.withheld > 0) {
            outbox.add(Notice.of(
                    Notice.Kind.ALERTS_WITHHELD,
                    "Rule " + period.ruleId() + " withheld " + used.withheld + " alerts of the "
                            + used.rule.cap().period().toMinutes() + " minutes from "
                            + Instant.ofEpochMilli(period.start()) + ", beyond its cap of "
                            + used.rule.cap().alerts() + ".",
                    used.withheld));
            used.withheld = 0;
        }
    }

    /** Alerts raised so far, each counted once. */
    public long alerts() {
        return alerts;
    }

    /** Alerts withheld so far. */
    public long withheld() {
        return withheld;
    }

    private static Map<String, String> groupingKey(Finding row) {
        return row.rule().key().named(row.key());
    }

    private Alert alert(Finding row, String id, Map<String, String> key, AlertStage stage, int revision) {
        Map<String, Object> outputs = row.columns();
        Map<String, Integer> truncated = Map.of();
        if (outputs.values().stream().anyMatch(this::isTooLong)) {
            outputs = new LinkedHashMap<>(outputs);
            truncated = new LinkedHashMap<>();
            for (Map.Entry<String, Object> output : outputs.entrySet()) {
                if (output.getValue() instanceof List<?> list && isTooLong(list)) {
                    truncated.put(output.getKey(), list.size());
                    output.setValue(List.copyOf(list.subList(0, maxValues)));
                }
            }
        }
        return new DeskAlert(
                id,
                stage,
                revision,
                row.rule(),
                Instant.ofEpochMilli(row.time()),
                key,
                Collections.unmodifiableMap(outputs),
                Collections.unmodifiableMap(truncated),
                row.withoutEvidence());
    }

    private boolean isTooLong(Object value) {
        return value instanceof List<?> list && list.size() > maxValues;
    }
}
