package dev.vaultwatch.store;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.KeyVaultEventBuilder;
import dev.vaultwatch.event.Property;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One rule's events, by window and grouping key: of every window that can still change, closed, open or to come. From it a lane
 * can be filled again, after a late event, a reload, a restart.
 *
 * <p>It is also the rule's pre-filter: a rule that asks for ten events can't speak of a key with nine, so a key's events wait
 * here until there are as many as the rule asks for. What the engine holds is then a matter of who is suspect, not of who is at
 * work.
 *
 * <h2>Bounds</h2>
 *
 * An attacker may send anything: two million invented users in a minute, or one user two million times. Of a rule that is
 * <em>countable</em> (its conditions are counts of events and of actions, and its filter tests nothing else) keys beyond the bound
 * are {@linkplain CountedKeys counted} and come out with exact totals when they have enough events, and a key's events beyond the
 * bound are counted and not kept, unless they bring an action not seen yet. Of any other rule what is beyond a bound is not
 * kept, and the group is {@linkplain Group#isLimited limited}: its alerts say "at least".
 *
 * <p>Not thread-safe; the owner holds a lock.
 */
public final class Groups {
    /**
     * Heap of one key in one window beside the events: its places in the table, object, array head, the name and the object id;
     * measured, see docs/benchmarks, with the map node of before, of which the table takes some three quarters.
     */
    static final int KEY_BYTES = 328;

    private final Bounds bounds;
    private final Budget budget;
    private final boolean countable;
    private final List<Property> keyProperties;
    private final boolean byDirectory;
    private final boolean byUpn;
    private final long seed;
    private final TreeMap<Long, Window> windows = new TreeMap<>();

    private int minEvents;
    private long bytes;
    private long cut;
    private long forgottenUpTo = Long.MIN_VALUE;
    private long lastStart = Long.MIN_VALUE;
    private @Nullable Window last;

    /** What became of an event. */
    public enum Taken {
        /** It is kept in its group. */
        KEPT,
        /** It is counted, and its values are not kept. */
        COUNTED,
        /** A bound is reached that this rule knows no way round: it is neither kept nor counted. */
        LIMITED
    }

    private static final class Window {
        private final GroupTable groups = new GroupTable();
        private @Nullable CountedKeys counted;
        private long events;

        /** In the order in which they came to have enough events. */
        private final List<Group> suspects = new ArrayList<>(0);

        /** Heap of all that the window holds, and of that which it alone holds: its groups need not be gone through when it goes. */
        private long bytes;

        private long own;
        private long cut;
        private long limited;
    }

    /**
     * Starts empty.
     *
     * @param budget all but the heap of the events is charged to: that is the {@link EventStore}'s to charge
     * @param countable whether the rule's conditions are counts of events and of actions, and nothing else
     * @param keyProperties of the rule's grouping key
     * @param minEvents the least number of events that the rule asks for; at least 1
     * @param byDirectory whether events of one key that name several {@linkplain Directories directories} are of several people
     * @param seed keeps outsiders from making keys that look alike; any number that they can't know
     */
    public Groups(
            Bounds bounds,
            Budget budget,
            boolean countable,
            List<Property> keyProperties,
            int minEvents,
            boolean byDirectory,
            long seed) {
        this.bounds = bounds;
        this.budget = budget;
        this.countable = countable;
        this.keyProperties = List.copyOf(keyProperties);
        this.minEvents = Math.max(1, minEvents);
        this.byDirectory = byDirectory && Directories.matterTo(keyProperties);
        this.byUpn = this.keyProperties.equals(List.of(Property.UPN));
        this.seed = seed;
    }

    /**
     * Sets the least number of events that the rule asks for, of a rule that was tuned. Keys that are counted by then and have as
     * many come out with their next event: only then is it known again who they are. Of groups whose events were counted beyond a
     * bound, as many are there again as the rule now asks for.
     */
    public void minEvents(int least) {
        minEvents = Math.max(1, least);
        windows.forEach((start, window) -> {
            window.suspects.clear();
            for (Group group : window.groups) {
                while (group.size() < minEvents && group.countedOnly() > 0) {
                    // Their actions are among those kept.
                    take(window, group.uncount(bare(start, group.get(0).action(), group.get(0))));
                }
                group.suspect(group.size() >= minEvents);
                if (group.isSuspect()) {
                    window.suspects.add(group);
                }
            }
        });
    }

    // ---- events in

    // Written only when they change: a reference stored into an old object costs the collector's barrier, with a fence.
    private Taken taken = Taken.KEPT;

    private long texts;

    /** What was kept in place of the event that was added last; absent if that one itself was. */
    private @Nullable KeyVaultEvent keptInstead;

    /**
     * Keeps an event, or counts it. {@link #taken()} says which.
     *
     * @param key the event's
     * @param longTexts whether it may have texts of unusual length, whose heap is then counted
     * @param shared whether it is the event as another rule's groups hold it, whose texts were looked at
     * @return the key's group in that window if it has enough events for the rule; else null
     */
    public @Nullable Group add(
            long windowStart,
            @Nullable Object key,
            KeyVaultEvent event,
            int source,
            boolean longTexts,
            boolean shared) {
        Window window = window(windowStart);
        window.events++;
        int hash = byUpn ? event.upnHash() : Objects.hashCode(key);
        Group group = window.groups.find(key, hash);
        if (group == null) {
            // A key that was counted once must go on being counted, even if there is room again.
            if (window.counted != null || isFull(window)) {
                return addBeyond(window, windowStart, key, event, source, longTexts);
            }
            group = addGroup(window, key, hash);
        }
        group.from(source);
        if (byDirectory && event.tenant() != null) {
            group.directory(event);
        }
        if (group.size() >= Math.max(bounds.eventsPerKey(), minEvents)
                || (group.size() >= minEvents && (window.events > bounds.eventsPerWindow() || budget.isSpent()))) {
            if (!countable) {
                group.limit();
                window.limited++;
                became(Taken.LIMITED);
                return group;
            }
            if (group.hasAction(event.action())) {
                group.countOnly();
                window.cut++;
                cut++;
                became(Taken.COUNTED);
                return group;
            }
        }
        became(Taken.KEPT);
        keep(window, group, event, key, longTexts, shared);
        return suspect(window, group);
    }

    private void keep(
            Window window, Group group, KeyVaultEvent event, @Nullable Object key, boolean longTexts, boolean shared) {
        // The store is charged for the event.
        hold(window, group.add(event, key, longTexts, shared), Group.SHARE_BYTES);
        if (texts != group.texts()) {
            texts = group.texts();
        }
        noteKept(event, group);
    }

    private void became(Taken now) {
        if (taken != now) {
            taken = now;
        }
    }

    @SuppressWarnings("ReferenceEquality") // whether it is the very event is the question
    private void noteKept(KeyVaultEvent event, Group group) {
        KeyVaultEvent kept = group.last();
        if (kept != event) {
            keptInstead = kept;
        } else if (keptInstead != null) {
            keptInstead = null;
        }
    }

    /** What was kept of an event that was just added and {@linkplain Taken#KEPT kept}: it, or its like that shares texts with earlier ones. */
    public KeyVaultEvent kept(KeyVaultEvent event) {
        return keptInstead == null ? event : keptInstead;
    }

    /** Heap of the texts of the event that was kept last which no earlier one holds, by estimate: a part of its heap. */
    public long texts() {
        return texts;
    }

    /** What became of the event that was added last. */
    public Taken taken() {
        return taken;
    }

    /** The group, if there are enough events for the rule. */
    private @Nullable Group suspect(Window window, Group group) {
        if (group.size() < minEvents) {
            return null;
        }
        if (!group.isSuspect()) {
            group.suspect(true);
            window.suspects.add(group);
        }
        return group;
    }

    private Window window(long start) {
        if (last == null || start != lastStart) {
            last = windows.computeIfAbsent(start, s -> new Window());
            lastStart = start;
        }
        return last;
    }

    private Group addGroup(Window window, @Nullable Object key, int hash) {
        Group group = new Group(key);
        window.groups.add(group, hash);
        take(window, KEY_BYTES);
        return group;
    }

    private void take(Window window, long more) {
        hold(window, more, more);
    }

    private void hold(Window window, long more, long own) {
        bytes += more;
        window.bytes += more;
        window.own += own;
        budget.charge(own);
    }

    private boolean isFull(Window window) {
        return (minEvents > 1 || !countable)
                && (window.groups.size() >= bounds.keysPerWindow()
                        || window.events > bounds.eventsPerWindow()
                        || budget.isSpent());
    }

    private @Nullable Group addBeyond(
            Window window, long windowStart, @Nullable Object key, KeyVaultEvent event, int source, boolean longTexts) {
        if (!countable || key == null) {
            window.limited++;
            became(Taken.LIMITED);
            return null;
        }
        if (window.counted == null) {
            window.counted = new CountedKeys(minEvents, seed);
            take(window, window.counted.bytes());
        }
        if (budget.isSpent() && takesMoreHeapThanThereIs(window, window.counted, key, event)) {
            window.limited++;
            became(Taken.LIMITED);
            return null;
        }
        window.cut++;
        cut++;
        long before = window.counted.bytes();
        List<String> earlier = window.counted.count(key, event, minEvents);
        take(window, window.counted.bytes() - before);
        became(Taken.COUNTED);
        if (earlier == null) {
            return null;
        }
        Group group = addGroup(window, key, key.hashCode());
        group.from(source);
        for (String action : earlier) {
            // The rule looks at key and action alone: that is what countable means.
            take(window, group.addWithoutEvidence(bare(windowStart, action, event)));
        }
        became(Taken.KEPT);
        if (byDirectory && event.tenant() != null) {
            group.directory(event);
        }
        keep(window, group, event, key, longTexts, false);
        return suspect(window, group);
    }

    /** Only what has a bound of its own may exceed the heap: so many keys that are counted, so many that have come out. */
    private boolean takesMoreHeapThanThereIs(Window window, CountedKeys counted, Object key, KeyVaultEvent event) {
        return isCountedMany(window)
                ? !counted.has(key) || counted.comesOut(key, event, minEvents)
                : window.suspects.size() >= engineKeys() && counted.comesOut(key, event, minEvents);
    }

    private KeyVaultEvent bare(long time, String action, KeyVaultEvent like) {
        KeyVaultEventBuilder bare = KeyVaultEvent.builder(time, action);
        for (Property property : keyProperties) {
            if (property != Property.TIME && property != Property.ACTION) {
                bare.with(property, property.get(like));
            }
        }
        return bare.build();
    }

    /**
     * Whether a window that is closed can take an event of that key: false once its events had to make room, and of a new key if
     * there are too many already.
     */
    public boolean canTake(long windowStart, @Nullable Object key) {
        if (windowStart <= forgottenUpTo) {
            return false;
        }
        Window window = windows.get(windowStart);
        return window == null || find(window, key) != null || !isCountedFull(window);
    }

    /** Whether no further key can be counted: there are as many as may be, and no heap is left for more. */
    private boolean isCountedFull(Window window) {
        return isCountedMany(window) && budget.isSpent();
    }

    private boolean isCountedMany(Window window) {
        return window.counted != null && window.counted.size() >= bounds.countedKeysPerWindow();
    }

    /**
     * Whether the window is so full that nothing should be taken of a source that is ahead: what it brings can wait, and what
     * the source behind it brings can't.
     */
    public boolean isOverloaded(long windowStart) {
        Window window = windowStart == lastStart ? last : windows.get(windowStart);
        return window != null && (window.suspects.size() >= engineKeys() || isCountedMany(window));
    }

    /** How many groups of a window the engine may hold at once. */
    public int engineKeys() {
        return bounds.suspectsPerWindow();
    }

    // ---- looking

    /** How many events of the window were counted and not kept in full. */
    public long cut(long windowStart) {
        Window window = windows.get(windowStart);
        return window == null ? 0 : window.cut;
    }

    /** How many events of all windows, those let go of among them, were counted and not kept in full. */
    public long cut() {
        return cut;
    }

    /** How many events of the window were neither kept nor counted, because of a bound. */
    public long limited(long windowStart) {
        Window window = windows.get(windowStart);
        return window == null ? 0 : window.limited;
    }

    /** How many keys of the window are counted that have enough events for the rule, and will speak with their next one only. */
    public long countedSuspects(long windowStart) {
        Window window = windows.get(windowStart);
        return window == null || window.counted == null ? 0 : window.counted.sizeFrom(minEvents);
    }

    /** How many groups of a window have enough events for the rule. */
    public long suspectCount(long windowStart) {
        Window window = windows.get(windowStart);
        return window == null ? 0 : window.suspects.size();
    }

    /** The groups of a window with enough events for the rule, in the order in which they came to have them; a copy. */
    public List<Group> suspects(long windowStart) {
        Window window = windows.get(windowStart);
        return window == null ? List.of() : List.copyOf(window.suspects);
    }

    /** All groups of a window. */
    public Collection<Group> all(long windowStart) {
        Window window = windows.get(windowStart);
        return window == null ? List.of() : window.groups;
    }

    /** One key's group in a window; null if there is none. */
    public @Nullable Group find(long windowStart, @Nullable Object key) {
        Window window = windows.get(windowStart);
        return window == null ? null : find(window, key);
    }

    private static @Nullable Group find(Window window, @Nullable Object key) {
        return window.groups.find(key, Objects.hashCode(key));
    }

    /** The start of the oldest window kept. */
    public OptionalLong oldest() {
        return windows.isEmpty() ? OptionalLong.empty() : OptionalLong.of(windows.firstKey());
    }

    /** The start of the first window kept that begins at the given time or later. */
    public OptionalLong firstFrom(long time) {
        Long start = windows.ceilingKey(time);
        return start == null ? OptionalLong.empty() : OptionalLong.of(start);
    }

    /** Heap held, by estimate, in bytes, with that of events which other rules hold as well. */
    public long bytes() {
        return bytes;
    }

    // ---- letting go

    /** Lets go of the events of every window before the given one. */
    public void forgetBefore(long windowStart) {
        while (!windows.isEmpty() && windows.firstKey() < windowStart) {
            forget(windows.firstKey());
        }
    }

    /**
     * Lets go of the oldest window, if it begins before the given time, to make room; events that still come for it are dropped as
     * late.
     *
     * @return whether there was one
     */
    public boolean makeRoom(long before) {
        if (windows.isEmpty() || windows.firstKey() >= before) {
            return false;
        }
        forgottenUpTo = windows.firstKey();
        forget(forgottenUpTo);
        return true;
    }

    /** The start of the last window that had to make room; empty if none had. */
    public OptionalLong forgottenUpTo() {
        return forgottenUpTo == Long.MIN_VALUE ? OptionalLong.empty() : OptionalLong.of(forgottenUpTo);
    }

    /** Lets go of every group whose events a source alone brought, and names them by window and key. */
    public void revoke(int source, BiConsumer<Long, @Nullable Object> gone) {
        windows.forEach((start, window) -> {
            List<Group> alone = new ArrayList<>();
            window.groups.removeIf(group -> group.revoke(source) && alone.add(group));
            for (Group group : alone) {
                hold(window, -KEY_BYTES - group.bytes(), -KEY_BYTES - group.own());
                group.suspect(false);
                gone.accept(start, group.key());
            }
            window.suspects.removeIf(group -> !group.isSuspect());
        });
    }

    private void forget(long start) {
        Window window = windows.remove(start);
        if (window == last) {
            last = null;
        }
        keptInstead = null;
        if (window != null) {
            hold(window, -window.bytes, -window.own);
        }
    }

    /** Lets go of everything: its rule is gone. */
    public void clear() {
        forgetBefore(Long.MAX_VALUE);
    }
}
