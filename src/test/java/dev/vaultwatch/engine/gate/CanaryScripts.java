package dev.vaultwatch.engine.gate;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A class loader in which the canaries are new, so that their static initializers run again, and in which there is an engine
 * for scripts, which Java 17 comes without.
 */
public final class CanaryScripts extends URLClassLoader {
    private static final String SERVICE = "META-INF/services/javax.script.ScriptEngineFactory";

    public CanaryScripts() {
        super(
                new URL[] {Canary.class.getProtectionDomain().getCodeSource().getLocation()},
                Canary.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (name.startsWith("dev.vaultwatch.engine.gate.Canary")) {
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }
        return super.loadClass(name, resolve);
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
        if (SERVICE.equals(name)) {
            return Collections.enumeration(List.of(text(CanaryScriptEngine.class.getName())));
        }
        return super.getResources(name);
    }

    private static URL text(String content) throws IOException {
        return new URL(null, "canary:service", new URLStreamHandler() {
            @Override
            protected URLConnection openConnection(URL url) {
                return new URLConnection(url) {
                    @Override
                    public void connect() {
                        // Nothing to connect to.
                    }

                    @Override
                    public @Nullable InputStream getInputStream() {
                        return new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8));
                    }
                };
            }
        });
    }
}
