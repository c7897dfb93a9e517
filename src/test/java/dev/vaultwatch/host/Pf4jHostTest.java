package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.testkit.HostCompatibilityKit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pf4j.DefaultPluginManager;
import org.pf4j.PluginManager;
import org.pf4j.PluginState;

/** PF4J, as it comes, with the bundle's zip in its plugins folder. */
class Pf4jHostTest extends HostCompatibilityKit {
    private final List<PluginManager> managers = new ArrayList<>();

    @TempDir
    static Path temp;

    @Override
    protected DetectionPluginFactory open() throws IOException {
        Path plugins = Files.createDirectories(temp.resolve("plugins"));
        TestBundle.zip(TestBundle.folder(temp.resolve("bundle")), plugins.resolve("vaultwatch-plugin.zip"));
        PluginManager manager = new DefaultPluginManager(plugins);
        managers.add(manager);
        manager.loadPlugins();
        manager.startPlugins();
        assertThat(manager.getExtensions(DetectionPluginFactory.class, "dev.vaultwatch"))
                .hasSize(1);
        return PluginLoader.wrap(manager.getExtensions(DetectionPluginFactory.class, "dev.vaultwatch")
                .get(0));
    }

    @Override
    protected void shut() {
        managers.forEach(PluginManager::stopPlugins);
        managers.forEach(PluginManager::unloadPlugins);
    }

    @Test
    void givenThePluginsFolderThenPf4jKnowsIdVersionAndLicence() {
        assertThat(managers.get(0).getPlugin("dev.vaultwatch")).satisfies(plugin -> {
            assertThat(plugin.getPluginState()).isEqualTo(PluginState.STARTED);
            assertThat(plugin.getDescriptor().getVersion()).isEqualTo("0.1.0");
            assertThat(plugin.getDescriptor().getLicense()).isEqualTo("GPL-2.0-only");
        });
    }

    @Test
    void givenPf4jThenThePluginIsLoadedFromTheBundleAndNotFromTheHost() {
        assertThat(managers.get(0)
                        .getExtensions(DetectionPluginFactory.class, "dev.vaultwatch")
                        .get(0)
                        .getClass()
                        .getClassLoader())
                .isInstanceOf(org.pf4j.PluginClassLoader.class);
    }
}
