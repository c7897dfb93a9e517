package dev.vaultwatch.detect;

import dev.vaultwatch.alert.Said;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.store.Budget;
import dev.vaultwatch.store.EventStore;
import dev.vaultwatch.time.SourceClock;
import dev.vaultwatch.time.Watermark;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/**
 * The way of an event behind the lock: its source's clock says how far time has come, and every {@linkplain Track rule} that wants
 * it takes it. What happens is a function of the calls alone, in their order: no clock of its own, no thread, no chance; so
 * the same calls after a restart give the same alerts.
 *
 * <pre>
 *   event ─▶ watermark ─▶ closes what is due ─┬─▶ track of rule A ─▶ lane ─▶ desk
 *                                             └─▶ track of rule B ─▶ lane ─▶ desk
 * </pre>
 *
 * Not thread-safe; the plugin holds its lock.
 */
public final class Detector {
    private static final long UNKNOWN = Track.UNKNOWN;

    private final Settings settings;
    private final DeskReporter reporter;
    private final Consumer<Notice> notices;
    private final Watermark time;
    private final Budget budget;
    private final Tracks tracks;
    private final Pressure pressure;
    private final RuleSwap swap;
    private final HandOver handOver;
    private final StallWatch stall;
    private final Progress progress;
    private final EventStore store;
    private final Thinning thinning;
    private final LateLosses losses = new LateLosses();
    private CompiledRules rules;

    private long reopened;

    /** Whether event time is another detector's, which alone moves it. */
    private final boolean follows;

    private Trace trace = Trace.NONE;

    /**
     * Starts without events.
     *
     * @param reporting what the desk is told through
     * @param notices is told what an operator must know, under the lock
     */
    public Detector(Settings settings, DeskReporter reporting, Consumer<Notice> notices, CompiledRules rules) {
        this(settings, reporting, notices, rules, Optional.empty());
    }

    /** A detector without events whose time is that of another, for rules that run beside that one's: see {@link #take}. */
    public static Detector following(
            Detector other, Settings settings, DeskReporter reporting, Consumer<Notice> notices, CompiledRules rules) {
        return new Detector(settings, reporting, notices, rules, Optional.of(other.time));
    }

    private Detector(
            Settings settings,
            DeskReporter reporting,
            Consumer<Notice> notices,
            CompiledRules rules,
            Optional<Watermark> followed) {
        this.follows = followed.isPresent();
        this.settings = settings;
        this.reporter = reporting;
        this.notices = notices;
        this.time = followed.orElseGet(
                () -> new Watermark(settings.slack(), settings.hostOwnsTime(), settings.idleRetention()));
        this.budget = new Budget(settings.bounds().bytes());
        this.rules = rules;
        this.tracks = new Tracks(settings, budget, reporting);
        this.store = new EventStore(budget);
        this.thinning = new Thinning(budget, store, tracks);
        this.swap = new RuleSwap(settings, time, budget, store, tracks, thinning, notices);
        this.handOver = new HandOver(time, store, tracks, settings);
        this.stall = new StallWatch(settings, time, notices);
        this.progress = new Progress(settings, reporting, notices, time, store, tracks, losses);
        this.pressure = new Pressure(settings, time, budget, tracks, thinning, store, progress, notices);
        begin(rules);
    }

    /** The rules in force. */
    public CompiledRules rules() {
        return rules;
    }

    /** Event time, over all sources. */
    public Watermark time() {
        return time;
    }

    // ---- events

    /** What became of an event. */
    public enum Taken {
        /** A rule took it, or might have. */
        KEPT,
        /** No rule can take it any more. */
        LATE
    }

    /**
     * Takes one event of a source.
     *
     * @param longTexts whether it may have texts of unusual length
     */
    public Taken feed(SourceClock source, KeyVaultEvent event, boolean longTexts, long wallNow) {
        time.observe(source, event.time(), wallNow);
        return take(source, event, longTexts);
    }

    /** As {@link #feed}, of an event that has moved time already: for a detector that follows another. */
    public Taken take(SourceClock source, KeyVaultEvent event, boolean longTexts) {
        advance();
        KeyVaultEvent current = event;
        long texts = 0;
        boolean held = false;
        boolean taken = false;
        boolean late = false;
        boolean again = false;
        for (Track track : tracks) {
            Track.Outcome outcome = track.offer(current, source.index(), longTexts, held);
            trace.offered(track, current, outcome);
            switch (outcome) {
                case TAKEN, REOPENED -> {
                    if (!held) {
                        held = true;
                        current = track.kept(current);
                        texts = track.texts();
                    }
                }
                case LATE -> late = true;
                case COUNTED, COUNTED_AGAIN, LIMITED, UNWANTED -> {}
            }
            taken |= outcome != Track.Outcome.LATE && outcome != Track.Outcome.UNWANTED;
            again |= outcome == Track.Outcome.REOPENED || outcome == Track.Outcome.COUNTED_AGAIN;
        }
        if (late) {
            losses.add(event.time(), source.name());
            if (!taken) {
                return Taken.LATE;
            }
        }
        if (again) {
            reopened++;
            progress.lateCame();
        }
        if (taken && !follows) {
            time.count(source, event.time());
        }
        if (held || settings.keepAll()) {
            store.add(current, source.index(), texts);
            swap.kept(new EventStore.Kept(current, source.index()));
        }
        makeRoom();
        return Taken.KEPT;
    }

    /** Tells what becomes of each event that is offered to one rule, and of those that {@link #adopt} brings. */
    public void trace(String ruleId, Tracer told) {
        trace = new Trace(ruleId, told);
    }

    /**
     * Takes over the events that another detector holds, and judges them: to be called once, before any other event.
     *
     * @param each is told of each event
     * @return per rule whose history is not complete there, since when it is
     */
    public Map<String, Instant> adopt(Detector other, Consumer<KeyVaultEvent> each) {
        List<KeyVaultEvent> events = new ArrayList<>();
        for (EventStore.Kept kept : other.store.from(UNKNOWN / 2)) {
            handOver.fill(kept.event(), kept.source(), track -> true);
            events.add(kept.event());
            each.accept(kept.event());
        }
        restoredFrom(other.keptFor(), other.time.greatest().orElse(UNKNOWN));
        tracks.forEach(track -> track.keptFrom(other.thinning.lackedBefore(track.compiled), other.progress.settled()));
        for (Track track : tracks) {
            events.forEach(event -> trace.offered(
                    track, event, track.compiled.takes(event) ? Track.Outcome.TAKEN : Track.Outcome.UNWANTED));
        }
        progress.resume(other.closedTo(), other.settledTo(), events, true, OptionalLong.empty());
        return completeSince();
    }

    /** Notes the time of an event that no rule can use. */
    public void observe(SourceClock source, long eventTime, long wallNow) {
        time.observe(source, eventTime, wallNow);
        advance();
    }

    private void makeRoom() {
        if (budget.isExceeded()) {
            pressure.makeRoom();
        }
    }

    // ---- time

    /** Closes what is due since the watermark moved; to be called after each word about time. */
    public void advance() {
        progress.advance();
    }

    /** Judges late events that wait. */
    public void judgeLate() {
        progress.judgeLate();
    }

    /** Whether late events wait to be judged. */
    public boolean hasLate() {
        return progress.hasLate();
    }

    /** Whether silence has anything to end: open windows with events, events that wait, late ones that are not judged. */
    public boolean hasUnfinished() {
        return tracks.stream().anyMatch(Track::hasUnfinished) || !losses.isEmpty();
    }

    /** The input has ended: closes every window that has events. */
    public void finish() {
        if (!follows) {
            for (SourceClock source : List.copyOf(time.sources())) {
                time.close(source);
            }
        }
        progress.finish();
    }

    /** As {@link #lookForStall}; and says what was dropped as late. */
    public void look(long wallNow, long stallMillis) {
        losses.tell(notices);
        lookForStall(wallNow, stallMillis);
    }

    /** Looks whether time stands still while events wait, and says so once. */
    public void lookForStall(long wallNow, long stallMillis) {
        stall.look(progress.merged(), wallNow, stallMillis);
    }

    /** Whether anything was closed since the last call. */
    public boolean takeClosed() {
        return progress.takeClosed();
    }

    /** Whether nothing more should be taken of the source just now. */
    public boolean isOverloaded(SourceClock source) {
        return pressure.isOverloaded(source, progress.merged());
    }

    // ---- other rules

    /** Prepares other rules: what is kept is noted for those that are new. Under the lock; {@link #swap} or {@link #abandon} follows. */
    public Candidate prepare(CompiledRules others) {
        return swap.prepare(rules, others, progress.completeFrom());
    }

    /**
     * Lets other rules take over, after giving them what has come since they were prepared; under the lock. The candidate is left
     * with the tracks that were in use, to be closed without the lock.
     *
     * @return per rule whose history is not complete, since when it is
     */
    public Map<String, Instant> swap(Candidate candidate) {
        reporter.describe(
                candidate.rules.rules().stream().map(CompiledRule::rule).toList());
        Map<String, Instant> incomplete = swap.swap(candidate, progress.settled(), progress.merged());
        rules = candidate.rules;
        return incomplete;
    }

    /** The candidate does not take over; its tracks are the caller's to close. */
    public void abandon() {
        swap.abandon();
    }

    // ---- other runs, other owners

    /** Begins with other rules than it was made with; before anything else. */
    public void begin(CompiledRules others) {
        tracks.forEach(Track::close);
        tracks.set(others.rules().stream()
                .map(rule -> tracks.make(rule, Optional.empty(), UNKNOWN))
                .toList());
        rules = others;
    }

    /**
     * Whether a detector looks how far event time is settled as it comes to another merged watermark.
     *
     * @param before the merged watermark until then; the least of numbers if there was none
     */
    public static boolean isStep(long before, long merged) {
        return Progress.isStep(before, merged);
    }

    /**
     * Fills the store with an event of an earlier run; nothing is judged.
     *
     * @param settled how far event time was settled when it came, by which it was too late for a rule or not; the least of numbers if
     *     no event was
     */
    public void restore(SourceClock source, KeyVaultEvent event, long settled) {
        handOver.fill(event, source.index(), track -> !track.wasTooLate(event, settled));
    }

    /** How far event time had come when the first of the late events came that wait to be judged; empty if none wait. */
    public OptionalLong lateSince() {
        return progress.lateSince();
    }

    /**
     * Goes on where an earlier run stopped, after {@link #restore}: what had closed by the mark stays closed, what was due since is
     * closed now.
     *
     * @param mark how far event time had come when all that followed from it had been logged; empty if never
     * @param settled how far event time was settled at the mark; empty if it was not
     * @param unjudged events of before the mark, in their order, of which late ones were not judged
     * @param lateSince as {@link #lateSince} was then
     */
    public void resume(OptionalLong mark, OptionalLong settled, List<KeyVaultEvent> unjudged, OptionalLong lateSince) {
        tracks.countAnew();
        progress.resume(mark, settled, unjudged, false, lateSince);
        makeRoom();
    }

    /** Events before that time may be missing from what was restored: nothing of their windows changes any more. */
    public void completeFrom(long from) {
        progress.completeFrom(from);
    }

    /**
     * Notes for which rules an earlier run kept what is restored, so that alerts from an incomplete history say so.
     *
     * @param newest the event time up to which those rules kept events
     */
    public void restoredFrom(KeptFor earlier, long newest) {
        tracks.forEach(track -> earlier.tell(track, newest));
    }

    /** Per rule whose history is not complete, since when it is. */
    public Map<String, Instant> completeSince() {
        return tracks.times(Track::completeSince);
    }

    /** By rule, the beginning of the earliest alert that goes on or can still change; rules whose alerts end with a window are missing. */
    public Map<String, Instant> changingSince() {
        return tracks.times(Track::changingSince);
    }

    /** For which rules events are kept now. */
    public KeptFor keptFor() {
        return swap.keptFor(rules);
    }

    /** Events of before those times may be missing for the rules of those ids: their alerts say so. */
    public void incompleteBefore(Map<String, Long> times) {
        tracks.forEach(track ->
                track.completeSince(Math.max(track.completeSince(), times.getOrDefault(track.ruleId(), UNKNOWN))));
    }

    /** Whether any rule in force can use the event. */
    public boolean isUsable(KeyVaultEvent event) {
        return settings.keepAll() || tracks.stream().anyMatch(track -> track.compiled.takes(event));
    }

    /** How far everything has been closed and judged; empty if nothing is yet. */
    public OptionalLong closedTo() {
        return progress.merged() == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(progress.merged());
    }

    /** The event time before which no source is expected to bring anything; empty before time is known. */
    public OptionalLong settledTo() {
        return progress.settled() == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(progress.settled());
    }

    /** Forgets a source, and what it alone brought; {@link #advance} is to follow. */
    public void revoke(SourceClock source) {
        if (!follows) {
            time.revoke(source);
        }
        forget(source);
    }

    /** Forgets what a source alone brought; the source itself goes on. */
    public void forget(SourceClock source) {
        for (Track track : tracks) {
            track.revoke(source.index());
        }
        store.revoke(source.index(), event -> tracks.stream().anyMatch(track -> track.holds(event)));
    }

    /** Tells tracks what was said before, by an earlier run or another owner; after {@link #restore} and before {@link #resume}. */
    public void said(Collection<Said> messages) {
        tracks.said(messages);
    }

    /** What is kept, by the group of its key, in order. An event is in the groups of all the keys that rules give it. */
    public Map<Integer, List<SharedEvent>> share(ToIntFunction<Map<String, String>> groupOf) {
        return handOver.share(groupOf);
    }

    /** Of these events, those that are not kept here already; two that are equal in everything are two. */
    public List<SharedEvent> missing(List<SharedEvent> events) {
        return handOver.missing(events);
    }

    /**
     * Takes over what another owner kept, in addition to what there is: what is here already is not taken again.
     *
     * @param sources by name, those that are to count as having brought the events
     * @param judgedTo how far event time had come there: what it had closed is judged; empty if nothing
     */
    public void takeOver(
            List<SharedEvent> events,
            Map<String, SourceClock> sources,
            OptionalLong judgedTo,
            Collection<Said> messages) {
        said(messages);
        events.forEach(shared -> swap.shared(shared.event().time()));
        handOver.takeOver(events, sources, judgedTo, messages);
        judgeLate();
        makeRoom();
    }

    // ---- looking

    /** What was dropped as late. */
    public LateLosses lateLosses() {
        return losses;
    }

    /** The event time before which nothing is needed again; empty before time is known. */
    public OptionalLong neededSince() {
        return progress.neededSince();
    }

    /** Records taken after their window had closed. */
    public long reopened() {
        return reopened;
    }

    /** Time spent closing windows, in nanoseconds. */
    public long closeNanos() {
        return progress.closeNanos();
    }

    /** Is told of each rule: id, events cut, heap, nanoseconds spent. */
    public interface RuleMeter {
        /** One rule. */
        void rule(String id, long cut, long bytes, long nanos);
    }

    /** Tells the meters of every rule. */
    public void meter(RuleMeter meter) {
        tracks.meter(meter);
    }

    /** Heap held, by estimate, in bytes. */
    public long bytes() {
        return budget.used();
    }

    /**
     * Judges what waits, and frees the lanes.
     *
     * @param goesOn whether another run goes on from here: then capped periods are not over
     */
    public void close(boolean goesOn) {
        judgeLate();
        losses.tell(notices);
        if (!goesOn) {
            tracks.forEach(track -> reporter.finish(track.compiled.rule()));
        }
        tracks.stream().forEach(Track::close);
    }
}
