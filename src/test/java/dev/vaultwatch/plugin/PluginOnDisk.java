package dev.vaultwatch.plugin;

import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.engine.Compilations;
import dev.vaultwatch.log.DiskUnderTest;

/** The plugin on a disk and a wall clock that are the test's. */
public final class PluginOnDisk {
    private final VaultwatchPlugin plugin;

    public PluginOnDisk(PluginContext context, DiskUnderTest disk) {
        plugin = new VaultwatchPlugin(
                context, PluginConfig.read(context.config()), Descriptors.packed(), new Compilations(), disk::open);
    }

    public DetectionPlugin plugin() {
        return plugin;
    }

    /** What the idle ticker does once a second. */
    public void tick() {
        plugin.tick();
    }
}
