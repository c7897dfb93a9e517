package dev.vaultwatch.flink;

import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.RuleException;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.util.OutputTag;

/**
 * Vaultwatch as two steps of a Flink job.
 *
 * <pre>
 *   DataStream&lt;byte[]&gt; ─ split ─▶ RoutedRecord ─ watermarks ─ keyBy ─ detect ─▶ DetectedAlert
 *                                                                   └▶ side outputs: late, dead letters, notices
 * </pre>
 *
 * <h2>Model</h2>
 *
 * A subtask of {@code detect} has a plugin per grouping key of the rules, and Flink's watermark is the plugins' clock. At a
 * checkpoint the plugins' open windows, and what was said of them, are written as raw keyed state by key group, so that a savepoint
 * can be taken up at another parallelism, up to the job's maximum.
 *
 * <h2>Threads</h2>
 *
 * A subtask's plugins are called, and call back, on the task's thread alone.
 */
public final class VaultwatchStream {
    /** Events dropped as late. */
    public static final OutputTag<LateRecord> LATE =
            new OutputTag<>("vaultwatch-late", TypeInformation.of(LateRecord.class));

    /** Records that can't be read. */
    public static final OutputTag<DeadLetter> DEAD_LETTERS =
            new OutputTag<>("vaultwatch-dead-letters", TypeInformation.of(DeadLetter.class));

    /** What an operator should know. */
    public static final OutputTag<SubtaskNotice> NOTICES =
            new OutputTag<>("vaultwatch-notices", TypeInformation.of(SubtaskNotice.class));

    /** What became of each change of rules. */
    public static final OutputTag<RuleOutcome> RULES =
            new OutputTag<>("vaultwatch-rules", TypeInformation.of(RuleOutcome.class));

    private final Setup setup;

    private VaultwatchStream(Setup setup) {
        this.setup = setup;
    }

    /**
     * Steps with a configuration, which is checked here, where the job is put together.
     *
     * @param config as for {@link PluginContext#config()}; files that it names must lie on every task manager
     * @param format the name of an {@link AlertFormat}: {@code ecs}, {@code ocsf}, {@code cef} or {@code text}
     * @throws IllegalArgumentException if a key is unknown or is Flink's to decide, a value is out of range, or there is no such
     *     format
     * @throws RuleException if a rule can't run
     */
    public static VaultwatchStream of(Map<String, String> config, String format) {
        Setup setup = Setup.of(config, format);
        AlertFormat.named(format);
        DetectionPluginFactory factory = Setup.factory(contextLoader());
        factory.keyReader(config);
        factory.create(PluginContext.builder()
                        .config(setup.configOf(""))
                        .onAlert(alert -> {})
                        .build())
                .close();
        return new VaultwatchStream(setup);
    }

    private static ClassLoader contextLoader() {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        return context == null ? ClassLoader.getSystemClassLoader() : context;
    }

    /**
     * Splits payloads into records and gives each its key; what no rule wants ends here.
     *
     * @param payloads each as {@link DetectionPlugin#accept(byte[])} takes it
     */
    public SingleOutputStreamOperator<RoutedRecord> split(DataStream<byte[]> payloads) {
        return payloads.flatMap(new SplitFunction(setup), TypeInformation.of(RoutedRecord.class))
                .name("vaultwatch-split");
    }

    /**
     * Watermarks as the plugin would have them: {@code time.slack} behind the greatest event time; a source that brings nothing
     * with a usable time for {@code time.idle-timeout} holds time back no longer.
     */
    public WatermarkStrategy<RoutedRecord> watermarks() {
        Duration slack = duration("time.slack", "PT5S");
        Duration maxFuture = duration("time.max-future", "PT10M");
        Duration idleTimeout = duration("time.idle-timeout", "PT10S");
        // Not withIdleness: by that, what can't be read, which moves no time, would be activity and hold time back for
        // ever.
        return WatermarkStrategy.<RoutedRecord>forGenerator(
                        context -> new WallClockBound(slack, maxFuture, idleTimeout, context.getInputActivityClock()))
                .withTimestampAssigner((record, before) -> record.time());
    }

    private Duration duration(String key, String byDefault) {
        String value = setup.config().getOrDefault(key, "").strip();
        return Duration.parse(value.isEmpty() ? byDefault : value);
    }

    /**
     * Detects.
     *
     * @param records with timestamps and watermarks, such as {@link #watermarks()}
     */
    public SingleOutputStreamOperator<DetectedAlert> detect(DataStream<RoutedRecord> records) {
        return records.keyBy(RoutedRecord::key)
                .transform("vaultwatch-detect", TypeInformation.of(DetectedAlert.class), new DetectOperator(setup))
                .uid("vaultwatch-detect");
    }

    /**
     * Lets changes of rules pass that can take over everywhere: those whose rules compile and whose time lies after the changes'
     * watermark. The others are told in its side output {@link #RULES}.
     *
     * @param changes with watermarks: a change for an event time at or before the watermark is refused, and {@code detect}
     *     does not pass the watermark. {@link #ruleWatermarks()} suits a stream that is read as it is written
     */
    public SingleOutputStreamOperator<RuleChange> accepted(DataStream<RuleChange> changes) {
        return changes.process(new RuleGate(setup), TypeInformation.of(RuleChange.class))
                .setParallelism(1)
                .setMaxParallelism(1)
                .name("vaultwatch-rules")
                .uid("vaultwatch-rules");
    }

    /** Says that no change will be for an event time before the wall clock's: changes are announced ahead. */
    public static WatermarkStrategy<RuleChange> ruleWatermarks() {
        return WatermarkStrategy.<RuleChange>forGenerator(context -> new WallClock())
                .withTimestampAssigner((change, before) -> change.from());
    }

    /**
     * As {@link #split(DataStream)}, by the keys of changed rules, too.
     *
     * @param accepted of {@link #accepted}, the same as {@link #detect(DataStream, DataStream)} is given
     */
    public SingleOutputStreamOperator<RoutedRecord> split(
            DataStream<byte[]> payloads, DataStream<RuleChange> accepted) {
        return payloads.connect(accepted.broadcast(RuledSplitFunction.CHANGES))
                .process(new RuledSplitFunction(setup), TypeInformation.of(RoutedRecord.class))
                .name("vaultwatch-split")
                .uid("vaultwatch-split");
    }

    /**
     * As {@link #detect(DataStream)}, by rules that change. Every subtask changes when the watermark passes a change's time, and
     * says so in the side output {@link #RULES}.
     *
     * @param accepted of {@link #accepted}
     */
    public SingleOutputStreamOperator<DetectedAlert> detect(
            DataStream<RoutedRecord> records, DataStream<RuleChange> accepted) {
        return records.keyBy(RoutedRecord::key)
                .connect(accepted.broadcast())
                .transform("vaultwatch-detect", TypeInformation.of(DetectedAlert.class), new RuledDetectOperator(setup))
                .uid("vaultwatch-detect");
    }
}
