package dev.vaultwatch.detect;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.time.Watermark;
import java.time.Instant;
import java.util.function.Consumer;

/** Says when event time stands still while events wait. Not thread-safe. */
final class StallWatch {
    private final Settings settings;
    private final Watermark time;
    private final Consumer<Notice> notices;
    private long stalledMerged = Track.UNKNOWN;
    private long stalledSince = Track.UNKNOWN;
    private boolean stallTold;

    StallWatch(Settings settings, Watermark time, Consumer<Notice> notices) {
        this.settings = settings;
        this.time = time;
        this.notices = notices;
    }

    /** Looks whether time stands still while events wait, and says so once. */
    void look(long lastMerged, long wallNow, long stallMillis) {
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
                                            .map(source -> (source.name().isEmpty()
                                                            ? "the default source"
                                                            : "source " + source.name())
                                                    + " holds it back: it brings records, and none that is newer.")
                                            .orElse("no source says how late it is.")),
                    time.held()));
        }
    }
}
