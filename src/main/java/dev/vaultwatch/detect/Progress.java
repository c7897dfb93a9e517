package dev.vaultwatch.detect;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.store.EventStore;
import dev.vaultwatch.time.Watermark;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/** How far the rules have followed event time: closes what is due, judges late events together, lets go of what is settled. */
final class Progress {
    private static final long UNKNOWN = Track.UNKNOWN;

    /**
     * Late events of one key within a step of event time are judged together, and a rule's budget of time is for one. Steps begin at
     * whole seconds, where windows end too, so that when a rule is judged does not depend on the rules beside it.
     */
    private static final long STEP_MILLIS = 1_000;

    private final Settings settings;
    private final DeskReporter reporter;
    private final Consumer<Notice> notices;
    private final Runnable settledListener;
    private final Watermark time;
    private final EventStore store;
    private final Tracks tracks;
    private final LateLosses losses;

    private long lastMerged = UNKNOWN;
    private long lateSince = UNKNOWN;
    private long lastSettled = UNKNOWN;
    private long closeNanos;

    /** Windows before it can't change any more: an earlier run gave up what they rest on. */
    private long floor = UNKNOWN / 2;

    private boolean closedSomething;

    Progress(
            Settings settings,
            DeskReporter reporter,
            Consumer<Notice> notices,
            Watermark time,
            EventStore store,
            Tracks tracks,
            LateLosses losses) {
        this.settings = settings;
        this.reporter = reporter;
        this.notices = notices;
        this.settledListener = () -> reporter.settledBefore(this::settledBefore, this::goOn);
        this.time = time;
        this.store = store;
        this.tracks = tracks;
        this.losses = losses;
    }

    /** How far event time had come at the last {@link #advance}; the least of numbers before the first. */
    long merged() {
        return lastMerged;
    }

    /** The event time before which no source is expected to bring anything; the least of numbers before time is known. */
    long settled() {
        return lastSettled;
    }

    /** Time spent closing windows, in nanoseconds. */
    long closeNanos() {
        return closeNanos;
    }

    /** Whether anything was closed since the last call. */
    boolean takeClosed() {
        boolean was = closedSomething;
        closedSomething = false;
        return was;
    }

    /** Closes what is due since the watermark moved. */
    void advance() {
        OptionalLong reached = time.merged();
        if (reached.isEmpty() || reached.getAsLong() == lastMerged) {
            return;
        }
        long merged = reached.getAsLong();
        boolean step = isStep(lastMerged, merged);
        lastMerged = merged;
        boolean closes = false;
        boolean due = step;
        for (Track track : tracks) {
            boolean its = track.isDue(merged);
            due |= its;
            closes |= its && track instanceof TumblingTrack;
        }
        if (!due) {
            return;
        }
        long before = System.nanoTime();
        if (step) {
            judgeLate();
        }
        for (Track track : tracks) {
            if (track.isDue(merged)) {
                track.advance(merged);
                track.checkBudget();
            }
        }
        reporter.flush();
        if (closes) {
            closedSomething = true;
            losses.tell(notices);
        }
        if (step) {
            tracks.forEach(track -> track.renewBudget(merged));
            sumUp();
            settle();
        }
        closeNanos += System.nanoTime() - before;
    }

    /** Capped periods that are over are summed up. */
    private void sumUp() {
        for (Track track : tracks) {
            long open = track.openWindow();
            reporter.closedBefore(track.compiled.rule(), open == UNKNOWN ? lastMerged : open);
        }
    }

    /** As {@link Detector#isStep}. */
    static boolean isStep(long before, long merged) {
        return before == UNKNOWN || Math.floorDiv(merged, STEP_MILLIS) != Math.floorDiv(before, STEP_MILLIS);
    }

    private void settle() {
        OptionalLong settled = time.settled();
        if (settled.isPresent() && settled.getAsLong() > lastSettled) {
            settle(settled.getAsLong());
        }
    }

    private void settle(long to) {
        lastSettled = Math.max(to, floor + settings.lateness().toMillis());
        for (Track track : tracks) {
            track.settle(lastSettled);
        }
        store.forgetBefore(neededFrom());
        settledListener.run();
    }

    /** The anchors of the rule's alerts that go on. */
    private Set<Long> goOn(String ruleId) {
        Track track = tracks.find(ruleId);
        return track == null ? Set.of() : track.goOn();
    }

    /** The event time before which nothing that a rule said can change any more; the least of numbers before time is known. */
    private long settledBefore(String ruleId) {
        long settled = lastSettled == UNKNOWN
                ? UNKNOWN
                : lastSettled - settings.lateness().toMillis();
        Track track = tracks.find(ruleId);
        return track == null ? settled : Math.min(track.neededFrom(), settled);
    }

    /** Judges late events that wait. */
    void judgeLate() {
        lateSince = UNKNOWN;
        tracks.judgeLate();
    }

    /** Whether late events wait to be judged. */
    boolean hasLate() {
        return tracks.stream().anyMatch(Track::hasLate);
    }

    /** Closes every window that has events, whatever the time. */
    void finish() {
        advance();
        for (Track track : tracks) {
            track.finish();
            track.checkBudget();
        }
        reporter.flush();
        closedSomething = true;
        losses.tell(notices);
    }

    /** An event was taken whose window had closed: it is judged within a step of event time. */
    void lateCame() {
        if (lateSince == UNKNOWN) {
            lateSince = lastMerged;
        }
    }

    /** How far event time had come when the first of the late events came that wait to be judged; empty if none wait. */
    OptionalLong lateSince() {
        return hasLate() && lateSince != UNKNOWN ? OptionalLong.of(lateSince) : OptionalLong.empty();
    }

    // ---- other runs

    /**
     * As {@link Detector#resume}.
     *
     * @param wereTaken whether all that is unjudged was taken: the log of an earlier run has what was dropped as late, too
     */
    void resume(
            OptionalLong mark,
            OptionalLong settled,
            List<KeyVaultEvent> unjudged,
            boolean wereTaken,
            OptionalLong since) {
        lastMerged = mark.orElse(UNKNOWN);
        // The sources of now may have come less far, and yet what was dropped as late then must not be counted.
        settled.ifPresent(this::settle);
        settle();
        for (Track track : tracks) {
            if (mark.isPresent()) {
                track.resume(mark.getAsLong());
            }
            unjudged.forEach(event -> track.unjudged(event, wereTaken));
        }
        // Judged when they would have been without the restart, so that revisions are counted alike.
        lateSince = since.orElse(UNKNOWN);
        advance();
        if (since.isEmpty()) {
            judgeLate();
        }
    }

    /** Events before that time may be missing from what was restored: nothing of their windows changes any more. */
    void completeFrom(long from) {
        floor = Math.max(floor, from);
    }

    /** As {@link #completeFrom(long)} said last; a very small number if never. */
    long completeFrom() {
        return floor;
    }

    // ---- what is needed

    /** The event time from which on events are needed again, if the rules are judged anew. */
    long neededFrom() {
        long from = tracks.holdFrom();
        return settings.keepAll() ? Math.min(from, lastSettled) : from;
    }

    /** The event time before which nothing is needed again; empty before time is known. */
    OptionalLong neededSince() {
        long from = neededFrom();
        if (lastSettled != UNKNOWN) {
            for (Track track : tracks) {
                from = Math.min(from, track.changesFrom(lastSettled));
            }
        }
        return lastMerged == UNKNOWN && from == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(from);
    }
}
