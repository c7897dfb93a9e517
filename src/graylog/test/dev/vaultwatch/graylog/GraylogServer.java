package dev.vaultwatch.graylog;

import com.google.inject.Guice;
import java.io.File;
import java.io.PrintWriter;
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
        Plugin plugin = new PluginLoader(
                        new File(args[0]),
                        new ChainingClassLoader(GraylogServer.class.getClassLoader()),
                        Guice.createInjector())
                .loadPlugins().stream()
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
