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
 * a rule that is new, a host that takes over, and a source that is revoked are served from. An event stays as long as any rule looks
 * back, its own or another, and its heap is charged to the {@link Budget} for as long; rules are charged for what they hold beside
 * it. Where heap is short, {@linkplain #thin what no rule needs} goes first.
 *
 * <p>Not thread-safe; the owner holds a lock.
 */
public final class EventStore {
    private static final long SEGMENT_MILLIS = 60_000;

    private static final int[] NO_TEXTS = {};

    /** Nobody's name. */
    private static final List<String> NEVER = List.of("");

    /** An event's share of a segment's arrays: a reference and a number, and the room that they grow by. */
    static final int SLOT_BYTES = 12;

    private final Budget budget;
    private final TreeMap<Long, Segment> segments = new TreeMap<>();
    private long events;
    private long added;
    private long forgottenBefore = Long.MIN_VALUE;

    /** The minute that an event was kept in last, which is nearly always the next one's, too. */
    private long latestMinute = Long.MIN_VALUE;

    private Segment latest = new Segment();

    /**
     * Holds nothing yet.
     *
     * @param budget what is held is charged to
     */
    public EventStore(Budget budget) {
        this.budget = budget;
    }

    /** An event and the source that brought it. */
    public record Kept(KeyVaultEvent event, int source) {}

    private static final class Segment {
        private KeyVaultEvent[] events = new KeyVaultEvent[8];
        private int[] sources = new int[8];

        /** Heap of each event's texts that are its own; as long as the others once any event has such. */
        private int[] texts = NO_TEXTS;

        private int size;
        private long bytes;

        /** For whom it was thinned last; whoever they are, with an event more it is as if it never was. */
        private List<String> thinnedFor = NEVER;

        long add(KeyVaultEvent event, int source, long itsTexts) {
            if (size == events.length) {
                events = Arrays.copyOf(events, size * 2);
                sources = Arrays.copyOf(sources, size * 2);
            }
            if (itsTexts > 0 || texts.length > 0) {
                texts = texts.length == events.length ? texts : Arrays.copyOf(texts, events.length);
                texts[size] = (int) Math.min(itsTexts, Integer.MAX_VALUE);
            }
            events[size] = event;
            sources[size++] = source;
            thinnedFor = NEVER;
            long its = weight(size - 1);
            bytes += its;
            return its;
        }

        private long weight(int at) {
            return (long) SLOT_BYTES + events[at].heapBytes() + (texts.length == 0 ? 0 : texts[at]);
        }

        /**
         * Drops events.
         *
         * @param isElsewhere whether an event that is dropped is held elsewhere, so that its heap stays charged
         * @return how many, and the heap that it frees
         */
        long[] drop(Predicate<Kept> unwanted, Predicate<KeyVaultEvent> isElsewhere) {
            int kept = 0;
            long freed = 0;
            for (int i = 0; i < size; i++) {
                if (unwanted.test(new Kept(events[i], sources[i]))) {
                    freed += isElsewhere.test(events[i]) ? 0 : weight(i);
                    continue;
                }
                events[kept] = events[i];
                sources[kept] = sources[i];
                if (texts.length > 0) {
                    texts[kept] = texts[i];
                }
                kept++;
            }
            int gone = size - kept;
            Arrays.fill(events, kept, size, null);
            size = kept;
            if (size < events.length / 4) {
                events = Arrays.copyOf(events, Math.max(8, size * 2));
                sources = Arrays.copyOf(sources, events.length);
                texts = texts.length == 0 ? texts : Arrays.copyOf(texts, events.length);
            }
            bytes -= freed;
            return new long[] {gone, freed};
        }
    }

    /**
     * Keeps an event.
     *
     * @param texts heap of its texts that no other event holds, of which {@link KeyVaultEvent#heapBytes()} does not know
     */
    public void add(KeyVaultEvent event, int source, long texts) {
        long minute = Math.floorDiv(event.time(), SEGMENT_MILLIS);
        if (minute != latestMinute) {
            latest = segments.computeIfAbsent(minute, start -> new Segment());
            latestMinute = minute;
        }
        long its = latest.add(event, source, texts);
        budget.charge(its);
        added += its;
        events++;
    }

    /** Heap of all events that were ever kept here, by estimate, in bytes. */
    public long added() {
        return added;
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
            budget.charge(-segment.bytes);
            forgottenBefore = Math.max(forgottenBefore, (minute + 1) * SEGMENT_MILLIS);
        });
        gone.clear();
        latestMinute = Long.MIN_VALUE;
    }

    /** As {@link #forgetBefore}, of a part of a minute, too: for where heap is short, since it looks through that minute. */
    public void forgetAllBefore(long time) {
        forgetBefore(time);
        Segment divided =
                Math.floorMod(time, SEGMENT_MILLIS) == 0 ? null : segments.get(Math.floorDiv(time, SEGMENT_MILLIS));
        if (divided != null && drop(divided, kept -> kept.event().time() < time, event -> false)) {
            forgottenBefore = Math.max(forgottenBefore, time);
        }
    }

    /** The event time before which events were let go of; the least of numbers if none were. */
    public long forgottenBefore() {
        return forgottenBefore;
    }

    /**
     * Lets go of what a source brought.
     *
     * @param isElsewhere whether an event is held elsewhere, so that its heap stays charged until its minute goes
     */
    public void revoke(int source, Predicate<KeyVaultEvent> isElsewhere) {
        for (Segment segment : segments.values()) {
            drop(segment, kept -> kept.source() == source, isElsewhere);
        }
    }

    private boolean drop(Segment segment, Predicate<Kept> unwanted, Predicate<KeyVaultEvent> isElsewhere) {
        long[] goneAndFreed = segment.drop(unwanted, isElsewhere);
        events -= goneAndFreed[0];
        budget.charge(-goneAndFreed[1]);
        return goneAndFreed[0] > 0;
    }

    /** Who needs events still. */
    public interface Needs {
        /** Names of those who need events of the minute that ends at the given time, if they take them. */
        List<String> of(long end);

        /** Whether one of those takes the event; asked of events of that minute, after {@link #of}. */
        boolean isNeeded(KeyVaultEvent event);

        /** An event goes that none of them takes. */
        void gone(KeyVaultEvent event, long end);
    }

    /**
     * Lets go of events that nobody needs, of the oldest minute first, until that is enough. Each minute is looked through once, until
     * others need its events than did, or it has more.
     *
     * @param enough what the budget may be used to
     * @return whether any went
     */
    public boolean thin(Needs needs, long enough) {
        boolean any = false;
        for (Map.Entry<Long, Segment> each : segments.entrySet()) {
            if (budget.used() <= enough) {
                return any;
            }
            long end = (each.getKey() + 1) * SEGMENT_MILLIS;
            List<String> needing = needs.of(end);
            Segment segment = each.getValue();
            if (segment.thinnedFor.equals(needing)) {
                continue;
            }
            any |= drop(
                    segment,
                    kept -> {
                        boolean unneeded = !needs.isNeeded(kept.event());
                        if (unneeded) {
                            needs.gone(kept.event(), end);
                        }
                        return unneeded;
                    },
                    event -> false);
            segment.thinnedFor = needing;
        }
        return any;
    }
}
