package dev.vaultwatch.host;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The plugin's own world: the JDK through the platform loader, {@code dev.vaultwatch.api} from the host, slf4j from the host
 * if it has it, and everything else from the bundle and nowhere else. A host's Jackson, ANTLR or Esper is never seen, in
 * whatever version.
 *
 * <p>The host is the loader that loaded this class, since it is the one whose {@code api} classes the host compiled against.
 * Resources come from the platform and the bundle alone, so {@link java.util.ServiceLoader} inside the plugin finds no
 * service of the host.
 */
final class PluginClassLoader extends URLClassLoader {
    private static final String API = "dev.vaultwatch.api.";
    private static final String SLF4J = "org.slf4j.";

    static {
        registerAsParallelCapable();
    }

    private final ClassLoader host;
    private final boolean hostLogs;

    private PluginClassLoader(String name, URL[] jars, ClassLoader host, boolean hostLogs) {
        super(name, jars, ClassLoader.getPlatformClassLoader());
        this.host = host;
        this.hostLogs = hostLogs;
    }

    static PluginClassLoader of(Bundle bundle) throws IOException {
        ClassLoader host = PluginClassLoader.class.getClassLoader();
        boolean hostLogs = has(host, SLF4J + "LoggerFactory");
        List<Path> jars = new ArrayList<>(bundle.jars("lib"));
        if (jars.isEmpty()) {
            throw new BundleException("There is no jar in the bundle's folder lib/.");
        }
        if (!hostLogs) {
            jars.addAll(bundle.jars("fallback"));
        }
        URL[] urls = new URL[jars.size()];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = jars.get(i).toUri().toURL();
        }
        return new PluginClassLoader(bundle.descriptor().id(), urls, host, hostLogs);
    }

    private static boolean has(ClassLoader loader, String name) {
        try {
            Class.forName(name, false, loader);
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (name.startsWith(API) || (hostLogs && name.startsWith(SLF4J))) {
            return host.loadClass(name);
        }
        return super.loadClass(name, resolve);
    }
}
