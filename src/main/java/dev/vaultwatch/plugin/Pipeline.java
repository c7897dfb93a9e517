package dev.vaultwatch.plugin;

import dev.vaultwatch.alert.AlertDesk;
import dev.vaultwatch.alert.Outbox;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.LateEvent;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.engine.RuleFailure;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.journal.DiskJournal;
import dev.vaultwatch.journal.KeyEvents;
import dev.vaultwatch.journal.WindowJournal;
import dev.vaultwatch.time.EventTime;
import dev.vaultwatch.time.Windows;
import java.time.Instant;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The way of an event behind the lock: event time says which window it belongs to, the journal keeps it, the lane judges it,
 * the desk raises what comes out. What happens is a function of the calls alone, in their order: no clock, no thread, no
 * chance; so the same calls after a restart give the same alerts.
 *
 * <pre>
 *   event ─▶ time ─┬─ open ──▶ journal ──(enough for a rule)──▶ lane ──▶ desk
 *                  ├─ held ──▶ waits for its window
 *                  └─ late ──▶ journal ──(now and then)──▶ second lane ──▶ desk, as a revision
 * </pre>
 *
 * Not thread-safe; the plugin holds its lock.
 */
final class Pipeline {
    /** Late events of one user within so much event time are judged together. */
    private static final long LATE_DEBOUNCE_MILLIS = 1_000;

    /** As many users with late events are judged at once, whatever the time: it bounds the pause. */
    private static final int LATE_KEYS = 10_000;

    private static final long NEVER = Long.MAX_VALUE;

    private final PluginConfig config;
    private final AlertDesk desk;
    private final Outbox outbox;
    private final Windows windows;
    private final EventTime<KeyVaultEvent> time;
    private final WindowJournal journal;
    private final TreeMap<Long, Set<@Nullable String>> lateKeys = new TreeMap<>();
    private CompiledRules rules;
    private RuleLanes lane;
    private RuleLanes lateLane;
    private int lateKeyCount;
    private long lateSince = NEVER;
    private long lateTaken;
    private long ruleFailures;
    private long noticedCut = Long.MIN_VALUE;
    private long noticedOverload = NEVER;
    private OptionalLong resumeAt = OptionalLong.empty();

    Pipeline(PluginConfig config, AlertDesk desk, Outbox outbox, CompiledRules rules, long seed) {
        this.config = config;
        this.desk = desk;
        this.outbox = outbox;
        this.rules = rules;
        this.windows = Windows.of(RuleLanes.window(rules));
        this.time = new EventTime<>(windows, config.slack(), config.hostOwnsTime());
        this.journal = new WindowJournal(config.bounds(), seed);
        journal.minEvents(RuleLanes.minEvents(rules));
        this.lane = new RuleLanes(rules);
        this.lateLane = new RuleLanes(rules);
    }

    CompiledRules rules() {
        return rules;
    }

    /**
     * Whether nothing more should be taken just now, because a bound is reached that counting can't get round; says so once a
     * window. What ends it is the window's end, and since no event is taken, only silence or the host's word brings that.
     */
    boolean isOverloaded() {
        long open = openWindow();
        boolean users = journal.isOverloaded(open);
        if (!users && time.heldCount() < config.bounds().eventsPerWindow()) {
            return false;
        }
        if (open != noticedOverload) {
            noticedOverload = open;
            outbox.add(Notice.of(
                    Notice.Kind.OVERLOADED,
                    (users
                                    ? "The open window has more users to watch than bounds.keys and bounds.counted-keys allow"
                                    : "More events of later windows wait than bounds.events allows")
                            + "; calls are answered with OVERLOADED until "
                            + (time.openWindow().isEmpty()
                                    ? "advanceTo first says how late it is."
                                    : "the window of " + Instant.ofEpochMilli(open)
                                            + " is closed: by silence (time.idle-timeout), or by advanceTo."),
                    0));
        }
        return true;
    }

    // ---- events

    /**
     * Takes one event; gives it back as late if its window can't change any more.
     *
     * @param longTexts whether it may have texts of unusual length
     */
    Optional<LateEvent> feed(KeyVaultEvent event, boolean longTexts) {
        time.observe(event.time());
        closeDue();
        if (!isUsable(event)) {
            return Optional.empty();
        }
        switch (time.place(event.time())) {
            case OPEN -> takeAndRaise(event, longTexts);
            case HELD -> time.hold(event.time(), event);
            case LATE -> {
                return takeLate(windows.startOf(event.time()), event);
            }
        }
        return Optional.empty();
    }

    private void takeAndRaise(KeyVaultEvent event, boolean longTexts) {
        List<Finding> rows = take(event, longTexts);
        if (!rows.isEmpty()) {
            desk.raise(rows);
        }
    }

    /** Takes an event of the open window; gives what the lane put out. */
    private List<Finding> take(KeyVaultEvent event, boolean longTexts) {
        long window = windows.startOf(event.time());
        KeyEvents key = journal.add(window, event, longTexts);
        if (key == null) {
            return List.of();
        }
        send(lane, window, key, key.sent());
        return lane.hasOutput() ? rows(lane) : List.of();
    }

    private static void send(RuleLanes lane, long window, KeyEvents key, int from) {
        for (int i = from; i < key.size(); i++) {
            lane.send(window, key.get(i));
        }
        key.allSent();
    }

    private Optional<LateEvent> takeLate(long window, KeyVaultEvent event) {
        if (window < horizon() || !journal.canTake(window, event.upn())) {
            return Optional.of(new LateEvent(
                    "",
                    Instant.ofEpochMilli(event.time()),
                    Instant.ofEpochMilli(time.watermark().orElseThrow()),
                    event.toEcs()));
        }
        lateTaken++;
        if (journal.add(window, event, true) != null
                && lateKeys.computeIfAbsent(window, start -> new LinkedHashSet<>())
                        .add(event.upn())) {
            lateKeyCount++;
            if (lateSince == NEVER) {
                lateSince = time.watermark().orElseThrow();
            }
            if (lateKeyCount >= LATE_KEYS) {
                judgeLate();
            }
        }
        return Optional.empty();
    }

    /** The first window that can still change; windows before it are settled. */
    long horizon() {
        return horizon(time.watermark());
    }

    private long horizon(OptionalLong watermark) {
        return watermark.isEmpty()
                ? Long.MIN_VALUE
                : windows.startOf(watermark.getAsLong() - config.lateness().toMillis());
    }

    /** Takes note of an event that no rule can use, for its time alone. */
    void observe(long eventTime) {
        time.observe(eventTime);
        closeDue();
    }

    /** The events as the journal on disk wants them: of those that no rule can use, the time. */
    List<DiskJournal.Entry> forJournal(List<KeyVaultEvent> events) {
        List<DiskJournal.Entry> entries = new ArrayList<>(events.size());
        for (KeyVaultEvent event : events) {
            entries.add(new DiskJournal.Entry(event.time(), isUsable(event) ? Optional.of(event) : Optional.empty()));
        }
        return entries;
    }

    private boolean isUsable(KeyVaultEvent event) {
        return event.upn() != null || !rules.needUpn();
    }

    // ---- time

    /** As {@link #advanceTo}, but leaves late events to be judged as they were: when their time has come. */
    void restoreTo(long eventTime) {
        time.advanceTo(eventTime);
        closeDue();
    }

    void advanceTo(long eventTime) {
        time.advanceTo(eventTime);
        closeDue();
        judgeLate();
    }

    /** Whether silence has anything to end: an open window with events, held events, or late ones not judged yet. */
    boolean hasUnfinished() {
        return lane.hasOpenWindow()
                || time.heldCount() > 0
                || lateKeyCount > 0
                || journal.oldest().isPresent();
    }

    /** Whether late events wait to be judged. */
    boolean hasLate() {
        return lateKeyCount > 0;
    }

    /** The source has been silent for so long by the wall clock. */
    void silentFor(long millis) {
        time.silentFor(millis);
        closeDue();
        judgeLate();
    }

    OptionalLong watermark() {
        return time.watermark();
    }

    /**
     * Closes every window that the watermark has passed, feeding each next one what was held for it. What comes out is raised
     * together, so that the desk sees which windows closed in one step.
     */
    private void closeDue() {
        for (KeyVaultEvent held : time.takeHeld()) {
            // What was known of its texts was not held with it.
            takeAndRaise(held, true);
        }
        if (!time.closeDue()) {
            if (lateSince != NEVER && time.watermark().orElseThrow() - lateSince >= LATE_DEBOUNCE_MILLIS) {
                judgeLate();
            }
            return;
        }
        judgeLate();
        List<Finding> closed = new ArrayList<>();
        while (time.closeDue()) {
            long window = time.openWindow().orElseThrow();
            lane.closeWindow();
            closed.addAll(rows(lane));
            noticeCut(window);
            for (KeyVaultEvent held : time.close()) {
                closed.addAll(take(held, true));
            }
        }
        desk.raise(closed);
        noticeForgotten();
        time.openWindow().ifPresent(desk::closedBefore);
        journal.forgetBefore(horizon());
        desk.settledBefore(horizon());
    }

    private void noticeForgotten() {
        journal.takeForgotten()
                .ifPresent(upTo -> outbox.add(Notice.of(
                        Notice.Kind.LATENESS_CUT,
                        "The journal reached bounds.journal-megabytes, and closed windows up to that of "
                                + Instant.ofEpochMilli(upTo)
                                + " had to make room; events that still come for them are handed over as late.",
                        0)));
    }

    private void noticeCut(long window) {
        long cut = journal.cut(window);
        if (cut > 0 && window > noticedCut) {
            noticedCut = window;
            outbox.add(Notice.of(
                    Notice.Kind.EVIDENCE_CUT,
                    "In the window of " + Instant.ofEpochMilli(window) + " " + cut
                            + " events were counted without keeping what they hold, because a bound was reached"
                            + " (bounds.*). Totals are right; an alert says how much of its evidence is missing.",
                    cut));
        }
    }

    /** Judges the windows and users again to which late events have come. */
    void judgeLate() {
        if (lateKeyCount == 0) {
            return;
        }
        lateKeys.forEach((window, users) -> {
            List<KeyVaultEvent> events = new ArrayList<>();
            for (String user : users) {
                KeyEvents key = journal.find(window, user);
                if (key != null) {
                    events.addAll(asList(key));
                }
            }
            List<Finding> rows = new ArrayList<>();
            for (Finding row : lateLane.judge(window, events)) {
                rows.add(complete(row));
            }
            takeFailures(lateLane);
            desk.raiseLate(rows);
        });
        lateKeys.clear();
        lateKeyCount = 0;
        lateSince = NEVER;
    }

    private static List<KeyVaultEvent> asList(KeyEvents key) {
        return new AbstractList<>() {
            @Override
            public KeyVaultEvent get(int index) {
                return key.get(index);
            }

            @Override
            public int size() {
                return key.size();
            }
        };
    }

    /** What the lane put out, with what it did not see added. */
    private List<Finding> rows(RuleLanes from) {
        List<Finding> taken = from.takeFindings();
        takeFailures(from);
        if (taken.isEmpty()) {
            return taken;
        }
        List<Finding> rows = new ArrayList<>(taken.size());
        for (Finding row : taken) {
            rows.add(complete(row));
        }
        return rows;
    }

    private Finding complete(Finding row) {
        KeyEvents key = RuleLanes.isOfUser(row) ? journal.find(row.time(), (String) row.key()) : null;
        return key == null ? row : row.with(key.countedOnly(), key.withoutEvidence());
    }

    private void takeFailures(RuleLanes from) {
        from.takeFailures().forEach(failure -> {
            ruleFailures++;
            outbox.add(Notice.of(
                    Notice.Kind.RULE_FAILED,
                    "Rule " + failure.ruleId() + " failed on an event and goes on without it: " + failure.problem(),
                    1));
        });
    }

    // ---- other rules

    /** A lane with new rules, on its way to take over. */
    static final class Candidate {
        private final CompiledRules rules;
        private RuleLanes lane;
        private RuleLanes lateLane;
        private final Map<KeyEvents, Integer> filled = new HashMap<>();
        private final List<KeyVaultEvent> toFill = new ArrayList<>();
        private long window = Long.MIN_VALUE;

        Candidate(CompiledRules rules) {
            this.rules = rules;
            this.lane = new RuleLanes(rules);
            this.lateLane = new RuleLanes(rules);
        }

        /** Sends the lane what was noted for it; the one long step, without the lock. */
        void fill() {
            for (KeyVaultEvent event : toFill) {
                lane.send(window, event);
            }
            toFill.clear();
        }

        /** What went wrong while filling; the first of it. */
        Optional<RuleFailure> failure() {
            return lane.takeFailures().stream().findFirst();
        }

        void close() {
            lane.close();
            lateLane.close();
        }
    }

    /** Notes for a candidate what of the open window its lane must know; under the lock. */
    void note(Candidate candidate) {
        if (time.openWindow().isEmpty()) {
            return;
        }
        candidate.window = time.openWindow().getAsLong();
        for (KeyEvents key : journal.keysWithAtLeast(candidate.window, RuleLanes.minEvents(candidate.rules))) {
            candidate.toFill.addAll(asList(key));
            candidate.filled.put(key, key.size());
        }
    }

    /**
     * Lets a candidate take over, after sending it what has come since it was noted; under the lock. It judges the whole of the
     * open window; what was said of that window already is not said again. The candidate is left with the lanes that were in
     * use, to be closed without the lock: an engine with many users takes its time.
     */
    void swap(Candidate candidate) {
        judgeLate();
        long open = time.openWindow().orElse(Long.MIN_VALUE);
        if (candidate.lane.hasOpenWindow() && candidate.window != open) {
            // The window closed while the lane was filled; its rows are the old lane's business.
            candidate.lane.closeWindow();
            candidate.lane.takeFindings();
            candidate.filled.clear();
        }
        RuleLanes retired = lane;
        RuleLanes retiredLate = lateLane;
        lane = candidate.lane;
        lateLane = candidate.lateLane;
        candidate.lane = retired;
        candidate.lateLane = retiredLate;
        rules = candidate.rules;
        journal.minEvents(RuleLanes.minEvents(rules));
        noticeCounted(open);
        journal.keysWithAtLeast(open, 1).forEach(KeyEvents::noneSent);
        for (KeyEvents key : journal.suspects(open)) {
            send(lane, open, key, candidate.filled.getOrDefault(key, 0));
        }
        desk.raise(rows(lane));
    }

    /** Of a user who is counted, no more is kept than a hash of the name: the lane can't be told. */
    private void noticeCounted(long open) {
        long users = journal.countedSuspects(open);
        if (users > 0) {
            outbox.add(Notice.of(
                    Notice.Kind.EVIDENCE_CUT,
                    "The new rules ask for fewer events, and in the open window of " + Instant.ofEpochMilli(open) + " "
                            + users
                            + " users beyond the bounds (bounds.*), of whom no names are kept, have as many already. They are"
                            + " judged when they read again, with exact totals; who does not read again in that window"
                            + " raises no alert for it.",
                    users));
        }
    }

    // ---- end and looking

    /** Judges what waits, says what was withheld, and frees the lanes. */
    void close() {
        judgeLate();
        desk.finish();
        lane.close();
        lateLane.close();
    }

    long heldCount() {
        return time.heldCount();
    }

    long lateTaken() {
        return lateTaken;
    }

    long ruleFailures() {
        return ruleFailures;
    }

    WindowJournal journal() {
        return journal;
    }

    /** The start of the window that holds the time. */
    long windowOf(long eventTime) {
        return windows.startOf(eventTime);
    }

    /** The start of the open window; the least of numbers if there is no notion of time yet. */
    long openWindow() {
        return time.openWindow().orElse(Long.MIN_VALUE);
    }

    /** Notes where in its source an event of that time is. */
    void position(long eventTime, String source, long offset) {
        long window = windows.startOf(eventTime);
        if (window >= horizon()) {
            journal.position(window, source, offset);
        }
    }

    /**
     * Takes note that every alert raised so far has been delivered. Only then may a host without a journal forget what they rest
     * on: one that waits behind another thread's callback would be lost with the process.
     */
    void allDelivered() {
        resumeAt = time.watermark();
        journal.forgetPositionsBefore(horizon());
    }

    /** Where another run must set out to go on where this one is, given again what can still change; empty: at the beginning. */
    OptionalLong resumeAt() {
        return resumeAt;
    }

    /** The start of the first window that it must be given again in full; empty if there is none. */
    OptionalLong oldestNeeded() {
        return resumeAt.isPresent() ? OptionalLong.of(horizon(resumeAt)) : time.oldestHeld();
    }

    /** The host was given that revision of an alert by an earlier run. */
    void delivered(long windowStart, String id, AlertStage stage, int revision) {
        judgeLate();
        desk.delivered(windowStart, id, stage, revision);
    }
}
