package dev.vaultwatch.host;

import dev.vaultwatch.api.DeadLetterListener;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyReader;
import dev.vaultwatch.api.KeyedRecord;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A plugin bundle, loaded apart from the host: the plugin sees the JDK, {@code dev.vaultwatch.api} and the host's slf4j-api (its
 * own if the host has none), and otherwise only what lies in its bundle. So a host keeps its Jackson, its ANTLR and its logging
 * in whatever version it has them.
 *
 * <pre>{@code
 * try (PluginLoader loader = PluginLoader.open(Path.of("vaultwatch-plugin.zip"));
 *         DetectionPlugin plugin = loader.factory().create(context)) {
 *     plugin.start();
 *     …
 * }
 * }</pre>
 *
 * <h2>Context class loader</h2>
 *
 * Every call into the plugin runs under the plugin's loader as the thread's context class loader, and every callback under the
 * one that {@code create} was called under. The thread's own is put back in each case.
 *
 * <h2>What crosses the border</h2>
 *
 * Types of the JDK and of {@code api}. Alerts are copied, forms and all, and may be kept and asked for after the plugin is
 * closed. An exception may be of a class of the plugin's.
 *
 * <h2>Threads</h2>
 *
 * Any thread may call any method. This class starts none and logs nothing.
 */
public final class PluginLoader implements AutoCloseable {
    /** The version of {@code dev.vaultwatch.api} and this package; SemVer, and a test holds it to the build's. */
    private static final String API_VERSION = "0.1.0";

    private final Path source;
    private final PluginDescriptor descriptor;
    private final List<String> warnings;
    private final DetectionPluginFactory factory = new HostedFactory();

    /** Guards what follows; not held while the plugin runs. */
    private final Object lock = new Object();

    private final Set<HostedPlugin> open = new HashSet<>();
    private Optional<Loaded> loaded;

    private record Loaded(Bundle bundle, PluginClassLoader loader, DetectionPluginFactory factory) {
        ContextLoader context() {
            return new ContextLoader(loader);
        }
    }

    private PluginLoader(Path source, Loaded loaded) {
        this.source = source;
        this.descriptor = loaded.bundle().descriptor();
        this.warnings = loaded.bundle().warnings();
        this.loaded = Optional.of(loaded);
    }

    /** The version of {@code dev.vaultwatch.api} in this host, which a descriptor's {@code apiRange} must hold. */
    public static String apiVersion() {
        return API_VERSION;
    }

    /**
     * Opens a bundle, checks it, and loads its factory. A zip is unpacked into a new folder under {@code java.io.tmpdir}, which
     * {@link #close()} removes; a folder is used where it lies and must not change while it is open.
     *
     * @param bundle a zip file or a folder
     * @throws BundleException if the bundle is refused: a descriptor of an unknown form or for another api or Java, a file
     *     that is missing, added or changed, an entry that lies outside, a factory that can't be made
     * @throws IOException if the bundle can't be read or unpacked
     */
    public static PluginLoader open(Path bundle) throws IOException {
        Objects.requireNonNull(bundle, "bundle");
        Bundle checked = Bundle.open(bundle, API_VERSION, Runtime.version().feature());
        Optional<PluginClassLoader> loader = Optional.empty();
        try {
            loader = Optional.of(PluginClassLoader.of(checked));
            return new PluginLoader(bundle, new Loaded(checked, loader.get(), factory(checked, loader.get())));
        } catch (IOException | RuntimeException e) {
            try {
                if (loader.isPresent()) {
                    loader.get().close();
                }
                checked.delete();
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            throw e;
        }
    }

    private static DetectionPluginFactory factory(Bundle bundle, PluginClassLoader loader) throws BundleException {
        String name = bundle.descriptor().factory();
        return new ContextLoader(loader).call(() -> make(name, loader)).get();
    }

    /** A value or the exception instead of it, since a supplier can't throw one. */
    private record Made(Optional<DetectionPluginFactory> factory, Optional<BundleException> refusal) {
        DetectionPluginFactory get() throws BundleException {
            if (refusal.isPresent()) {
                throw refusal.get();
            }
            return factory.orElseThrow();
        }
    }

    private static Made make(String name, PluginClassLoader loader) {
        try {
            Class<?> type = Class.forName(name, true, loader);
            if (type.getClassLoader() == loader && DetectionPluginFactory.class.isAssignableFrom(type)) {
                return new Made(
                        Optional.of(
                                (DetectionPluginFactory) type.getConstructor().newInstance()),
                        Optional.empty());
            }
            return refused(
                    name + ", which the descriptor names as the factory, is no DetectionPluginFactory of the bundle.");
        } catch (ReflectiveOperationException | LinkageError e) {
            return new Made(
                    Optional.empty(),
                    Optional.of(new BundleException(
                            "The factory " + name + ", which the descriptor names, can't be made: " + e, e)));
        }
    }

    private static Made refused(String message) {
        return new Made(Optional.empty(), Optional.of(new BundleException(message)));
    }

    /**
     * Does for a factory that something else has loaded (PF4J, a container's class loader) what this class does for its own: plugins
     * made by it run under the factory's class loader as the context class loader, and their alerts are copied. Esper needs
     * the former wherever the thread's own context class loader sees another Esper.
     *
     * @param factory of a plugin; loaded by whom it may be
     */
    public static DetectionPluginFactory wrap(DetectionPluginFactory factory) {
        ContextLoader context = new ContextLoader(factory.getClass().getClassLoader());
        return new DetectionPluginFactory() {
            @Override
            public PluginDescriptor descriptor() {
                return context.call(factory::descriptor);
            }

            @Override
            public DetectionPlugin create(PluginContext given) {
                return new HostedPlugin(factory, context, Objects.requireNonNull(given, "context"), closed -> {});
            }

            @Override
            public KeyReader keyReader(Map<String, String> config) {
                return hosted(factory, context, config);
            }
        };
    }

    private static KeyReader hosted(DetectionPluginFactory factory, ContextLoader context, Map<String, String> config) {
        KeyReader inner = context.call(() -> factory.keyReader(config));
        return new KeyReader() {
            @Override
            public List<KeyedRecord> read(byte[] payload) {
                return context.call(() -> inner.read(payload));
            }

            @Override
            public List<KeyedRecord> read(byte[] payload, DeadLetterListener letters) {
                return context.call(() -> inner.read(payload, letters));
            }
        };
    }

    /** What the bundle says of itself. Good after {@link #close()}, too. */
    public PluginDescriptor descriptor() {
        return descriptor;
    }

    /** What was odd about the bundle but no reason to refuse it, in sentences for an operator; empty as a rule. */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * The plugin's factory. It may be called as often as wanted until {@link #close()}; then it throws
     * {@link IllegalStateException}.
     */
    public DetectionPluginFactory factory() {
        return factory;
    }

    private final class HostedFactory implements DetectionPluginFactory {
        @Override
        public PluginDescriptor descriptor() {
            return descriptor;
        }

        @Override
        public KeyReader keyReader(Map<String, String> config) {
            Loaded live;
            synchronized (lock) {
                live = loaded.orElseThrow(PluginLoader.this::closedAlready);
            }
            return hosted(live.factory(), live.context(), config);
        }

        @Override
        public DetectionPlugin create(PluginContext context) {
            Objects.requireNonNull(context, "context");
            Loaded live;
            synchronized (lock) {
                live = loaded.orElseThrow(PluginLoader.this::closedAlready);
            }
            HostedPlugin plugin = new HostedPlugin(live.factory(), live.context(), context, PluginLoader.this::forget);
            boolean inTime;
            synchronized (lock) {
                inTime = loaded.isPresent() && open.add(plugin);
            }
            if (!inTime) {
                plugin.close();
                throw closedAlready();
            }
            return plugin;
        }
    }

    private IllegalStateException closedAlready() {
        return new IllegalStateException("The loader of " + source + " is closed; open the bundle again.");
    }

    private void forget(HostedPlugin plugin) {
        synchronized (lock) {
            open.remove(plugin);
        }
    }

    /**
     * Closes every plugin made here that is open still, one after the other and all of them within the longest
     * {@code close.timeout} (10 s) among them, and half a second each, calls under way included: one that hangs gets an equal share
     * of what time is left. Then closes the plugin's class loader, and removes what was unpacked. A second call does nothing.
     *
     * @throws IllegalStateException if it is called from a callback of one of the plugins: the code that called back could
     *     not go on. Nothing has been closed then
     * @throws UncheckedIOException if the unpacked files can't be removed; all else is closed
     */
    @Override
    public void close() {
        Loaded closing;
        List<HostedPlugin> plugins;
        synchronized (lock) {
            if (loaded.isEmpty()) {
                return;
            }
            plugins = List.copyOf(open);
            if (plugins.stream().anyMatch(HostedPlugin::isInside)) {
                throw new IllegalStateException(
                        "The loader of " + source + " can't be closed from a plugin's callback; close the plugin there,"
                                + " and the loader from another place.");
            }
            closing = loaded.get();
            loaded = Optional.empty();
        }
        try {
            closeAll(plugins);
        } finally {
            release(closing);
        }
    }

    private static void closeAll(List<HostedPlugin> plugins) {
        Duration longest = plugins.stream()
                .map(HostedPlugin::closeTimeout)
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
        long deadline = System.nanoTime() + longest.toNanos();
        for (int i = 0; i < plugins.size(); i++) {
            long left = Math.max(0, deadline - System.nanoTime());
            plugins.get(i).close(Duration.ofNanos(left / (plugins.size() - i)));
        }
    }

    private void release(Loaded closing) {
        try {
            closing.loader().close();
            closing.bundle().delete();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "The plugin is closed, but what was unpacked of " + source + " into "
                            + closing.bundle().folder() + " can't be removed; remove it by hand.",
                    e);
        }
    }
}
