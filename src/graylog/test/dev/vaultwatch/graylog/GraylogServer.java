package dev.vaultwatch.graylog;

import com.google.inject.Guice;
import com.google.inject.Injector;
import java.io.File;
import java.io.PrintWriter;
import java.lang.reflect.Proxy;
import java.util.List;
import org.graylog2.plugin.Plugin;
import org.graylog2.shared.plugins.ChainingClassLoader;
import org.graylog2.shared.plugins.PluginLoader;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** As much of a Graylog server as loads plugins, and then runs the tests that lie in the jar of ours. */
public final class GraylogServer {
    private GraylogServer() {}

    /** Loads the folder that the argument names, and writes a line for each test: its name, a tab, how it ended. */
    public static void main(String[] args) throws Exception {
        Plugin plugin = new OfTheFolder(new File(args[0]))
                .loadPlugins(forOurs()).stream()
                        .filter(it -> it.metadata().getUniqueId().equals("dev.vaultwatch"))
                        .findFirst()
                        .orElseThrow();
        // Graylog wraps the plugin in a class of its own; its modules are the plugin's.
        ClassLoader isolated = plugin.modules().iterator().next().getClass().getClassLoader();
        Class<?> kit = isolated.loadClass("dev.vaultwatch.graylog.GraylogKit");
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(DiscoverySelectors.selectClass(kit))
                                .build(),
                        new Lines());
    }

    /** An injector that leaves Graylog's own plugins alone: they lie in its jar and ask for its whole configuration. */
    private static Injector forOurs() {
        Injector injector = Guice.createInjector();
        return (Injector) Proxy.newProxyInstance(
                GraylogServer.class.getClassLoader(), new Class<?>[] {Injector.class}, (proxy, method, given) -> {
                    boolean graylogs = method.getName().equals("injectMembers")
                            && given[0].getClass().getName().startsWith("org.graylog");
                    return graylogs ? null : method.invoke(injector, given);
                });
    }

    /** Graylog's loader without the plugins that are part of Graylog, which need all of it. */
    private static final class OfTheFolder extends PluginLoader {
        OfTheFolder(File folder) {
            super(folder, new ChainingClassLoader(GraylogServer.class.getClassLoader()));
        }

        @Override
        protected Iterable<Plugin> loadClassPathPlugins() {
            return List.of();
        }
    }

    private static final class Lines implements TestExecutionListener {
        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            boolean failed = result.getStatus() != TestExecutionResult.Status.SUCCESSFUL;
            if (test.isTest() || failed) {
                System.out.println("test\t" + test.getDisplayName() + "\t" + result.getStatus());
                PrintWriter out = new PrintWriter(System.out, true);
                result.getThrowable().ifPresent(thrown -> thrown.printStackTrace(out));
            }
        }
    }
}
