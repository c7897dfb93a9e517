package dev.vaultwatch.kafka;

import dev.vaultwatch.api.Admission;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * One task: a plugin per grouping key, fed with what its partition brings, and a {@link StepLog} from which they are made anew.
 *
 * <p>Every step that changes a plugin stands in the log, in the order in which it was taken, so that a replay repeats it; what
 * the replay raises was forwarded before. Where delivery is at least once, an alert may have been lost on its way when the
 * process ended though its step stands in the changelog: what steps at or behind the first offset that comes again raised is
 * forwarded again.
 */
final class DetectProcessor<K, V> implements Processor<K, V, String, Emitted> {
    /** As {@code time.idle-timeout}'s default. */
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(10);

    private final VaultwatchProcessorSupplier.Setup setup;
    private final VaultwatchProcessorSupplier.Reader<K, V> reader;
    private final Map<String, TaskPlugin> plugins = new HashMap<>();
    private final Map<String, Deque<Routed>> refused = new HashMap<>();
    private final Map<String, Instant> watermarks = new HashMap<>();
    private final Set<String> idle = new HashSet<>();
    /** What the replay raised and may have to be forwarded again, with the offset of its step. */
    private final List<Repeat> repeats = new ArrayList<>();

    private @Nullable ProcessorContext<String, Emitted> context;
    private @Nullable StepLog log;
    private Optional<Instant> greatest = Optional.empty();
    private long offset = -1;
    private long heard;
    private boolean replaying;
    private boolean exactlyOnce;

    DetectProcessor(VaultwatchProcessorSupplier.Setup setup, VaultwatchProcessorSupplier.Reader<K, V> reader) {
        this.setup = setup;
        this.reader = reader;
    }

    private record Repeat(long offset, Emitted.Kind kind, OutRecord record) {}

    @Override
    public void init(ProcessorContext<String, Emitted> ours) {
        context = ours;
        exactlyOnce = StreamsConfig.EXACTLY_ONCE_V2.equals(
                String.valueOf(ours.appConfigs().get(StreamsConfig.PROCESSING_GUARANTEE_CONFIG)));
        KeyValueStore<Long, byte[]> store = ours.getStateStore(setup.store());
        StepLog steps = new StepLog(store);
        log = steps;
        replaying = true;
        steps.replay(logged -> {
            offset = logged.offset();
            take(logged.step());
        });
        replaying = false;
        heard = ours.currentSystemTimeMs();
        ours.schedule(setup.tick(), PunctuationType.WALL_CLOCK_TIME, this::tick);
    }

    @Override
    public void process(Record<K, V> record) {
        ProcessorContext<String, Emitted> ours = context();
        Optional<RecordMetadata> at = ours.recordMetadata();
        offset = at.map(RecordMetadata::offset).orElse(-1L);
        if (!repeats.isEmpty()) {
            repeatFrom(offset);
        }
        reader.read(record, at).ifPresent(this::step);
        retryRefused();
    }

    private void step(Routed step) {
        Deque<Routed> before = refused.get(step.source());
        if (before != null) {
            before.add(step);
        } else if (!takeAndLog(step)) {
            refused.computeIfAbsent(step.source(), source -> new ArrayDeque<>()).add(step);
        }
    }

    /** Whether it was taken; else the plugin is overloaded for its source. */
    private boolean takeAndLog(Routed step) {
        if (saysNothingNew(step)) {
            return true;
        }
        Optional<Admission> answer = take(step);
        if (answer.isPresent() && answer.get().status() == Admission.Status.OVERLOADED) {
            return false;
        }
        if (answer.isEmpty() || answer.get().kept() > 0) {
            log().add(offset, step);
        }
        return true;
    }

    private boolean saysNothingNew(Routed step) {
        return switch (step.kind()) {
            case RECORD -> false;
            case WATERMARK -> !step.time().isAfter(known(step.source()));
            case IDLE -> idle.contains(step.source());
        };
    }

    private Instant known(String source) {
        return watermarks.getOrDefault(source, Instant.MIN);
    }

    /** The answer to a record; empty for the other steps. */
    private Optional<Admission> take(Routed step) {
        if (step.kind() == Routed.Kind.RECORD) {
            Admission answer = plugin(step.grouping()).take(step);
            if (answer.status() != Admission.Status.OVERLOADED) {
                idle.remove(step.source());
                answer.greatestEventTime().ifPresent(this::seen);
                heard = context().currentSystemTimeMs();
            }
            return Optional.of(answer);
        }
        if (step.kind() == Routed.Kind.IDLE) {
            idle.add(step.source());
        } else {
            watermarks.put(step.source(), step.time());
            seen(step.time());
            if (!step.source().isEmpty()) {
                idle.remove(step.source());
                heard = context().currentSystemTimeMs();
            }
        }
        for (TaskPlugin plugin : plugins.values()) {
            if (step.source().isEmpty()) {
                plugin.advanceTo(step.time());
            } else {
                plugin.take(step);
            }
        }
        return Optional.empty();
    }

    private void seen(Instant time) {
        if (greatest.isEmpty() || time.isAfter(greatest.get())) {
            greatest = Optional.of(time);
        }
    }

    private TaskPlugin plugin(String grouping) {
        return plugins.computeIfAbsent(grouping, each -> {
            TaskPlugin made = new TaskPlugin(
                    setup.factory(),
                    setup.config(),
                    setup.sources(),
                    setup.format(),
                    setup.metrics(),
                    Map.of("task", context().taskId().toString(), "key", each),
                    this::emit);
            watermarks.forEach((source, time) -> {
                if (!source.isEmpty()) {
                    made.take(Routed.watermark(source, time));
                }
            });
            idle.forEach(source -> made.take(Routed.idle(source)));
            return made;
        });
    }

    private void retryRefused() {
        refused.values().removeIf(waiting -> {
            while (!waiting.isEmpty() && takeAndLog(waiting.getFirst())) {
                waiting.removeFirst();
            }
            return waiting.isEmpty();
        });
    }

    private void tick(long now) {
        if (!repeats.isEmpty()) {
            // Nothing came again behind the last step: it was committed, and what it raised with it, or raised by time
            // alone.
            repeatFrom(offset);
        }
        retryRefused();
        boolean silent = setup.sources().isEmpty() || idle.containsAll(setup.sources());
        long silence = now - heard - IDLE_TIMEOUT.toMillis();
        if (silent && silence > 0) {
            // Silence: event time runs on at the wall clock's pace.
            greatest.map(time -> time.plusMillis(silence)).ifPresent(this::runOn);
        }
        Map<String, Long> needed = new HashMap<>();
        for (TaskPlugin plugin : plugins.values()) {
            plugin.needed().forEach((source, position) -> needed.merge(source, position, Math::min));
        }
        log().trim(needed, 2 * (setup.sources().size() + 1));
    }

    private void runOn(Instant time) {
        Optional<Instant> before = greatest;
        long since = heard;
        takeAndLog(Routed.watermark("", time));
        // The start that the next tick counts from.
        greatest = before;
        heard = since;
    }

    private void emit(Emitted.Kind kind, OutRecord record) {
        if (!replaying) {
            forward(kind, record);
        } else if (!exactlyOnce && kind == Emitted.Kind.ALERT) {
            repeats.add(new Repeat(offset, kind, record));
        }
    }

    private void repeatFrom(long first) {
        List<Repeat> again = List.copyOf(repeats);
        repeats.clear();
        again.stream().filter(each -> each.offset() >= first).forEach(each -> forward(each.kind(), each.record()));
    }

    private void forward(Emitted.Kind kind, OutRecord record) {
        ProcessorContext<String, Emitted> ours = context();
        ours.forward(new Record<>(
                record.key(),
                new Emitted(kind, record.value()),
                ours.currentSystemTimeMs(),
                new RecordHeaders(record.headers())));
    }

    private ProcessorContext<String, Emitted> context() {
        if (context == null) {
            throw new IllegalStateException("A processor is used before Kafka Streams has initialised it.");
        }
        return context;
    }

    private StepLog log() {
        if (log == null) {
            throw new IllegalStateException("A processor is used before Kafka Streams has initialised it.");
        }
        return log;
    }

    @Override
    public void close() {
        replaying = true; // What closing raises belongs to the task's next owner, who takes the same steps.
        exactlyOnce = true;
        plugins.values().forEach(TaskPlugin::close);
        plugins.clear();
        refused.clear();
        watermarks.clear();
        idle.clear();
        repeats.clear();
        greatest = Optional.empty();
    }
}
