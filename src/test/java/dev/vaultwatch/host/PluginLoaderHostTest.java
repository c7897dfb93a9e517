package dev.vaultwatch.host;

import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.testkit.HostCompatibilityKit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** A host that opens the bundle with {@link PluginLoader}. */
class PluginLoaderHostTest extends HostCompatibilityKit {
    private final List<PluginLoader> loaders = new ArrayList<>();

    @TempDir
    static Path temp;

    @Override
    protected DetectionPluginFactory open() throws IOException {
        PluginLoader loader = PluginLoader.open(TestBundle.folder(temp.resolve("bundle")));
        loaders.add(loader);
        return loader.factory();
    }

    @Override
    protected void shut() {
        loaders.forEach(PluginLoader::close);
    }
}
