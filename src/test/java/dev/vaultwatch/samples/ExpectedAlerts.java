package dev.vaultwatch.samples;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The rule by plain counting: reads by (UTC minute, UPN, operation), at least {@value #MIN_EVENTS} of them and at least
 * {@value #MIN_ACTIONS} distinct. It shares nothing with the plugin, so that it can contradict it. One thread.
 *
 * <p>A long run would hold every person's every minute; who knows that a minute can get no more calls
 * {@link #settleBefore}, which keeps the alerts and forgets the counts.
 */
public final class ExpectedAlerts {

    public static final int MIN_EVENTS = 10;
    public static final int MIN_ACTIONS = 2;

    private static final long MINUTE_MS = 60_000;

    private final TreeMap<Long, Map<String, Map<String, Integer>>> open = new TreeMap<>();
    private final List<ExpectedAlert> settled = new ArrayList<>();

    /** The alerts of these facts, UPNs merged as in the default identity mode. */
    public static List<ExpectedAlert> of(Iterable<Fact> facts) {
        ExpectedAlerts expected = new ExpectedAlerts();
        for (Fact fact : facts) {
            expected.count(fact.time().toEpochMilli(), fact.upn(), fact.operation());
        }
        return expected.alerts();
    }

    /** The alerts of these facts where only the claim {@code upn} counts, as upstream. */
    public static List<ExpectedAlert> ofUpstream(Iterable<Fact> facts) {
        ExpectedAlerts expected = new ExpectedAlerts();
        for (Fact fact : facts) {
            expected.count(fact.time().toEpochMilli(), fact.claimUpn(), fact.operation());
        }
        return expected.alerts();
    }

    /** Counts one record at a time in milliseconds since the epoch; what the rule does not want is passed over. */
    public void count(long timeMs, @Nullable String upn, String operation) {
        if (upn == null || !Operations.isRead(operation)) {
            return;
        }
        open.computeIfAbsent(Math.floorDiv(timeMs, MINUTE_MS), minute -> new HashMap<>())
                .computeIfAbsent(upn, person -> new HashMap<>())
                .merge(operation, 1, Integer::sum);
    }

    /** Says that no record before this time, in milliseconds since the epoch, will be counted any more. */
    public void settleBefore(long timeMs) {
        long minute = Math.floorDiv(timeMs, MINUTE_MS);
        while (!open.isEmpty() && open.firstKey() < minute) {
            settleFirst();
        }
    }

    /** Settles everything and answers the alerts, by minute, then UPN. */
    public List<ExpectedAlert> alerts() {
        while (!open.isEmpty()) {
            settleFirst();
        }
        return settled.stream()
                .sorted(Comparator.comparing(ExpectedAlert::minute).thenComparing(ExpectedAlert::upn))
                .toList();
    }

    private void settleFirst() {
        Map.Entry<Long, Map<String, Map<String, Integer>>> first = open.pollFirstEntry();
        Instant minute = Instant.ofEpochMilli(first.getKey() * MINUTE_MS);
        first.getValue().forEach((upn, byAction) -> {
            int events = byAction.values().stream().mapToInt(Integer::intValue).sum();
            if (events >= MIN_EVENTS && byAction.size() >= MIN_ACTIONS) {
                settled.add(new ExpectedAlert(
                        minute, upn, events, byAction.keySet().stream().sorted().toList()));
            }
        });
    }
}
