package dev.vaultwatch.plugin;

import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.engine.Compilations;
import dev.vaultwatch.log.DiskUnderTest;
import java.util.concurrent.atomic.AtomicLong;

/** The plugin on a disk and a wall clock that are the test's; pauses between attempts to deliver are over at once. */
public final class PluginOnDisk {
    /** Compiling a rule takes longer than most tests. */
    private static final Compilations COMPILATIONS = new Compilations();

    private static final long MINUTE_NANOS = 60_000_000_000L;

    private final AtomicLong nanos = new AtomicLong();
    private final VaultwatchPlugin plugin;

    public PluginOnDisk(PluginContext context, DiskUnderTest disk) {
        plugin = new VaultwatchPlugin(
                context,
                PluginConfig.read(context.config()),
                Descriptors.packed(),
                COMPILATIONS,
                disk::open,
                () -> nanos.addAndGet(MINUTE_NANOS));
    }

    public DetectionPlugin plugin() {
        return plugin;
    }

    /** What the idle ticker does once a second. */
    public void tick() {
        plugin.tick();
    }
}
