package dev.vaultwatch.detect;

import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.engine.Lane;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.rule.Window;
import dev.vaultwatch.store.Budget;
import dev.vaultwatch.store.Directories;
import dev.vaultwatch.store.EventStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A rule over the order of events: sliding windows, patterns, {@code match_recognize}. Events wait until the watermark passes
 * them and enter the lane in event-time order, as a CEP operator on a stream processor has it; but late ones are not dropped:
 * nothing that a rule finds depends on anything older than its reach, so the findings around a late event are made anew from the
 * store: of its key, or of every key where the rule may look at others' events.
 *
 * <pre>
 *        t − reach          t  (late)         t + reach
 *   ─────────┼──────────────●──────────────────┼──────▶ event time
 *            └── sent to a fresh lane ─────────┘
 *                           └── findings here ─┘  take the place of those that stood there
 * </pre>
 *
 * <p>Where the events of one key within the reach before a finding name two directories, it is about one of the two people
 * ({@link OrderedLanes}): that, too, depends on nothing older than the reach.
 *
 * <p>Findings of one key and person that lie no further apart than {@code quiet} are one {@linkplain Episodes episode}, and one alert.
 */
final class OrderedTrack extends Track {
    /** With nothing to send, the lane's clock follows the watermark in steps: its timers may be late by one. */
    private static final long STEP_MILLIS = 1_000;

    private final long reach;
    private final long quiet;

    /** How far back of what may still change events are needed: for what is found, and for the episode that it belongs to. */
    private final long memory;

    private final long mostEvents;
    private final long latenessMillis;
    private final Episodes episodes;
    private final Histories histories;
    private final PriorityQueue<KeyVaultEvent> pending = new PriorityQueue<>(Histories.IN_ORDER);

    private final LateSpans late = new LateSpans();
    private final LimitedSpans limits = new LimitedSpans();
    private OrderedLanes lanes;
    private long nanosOfOthers;

    /** Events before it are in the lane; the lane's own clock stands just before it. */
    private long clock = UNKNOWN;

    /** No event before it is taken; and no late one before the horizon, which is beyond it where events had to make room. */
    private long settledBefore = UNKNOWN;

    private long horizon = UNKNOWN;
    private long limited;
    private long madeRoomTo = UNKNOWN;

    OrderedTrack(
            CompiledRule compiled,
            Window.Ordered window,
            Budget budget,
            boolean byDirectory,
            long mostEvents,
            long latenessMillis,
            Reporter reporter,
            Budgets budgets,
            long completeSince) {
        super(compiled, reporter, budgets, completeSince);
        this.histories = new Histories(budget, byDirectory);
        this.reach = window.reach().toMillis();
        this.quiet = window.quiet().toMillis();
        this.memory = reach + Math.max(reach, quiet);
        this.latenessMillis = latenessMillis;
        this.episodes = new Episodes(quiet, Math.max(reach, quiet), budget, new Episodes.Voice() {
            @Override
            public void first(Finding finding, long end, boolean afterwards) {
                if (afterwards) {
                    reporter.revised(found(finding, finding.time(), end));
                } else {
                    reporter.onTime(found(finding, finding.time(), end));
                }
            }

            @Override
            public void changed(long anchor, Finding finding, long end) {
                reporter.revised(found(finding, anchor, end));
            }

            @Override
            public void gone(@Nullable Object key, String directory, long anchor) {
                reporter.retracted(compiled.rule(), key, anchor, directory);
            }
        });
        this.mostEvents = mostEvents;
        this.lanes = with(compiled.newLane());
    }

    private OrderedLanes with(Lane lane) {
        return new OrderedLanes(lane, this::beside, mostEvents, histories, reach);
    }

    private Reporter.Found found(Finding finding, long anchor, long end) {
        boolean incomplete = isIncomplete(anchor - reach);
        boolean limited = limits.meet(anchor, finding.time() + quiet);
        return new Reporter.Found(finding, anchor, finding.directory(), end, 0, incomplete || limited, incomplete);
    }

    @Override
    Outcome take(KeyVaultEvent event, int source, boolean longTexts, boolean shared) {
        boolean isLate = event.time() < clock;
        if (event.time() < settledBefore || (isLate && event.time() < horizon)) {
            return Outcome.LATE;
        }
        Object key = keyOf(event);
        histories.add(key, event, source, longTexts && !shared);
        if (isLate) {
            late.add(key, event.time());
            return Outcome.REOPENED;
        }
        pending.add(event);
        return Outcome.TAKEN;
    }

    @Override
    long texts() {
        return histories.texts();
    }

    @Override
    boolean holds(KeyVaultEvent event) {
        return compiled.takes(event) && histories.has(keyOf(event));
    }

    // ---- time

    @Override
    boolean isDue(long merged) {
        if (isSuspended()) {
            return false;
        }
        return clock == UNKNOWN
                || (!pending.isEmpty() && pending.peek().time() < merged)
                || merged - clock >= STEP_MILLIS;
    }

    @Override
    void advance(long merged) {
        if (merged <= clock) {
            return;
        }
        if (lanes.isStale()) {
            rebuild();
        }
        while (!pending.isEmpty() && pending.peek().time() < merged && !isSuspended()) {
            KeyVaultEvent next = pending.poll();
            lanes.send(keyOf(next), next);
            collect();
            checkTime();
            if (lanes.isBroken()) {
                clock = next.time() + 1;
                rebuild();
            }
        }
        clock = merged;
        // What may still come at this very millisecond must find the lane's clock not beyond it.
        lanes.advanceTo(merged - 1);
        collect();
        if (isSuspended()) {
            return;
        }
        episodes.ended(clock);
        if (lanes.isDamaged()) {
            rebuild();
        }
    }

    private void collect() {
        if (lanes.hasOutput()) {
            List<Finding> findings = lanes.takeFindings();
            lanes.limits(limits::add);
            findings.forEach(episodes::add);
            failed(lanes.takeFailures());
        }
    }

    @Override
    void finish() {
        judgeLate();
        if (isSuspended()) {
            return;
        }
        long last = clock;
        for (KeyVaultEvent event : pending) {
            last = Math.max(last, event.time());
        }
        if (last != UNKNOWN) {
            // Findings may come out as late as the reach after the last event, and an episode ends quiet after that.
            long goOn = clock;
            advance(last + reach + 2);
            episodes.ended(Long.MAX_VALUE);
            if (goOn != clock) {
                clock = last + 1;
                rebuild();
            }
        }
    }

    @Override
    boolean hasUnfinished() {
        return episodes.hasOpen() || !histories.isEmpty();
    }

    @Override
    void settle(long settled) {
        settledBefore = settled - latenessMillis;
        // Where events had to make room, what comes can't be judged with all that it needs.
        horizon = Math.max(horizon, settledBefore);
        if (forgetBefore(horizon - memory)) {
            episodes.forgetBefore(horizon - reach);
        }
        limits.forgetBefore(horizon - reach - quiet);
    }

    private long forgottenBefore = UNKNOWN;

    private boolean forgetBefore(long time) {
        // Looking through every key each time would cost more than what it frees.
        if (forgottenBefore != UNKNOWN && time - forgottenBefore < Math.max(1_000, reach / 4)) {
            return false;
        }
        forgottenBefore = time;
        histories.forgetBefore(time);
        return true;
    }

    @Override
    long neededFrom() {
        return clock == UNKNOWN || isSuspended() ? Long.MAX_VALUE : (horizon == UNKNOWN ? clock : horizon) - memory;
    }

    @Override
    long holdsFrom() {
        return Math.max(neededFrom(), madeRoomTo);
    }

    @Override
    long changesFrom(long settled) {
        return settled - latenessMillis - memory;
    }

    @Override
    long openWindow() {
        return clock;
    }

    // ---- late events

    @Override
    boolean hasLate() {
        return !late.isEmpty();
    }

    @Override
    void judgeLate() {
        if (late.isEmpty()) {
            return;
        }
        Map<@Nullable Object, LateSpans.Span> toJudge = late.takeAll();
        LateSpans.Span whole = LateSpans.whole(toJudge.values());
        boolean touchesLane = whole.to() + reach >= clock;
        long from = whole.from() - reach;
        List<KeyVaultEvent> events = compiled.shape().keyBound()
                ? histories.between(from, clock, toJudge.keySet())
                : histories.between(from, clock);
        Optional<Lane> beside = beside();
        if (beside.isEmpty()) {
            return;
        }
        try (OrderedLanes judge = with(beside.get())) {
            sendAgain(events, judge);
            judge.advanceTo(clock - 1);
            List<Finding> findings = judge.takeFindings();
            judge.limits(limits::add);
            if (failed(judge.takeFailures()) || isSuspended()) {
                // What stands is as good as it was.
            } else if (!compiled.shape().keyBound()) {
                episodes.replaceAll(whole.from(), Math.min(whole.to() + reach, clock), findings, clock);
            } else {
                toJudge.forEach((key, span) -> {
                    long to = Math.min(span.to() + reach, clock);
                    episodes.replace(key, "", span.from(), to, findings, clock);
                    for (String person : histories.people(key)) {
                        episodes.replace(key, person, span.from(), to, findings, clock);
                    }
                });
            }
        }
        if (touchesLane) {
            rebuild();
        }
    }

    /** Sends earlier events in their order, unless the rule takes longer for them than it may. */
    private void sendAgain(List<KeyVaultEvent> events, OrderedLanes to) {
        allowFor(events.size());
        for (KeyVaultEvent event : events) {
            long before = to.nanos();
            to.send(keyOf(event), event);
            nanosOfOthers += to == lanes ? 0 : to.nanos() - before;
            checkTime();
            if (isSuspended()) {
                return;
            }
        }
    }

    /** Gives the lane the state that it would have had, from the store: all that lies within the reach before its clock. */
    private void rebuild() {
        rebuild(clock - reach);
    }

    private List<Finding> rebuild(long from) {
        OrderedLanes old = lanes;
        Lane lane = another(old.all());
        old.close();
        if (lane != old.all()) {
            nanosOfOthers += old.nanos();
            lanes = with(lane);
        }
        if (clock == UNKNOWN || isSuspended()) {
            return List.of();
        }
        sendAgain(histories.between(from, clock), lanes);
        lanes.advanceTo(clock - 1);
        List<Finding> found = lanes.takeFindings();
        lanes.limits(limits::add);
        failed(lanes.takeFailures());
        return found;
    }

    /**
     * As {@link #rebuild()}, after another run or owner told of episodes: how far each has come since was not told, and follows from
     * the events.
     */
    private void recall() {
        episodes.judgedBefore(clock);
        if (!episodes.hasTold()) {
            rebuild();
            return;
        }
        long from = horizon == UNKNOWN ? UNKNOWN / 2 : Math.min(horizon, clock) - memory;
        episodes.foundBefore(rebuild(from), Math.max(from, completeSince()) + reach);
        // What an earlier run has spent already.
        renewTime();
    }

    // ---- bounds

    @Override
    boolean makeRoom() {
        if (clock == UNKNOWN) {
            return false;
        }
        judgeLate();
        long oldest = histories.oldest();
        long upTo = oldest + Math.max(1_000, reach / 4);
        if (oldest >= clock - reach || upTo >= clock) {
            return false;
        }
        forgottenBefore = UNKNOWN;
        forgetBefore(upTo);
        madeRoomTo = upTo;
        horizon = Math.max(horizon, upTo + reach);
        episodes.forgetBefore(horizon - reach);
        if (upTo + 2 * reach > clock) {
            completeSince(Math.max(completeSince(), upTo));
        }
        limited++;
        reporter.madeRoom(ruleId(), upTo + reach);
        return true;
    }

    @Override
    Optional<Episodes> episodes() {
        return Optional.of(episodes);
    }

    // ---- other rules, other runs, other owners

    @Override
    void refill(List<EventStore.Kept> events) {
        for (EventStore.Kept kept : events) {
            if (compiled.takes(kept.event())) {
                histories.add(keyOf(kept.event()), kept.event(), kept.source(), true);
                pending.add(kept.event());
            }
        }
    }

    @Override
    boolean wasTooLate(KeyVaultEvent event, long settled) {
        return settled != UNKNOWN && event.time() < settled - latenessMillis;
    }

    @Override
    boolean dropped(KeyVaultEvent event) {
        return compiled.takes(event) && event.time() >= forgottenBefore && !histories.has(keyOf(event), event);
    }

    @Override
    void resume(long merged) {
        if (merged == UNKNOWN) {
            return;
        }
        clock = merged;
        pending.removeIf(event -> event.time() < merged);
        recall();
    }

    @Override
    void unjudged(KeyVaultEvent event, boolean wasTaken) {
        boolean counts = wasTaken || event.time() >= horizon;
        if (compiled.takes(event) && counts && clock != UNKNOWN && event.time() < clock) {
            late.add(keyOf(event), event.time());
        }
    }

    @Override
    void rejoin() {
        if (clock != UNKNOWN) {
            pending.removeIf(event -> event.time() < clock);
            recall();
        }
    }

    @Override
    void said(@Nullable Object key, long anchor, long end, Map<String, Object> columns) {
        // An episode's end is a millisecond behind its last finding.
        episodes.said(anchor, new Finding(compiled.rule(), false, end - 1, key, columns));
    }

    @Override
    void revoke(int source) {
        Map<@Nullable Object, List<KeyVaultEvent>> gone = histories.revoke(source);
        gone.forEach((key, events) -> {
            pending.removeAll(events);
            late.remove(key);
            List<Long> anchors = new ArrayList<>(episodes.forget(key, ""));
            Directories.divide(events).keySet().forEach(person -> anchors.addAll(episodes.forget(key, person)));
            anchors.forEach(anchor -> reporter.revoked(compiled.rule(), key, anchor));
        });
        if (!gone.isEmpty()) {
            rebuild();
        }
    }

    @Override
    long cut() {
        return limited;
    }

    @Override
    long bytes() {
        return histories.bytes() + episodes.bytes();
    }

    @Override
    long nanos() {
        return nanosOfOthers + lanes.nanos();
    }

    @Override
    void closeLanes() {
        lanes.close();
    }

    @Override
    void letGo() {
        histories.clear();
        episodes.clear();
        pending.clear();
        late.clear();
    }
}
