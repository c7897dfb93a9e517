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
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;
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
 * <h2>Outages</h2>
 *
 * Brokers that are away, and a group that puts the host out, end nothing: what can't be committed is committed later or read
 * again, what can't be sent waits in the {@link Outlet}, and what can't be opened is tried again after the next poll. Errors that
 * no waiting mends end {@link #run()}.
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
    /** A stop does not wait for brokers that are away: what is not committed is read again. */
    private static final Duration MOST_LAST_COMMIT = Duration.ofSeconds(5);
    /** The group then finds out by the session's time-out. */
    private static final Duration MOST_LEAVING = Duration.ofSeconds(5);
    /** How often it is tried again to open sources. */
    private static final Duration OPEN_EVERY = Duration.ofMillis(500);
    /** How long a member waits for the journal of one that is going: that one's {@code close.timeout}, and some. */
    private static final Duration JOURNAL_WAIT = Duration.ofSeconds(60);

    private final DetectionPluginFactory factory;
    private final KafkaSettings settings;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final LinkedBlockingQueue<TopicPartition> ready = new LinkedBlockingQueue<>();
    private final Map<TopicPartition, PartitionFeed> feeds = new HashMap<>();
    private final Set<TopicPartition> overloaded = new HashSet<>();
    /** Assigned, and paused until its source is open. */
    private final Set<TopicPartition> unopened = new HashSet<>();

    private final OffsetResets resets;
    private final Consumer<byte[], byte[]> consumer;
    private Optional<DetectionPlugin> plugin = Optional.empty();
    private Optional<ConsumerRules> rules = Optional.empty();
    private Map<String, String> topicIds = Map.of();
    private Runnable hide = () -> {};
    private long nextOpening = System.nanoTime();
    private OptionalLong journalTakenSince = OptionalLong.empty();

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
        resets = new OffsetResets(String.valueOf(config.getOrDefault("auto.offset.reset", "earliest")));
        config.put("auto.offset.reset", resets.ofConsumer());
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
        try (Metrics metrics = settings.metrics();
                Outlet outlet = new Outlet(settings)) {
            topicIds = topicIds();
            rules = settings.controlTopic().map(topic -> new ConsumerRules(factory, settings, outlet::sendOfRules));
            consumer.subscribe(settings.rawTopics(), new Rebalance(outlet));
            long committed = System.nanoTime();
            try {
                while (!stopped.get()) {
                    poll(outlet, metrics);
                    if (System.nanoTime() - committed > COMMIT_EVERY.toNanos()) {
                        commit(outlet);
                        committed = System.nanoTime();
                    }
                }
                commit(outlet);
            } finally {
                closePlugin();
                rules.ifPresent(ConsumerRules::close);
                outlet.flush();
            }
        } finally {
            consumer.close(CloseOptions.timeout(MOST_LEAVING));
        }
    }

    /** Ends {@link #run()} soon. */
    public void stop() {
        stopped.set(true);
        consumer.wakeup();
    }

    private void poll(Outlet outlet, Metrics metrics) {
        open(outlet, metrics);
        pauseAndResume(outlet);
        ConsumerRecords<byte[], byte[]> records;
        try {
            records = consumer.poll(POLL);
        } catch (WakeupException e) {
            return;
        } catch (InvalidOffsetException e) {
            reset(e);
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
            drain(partition);
        }
        for (TopicPartition partition : records.partitions()) {
            if (!overloaded.contains(partition)) {
                drain(partition);
            }
        }
    }

    private void reset(InvalidOffsetException where) {
        try {
            resets.reset(consumer, where);
        } catch (WakeupException e) {
            LOG.debug("Stopped before it was known where to go on.");
        } catch (RetriableException e) {
            LOG.warn(
                    "The brokers did not tell in time which offsets they have. They are asked again. ({})",
                    e.getMessage());
        }
    }

    /** What is not held back any more was fetched before, and comes from memory. */
    private void pauseAndResume(Outlet outlet) {
        Set<TopicPartition> assigned = consumer.assignment();
        Set<TopicPartition> held = new HashSet<>(overloaded);
        held.addAll(outlet.isWaiting() ? assigned : unopened);
        if (!held.equals(consumer.paused())) {
            consumer.resume(assigned);
            consumer.pause(held);
        }
    }

    private void drain(TopicPartition partition) {
        PartitionFeed feed = feeds.get(partition);
        if (feed == null) {
            return;
        }
        rules.ifPresent(ConsumerRules::beforeRecords);
        boolean all = feed.drain();
        rules.ifPresent(each -> each.settle(System.nanoTime()));
        if (all) {
            return;
        }
        overloaded.add(partition);
        // Completed on whichever thread makes room: it hands the partition to the polling thread, which alone may use
        // the consumer.
        feed.source().ready().thenRun(() -> {
            ready.add(partition);
        });
    }

    /** What is not committed here is committed later, or read again by who has the partitions then. */
    private void commit(Outlet outlet) {
        if (plugin.isEmpty() || feeds.isEmpty()) {
            return;
        }
        boolean journal = settings.hasJournal() && !settings.shared();
        // Taken before the flush: what is waiting after it was raised by records behind these offsets.
        PluginHealth health = plugin.get().health();
        if (!outlet.flush()) {
            return;
        }
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
        try {
            rules.ifPresent(each -> offsets.put(each.partition(), each.commit()));
            if (!offsets.isEmpty()) {
                commit(offsets);
            }
        } catch (CommitFailedException | RebalanceInProgressException e) {
            LOG.warn(
                    "The group refused a commit, since it has put this member out or is moving partitions. The host goes on:"
                            + " whoever has the partitions next reads again from the last commit. ({})",
                    e.getClass().getSimpleName());
        } catch (RetriableException e) {
            LOG.warn(
                    "The brokers did not take a commit in time. What it held is committed with the next one, or read again. ({})",
                    e.getMessage());
        }
    }

    private void commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        try {
            commitNow(offsets);
        } catch (WakeupException e) {
            // By stop(), whose wakeup is used up now: this may be the last commit.
            commitNow(offsets);
        }
    }

    private void commitNow(Map<TopicPartition, OffsetAndMetadata> offsets) {
        if (stopped.get()) {
            consumer.commitSync(offsets, MOST_LAST_COMMIT);
        } else {
            consumer.commitSync(offsets);
        }
    }

    /** Without a journal: one before the oldest position that a window needs, or the last one taken if none is needed. */
    private static OptionalLong needed(PluginHealth health, PartitionFeed feed) {
        Long oldest = health.oldestPositions().get(feed.source().name());
        return oldest == null ? feed.taken() : OptionalLong.of(oldest - 1);
    }

    // ---- opening and closing

    /**
     * Opens the sources of partitions that were assigned. Outside of Kafka's callback, so that brokers that don't answer, or a
     * journal that the former owner still has, end nothing: they are asked again after the next poll.
     */
    private void open(Outlet outlet, Metrics metrics) {
        if (unopened.isEmpty() || System.nanoTime() - nextOpening < 0) {
            return;
        }
        nextOpening = System.nanoTime() + OPEN_EVERY.toNanos();
        try {
            openNow(outlet, metrics);
        } catch (WakeupException e) {
            LOG.debug("Stopped before the sources were open.");
        } catch (RetriableException e) {
            LOG.warn(
                    "The brokers did not tell in time where to go on. They are asked again; nothing is read before. ({})",
                    e.getMessage());
        } catch (UncheckedIOException e) {
            long now = System.nanoTime();
            long since = journalTakenSince.orElse(now);
            if (!settings.hasJournal() || now - since > JOURNAL_WAIT.toNanos()) {
                throw e;
            }
            journalTakenSince = OptionalLong.of(since);
            LOG.warn("The journal can't be used yet; trying again: {}", e.getMessage());
        }
    }

    private void openNow(Outlet outlet, Metrics metrics) {
        boolean fresh = plugin.isEmpty();
        Optional<Instant> resume = fresh && !settings.hasJournal() ? resumeAt() : Optional.empty();
        DetectionPlugin running = plugin.isPresent() ? plugin.get() : started(outlet, resume);
        if (fresh) {
            journalTakenSince = OptionalLong.empty();
            plugin = Optional.of(running);
            hide = metrics.show(running, Map.of());
        }
        resume.ifPresent(running::advanceTo);
        for (TopicPartition partition : unopened) {
            String id = topicIds.getOrDefault(partition.topic(), "");
            SourceSpec spec = SourceSpec.of(partition.toString());
            Source source = running.source(id.isEmpty() ? spec : spec.epoch(id));
            feeds.put(partition, new PartitionFeed(source, System.nanoTime()));
        }
        unopened.clear();
        if (fresh) {
            rules.ifPresent(each -> each.attach(running));
        }
    }

    /** @param resume where it begins, for one without a journal */
    private DetectionPlugin started(Outlet outlet, Optional<Instant> resume) {
        DetectionPlugin made = factory.create(PluginContext.builder()
                .config(settings.plugin())
                .config(rules.map(each -> each.begin(committed(each.partition()), resume))
                        .orElse(Map.of()))
                .onAlertToAcknowledge(outlet::send)
                .onDeadLetter(outlet::send)
                .onLateEvent(outlet::send)
                .onNotice(notice -> LOG.warn("{}", notice))
                .build());
        made.start();
        return made;
    }

    private Optional<String> committed(TopicPartition partition) {
        return Optional.ofNullable(consumer.committed(Set.of(partition)).get(partition))
                .map(OffsetAndMetadata::metadata);
    }

    /** The least time that the former owners committed: no partition needs an earlier one. */
    private Optional<Instant> resumeAt() {
        Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(unopened);
        Optional<Instant> least = Optional.empty();
        for (TopicPartition partition : unopened) {
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

    /** With its sources: a closed plugin's can't be revoked any more. */
    private void closePlugin() {
        feeds.clear();
        overloaded.clear();
        hide.run();
        hide = () -> {};
        plugin.ifPresent(DetectionPlugin::close);
        plugin = Optional.empty();
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

        Rebalance(Outlet outlet) {
            this.outlet = outlet;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            consumer.pause(partitions);
            unopened.addAll(partitions);
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
                unopened.remove(partition);
                PartitionFeed feed = feeds.remove(partition);
                overloaded.remove(partition);
                // A journal that the next owner opens must keep what the source brought.
                if (feed != null && !settings.hasJournal()) {
                    feed.source().revoke();
                }
            }
            if (feeds.isEmpty()) {
                closePlugin();
            }
        }
    }
}
