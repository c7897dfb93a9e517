package dev.vaultwatch.store;

import dev.vaultwatch.event.KeyVaultEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Every event that a rule in force can use, once, in segments of a minute of event time and in order of arrival within each: what
 * a rule that is new, a host that takes over, and a source that is revoked are served from. The events' own heap is counted by
 * the {@link Groups} and the ordered rules that hold them; here it is a reference and a number each.
 *
 * <p>Not thread-safe; the owner holds a lock.
 */
public final class EventStore {
    private static final long SEGMENT_MILLIS = 60_000;

    private final TreeMap<Long, Segment> segments = new TreeMap<>();
    private long events;
    private long forgottenBefore = Long.MIN_VALUE;

    /** The minute that an event was kept in last, which is nearly always the next one's, too. */
    private long latestMinute = Long.MIN_VALUE;

    private Segment latest = new Segment();

    /** An event and the source that brought it. */
    public record Kept(KeyVaultEvent event, int source) {}

    private static final class Segment {
        private KeyVaultEvent[] events = new KeyVaultEvent[8];
        private int[] sources = new int[8];
        private int size;

        void add(KeyVaultEvent event, int source) {
            if (size == events.length) {
                events = Arrays.copyOf(events, size * 2);
                sources = Arrays.copyOf(sources, size * 2);
            }
            events[size] = event;
            sources[size++] = source;
        }

        int keep(Predicate<Kept> wanted) {
            int kept = 0;
            for (int i = 0; i < size; i++) {
                if (wanted.test(new Kept(events[i], sources[i]))) {
                    events[kept] = events[i];
                    sources[kept++] = sources[i];
                }
            }
            int gone = size - kept;
            Arrays.fill(events, kept, size, null);
            size = kept;
            return gone;
        }
    }

    /** Keeps an event. */
    public void add(KeyVaultEvent event, int source) {
        long minute = Math.floorDiv(event.time(), SEGMENT_MILLIS);
        if (minute != latestMinute) {
            latest = segments.computeIfAbsent(minute, start -> new Segment());
            latestMinute = minute;
        }
        latest.add(event, source);
        events++;
    }

    /** The events of the given time and later, a minute after the other and in order of arrival within each; a copy. */
    public List<Kept> from(long time) {
        List<Kept> all = new ArrayList<>();
        for (Segment segment :
                segments.tailMap(Math.floorDiv(time, SEGMENT_MILLIS), true).values()) {
            for (int i = 0; i < segment.size; i++) {
                if (segment.events[i].time() >= time) {
                    all.add(new Kept(segment.events[i], segment.sources[i]));
                }
            }
        }
        return all;
    }

    /** The events that pass, as {@link #from} has them all; nothing is copied that does not. */
    public List<KeyVaultEvent> where(Predicate<KeyVaultEvent> passes) {
        List<KeyVaultEvent> some = new ArrayList<>();
        for (Segment segment : segments.values()) {
            for (int i = 0; i < segment.size; i++) {
                if (passes.test(segment.events[i])) {
                    some.add(segment.events[i]);
                }
            }
        }
        return some;
    }

    /** How many events are kept. */
    public long size() {
        return events;
    }

    /** The start of the oldest minute kept. */
    public OptionalLong oldest() {
        return segments.isEmpty() ? OptionalLong.empty() : OptionalLong.of(segments.firstKey() * SEGMENT_MILLIS);
    }

    /** Lets go of the events of whole minutes before the given time. */
    public void forgetBefore(long time) {
        Map<Long, Segment> gone = segments.headMap(Math.floorDiv(time, SEGMENT_MILLIS), false);
        gone.forEach((minute, segment) -> {
            events -= segment.size;
            forgottenBefore = Math.max(forgottenBefore, (minute + 1) * SEGMENT_MILLIS);
        });
        gone.clear();
        latestMinute = Long.MIN_VALUE;
    }

    /** The event time before which events were let go of; the least of numbers if none were. */
    public long forgottenBefore() {
        return forgottenBefore;
    }

    /** Lets go of what a source brought. */
    public void revoke(int source) {
        for (Segment segment : segments.values()) {
            events -= segment.keep(kept -> kept.source() != source);
        }
    }
}
