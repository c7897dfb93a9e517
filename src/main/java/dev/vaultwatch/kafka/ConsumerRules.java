package dev.vaultwatch.kafka;

import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Rules from the control topic for the plugin of a {@link KafkaConsumerHost}: the member that reads the records decides over each
 * announced set, and lets it take over when event time has come to its time. Used by the polling thread alone.
 *
 * <h2>Decisions</h2>
 *
 * They are committed with the offsets of the records, as metadata of the control partition's offset: a member that takes over
 * goes on with the rules that are in force where it begins to read, and decides nothing twice.
 *
 * <h2>Time</h2>
 *
 * A source of the plugin's is the brake. While a partition brings records it stands at the next change's time; without a change
 * there is none. While every partition is silent it alone moves time, with processing time, and not beyond the next change.
 * The plugin must not look for silence itself: with the partitions idle it would take the brake's time for the time that is reached.
 */
final class ConsumerRules implements AutoCloseable {
    /** Far beyond what reading a few rule sets takes. */
    private static final Duration MOST_READING = Duration.ofSeconds(60);

    /** Below the brokers' {@code offset.metadata.max.bytes}, 4096 unless it is set. */
    private static final int MOST_METADATA = 4000;

    private static final String NO_VERSION = "/";

    private final TopicPartition partition;
    private final org.apache.kafka.clients.consumer.Consumer<String, byte[]> control;
    private final RuleSets sets;
    private final Consumer<OutRecord> results;
    private final Duration idleTimeout;
    private final Duration slack;

    private final Map<String, byte[]> messages = new TreeMap<>();
    private final Decisions decisions = new Decisions();
    private TaskRules rules;
    private boolean unread = true;
    private Optional<DetectionPlugin> plugin = Optional.empty();
    private Optional<Source> brake = Optional.empty();
    private Optional<Instant> brakeAt = Optional.empty();
    /** Whether every partition is silent, and since when and at which event time. */
    private boolean silent;

    private long silentSince;
    private Optional<Instant> silentAt = Optional.empty();

    /**
     * Has read nothing yet.
     *
     * @param results takes what is to be published of a set
     * @throws KafkaException if there is no control topic of one partition
     */
    ConsumerRules(DetectionPluginFactory factory, KafkaSettings settings, Consumer<OutRecord> results) {
        this.partition = new TopicPartition(settings.controlTopic().orElseThrow(), 0);
        this.sets = new RuleSets(
                factory, settings.plugin(), ManagementFactory.getRuntimeMXBean().getName());
        this.rules = new TaskRules(Optional.of(sets));
        this.results = results;
        this.idleTimeout = PluginTimes.idleTimeout(settings.plugin());
        this.slack = PluginTimes.slack(settings.plugin());
        Map<String, Object> config = new HashMap<>(Clients.of(settings.kafka(), ConsumerConfig.configNames()));
        // It reads for itself, outside the group.
        config.keySet().removeAll(List.of("group.id", "group.instance.id"));
        config.put("isolation.level", "read_committed");
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", "false");
        this.control = new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer());
        List<PartitionInfo> partitions = control.partitionsFor(partition.topic());
        if (partitions.size() != 1) {
            control.close();
            throw ControlTopic.notOnePartition(partition.topic(), partitions.size());
        }
        control.assign(List.of(partition));
        control.seekToBeginning(List.of(partition));
    }

    /** What was decided, by version: in memory as it was last seen, and as it goes into a commit. */
    private static final class Decisions implements ControlGate.Decided {
        private final Map<String, String> seen = new HashMap<>();
        private final Map<String, String> first = new HashMap<>();

        @Override
        public Optional<String> get(String version) {
            return Optional.ofNullable(seen.get(version));
        }

        @Override
        public void put(String version, String digest, boolean accepted) {
            seen.put(version, digest);
            first.putIfAbsent(version, (accepted ? "+" : "-") + digest);
        }

        boolean isAccepted(ControlTopic.Announced set) {
            return ("+" + set.digest()).equals(first.get(set.version()));
        }

        /** Whether what stands there is not what was accepted. */
        boolean isOverwritten(ControlTopic.Announced set) {
            String known = first.getOrDefault(set.version(), "-");
            return known.startsWith("+") && !known.equals("+" + set.digest());
        }

        void read(String[] words) {
            seen.clear();
            first.clear();
            for (String word : words) {
                int sign = word.length() - 1 - 2 * Long.BYTES;
                put(word.substring(0, sign), word.substring(sign + 1), word.charAt(sign) == '+');
            }
        }

        String word(String version) {
            return " " + version + first.getOrDefault(version, "");
        }
    }

    // ---- taking over

    /**
     * What a plugin is to be configured with.
     *
     * @param committed the metadata that the group has committed for {@link #partition}; empty if none was
     * @param resume the event time that it begins at, or empty: at the start of the records, or where its journal ends
     * @throws TimeoutException if the control topic could not be read in time; it can be called again
     * @throws KafkaException if the rules that are in force there are not in the topic any more
     */
    Map<String, String> begin(Optional<String> committed, Optional<Instant> resume) {
        readToEnd();
        rules = new TaskRules(Optional.of(sets));
        plugin = Optional.empty();
        brake = Optional.empty();
        brakeAt = Optional.empty();
        silent = false;
        unread = true;
        String[] words = committed.orElse("").isBlank()
                ? new String[] {NO_VERSION}
                : committed.orElse("").split(" ", -1);
        decisions.read(Arrays.copyOfRange(words, 1, words.length));
        Optional<Instant> start = resume;
        for (ControlTopic.Announced each : ControlTopic.read(messages)) {
            if (each.version().equals(words[0]) && resume.isEmpty()) {
                start = each.change().map(RuleSetChange::from);
            }
            if (decisions.isOverwritten(each)) {
                throw new KafkaException("Version " + each.version() + " in " + partition.topic()
                        + " was accepted and has other content now; nothing is judged by rules that nobody decided on."
                        + " Write its messages as they were, and announce other rules as another version.");
            }
        }
        if (resume.isEmpty() && start.isEmpty() && !words[0].equals(NO_VERSION)) {
            throw new KafkaException("Version " + words[0] + " is in force and stands in " + partition.topic()
                    + " no more; expected its messages.");
        }
        Optional<RuleSetChange> inForce = Optional.empty();
        for (ControlTopic.Announced each : ControlTopic.read(messages)) {
            if (decisions.isAccepted(each)) {
                RuleSetChange change = each.change().orElseThrow();
                if (start.isPresent() && !change.from().isAfter(start.get())) {
                    inForce = Optional.of(change);
                } else {
                    announce(change);
                }
            }
        }
        inForce.ifPresent(rules::startWith);
        Map<String, String> config = new HashMap<>(rules.with(Map.of()));
        config.put("time.idle-timeout", "PT0S");
        config.put("rules.watch", "false");
        return config;
    }

    private void announce(RuleSetChange change) {
        // READY is for tasks that did not decide themselves.
        var unused = rules.announce(change, "");
    }

    private void readToEnd() {
        long deadline = System.nanoTime() + MOST_READING.toNanos();
        long end = control.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
        while (control.position(partition) < end) {
            if (System.nanoTime() > deadline) {
                throw new TimeoutException(
                        partition.topic() + " could not be read to its end in " + MOST_READING.toSeconds() + " s.");
            }
            read(Duration.ofMillis(100));
        }
    }

    private void read(Duration wait) {
        control.poll(wait).forEach(message -> {
            if (message.key() == null) {
                return;
            }
            unread = true;
            if (message.value() == null) {
                messages.remove(message.key());
            } else {
                messages.put(message.key(), message.value());
            }
        });
    }

    /** The plugin that {@link #begin} was for, started, with every partition's source open. */
    void attach(DetectionPlugin started) {
        plugin = Optional.of(started);
        // A journal may know the brake of a process that is gone.
        started.source(SourceSpec.of(Routed.CONTROL)).revoke();
    }

    // ---- while it runs

    /**
     * Decides what was announced, looks for silence, and lets rules take over that are due.
     *
     * @param raw the consumer of the records, which knows what is unread
     */
    void tick(
            Map<TopicPartition, PartitionFeed> feeds, org.apache.kafka.clients.consumer.Consumer<?, ?> raw, long now) {
        if (plugin.isEmpty() || feeds.isEmpty()) {
            return;
        }
        read(Duration.ZERO);
        if (unread) {
            unread = false;
            new ControlGate(decisions, sets).decide(ControlTopic.read(messages), reached(), this::announce, results);
        }
        if (!idleTimeout.isZero()) {
            lookForSilence(feeds, raw, now);
        }
        settle(now);
    }

    /** To be called before records are fed. */
    void beforeRecords() {
        silent = false;
    }

    /** Moves the brake to where it belongs, and lets rules take over that are due. */
    void settle(long now) {
        place(now);
        for (Optional<String> due = rules.due(reached()); due.isPresent(); due = rules.due(reached())) {
            results.accept(rules.apply(due.get(), List.of(running()::reload), "", reached()));
            place(now);
        }
    }

    private void lookForSilence(
            Map<TopicPartition, PartitionFeed> feeds, org.apache.kafka.clients.consumer.Consumer<?, ?> raw, long now) {
        feeds.forEach((where, feed) -> {
            if (raw.currentLag(where).orElse(1) > 0) {
                // What is unread holds time back, however long the brokers keep it.
                feed.heard(now);
            }
        });
        Collection<PartitionFeed> all = feeds.values();
        if (!silent && all.stream().allMatch(feed -> feed.isIdle(now, idleTimeout))) {
            silent = true;
            silentSince = all.stream().mapToLong(PartitionFeed::heardAt).max().orElse(now);
            silentAt = all.stream()
                    .flatMap(feed -> feed.greatest().stream())
                    .max(Instant::compareTo)
                    .map(time -> time.minus(slack));
            silentAt = later(silentAt, running().health().watermark());
            // Before the last one is idle: then the brake alone says what time it is.
            place(now);
        }
        all.stream()
                .filter(feed -> feed.isIdle(now, idleTimeout))
                .forEach(feed -> feed.source().idle());
    }

    private void place(long now) {
        Optional<Instant> next = rules.next();
        if (!silent) {
            next.ifPresentOrElse(this::brakeAt, this::release);
            return;
        }
        Optional<Instant> time = silentAt.map(at -> at.plusNanos(now - silentSince));
        if (time.isPresent()) {
            brakeAt(next.filter(time.get()::isAfter).orElse(time.get()));
        } else if (brake.isEmpty()) {
            brake = Optional.of(running().source(SourceSpec.of(Routed.CONTROL)));
        }
    }

    private void brakeAt(Instant time) {
        if (brakeAt.isPresent() && time.isBefore(brakeAt.get())) {
            release();
        }
        Source its = brake.orElseGet(() -> running().source(SourceSpec.of(Routed.CONTROL)));
        brake = Optional.of(its);
        if (brakeAt.isEmpty() || time.isAfter(brakeAt.get())) {
            brakeAt = Optional.of(time);
            its.advanceTo(time);
        }
    }

    private void release() {
        brake.ifPresent(Source::revoke);
        brake = Optional.empty();
        brakeAt = Optional.empty();
    }

    /** How far event time has come; the wall clock while nothing was ever read and nothing comes; empty if it is not known. */
    private Optional<Instant> reached() {
        Optional<Instant> watermark = running().health().watermark();
        return watermark.isEmpty() && silent ? Optional.of(Instant.now()) : watermark;
    }

    private static Optional<Instant> later(Optional<Instant> one, Optional<Instant> other) {
        return one.isEmpty() || (other.isPresent() && other.get().isAfter(one.get())) ? other : one;
    }

    private DetectionPlugin running() {
        return plugin.orElseThrow(() -> new IllegalStateException("No plugin is attached; please report it."));
    }

    // ---- committing

    /** The control topic's only partition. */
    TopicPartition partition() {
        return partition;
    }

    /** What goes into a commit with the records' offsets: the version in force, and what was decided, newest times first. */
    OffsetAndMetadata commit() {
        StringBuilder metadata = new StringBuilder(rules.version().isEmpty() ? NO_VERSION : rules.version());
        List<ControlTopic.Announced> announced = ControlTopic.read(messages);
        for (int i = announced.size() - 1; i >= 0; i--) {
            String version = announced.get(i).version();
            if (ControlTopic.isVersion(version) && decisions.get(version).isPresent()) {
                String word = decisions.word(version);
                // Sets of which there is no room are long superseded; they would be refused again as too late.
                if (metadata.length() + word.length() <= MOST_METADATA) {
                    metadata.append(word);
                }
            }
        }
        return new OffsetAndMetadata(control.position(partition), metadata.toString());
    }

    @Override
    public void close() {
        control.close();
        sets.close();
    }
}
