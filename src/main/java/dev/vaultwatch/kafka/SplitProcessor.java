package dev.vaultwatch.kafka;

import dev.vaultwatch.api.KeyReader;
import dev.vaultwatch.api.KeyedRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
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

    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(10);

    private final KeyReader keys;
    private final List<String> topics;
    private final Duration slack;
    private final Duration tick;
    private final Map<String, Progress> progress = new HashMap<>();
    private @Nullable ProcessorContext<String, byte[]> context;

    SplitProcessor(KeyReader keys, List<String> topics, Duration slack, Duration tick) {
        this.keys = keys;
        this.topics = topics;
        this.slack = slack;
        this.tick = tick;
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
        ours.schedule(tick, PunctuationType.WALL_CLOCK_TIME, this::tell);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        ProcessorContext<String, byte[]> ours = context();
        RecordMetadata at = ours.recordMetadata()
                .orElseThrow(() -> new IllegalStateException("A raw record has no place; expected one from a topic."));
        String source = at.topic() + "-" + at.partition();
        byte[] payload = record.value() == null ? new byte[0] : record.value();
        boolean[] bad = new boolean[1];
        List<KeyedRecord> records = keys.read(payload, letter -> {
            bad[0] = true;
            OutRecord out = OutRecord.of(letter);
            ours.forward(new Record<>(DEAD_LETTER, out.value(), record.timestamp(), out.headers()));
        });
        if (records.isEmpty() && bad[0]) {
            return;
        }
        if (records.isEmpty()) {
            // Ignored, or not recognised: counted where it is fed.
            forward(record, Routed.record(source, position(at, 0), "", Set.of(), payload), source);
            return;
        }
        for (int i = 0; i < records.size(); i++) {
            KeyedRecord each = records.get(i);
            send(source, record, each, position(at, i));
            progress.compute(
                    source,
                    (name, before) -> (before == null ? new Progress(Optional.empty(), 0) : before)
                            .with(each.eventTime(), ours.currentSystemTimeMs()));
        }
    }

    private static long position(RecordMetadata at, int place) {
        if (place >= 1 << PLACE_BITS) {
            throw new IllegalStateException("A payload at offset " + at.offset() + " of " + at.topic() + "-"
                    + at.partition() + " holds more than " + (1 << PLACE_BITS) + " records.");
        }
        return at.offset() << PLACE_BITS | place;
    }

    private void send(String source, Record<byte[], byte[]> raw, KeyedRecord record, long position) {
        Map<Map<String, String>, Set<String>> rulesByKey = new HashMap<>();
        record.keys()
                .forEach((rule, key) -> rulesByKey
                        .computeIfAbsent(new TreeMap<>(key), each -> new HashSet<>())
                        .add(rule));
        rulesByKey.forEach((key, rules) -> {
            String grouping = String.join(",", key.keySet());
            Routed step = Routed.record(source, position, grouping, rules, record.json());
            forward(raw, step, String.join("\u0001", key.values()));
        });
    }

    private void forward(Record<byte[], byte[]> raw, Routed step, String key) {
        // Never the empty key, which is everybody's.
        context().forward(new Record<>(step.grouping() + "\u0002" + key, step.bytes(), raw.timestamp()));
    }

    private void tell(long now) {
        progress.forEach((source, each) -> {
            if (now - each.heard() >= IDLE_TIMEOUT.toMillis()) {
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
