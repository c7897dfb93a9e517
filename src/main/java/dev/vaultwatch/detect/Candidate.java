package dev.vaultwatch.detect;

import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.store.Budget;
import dev.vaultwatch.store.EventStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rules on their way to take over. Made under the lock and filled without it, by one thread. */
public final class Candidate {
    final CompiledRules rules;
    final List<Track> tracks = new ArrayList<>();
    final Map<String, Track> stay = new HashMap<>();
    List<EventStore.Kept> noted = List.of();

    /** What the tracks that are new are charged to until they take over. */
    final Budget budget;

    /** The event time before which an earlier run did not leave all that was kept. */
    long notedFrom = Track.UNKNOWN;

    List<Track> retired = List.of();

    /** Of rules that stay, those that are to say anew what they find in windows that are open. */
    Set<String> heardAnew = Set.of();

    Candidate(CompiledRules rules, Budget budget) {
        this.rules = rules;
        this.budget = budget;
    }

    /** Has rules, by id, say anew what they find in windows that are open though they stay as they are: others decide who is told. */
    public void hearAnew(Set<String> ruleIds) {
        heardAnew = Set.copyOf(ruleIds);
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
