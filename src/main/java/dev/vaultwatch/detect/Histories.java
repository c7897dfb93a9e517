package dev.vaultwatch.detect;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.store.Budget;
import dev.vaultwatch.store.Directories;
import dev.vaultwatch.store.Group;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The events that an ordered rule keeps, by key and in order within each, and the heap that they take; and which keys are of several
 * people, since their events name several {@linkplain Directories directories}. A calendar queue has each key by the time of its oldest event,
 * so that letting go costs what goes and not what is there. Not thread-safe.
 */
final class Histories {
    /** Events of one time enter in an order that does not depend on which source came first. */
    static final Comparator<KeyVaultEvent> IN_ORDER = Comparator.comparingLong(KeyVaultEvent::time)
            .thenComparing(KeyVaultEvent::action)
            .thenComparing(KeyVaultEvent::toString);

    /** Heap of a key: map node, list and its array; reckoned from their fields (JDK 17, compressed references). */
    private static final long KEY_BYTES = 160;

    /** An event's share of the arrays that hold it. */
    private static final long PLACE_BYTES = 16;

    /** How much time a page of the calendar is for, in milliseconds. */
    private static final long PAGE_MILLIS = 1_000;

    /** Of a key that is gone, whatever pages it stands on. */
    private static final long NO_PAGE = Long.MAX_VALUE;

    private static final SortedSet<String> NOBODY = Collections.unmodifiableSortedSet(new TreeSet<>());

    private final Budget budget;
    private final boolean byDirectory;
    private final Map<@Nullable Object, History> byKey = new HashMap<>();

    /** Keys by the beginning of their oldest event's page; one that has moved to an earlier page stands on its old one, too. */
    private final TreeMap<Long, List<History>> calendar = new TreeMap<>();

    /** What is charged here. */
    private long own;

    private long ofEvents;
    private long texts;
    private int divided;
    private long division;

    /** The events of one key, in order. */
    private static final class History {
        private final @Nullable Object key;
        private long page = NO_PAGE;
        private final ArrayList<KeyVaultEvent> events = new ArrayList<>(4);
        private final SourceSet sources = new SourceSet();

        /** The directory that its events name, where they name one. */
        private @Nullable String directory;

        /** The directories that its events name, where they name several. */
        private SortedSet<String> people = NOBODY;

        History(@Nullable Object key) {
            this.key = key;
        }

        long oldest() {
            return events.get(0).time();
        }

        @Nullable
        KeyVaultEvent latest() {
            return events.isEmpty() ? null : events.get(events.size() - 1);
        }

        void add(KeyVaultEvent event) {
            int at = events.size();
            while (at > 0 && IN_ORDER.compare(events.get(at - 1), event) > 0) {
                at--;
            }
            events.add(at, event);
        }
    }

    /**
     * Keeps nothing yet.
     *
     * @param budget keys and the events' places are charged to; the events are the {@link dev.vaultwatch.store.EventStore}'s to charge
     * @param byDirectory whether events of one key that name several directories are of several people
     */
    Histories(Budget budget, boolean byDirectory) {
        this.budget = budget;
        this.byDirectory = byDirectory;
    }

    /**
     * Keeps an event.
     *
     * @param longTexts whether it may have texts of unusual length that nobody has looked at
     */
    void add(@Nullable Object key, KeyVaultEvent event, int source, boolean longTexts) {
        History history = byKey.get(key);
        if (history == null) {
            history = new History(key);
            byKey.put(key, history);
            take(KEY_BYTES);
        }
        texts = longTexts ? Group.longTexts(event, history.latest()) : 0;
        history.add(event);
        if (event.time() < history.page) {
            note(history);
        }
        history.sources.add(source);
        if (byDirectory && !Objects.equals(event.tenant(), history.directory)) {
            noteDirectory(history, Directories.of(event));
        }
        ofEvents += event.heapBytes();
        take(PLACE_BYTES);
    }

    /** Heap of the texts of the event added last that no earlier one holds. */
    long texts() {
        return texts;
    }

    private void note(History history) {
        history.page = history.oldest() - Math.floorMod(history.oldest(), PAGE_MILLIS);
        calendar.computeIfAbsent(history.page, each -> new ArrayList<>()).add(history);
    }

    private void noteDirectory(History history, @Nullable String named) {
        if (named == null || history.people.contains(named)) {
            return;
        }
        if (history.directory == null) {
            history.directory = named;
            return;
        }
        SortedSet<String> people = new TreeSet<>(history.people);
        people.add(history.directory);
        people.add(named);
        divide(history, people);
    }

    private void divide(History history, SortedSet<String> people) {
        if (people.equals(history.people)) {
            return;
        }
        divided += (people.isEmpty() ? 0 : 1) - (history.people.isEmpty() ? 0 : 1);
        division++;
        history.people = people;
    }

    /** Counts the changes of {@link #people(Object)}, of any key. */
    long division() {
        return division;
    }

    /** Whether each key is of one person. */
    boolean dividesNone() {
        return divided == 0;
    }

    /** The directories that the key's events name; empty if they name one, or none. */
    SortedSet<String> people(@Nullable Object key) {
        History history = divided == 0 ? null : byKey.get(key);
        return history == null ? NOBODY : history.people;
    }

    /** As above, by the events from the first time to the second, both inclusive; where it is one directory, that one. */
    SortedSet<String> people(@Nullable Object key, long from, long to) {
        if (people(key).isEmpty()) {
            return NOBODY;
        }
        List<KeyVaultEvent> events = new ArrayList<>();
        collect(key, from, to + 1, events);
        return named(events);
    }

    private static SortedSet<String> named(List<KeyVaultEvent> events) {
        SortedSet<String> named = new TreeSet<>();
        for (KeyVaultEvent event : events) {
            String directory = Directories.of(event);
            if (directory != null) {
                named.add(directory);
            }
        }
        return named;
    }

    private void take(long more) {
        own += more;
        budget.charge(more);
    }

    private void release(KeyVaultEvent event) {
        ofEvents -= event.heapBytes();
        take(-PLACE_BYTES);
    }

    /** Whether an event of that key is kept. */
    boolean has(@Nullable Object key) {
        return byKey.containsKey(key);
    }

    /** Whether an event of that key is kept that equals the given one. */
    boolean has(@Nullable Object key, KeyVaultEvent event) {
        List<KeyVaultEvent> same = new ArrayList<>();
        collect(key, event.time(), event.time() + 1, same);
        return same.contains(event);
    }

    boolean isEmpty() {
        return byKey.isEmpty();
    }

    /** Heap held, by estimate, in bytes, with that of events which other rules hold as well. */
    long bytes() {
        return own + ofEvents;
    }

    /** Time of the oldest event; the greatest of numbers if there is none. */
    long oldest() {
        for (Map.Entry<Long, List<History>> page : calendar.entrySet()) {
            long oldest = Long.MAX_VALUE;
            for (History history : page.getValue()) {
                oldest = history.page == page.getKey() ? Math.min(oldest, history.oldest()) : oldest;
            }
            if (oldest != Long.MAX_VALUE) {
                return oldest;
            }
        }
        return Long.MAX_VALUE;
    }

    /** Adds the key's events from the first time, inclusive, to the second, exclusive. */
    void collect(@Nullable Object key, long from, long to, List<KeyVaultEvent> into) {
        History history = byKey.get(key);
        if (history != null) {
            collect(history, from, to, into);
        }
    }

    private static void collect(History history, long from, long to, List<KeyVaultEvent> into) {
        for (KeyVaultEvent event : history.events) {
            if (event.time() >= from && event.time() < to) {
                into.add(event);
            }
        }
    }

    /** These keys' events from the first time, inclusive, to the second, exclusive; in order. */
    List<KeyVaultEvent> between(long from, long to, Set<@Nullable Object> keys) {
        List<KeyVaultEvent> events = new ArrayList<>();
        keys.forEach(key -> collect(key, from, to, events));
        events.sort(IN_ORDER);
        return events;
    }

    /** All keys' events from the first time, inclusive, to the second, exclusive; in order. */
    List<KeyVaultEvent> between(long from, long to) {
        List<KeyVaultEvent> events = new ArrayList<>();
        byKey.values().forEach(history -> collect(history, from, to, events));
        events.sort(IN_ORDER);
        return events;
    }

    /** Lets go of the events before the given time. */
    void forgetBefore(long time) {
        List<History> due = new ArrayList<>();
        while (!calendar.isEmpty() && calendar.firstKey() < time) {
            Map.Entry<Long, List<History>> page = calendar.pollFirstEntry();
            for (History history : page.getValue()) {
                if (history.page == page.getKey()) {
                    history.page = NO_PAGE;
                    due.add(history);
                }
            }
        }
        due.forEach(history -> forgetBefore(history, time));
    }

    private void forgetBefore(History history, long time) {
        int gone = 0;
        while (gone < history.events.size() && history.events.get(gone).time() < time) {
            release(history.events.get(gone));
            gone++;
        }
        history.events.subList(0, gone).clear();
        if (gone > 0 && history.directory != null) {
            noteGone(history);
        }
        if (history.events.isEmpty()) {
            take(-KEY_BYTES);
            byKey.remove(history.key);
        } else {
            note(history);
        }
    }

    /** Events of it are gone, so that it may be of fewer people. */
    private void noteGone(History history) {
        SortedSet<String> left = named(history.events);
        history.directory = left.isEmpty() ? null : left.first();
        divide(history, left.size() > 1 ? left : NOBODY);
    }

    /** Lets go of the keys that only this source brought; gives their events. */
    Map<@Nullable Object, List<KeyVaultEvent>> revoke(int source) {
        Map<@Nullable Object, List<KeyVaultEvent>> gone = new HashMap<>();
        byKey.entrySet().removeIf(entry -> {
            History history = entry.getValue();
            if (!history.sources.removeLast(source)) {
                return false;
            }
            take(-KEY_BYTES);
            history.page = NO_PAGE;
            divide(history, NOBODY);
            history.events.forEach(this::release);
            gone.put(entry.getKey(), history.events);
            return true;
        });
        return gone;
    }

    void clear() {
        byKey.clear();
        calendar.clear();
        divided = 0;
        division++;
        take(-own);
        ofEvents = 0;
    }
}
