package dev.vaultwatch.plugin;

import dev.vaultwatch.alert.AlertDesk;
import dev.vaultwatch.alert.DecisionLog;
import dev.vaultwatch.alert.Listeners;
import dev.vaultwatch.alert.Outbox;
import dev.vaultwatch.detect.DeskReporter;
import dev.vaultwatch.detect.Detector;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.time.SourceClock;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The detector behind the lock on events that are ready, with the shipped rule, for measurements. */
public final class EngineStep implements AutoCloseable {
    private final RuleCompiler compiler = new RuleCompiler();
    private final CompiledRules rules;
    private final PluginConfig config =
            PluginConfig.read(Map.of("alerts.cap", "false", "bounds.alert-queue", "10000000"));

    public EngineStep() {
        rules = config.readRules(Descriptors.packed().rules())
                .compile(compiler, Instant.EPOCH)
                .rules();
    }

    /** Feeds events and ends time; answers how many alerts there were. */
    public long run(List<KeyVaultEvent> events) {
        Outbox outbox = new Outbox(Listeners.of(alert -> {}, notice -> {}));
        AlertDesk desk = new AlertDesk(outbox, DecisionLog.NONE, config.early(), config.cap(), config.maxValues());
        Detector detector = new Detector(config.detection(), new DeskReporter(desk, outbox::add), outbox::add, rules);
        SourceClock source = detector.time().open("", 0);
        for (KeyVaultEvent event : events) {
            detector.feed(source, event, false, 0);
            outbox.deliver();
        }
        detector.finish();
        outbox.deliver();
        long alerts = rules.ids().stream().mapToLong(desk::alerts).sum();
        detector.close(false);
        return alerts;
    }

    @Override
    public void close() {
        compiler.close();
    }
}
