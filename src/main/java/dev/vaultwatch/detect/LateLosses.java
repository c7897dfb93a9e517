package dev.vaultwatch.detect;

import dev.vaultwatch.api.Notice;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Events dropped as late: by window and source, so that nothing is lost in silence. What was said is owed until it is delivered,
 * so that a log can say it again after a kill. Not thread-safe.
 */
public final class LateLosses {
    /** Windows are told apart by the minute, the shortest time that a person looks at. */
    private static final long WINDOW_MILLIS = 60_000;

    private final TreeMap<Window, LateLoss> unsaid = new TreeMap<>();

    /** Not said, or said and perhaps not delivered. */
    private final TreeMap<Window, LateLoss> owed = new TreeMap<>();

    /** Owed, and not taken down as it is now. */
    private final Set<Window> changed = new TreeSet<>();

    private boolean isDeliveryNew;

    private record Window(long number, String source) implements Comparable<Window> {
        static Window of(LateLoss loss) {
            return new Window(Math.floorDiv(loss.oldest(), WINDOW_MILLIS), loss.source());
        }

        @Override
        public int compareTo(Window other) {
            int byTime = Long.compare(number, other.number);
            return byTime != 0 ? byTime : source.compareTo(other.source);
        }
    }

    LateLosses() {}

    void add(long eventTime, String source) {
        LateLoss loss = new LateLoss(source, 1, eventTime);
        Window window = Window.of(loss);
        unsaid.merge(window, loss, LateLosses::sum);
        owed.merge(window, loss, LateLosses::sum);
        changed.add(window);
    }

    private static LateLoss sum(LateLoss a, LateLoss b) {
        return new LateLoss(a.source(), a.count() + b.count(), Math.min(a.oldest(), b.oldest()));
    }

    boolean isEmpty() {
        return unsaid.isEmpty();
    }

    /** Says what was lost, a notice for each window and source. */
    void tell(Consumer<Notice> notices) {
        unsaid.forEach((window, loss) -> notices.accept(Notice.of(
                Notice.Kind.LATE_LOSS,
                loss.count() + " events of "
                        + (window.source().isEmpty() ? "the default source" : "source " + window.source())
                        + " in the minute of " + Instant.ofEpochMilli(window.number() * WINDOW_MILLIS)
                        + " were dropped as late, the oldest of " + Instant.ofEpochMilli(loss.oldest())
                        + ": a window of theirs can't change any more (time.lateness, time.idle-retention).",
                loss.count())));
        unsaid.clear();
    }

    /** What was said has been delivered. */
    public void delivered() {
        if (owed.size() > unsaid.size() || !owed.equals(unsaid)) {
            isDeliveryNew = true;
            owed.clear();
            owed.putAll(unsaid);
        }
    }

    /** Whether {@link #takeChanges} would have anything to give. */
    public boolean hasChanged() {
        return isDeliveryNew || !changed.isEmpty();
    }

    /**
     * Gives what has changed since the last time.
     *
     * @param delivered is told first if all that was given before was delivered
     * @param lost is told of what is owed of each window and source now
     */
    public void takeChanges(Runnable delivered, Consumer<LateLoss> lost) {
        if (isDeliveryNew) {
            delivered.run();
            owed.values().forEach(lost);
        } else {
            changed.forEach(window -> lost.accept(owed.get(window)));
        }
        isDeliveryNew = false;
        changed.clear();
    }

    /** All that is not delivered yet for certain. */
    public Collection<LateLoss> owed() {
        return List.copyOf(owed.values());
    }

    /** What an earlier run owes of a window and source; takes the place of what was restored of it before. */
    public void restore(LateLoss loss) {
        unsaid.put(Window.of(loss), loss);
        owed.put(Window.of(loss), loss);
    }

    /** All that was restored was delivered. */
    public void restoreDelivered() {
        unsaid.clear();
        owed.clear();
    }
}
