package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.core.Appender;
import dev.vaultwatch.testkit.HostCompatibilityKit;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
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

    /** Neither the plugin's own classes nor its libraries are on the class path. */
    private static Path compile(String block, Path api) throws Exception {
        List<Path> classPath = new ArrayList<>(List.of(api));
        for (Class<?> library : List.of(PluginManager.class, Logger.class, Appender.class, org.slf4j.Logger.class)) {
            classPath.add(home(library));
        }
        if (block.contains("HostCompatibilityKit")) {
            classPath.add(HostProcess.only(temp.resolve("kit"), HostCompatibilityKit.class));
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

    private static Path home(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
