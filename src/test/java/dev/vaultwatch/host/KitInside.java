package dev.vaultwatch.host;

import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.testkit.HostCompatibilityKit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs the kit on the thread that calls, inside a host that gives it nothing but a thread and a class loader. */
public final class KitInside {
    private KitInside() {}

    /**
     * Runs it.
     *
     * @param loader the host's, for the plugin and for the kit
     * @return a line a test: its name, and how it ended
     */
    public static List<String> run(ClassLoader loader) {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(loader);
        try {
            List<String> ended = new ArrayList<>();
            LauncherFactory.create()
                    .execute(
                            LauncherDiscoveryRequestBuilder.request()
                                    .selectors(DiscoverySelectors.selectClass(Kit.class))
                                    .build(),
                            new TestExecutionListener() {
                                @Override
                                public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                                    if (test.isTest()) {
                                        ended.add(test.getDisplayName() + " " + result.getStatus()
                                                + result.getThrowable()
                                                        .map(each -> " " + each)
                                                        .orElse(""));
                                    }
                                }
                            });
            return ended;
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    /** The kit as it is found where it runs. Its name is none that Surefire looks for. */
    static final class Kit extends HostCompatibilityKit {
        @Override
        protected DetectionPluginFactory open() {
            Optional<DetectionPluginFactory> found = ServiceLoader.load(
                            DetectionPluginFactory.class, Thread.currentThread().getContextClassLoader())
                    .findFirst();
            return found.orElseThrow();
        }

        @Override
        protected void shut() {}
    }
}
