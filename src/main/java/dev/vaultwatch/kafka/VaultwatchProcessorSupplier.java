package dev.vaultwatch.kafka;

import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.DetectionPluginFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Vaultwatch as a processor of any Kafka Streams topology: Key Vault records in, {@link Emitted alerts, dead letters and late
 * events} out.
 *
 * <h2>Model</h2>
 *
 * One plugin per task, so the input must be partitioned by the rules' grouping key; {@link VaultwatchStreams} is a whole
 * application that does that, too. The task's state stands in a changelogged store, by which Kafka Streams restores a task that
 * moves, and standby replicas follow. Time on a silent partition is driven by punctuation.
 *
 * <h2>Threads</h2>
 *
 * A task's plugin is called, and calls back, on the task's thread alone.
 *
 * @param <K> the input's key, which is not read
 * @param <V> the input's value
 */
public final class VaultwatchProcessorSupplier<K, V> implements ProcessorSupplier<K, V, String, Emitted> {
    private static final Duration TICK = Duration.ofSeconds(1);

    private final Setup setup;
    private final Reader<K, V> reader;

    VaultwatchProcessorSupplier(Setup setup, Reader<K, V> reader) {
        this.setup = setup;
        this.reader = reader;
    }

    /**
     * What every task shares.
     *
     * @param sources the sources to open before the first record; empty where the task's own partition is the only one
     * @param store the store's name
     * @param control where rules change from; without it those of the configuration stay
     */
    record Setup(
            DetectionPluginFactory factory,
            Map<String, String> config,
            AlertFormat format,
            Metrics metrics,
            List<String> sources,
            String store,
            Duration tick,
            Optional<Control> control) {}

    /** Makes a step of a record. */
    @FunctionalInterface
    interface Reader<K, V> {
        Optional<Routed> read(Record<K, V> record, Optional<RecordMetadata> at);
    }

    /**
     * A supplier for records whose value is what {@code DetectionPlugin.accept(byte[])} takes.
     *
     * @param factory makes the tasks' plugins
     * @param config the plugin's configuration; {@code journal.dir} has no place in it, since the changelog is the journal
     * @throws IllegalArgumentException if the configuration names a journal
     */
    public static <K> VaultwatchProcessorSupplier<K, byte[]> of(
            DetectionPluginFactory factory, Map<String, String> config) {
        return of(factory, config, "vaultwatch-steps");
    }

    /** As {@link #of(DetectionPluginFactory, Map)}, with a store of that name: for a topology with two of them. */
    public static <K> VaultwatchProcessorSupplier<K, byte[]> of(
            DetectionPluginFactory factory, Map<String, String> config, String store) {
        Setup setup = new Setup(
                factory,
                checked(config),
                AlertFormat.named("ecs"),
                Metrics.off(),
                List.of(),
                store,
                TICK,
                Optional.empty());
        return new VaultwatchProcessorSupplier<>(
                setup,
                (record, at) -> Optional.of(Routed.record(
                        at.map(place -> place.topic() + "-" + place.partition()).orElse("unknown"),
                        at.map(RecordMetadata::offset).orElse(0L),
                        "",
                        JsonText.of(record.value()))));
    }

    static Map<String, String> checked(Map<String, String> config) {
        if (!config.getOrDefault("journal.dir", "").isEmpty()) {
            throw new IllegalArgumentException(
                    "'journal.dir' must not be set: Kafka Streams' changelog is the journal; it was '"
                            + config.get("journal.dir") + "'.");
        }
        Map<String, String> own = new HashMap<>(config);
        // A task has a part of a rule's alerts: a cap would withhold other ones at another number of partitions.
        own.putIfAbsent("alerts.cap", "false");
        return Map.copyOf(own);
    }

    @Override
    public Processor<K, V, String, Emitted> get() {
        return new DetectProcessor<>(setup, reader);
    }

    @Override
    public Set<StoreBuilder<?>> stores() {
        return Set.of(Stores.keyValueStoreBuilder(
                        Stores.persistentKeyValueStore(setup.store()), Serdes.Long(), Serdes.ByteArray())
                .withLoggingEnabled(Map.of())
                .withCachingDisabled());
    }
}
