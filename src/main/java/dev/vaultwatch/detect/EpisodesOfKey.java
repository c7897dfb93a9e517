package dev.vaultwatch.detect;

import dev.vaultwatch.engine.Finding;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The {@linkplain Episodes episodes} of one key and person: what was found, what was told of it, and where these differ. Not thread-safe. */
final class EpisodesOfKey {
    /** Later than any time, and no timer is set to it. */
    static final long NEVER = Long.MAX_VALUE;

    final @Nullable Object key;
    final String directory;

    /** By the time at which they came out; of several at one time the last. */
    final TreeMap<Long, Finding> findings = new TreeMap<>();

    /** By anchor, what was told last. Where nothing was touched, these are the episodes. */
    final TreeMap<Long, Finding> told = new TreeMap<>();

    /** Spans, by their beginnings, in which all findings are of one episode: what lay between them is not known, or was let go of. */
    final TreeMap<Long, Long> joined = new TreeMap<>();

    /** Findings that an earlier owner told of times which this one is still to judge, and has not found as yet. */
    final TreeSet<Long> unconfirmed = new TreeSet<>();

    /** Where findings have changed since episodes were last told. */
    long touchedFrom = Long.MAX_VALUE;

    long touchedTo = Long.MIN_VALUE;

    /** The first episode that was not over when it was last looked at. */
    long openFrom = NEVER;

    /** What was due to be told of an episode that goes on, up to this time, was told. */
    long toldTo = Long.MIN_VALUE;

    /** When an episode may be over, or more of it is to be told, exclusive. Constant while the key is among the timers. */
    long timer = NEVER;

    EpisodesOfKey(@Nullable Object key, String directory) {
        this.key = key;
        this.directory = directory;
    }

    void touch(long from, long to) {
        touchedFrom = Math.min(touchedFrom, from);
        touchedTo = Math.max(touchedTo, to);
    }

    void touchAll() {
        touch(Long.MIN_VALUE, Long.MAX_VALUE);
    }

    boolean isTouched() {
        return touchedFrom <= touchedTo;
    }

    boolean isJoined(long one, long next) {
        Map.Entry<Long, Long> before = joined.floorEntry(one);
        return before != null && next <= before.getValue();
    }

    /** The anchors of the episodes that begin where something was touched, or at the first finding after it. */
    NavigableSet<Long> touchedAnchors(long quiet) {
        NavigableSet<Long> anchors = new TreeSet<>();
        Long before = findings.lowerKey(touchedFrom);
        for (long time : findings.tailMap(touchedFrom, true).keySet()) {
            if (before == null || (time - before > quiet && !isJoined(before, time))) {
                anchors.add(time);
            }
            before = time;
            if (time > touchedTo) {
                touchedTo = time;
                break;
            }
        }
        return anchors;
    }

    /** The last finding of the last episode that begins before the given anchor, or of all. */
    Finding lastBefore(@Nullable Long anchor) {
        return (anchor == null ? findings.lastEntry() : findings.lowerEntry(anchor)).getValue();
    }

    /** Of the findings from one to the other, the first of those with the most events; the last where the rule counts none. */
    Finding height(long anchor, Finding last) {
        Finding height = last;
        if (last.rule().eventCount().isPresent()) {
            for (Finding each : findings.subMap(anchor, true, last.time(), false)
                    .descendingMap()
                    .values()) {
                height = each.events() >= height.events() ? each : height;
            }
        }
        return height;
    }

    /** What is to be told of an episode that has come so far. */
    Finding shown(long anchor, Finding last) {
        return last.with(height(anchor, last));
    }

    /**
     * Tells what an episode had come to whenever so much time has passed since it began, where that is more than was told; and so that
     * it depends on findings alone, and not on the steps in which time is told.
     *
     * @param to the last time at which it is looked at
     * @return when it is due next; {@link #NEVER} where the rule counts no events
     */
    long tellHeights(long anchor, Finding last, long step, long to, BiConsumer<Long, Finding> changed) {
        if (last.rule().eventCount().isEmpty()) {
            return NEVER;
        }
        long due = anchor + step;
        if (toldTo >= due) {
            due += (toldTo - due) / step * step + step;
        }
        for (; due <= to; due += step) {
            toldTo = due;
            Finding shown = shown(
                    anchor, findings.lowerEntry(Math.min(due, last.time() + 1)).getValue());
            if (shown.events() > Objects.requireNonNull(told.get(anchor)).events()) {
                told.put(anchor, shown);
                changed.accept(anchor, shown);
            }
        }
        return due;
    }

    void forgetBefore(long time, long quiet, Consumer<SortedMap<Long, Finding>> drop) {
        while (!told.isEmpty() && told.firstKey() < time) {
            long anchor = told.firstKey();
            long last = lastBefore(told.higherKey(anchor)).time();
            if (last + quiet >= time) {
                Finding lastBefore = findings.lowerEntry(time).getValue();
                if (lastBefore.time() > anchor) {
                    long height = height(anchor, lastBefore).time();
                    drop.accept(findings.subMap(Math.max(anchor, height), false, lastBefore.time(), false));
                    if (height > anchor) {
                        drop.accept(findings.subMap(anchor, false, height, false));
                    }
                    joined.merge(anchor, lastBefore.time(), Math::max);
                }
                return;
            }
            drop.accept(findings.headMap(last, true));
            told.remove(anchor);
            joined.headMap(anchor, true).clear();
        }
    }
}
