package dev.vaultwatch.cli;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.decode.DayOrder;
import dev.vaultwatch.decode.EventSink;
import dev.vaultwatch.decode.IdentityMode;
import dev.vaultwatch.decode.KeyVaultDecoder;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Tells the event times in a chunk of records, by the decoder that the plugin has. Not thread-safe.
 *
 * <p>A time that the plugin refuses (before 2014, when Key Vault began, or ahead of the wall clock) counts as none: no order of
 * a file depends on it.
 */
final class EventTimes {
    private static final long FIRST = Instant.parse("2014-01-01T00:00:00Z").toEpochMilli();

    /** The plugin's default for {@code time.max-future}. */
    private static final Duration MAX_FUTURE = Duration.ofMinutes(10);

    private final KeyVaultDecoder decoder = new KeyVaultDecoder(IdentityMode.MERGED, Replay.MAX_RECORD_BYTES);
    private final long last = Instant.now().plus(MAX_FUTURE).toEpochMilli();

    /**
     * Reads a chunk.
     *
     * @param order what is known of the file's dates; learns from the chunk
     * @param times given the event times in the order of the records, in milliseconds since the epoch
     * @return how many records the chunk has, those without a time included
     */
    int read(byte[] bytes, int offset, int length, DayOrder order, LongConsumer times) {
        Sink sink = new Sink(times);
        decoder.decode(bytes, offset, length, action -> true, sink, order);
        return sink.records;
    }

    /**
     * Takes a chunk apart, wrappers and all.
     *
     * @return the records that make events, each alone; empty if there is something else in the chunk, too, that would be lost
     */
    List<byte[]> split(byte[] chunk, DayOrder order) {
        Parts parts = new Parts();
        decoder.split(chunk, 0, chunk.length, action -> true, parts, order);
        return parts.others == 0 ? parts.records : List.of();
    }

    private final class Sink implements EventSink {
        private final LongConsumer times;
        private int records;

        Sink(LongConsumer times) {
            this.times = times;
        }

        @Override
        public void event(KeyVaultEvent event) {
            records++;
            if (event.time() >= FIRST && event.time() <= last) {
                times.accept(event.time());
            }
        }

        @Override
        public boolean needsAnonymous(long time) {
            return false;
        }

        @Override
        public Set<Property> properties() {
            return Set.of();
        }

        @Override
        public void ignored() {
            records++;
        }

        @Override
        public void deadLetter(DeadLetter letter) {
            records++;
        }
    }

    private static final class Parts implements KeyVaultDecoder.RecordSink {
        private final List<byte[]> records = new ArrayList<>();
        private int others;

        @Override
        public void record(KeyVaultEvent event, byte[] record) {
            records.add(record);
        }

        @Override
        public void ignored() {
            others++;
        }

        @Override
        public void deadLetter(DeadLetter letter) {
            others++;
        }
    }
}
