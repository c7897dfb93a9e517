package dev.vaultwatch.detect;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.store.Budget;
import dev.vaultwatch.store.EventStore;
import dev.vaultwatch.store.Groups;
import dev.vaultwatch.time.Watermark;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Other rules take over while events go on coming: prepare, fill without the lock, swap. Under the lock but for that. */
final class RuleSwap {
    private final Settings settings;
    private final Watermark time;
    private final Budget budget;
    private final EventStore store;
    private final Tracks tracks;
    private final Thinning thinning;
    private final Consumer<Notice> notices;

    /** Events that came while other rules are made ready; null while none are. */
    private @Nullable List<EventStore.Kept> sinceNoted;

    /** The greatest time of an event that came from another owner; the least of numbers if none did. */
    private long sharedTo = Track.UNKNOWN;

    RuleSwap(
            Settings settings,
            Watermark time,
            Budget budget,
            EventStore store,
            Tracks tracks,
            Thinning thinning,
            Consumer<Notice> notices) {
        this.settings = settings;
        this.time = time;
        this.budget = budget;
        this.store = store;
        this.tracks = tracks;
        this.thinning = thinning;
        this.notices = notices;
    }

    /** An event of that time came from another owner, who gave what rules there asked for and no more. */
    void shared(long time) {
        sharedTo = Math.max(sharedTo, time);
    }

    /** An event was put into the store. */
    void kept(EventStore.Kept event) {
        if (sinceNoted != null) {
            sinceNoted.add(event);
        }
    }

    /**
     * Prepares other rules: what is kept is noted for those that are new. Under the lock; {@link #swap} or {@link #abandon} follows.
     *
     * @param from event time before which an earlier run did not leave all that was kept
     */
    Candidate prepare(CompiledRules rules, CompiledRules others, long from) {
        Candidate candidate = new Candidate(others, budget.beside());
        for (CompiledRule rule : others.rules()) {
            Track running = tracks.find(rule.rule().id());
            if (running != null && !running.isSuspended() && running.compiled.isSameAs(rule)) {
                // A rule that does not change is not disturbed by those that do.
                candidate.stay.put(rule.rule().id(), running);
            } else {
                boolean handsOver = running instanceof TumblingTrack tumbling
                        && !tumbling.isSuspended()
                        && canHandOver(tumbling.compiled, rule);
                if (!handsOver) {
                    Track fresh = tracks.makeBeside(rule, candidate.budget);
                    fresh.thinnedBefore(thinning.lackedBefore(rule));
                    keptFor(rules).tell(fresh, time.greatest().orElse(Track.UNKNOWN));
                    candidate.tracks.add(fresh);
                }
            }
        }
        if (!candidate.tracks.isEmpty()) {
            candidate.noted = store.from(Track.UNKNOWN / 2);
            candidate.notedFrom = from;
            sinceNoted = new ArrayList<>();
        }
        candidate.retired = candidate.tracks;
        return candidate;
    }

    /** Whether one rule's groups serve the other, too: what differs is only what a group must have. */
    static boolean canHandOver(CompiledRule from, CompiledRule to) {
        return !to.excludesAny()
                && !from.excludesAny()
                && to.rule().window().equals(from.rule().window())
                && to.rule().key().equals(from.rule().key())
                && to.shape().countable()
                && from.shape().countable()
                && to.shape().actions().equals(from.shape().actions())
                && to.shape().asksForTenant() == from.shape().asksForTenant()
                && to.shape().required().equals(from.shape().required());
    }

    /** For which rules events are kept now. */
    KeptFor keptFor(CompiledRules rules) {
        Map<String, KeptFor.Since> since = new HashMap<>();
        for (Track track : tracks) {
            since.put(track.ruleId(), new KeptFor.Since(track.completeSince(), track.isCompleteFromNext()));
        }
        boolean keptAll = settings.keepAll() && store.forgottenBefore() >= sharedTo;
        return new KeptFor(rules, since, keptAll, tracks.stream().noneMatch(Track::isSuspended));
    }

    /**
     * Lets other rules take over, after giving them what has come since they were prepared; under the lock. The candidate is left
     * with the tracks that were in use, to be closed without the lock.
     *
     * @return per rule whose history is not complete, since when it is
     */
    Map<String, Instant> swap(Candidate candidate, long lastSettled, long lastMerged) {
        List<Track> fresh = new ArrayList<>(candidate.stay.values());
        for (Track track : tracks) {
            if (!fresh.contains(track)) {
                track.judgeLate();
                track.checkBudget();
            }
        }
        List<EventStore.Kept> since = sinceNoted == null ? List.of() : sinceNoted;
        sinceNoted = null;
        for (Track track : candidate.tracks) {
            track.refill(since);
            // What went while they were made ready, they have.
            track.keptFrom(Math.max(candidate.notedFrom, track.thinnedBefore()), lastSettled);
            track.thinnedBefore(thinning.lackedBefore(track.compiled));
            fresh.add(track);
        }
        budget.join(candidate.budget);
        List<Track> resumed = new ArrayList<>(candidate.tracks);
        for (CompiledRule rule : candidate.rules.rules()) {
            boolean has = fresh.stream()
                    .anyMatch(track -> track.ruleId().equals(rule.rule().id()));
            if (!has && tracks.find(rule.rule().id()) instanceof TumblingTrack running) {
                Track tuned = tracks.make(rule, Optional.of(running.groups()), running.completeSince());
                tuned.thinnedBefore(thinning.lackedBefore(rule));
                noticeCounted(running);
                fresh.add(tuned);
                resumed.add(tuned);
            }
        }
        List<Track> retired = new ArrayList<>();
        for (Track track : tracks) {
            if (!fresh.contains(track)) {
                retired.add(track);
                if (fresh.stream().noneMatch(each -> hasGroupsOf(each, track))) {
                    track.letGo();
                }
            }
        }
        candidate.retired = retired;
        tracks.set(fresh);
        Map<String, Instant> incomplete = new LinkedHashMap<>();
        for (Track track : resumed) {
            if (lastSettled != Track.UNKNOWN) {
                track.settle(lastSettled);
            }
            track.resume(lastMerged);
            if (track.completeSince() != Track.UNKNOWN) {
                incomplete.put(track.ruleId(), Instant.ofEpochMilli(track.completeSince()));
            }
        }
        for (Track track : candidate.stay.values()) {
            if (candidate.heardAnew.contains(track.ruleId()) && track instanceof TumblingTrack tumbling) {
                tumbling.rejoin();
            }
        }
        return incomplete;
    }

    private static boolean hasGroupsOf(Track one, Track other) {
        return one instanceof TumblingTrack its
                && other instanceof TumblingTrack tumbling
                && its.groups() == tumbling.groups();
    }

    /** The candidate does not take over; its tracks are the caller's to close. */
    void abandon() {
        sinceNoted = null;
    }

    /** Of a key that is counted, no more is kept than a hash of it: the lane can't be told. */
    private void noticeCounted(TumblingTrack track) {
        Groups groups = track.groups();
        OptionalLong window = groups.firstFrom(track.openWindow());
        while (window.isPresent()) {
            long start = window.getAsLong();
            long keys = groups.countedSuspects(start);
            if (keys > 0) {
                notices.accept(Notice.of(
                        Notice.Kind.EVIDENCE_CUT,
                        "Rule " + track.ruleId() + " is tuned, and in its window of " + Instant.ofEpochMilli(start)
                                + " "
                                + keys
                                + " keys beyond the bounds (bounds.*), of which no names are kept, may have enough events"
                                + " already. They are judged with their next event, with exact totals; a key without a"
                                + " further event in that window raises no alert for it.",
                        keys));
            }
            window = groups.firstFrom(start + 1);
        }
    }
}
