package dev.vaultwatch.detect;

import dev.vaultwatch.engine.Lane;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.store.Group;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A window that takes events, the lane that it has, and how many of its groups are there. The lane outlives the window. */
final class LanedWindow {
    /** So many events of a group that has crossed go to the lane together: what the lane knows of the group is then fetched once. */
    static final int TOGETHER = 32;

    /** Events of so many groups wait: with {@link #TOGETHER} it bounds what the close has to catch up with, to some 5 ms. */
    static final int MOST_WAITING = 256;

    private final Supplier<Optional<Lane>> maker;
    private @Nullable Lane lane;
    private long nanosOfOthers;
    private long start = Track.UNKNOWN;

    /** Groups that the lane has. */
    private int groups;

    /** Those of them that turned out to be of several people after the lane had them. */
    private int withdrawn;

    /** Groups of which events wait, the one that began to first: the lane has found something of them, and says no more before the close. */
    private final Set<Group> waiting = new LinkedHashSet<>();

    /**
     * Has no window, and no lane before it needs one.
     *
     * @param maker gives a lane, empty where the rule can't have one
     */
    LanedWindow(Supplier<Optional<Lane>> maker) {
        this.maker = maker;
    }

    void takeLane(Lane its) {
        lane = its;
    }

    /** Turns to another window, of which the lane has nothing yet; the one before is closed, or had no events. */
    void begin(long window, Iterable<Group> all) {
        start = window;
        groups = 0;
        withdrawn = 0;
        waiting.clear();
        all.forEach(Group::noneSent);
    }

    /** When the window starts; the least of numbers if there is none. */
    long start() {
        return start;
    }

    /** The lane, for a group of the window of which it now has something; null if the rule can't have one. */
    @Nullable
    Lane laneFor(Group group) {
        if (lane == null) {
            lane = maker.get().orElse(null);
        }
        groups += lane != null && group.sent() == 0 ? 1 : 0;
        return lane;
    }

    /**
     * Sends the events of those of the groups that the lane is to have, which are all that it gets of the window, in the order of time.
     *
     * @param allowed is told their number before
     * @param goesOn asked after each event; if false, no other is sent
     */
    void sendByTime(Collection<Group> all, Predicate<Group> wanted, LongConsumer allowed, BooleanSupplier goesOn) {
        List<KeyVaultEvent> events = new ArrayList<>();
        for (Group group : all) {
            if (wanted.test(group) && laneFor(group) != null) {
                events.addAll(group.events());
                group.sentTo(group.size());
            }
        }
        Lane its = lane;
        if (its == null) {
            return;
        }
        allowed.accept(events.size());
        its.openWindow(start);
        events.sort(Comparator.comparingLong(KeyVaultEvent::time));
        for (KeyVaultEvent event : events) {
            its.send(start, event);
            if (!goesOn.getAsBoolean()) {
                return;
            }
        }
    }

    /** Notes that the lane has found something of a group of the window, or of one that is gone. */
    void crossed(@Nullable Group group) {
        if (group != null && lane != null && lane.speaksOnce()) {
            group.cross();
        }
    }

    /**
     * The group whose events the lane is to have now that one more of this group has come: this one; another, where too many wait; null if
     * none, since this one's may wait.
     */
    @Nullable
    Group due(Group group) {
        int rest = group.size() - group.sent();
        if (!group.hasCrossed() || rest >= TOGETHER) {
            return group;
        }
        if (rest == 1) {
            waiting.add(group);
        }
        return waiting.size() > MOST_WAITING ? longestWaiting() : null;
    }

    /** The group of which events wait for longest; null if none of any do. */
    @Nullable
    Group longestWaiting() {
        return waiting.isEmpty() ? null : waiting.iterator().next();
    }

    /** Those of the groups of which no events wait. */
    List<Group> notWaiting(List<Group> some) {
        return some.stream().filter(group -> !waiting.contains(group)).toList();
    }

    /** The groups of which events wait; a copy. */
    List<Group> waiting() {
        return List.copyOf(waiting);
    }

    /**
     * Sends the group's next events that the lane does not have, of which there are some: one, or {@value #TOGETHER} at most by which
     * it has nothing to say.
     */
    void sendNext(Lane its, Group group) {
        int from = group.sent();
        int silent = group.hasCrossed() ? group.size() : Math.min(group.size(), its.silentUpTo());
        int to = Math.min(silent, from + TOGETHER);
        if (to > from + 1) {
            its.sendSilently(start, group.events().subList(from, to));
        } else {
            to = from + 1;
            its.send(start, group.get(from));
        }
        group.sentTo(to);
        if (group.hasCrossed()) {
            waiting.remove(group);
        }
    }

    /** Whether the lane waits for a time to come. */
    boolean isWaiting() {
        return lane != null && lane.isWaiting();
    }

    /** What the lane finds of a group is not to be looked at. */
    void withdraw(Group group) {
        group.noneSent();
        waiting.remove(group);
        withdrawn++;
    }

    int groups() {
        return groups;
    }

    /** Groups in the lane that are of one person each. */
    int groupsOfOne() {
        return groups - withdrawn;
    }

    boolean hasLane() {
        return lane != null;
    }

    /**
     * Closes the window in the lane, which is then asked what it found.
     *
     * @throws IllegalStateException if there is no lane
     */
    Lane close() {
        if (lane == null) {
            throw new IllegalStateException("The window of " + start + " has no lane.");
        }
        lane.closeWindow();
        return lane;
    }

    /** Another lane, with nothing in it. */
    void replaceLane(UnaryOperator<Lane> another) {
        Lane old = lane;
        if (old != null) {
            lane = another.apply(old);
            nanosOfOthers += lane == old ? 0 : old.nanos();
            start = Track.UNKNOWN;
        }
    }

    /** Time spent in its lanes, in nanoseconds. */
    long nanos() {
        return nanosOfOthers + (lane == null ? 0 : lane.nanos());
    }

    void closeLane() {
        if (lane != null) {
            lane.close();
        }
    }
}
