package dev.vaultwatch.detect;

import dev.vaultwatch.engine.Finding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Groups an ordered rule's findings into episodes: session windows over findings, per key and person, with a gap of {@code quiet}. An episode
 * is one alert, anchored at its first finding; when it ends, its last finding is what is true of it. Not thread-safe.
 */
final class Episodes {
    private final long quiet;
    private final Voice voice;
    private final Map<@Nullable Object, OfKey> keys = new HashMap<>();

    /** When the earliest open episode may end; looked at before all keys are. */
    private long nextEnd = Long.MAX_VALUE;

    /** Nothing before it is to be confirmed. */
    private long unconfirmedFrom = Long.MAX_VALUE;

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

    private static final class OfKey {
        /** By the time at which they came out; of several at one time the last. */
        private final TreeMap<Long, Finding> findings = new TreeMap<>();

        /** By anchor, what was told last. */
        private final TreeMap<Long, Finding> told = new TreeMap<>();

        /** Episodes that an earlier run told, by anchor, and their last finding's time: those between are not known. */
        private final TreeMap<Long, Long> joined = new TreeMap<>();

        /** Findings that an earlier owner told of times which this one is still to judge, and has not found as yet. */
        private final TreeSet<Long> unconfirmed = new TreeSet<>();

        private boolean open;

        private boolean isJoined(long one, long next) {
            Map.Entry<Long, Long> before = joined.floorEntry(one);
            return before != null && next <= before.getValue();
        }
    }

    Episodes(long quiet, Voice voice) {
        this.quiet = quiet;
        this.voice = voice;
    }

    /** A finding, in the order of time. */
    void add(Finding finding) {
        OfKey key = keys.computeIfAbsent(about(finding), each -> new OfKey());
        key.findings.put(finding.time(), finding);
        key.unconfirmed.remove(finding.time());
        reconcile(about(finding), key, finding.time(), false);
    }

    /**
     * The findings of a key in a span of time are these; what was found there before is not true any more.
     *
     * @param directory of the one person whom it is about; "" if it is about all of the key
     * @param findings of others as well, which are not looked at
     */
    void replace(@Nullable Object ofKey, String directory, long from, long to, List<Finding> findings, long clock) {
        Object of = about(ofKey, directory);
        OfKey key = keys.computeIfAbsent(of, each -> new OfKey());
        key.findings.subMap(from, true, to, true).clear();
        for (Finding finding : findings) {
            if (finding.time() >= from && finding.time() <= to && Objects.equals(about(finding), of)) {
                key.findings.put(finding.time(), finding);
            }
        }
        reconcile(of, key, clock, true);
        if (key.findings.isEmpty() && key.told.isEmpty()) {
            keys.remove(of);
        }
    }

    /** Time has come so far: episodes that ended say their last. */
    void ended(long clock) {
        confirm(clock);
        if (clock <= nextEnd) {
            return;
        }
        nextEnd = Long.MAX_VALUE;
        for (Map.Entry<@Nullable Object, OfKey> each : List.copyOf(openEntries())) {
            reconcile(each.getKey(), each.getValue(), clock, false);
        }
    }

    /** What an earlier owner told and this one, having judged that time with more events, did not find: it is not true any more. */
    private void confirm(long clock) {
        if (unconfirmedFrom >= clock) {
            return;
        }
        unconfirmedFrom = Long.MAX_VALUE;
        for (Map.Entry<@Nullable Object, OfKey> each : List.copyOf(keys.entrySet())) {
            OfKey key = each.getValue();
            Set<Long> refuted = key.unconfirmed.headSet(clock);
            if (!refuted.isEmpty()) {
                key.findings.keySet().removeAll(refuted);
                refuted.clear();
                reconcile(each.getKey(), key, clock, false);
            }
            if (!key.unconfirmed.isEmpty()) {
                unconfirmedFrom = Math.min(unconfirmedFrom, key.unconfirmed.first());
            }
        }
    }

    /** What was told of times before the given one was judged with all that is known; what was told of later ones is to be confirmed. */
    void judgedBefore(long clock) {
        keys.values().forEach(key -> key.unconfirmed.headSet(clock).clear());
    }

    private List<Map.Entry<@Nullable Object, OfKey>> openEntries() {
        List<Map.Entry<@Nullable Object, OfKey>> open = new ArrayList<>();
        for (Map.Entry<@Nullable Object, OfKey> each : keys.entrySet()) {
            if (each.getValue().open) {
                open.add(each);
            }
        }
        return open;
    }

    boolean hasOpen() {
        return nextEnd != Long.MAX_VALUE;
    }

    private void reconcile(@Nullable Object of, OfKey key, long clock, boolean afterwards) {
        List<Finding[]> episodes = episodes(key);
        Iterator<Long> told = key.told.keySet().iterator();
        while (told.hasNext()) {
            long anchor = told.next();
            if (episodes.stream().noneMatch(episode -> episode[0].time() == anchor)) {
                told.remove();
                if (of instanceof Person person) {
                    voice.gone(person.key(), person.directory(), anchor);
                } else {
                    voice.gone(of, "", anchor);
                }
            }
        }
        key.open = false;
        for (Finding[] episode : episodes) {
            Finding first = episode[0];
            Finding last = episode[1];
            long anchor = first.time();
            boolean over = clock - quiet > last.time();
            Finding before = key.told.get(anchor);
            if (before == null) {
                voice.first(first, first.time() + 1, afterwards && over);
                key.told.put(anchor, first);
                before = first;
            }
            if (over) {
                if (!before.columns().equals(last.columns())) {
                    key.told.put(anchor, last);
                    voice.changed(anchor, last, last.time() + 1);
                }
            } else {
                key.open = true;
                nextEnd = Math.min(nextEnd, last.time() + quiet);
            }
        }
    }

    /** First and last finding of each episode, in order. */
    private List<Finding[]> episodes(OfKey key) {
        List<Finding[]> episodes = new ArrayList<>();
        for (Finding finding : key.findings.values()) {
            Finding[] current = episodes.isEmpty() ? null : episodes.get(episodes.size() - 1);
            if (current != null
                    && (finding.time() - current[1].time() <= quiet
                            || key.isJoined(current[1].time(), finding.time()))) {
                current[1] = finding;
            } else {
                episodes.add(new Finding[] {finding, finding});
            }
        }
        return episodes;
    }

    /** What an earlier run told. */
    void said(long anchor, Finding shown) {
        OfKey key = keys.computeIfAbsent(about(shown), each -> new OfKey());
        // Of its findings the first and the last are known, and of the first no more than when it was.
        key.findings.putIfAbsent(
                anchor, new Finding(shown.rule(), shown.early(), anchor, shown.key(), shown.columns()));
        key.findings.put(shown.time(), shown);
        key.joined.merge(anchor, shown.time(), Math::max);
        key.unconfirmed.add(anchor);
        key.unconfirmed.add(shown.time());
        unconfirmedFrom = Math.min(unconfirmedFrom, anchor);
        key.told.put(anchor, shown);
        key.open = true;
        nextEnd = Math.min(nextEnd, shown.time() + quiet);
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
            OfKey key = keys.get(about(finding));
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
                key.findings.put(finding.time(), finding);
                key.open = true;
                nextEnd = Math.min(nextEnd, finding.time() + quiet);
            }
        }
    }

    /** Lets go of one person of a key, or with "" of what is about all of it; gives the anchors of the episodes. */
    List<Long> forget(@Nullable Object ofKey, String directory) {
        OfKey key = keys.remove(about(ofKey, directory));
        return key == null ? List.of() : List.copyOf(key.told.keySet());
    }

    /** Lets go of episodes that ended before the given time: nothing changes them any more. */
    void forgetBefore(long time) {
        keys.values().removeIf(key -> {
            for (Finding[] episode : episodes(key)) {
                if (episode[1].time() + quiet < time) {
                    key.findings.headMap(episode[1].time(), true).clear();
                    key.told.headMap(episode[0].time(), true).clear();
                    key.joined.headMap(episode[0].time(), true).clear();
                }
            }
            return key.findings.isEmpty();
        });
    }
}
