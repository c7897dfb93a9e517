package dev.vaultwatch.kafka;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.KeyReader;
import dev.vaultwatch.api.KeyedRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Splits a raw partition's payloads into records and sends each to the partitions of its grouping keys, with its place in the
 * raw partition. Tells every partition, at each tick, how far the raw partition's event time has come, or that it is silent:
 * these are the watermarks that a stream engine sends between its tasks.
 *
 * <p>What can't be read in a payload is forwarded as a dead letter under a key of its own: it has no grouping key to be routed by.
 *
 * <p>Keeps no state: after a restart the next records and ticks say it all again, and what comes twice counts as repeated.
 */
final class SplitProcessor implements Processor<byte[], byte[], String, byte[]> {
    /** Bits of a position for the record's place in its payload: more records than a payload of Kafka's can hold. */
    static final int PLACE_BITS = 20;

    /** The key of what can't be read, which goes to its topic from here; no grouping key begins so. */
    static final String DEAD_LETTER = "\u0003";

    /** Before its version, the key of what became of a change of rules. */
    static final String RULES = "\u0004";

    /** What a message has beside its key and its step, in the repartition topic and in the changelog, and some. */
    private static final int AROUND = 512;

    private final SplitKeys keys;
    private final Optional<Control> control;
    private final List<String> topics;
    private final Duration slack;
    private final Duration idleTimeout;
    private final Duration tick;
    private final int mostBytes;
    private final Unread unread;
    private final Runnable unwanted;
    private final Map<String, Progress> progress = new HashMap<>();
    private @Nullable ProcessorContext<String, byte[]> context;
    private Optional<ControlGate> gate = Optional.empty();
    private long generation = -1;
    private List<ControlTopic.Announced> undecided = List.of();

    SplitProcessor(
            KeyReader configured,
            Optional<Control> control,
            List<String> topics,
            Duration slack,
            Duration idleTimeout,
            Duration tick,
            int mostBytes,
            Unread unread,
            Metrics metrics) {
        this.keys = new SplitKeys(configured);
        this.control = control;
        this.topics = topics;
        this.slack = slack;
        this.idleTimeout = idleTimeout;
        this.tick = tick;
        this.mostBytes = mostBytes;
        this.unread = unread;
        this.unwanted = metrics.counter(
                "vaultwatch.split.unwanted", "Records that no rule wants, and payloads without a Key Vault record.");
    }

    /** How far a raw partition has come, and when it was last heard, in processing time. */
    private record Progress(Optional<Instant> greatest, long heard) {
        Progress with(Optional<Instant> time, long now) {
            boolean later =
                    time.isPresent() && (greatest.isEmpty() || time.get().isAfter(greatest.get()));
            return new Progress(later ? time : greatest, now);
        }
    }

    @Override
    public void init(ProcessorContext<String, byte[]> ours) {
        context = ours;
        progress.clear();
        for (String topic : topics) {
            progress.put(
                    topic + "-" + ours.taskId().partition(),
                    new Progress(Optional.empty(), ours.currentSystemTimeMs()));
        }
        generation = -1;
        // One task decides for all, and is there whatever the number of partitions.
        gate = control.filter(each -> ours.taskId().partition() == 0)
                .map(each -> new ControlGate(Control.decided(ours.getStateStore(Control.DECIDED)), each.rules()));
        control.ifPresent(this::readControl);
        ours.schedule(tick, PunctuationType.WALL_CLOCK_TIME, this::tick);
    }

    private void readControl(Control from) {
        long now = from.generation();
        if (now != generation) {
            KeyValueStore<String, byte[]> store = context().getStateStore(Control.ANNOUNCED);
            undecided = ControlTopic.read(store);
            keys.refresh(undecided, from.rules());
            generation = now;
        }
    }

    private void tick(long now) {
        control.ifPresent(this::readControl);
        gate.ifPresent(each -> each.tick(
                undecided,
                now,
                step -> toAll(step, now),
                result ->
                        context().forward(new Record<>(RULES + result.key(), result.value(), now, result.headers()))));
        undecided = List.of();
        tell(now);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        ProcessorContext<String, byte[]> ours = context();
        RecordMetadata at = ours.recordMetadata()
                .orElseThrow(() -> new IllegalStateException("A raw record has no place; expected one from a topic."));
        String source = at.topic() + "-" + at.partition();
        List<SplitKeys.Keyed> records = keys.split(JsonText.of(record.value()), this::forward);
        Optional<Instant> greatest = Optional.empty();
        for (int i = 0; i < records.size(); i++) {
            KeyedRecord each = records.get(i).record();
            if (records.get(i).keys().isEmpty()) {
                unwanted.run();
            }
            for (Map<String, String> key : records.get(i).keys()) {
                send(source, each, new TreeMap<>(key), position(at, i));
            }
            greatest = later(greatest, each.eventTime());
        }
        if (records.isEmpty()) {
            unwanted.run();
        } else {
            Progress before = progress.getOrDefault(source, new Progress(Optional.empty(), 0));
            progress.put(source, before.with(greatest, ours.currentSystemTimeMs()));
        }
    }

    private static Optional<Instant> later(Optional<Instant> one, Optional<Instant> other) {
        return one.isEmpty() || (other.isPresent() && other.get().isAfter(one.get())) ? other : one;
    }

    private static long position(RecordMetadata at, int place) {
        if (place >= 1 << PLACE_BITS) {
            throw new IllegalStateException("A payload at offset " + at.offset() + " of " + at.topic() + "-"
                    + at.partition() + " holds more than " + (1 << PLACE_BITS) + " records.");
        }
        return at.offset() << PLACE_BITS | place;
    }

    /**
     * With the time of now: event time is in the record, and what its producer wrote beside it may be so old that retention takes
     * the message at once, or so far ahead that the brokers refuse it.
     */
    private void send(String source, KeyedRecord record, SortedMap<String, String> key, long position) {
        String grouping = String.join(",", key.keySet());
        // Never the empty key, which is everybody's.
        String to = grouping + "\u0002" + String.join("\u0001", key.values());
        byte[] step = Routed.record(source, position, grouping, record.json()).bytes();
        long size = (long) to.getBytes(StandardCharsets.UTF_8).length + step.length + AROUND;
        if (size > mostBytes) {
            // The producer would refuse it, and the application end, at every start.
            forward(new DeadLetter(
                    DeadLetter.Reason.TOO_LARGE,
                    "",
                    "With its key and place the record takes a message of " + size + " bytes.",
                    "At most " + mostBytes + " bytes (kafka.max.request.size).",
                    new String(record.json(), StandardCharsets.UTF_8)));
            return;
        }
        context().forward(new Record<>(to, step, context().currentSystemTimeMs()));
    }

    private void forward(DeadLetter letter) {
        OutRecord out = OutRecord.of(letter);
        context().forward(new Record<>(DEAD_LETTER, out.value(), context().currentSystemTimeMs(), out.headers()));
    }

    private void tell(long now) {
        progress.forEach((source, each) -> {
            boolean silent = !idleTimeout.isZero() && now - each.heard() >= idleTimeout.toMillis();
            if (silent && !isUnread(source)) {
                toAll(Routed.idle(source), now);
            } else {
                Instant wall = Instant.ofEpochMilli(now);
                // A sender's fast clock must not move the others' windows.
                each.greatest()
                        .map(time -> time.isAfter(wall) ? wall : time)
                        .ifPresent(time -> toAll(Routed.watermark(source, time.minus(slack)), now));
            }
        });
    }

    /** A partition that a broker does not give at the moment is not silent: others would run away from what it holds. */
    private boolean isUnread(String source) {
        int dash = source.lastIndexOf('-');
        return unread.has(source.substring(0, dash), Integer.parseInt(source.substring(dash + 1)));
    }

    private void toAll(Routed step, long now) {
        context().forward(new Record<>(KeyPartitioner.ALL, step.bytes(), now));
    }

    private ProcessorContext<String, byte[]> context() {
        if (context == null) {
            throw new IllegalStateException("A processor is used before Kafka Streams has initialised it.");
        }
        return context;
    }
}
