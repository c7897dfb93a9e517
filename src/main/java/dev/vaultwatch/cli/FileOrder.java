package dev.vaultwatch.cli;

import dev.vaultwatch.decode.RecordReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * How a file lies in event time.
 *
 * @param earliest the least event time in it, or a guess at it that is not later, where the file was {@link #first peeked}
 *     at; empty if there is none
 * @param disorder the most that a record lies behind one before it
 */
record FileOrder(Optional<Instant> earliest, Duration disorder) {

    /**
     * Disorder up to this is what a collector writes that takes records as they arrive: Key Vault's come up to 10 minutes late. It is
     * less than the plugin's allowed lateness, so such a file can be read as it is.
     */
    static final Duration USUAL_DISORDER = Duration.ofMinutes(10);

    /** Whether the file is to be sorted before it is read. */
    boolean isDisordered() {
        return disorder.compareTo(USUAL_DISORDER) > 0;
    }

    /**
     * Reads a file from end to end. A file that can't be read to its end is judged by what could be read: it is read again, and the
     * problem told, afterwards.
     *
     * @param goesOn asked between chunks; reading ends when it says no
     * @throws IOException if the file can't be opened
     */
    static FileOrder of(Path file, EventTimes times, BooleanSupplier goesOn) throws IOException {
        return scan(file, times, goesOn, false);
    }

    /** Reads a file up to its first event. */
    static FileOrder first(Path file, EventTimes times) throws IOException {
        FileOrder order = scan(file, times, () -> true, true);
        // What follows may lie before it by as much.
        return new FileOrder(order.earliest.map(time -> time.minus(USUAL_DISORDER)), Duration.ZERO);
    }

    private static FileOrder scan(Path file, EventTimes times, BooleanSupplier goesOn, boolean firstOnly)
            throws IOException {
        Scan scan = new Scan();
        try (Input input = Input.open(file, InputStream.nullInputStream());
                RecordReader records = new RecordReader(input.stream(), Replay.MAX_RECORD_BYTES)) {
            try {
                while (goesOn.getAsBoolean() && !(firstOnly && scan.least < Long.MAX_VALUE) && records.next()) {
                    times.read(records.buffer(), records.offset(), records.length(), records.dayOrder(), scan);
                }
            } catch (IOException damaged) {
                return scan.order();
            }
        }
        return scan.order();
    }

    private static final class Scan implements LongConsumer {
        private long least = Long.MAX_VALUE;
        private long greatest = Long.MIN_VALUE;
        private long disorder;

        @Override
        public void accept(long time) {
            least = Math.min(least, time);
            greatest = Math.max(greatest, time);
            disorder = Math.max(disorder, greatest - time);
        }

        FileOrder order() {
            return new FileOrder(
                    least == Long.MAX_VALUE ? Optional.empty() : Optional.of(Instant.ofEpochMilli(least)),
                    Duration.ofMillis(disorder));
        }
    }
}
