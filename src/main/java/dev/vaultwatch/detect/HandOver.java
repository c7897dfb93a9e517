package dev.vaultwatch.detect;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.store.EventStore;
import dev.vaultwatch.time.SourceClock;
import dev.vaultwatch.time.Watermark;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Predicate;

/** Events out to another owner by key, and in from one. Under the detector's lock. */
final class HandOver {
    private final Watermark time;
    private final EventStore store;
    private final Tracks tracks;

    HandOver(Watermark time, EventStore store, Tracks tracks) {
        this.time = time;
        this.store = store;
        this.tracks = tracks;
    }

    /** What is kept of the wanted keys, in order. */
    List<SharedEvent> share(Predicate<Map<String, String>> keys) {
        List<SharedEvent> shared = new ArrayList<>();
        Map<Integer, String> names = new HashMap<>();
        time.sources().forEach(source -> names.put(source.index(), source.name()));
        for (EventStore.Kept kept : store.from(Track.UNKNOWN / 2)) {
            List<String> its = new ArrayList<>();
            for (Track track : tracks) {
                if (track.compiled.takes(kept.event())
                        && keys.test(track.compiled.rule().key().named(track.keyOf(kept.event())))) {
                    its.add(track.ruleId());
                }
            }
            if (!its.isEmpty()) {
                shared.add(new SharedEvent(kept.event(), names.getOrDefault(kept.source(), ""), its));
            }
        }
        return shared;
    }

    /** Of these events, those that are not kept here already; two that are equal in everything are two. */
    List<SharedEvent> missing(List<SharedEvent> events) {
        Map<KeyVaultEvent, Integer> here = new HashMap<>();
        for (EventStore.Kept kept : store.from(Track.UNKNOWN / 2)) {
            here.merge(kept.event(), 1, Integer::sum);
        }
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

    /**
     * Takes over what another owner kept, in addition to what there is: what is here already is not taken again.
     *
     * @param sources by name, those that are to count as having brought the events
     * @param judgedTo how far event time had come there: what it had closed is judged; empty if nothing
     */
    void takeOver(List<SharedEvent> events, Map<String, SourceClock> sources, OptionalLong judgedTo) {
        for (SharedEvent shared : events) {
            SourceClock source = Objects.requireNonNull(sources.get(shared.source()), "source of an event");
            List<EventStore.Kept> kept = List.of(new EventStore.Kept(shared.event(), source.index()));
            boolean held = false;
            for (Track track : tracks) {
                if (shared.rules().contains(track.ruleId()) && !track.isSuspended()) {
                    track.refill(kept);
                    held = true;
                }
            }
            if (held) {
                store.add(shared.event(), source.index());
            }
        }
        for (Track track : tracks) {
            if (track.isSuspended()) {
                continue;
            }
            long from = judgedTo.isEmpty()
                    ? Track.UNKNOWN / 2
                    : judgedTo.getAsLong() - Tracks.length(track.compiled.rule().window());
            for (SharedEvent shared : events) {
                if (shared.rules().contains(track.ruleId()) && shared.event().time() >= from) {
                    track.unjudged(shared.event());
                }
            }
            track.rejoin();
        }
    }
}
