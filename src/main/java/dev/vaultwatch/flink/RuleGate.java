package dev.vaultwatch.flink;

import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyReader;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Lets a change pass if its rules compile and its time has not come: one instance decides for all, so that all subtasks change or
 * none does. Its watermark travels with the changes, and {@code detect}'s is never ahead of it: no subtask passes a change's
 * time without having the change.
 */
final class RuleGate extends ProcessFunction<RuleChange, RuleChange> {
    private static final long serialVersionUID = 1L;

    private final Setup setup;

    RuleGate(Setup setup) {
        this.setup = setup;
    }

    @Override
    public void processElement(RuleChange change, Context context, Collector<RuleChange> out) {
        List<String> faults = faults(change, context.timerService().currentWatermark());
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
