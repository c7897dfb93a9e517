package dev.vaultwatch.plugin;

import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyReader;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginDescriptor;
import dev.vaultwatch.engine.Compilations;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.log.StoreLog;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Vaultwatch's entry, named in {@code META-INF/services} and in the descriptor. The plugins that it
 * makes share what they compile. Thread-safe.
 */
public final class VaultwatchPluginFactory implements DetectionPluginFactory {

    private final Compilations compilations = new Compilations();

    /** Read when it is first asked for. */
    private volatile @Nullable PluginDescriptor descriptor;

    /** For {@link java.util.ServiceLoader}. */
    public VaultwatchPluginFactory() {}

    @Override
    public PluginDescriptor descriptor() {
        PluginDescriptor known = descriptor;
        if (known == null) {
            known = Descriptors.packed();
            descriptor = known;
        }
        return known;
    }

    @Override
    public DetectionPlugin create(PluginContext context) {
        PluginDescriptor itself = descriptor();
        refuseWithoutModules(itself);
        return new VaultwatchPlugin(
                context, PluginConfig.read(context.config()), itself, compilations, StoreLog::new, System::nanoTime);
    }

    /** In words, before the engine fails with a class that nobody has heard of and the rule is taken for the fault. */
    private static void refuseWithoutModules(PluginDescriptor descriptor) {
        List<String> missing = descriptor.javaModules().stream()
                .filter(module -> ModuleLayer.boot().findModule(module).isEmpty())
                .toList();
        if (!missing.isEmpty()) {
            throw new IllegalStateException("This Java is without modules that the engine needs: "
                    + String.join(", ", missing)
                    + ". Add them to the runtime image (jlink --add-modules), or to --limit-modules if that is used.");
        }
    }

    @Override
    public KeyReader keyReader(Map<String, String> config) {
        PluginConfig read = PluginConfig.read(config);
        try (RuleCompiler compiler = read.compiler(complaint -> {}, compilations)) {
            return new KeyReading(
                    read,
                    read.readRules(descriptor().rules())
                            .compile(compiler, Instant.EPOCH)
                            .rules());
        }
    }
}
