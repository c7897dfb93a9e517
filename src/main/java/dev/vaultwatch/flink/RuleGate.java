package dev.vaultwatch.flink;

import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyReader;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.java.typeutils.MapTypeInfo;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Lets a change pass if its rules compile and its time has not come: one instance decides for all, so that all subtasks change or
 * none does. Its watermark travels with the changes, and {@code detect}'s is never ahead of it: no subtask passes a change's
 * time without having the change.
 *
 * <p>A version is decided once, and that is kept in its state: a source that is read anew after a restore would let old rules
 * take over again, for the watermark that refuses them comes behind its first elements.
 */
final class RuleGate extends ProcessFunction<RuleChange, RuleChange> implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    private final Setup setup;
    /** What was decided, by version: the time and a hash of the files. */
    private transient Map<String, String> decided = new HashMap<>();

    private transient @Nullable ListState<Map<String, String>> state;

    RuleGate(Setup setup) {
        this.setup = setup;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        ListState<Map<String, String>> ours = context.getOperatorStateStore()
                .getListState(
                        new ListStateDescriptor<>("vaultwatch-decided", new MapTypeInfo<>(String.class, String.class)));
        state = ours;
        decided = new HashMap<>();
        for (Map<String, String> each : ours.get()) {
            decided.putAll(each);
        }
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        if (state != null) {
            state.update(List.of(decided));
        }
    }

    @Override
    public void processElement(RuleChange change, Context context, Collector<RuleChange> out) {
        String content = change.from() + " " + change.files().hashCode();
        String before = decided.putIfAbsent(change.version(), content);
        if (content.equals(before)) {
            return;
        }
        List<String> faults = before == null
                ? faults(change, context.timerService().currentWatermark())
                : List.of("Version " + change.version() + " was decided already, with other content; what was decided"
                        + " stands. Announce a new version.");
        if (faults.isEmpty()) {
            out.collect(change);
        } else {
            context.output(VaultwatchStream.RULES, RuleOutcome.refused(change, faults));
        }
    }

    private List<String> faults(RuleChange change, long watermark) {
        // Long.MAX_VALUE ends the rules' stream; nothing comes behind it.
        if (watermark != Long.MIN_VALUE && change.from() <= watermark + 1) {
            return List.of("Its time, " + change.from() + ", has passed: subtasks may be beyond it; expected one after "
                    + (watermark + 1) + ".");
        }
        try {
            compile(setup, Setup.factory(getRuntimeContext().getUserCodeClassLoader()), change);
            return List.of();
        } catch (RuleException e) {
            return e.faults().stream().map(RuleFault::toString).toList();
        } catch (IllegalArgumentException | IOException e) {
            return List.of(String.valueOf(e.getMessage()));
        }
    }

    /** A reader of the keys that a change's rules give; throws as {@link DetectionPluginFactory#keyReader}. */
    static KeyReader compile(Setup setup, DetectionPluginFactory factory, RuleChange change) throws IOException {
        try (RuleFolder folder = RuleFolder.of(change)) {
            Map<String, String> config = new HashMap<>(setup.config());
            config.putAll(folder.config());
            return factory.keyReader(config);
        }
    }
}
