package dev.vaultwatch.detect;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.store.Budget;
import dev.vaultwatch.time.SourceClock;
import dev.vaultwatch.time.Watermark;
import java.util.function.Consumer;

/** What is done where a bound is reached: closed windows make room, and sources that are ahead wait. Not thread-safe. */
final class Pressure {
    private final Settings settings;
    private final Watermark time;
    private final Budget budget;
    private final Tracks tracks;
    private final Consumer<Notice> notices;

    /** The watermark at which it was last said that a source is refused. */
    private long overloadTold = Track.UNKNOWN + 1;

    Pressure(Settings settings, Watermark time, Budget budget, Tracks tracks, Consumer<Notice> notices) {
        this.settings = settings;
        this.time = time;
        this.budget = budget;
        this.tracks = tracks;
        this.notices = notices;
    }

    /** Lets closed windows go, the oldest first, until the rest fits; gives whether any went. */
    boolean makeRoom() {
        boolean any = false;
        boolean made = true;
        while (made && budget.isExceeded()) {
            Track oldest = null;
            for (Track track : tracks) {
                if (oldest == null || track.neededFrom() < oldest.neededFrom()) {
                    oldest = track;
                }
            }
            made = oldest != null && oldest.makeRoom();
            if (!made) {
                for (Track track : tracks) {
                    made |= track.makeRoom();
                }
            }
            any |= made;
        }
        return any;
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
