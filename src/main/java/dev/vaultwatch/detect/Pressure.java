package dev.vaultwatch.detect;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.store.Budget;
import dev.vaultwatch.store.EventStore;
import dev.vaultwatch.time.SourceClock;
import dev.vaultwatch.time.Watermark;
import java.util.function.Consumer;

/** What is done where a bound is reached: closed windows make room, and sources that are ahead wait. Not thread-safe. */
final class Pressure {
    private final Settings settings;
    private final Watermark time;
    private final Budget budget;
    private final Tracks tracks;
    private final Thinning thinning;
    private final EventStore store;
    private final Progress progress;
    private final Consumer<Notice> notices;

    /** The watermark at which it was last said that a source is refused. */
    private long overloadTold = Track.UNKNOWN + 1;

    Pressure(
            Settings settings,
            Watermark time,
            Budget budget,
            Tracks tracks,
            Thinning thinning,
            EventStore store,
            Progress progress,
            Consumer<Notice> notices) {
        this.thinning = thinning;
        this.store = store;
        this.progress = progress;
        this.settings = settings;
        this.time = time;
        this.budget = budget;
        this.tracks = tracks;
        this.notices = notices;
    }

    /** Lets events go that no rule needs, then closed windows, the oldest first, until the rest fits. */
    void makeRoom() {
        if (progress.merged() == Track.UNKNOWN) {
            return;
        }
        boolean made = true;
        while (made && budget.isExceeded()) {
            made = thinning.makeRoom() || closeOldest();
            if (made) {
                store.forgetAllBefore(progress.neededFrom());
            }
        }
    }

    private boolean closeOldest() {
        Track oldest = null;
        for (Track track : tracks) {
            if (oldest == null || track.holdsFrom() < oldest.holdsFrom()) {
                oldest = track;
            }
        }
        boolean made = oldest != null && oldest.makeRoom();
        if (!made) {
            for (Track track : tracks) {
                made |= track.makeRoom();
            }
        }
        return made;
    }

    /**
     * Whether nothing more should be taken of the source just now. The source that holds time back never is refused: what it
     * brings is what ends the waiting. Where the host owns time, only the host holds it back.
     */
    boolean isOverloaded(SourceClock source, long lastMerged) {
        boolean holds = time.holdsBack(source);
        String why = null;
        long share = Math.max(1, settings.bounds().eventsPerWindow() / Math.max(1, time.open()));
        if (source.held() >= share && (!holds || settings.hostOwnsTime())) {
            why = "More events of " + (source.name().isEmpty() ? "the default source" : "source " + source.name())
                    + " wait for their windows than its share of bounds.events allows";
        } else if (budget.isExceeded() && source.held() > 0 && !holds) {
            why = "The events that wait take more heap than bounds.journal-megabytes allows";
        } else if (!holds) {
            for (Track track : tracks) {
                if (track.isOverloaded()) {
                    why = "The open window of rule " + track.ruleId()
                            + " has more keys to watch than bounds.keys and bounds.counted-keys allow";
                }
            }
        }
        if (why == null) {
            return false;
        }
        if (overloadTold != lastMerged) {
            overloadTold = lastMerged;
            notices.accept(Notice.of(
                    Notice.Kind.OVERLOADED,
                    why + "; calls of it are rejected until "
                            + (settings.hostOwnsTime()
                                    ? "advanceTo moves event time."
                                    : "the sources behind it have come further."),
                    0));
        }
        return true;
    }
}
