package dev.vaultwatch.host;

import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.testkit.HostCompatibilityKit;
import java.util.ServiceLoader;

/** A host that has the plugin and its libraries on its own class path. */
class FlatClassPathHostTest extends HostCompatibilityKit {
    @Override
    protected DetectionPluginFactory open() {
        return ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();
    }

    @Override
    protected void shut() {}
}
