package dev.vaultwatch.detect;

import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.store.Budget;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Groups an ordered rule's findings into episodes: session windows over findings, per key and person, with a gap of {@code quiet}. An episode
 * is one alert, anchored at its first finding; when it ends, what it was at its height is told, until its last finding. Only the episodes
 * around a change are looked at, so that what a finding costs doesn't grow with the episode; and each key has one lazy timer, set anew when
 * it rings too early. Not thread-safe.
 */
final class Episodes {
    private static final long NEVER = EpisodesOfKey.NEVER;

    /** Heap of a key: nodes, the four trees, and what was told of one episode; measured, as below, to be 409. */
    static final long KEY_BYTES = 420;

    /** Heap of a finding and its node, beside its columns; measured with sliding windows of two to five columns, JDK 17. */
    static final long FINDING_BYTES = 136;

    static final long COLUMN_BYTES = 20;

    /** Heap of a list of values, which are shared with events, beside its references. */
    static final long LIST_BYTES = 24;

    static final long REFERENCE_BYTES = 8;

    private final long quiet;
    private final long step;
    private final Budget budget;
    private final Voice voice;
    private long bytes;
    private final Map<@Nullable Object, EpisodesOfKey> keys = new HashMap<>();

    /** Keys with an episode that was not over when it was last looked at. */
    private final PriorityQueue<EpisodesOfKey> timers =
            new PriorityQueue<>(Comparator.comparingLong((EpisodesOfKey key) -> key.timer));

    /** Nothing before it is to be confirmed. */
    private long unconfirmedFrom = NEVER;

    /** Is told what becomes of episodes. */
    interface Voice {
        /**
         * An episode has begun.
         *
         * @param end of what is known of it, milliseconds, exclusive
         * @param afterwards whether late events made it, after its time
         */
        void first(Finding finding, long end, boolean afterwards);

        /** What is true of it has changed. */
        void changed(long anchor, Finding finding, long end);

        /**
         * There is no such episode.
         *
         * @param directory as {@link Finding#directory()}
         */
        void gone(@Nullable Object key, String directory, long anchor);
    }

    /** One of the people of a key. */
    private record Person(@Nullable Object key, String directory) {}

    private static @Nullable Object about(@Nullable Object key, String directory) {
        return directory.isEmpty() ? key : new Person(key, directory);
    }

    private static @Nullable Object about(Finding finding) {
        return about(finding.key(), finding.directory());
    }

    /**
     * None yet.
     *
     * @param step after so much time, and again, the height of an episode that goes on is told, milliseconds; no later run can find it
     *     again after that and the quiet time
     * @param budget keys and findings are charged to
     */
    Episodes(long quiet, long step, Budget budget, Voice voice) {
        this.quiet = quiet;
        this.step = step;
        this.budget = budget;
        this.voice = voice;
    }

    private EpisodesOfKey of(@Nullable Object ofKey, String directory) {
        return keys.computeIfAbsent(about(ofKey, directory), each -> {
            charge(KEY_BYTES);
            return new EpisodesOfKey(ofKey, directory);
        });
    }

    private static long weight(Finding finding) {
        long columns = 0;
        for (Object value : finding.columns().values()) {
            columns += COLUMN_BYTES + (value instanceof List<?> list ? LIST_BYTES + REFERENCE_BYTES * list.size() : 0);
        }
        return FINDING_BYTES + columns;
    }

    private void charge(long more) {
        bytes += more;
        budget.charge(more);
    }

    private void put(EpisodesOfKey key, long time, Finding finding) {
        Finding before = key.findings.put(time, finding);
        charge(weight(finding) - (before == null ? 0 : weight(before)));
    }

    /** Lets go of findings, a part of a key's. */
    private void drop(SortedMap<Long, Finding> some) {
        long freed = 0;
        for (Finding each : some.values()) {
            freed += weight(each);
        }
        some.clear();
        charge(-freed);
    }

    private @Nullable EpisodesOfKey remove(@Nullable Object about) {
        EpisodesOfKey key = keys.remove(about);
        if (key != null) {
            drop(key.findings);
            charge(-KEY_BYTES);
        }
        return key;
    }

    /** Heap held, by estimate, in bytes. */
    long bytes() {
        return bytes;
    }

    /** Lets go of all, and says nothing. */
    void clear() {
        keys.clear();
        timers.clear();
        unconfirmedFrom = NEVER;
        charge(-bytes);
    }

    /** A finding, in the order of time. */
    void add(Finding finding) {
        EpisodesOfKey key = of(finding.key(), finding.directory());
        long time = finding.time();
        Map.Entry<Long, Finding> before = key.findings.lastEntry();
        put(key, time, finding);
        key.unconfirmed.remove(time);
        boolean goesOn =
                key.openFrom != NEVER && before != null && time > before.getKey() && time - before.getKey() <= quiet;
        if (!goesOn) {
            key.touch(time, time);
            reconcile(key, time, false);
        }
    }

    /**
     * The findings of a key in a span of time are these; what was found there before is not true any more.
     *
     * @param directory of the one person whom it is about; "" if it is about all of the key
     * @param findings of others as well, which are not looked at
     */
    void replace(@Nullable Object ofKey, String directory, long from, long to, List<Finding> findings, long clock) {
        Object about = about(ofKey, directory);
        EpisodesOfKey key = of(ofKey, directory);
        drop(key.findings.subMap(from, true, to, true));
        for (Finding finding : findings) {
            if (finding.time() >= from && finding.time() <= to && Objects.equals(about(finding), about)) {
                put(key, finding.time(), finding);
            }
        }
        key.touch(from, to);
        reconcile(key, clock, true);
        if (key.findings.isEmpty()) {
            remove(about);
        }
    }

    /** As above, of every key: of those that are not among the findings nothing was found. */
    void replaceAll(long from, long to, List<Finding> findings, long clock) {
        Map<@Nullable Object, List<Finding>> found = new LinkedHashMap<>();
        for (Finding finding : findings) {
            of(finding.key(), finding.directory());
            found.computeIfAbsent(about(finding), each -> new ArrayList<>()).add(finding);
        }
        List<EpisodesOfKey> all = new ArrayList<>();
        found.keySet().forEach(about -> all.add(Objects.requireNonNull(keys.get(about))));
        keys.forEach((about, key) -> {
            if (!found.containsKey(about)) {
                all.add(key);
            }
        });
        for (EpisodesOfKey key : all) {
            replace(
                    key.key,
                    key.directory,
                    from,
                    to,
                    found.getOrDefault(about(key.key, key.directory), List.of()),
                    clock);
        }
    }

    /** Time has come so far: episodes that ended say their last. */
    void ended(long clock) {
        confirm(clock);
        for (EpisodesOfKey next = timers.peek(); next != null && next.timer < clock; next = timers.peek()) {
            timeAt(next, NEVER);
            reconcile(next, clock, false);
        }
    }

    /** What an earlier owner told and this one, having judged that time with more events, did not find: it is not true any more. */
    private void confirm(long clock) {
        if (unconfirmedFrom >= clock) {
            return;
        }
        unconfirmedFrom = NEVER;
        for (EpisodesOfKey key : keys.values()) {
            SortedSet<Long> refuted = key.unconfirmed.headSet(clock);
            if (!refuted.isEmpty()) {
                refuted.forEach(time -> drop(key.findings.subMap(time, true, time, true)));
                key.touch(refuted.first(), refuted.last());
                refuted.clear();
                reconcile(key, clock, false);
            }
            if (!key.unconfirmed.isEmpty()) {
                unconfirmedFrom = Math.min(unconfirmedFrom, key.unconfirmed.first());
            }
        }
    }

    /** What was told of times before the given one was judged with all that is known; what was told of later ones is to be confirmed. */
    void judgedBefore(long clock) {
        keys.values().forEach(key -> {
            key.unconfirmed.headSet(clock).clear();
            key.toldTo = Math.max(key.toldTo, clock);
        });
    }

    boolean hasOpen() {
        return !timers.isEmpty();
    }

    /** Says what has become of the episodes around what was touched, and of those that were not over. */
    private void reconcile(EpisodesOfKey key, long clock, boolean afterwards) {
        Long before = key.told.lowerKey(key.touchedFrom);
        long from = Math.min(key.openFrom, before == null ? key.touchedFrom : before);
        NavigableSet<Long> anchors = key.isTouched() ? settleTouched(key) : new TreeSet<>();
        anchors.addAll(key.told.tailMap(from, true).keySet());
        key.openFrom = NEVER;
        // What comes late changes what was told already, and nothing is told twice for its sake.
        key.toldTo = afterwards ? Math.max(key.toldTo, clock) : key.toldTo;
        long end = NEVER;
        for (long anchor : anchors) {
            Finding last = key.lastBefore(anchors.higher(anchor));
            boolean over = clock - quiet > last.time();
            Finding told = key.told.get(anchor);
            if (told == null) {
                told = Objects.requireNonNull(key.findings.get(anchor));
                voice.first(told, anchor + 1, afterwards && over);
                key.told.put(anchor, told);
            }
            long due = key.tellHeights(anchor, last, step, Math.min(clock, last.time() + quiet), this::changed);
            if (!over) {
                key.openFrom = Math.min(key.openFrom, anchor);
                end = Math.min(end, Math.min(last.time() + quiet, due - 1));
            } else {
                // Where it ended is a part of what is true of it: who looks for its events looks from its beginning to
                // its end.
                Finding shown = key.shown(anchor, last);
                told = Objects.requireNonNull(key.told.get(anchor));
                if (told.time() != shown.time() || !told.columns().equals(shown.columns())) {
                    key.told.put(anchor, shown);
                    changed(anchor, shown);
                }
            }
        }
        timeAt(key, end);
    }

    private void changed(long anchor, Finding shown) {
        voice.changed(anchor, shown, shown.time() + 1);
    }

    /** Tells which episodes are gone where something was touched; gives the anchors of those that are there. */
    private NavigableSet<Long> settleTouched(EpisodesOfKey key) {
        NavigableSet<Long> anchors = key.touchedAnchors(quiet);
        key.told.subMap(key.touchedFrom, true, key.touchedTo, true).keySet().removeIf(anchor -> {
            boolean gone = !anchors.contains(anchor);
            if (gone) {
                voice.gone(key.key, key.directory, anchor);
            }
            return gone;
        });
        key.touchedFrom = Long.MAX_VALUE;
        key.touchedTo = Long.MIN_VALUE;
        return anchors;
    }

    /** A timer that rings early is set anew when it does; only one that would ring late is moved. */
    private void timeAt(EpisodesOfKey key, long time) {
        if (key.timer == NEVER || time < key.timer || time == NEVER) {
            if (key.timer != NEVER) {
                timers.remove(key);
            }
            key.timer = time;
            if (time != NEVER) {
                timers.add(key);
            }
        }
    }

    /** What an earlier run told. */
    void said(long anchor, Finding shown) {
        EpisodesOfKey key = of(shown.key(), shown.directory());
        // Of its findings the first and the last are known, and of the first no more than when it was.
        if (!key.findings.containsKey(anchor)) {
            put(key, anchor, new Finding(shown.rule(), shown.early(), anchor, shown.key(), shown.columns()));
        }
        put(key, shown.time(), shown);
        key.joined.merge(anchor, shown.time(), Math::max);
        key.unconfirmed.add(anchor);
        key.unconfirmed.add(shown.time());
        unconfirmedFrom = Math.min(unconfirmedFrom, anchor);
        key.told.put(anchor, shown);
        key.touchAll();
        timeAt(key, shown.time() + quiet);
    }

    /** The first of the anchors below; the greatest of numbers if there is none. */
    long oldestTold() {
        return keys.values().stream()
                .mapToLong(key -> key.told.isEmpty() ? NEVER : key.told.firstKey())
                .reduce(NEVER, Math::min);
    }

    /** The anchors of the episodes that were told and go on or can still change; a copy. */
    Set<Long> told() {
        Set<Long> told = new HashSet<>();
        keys.values().forEach(key -> told.addAll(key.told.keySet()));
        return told;
    }

    /** Whether there is an episode that was told. */
    boolean hasTold() {
        return keys.values().stream().anyMatch(key -> !key.told.isEmpty());
    }

    /**
     * What was found while an earlier run looked, in order. Of it the run told the beginning of each episode and, when that was
     * over, its end; the rest of an episode that was told is noted here, and what belongs to none is left out.
     *
     * @param completeFrom before it, not everything that was found is known
     */
    void foundBefore(List<Finding> findings, long completeFrom) {
        for (Finding finding : findings) {
            EpisodesOfKey key = keys.get(about(finding));
            Map.Entry<Long, Finding> before = key == null ? null : key.findings.floorEntry(finding.time());
            Long anchor = key == null ? null : key.told.floorKey(finding.time());
            if (key == null || before == null || anchor == null || finding.time() < completeFrom) {
                continue;
            }
            boolean isUnknownBetween = before.getKey() < completeFrom && finding.time() - completeFrom <= quiet;
            if (finding.time() - before.getKey() <= quiet
                    || key.isJoined(before.getKey(), finding.time())
                    || isUnknownBetween) {
                if (isUnknownBetween) {
                    key.joined.merge(anchor, finding.time(), Math::max);
                }
                put(key, finding.time(), finding);
                key.touchAll();
                timeAt(key, finding.time() + quiet);
            }
        }
    }

    /** How many findings are kept. */
    int size() {
        return keys.values().stream().mapToInt(key -> key.findings.size()).sum();
    }

    /** Lets go of one person of a key, or with "" of what is about all of it; gives the anchors of the episodes. */
    List<Long> forget(@Nullable Object ofKey, String directory) {
        EpisodesOfKey key = remove(about(ofKey, directory));
        if (key == null) {
            return List.of();
        }
        timeAt(key, NEVER);
        return List.copyOf(key.told.keySet());
    }

    /**
     * Lets go of episodes that ended before the given time, as nothing changes them any more; and of those that have gone on since, of
     * what was found between their first finding and the last before it, but for the height.
     */
    void forgetBefore(long time) {
        keys.values().removeIf(key -> {
            key.forgetBefore(time, quiet, this::drop);
            if (key.findings.isEmpty()) {
                timeAt(key, NEVER);
                charge(-KEY_BYTES);
            }
            return key.findings.isEmpty();
        });
    }
}
