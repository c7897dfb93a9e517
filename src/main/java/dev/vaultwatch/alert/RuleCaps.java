package dev.vaultwatch.alert;

import dev.vaultwatch.rule.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The cap of one rule: so many alerts in each period of event time, periods aligned to the epoch. An alert belongs to the period
 * of its anchor.
 *
 * <p>A tenth of the cap, rounded down, is kept for keys that raised no alert within 24 hours, so that a flood of alerts about known keys does not
 * hide the first one about another; the cap itself is never exceeded. What is withheld all the same is named.
 *
 * <p>Which alerts were sent and withheld, and what was told, is the state; the periods' sums are derived from it, anew if a
 * reload changes the period's length. Not thread-safe.
 */
final class RuleCaps {
    /** A key without an alert for so long counts as new: a working day and its night. */
    private static final long RECENT_MILLIS = 24L * 60 * 60 * 1000;

    /** Of the cap, one place in so many is for new keys alone. */
    private static final int RESERVE_SHARE = 10;

    /** So many withheld alerts of a period are known by name, those with most events; beyond them only the number is kept. */
    static final int MOST_NAMED = 1_000;

    private final String ruleId;
    private final Map<String, Long> sent = new HashMap<>();
    private final Map<String, Long> held = new LinkedHashMap<>();
    private final Map<String, Named> named = new HashMap<>();
    private final Map<String, Long> recent = new HashMap<>();
    private final Map<Long, CapNotice> notices = new TreeMap<>();

    /** By start, of {@link #length}. */
    private final TreeMap<Long, Period> periods = new TreeMap<>();

    /** Milliseconds; 0 until the rule has said it, which it has not yet after a restart. */
    private long length;

    private long cleanedBefore = Long.MIN_VALUE;

    /** A withheld alert and its place in the order of its period. */
    private record Named(Withheld alert, int number) {
        private static final Comparator<Named> MOST_EVENTS_FIRST = Comparator.comparingLong(
                        (Named each) -> each.alert.events().orElse(0))
                .reversed()
                .thenComparing(each -> each.alert.id());
    }

    private static final class Period {
        private int sent;
        private int held;
        private final TreeSet<Named> named = new TreeSet<>(Named.MOST_EVENTS_FIRST);
    }

    /** What a period's end has to say: alerts withheld and not summed up yet. */
    record Sum(long period, long held, long fresh, List<Withheld> most) {}

    RuleCaps(String ruleId) {
        this.ruleId = ruleId;
    }

    static int reserve(Rule.Cap cap) {
        return cap.alerts() / RESERVE_SHARE;
    }

    // ---- decisions

    /** Whether an alert may be raised. */
    boolean admits(Rule.Cap cap, String id, Map<String, String> key, long anchor) {
        if (sent.containsKey(id)) {
            return true;
        }
        int used = period(cap, anchor).sent;
        return used < cap.alerts() - reserve(cap) || (used < cap.alerts() && isNew(AlertId.ofKey(key), anchor));
    }

    private boolean isNew(String key, long anchor) {
        Long last = recent.get(key);
        return last == null || Math.abs(anchor - last) >= RECENT_MILLIS;
    }

    /** Whether the alert's period has used up the cap but for the reserve, and nobody was told yet. */
    boolean isReachedAndUntold(Rule.Cap cap, long anchor) {
        return period(cap, anchor).sent >= cap.alerts() - reserve(cap) && !notices.containsKey(start(anchor));
    }

    private Period period(Rule.Cap cap, long anchor) {
        long wanted = cap.period().toMillis();
        if (wanted != length) {
            derive(wanted);
        }
        return periods.computeIfAbsent(start(anchor), start -> new Period());
    }

    long start(long anchor) {
        return Math.floorDiv(anchor, length) * length;
    }

    private void derive(long newLength) {
        boolean isOther = length != 0;
        length = newLength;
        periods.clear();
        sent.values().forEach(anchor -> at(anchor).sent++);
        held.forEach((id, anchor) -> {
            Period period = at(anchor);
            Named known = named.get(id);
            if (known != null) {
                name(period, new Named(known.alert, period.held));
            }
            period.held++;
        });
        if (isOther) {
            // What was told is of periods that are no more: it counts as told of those that took their alerts over.
            notices.clear();
            periods.forEach((start, period) -> {
                if (period.held > 0) {
                    notices.put(start, new CapNotice(ruleId, start, period.held));
                }
            });
        }
    }

    private Period at(long anchor) {
        return periods.computeIfAbsent(start(anchor), start -> new Period());
    }

    private void name(Period period, Named alert) {
        Named before = named.put(alert.alert.id(), alert);
        if (before != null) {
            period.named.remove(before);
        }
        period.named.add(alert);
        if (period.named.size() > MOST_NAMED) {
            named.remove(period.named.pollLast().alert.id());
        }
    }

    // ---- what happened, now or before a restart

    /** The first message of an alert was raised. */
    void sent(String id, Map<String, String> key, long anchor) {
        if (sent.put(id, anchor) == null && length != 0) {
            at(anchor).sent++;
        }
        recent.merge(AlertId.ofKey(key), anchor, Math::max);
        Named before = named.remove(id);
        if (before != null && length != 0) {
            at(anchor).named.remove(before);
        }
    }

    /** Whether that says something new: the alert was not known to be withheld, or had another number of events. */
    boolean isNews(Withheld alert) {
        Named known = named.get(alert.id());
        return known == null ? !held.containsKey(alert.id()) : !known.alert.equals(alert);
    }

    /**
     * An alert was withheld.
     *
     * @return whether it was not known to be
     */
    boolean held(Withheld alert) {
        boolean isFirst = held.putIfAbsent(alert.id(), alert.anchor()) == null;
        Named known = named.get(alert.id());
        if (length == 0) {
            // Numbers are given when the periods are derived.
            named.put(alert.id(), new Named(alert, 0));
        } else if (isFirst) {
            Period period = at(alert.anchor());
            name(period, new Named(alert, period.held));
            period.held++;
        } else if (known != null) {
            name(at(alert.anchor()), new Named(alert, known.number));
        }
        return isFirst;
    }

    void noticed(CapNotice notice) {
        notices.merge(notice.period(), notice, (a, b) -> a.withheld() > b.withheld() ? a : b);
    }

    // ---- sums

    /** The sums of periods that end at or before the given time and have something new to say. */
    List<Sum> sumsBefore(long time, int most) {
        List<Sum> sums = new ArrayList<>();
        for (Map.Entry<Long, Period> each : periods.headMap(time, false).entrySet()) {
            Period period = each.getValue();
            CapNotice notice = notices.get(each.getKey());
            long told = notice == null ? 0 : notice.withheld();
            if (end(each.getKey()) <= time && period.held > told) {
                List<Withheld> names = period.named.stream()
                        .filter(name -> name.number >= told)
                        .limit(most)
                        .map(Named::alert)
                        .toList();
                sums.add(new Sum(each.getKey(), period.held, period.held - told, names));
            }
        }
        return sums;
    }

    private long end(long start) {
        return plus(start, length);
    }

    private static long plus(long time, long millis) {
        return time > Long.MAX_VALUE - millis ? Long.MAX_VALUE : time + millis;
    }

    /** The withheld alerts whose names are known, the oldest period first and in it those with most events. */
    List<Withheld> named() {
        if (length == 0) {
            return named.values().stream()
                    .sorted(Named.MOST_EVENTS_FIRST)
                    .map(Named::alert)
                    .toList();
        }
        return periods.values().stream()
                .flatMap(period -> period.named.stream())
                .map(Named::alert)
                .toList();
    }

    /** Forgets periods that end at or before the given time, and keys whose alerts are older than a day. */
    void settledBefore(long time) {
        if (time < cleanedBefore) {
            return;
        }
        // Once in a period is enough: it looks at every alert of it.
        cleanedBefore = plus(time, Math.max(1, length));
        sent.values().removeIf(anchor -> isOver(anchor, time));
        held.entrySet().removeIf(each -> {
            boolean isOver = isOver(each.getValue(), time);
            if (isOver) {
                named.remove(each.getKey());
            }
            return isOver;
        });
        periods.keySet().removeIf(start -> end(start) <= time);
        notices.keySet().removeIf(start -> isOver(start, time));
        recent.values().removeIf(anchor -> time - anchor >= RECENT_MILLIS);
    }

    /** While the length of periods is not known, after a restart, none is taken to be over that began within a day. */
    private boolean isOver(long anchor, long time) {
        return length == 0 ? time - anchor >= RECENT_MILLIS : end(start(anchor)) <= time;
    }

    // ---- state

    CapState state(long alerts, long withheld, long retracted) {
        List<Withheld> names = new ArrayList<>();
        for (String id : held.keySet()) {
            Named each = named.get(id);
            if (each != null) {
                names.add(each.alert);
            }
        }
        return new CapState(
                ruleId,
                alerts,
                withheld,
                retracted,
                Map.copyOf(sent),
                new LinkedHashMap<>(held),
                List.copyOf(names),
                Map.copyOf(recent),
                List.copyOf(notices.values()));
    }

    static RuleCaps of(CapState state) {
        RuleCaps caps = new RuleCaps(state.ruleId());
        caps.sent.putAll(state.sent());
        caps.held.putAll(state.held());
        state.named().forEach(each -> caps.named.put(each.id(), new Named(each, 0)));
        caps.recent.putAll(state.recent());
        state.notices().forEach(caps::noticed);
        return caps;
    }
}
