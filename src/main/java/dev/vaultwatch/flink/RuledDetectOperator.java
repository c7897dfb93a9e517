package dev.vaultwatch.flink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Detects by rules that change: a change takes over when the watermark, which is that of records and changes together, passes its
 * time. Every subtask has every change; the first one writes them to the state, and all read them from there.
 */
final class RuledDetectOperator extends PluginOperator
        implements TwoInputStreamOperator<RoutedRecord, RuleChange, DetectedAlert> {
    private static final long serialVersionUID = 1L;

    private transient NavigableSet<RuleChange> pending = inOrder();
    private transient Optional<RuleChange> current = Optional.empty();
    private transient @Nullable ListState<Known> state;

    /**
     * A change in the state.
     *
     * @param applied whether it is the one in force
     */
    public record Known(boolean applied, RuleChange change) {}

    RuledDetectOperator(Setup setup) {
        super(setup);
    }

    /** By time; of two for one time both take over, and the greater version stays. */
    private static NavigableSet<RuleChange> inOrder() {
        return new TreeSet<>(Comparator.comparing(RuleChange::from).thenComparing(RuleChange::version));
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        pending = inOrder();
        current = Optional.empty();
        ListState<Known> known = context.getOperatorStateStore()
                .getUnionListState(new ListStateDescriptor<>("vaultwatch-rules", TypeInformation.of(Known.class)));
        state = known;
        for (Known each : known.get()) {
            if (each.applied()) {
                current = Optional.of(each.change());
            } else {
                pending.add(each.change());
            }
        }
        super.initializeState(context);
    }

    @Override
    Optional<RuleChange> rulesInForce() {
        return current;
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        List<Known> known = new ArrayList<>();
        if (getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0) {
            current.ifPresent(change -> known.add(new Known(true, change)));
            pending.forEach(change -> known.add(new Known(false, change)));
        }
        if (state != null) {
            state.update(known);
        }
    }

    @Override
    public void processElement1(StreamRecord<RoutedRecord> element) {
        take(element.getValue());
    }

    @Override
    public void processElement2(StreamRecord<RuleChange> element) {
        pending.add(element.getValue());
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        while (!pending.isEmpty() && pending.first().from() - 1 <= mark.getTimestamp()) {
            apply(pending.pollFirst());
        }
        super.processWatermark(mark);
    }

    private void apply(RuleChange change) throws IOException {
        current = Optional.of(change);
        plugins().advanceTo(change.from() - 1);
        plugins().change(change);
        emit();
    }
}
