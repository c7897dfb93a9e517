package dev.vaultwatch.kafka;

import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads Key Vault records with a plain consumer: every partition is a source of one plugin, whose alerts go to a topic.
 *
 * <h2>Model</h2>
 *
 * One member of the group reads all partitions ({@link SingleOwnerAssignor}), and the others stand by. With
 * {@code plugin.journal.dir}, offsets are committed up to what the journal holds; a standby must then find the same folder.
 * Without a journal, offsets stay at the oldest record that a window still needs, with the time to resume at in the commit's
 * metadata: any member can take over, and reads half an hour again. With {@code consumer.assignment = shared} each member
 * takes a share of the partitions, which is exact only where the producer's key is the rules' grouping key.
 *
 * <h2>Delivery</h2>
 *
 * At least once: an alert counts as delivered when the brokers have it, and one that was under way at a crash comes again under
 * the same id, stage and revision.
 *
 * <h2>Threads</h2>
 *
 * {@link #run()} polls, feeds and commits on its caller's thread; {@link #stop()} may be called from any. Kafka's clients and
 * the plugin start threads of their own.
 */
public final class KafkaConsumerHost {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaConsumerHost.class);
    private static final Duration POLL = Duration.ofMillis(100);
    /** How often offsets are committed: the records that a crash makes come again. */
    private static final Duration COMMIT_EVERY = Duration.ofSeconds(2);
    /** How long a member waits for the journal of one that is going: that one's {@code close.timeout}, and some. */
    private static final Duration JOURNAL_WAIT = Duration.ofSeconds(60);

    private final DetectionPluginFactory factory;
    private final KafkaSettings settings;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final LinkedBlockingQueue<TopicPartition> ready = new LinkedBlockingQueue<>();
    private final Map<TopicPartition, PartitionFeed> feeds = new HashMap<>();
    private final Set<TopicPartition> overloaded = new HashSet<>();
    private final Consumer<byte[], byte[]> consumer;
    private Optional<DetectionPlugin> plugin = Optional.empty();
    private Optional<ConsumerRules> rules = Optional.empty();
    private Map<String, String> topicIds = Map.of();
    private Runnable hide = () -> {};

    /**
     * A host that has read nothing yet.
     *
     * @param factory makes the plugin when the first partition is assigned
     * @throws KafkaException if a client can't be made of the settings
     */
    public KafkaConsumerHost(DetectionPluginFactory factory, KafkaSettings settings) {
        this.factory = factory;
        this.settings = settings;
        Map<String, Object> config = new HashMap<>(Clients.of(settings.kafka(), ConsumerConfig.configNames()));
        config.putIfAbsent("auto.offset.reset", "earliest");
        config.putIfAbsent("isolation.level", "read_committed");
        config.put("group.id", settings.group());
        config.put("enable.auto.commit", "false");
        config.put(
                "partition.assignment.strategy",
                settings.shared() ? CooperativeStickyAssignor.class.getName() : SingleOwnerAssignor.class.getName());
        this.consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * Reads until {@link #stop()}; then hands over what was raised, commits and leaves the group.
     *
     * @throws KafkaException if Kafka can't be read or written for good
     * @throws dev.vaultwatch.api.RuleException if a rule can't run
     */
    public void run() {
        try (consumer;
                Metrics metrics = settings.metrics();
                Outlet outlet = new Outlet(settings)) {
            topicIds = topicIds();
            rules = settings.controlTopic().map(topic -> new ConsumerRules(factory, settings, outlet::sendOfRules));
            Rebalance rebalance = new Rebalance(outlet, metrics);
            consumer.subscribe(settings.rawTopics(), rebalance);
            long committed = System.nanoTime();
            try {
                while (!stopped.get()) {
                    poll();
                    if (System.nanoTime() - committed > COMMIT_EVERY.toNanos()) {
                        commit(outlet);
                        committed = System.nanoTime();
                    }
                }
                commit(outlet);
            } finally {
                plugin.ifPresent(DetectionPlugin::close);
                plugin = Optional.empty();
                rules.ifPresent(ConsumerRules::close);
                outlet.flush();
            }
        }
    }

    /** Ends {@link #run()} soon. */
    public void stop() {
        stopped.set(true);
        consumer.wakeup();
    }

    private void poll() {
        ConsumerRecords<byte[], byte[]> records;
        try {
            records = consumer.poll(POLL);
        } catch (WakeupException e) {
            return;
        }
        long now = System.nanoTime();
        for (TopicPartition partition : records.partitions()) {
            PartitionFeed feed = feeds.get(partition);
            if (feed != null) {
                feed.add(records.records(partition), now);
            }
        }
        rules.ifPresent(each -> each.tick(feeds, consumer, now));
        for (TopicPartition partition = ready.poll(); partition != null; partition = ready.poll()) {
            overloaded.remove(partition);
            if (feeds.containsKey(partition) && drain(partition)) {
                consumer.resume(List.of(partition));
            }
        }
        for (TopicPartition partition : records.partitions()) {
            if (feeds.containsKey(partition) && !overloaded.contains(partition)) {
                drain(partition);
            }
        }
    }

    private boolean drain(TopicPartition partition) {
        PartitionFeed feed = feeds.get(partition);
        if (feed == null) {
            return true;
        }
        rules.ifPresent(ConsumerRules::beforeRecords);
        boolean all = feed.drain();
        rules.ifPresent(each -> each.settle(System.nanoTime()));
        if (all) {
            return true;
        }
        overloaded.add(partition);
        consumer.pause(List.of(partition));
        // Completed on whichever thread makes room: it hands the partition to the polling thread, which alone may use
        // the consumer.
        feed.source().ready().thenRun(() -> {
            ready.add(partition);
        });
        return false;
    }

    private void commit(Outlet outlet) {
        if (plugin.isEmpty() || feeds.isEmpty()) {
            return;
        }
        boolean journal = settings.hasJournal() && !settings.shared();
        // Taken before the flush: what is waiting after it was raised by records behind these offsets.
        PluginHealth health = plugin.get().health();
        outlet.flush();
        outlet.lost().ifPresent(failure -> {
            throw new KafkaException(
                    "A dead letter or late event could not be sent; nothing of it is committed.", failure);
        });
        if (!journal && plugin.get().health().value(Counter.WAITING) > 0) {
            LOG.debug("Alerts wait; nothing is committed.");
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        String resume = journal ? "" : health.resumeAt().map(Instant::toString).orElse("");
        feeds.forEach((partition, feed) -> {
            OptionalLong last = journal ? feed.safe() : needed(health, feed);
            last.ifPresent(offset -> offsets.put(partition, new OffsetAndMetadata(offset + 1, resume)));
        });
        rules.ifPresent(each -> offsets.put(each.partition(), each.commit()));
        if (!offsets.isEmpty()) {
            consumer.commitSync(offsets);
        }
    }

    /** Without a journal: one before the oldest position that a window needs, or the last one taken if none is needed. */
    private static OptionalLong needed(PluginHealth health, PartitionFeed feed) {
        Long oldest = health.oldestPositions().get(feed.source().name());
        return oldest == null ? feed.taken() : OptionalLong.of(oldest - 1);
    }

    /** @param resume where it begins, for one without a journal */
    private DetectionPlugin started(Outlet outlet, Metrics metrics, Optional<Instant> resume) {
        if (plugin.isPresent()) {
            return plugin.get();
        }
        DetectionPlugin made = factory.create(PluginContext.builder()
                .config(settings.plugin())
                .config(rules.map(each -> each.begin(committed(each.partition()), resume))
                        .orElse(Map.of()))
                .onAlertToAcknowledge(outlet::send)
                .onDeadLetter(outlet::send)
                .onLateEvent(outlet::send)
                .onNotice(notice -> LOG.warn("{}", notice))
                .build());
        startOnceTheJournalIsFree(made);
        plugin = Optional.of(made);
        hide = metrics.show(made, Map.of());
        return made;
    }

    private Optional<String> committed(TopicPartition partition) {
        return Optional.ofNullable(consumer.committed(Set.of(partition)).get(partition))
                .map(OffsetAndMetadata::metadata);
    }

    private void startOnceTheJournalIsFree(DetectionPlugin made) {
        long deadline = System.nanoTime() + JOURNAL_WAIT.toNanos();
        while (true) {
            try {
                made.start();
                return;
            } catch (UncheckedIOException e) {
                if (!settings.hasJournal() || stopped.get() || System.nanoTime() > deadline) {
                    throw e;
                }
                LOG.warn("The journal can't be used yet; trying again: {}", e.getMessage());
            }
            try {
                Thread.sleep(500);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new KafkaException("Interrupted while the journal was another's.", e);
            }
        }
    }

    private Map<String, String> topicIds() {
        Map<String, Object> config = Clients.of(settings.kafka(), AdminClientConfig.configNames());
        Map<String, String> ids = new HashMap<>();
        try (Admin admin = Admin.create(config)) {
            for (TopicDescription topic : admin.describeTopics(settings.rawTopics())
                    .allTopicNames()
                    .get()
                    .values()) {
                ids.put(topic.name(), topic.topicId().toString());
            }
        } catch (ExecutionException e) {
            throw new KafkaException("The topics " + settings.rawTopics() + " can't be described.", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("Interrupted while the topics were described.", e);
        }
        return ids;
    }

    /** What a rebalance does to the sources; on the polling thread. */
    private final class Rebalance implements ConsumerRebalanceListener {
        private final Outlet outlet;
        private final Metrics metrics;

        Rebalance(Outlet outlet, Metrics metrics) {
            this.outlet = outlet;
            this.metrics = metrics;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            if (partitions.isEmpty()) {
                return;
            }
            boolean fresh = plugin.isEmpty();
            Optional<Instant> resume = fresh && !settings.hasJournal() ? resumeAt(partitions) : Optional.empty();
            DetectionPlugin running = started(outlet, metrics, resume);
            resume.ifPresent(running::advanceTo);
            for (TopicPartition partition : partitions) {
                String id = topicIds.getOrDefault(partition.topic(), "");
                SourceSpec spec = SourceSpec.of(partition.toString());
                Source source = running.source(id.isEmpty() ? spec : spec.epoch(id));
                feeds.put(partition, new PartitionFeed(source, System.nanoTime()));
            }
            if (fresh) {
                rules.ifPresent(each -> each.attach(running));
            }
        }

        /** The least time that the former owners committed: no partition needs an earlier one. */
        private Optional<Instant> resumeAt(Collection<TopicPartition> partitions) {
            Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(new HashSet<>(partitions));
            Optional<Instant> least = Optional.empty();
            for (TopicPartition partition : partitions) {
                OffsetAndMetadata each = committed.get(partition);
                Optional<Instant> time = each == null ? Optional.empty() : time(each.metadata());
                if (time.isEmpty()) {
                    return Optional.empty();
                }
                least = least.isEmpty() ? time : Optional.of(min(least.get(), time.get()));
            }
            return least;
        }

        private static Instant min(Instant a, Instant b) {
            return Comparator.<Instant>naturalOrder().compare(a, b) <= 0 ? a : b;
        }

        private static Optional<Instant> time(String metadata) {
            try {
                return metadata.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(metadata));
            } catch (DateTimeParseException e) {
                LOG.warn("A commit's metadata is not a time: '{}'. Windows may be judged again.", metadata);
                return Optional.empty();
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            if (!partitions.isEmpty()) {
                commit(outlet);
                give(partitions);
            }
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            give(partitions);
        }

        private void give(Collection<TopicPartition> partitions) {
            for (TopicPartition partition : partitions) {
                PartitionFeed feed = feeds.remove(partition);
                overloaded.remove(partition);
                // A journal that the next owner opens must keep what the source brought.
                if (feed != null && !settings.hasJournal()) {
                    feed.source().revoke();
                }
            }
            if (feeds.isEmpty()) {
                hide.run();
                plugin.ifPresent(DetectionPlugin::close);
                plugin = Optional.empty();
            }
        }
    }
}
