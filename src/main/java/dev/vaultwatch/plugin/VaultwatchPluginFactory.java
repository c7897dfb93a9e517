package dev.vaultwatch.plugin;

import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyReader;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginDescriptor;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.log.StoreLog;
import java.util.Map;

/** Vaultwatch's entry, named in {@code META-INF/services} and in the descriptor. Stateless. */
public final class VaultwatchPluginFactory implements DetectionPluginFactory {

    /** For {@link java.util.ServiceLoader}. */
    public VaultwatchPluginFactory() {}

    @Override
    public PluginDescriptor descriptor() {
        return Descriptors.packed();
    }

    @Override
    public DetectionPlugin create(PluginContext context) {
        return new VaultwatchPlugin(context, PluginConfig.read(context.config()), descriptor(), StoreLog::new);
    }

    @Override
    public KeyReader keyReader(Map<String, String> config) {
        PluginConfig read = PluginConfig.read(config);
        try (RuleCompiler compiler = read.compiler(complaint -> {})) {
            return new KeyReading(read, compiler.compile(read.readRules(descriptor().rules())));
        }
    }
}
