package dev.vaultwatch.detect;

import dev.vaultwatch.api.Notice;
import java.time.Instant;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Events dropped as late since it was last said: by window and source, so that nothing is lost in silence. Not thread-safe. */
final class LateLosses {
    /** Windows are told apart by the minute, the shortest time that a person looks at. */
    private static final long WINDOW_MILLIS = 60_000;

    private final TreeMap<Long, TreeMap<String, Loss>> losses = new TreeMap<>();

    private static final class Loss {
        private long count;
        private long oldest = Long.MAX_VALUE;
    }

    void add(long eventTime, String source) {
        Loss loss = losses.computeIfAbsent(Math.floorDiv(eventTime, WINDOW_MILLIS), window -> new TreeMap<>())
                .computeIfAbsent(source, each -> new Loss());
        loss.count++;
        loss.oldest = Math.min(loss.oldest, eventTime);
    }

    boolean isEmpty() {
        return losses.isEmpty();
    }

    /** Says what was lost, a notice for each window and source, and forgets it. */
    void tell(Consumer<Notice> notices) {
        losses.forEach((window, sources) -> sources.forEach((source, loss) -> notices.accept(Notice.of(
                Notice.Kind.LATE_LOSS,
                loss.count + " events of " + (source.isEmpty() ? "the default source" : "source " + source)
                        + " in the minute of " + Instant.ofEpochMilli(window * WINDOW_MILLIS)
                        + " were dropped as late, the oldest of " + Instant.ofEpochMilli(loss.oldest)
                        + ": a window of theirs can't change any more (time.lateness, time.idle-retention).",
                loss.count))));
        losses.clear();
    }
}
