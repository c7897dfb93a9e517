package dev.vaultwatch.kafka;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.Source;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * One partition as a source: what was fetched and is not taken yet, and how far the plugin says one may commit. Used by the
 * polling thread alone.
 */
final class PartitionFeed {
    private final Source source;
    private final Deque<ConsumerRecord<byte[], byte[]>> waiting = new ArrayDeque<>();
    private OptionalLong safe = OptionalLong.empty();
    private OptionalLong taken = OptionalLong.empty();
    private Optional<Instant> greatest = Optional.empty();
    private long heard;

    /**
     * A partition of which nothing was fetched.
     *
     * @param now {@link System#nanoTime()}
     */
    PartitionFeed(Source source, long now) {
        this.source = source;
        this.heard = now;
    }

    Source source() {
        return source;
    }

    /** Puts fetched records behind those that wait. */
    void add(List<ConsumerRecord<byte[], byte[]>> records, long now) {
        waiting.addAll(records);
        heard = now;
    }

    /** Notes that it is not silent. */
    void heard(long now) {
        heard = now;
    }

    /** When it was heard last. */
    long heardAt() {
        return heard;
    }

    /** Whether nothing waits and it has been silent for so long. */
    boolean isIdle(long now, Duration timeout) {
        return waiting.isEmpty() && now - heard >= timeout.toNanos();
    }

    /** The greatest event time that it brought; empty before its first event. */
    Optional<Instant> greatest() {
        return greatest;
    }

    /**
     * Feeds what waits.
     *
     * @return whether all was taken; else the plugin is overloaded for this source, and {@link Source#ready()} says when to come
     *     again
     */
    boolean drain() {
        for (ConsumerRecord<byte[], byte[]> record = waiting.peek(); record != null; record = waiting.peek()) {
            Admission admission = source.accept(OffsetRange.at(record.offset()), JsonText.of(record.value()));
            if (admission.status() == Admission.Status.OVERLOADED) {
                return false;
            }
            taken = OptionalLong.of(record.offset());
            greatest = admission.greatestEventTime();
            if (admission.safeOffset().isPresent()) {
                safe = admission.safeOffset();
            }
            waiting.remove();
        }
        return true;
    }

    /** The offset behind which to commit, by the plugin's journal; empty if there is nothing to commit. */
    OptionalLong safe() {
        return safe;
    }

    /** The offset of the last record that was taken. */
    OptionalLong taken() {
        return taken;
    }
}
