package dev.vaultwatch.kafka;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * Gives every partition to one member of the group, and the others none: they stand by. Who has partitions keeps them, so a
 * standby that joins moves nothing.
 *
 * <p>A rule judges a user over all partitions, so two members with a half each would both see half a harvest.
 */
public final class SingleOwnerAssignor implements ConsumerPartitionAssignor {

    /** For Kafka's clients, which make it by its name. */
    public SingleOwnerAssignor() {}

    @Override
    public String name() {
        return "vaultwatch-single-owner";
    }

    @Override
    public List<RebalanceProtocol> supportedProtocols() {
        return List.of(RebalanceProtocol.COOPERATIVE, RebalanceProtocol.EAGER);
    }

    @Override
    public GroupAssignment assign(Cluster metadata, GroupSubscription subscriptions) {
        Map<String, Subscription> members = subscriptions.groupSubscription();
        // A member that was away claims what it owned in an older generation: the newest claim counts.
        Comparator<Map.Entry<String, Subscription>> byClaim = Comparator.comparingInt(
                member -> member.getValue().ownedPartitions().isEmpty()
                        ? Integer.MIN_VALUE
                        : member.getValue().generationId().orElse(-1));
        String owner = members.entrySet().stream()
                .max(byClaim.thenComparing(
                        Map.Entry.<String, Subscription>comparingByKey().reversed()))
                .map(Map.Entry::getKey)
                .orElse("");
        Map<String, Assignment> assignments = new HashMap<>();
        members.forEach((member, subscription) -> assignments.put(
                member, new Assignment(member.equals(owner) ? all(metadata, members, subscription) : List.of())));
        return new GroupAssignment(assignments);
    }

    /** All of its topics' partitions, without those that another member has yet to give back. */
    private static List<TopicPartition> all(Cluster metadata, Map<String, Subscription> members, Subscription owner) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (String topic : owner.topics()) {
            for (PartitionInfo partition : metadata.partitionsForTopic(topic)) {
                partitions.add(new TopicPartition(topic, partition.partition()));
            }
        }
        members.values().stream()
                .filter(other -> other != owner)
                .flatMap(other -> other.ownedPartitions().stream())
                .filter(partition -> !owner.ownedPartitions().contains(partition))
                .forEach(partitions::remove);
        return partitions;
    }
}
