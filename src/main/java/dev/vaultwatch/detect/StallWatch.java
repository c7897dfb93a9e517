package dev.vaultwatch.detect;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.time.SourceClock;
import dev.vaultwatch.time.Watermark;
import java.time.Instant;
import java.util.function.Consumer;

/** Says when event time stands still while events wait. Not thread-safe. */
final class StallWatch {
    /** Looks come with every call, where no thread looks; between them the clock has hardly moved. */
    private static final long BETWEEN_LOOKS_MILLIS = 1_000;

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

    /** Looks whether time stands still while events wait, and says so once. */
    void look(long lastMerged, long wallNow, long stallMillis) {
        if (Math.abs(wallNow - lookedAt) < BETWEEN_LOOKS_MILLIS) {
            return;
        }
        lookedAt = wallNow;
        if (time.held() == 0 || stalledMerged != lastMerged || stalledSince == Track.UNKNOWN) {
            stalledMerged = lastMerged;
            stalledSince = wallNow;
            stallTold = false;
            return;
        }
        if (!stallTold && wallNow - stalledSince >= stallMillis) {
            stallTold = true;
            notices.accept(Notice.of(
                    Notice.Kind.TIME_STALLED,
                    time.held() + " events wait, and event time has stood still for "
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
