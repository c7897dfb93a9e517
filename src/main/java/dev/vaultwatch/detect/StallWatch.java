package dev.vaultwatch.detect;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.time.SourceClock;
import dev.vaultwatch.time.Watermark;
import java.time.Instant;
import java.util.function.Consumer;

/** Says when event time stands still, or creeps, while events wait. Not thread-safe. */
final class StallWatch {
    /** Looks come with every call, where no thread looks; between them the clock has hardly moved. */
    private static final long BETWEEN_LOOKS_MILLIS = 1_000;

    /** Time that comes on at less than this part of the wall clock's pace creeps. */
    private static final long CREEPING = 10;

    private final Settings settings;
    private final Watermark time;
    private final Consumer<Notice> notices;
    private long stalledMerged = Track.UNKNOWN;
    private long stalledSince = Track.UNKNOWN;
    private long lookedAt = Track.UNKNOWN;
    private boolean stallTold;

    StallWatch(Settings settings, Watermark time, Consumer<Notice> notices) {
        this.settings = settings;
        this.time = time;
        this.notices = notices;
    }

    /** Looks whether time stands still or creeps while events wait, and says so once. */
    void look(long lastMerged, long wallNow, long stallMillis) {
        if (Math.abs(wallNow - lookedAt) < BETWEEN_LOOKS_MILLIS) {
            return;
        }
        lookedAt = wallNow;
        if (time.held() == 0 || stalledSince == Track.UNKNOWN || moves(lastMerged, wallNow)) {
            stalledMerged = lastMerged;
            stalledSince = wallNow;
            stallTold = false;
            return;
        }
        if (!stallTold && wallNow - stalledSince >= stallMillis) {
            stallTold = true;
            notices.accept(Notice.of(
                    Notice.Kind.TIME_STALLED,
                    time.held() + " events wait, and event time has "
                            + (lastMerged == stalledMerged
                                    ? "stood still for "
                                    : "come on by " + (lastMerged - stalledMerged) + " ms in ")
                            + (wallNow - stalledSince) / 1000 + " s"
                            + time.merged().stream()
                                    .mapToObj(at -> " at " + Instant.ofEpochMilli(at))
                                    .findFirst()
                                    .orElse("")
                            + "; "
                            + (settings.hostOwnsTime()
                                    ? "the host owns it (time.owner) and has not called advanceTo."
                                    : time.holder()
                                            .map(StallWatch::holdsBack)
                                            .orElse("no source says how late it is.")),
                    time.held()));
        }
    }

    /** Whether event time comes on at a pace worth the name: a source that creeps holds the others back as one that stands. */
    private boolean moves(long lastMerged, long wallNow) {
        return stalledMerged == Track.UNKNOWN
                ? lastMerged != Track.UNKNOWN
                : lastMerged != stalledMerged && lastMerged - stalledMerged >= (wallNow - stalledSince) / CREEPING;
    }

    private static String holdsBack(SourceClock source) {
        String name = source.name().isEmpty() ? "the default source" : "source " + source.name();
        return name + " holds it back: "
                + (source.greatest().isPresent()
                        ? "it has brought nothing newer than "
                                + Instant.ofEpochMilli(source.greatest().getAsLong())
                        : "it was opened and has brought nothing yet")
                + ". If nothing more comes, end it (idle, close), or let silence end it (time.idle-timeout).";
    }
}
