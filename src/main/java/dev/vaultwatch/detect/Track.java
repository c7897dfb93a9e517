package dev.vaultwatch.detect;

import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.Lane;
import dev.vaultwatch.engine.RuleFailure;
import dev.vaultwatch.engine.ThreadTime;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.store.EventStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One rule on its way through time: its pre-filter, its groups, its lane, its limits. What happens in one track changes nothing in
 * another: neither results nor limits, and a rule that fails fails alone.
 *
 * <p>A track is made with the rules it runs under and thrown away with them. What it finds goes to its {@link Reporter}. Not
 * thread-safe; the {@link Detector}'s owner holds a lock.
 */
abstract sealed class Track permits TumblingTrack, OrderedTrack, SingleTrack {
    static final long UNKNOWN = Long.MIN_VALUE;

    /** As many failures in a minute of event time, and a rule is suspended: it fails on what comes as a rule. */
    private static final int MOST_FAILURES = 1_000;

    /** An Error may be the host's, whose heap was full; a second one within the minute is the rule's. */
    private static final int MOST_ERRORS = 2;

    private static final long FAILURES_MILLIS = 60_000;

    /** Ten times what the shipped rules take for an event. */
    private static final long NANOS_PER_EVENT_AGAIN = 100_000;

    /** What a track made of an event. */
    enum Outcome {
        /** Taken, in time. */
        TAKEN,
        /** Taken, though its window had closed. */
        REOPENED,
        /** No part of what the rule asks for. */
        UNWANTED,
        /** Its window can't change any more. */
        LATE,
        /** Counted, in time, and its values not kept. */
        COUNTED,
        /** Counted, though its window had closed. */
        COUNTED_AGAIN,
        /** A bound of the rule's is reached. */
        LIMITED
    }

    final CompiledRule compiled;
    final Reporter reporter;
    private final Budgets budgets;
    private long completeSince;
    private boolean completeFromNext;
    private long thinnedBefore = UNKNOWN;
    private boolean suspended;
    private boolean letGo;
    private int failures;
    private int errors;
    private boolean limitTold;
    private long failuresSince = UNKNOWN;
    private long nanosSeen;

    /** The thread that renewed the budget last, and the processor time that it had used. */
    private long renewedBy;

    private long usedThen;

    Track(CompiledRule compiled, Reporter reporter, Budgets budgets, long completeSince) {
        this.compiled = compiled;
        this.reporter = reporter;
        this.budgets = budgets;
        this.completeSince = completeSince;
    }

    /**
     * What a rule may spend.
     *
     * @param nanosPerStep in its engine, while event time goes on by a second or closes a window
     */
    record Budgets(long nanosPerStep) {}

    String ruleId() {
        return compiled.rule().id();
    }

    /** Event time from which on every event that the rule asks for was kept; the least of numbers if always. */
    final long completeSince() {
        return completeSince;
    }

    final void completeSince(long time) {
        completeSince = time;
    }

    /**
     * That events of before the first time may be missing from what the rule was given: for one that looks back no further it does
     * not matter.
     *
     * @param settled the event time before which nothing more is expected; the least of numbers if it is not known
     */
    final void keptFrom(long time, long settled) {
        if (settled != UNKNOWN && time > changesFrom(settled)) {
            completeSince = Math.max(completeSince, time);
        }
    }

    /**
     * That events which the rule asks for may have been passed over before: its history is complete from the next event on, since
     * nobody read the times of those.
     */
    final void completeFromNext() {
        completeFromNext = true;
    }

    /**
     * Event time before which the store may lack events that the rule takes, since they were let go of when it needed them no more;
     * the least of numbers if it lacks none.
     */
    final long thinnedBefore() {
        return thinnedBefore;
    }

    final void thinnedBefore(long time) {
        thinnedBefore = Math.max(thinnedBefore, time);
    }

    final boolean isCompleteFromNext() {
        return completeFromNext;
    }

    final boolean isSuspended() {
        return suspended;
    }

    /**
     * Offers an event.
     *
     * @param longTexts whether it may have texts of unusual length
     * @param shared whether another track holds it already
     */
    final Outcome offer(KeyVaultEvent event, int source, boolean longTexts, boolean shared) {
        if (completeFromNext) {
            completeFromNext = false;
            completeSince = Math.max(completeSince, event.time());
        }
        if (suspended || !compiled.shape().mayMatch(event)) {
            return Outcome.UNWANTED;
        }
        if (compiled.excludesAny()) {
            Optional<String> exception = compiled.excludedBy(event);
            if (exception.isPresent()) {
                reporter.excepted(exception.get());
                return Outcome.UNWANTED;
            }
        }
        Outcome outcome = take(event, source, longTexts, shared);
        checkBudget();
        return outcome;
    }

    abstract Outcome take(KeyVaultEvent event, int source, boolean longTexts, boolean shared);

    /** The event as this track kept it last, which the others are to keep too: it shares texts with earlier ones. */
    KeyVaultEvent kept(KeyVaultEvent event) {
        return event;
    }

    /** Heap of the texts of the event that was kept last which no earlier one holds, by estimate. */
    long texts() {
        return 0;
    }

    /** Whether it may hold the event. */
    boolean holds(KeyVaultEvent event) {
        return false;
    }

    /** Whether {@link #advance} to that time would close a window or let events go on. */
    abstract boolean isDue(long merged);

    /** Time has come so far: closes what is due. */
    abstract void advance(long merged);

    /** Judges what late events changed. */
    abstract void judgeLate();

    /** Whether late events wait to be judged. */
    abstract boolean hasLate();

    /** Closes everything that has events, whatever the time. */
    abstract void finish();

    /** Whether time would have something to end here. */
    abstract boolean hasUnfinished();

    /** Lets go of what is settled: no event before the given time is expected, and none of before it less lateness taken. */
    abstract void settle(long settled);

    /** The event time from which on events are needed again, if the rule is judged anew. */
    abstract long neededFrom();

    /** The event time from which on it may hold events: later than {@link #neededFrom} where earlier ones had to make room. */
    long holdsFrom() {
        return neededFrom();
    }

    /** The event time from which on something can still change, once all before the given time is settled but for lateness. */
    abstract long changesFrom(long settled);

    /** Lets go of the oldest window that is closed; false if there is none. */
    abstract boolean makeRoom();

    /** The beginning of the earliest alert that goes on or can still change; {@link #UNKNOWN} where a window says when that is over. */
    final long changingSince() {
        long oldest = episodes().map(Episodes::oldestTold).orElse(Long.MAX_VALUE);
        return oldest == Long.MAX_VALUE ? UNKNOWN : oldest;
    }

    /** The anchors of the alerts that were told and go on or can still change, whatever their ends look like. */
    final Set<Long> goOn() {
        return episodes().map(Episodes::told).orElse(Set.of());
    }

    /** What was found, where no window says when an alert is over. */
    Optional<Episodes> episodes() {
        return Optional.empty();
    }

    /** Whether it can take no further key just now. */
    boolean isOverloaded() {
        return false;
    }

    /** The start of the window that is open; the least of numbers if none is or the rule has none. */
    abstract long openWindow();

    /**
     * Whether the rule took nothing of an event, though it may look at what is as old: it must not do so after a restart, either.
     *
     * @param settled how far event time was settled when the event came
     */
    boolean wasTooLate(KeyVaultEvent event, long settled) {
        return false;
    }

    /** Whether a rule that still keeps what is as old as the event took nothing of it. */
    boolean dropped(KeyVaultEvent event) {
        return false;
    }

    /** Fills an empty track with what was kept before it was made; nothing is judged or reported. */
    abstract void refill(List<EventStore.Kept> events);

    /** Goes on from the given watermark, after {@link #refill}: what is open is judged, what is closed is not. */
    abstract void resume(long merged);

    /**
     * Notes that events which were filled in have not been judged: those of windows that are over as late ones, those of the open
     * window when {@link #rejoin} is called.
     *
     * @param wasTaken whether it is known that the event was taken then; if not, it may have been dropped as late
     */
    abstract void unjudged(KeyVaultEvent event, boolean wasTaken);

    /** Lets the lane know again what is open, after more was filled in. */
    abstract void rejoin();

    /** What was said of a key by an earlier run or another owner; of most rules the desk alone must know. */
    void said(@Nullable Object key, long anchor, long end, Map<String, Object> columns) {}

    /** Lets go of what a source alone brought. */
    abstract void revoke(int source);

    /** Events counted and not kept in full, so far. */
    abstract long cut();

    /** Heap held, by estimate. */
    abstract long bytes();

    /** Time spent in the rule's engine so far, in nanoseconds. */
    abstract long nanos();

    final void close() {
        closeLanes();
    }

    /** Suspends a rule that costs too much. To be called when the rule has worked and nothing of the track is in use. */
    final void checkBudget() {
        checkTime();
        if (suspended && !letGo) {
            letGo = true;
            letGo();
        }
    }

    /** Suspends a rule that has spent too much since its budget was renewed. */
    final void checkTime() {
        long spent = nanos() - nanosSeen;
        if (spent > budgets.nanosPerStep() && Thread.currentThread().getId() == renewedBy) {
            // The machine or the process may have stood still, which is no work of the rule's.
            spent = Math.min(spent, ThreadTime.used() - usedThen);
            nanosSeen = nanos() - spent;
        }
        if (spent > budgets.nanosPerStep() && !suspended) {
            suspend("spent " + spent / 1_000_000 + " ms within a second of event time, and may spend "
                    + budgets.nanosPerStep() / 1_000_000 + " ms (bounds.rule-time)");
        }
    }

    /** Checks the time, and says whether the rule may go on. */
    final boolean hasTime() {
        checkTime();
        return !suspended;
    }

    /** What comes next is as much as a rule may be asked for at once. */
    final void renewTime() {
        nanosSeen = nanos();
        renewedBy = Thread.currentThread().getId();
        usedThen = ThreadTime.used();
    }

    /** So many earlier events are given to the rule again: no second of event time paid for them. */
    final void allowFor(long events) {
        nanosSeen += events * NANOS_PER_EVENT_AGAIN;
    }

    /** Event time has gone on by a second or more: what the rule may spend, it may spend anew. */
    final void renewBudget(long merged) {
        renewTime();
        if (failuresSince == UNKNOWN || merged - failuresSince >= FAILURES_MILLIS) {
            failuresSince = merged;
            failures = 0;
            errors = 0;
            limitTold = false;
        }
    }

    /** Reports what went wrong; true if something threw, so that what was found is not to be relied on. */
    final boolean failed(List<RuleFailure> failed) {
        boolean threw = false;
        for (RuleFailure each : failed) {
            if (each.kind() == RuleFailure.Kind.LIMITED) {
                reporter.limited(ruleId(), each.problem(), !limitTold);
                limitTold = true;
                continue;
            }
            threw = true;
            failures++;
            errors += each.kind() == RuleFailure.Kind.BROKE ? 1 : 0;
            reporter.failed(ruleId(), each.problem(), failures == 1);
        }
        if (!suspended && errors >= MOST_ERRORS) {
            suspend("failed again: " + failed.get(failed.size() - 1).problem());
        } else if (!suspended && failures >= MOST_FAILURES) {
            suspend("failed " + failures + " times within a minute of event time");
        }
        return threw;
    }

    /** Another lane for a rule whose lane is no good; the old one, closed, where the rule can't have another. */
    final Lane another(Lane old) {
        old.close();
        try {
            return compiled.newLane();
        } catch (RuntimeException | Error e) {
            if (!suspended) {
                suspend("can't be given an engine (" + e.getClass().getName() + ")");
            }
            return old;
        }
    }

    /** A lane beside the one in use; empty, and the rule suspended, where it can't have one. */
    final Optional<Lane> beside() {
        if (suspended) {
            return Optional.empty();
        }
        try {
            return Optional.of(compiled.newLane());
        } catch (RuntimeException | Error e) {
            suspend("can't be given an engine (" + e.getClass().getName() + ")");
            return Optional.empty();
        }
    }

    private void suspend(String why) {
        suspended = true;
        // What it holds may be what filled the heap.
        closeLanes();
        reporter.suspended(ruleId(), why);
    }

    /** Frees the engines; lanes that are closed take calls and do nothing. */
    abstract void closeLanes();

    /** Lets go of all events: the rule is suspended, and a reload gives it another track. */
    abstract void letGo();

    /** Whether an alert about that time rests on a history that is not complete. */
    final boolean isIncomplete(long from) {
        return from < completeSince;
    }

    final @Nullable Object keyOf(KeyVaultEvent event) {
        return compiled.rule().key().of(event);
    }
}
