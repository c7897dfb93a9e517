package dev.vaultwatch.detect;

import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.store.EventStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Rules on their way to take over. Made under the lock and filled without it, by one thread. */
public final class Candidate {
    final CompiledRules rules;
    final List<Track> tracks = new ArrayList<>();
    final Map<String, Track> stay = new HashMap<>();
    List<EventStore.Kept> noted = List.of();

    /** The event time before which events may be missing from those that are noted. */
    long notedFrom = Track.UNKNOWN;

    List<Track> retired = List.of();

    Candidate(CompiledRules rules) {
        this.rules = rules;
    }

    /** Gives tracks that are new what was kept; the one long step. */
    public void fill() {
        for (Track track : tracks) {
            track.refill(noted);
        }
        noted = List.of();
    }

    /** Frees what did not come to be used; without the lock. */
    public void close() {
        retired.forEach(Track::close);
    }
}
