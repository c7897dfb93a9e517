package dev.vaultwatch.detect;

import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.store.Budget;
import dev.vaultwatch.store.EventStore;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets go of events in the store that no rule needs any more, where heap is short: a rule that looks back for a minute leaves its
 * events there for as long as another looks back, for rules to come. Rules to come are told what went. Not thread-safe.
 */
final class Thinning {
    /** Of the budget: room is made for so much at once, so that the store is not looked through for every event. */
    private static final int SHARE = 16;

    private final Budget budget;
    private final EventStore store;
    private final Tracks tracks;

    /** Event time before which events may have gone that are of no rule in force. */
    private long before = Track.UNKNOWN;

    /** Whether more could go than did. */
    private boolean isMore = true;

    private long addedThen;

    Thinning(Budget budget, EventStore store, Tracks tracks) {
        this.budget = budget;
        this.store = store;
        this.tracks = tracks;
    }

    /** Makes room; gives whether any was made. To be called when all tracks know how far time has come. */
    boolean makeRoom() {
        long share = budget.limit() / SHARE;
        if (!isMore && store.added() - addedThen < share) {
            return false;
        }
        boolean any = store.thin(new OfTracks(), budget.limit() - share);
        isMore = budget.used() <= budget.limit() - share;
        addedThen = store.added();
        return any;
    }

    private final class OfTracks implements EventStore.Needs {
        private final List<Track> needing = new ArrayList<>();

        @Override
        public List<String> of(long end) {
            needing.clear();
            tracks.stream().filter(track -> track.holdsFrom() < end).forEach(needing::add);
            return needing.stream().map(Track::ruleId).toList();
        }

        @Override
        public boolean isNeeded(KeyVaultEvent event) {
            for (Track track : needing) {
                if (track.compiled.takes(event)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public void gone(KeyVaultEvent event, long end) {
            before = Math.max(before, end);
            for (Track track : tracks) {
                if (track.compiled.takes(event)) {
                    track.thinnedBefore(end);
                }
            }
        }
    }

    /** The event time before which the store may lack events that a rule asks for and that were once kept here. */
    long lackedBefore(CompiledRule rule) {
        long least = before;
        for (Track track : tracks) {
            if (KeptFor.takesAllOf(track.compiled, rule)) {
                least = Math.min(least, track.thinnedBefore());
            }
        }
        return Math.max(least, store.forgottenBefore());
    }
}
