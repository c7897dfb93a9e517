package dev.vaultwatch.kafka;

import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Kafka Streams application: raw topics, split and repartitioned by grouping key, through the plugin to the alerts, dead
 * letters and late topics.
 *
 * <pre>
 *   raw ─ split ─▶ repartition topic, by grouping key ─ detect ─▶ alerts · dead letters · late
 *                  (and each raw partition's watermark,  (a plugin per key and task,
 *                   to every partition)                   its steps changelogged)
 * </pre>
 *
 * One repartition topic carries the records of all distinct grouping keys, a record once per key that it has, and a task keeps
 * a plugin per set of key properties: a change of rules can bring a rule with a new key without a new topology.
 *
 * <h2>Threads</h2>
 *
 * {@link #run()} waits on its caller's thread; {@link #stop()} may be called from any. Kafka Streams has threads of its own.
 */
public final class VaultwatchStreams {
    private static final Logger LOG = LoggerFactory.getLogger(VaultwatchStreams.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(20);

    private final DetectionPluginFactory factory;
    private final KafkaSettings settings;
    private final CountDownLatch told = new CountDownLatch(1);

    /** An application that has read nothing yet. */
    public VaultwatchStreams(DetectionPluginFactory factory, KafkaSettings settings) {
        this.factory = factory;
        this.settings = settings;
    }

    /**
     * Runs until {@link #stop()}; then commits and leaves the group.
     *
     * @throws KafkaException if the topics can't be described, or a stream thread fails for good
     */
    public void run() {
        Map<String, Integer> partitions = partitions(settings.rawTopics());
        settings.controlTopic().ifPresent(topic -> {
            int count = partitions(List.of(topic)).getOrDefault(topic, 0);
            if (count != 1) {
                throw ControlTopic.notOnePartition(topic, count);
            }
        });
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        try (Metrics metrics = settings.metrics();
                RuleSets rules = new RuleSets(factory, settings.plugin(), instance());
                Admin admin = Admin.create(Clients.of(settings.kafka(), AdminClientConfig.configNames()));
                KafkaStreams streams = new KafkaStreams(
                        topology(partitions, metrics, rules, new BrokersUnread(admin, settings.group())),
                        properties())) {
            streams.setUncaughtExceptionHandler(thrown -> {
                LOG.error("A stream thread failed.", thrown);
                failure.set(thrown);
                told.countDown();
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            });
            streams.start();
            told.await();
            if (!streams.close(CLOSE_TIMEOUT)) {
                LOG.warn("Stream threads did not end in {}; what they did not commit is read again.", CLOSE_TIMEOUT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Optional.ofNullable(failure.get()).ifPresent(thrown -> {
            throw new KafkaException("The application ended by a failure.", thrown);
        });
    }

    /** Ends {@link #run()} soon. */
    public void stop() {
        told.countDown();
    }

    /** The topology, for raw topics with so many partitions each. */
    Topology topology(Map<String, Integer> rawPartitions, Metrics metrics, RuleSets rules, Unread unread) {
        Optional<Control> control = settings.controlTopic().map(topic -> new Control(rules));
        KeyReader keys = factory.keyReader(settings.plugin());
        Duration slack = PluginTimes.slack(settings.plugin());
        List<String> sources = new ArrayList<>();
        rawPartitions.forEach((topic, count) -> {
            for (int i = 0; i < count; i++) {
                sources.add(topic + "-" + i);
            }
        });
        int most = rawPartitions.values().stream()
                .mapToInt(Integer::intValue)
                .max()
                .orElse(1);
        var setup = new VaultwatchProcessorSupplier.Setup(
                factory,
                VaultwatchProcessorSupplier.checked(settings.plugin()),
                settings.format(),
                metrics,
                List.copyOf(sources),
                "vaultwatch-steps",
                settings.tick(),
                control);
        StreamsBuilder builder = new StreamsBuilder();
        control.ifPresent(each -> builder.addGlobalStore(
                Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(Control.ANNOUNCED), Serdes.String(), Serdes.ByteArray()),
                settings.controlTopic().orElseThrow(),
                Consumed.with(Serdes.String(), Serdes.ByteArray()),
                each::reader));
        KStream<String, byte[]> split = builder.stream(
                        settings.rawTopics(),
                        Consumed.with(Serdes.ByteArray(), Serdes.ByteArray())
                                .withTimestampExtractor(VaultwatchStreams::timestamp))
                .process(new Splitter(keys, control, slack, unread, metrics));
        side(split, SplitProcessor.DEAD_LETTER, settings.deadLettersTopic());
        side(split, SplitProcessor.RULES, settings.controlResultsTopic());
        KStream<String, Emitted> emitted = split.filterNot((key, value) ->
                        key.startsWith(SplitProcessor.DEAD_LETTER) || key.startsWith(SplitProcessor.RULES))
                .repartition(Repartitioned.with(Serdes.String(), Serdes.ByteArray())
                        .withName("by-key")
                        .withNumberOfPartitions(settings.partitions() == 0 ? most : settings.partitions())
                        .withStreamPartitioner(new KeyPartitioner()))
                .process(new VaultwatchProcessorSupplier<String, byte[]>(
                        setup, (record, at) -> Optional.of(Routed.of(record.value(), 0))));
        to(emitted, Emitted.Kind.ALERT, Optional.of(settings.alertsTopic()));
        to(emitted, Emitted.Kind.DEAD_LETTER, settings.deadLettersTopic());
        to(emitted, Emitted.Kind.LATE, settings.lateTopic());
        to(emitted, Emitted.Kind.RULES, settings.controlResultsTopic());
        return builder.build();
    }

    /** Kafka Streams ends at a record without a timestamp; here nothing depends on it but which record is read next. */
    static long timestamp(ConsumerRecord<Object, Object> record, long latest) {
        return record.timestamp() >= 0 ? record.timestamp() : Math.max(0, latest);
    }

    private static String instance() {
        return ManagementFactory.getRuntimeMXBean().getName();
    }

    /** The split step, with the store of what was decided over rules where there is a control topic. */
    private final class Splitter implements ProcessorSupplier<byte[], byte[], String, byte[]> {
        private final KeyReader keys;
        private final Optional<Control> control;
        private final Duration slack;
        private final Unread unread;
        private final Metrics metrics;

        Splitter(KeyReader keys, Optional<Control> control, Duration slack, Unread unread, Metrics metrics) {
            this.unread = unread;
            this.metrics = metrics;
            this.keys = keys;
            this.control = control;
            this.slack = slack;
        }

        @Override
        public Processor<byte[], byte[], String, byte[]> get() {
            return new SplitProcessor(
                    keys,
                    control,
                    settings.rawTopics(),
                    slack,
                    PluginTimes.idleTimeout(settings.plugin()),
                    settings.tick(),
                    settings.mostMessageBytes(),
                    unread,
                    metrics);
        }

        @Override
        public Set<StoreBuilder<?>> stores() {
            return control.isEmpty()
                    ? Set.of()
                    : Set.of(Stores.keyValueStoreBuilder(
                            Stores.persistentKeyValueStore(Control.DECIDED), Serdes.String(), Serdes.String()));
        }
    }

    private static void side(KStream<String, byte[]> split, String kind, Optional<String> topic) {
        topic.ifPresent(name -> split.filter((key, value) -> key.startsWith(kind))
                .map((key, value) ->
                        KeyValue.pair(key.substring(kind.length()).getBytes(StandardCharsets.UTF_8), value))
                .to(name, Produced.with(Serdes.ByteArray(), Serdes.ByteArray())));
    }

    private static void to(KStream<String, Emitted> emitted, Emitted.Kind kind, Optional<String> topic) {
        topic.ifPresent(name -> emitted.filter((key, value) -> value.kind() == kind)
                .mapValues(Emitted::value)
                .map((key, value) -> KeyValue.pair(key.getBytes(StandardCharsets.UTF_8), value))
                .to(name, Produced.with(Serdes.ByteArray(), Serdes.ByteArray())));
    }

    private Properties properties() {
        Properties properties = new Properties();
        properties.putAll(settings.kafka());
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.group());
        properties.put(
                StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
                settings.guarantee() == KafkaSettings.Guarantee.EXACTLY_ONCE_V2
                        ? StreamsConfig.EXACTLY_ONCE_V2
                        : StreamsConfig.AT_LEAST_ONCE);
        properties.putIfAbsent("auto.offset.reset", "earliest");
        // Without it, exactly_once_v2 throws local state away after a crash and reads all of it from the brokers.
        properties.putIfAbsent("enable.transactional.statestores", "true");
        // Kafka's 16 KB are eleven records of Key Vault's.
        properties.putIfAbsent("batch.size", "262144");
        return properties;
    }

    private Map<String, Integer> partitions(List<String> topics) {
        Map<String, Object> config = Clients.of(settings.kafka(), AdminClientConfig.configNames());
        Map<String, Integer> counts = new HashMap<>();
        try (Admin admin = Admin.create(config)) {
            for (TopicDescription topic :
                    admin.describeTopics(topics).allTopicNames().get().values()) {
                counts.put(topic.name(), topic.partitions().size());
            }
        } catch (ExecutionException e) {
            throw new KafkaException("The topics " + topics + " can't be described.", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("Interrupted while the topics were described.", e);
        }
        return counts;
    }
}
