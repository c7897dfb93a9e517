package dev.vaultwatch.kafka;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the brokers, in the background: a partition has been read if the group has committed its end. While brokers don't answer
 * nothing is known. Thread-safe.
 */
final class BrokersUnread implements Unread {
    private static final Logger LOG = LoggerFactory.getLogger(BrokersUnread.class);

    /** How long an answer counts: a partition was silent for longer before it is asked for. */
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final ListOffsetsOptions COMMITTED = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);

    private final Admin admin;
    private final String group;
    private final Map<TopicPartition, Answer> answers = new ConcurrentHashMap<>();
    private final Map<TopicPartition, Boolean> asked = new ConcurrentHashMap<>();

    BrokersUnread(Admin admin, String group) {
        this.admin = admin;
        this.group = group;
    }

    private record Answer(boolean unread, long at) {}

    @Override
    public boolean has(String topic, int partition) {
        TopicPartition its = new TopicPartition(topic, partition);
        Answer answer = answers.get(its);
        if (answer != null && System.nanoTime() - answer.at() < FRESH_NANOS) {
            return answer.unread();
        }
        ask(its);
        return true;
    }

    private void ask(TopicPartition its) {
        if (asked.putIfAbsent(its, true) != null) {
            return;
        }
        long now = System.nanoTime();
        CompletionStage<Long> end = offset(its, OffsetSpec.latest());
        CompletionStage<Long> start = offset(its, OffsetSpec.earliest());
        ListConsumerGroupOffsetsSpec one = new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(its));
        CompletionStage<Map<TopicPartition, OffsetAndMetadata>> committed = admin.listConsumerGroupOffsets(
                        Map.of(group, one))
                .partitionsToOffsetAndMetadata(group)
                .toCompletionStage();
        var unused = start.thenCombine(committed, (first, offsets) -> {
                    OffsetAndMetadata read = offsets.get(its);
                    return read == null ? first : Long.valueOf(read.offset());
                })
                .thenCombine(end, (reached, last) -> reached < last)
                .whenComplete((unread, failure) -> {
                    asked.remove(its);
                    if (failure == null) {
                        answers.put(its, new Answer(unread, now));
                    } else {
                        LOG.debug("How far {} was read is not known.", its, failure);
                    }
                });
    }

    private CompletionStage<Long> offset(TopicPartition its, OffsetSpec which) {
        return admin.listOffsets(Map.of(its, which), COMMITTED)
                .partitionResult(its)
                .toCompletionStage()
                .thenApply(ListOffsetsResult.ListOffsetsResultInfo::offset);
    }
}
