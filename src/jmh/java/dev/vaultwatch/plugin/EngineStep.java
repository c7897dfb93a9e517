package dev.vaultwatch.plugin;

import dev.vaultwatch.alert.RowDesk;
import dev.vaultwatch.alert.RowOutbox;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.rule.RuleFolder;
import java.util.List;
import java.util.Map;

/** The pipeline behind the lock on events that are ready, with the shipped rule, for measurements. */
public final class EngineStep implements AutoCloseable {
    private final RuleCompiler compiler = new RuleCompiler();
    private final CompiledRules rules;
    private final PluginConfig config =
            PluginConfig.read(Map.of("alerts.cap", "false", "bounds.alert-queue", "10000000"));

    public EngineStep() {
        rules = compiler.compile(RuleFolder.packed(Descriptors.packed().rules()).read());
    }

    /** Feeds events and ends time; answers how many alerts there were. */
    public long run(List<KeyVaultEvent> events) {
        RowOutbox outbox = new RowOutbox(alert -> {}, notice -> {});
        RowDesk desk = new RowDesk(outbox, config.early(), config.cap(), config.maxValues());
        Pipeline pipeline = new Pipeline(config, desk, outbox, rules, 1);
        for (KeyVaultEvent event : events) {
            pipeline.feed(event, false);
            outbox.deliver();
        }
        pipeline.advanceTo(Long.MAX_VALUE);
        outbox.deliver();
        long alerts = desk.alerts();
        pipeline.close();
        return alerts;
    }

    @Override
    public void close() {
        compiler.close();
    }
}
