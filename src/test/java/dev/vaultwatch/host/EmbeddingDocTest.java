package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.core.Appender;
import dev.vaultwatch.testkit.HostCompatibilityKit;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.pf4j.PluginManager;

/** docs/embedding.md: every Java block compiles against the api jar and the host's own libraries; the first one runs. */
class EmbeddingDocTest {
    @TempDir
    static Path temp;

    @TestFactory
    Stream<DynamicTest> everyBlockCompiles() throws IOException {
        List<String> blocks = EmbeddingDoc.blocks();
        assertThat(blocks).hasSizeGreaterThan(9);
        Path api = TestBundle.api(temp.resolve("api.jar"));
        return blocks.stream()
                .map(block -> DynamicTest.dynamicTest(EmbeddingDoc.name(block), () -> compile(block, api)));
    }

    @Test
    void theHostPrintsAnAlertFromTheBundleAlone() throws Exception {
        Path api = TestBundle.api(temp.resolve("run-api.jar"));
        Path classes = compile(EmbeddingDoc.block("Host"), api);
        Path bundle = TestBundle.folder(temp.resolve("run-bundle"));
        Path records = Harvest.file(temp.resolve("records.ndjson"));

        HostProcess process = HostProcess.run(
                Path.of(System.getProperty("java.home")),
                "Host",
                List.of(api, classes),
                List.of(),
                bundle.toString(),
                records.toString());

        assertThat(process.exit()).as(process.output()).isZero();
        assertThat(process.output()).contains("\"azure.platformlogs.identity.claim.upn\":\"a@contoso.example\"");
    }

    @Test
    @DisplayName("The test with a fake plugin passes")
    void fakePlugin() throws Exception {
        Path classes = compile(EmbeddingDoc.block("MyHostTest"), TestBundle.api(temp.resolve("fake-api.jar")));
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, EmbeddingDocTest.class.getClassLoader())) {
            Constructor<?> make = loader.loadClass("MyHostTest").getDeclaredConstructor();
            make.setAccessible(true);
            Method test = make.getDeclaringClass().getDeclaredMethod("alertsReachTheDesk");
            test.setAccessible(true);
            test.invoke(make.newInstance());
        }
    }

    /** Neither the plugin's own classes nor its libraries are on the class path. */
    private static Path compile(String block, Path api) throws Exception {
        List<Path> classPath = new ArrayList<>(List.of(api));
        for (Class<?> library : List.of(PluginManager.class, Logger.class, Appender.class, org.slf4j.Logger.class)) {
            classPath.add(home(library));
        }
        if (block.contains("dev.vaultwatch.testkit")) {
            classPath.add(kit());
            classPath.add(home(Test.class));
            classPath.add(home(Assertions.class));
        }
        return EmbeddingDoc.compile(
                temp.resolve(EmbeddingDoc.name(block)),
                String.join(
                        System.getProperty("path.separator"),
                        classPath.stream().map(Path::toString).toList()),
                block);
    }

    /** The test kit and nothing else of the tests. */
    private static Path kit() throws Exception {
        Path from = home(HostCompatibilityKit.class);
        Path kit = temp.resolve("kit");
        for (Path file : TestBundle.files(from.resolve("dev/vaultwatch/testkit"))) {
            Path to = kit.resolve(from.relativize(file).toString());
            Files.createDirectories(to.getParent());
            Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
        }
        return kit;
    }

    private static Path home(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
