package dev.vaultwatch.kafka;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.processor.StreamPartitioner;

/** By the hash of the key, as Kafka's own; what has the key {@link #ALL} goes to every partition. */
final class KeyPartitioner implements StreamPartitioner<String, byte[]> {
    static final String ALL = "";

    /** Kafka 4.4 deprecates it for one with headers, and has every partitioner implement it all the same. */
    @Override
    @SuppressWarnings("removal")
    public Optional<Set<Integer>> partitions(String topic, String key, byte[] value, int partitions) {
        if (key.equals(ALL)) {
            return Optional.of(IntStream.range(0, partitions).boxed().collect(Collectors.toSet()));
        }
        int hash = Utils.toPositive(Utils.murmur2(key.getBytes(StandardCharsets.UTF_8)));
        return Optional.of(Set.of(hash % partitions));
    }
}
