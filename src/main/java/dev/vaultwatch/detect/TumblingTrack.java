package dev.vaultwatch.detect;

import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.engine.Lane;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.rule.Window;
import dev.vaultwatch.store.EventStore;
import dev.vaultwatch.store.Group;
import dev.vaultwatch.store.Groups;
import dev.vaultwatch.time.Windows;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A rule over tumbling windows.
 *
 * <pre>
 *   settled │ closed: can change │   open    │ following │ to come: events wait in the store
 *   ────────┼────────────────────┼─────●─────┼───────────┼──────────────▶ event time
 *                                  watermark
 * </pre>
 *
 * The open window is the earliest that has not closed. It and the one that follows have a lane each, by turns, with their groups
 * of enough events: what crosses a threshold while the window before still waits for stragglers is found early as well; what comes
 * of a group that was found early may wait for more of it. Events of later windows are kept, and sent when theirs follows. Late events
 * are judged with the others of their group in a lane apart. A rule that remembers windows has one lane, which is given each when it closes.
 */
final class TumblingTrack extends Track {
    /** As many keys with late events are judged at once, whatever the time: it bounds the pause. */
    private static final int MOST_LATE_KEYS = 10_000;

    /** Where a rule throws at more groups of a window, all of its groups are judged when it closes: each costs another lane. */
    static final int MOST_THROWS = 8;

    private final Windows windows;
    private final Groups groups;
    private final GroupFindings findings;
    private final long latenessMillis;
    private final LateKeys late = new LateKeys();
    private final SecondLane secondLane = new SecondLane(this::beside, this::failed);
    private LanedWindow current;
    private LanedWindow following;
    private long open = UNKNOWN;
    private long openEnd = UNKNOWN;

    /** Groups of it, and of the one that follows, at which the rule threw. */
    private int throwsInWindow;

    /** No window before it is taken any more. */
    private long horizon = UNKNOWN;

    TumblingTrack(
            CompiledRule compiled,
            Window.Tumbling window,
            Groups groups,
            long latenessMillis,
            Reporter reporter,
            Budgets budgets,
            long completeSince) {
        super(compiled, reporter, budgets, completeSince);
        this.windows = Windows.of(window.length());
        this.groups = groups;
        this.findings = new GroupFindings(compiled, groups, windows, this::isIncomplete);
        this.latenessMillis = latenessMillis;
        this.current = new LanedWindow(this::beside);
        this.following = new LanedWindow(this::beside);
        current.takeLane(compiled.newLane());
    }

    Groups groups() {
        return groups;
    }

    @Override
    Outcome take(KeyVaultEvent event, int source, boolean longTexts, boolean shared) {
        long window = windows.startOf(event.time());
        Object key = keyOf(event);
        boolean isLate = open != UNKNOWN && window < open;
        if (isLate && (window < horizon || !groups.canTake(window, key))) {
            return Outcome.LATE;
        }
        Group group = groups.add(window, key, event, source, longTexts, shared);
        if (isLate && (group != null || groups.taken() != Groups.Taken.KEPT)) {
            noteLate(window, key);
        } else if (group != null) {
            LanedWindow its = laned(window);
            if (its != null && findings.isApart(group) && group.sent() > 0) {
                // What the lane finds of it is not looked at; it is judged when the window closes.
                its.withdraw(group);
            } else if (its != null) {
                send(its.due(group), its);
            }
        }
        if (window == openEnd) {
            // The open one is to have little to catch up with when it closes.
            send(current.longestWaiting(), current);
        }
        return switch (groups.taken()) {
            case KEPT -> isLate ? Outcome.REOPENED : Outcome.TAKEN;
            case COUNTED -> isLate ? Outcome.COUNTED_AGAIN : Outcome.COUNTED;
            case LIMITED -> Outcome.LIMITED;
        };
    }

    @Override
    KeyVaultEvent kept(KeyVaultEvent event) {
        return groups.kept(event);
    }

    @Override
    long texts() {
        return groups.texts();
    }

    @Override
    boolean holds(KeyVaultEvent event) {
        return compiled.takes(event) && groups.find(windows.startOf(event.time()), keyOf(event)) != null;
    }

    /** The window if events of it go to a lane now, else null. */
    private @Nullable LanedWindow laned(long window) {
        return compiled.remembers() ? null : window == open ? current : window == openEnd ? following : null;
    }

    /** Whether the group is in its lane, or the lanes have room for it; else it is judged when the window closes. */
    private boolean mayBeSent(Group group) {
        return throwsInWindow <= MOST_THROWS
                && !findings.isApart(group)
                && (group.sent() > 0 || current.groups() + following.groups() < groups.engineKeys());
    }

    /** Sends a group's events that the lane of its window does not have, if it may, and reports what crosses the threshold. */
    private void send(@Nullable Group group, LanedWindow window) {
        if (group == null || !mayBeSent(group)) {
            return;
        }
        Lane lane = window.laneFor(group);
        if (lane == null) {
            return;
        }
        boolean goesOn = true;
        while (goesOn && group.sent() < group.size() && !isSuspended()) {
            window.sendNext(lane, group);
            checkTime();
            goesOn = !lane.hasOutput() || report(lane, window, group);
        }
    }

    /** Reports what a lane has found early, the last by this group's events; false if it is to get nothing more. */
    private boolean report(Lane lane, LanedWindow window, Group last) {
        for (Finding finding : lane.takeFindings()) {
            window.crossed(findings.group(finding));
            findings.found(finding, lane).ifPresent(reporter::early);
        }
        failed(lane.takeFailures());
        boolean isUsable = !lane.isBroken() && !lane.isSpoilt();
        if (!isUsable && !isSuspended()) {
            if (!lane.isBroken()) {
                last.fail();
                throwsInWindow++;
            }
            rejoin();
        }
        return isUsable;
    }

    // ---- time

    @Override
    boolean isDue(long merged) {
        return !isSuspended() && (open == UNKNOWN || merged >= openEnd);
    }

    @Override
    void advance(long merged) {
        if (open == UNKNOWN) {
            openNext(merged, UNKNOWN);
        }
        while (merged >= openEnd && !isSuspended()) {
            closeOpen();
            openNext(merged, openEnd);
        }
    }

    private void closeOpen() {
        sendByTime();
        sendRest(current.waiting(), current);
        List<Group> unjudged = new ArrayList<>();
        judgeCrowd(unjudged);
        if (isSuspended()) {
            return;
        }
        Lane lane = current.close();
        if (lane.isBroken()) {
            failed(lane.takeFailures());
            rejoin();
            sendByTime();
            lane = current.close();
        } else if (lane.isSpoilt() && !compiled.remembers()) {
            failed(lane.takeFailures());
            if (!isSuspended()) {
                lane = judgeLaned(unjudged);
            }
            if (isSuspended()) {
                return;
            }
        }
        List<Reporter.Found> closed = new ArrayList<>();
        for (Finding finding : lane.takeFindings()) {
            if (!finding.early()) {
                findings.found(finding, lane).ifPresent(closed::add);
            }
        }
        failed(lane.takeFailures());
        if (lane.isBroken()) {
            return;
        }
        reporter.closed(
                compiled.rule(),
                open,
                closed,
                isIncomplete(open) ? List.of() : groups.all(open),
                unjudged.stream().map(Group::key).toList());
        reporter.cut(ruleId(), open, groups.cut(open), groups.limited(open));
        throwsInWindow = 0;
        if (lane.isDamaged()) {
            current.replaceLane(this::another);
        }
    }

    /** Judges apart what the lane has, since the rule threw when it closed and it can't be told where; gives another lane, an empty one. */
    private Lane judgeLaned(List<Group> unjudged) {
        List<Group> had =
                groups.suspects(open).stream().filter(group -> group.sent() > 0).toList();
        current.replaceLane(this::another);
        current.begin(open, groups.all(open));
        judgeApart(had.stream(), unjudged);
        return current.close();
    }

    /** Gives a rule that remembers windows the one that closes. */
    private void sendByTime() {
        if (compiled.remembers() && !isSuspended()) {
            current.sendByTime(groups.suspects(open), this::mayBeSent, this::allowFor, this::hasTime);
        }
    }

    /** Judges the groups of the open window for which the lane had no room, and those that are judged apart. */
    private void judgeCrowd(List<Group> unjudged) {
        if (groups.suspectCount(open) > current.groupsOfOne()) {
            judgeApart(groups.suspects(open).stream().filter(group -> group.sent() == 0), unjudged);
        }
    }

    /** Judges groups, slice by slice, and says each at once: what all of them show together might not fit in the heap. */
    private void judgeApart(Stream<Group> some, List<Group> unjudged) {
        List<Group> crowd = some.sorted(Comparator.comparing(group -> String.valueOf(group.key())))
                .toList();
        for (int from = 0; from < crowd.size() && !isSuspended(); from += groups.engineKeys()) {
            List<Group> slice = crowd.subList(from, Math.min(crowd.size(), from + groups.engineKeys()));
            SecondLane.Judged judged = secondLane.judge(open, slice);
            reporter.closedInPart(findings.found(judged));
            unjudged.addAll(judged.unjudged());
            checkTime();
            renewTime();
        }
    }

    /** From the given time on; an exception may have hidden all events by which something was said early. */
    private OptionalLong firstUnfinished(long from) {
        LongStream early = reporter.firstEarly(ruleId(), from).stream().map(windows::startOf);
        return LongStream.concat(groups.firstFrom(from).stream(), early).min();
    }

    /** Opens the earliest unfinished window from the given time on, or else the one that the watermark stands in. */
    private void openNext(long merged, long from) {
        // What a rule remembers may find something in a window without events.
        long next = from != UNKNOWN && current.isWaiting() ? from : windows.startOf(merged);
        open(Math.min(next, firstUnfinished(from).orElse(next)));
    }

    private void open(long window) {
        open = window;
        openEnd = windows.endOf(window);
        if (following.start() == window && following.hasLane()) {
            LanedWindow closed = current;
            current = following;
            following = closed;
        } else {
            current.begin(window, groups.all(window));
        }
        if (!compiled.remembers()) {
            following.begin(openEnd, groups.all(openEnd));
            sendRest(current.notWaiting(groups.suspects(window)), current);
            sendRest(groups.suspects(openEnd), following);
        }
    }

    /** Sends what the groups have and the lane of their window does not. */
    private void sendRest(List<Group> some, LanedWindow window) {
        for (Group group : some) {
            if (mayBeSent(group) && group.sent() < group.size() && !isSuspended()) {
                allowFor(group.size() - group.sent());
                send(group, window);
            }
        }
    }

    @Override
    void finish() {
        judgeLate();
        if (isSuspended()) {
            return;
        }
        if (open == UNKNOWN) {
            firstUnfinished(UNKNOWN).ifPresent(this::open);
        }
        for (boolean more = open != UNKNOWN && firstUnfinished(open).isPresent(); more; ) {
            closeOpen();
            OptionalLong next = firstUnfinished(openEnd);
            more = next.isPresent() && !isSuspended();
            // If nothing has events, what still comes for a window that closed now is late.
            open(more && !current.isWaiting() ? next.getAsLong() : openEnd);
        }
    }

    @Override
    boolean hasUnfinished() {
        return hasLate() || firstUnfinished(open).isPresent();
    }

    @Override
    void settle(long settled) {
        horizon = changesFrom(settled);
        groups.forgetBefore(horizon);
    }

    @Override
    long neededFrom() {
        return groups.oldest().orElse(open == UNKNOWN || isSuspended() ? Long.MAX_VALUE : open);
    }

    @Override
    long changesFrom(long settled) {
        return windows.startOf(settled - latenessMillis);
    }

    @Override
    long openWindow() {
        return open;
    }

    // ---- late events

    private void noteLate(long window, @Nullable Object key) {
        late.add(window, key);
        if (late.size() >= MOST_LATE_KEYS) {
            judgeLate();
        }
    }

    @Override
    boolean hasLate() {
        return late.size() > 0;
    }

    @Override
    void judgeLate() {
        late.takeAll().forEach((window, keys) -> {
            if (isSuspended()) {
                return;
            }
            List<Group> changed = new ArrayList<>();
            for (Object key : keys) {
                Group group = groups.find(window, key);
                if (group != null) {
                    changed.add(group);
                }
            }
            SecondLane.Judged judged = secondLane.judge(window, changed);
            changed.removeAll(judged.unjudged());
            List<@Nullable Object> them = changed.stream().map(Group::key).toList();
            reporter.judgedAgain(compiled.rule(), window, them, findings.found(judged));
            reporter.cut(ruleId(), window, groups.cut(window), groups.limited(window));
        });
    }

    // ---- bounds

    @Override
    boolean makeRoom() {
        if (open == UNKNOWN) {
            return false;
        }
        OptionalLong oldest = groups.oldest();
        if (oldest.isPresent() && late.has(oldest.getAsLong())) {
            // What was answered "kept" is judged before its window goes.
            judgeLate();
        }
        if (!groups.makeRoom(open)) {
            return false;
        }
        reporter.madeRoom(ruleId(), groups.forgottenUpTo().orElse(UNKNOWN));
        return true;
    }

    @Override
    boolean isOverloaded() {
        return open != UNKNOWN && groups.isOverloaded(open);
    }

    // ---- other rules, other runs, other owners

    @Override
    void refill(List<EventStore.Kept> events) {
        for (EventStore.Kept kept : events) {
            if (compiled.takes(kept.event())) {
                long window = windows.startOf(kept.event().time());
                groups.add(window, keyOf(kept.event()), kept.event(), kept.source(), true, false);
            }
        }
    }

    @Override
    void resume(long merged) {
        if (merged != UNKNOWN) {
            open(windows.startOf(merged));
        }
    }

    @Override
    void unjudged(KeyVaultEvent event, boolean wasTaken) {
        long window = windows.startOf(event.time());
        if (open == UNKNOWN || window >= open || !compiled.takes(event)) {
            return;
        }
        Object key = keyOf(event);
        Group group = groups.find(window, key);
        if (group != null && group.size() >= compiled.shape().minEvents()) {
            noteLate(window, key);
        }
    }

    @Override
    void rejoin() {
        if (open != UNKNOWN && !isSuspended()) {
            // A lane forgets nothing but all: what is open is sent again, and the desk knows what was said.
            current.replaceLane(this::another);
            following.replaceLane(this::another);
            open(open);
        }
    }

    @Override
    void revoke(int source) {
        boolean[] wasOpen = {false};
        groups.revoke(source, (window, key) -> {
            reporter.revoked(compiled.rule(), key, window);
            wasOpen[0] |= window == open || window == openEnd;
            late.remove(window, key);
        });
        if (wasOpen[0]) {
            rejoin();
        }
    }

    @Override
    long cut() {
        return groups.cut();
    }

    @Override
    long bytes() {
        return groups.bytes();
    }

    @Override
    long nanos() {
        return current.nanos() + following.nanos() + secondLane.nanos();
    }

    @Override
    void letGo() {
        groups.clear();
        late.clear();
    }

    @Override
    void closeLanes() {
        current.closeLane();
        following.closeLane();
        secondLane.close();
    }
}
