package dev.vaultwatch.kafka;

import dev.vaultwatch.api.Admission;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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
    private final VaultwatchProcessorSupplier.Setup setup;
    private final VaultwatchProcessorSupplier.Reader<K, V> reader;
    private final Duration idleTimeout;
    private final Map<String, TaskPlugin> plugins = new HashMap<>();
    private final Map<String, Instant> watermarks = new HashMap<>();
    private final Set<String> idle = new HashSet<>();
    /** What the replay raised and may have to be forwarded again, with the offset of its step. */
    private final List<Repeat> repeats = new ArrayList<>();

    private @Nullable ProcessorContext<String, Emitted> context;
    private @Nullable StepLog log;
    private TaskRules rules;
    private Optional<Instant> greatest = Optional.empty();
    private long offset = -1;
    private long heard;
    private boolean replaying;
    private boolean exactlyOnce;

    DetectProcessor(VaultwatchProcessorSupplier.Setup setup, VaultwatchProcessorSupplier.Reader<K, V> reader) {
        this.setup = setup;
        this.reader = reader;
        this.idleTimeout = PluginTimes.idleTimeout(setup.config());
        this.rules = new TaskRules(setup.control().map(Control::rules));
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
    }

    private void step(Routed step) {
        if (log().isWaiting(step.source()) || !takeAndLog(step)) {
            log().await(offset, step);
        }
        if (step.kind() != Routed.Kind.RECORD) {
            timeMoved();
        }
    }

    /** What waits for time may go on, and rules may take over: at steps and nowhere else, so that a replay does the same. */
    private void timeMoved() {
        log().offerWaiting(this::takeAndLog);
        for (Optional<String> due = rules.due(reached()); due.isPresent(); due = rules.due(reached())) {
            takeAndLog(Routed.apply(due.get()));
            log().offerWaiting(this::takeAndLog);
        }
    }

    /** How far the task's event time has come at least; empty if that is not known. */
    private Optional<Instant> reached() {
        Optional<Instant> least = rules.limit();
        if (isSilent()) {
            if (greatest.isEmpty()) {
                return least;
            }
            Optional<Instant> most = watermarks.values().stream().max(Instant::compareTo);
            return least.flatMap(limit -> most.map(time -> time.isBefore(limit) ? time : limit));
        }
        for (String source : setup.sources()) {
            if (!idle.contains(source)) {
                Optional<Instant> its = Optional.ofNullable(watermarks.get(source));
                least = least.flatMap(time -> its.map(other -> other.isBefore(time) ? other : time));
            }
        }
        return least;
    }

    private boolean isSilent() {
        return setup.sources().isEmpty() || idle.containsAll(setup.sources());
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
            case RECORD, CHANGE, APPLY -> false;
            case WATERMARK -> !step.time().isAfter(known(step.source()));
            case IDLE -> idle.contains(step.source());
        };
    }

    private Instant known(String source) {
        return watermarks.getOrDefault(source, Instant.MIN);
    }

    /** The answer to a record; empty for the other steps. */
    private Optional<Admission> take(Routed step) {
        boolean wasSilent = isSilent();
        Optional<Admission> answer = Optional.empty();
        switch (step.kind()) {
            case RECORD -> {
                if (wasSilent && rules.isControlled()) {
                    // Where event time stands: the record may come long after its time, as those before the silence
                    // did.
                    plugins.values().forEach(plugin -> plugin.holdAt(Optional.empty()));
                }
                answer = Optional.of(take(step, plugin(step.grouping())));
            }
            case WATERMARK -> {
                if (step.source().equals(Routed.CONTROL)) {
                    rules.advanceTo(step.time());
                } else {
                    advance(step);
                }
            }
            case IDLE -> {
                idle.add(step.source());
                hold();
                plugins.values().forEach(plugin -> plugin.take(step));
            }
            case CHANGE ->
                rules.announce(RuleSetChange.of(step.payload()), task())
                        .ifPresent(outcome -> emit(Emitted.Kind.RULES, outcome));
            case APPLY -> emit(Emitted.Kind.RULES, rules.apply(step.version(), plugins.values(), task(), reached()));
        }
        if (wasSilent || isSilent() || step.source().equals(Routed.CONTROL)) {
            hold();
        }
        return answer;
    }

    private Admission take(Routed record, TaskPlugin plugin) {
        Admission answer = plugin.take(record);
        if (answer.status() != Admission.Status.OVERLOADED) {
            idle.remove(record.source());
            answer.greatestEventTime().ifPresent(this::seen);
            heard = context().currentSystemTimeMs();
        }
        return answer;
    }

    private void advance(Routed mark) {
        watermarks.put(mark.source(), mark.time());
        seen(mark.time());
        if (mark.source().isEmpty()) {
            plugins.values().forEach(plugin -> plugin.advanceTo(mark.time()));
            return;
        }
        if (isSilent()) {
            idle.remove(mark.source());
            hold();
        }
        idle.remove(mark.source());
        heard = context().currentSystemTimeMs();
        plugins.values().forEach(plugin -> plugin.take(mark));
    }

    /**
     * Holds the plugins' event time back to where rules may still change. While every source is silent it is not held, so that
     * it stays where the sources left it and {@link #runOn} alone moves it, which keeps to the same limit; unless the sources
     * left it beyond.
     */
    private void hold() {
        if (rules.isControlled()) {
            plugins.values().forEach(this::hold);
        }
    }

    private void hold(TaskPlugin plugin) {
        Optional<Instant> limit = rules.limit();
        boolean beyond =
                limit.isEmpty() || greatest.filter(limit.get()::isBefore).isPresent();
        if (isSilent() && !beyond) {
            plugin.release();
        } else {
            plugin.holdAt(limit);
        }
    }

    private String task() {
        return context().taskId().toString();
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
                    rules.with(setup.config()),
                    each,
                    setup.sources(),
                    setup.format(),
                    setup.metrics(),
                    Map.of("task", task(), "key", each),
                    this::emit);
            if (rules.isControlled()) {
                hold(made);
            }
            watermarks.forEach((source, time) -> {
                if (!source.isEmpty()) {
                    made.take(Routed.watermark(source, time));
                }
            });
            idle.forEach(source -> made.take(Routed.idle(source)));
            return made;
        });
    }

    private void tick(long now) {
        if (!repeats.isEmpty()) {
            // Nothing came again behind the last step: it was committed, and what it raised with it, or raised by time
            // alone.
            repeatFrom(offset);
        }
        long silence = now - heard - idleTimeout.toMillis();
        if (!idleTimeout.isZero() && isSilent() && silence > 0) {
            // Silence: event time runs on at the wall clock's pace.
            greatest.map(time -> time.plusMillis(silence)).ifPresent(this::runOn);
        }
        timeMoved();
        Map<String, Long> needed = new HashMap<>();
        for (TaskPlugin plugin : plugins.values()) {
            plugin.needed().forEach((source, position) -> needed.merge(source, position, Math::min));
        }
        log().trim(needed, 2 * (setup.sources().size() + 2));
    }

    private void runOn(Instant time) {
        Optional<Instant> before = greatest;
        long since = heard;
        Optional<Instant> limit = rules.limit();
        if (rules.isControlled()) {
            limit.ifPresent(most -> takeAndLog(Routed.watermark("", most.isBefore(time) ? most : time)));
        } else {
            takeAndLog(Routed.watermark("", time));
        }
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
        rules = new TaskRules(setup.control().map(Control::rules));
        watermarks.clear();
        idle.clear();
        repeats.clear();
        greatest = Optional.empty();
    }
}
