package dev.vaultwatch.flink;

import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DeadLetter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupStatePartitionStreamProvider;
import org.apache.flink.runtime.state.KeyedStateCheckpointOutputStream;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * Feeds a subtask's plugins. Their state is raw keyed state: written whole at each checkpoint, by key group, since a plugin keeps
 * its windows in memory and not behind Flink's state backend.
 */
abstract class PluginOperator extends AbstractStreamOperator<DetectedAlert> {
    private static final long serialVersionUID = 1L;

    private final Setup setup;
    private transient @Nullable SubtaskPlugins plugins;
    private transient long emittedWatermark;

    /** As of the last checkpoint; read by the reporter's thread. */
    private transient volatile Map<Counter, Long> meters = Map.of();

    PluginOperator(Setup setup) {
        this.setup = setup;
    }

    final SubtaskPlugins plugins() {
        if (plugins == null) {
            throw new IllegalStateException("The operator is used before Flink has initialised it.");
        }
        return plugins;
    }

    /** Its state is its own; timers have none of it. */
    @Override
    protected boolean isUsingCustomRawKeyedState() {
        return true;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        emittedWatermark = Long.MIN_VALUE;
        meters = Map.of();
        SubtaskPlugins made = new SubtaskPlugins(
                setup,
                Setup.factory(getUserCodeClassloader()),
                getRuntimeContext().getTaskInfo().getIndexOfThisSubtask());
        plugins = made;
        for (Counter counter : Counter.values()) {
            getMetricGroup().gauge("vaultwatch." + counter.name().toLowerCase(Locale.ROOT), (Gauge<Long>)
                    () -> meters.getOrDefault(counter, 0L));
        }
        if (rulesInForce().isPresent()) {
            made.begin(rulesInForce().get());
        }
        for (KeyGroupStatePartitionStreamProvider group : context.getRawKeyedStateInputs()) {
            made.restore(group.getStream());
        }
    }

    @Override
    public void open() throws Exception {
        super.open();
        emit();
    }

    final void take(RoutedRecord record) {
        plugins().take(record);
        emit();
    }

    /** The rules that are in force in place of those of the configuration, at a start. */
    Optional<RuleChange> rulesInForce() {
        return Optional.empty();
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        plugins().advanceTo(mark.getTimestamp());
        emit();
        emittedWatermark = mark.getTimestamp();
        super.processWatermark(mark);
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        super.prepareSnapshotPreBarrier(checkpointId);
        plugins().settle();
        emit();
        Map<Counter, Long> counted = new EnumMap<>(Counter.class);
        for (Counter counter : Counter.values()) {
            counted.put(counter, plugins().count(counter));
        }
        meters = counted;
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        KeyedStateCheckpointOutputStream out = context.getRawKeyedOperatorStateOutput();
        int groups = getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks();
        plugins()
                .snapshot(
                        out.getKeyGroupList(), key -> KeyGroupRangeAssignment.assignToKeyGroup(key, groups), group -> {
                            out.startNewKeyGroup(group);
                            return out;
                        });
        if (plugins().hasRaised()) {
            // It stands in the snapshot as said, and would be emitted behind the barrier.
            throw new IllegalStateException("A plugin raised an alert while its state was written; please report it.");
        }
    }

    final void emit() {
        plugins().emit(new SubtaskPlugins.Outputs() {
            @Override
            public void alert(DetectedAlert alert, long time) {
                output.collect(new StreamRecord<>(alert, Math.max(time, emittedWatermark + 1)));
            }

            @Override
            public void late(LateRecord event) {
                side(VaultwatchStream.LATE, event);
            }

            @Override
            public void deadLetter(DeadLetter letter) {
                side(VaultwatchStream.DEAD_LETTERS, letter);
            }

            @Override
            public void notice(SubtaskNotice notice) {
                side(VaultwatchStream.NOTICES, notice);
            }

            @Override
            public void rules(RuleOutcome outcome) {
                side(VaultwatchStream.RULES, outcome);
            }
        });
    }

    private <T> void side(OutputTag<T> tag, T value) {
        output.collect(tag, new StreamRecord<>(value));
    }

    @Override
    public void close() throws Exception {
        if (plugins != null) {
            plugins.close();
            plugins = null;
        }
        super.close();
    }
}
