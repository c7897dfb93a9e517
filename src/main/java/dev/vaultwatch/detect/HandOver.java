package dev.vaultwatch.detect;

import dev.vaultwatch.alert.Said;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.store.EventStore;
import dev.vaultwatch.time.SourceClock;
import dev.vaultwatch.time.Watermark;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Events out to another owner by key, and in from one. Under the detector's lock. */
final class HandOver {
    /** A minute and some, in milliseconds. */
    private static final int TIME_BITS = (1 << 16) - 1;

    private final Watermark time;
    private final EventStore store;
    private final Tracks tracks;
    private final Settings settings;

    HandOver(Watermark time, EventStore store, Tracks tracks, Settings settings) {
        this.time = time;
        this.store = store;
        this.tracks = tracks;
        this.settings = settings;
    }

    /** What is kept, by the group of its key, in order. An event is in the groups of all the keys that rules give it. */
    Map<Integer, List<SharedEvent>> share(ToIntFunction<Map<String, String>> groupOf) {
        Map<Integer, List<SharedEvent>> shared = new HashMap<>();
        Map<Integer, String> names = new HashMap<>();
        time.sources().forEach(source -> names.put(source.index(), source.name()));
        // Keys repeat, and what groups them may be slow.
        Map<String, Map<@Nullable Object, Integer>> known = new HashMap<>();
        for (EventStore.Kept kept : store.from(Track.UNKNOWN / 2)) {
            Map<Integer, List<String>> its = new TreeMap<>();
            for (Track track : tracks) {
                // What the site excludes here it may not exclude there, or later.
                if (track.compiled.shape().mayMatch(kept.event()) && !track.dropped(kept.event())) {
                    int group = known.computeIfAbsent(track.ruleId(), each -> new HashMap<>())
                            .computeIfAbsent(
                                    track.keyOf(kept.event()),
                                    key -> groupOf.applyAsInt(
                                            track.compiled.rule().key().named(key)));
                    its.computeIfAbsent(group, each -> new ArrayList<>(1)).add(track.ruleId());
                }
            }
            its.forEach((group, rules) -> shared.computeIfAbsent(group, each -> new ArrayList<>())
                    .add(new SharedEvent(kept.event(), names.getOrDefault(kept.source(), ""), rules)));
        }
        return shared;
    }

    /** Of these events, those that are not kept here already; two that are equal in everything are two. */
    List<SharedEvent> missing(List<SharedEvent> events) {
        // A host may restore hundreds of shares one after the other. A Bloom filter of one bit an event: most of what
        // is here is of none of these times, and is not hashed in full.
        BitSet times = new BitSet(TIME_BITS + 1);
        events.forEach(shared -> times.set((int) shared.event().time() & TIME_BITS));
        Map<KeyVaultEvent, Integer> here = new HashMap<>();
        store.where(kept -> times.get((int) kept.time() & TIME_BITS))
                .forEach(kept -> here.merge(kept, 1, Integer::sum));
        List<SharedEvent> missing = new ArrayList<>();
        for (SharedEvent shared : events) {
            int left = here.getOrDefault(shared.event(), 0);
            if (left > 0) {
                here.put(shared.event(), left - 1);
            } else {
                missing.add(shared);
            }
        }
        return missing;
    }

    /** Keeps an event that was taken elsewhere or earlier, for those tracks that are to have it; nothing is judged. */
    void fill(KeyVaultEvent event, int source, Predicate<Track> whose) {
        List<EventStore.Kept> kept = List.of(new EventStore.Kept(event, source));
        boolean held = false;
        long texts = 0;
        for (Track track : tracks) {
            if (track.compiled.takes(event) && whose.test(track)) {
                track.refill(kept);
                texts = Math.max(texts, track.texts());
                held = true;
            }
        }
        if (held || settings.keepAll()) {
            store.add(event, source, texts);
        }
    }

    /**
     * Takes over what another owner kept, in addition to what there is: what is here already is not taken again.
     *
     * @param sources by name, those that are to count as having brought the events
     * @param judgedTo how far event time had come there: what it had closed is judged; empty if nothing
     * @param messages what was said there, which the tracks know already
     */
    void takeOver(
            List<SharedEvent> events,
            Map<String, SourceClock> sources,
            OptionalLong judgedTo,
            Collection<Said> messages) {
        for (SharedEvent shared : events) {
            SourceClock source = Objects.requireNonNull(sources.get(shared.source()), "source of an event");
            fill(
                    shared.event(),
                    source.index(),
                    track -> shared.rules().contains(track.ruleId()) && !track.isSuspended());
        }
        for (Track track : tracks) {
            if (track.isSuspended()) {
                continue;
            }
            long from = judgedTo.isEmpty()
                    ? Track.UNKNOWN / 2
                    : judgedTo.getAsLong() - Tracks.length(track.compiled.rule().window());
            Map<@Nullable Object, Long> underWay = underWay(track, judgedTo, messages);
            for (SharedEvent shared : events) {
                if (shared.rules().contains(track.ruleId())
                        && shared.event().time()
                                >= Math.min(from, underWay.getOrDefault(track.keyOf(shared.event()), from))) {
                    track.unjudged(shared.event(), true);
                }
            }
            track.rejoin();
        }
    }

    /**
     * By key, when the last episode of an ordered rule began. It may be under way, and how far it has come was not said: that follows
     * from its events, as far back as they were all kept.
     */
    private Map<@Nullable Object, Long> underWay(Track track, OptionalLong judgedTo, Collection<Said> messages) {
        if (!(track instanceof OrderedTrack) || judgedTo.isEmpty()) {
            return Map.of();
        }
        long kept = judgedTo.getAsLong() - settings.lateness().toMillis();
        // By key and person, since one may have begun before the other.
        Map<@Nullable Object, Map<String, Long>> last = new HashMap<>();
        for (Said message : messages) {
            if (message.rule().id().equals(track.ruleId())
                    && message.rule()
                            .rule()
                            .fingerprint()
                            .equals(track.compiled.rule().fingerprint())) {
                last.computeIfAbsent(track.compiled.rule().key().parse(message.key()), key -> new HashMap<>())
                        .merge(message.discriminator(), Math.max(kept, message.anchor()), Math::max);
            }
        }
        Map<@Nullable Object, Long> began = new HashMap<>();
        last.forEach((key, people) -> began.put(key, Collections.min(people.values())));
        return began;
    }
}
