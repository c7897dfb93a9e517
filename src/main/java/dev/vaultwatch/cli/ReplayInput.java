package dev.vaultwatch.cli;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * One input of a replay: its source in the plugin, and its feed, which is opened when its turn comes. Ordered by how far it was read
 * in event time. Not thread-safe.
 */
final class ReplayInput implements Comparable<ReplayInput> {
    private static final Comparator<ReplayInput> ORDER =
            Comparator.<ReplayInput, Instant>comparing(input -> input.reached).thenComparingInt(input -> input.number);

    private final Path path;
    private final int number;
    private final boolean sorted;
    private final Source source;
    private @Nullable Feed feed;
    private long read;

    /** The least event time that may come next; {@link Instant#MIN} where nothing is known. */
    private Instant reached;

    /** Whether no chunk had a record. */
    private boolean empty = true;

    /** Whether the plugin took anything that is not in a journal. */
    private boolean beyondJournal;

    interface Opener {
        Feed open(ReplayInput input) throws IOException;
    }

    /**
     * An input that nothing was read of.
     *
     * @param number its place on the command line
     */
    ReplayInput(ReplayPlan.Entry planned, int number, Source source) {
        this.path = planned.path();
        this.number = number;
        this.sorted = planned.sorted();
        this.source = source;
        this.reached = planned.earliest().orElse(Instant.MIN);
        // Of a file that is new, what is repeated equals a record of another file.
        this.beyondJournal = !planned.journalled();
    }

    Path path() {
        return path;
    }

    boolean isSorted() {
        return sorted;
    }

    Source source() {
        return source;
    }

    /** Whether no record was in what was read of it. */
    boolean isEmpty() {
        return empty;
    }

    /** The feed, opened if it was not yet. */
    Feed feed(Opener opener) throws IOException {
        Feed open = feed;
        if (open == null) {
            open = opener.open(this);
            feed = open;
        }
        return open;
    }

    /**
     * Notes what the plugin answered to a chunk.
     *
     * @return whether an earlier run had taken the chunk
     */
    boolean note(Admission admission) {
        Tally records = new Tally();
        records.add(admission);
        empty &= records.records() == 0 && admission.status() != Admission.Status.REPEATED;
        admission.greatestEventTime().filter(reached::isBefore).ifPresent(time -> reached = time);
        if (admission.status() == Admission.Status.REPEATED && !beyondJournal) {
            return true;
        }
        beyondJournal = true;
        return false;
    }

    /** How many bytes of it were read, as they lie there. */
    long bytesRead() {
        Feed open = feed;
        return open == null ? read : open.bytesRead();
    }

    /** Closes the feed and not the source. */
    void closeFeed() {
        Feed open = feed;
        if (open != null) {
            read = open.bytesRead();
            feed = null;
            try {
                open.close();
            } catch (IOException ignored) {
                // All that it had was read.
            }
        }
    }

    @Override
    public int compareTo(ReplayInput other) {
        return ORDER.compare(this, other);
    }
}
