package dev.vaultwatch.journal;

import dev.vaultwatch.event.KeyVaultEvent;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The events of every window that is open or inside allowed lateness, by window and user. From it a lane can be filled again:
 * after a late event, a reload, a restart.
 *
 * <p>It is also the gate before the engine: a rule that asks for ten events can't speak of a user with nine, so a user's events
 * wait here until there are as many as the least that any rule asks for. What the engine holds is then a matter of who is
 * suspect, not of who is at work.
 *
 * <h2>Bounds</h2>
 *
 * An attacker may send anything: two million invented users in a minute, or one user two million times.
 *
 * <ul>
 *   <li>Users beyond the bound are {@linkplain CountedKeys counted} and come out with exact totals when they have read often
 *       enough;
 *   <li>a user's events beyond the bound are counted and not kept, unless they bring an action not seen yet;
 *   <li>when all windows together are too large, closed ones are let go, the oldest first: late events for them go to the side
 *       output.
 * </ul>
 *
 * <p>Not thread-safe; the owner holds a lock.
 */
public final class WindowJournal {
    /**
     * Heap of one user in one window beside the events: map node, table slot, object, array head, the name and the object id;
     * measured, see docs/benchmarks.
     */
    static final int KEY_BYTES = 320;

    private final Bounds bounds;
    private final long seed;
    private final TreeMap<Long, Window> windows = new TreeMap<>();

    /** By window and source. They outlive a window that had to make room: sent again without its beginning, it would be half. */
    private final TreeMap<Long, Map<String, Long>> firstOffsets = new TreeMap<>();

    private int minEvents = 1;
    private long bytes;
    private long cut;
    private long forgottenUpTo = Long.MIN_VALUE;
    private long told = Long.MIN_VALUE;
    private long lastStart = Long.MIN_VALUE;
    private @Nullable Window last;

    private static final class Window {
        private final Map<@Nullable String, KeyEvents> keys = new HashMap<>();
        private @Nullable CountedKeys counted;
        private long events;
        private long suspects;
        private long cut;
    }

    /**
     * Starts empty.
     *
     * @param seed keeps outsiders from making users that look alike; any number that they can't know
     */
    public WindowJournal(Bounds bounds, long seed) {
        this.bounds = bounds;
        this.seed = seed;
    }

    /**
     * Sets the least number of events that any rule asks for; at least 1. Users who are counted by then and have as many come out
     * with their next event: only then is it known again who they are.
     */
    public void minEvents(int least) {
        minEvents = Math.max(1, least);
    }

    /**
     * Keeps an event, or counts it.
     *
     * @param longTexts whether it may have texts of unusual length, whose heap is then counted
     * @return the user's events in that window if there are enough for a rule; else null
     */
    public @Nullable KeyEvents add(long windowStart, KeyVaultEvent event, boolean longTexts) {
        Window window = window(windowStart);
        window.events++;
        KeyEvents key = window.keys.get(event.upn());
        if (key == null) {
            // A user who was counted once must go on being counted, even if there is room again.
            if (window.counted != null || isFull(window)) {
                return addCounted(windowStart, window, event, longTexts);
            }
            key = addKey(window, event.upn());
        }
        if (key.size() >= bounds.eventsPerKey()
                || (key.size() >= minEvents && window.events > bounds.eventsPerWindow())) {
            if (key.hasAction(event.action())) {
                key.countOnly();
                window.cut++;
                cut++;
                return key;
            }
        }
        bytes += key.add(event, longTexts);
        makeRoom(windowStart);
        return suspect(window, key);
    }

    /** The user, if there are enough events for a rule. */
    private @Nullable KeyEvents suspect(Window window, KeyEvents key) {
        if (key.size() < minEvents) {
            return null;
        }
        if (!key.isSuspect()) {
            key.becomeSuspect();
            window.suspects++;
        }
        return key;
    }

    private Window window(long start) {
        if (last == null || start != lastStart) {
            last = windows.computeIfAbsent(start, s -> new Window());
            lastStart = start;
        }
        return last;
    }

    private KeyEvents addKey(Window window, @Nullable String upn) {
        KeyEvents key = new KeyEvents(upn);
        window.keys.put(upn, key);
        bytes += KEY_BYTES;
        return key;
    }

    private boolean isFull(Window window) {
        return minEvents > 1
                && (window.keys.size() >= bounds.keysPerWindow()
                        || window.events > bounds.eventsPerWindow()
                        || bytes >= bounds.bytes());
    }

    private @Nullable KeyEvents addCounted(long windowStart, Window window, KeyVaultEvent event, boolean longTexts) {
        if (window.counted == null) {
            window.counted = new CountedKeys(minEvents, seed);
            bytes += window.counted.bytes();
        }
        window.cut++;
        cut++;
        long before = window.counted.bytes();
        List<String> earlier = window.counted.count(event, minEvents);
        bytes += window.counted.bytes() - before;
        makeRoom(windowStart);
        if (earlier == null) {
            return null;
        }
        KeyEvents key = addKey(window, event.upn());
        for (String action : earlier) {
            bytes += key.addWithoutEvidence(KeyVaultEvent.bare(windowStart, action, event.upn()));
        }
        bytes += key.add(event, longTexts);
        return suspect(window, key);
    }

    private void makeRoom(long current) {
        while (bytes > bounds.bytes() && windows.size() > 1 && windows.firstKey() < current) {
            forgottenUpTo = windows.firstKey();
            forget(windows.firstKey());
        }
    }

    /**
     * Whether a window that is closed can take an event of that user: false once its events had to make room, and of a new user
     * if there are too many already.
     */
    public boolean canTake(long windowStart, @Nullable String upn) {
        if (windowStart <= forgottenUpTo) {
            return false;
        }
        Window window = windows.get(windowStart);
        return window == null || window.keys.containsKey(upn) || !isOverloaded(window);
    }

    /**
     * Whether the window is so full that counting is no way out: there are too many users to count, or too many with enough events
     * for a rule, each of whom the engine must hold.
     */
    public boolean isOverloaded(long windowStart) {
        Window window = windowStart == lastStart ? last : windows.get(windowStart);
        return window != null && isOverloaded(window);
    }

    private boolean isOverloaded(Window window) {
        return window.suspects >= bounds.suspectsPerWindow()
                || (window.counted != null && window.counted.size() >= bounds.countedKeysPerWindow());
    }

    /** The windows let go to make room since the last call: up to and with which, if there were any. */
    public OptionalLong takeForgotten() {
        OptionalLong upTo = forgottenUpTo == told ? OptionalLong.empty() : OptionalLong.of(forgottenUpTo);
        told = forgottenUpTo;
        return upTo;
    }

    /** How many events of the window were counted and not kept in full. */
    public long cut(long windowStart) {
        Window window = windows.get(windowStart);
        return window == null ? 0 : window.cut;
    }

    /** How many events of all windows, those let go of among them, were counted and not kept in full. */
    public long cut() {
        return cut;
    }

    /** How many users of the window are counted who have enough events for a rule, and will speak with their next one only. */
    public long countedSuspects(long windowStart) {
        Window window = windows.get(windowStart);
        return window == null || window.counted == null ? 0 : window.counted.sizeFrom(minEvents);
    }

    /** The users of a window with enough events for a rule. */
    public Collection<KeyEvents> suspects(long windowStart) {
        return keysWithAtLeast(windowStart, minEvents);
    }

    /** The users of a window with at least so many events. */
    public Collection<KeyEvents> keysWithAtLeast(long windowStart, int events) {
        Window window = windows.get(windowStart);
        return window == null
                ? List.of()
                : window.keys.values().stream()
                        .filter(key -> key.size() >= events)
                        .toList();
    }

    /** One user's events in a window; null if there are none. */
    public @Nullable KeyEvents find(long windowStart, @Nullable String upn) {
        Window window = windows.get(windowStart);
        return window == null ? null : window.keys.get(upn);
    }

    /** Notes that a window has events from that place of a source. */
    public void position(long windowStart, String source, long offset) {
        firstOffsets.computeIfAbsent(windowStart, start -> new HashMap<>()).merge(source, offset, Math::min);
    }

    /** The oldest place of each source from which a window has events whose positions are not forgotten. */
    public Map<String, Long> oldestPositions() {
        Map<String, Long> oldest = new HashMap<>();
        firstOffsets
                .values()
                .forEach(offsets -> offsets.forEach((source, offset) -> oldest.merge(source, offset, Math::min)));
        return oldest;
    }

    /** Lets go of the positions of every window before the given one: nobody needs its events again. */
    public void forgetPositionsBefore(long windowStart) {
        while (!firstOffsets.isEmpty() && firstOffsets.firstKey() < windowStart) {
            firstOffsets.pollFirstEntry();
        }
    }

    /** The start of the oldest window kept. */
    public OptionalLong oldest() {
        return windows.isEmpty() ? OptionalLong.empty() : OptionalLong.of(windows.firstKey());
    }

    /** Lets go of the events of every window before the given one. */
    public void forgetBefore(long windowStart) {
        while (!windows.isEmpty() && windows.firstKey() < windowStart) {
            forget(windows.firstKey());
        }
    }

    private void forget(long start) {
        Window window = windows.remove(start);
        if (window == last) {
            last = null;
        }
        if (window != null) {
            bytes -= (long) KEY_BYTES * window.keys.size() + (window.counted == null ? 0 : window.counted.bytes());
            for (KeyEvents key : window.keys.values()) {
                bytes -= key.bytes();
            }
        }
    }

    /** Heap held, by estimate, in bytes. */
    public long bytes() {
        return bytes;
    }
}
