package dev.vaultwatch.detect;

import dev.vaultwatch.alert.Said;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Window;
import dev.vaultwatch.store.Budget;
import dev.vaultwatch.store.EventStore;
import dev.vaultwatch.store.Groups;
import dev.vaultwatch.time.SourceClock;
import dev.vaultwatch.time.Watermark;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

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

    /** Late events of one key within so much event time are judged together. */
    private static final long LATE_DEBOUNCE_MILLIS = 1_000;

    /** A rule's budget of time is for so much event time. */
    private static final long BUDGET_MILLIS = 1_000;

    private final Settings settings;
    private final DeskReporter reporter;
    private final Consumer<Notice> notices;
    private final Runnable settledListener;
    private final Watermark time;
    private final Budget budget;
    private final EventStore store = new EventStore();
    private final LateLosses losses = new LateLosses();
    private CompiledRules rules;
    private List<Track> tracks;

    /** Events that came while other rules are made ready; null while none are. */
    private @Nullable List<EventStore.Kept> sinceNoted;

    private long lastMerged = UNKNOWN;
    private long lastJudgedLate = UNKNOWN;
    private long lastSettled = UNKNOWN;
    private long reopened;
    private long closeNanos;
    private long stalledMerged = UNKNOWN;
    private long stalledSince = UNKNOWN;
    private boolean stallTold;
    private long overloadTold = UNKNOWN + 1;
    private long lastSettledAt = UNKNOWN / 2;
    private long lastBudgetAt = UNKNOWN / 2;

    /** Windows before it can't change any more: an earlier run gave up what they rest on. */
    private long floor = UNKNOWN / 2;

    private boolean closedSomething;

    /**
     * Starts without events.
     *
     * @param reporting what the desk is told through
     * @param notices is told what an operator must know, under the lock
     */
    public Detector(Settings settings, DeskReporter reporting, Consumer<Notice> notices, CompiledRules rules) {
        this.settings = settings;
        this.reporter = reporting;
        this.notices = notices;
        this.settledListener = () -> reporting.settledBefore(this::settledBefore);
        this.time = new Watermark(settings.slack(), settings.hostOwnsTime(), settings.idleRetention());
        this.budget = new Budget(settings.bounds().bytes());
        this.rules = rules;
        this.tracks = sorted(rules.rules().stream()
                .map(rule -> newTrack(rule, Optional.empty(), UNKNOWN))
                .toList());
    }

    /** Who keeps events longest comes first: the heap of an event is counted where it is held longest. */
    private static List<Track> sorted(List<Track> unsorted) {
        List<Track> sorted = new ArrayList<>(unsorted);
        sorted.sort(Comparator.<Track>comparingLong(
                        track -> -length(track.compiled.rule().window()))
                .thenComparing(Track::ruleId));
        return sorted;
    }

    private static long length(Window window) {
        if (window instanceof Window.Tumbling tumbling) {
            return tumbling.length().toMillis();
        }
        return window instanceof Window.Ordered ordered ? 2 * ordered.reach().toMillis() : 0;
    }

    private Track newTrack(CompiledRule compiled, Optional<Groups> groups, long completeSince) {
        Track.Budgets budgets = new Track.Budgets(settings.ruleTime().toNanos());
        long lateness = settings.lateness().toMillis();
        Window window = compiled.rule().window();
        if (window instanceof Window.Tumbling tumbling) {
            Groups its = groups.orElseGet(() -> new Groups(
                    settings.bounds(),
                    budget,
                    compiled.shape().countable(),
                    compiled.rule().key().properties(),
                    compiled.shape().minEvents(),
                    settings.seed()));
            its.minEvents(compiled.shape().minEvents());
            return new TumblingTrack(compiled, tumbling, its, lateness, reporter, budgets, completeSince);
        }
        if (window instanceof Window.Ordered ordered) {
            return new OrderedTrack(compiled, ordered, budget, lateness, reporter, budgets, completeSince);
        }
        return new SingleTrack(compiled, lateness, reporter, budgets, completeSince);
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
        advance();
        KeyVaultEvent current = event;
        boolean held = false;
        boolean taken = false;
        boolean late = false;
        boolean again = false;
        for (Track track : tracks) {
            Track.Outcome outcome = track.offer(current, source.index(), longTexts, held);
            switch (outcome) {
                case TAKEN, REOPENED -> {
                    if (!held) {
                        held = true;
                        current = track.kept(current);
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
            if (lastJudgedLate == UNKNOWN) {
                lastJudgedLate = lastMerged;
            }
        }
        if (taken) {
            time.count(source, event.time());
            makeRoom();
        }
        if (held || settings.keepAll()) {
            store.add(current, source.index());
            if (sinceNoted != null) {
                sinceNoted.add(new EventStore.Kept(current, source.index()));
            }
        }
        return Taken.KEPT;
    }

    /** Notes the time of an event that no rule can use. */
    public void observe(SourceClock source, long eventTime, long wallNow) {
        time.observe(source, eventTime, wallNow);
        advance();
    }

    private void makeRoom() {
        boolean made = true;
        while (made && budget.isExceeded()) {
            Track oldest = null;
            for (Track track : tracks) {
                if (oldest == null || track.neededFrom() < oldest.neededFrom()) {
                    oldest = track;
                }
            }
            made = oldest != null && oldest.makeRoom();
            if (!made) {
                for (Track track : tracks) {
                    made |= track.makeRoom();
                }
            }
            if (made) {
                store.forgetBefore(neededFrom());
            }
        }
    }

    private long neededFrom() {
        long from = Long.MAX_VALUE;
        for (Track track : tracks) {
            from = Math.min(from, track.neededFrom());
        }
        return settings.keepAll() ? Math.min(from, lastSettled) : from;
    }

    // ---- time

    /** Closes what is due since the watermark moved; to be called after each word about time. */
    public void advance() {
        OptionalLong reached = time.merged();
        if (reached.isEmpty() || reached.getAsLong() == lastMerged) {
            return;
        }
        long merged = reached.getAsLong();
        lastMerged = merged;
        if (lastJudgedLate != UNKNOWN && merged - lastJudgedLate >= LATE_DEBOUNCE_MILLIS) {
            judgeLate();
        }
        boolean closes = false;
        boolean due = merged - lastSettledAt >= LATE_DEBOUNCE_MILLIS || merged - lastBudgetAt >= BUDGET_MILLIS;
        for (Track track : tracks) {
            boolean its = track.isDue(merged);
            due |= its;
            closes |= its && track instanceof TumblingTrack;
        }
        if (!due) {
            return;
        }
        long before = System.nanoTime();
        if (closes) {
            judgeLate();
        }
        for (Track track : tracks) {
            if (track.isDue(merged)) {
                track.advance(merged);
                track.checkBudget();
            }
        }
        if (merged - lastBudgetAt >= BUDGET_MILLIS) {
            lastBudgetAt = merged;
            tracks.forEach(track -> track.renewBudget(merged));
        }
        reporter.flush();
        if (closes) {
            closedSomething = true;
            losses.tell(notices);
            sumUp();
        }
        lastSettledAt = merged;
        settle();
        closeNanos += System.nanoTime() - before;
    }

    /** Capped periods that are over are summed up. */
    private void sumUp() {
        for (Track track : tracks) {
            long open = track.openWindow();
            reporter.closedBefore(track.compiled.rule(), open == UNKNOWN ? lastMerged : open);
        }
    }

    private void settle() {
        OptionalLong settled = time.settled();
        if (settled.isPresent() && settled.getAsLong() > lastSettled) {
            lastSettled =
                    Math.max(settled.getAsLong(), floor + settings.lateness().toMillis());
            for (Track track : tracks) {
                track.settle(lastSettled);
            }
            store.forgetBefore(neededFrom());
            settledListener.run();
        }
    }

    /** The event time before which nothing that a rule said can change any more; the least of numbers before time is known. */
    private long settledBefore(String ruleId) {
        for (Track track : tracks) {
            if (track.ruleId().equals(ruleId)) {
                return Math.min(
                        track.neededFrom(), lastSettled - settings.lateness().toMillis());
            }
        }
        return lastSettled == UNKNOWN
                ? UNKNOWN
                : lastSettled - settings.lateness().toMillis();
    }

    /** Judges late events that wait. */
    public void judgeLate() {
        lastJudgedLate = UNKNOWN;
        for (Track track : tracks) {
            track.judgeLate();
            track.checkBudget();
        }
    }

    /** Whether late events wait to be judged. */
    public boolean hasLate() {
        return tracks.stream().anyMatch(Track::hasLate);
    }

    /** Whether silence has anything to end: open windows with events, events that wait, late ones that are not judged. */
    public boolean hasUnfinished() {
        return tracks.stream().anyMatch(Track::hasUnfinished) || !losses.isEmpty();
    }

    /** The input has ended: closes every window that has events. */
    public void finish() {
        for (SourceClock source : List.copyOf(time.sources())) {
            time.close(source);
        }
        advance();
        for (Track track : tracks) {
            track.finish();
            track.checkBudget();
        }
        reporter.flush();
        closedSomething = true;
        losses.tell(notices);
    }

    /** Looks whether time stands still while events wait, and says so once. */
    public void look(long wallNow, long stallMillis) {
        losses.tell(notices);
        if (time.held() == 0 || stalledMerged != lastMerged || stalledSince == UNKNOWN) {
            stalledMerged = lastMerged;
            stalledSince = wallNow;
            stallTold = false;
            return;
        }
        if (!stallTold && wallNow - stalledSince >= stallMillis) {
            stallTold = true;
            notices.accept(Notice.of(
                    Notice.Kind.TIME_STALLED,
                    time.held() + " events wait, and event time has stood still for "
                            + (wallNow - stalledSince) / 1000 + " s"
                            + time.merged().stream()
                                    .mapToObj(at -> " at " + Instant.ofEpochMilli(at))
                                    .findFirst()
                                    .orElse("")
                            + "; "
                            + (settings.hostOwnsTime()
                                    ? "the host owns it (time.owner) and has not called advanceTo."
                                    : time.holder()
                                            .map(source -> (source.name().isEmpty()
                                                            ? "the default source"
                                                            : "source " + source.name())
                                                    + " holds it back: it brings records, and none that is newer.")
                                            .orElse("no source says how late it is.")),
                    time.held()));
        }
    }

    /** Whether anything was closed since the last call. */
    public boolean takeClosed() {
        boolean was = closedSomething;
        closedSomething = false;
        return was;
    }

    // ---- bounds

    /**
     * Whether nothing more should be taken of the source just now. The source that holds time back never is refused: what it
     * brings is what ends the waiting. Where the host owns time, only the host holds it back.
     */
    public boolean isOverloaded(SourceClock source) {
        boolean holds = time.holdsBack(source);
        String why = null;
        long share = Math.max(1, settings.bounds().eventsPerWindow() / Math.max(1, time.open()));
        if (source.held() >= share && (!holds || settings.hostOwnsTime())) {
            why = "More events of " + (source.name().isEmpty() ? "the default source" : "source " + source.name())
                    + " wait for their windows than its share of bounds.events allows";
        } else if (budget.isExceeded() && source.held() > 0 && !holds) {
            why = "The events that wait take more heap than bounds.journal-megabytes allows";
        } else if (!holds) {
            for (Track track : tracks) {
                if (track.isOverloaded()) {
                    why = "The open window of rule " + track.ruleId()
                            + " has more keys to watch than bounds.keys and bounds.counted-keys allow";
                }
            }
        }
        if (why == null) {
            return false;
        }
        if (overloadTold != lastMerged) {
            overloadTold = lastMerged;
            notices.accept(Notice.of(
                    Notice.Kind.OVERLOADED,
                    why + "; calls of it are rejected until "
                            + (settings.hostOwnsTime()
                                    ? "advanceTo moves event time."
                                    : "the sources behind it have come further."),
                    0));
        }
        return true;
    }

    // ---- other rules

    /** Rules on their way to take over. Made and filled without the lock, by one thread. */
    public static final class Candidate {
        private final CompiledRules rules;
        private final List<Track> tracks = new ArrayList<>();
        private final Map<String, Track> stay = new HashMap<>();
        private List<EventStore.Kept> noted = List.of();
        private List<Track> retired = List.of();

        private Candidate(CompiledRules rules) {
            this.rules = rules;
        }

        /** Gives tracks that are new what was kept; the one long step. */
        public void fill() {
            for (Track track : tracks) {
                track.refill(noted);
            }
            noted = List.of();
        }

        /** Frees what did not come to be used; without the lock. */
        public void close() {
            retired.forEach(Track::close);
        }
    }

    /** Prepares other rules: what is kept is noted for those that are new. Under the lock; {@link #swap} or {@link #abandon} follows. */
    public Candidate prepare(CompiledRules others) {
        Candidate candidate = new Candidate(others);
        for (CompiledRule rule : others.rules()) {
            Track running = track(rule.rule().id());
            if (running != null
                    && !running.isSuspended()
                    && running.compiled.rule().fingerprint().equals(rule.rule().fingerprint())) {
                // A rule that does not change is not disturbed by those that do.
                candidate.stay.put(rule.rule().id(), running);
            } else {
                boolean handsOver = running instanceof TumblingTrack tumbling
                        && !tumbling.isSuspended()
                        && tumbling.canHandOverTo(rule);
                if (!handsOver) {
                    candidate.tracks.add(newTrack(rule, Optional.empty(), completeSince(rule)));
                }
            }
        }
        if (!candidate.tracks.isEmpty()) {
            candidate.noted = store.from(UNKNOWN / 2);
            sinceNoted = new ArrayList<>();
        }
        candidate.retired = candidate.tracks;
        return candidate;
    }

    /** From when on every event that a rule asks for was kept: always, or from now on. */
    private long completeSince(CompiledRule rule) {
        boolean wantsAll =
                rules.rules().stream().anyMatch(each -> each.shape().actions().isEmpty());
        boolean actionsKept = rule.shape()
                .actions()
                .map(actions -> actions.stream().allMatch(rules::wants))
                .orElse(wantsAll);
        boolean userlessKept = rule.shape().required().contains(Property.UPN) || !rules.needUpn();
        boolean allTook = tracks.stream().noneMatch(Track::isSuspended);
        boolean propertiesKept = rules.reads().containsAll(rule.reads());
        if (!settings.keepAll() && !(actionsKept && userlessKept && propertiesKept && allTook)) {
            return time.greatest().orElse(UNKNOWN);
        }
        long since = UNKNOWN;
        for (Track track : tracks) {
            since = Math.max(since, track.completeSince());
        }
        return since;
    }

    private @Nullable Track track(String ruleId) {
        for (Track track : tracks) {
            if (track.ruleId().equals(ruleId)) {
                return track;
            }
        }
        return null;
    }

    /**
     * Lets other rules take over, after giving them what has come since they were prepared; under the lock. The candidate is left
     * with the tracks that were in use, to be closed without the lock.
     *
     * @return per rule whose history is not complete, since when it is
     */
    public Map<String, Instant> swap(Candidate candidate) {
        judgeLate();
        List<Track> fresh = new ArrayList<>(candidate.stay.values());
        List<EventStore.Kept> since = sinceNoted == null ? List.of() : sinceNoted;
        sinceNoted = null;
        for (Track track : candidate.tracks) {
            track.refill(since);
            fresh.add(track);
        }
        List<Track> resumed = new ArrayList<>(candidate.tracks);
        for (CompiledRule rule : candidate.rules.rules()) {
            boolean has = fresh.stream()
                    .anyMatch(track -> track.ruleId().equals(rule.rule().id()));
            if (!has && track(rule.rule().id()) instanceof TumblingTrack running) {
                Track tuned = newTrack(rule, Optional.of(running.groups()), running.completeSince());
                noticeCounted(running);
                fresh.add(tuned);
                resumed.add(tuned);
            }
        }
        List<Track> retired = new ArrayList<>();
        for (Track track : tracks) {
            if (!fresh.contains(track)) {
                retired.add(track);
                if (track instanceof TumblingTrack tumbling
                        && fresh.stream()
                                .noneMatch(each ->
                                        each instanceof TumblingTrack other && other.groups() == tumbling.groups())) {
                    tumbling.groups().clear();
                }
            }
        }
        candidate.retired = retired;
        tracks = sorted(fresh);
        rules = candidate.rules;
        Map<String, Instant> incomplete = new LinkedHashMap<>();
        for (Track track : resumed) {
            if (lastSettled != UNKNOWN) {
                track.settle(lastSettled);
            }
            track.resume(lastMerged);
            if (track.completeSince() != UNKNOWN) {
                incomplete.put(track.ruleId(), Instant.ofEpochMilli(track.completeSince()));
            }
        }
        return incomplete;
    }

    /** The candidate does not take over; its tracks are the caller's to close. */
    public void abandon() {
        sinceNoted = null;
    }

    /** Of a key that is counted, no more is kept than a hash of it: the lane can't be told. */
    private void noticeCounted(TumblingTrack track) {
        long keys = track.openWindow() == UNKNOWN ? 0 : track.groups().countedSuspects(track.openWindow());
        if (keys > 0) {
            notices.accept(Notice.of(
                    Notice.Kind.EVIDENCE_CUT,
                    "Rule " + track.ruleId() + " is tuned, and in its open window of "
                            + Instant.ofEpochMilli(track.openWindow()) + " " + keys
                            + " keys beyond the bounds (bounds.*), of which no names are kept, may have enough events already."
                            + " They are judged with their next event, with exact totals; a key without a further event in"
                            + " that window raises no alert for it.",
                    keys));
        }
    }

    // ---- other runs, other owners

    /** Fills the store with an event of an earlier run; nothing is judged. */
    public void restore(SourceClock source, KeyVaultEvent event) {
        EventStore.Kept kept = new EventStore.Kept(event, source.index());
        boolean held = false;
        for (Track track : tracks) {
            if (track.compiled.takes(event)) {
                track.refill(List.of(kept));
                held = true;
            }
        }
        if (held || settings.keepAll()) {
            store.add(event, source.index());
        }
    }

    /**
     * Goes on where an earlier run stopped, after {@link #restore}: what had closed by the mark stays closed, what was due since is
     * closed now.
     *
     * @param mark how far event time had come when all that followed from it had been logged; empty if never
     * @param unjudged events that came after the mark, in their order
     */
    public void resume(OptionalLong mark, List<KeyVaultEvent> unjudged) {
        lastMerged = mark.orElse(UNKNOWN);
        settle();
        for (Track track : tracks) {
            if (mark.isPresent()) {
                track.resume(mark.getAsLong());
            }
            unjudged.forEach(track::unjudged);
        }
        advance();
        judgeLate();
    }

    /** Events before that time may be missing from what was restored: nothing of their windows changes any more. */
    public void completeFrom(long time) {
        floor = Math.max(floor, time);
    }

    /** Whether any rule in force can use the event. */
    public boolean isUsable(KeyVaultEvent event) {
        if (settings.keepAll()) {
            return true;
        }
        for (Track track : tracks) {
            if (track.compiled.takes(event)) {
                return true;
            }
        }
        return false;
    }

    /** How far everything has been closed and judged; empty if nothing is yet. */
    public OptionalLong closedTo() {
        return lastMerged == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(lastMerged);
    }

    /** Forgets a source, and what it alone brought; {@link #advance} is to follow. */
    public void revoke(SourceClock source) {
        time.revoke(source);
        for (Track track : tracks) {
            track.revoke(source.index());
        }
        store.revoke(source.index());
    }

    /** Tells tracks what was said before, by an earlier run or another owner; after {@link #restore} and before {@link #resume}. */
    public void said(Collection<Said> messages) {
        for (Said message : messages) {
            Track track = track(message.rule().id());
            if (track != null && message.stage() != AlertStage.RETRACTED) {
                track.said(
                        track.compiled.rule().key().parse(message.key()),
                        message.anchor(),
                        message.end(),
                        message.columns());
            }
        }
    }

    /** An event that is kept, the source that brought it, and the ids of the rules that may use it and whose key is wanted. */
    public record Shared(KeyVaultEvent event, String source, List<String> rules) {}

    /** What is kept of the wanted keys, in order. */
    public List<Shared> share(Predicate<Map<String, String>> keys) {
        List<Shared> shared = new ArrayList<>();
        Map<Integer, String> names = new HashMap<>();
        time.sources().forEach(source -> names.put(source.index(), source.name()));
        for (EventStore.Kept kept : store.from(UNKNOWN / 2)) {
            List<String> its = new ArrayList<>();
            for (Track track : tracks) {
                if (track.compiled.takes(kept.event())
                        && keys.test(track.compiled.rule().key().named(track.keyOf(kept.event())))) {
                    its.add(track.ruleId());
                }
            }
            if (!its.isEmpty()) {
                shared.add(new Shared(kept.event(), names.getOrDefault(kept.source(), ""), its));
            }
        }
        return shared;
    }

    /** Of these events, those that are not kept here already; two that are equal in everything are two. */
    public List<Shared> missing(List<Shared> events) {
        Map<KeyVaultEvent, Integer> here = new HashMap<>();
        for (EventStore.Kept kept : store.from(UNKNOWN / 2)) {
            here.merge(kept.event(), 1, Integer::sum);
        }
        List<Shared> missing = new ArrayList<>();
        for (Shared shared : events) {
            int left = here.getOrDefault(shared.event(), 0);
            if (left > 0) {
                here.put(shared.event(), left - 1);
            } else {
                missing.add(shared);
            }
        }
        return missing;
    }

    /**
     * Takes over what another owner kept, in addition to what there is: what is here already is not taken again.
     *
     * @param sources by name, those that are to count as having brought the events
     * @param judgedTo how far event time had come there: what it had closed is judged; empty if nothing
     */
    public void takeOver(
            List<Shared> events, Map<String, SourceClock> sources, OptionalLong judgedTo, Collection<Said> messages) {
        said(messages);
        for (Shared shared : events) {
            SourceClock source = Objects.requireNonNull(sources.get(shared.source()), "source of an event");
            List<EventStore.Kept> kept = List.of(new EventStore.Kept(shared.event(), source.index()));
            boolean held = false;
            for (Track track : tracks) {
                if (shared.rules().contains(track.ruleId()) && !track.isSuspended()) {
                    track.refill(kept);
                    held = true;
                }
            }
            if (held) {
                store.add(shared.event(), source.index());
            }
        }
        for (Track track : tracks) {
            if (track.isSuspended()) {
                continue;
            }
            long from = judgedTo.isEmpty()
                    ? UNKNOWN / 2
                    : judgedTo.getAsLong() - length(track.compiled.rule().window());
            for (Shared shared : events) {
                if (shared.rules().contains(track.ruleId()) && shared.event().time() >= from) {
                    track.unjudged(shared.event());
                }
            }
            track.rejoin();
        }
        judgeLate();
        makeRoom();
    }

    // ---- looking

    /** The event time before which nothing is needed again; empty before time is known. */
    public OptionalLong neededSince() {
        long from = neededFrom();
        if (lastSettled != UNKNOWN) {
            for (Track track : tracks) {
                from = Math.min(from, track.changesFrom(lastSettled));
            }
        }
        return lastMerged == UNKNOWN && from == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(from);
    }

    /** Records taken after their window had closed. */
    public long reopened() {
        return reopened;
    }

    /** Time spent closing windows, in nanoseconds. */
    public long closeNanos() {
        return closeNanos;
    }

    /** Is told of each rule: id, events cut, heap, nanoseconds spent. */
    public interface RuleMeter {
        /** One rule. */
        void rule(String id, long cut, long bytes, long nanos);
    }

    /** Tells the meters of every rule. */
    public void meter(RuleMeter meter) {
        for (Track track : tracks) {
            meter.rule(track.ruleId(), track.cut(), track.bytes(), track.nanos());
        }
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
        reporter.flush();
        losses.tell(notices);
        if (!goesOn) {
            tracks.forEach(track -> reporter.finish(track.compiled.rule()));
        }
        tracks.forEach(Track::close);
    }
}
