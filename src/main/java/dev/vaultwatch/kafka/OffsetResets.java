package dev.vaultwatch.kafka;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a partition is read on whose next offset the brokers don't have, by {@code auto.offset.reset}. Kafka's consumer does the same
 * without a word above INFO, and what retention deleted before it was read would be lost in silence. Used by the polling thread.
 */
final class OffsetResets {
    private static final Logger LOG = LoggerFactory.getLogger(OffsetResets.class);

    private static final Set<String> OURS = Set.of("earliest", "latest");

    private final String policy;
    private long lost;

    /** @param policy {@code auto.offset.reset} */
    OffsetResets(String policy) {
        this.policy = policy;
    }

    /** What the consumer is to be configured with, so that it asks here; other policies than the usual two stay its own. */
    String ofConsumer() {
        return OURS.contains(policy) ? "none" : policy;
    }

    /** How many offsets were skipped that the brokers had no more. */
    long lost() {
        return lost;
    }

    /**
     * Lets the consumer go on, and says what is not there.
     *
     * @throws InvalidOffsetException the same, if the policy leaves it to nobody
     */
    void reset(Consumer<?, ?> consumer, InvalidOffsetException where) {
        if (!OURS.contains(policy)) {
            throw where;
        }
        if (where instanceof OffsetOutOfRangeException range) {
            say(consumer, range.offsetOutOfRangePartitions());
        }
        if (policy.equals("earliest")) {
            consumer.seekToBeginning(where.partitions());
        } else {
            consumer.seekToEnd(where.partitions());
        }
    }

    private void say(Consumer<?, ?> consumer, Map<TopicPartition, Long> wanted) {
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(wanted.keySet());
        Map<TopicPartition, Long> ends = consumer.endOffsets(wanted.keySet());
        wanted.forEach((partition, offset) -> {
            long beginning = beginnings.getOrDefault(partition, 0L);
            long end = ends.getOrDefault(partition, 0L);
            long next = policy.equals("earliest") ? beginning : end;
            if (offset < beginning) {
                lost += next - offset;
                LOG.error(
                        "{} was to be read from offset {} on, and the brokers have {} to {}: {} offsets are skipped unread,"
                                + " most of them deleted by retention. It is read on from {}.",
                        partition,
                        offset,
                        beginning,
                        end,
                        next - offset,
                        next);
            } else {
                LOG.error(
                        "{} was to be read from offset {} on, and the brokers have {} to {}: the topic was made anew or has lost"
                                + " its end. It is read on from {}; offsets that were read before count as repeated, unless the"
                                + " host is started again after a topic was made anew.",
                        partition,
                        offset,
                        beginning,
                        end,
                        next);
            }
        });
    }
}
