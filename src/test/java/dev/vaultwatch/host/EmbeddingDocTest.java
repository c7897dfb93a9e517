package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.core.Appender;
import dev.vaultwatch.testkit.HostCompatibilityKit;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.pf4j.PluginManager;

/** docs/embedding.md: every Java block compiles against the api jar and the host's own libraries; the first one runs. */
class EmbeddingDocTest {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```java\\n(.*?)^```");
    private static final Pattern NAME = Pattern.compile("(?m)^(?:final )?class (\\w+)");

    @TempDir
    static Path temp;

    @TestFactory
    Stream<DynamicTest> everyBlockCompiles() throws IOException {
        List<String> blocks = blocks();
        assertThat(blocks).hasSizeGreaterThan(9);
        Path api = TestBundle.api(temp.resolve("api.jar"));
        return blocks.stream().map(block -> DynamicTest.dynamicTest(name(block), () -> compile(block, api)));
    }

    @Test
    void theHostPrintsAnAlertFromTheBundleAlone() throws Exception {
        Path api = TestBundle.api(temp.resolve("run-api.jar"));
        Path classes = compile(blocks().get(0), api);
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

    private static List<String> blocks() throws IOException {
        List<String> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(Files.readString(Path.of("docs/embedding.md")));
        while (matcher.find()) {
            blocks.add(matcher.group(1));
        }
        return blocks;
    }

    private static String name(String block) {
        Matcher matcher = NAME.matcher(block);
        assertThat(matcher.find()).as(block).isTrue();
        return matcher.group(1);
    }

    /** Neither the plugin's own classes nor its libraries are on the class path. */
    private static Path compile(String block, Path api) throws Exception {
        Path folder = Files.createDirectories(temp.resolve(name(block)));
        Path source = Files.writeString(folder.resolve(name(block) + ".java"), block);
        List<Path> classPath = new ArrayList<>(List.of(api));
        for (Class<?> library : List.of(PluginManager.class, Logger.class, Appender.class, org.slf4j.Logger.class)) {
            classPath.add(home(library));
        }
        if (block.contains("HostCompatibilityKit")) {
            classPath.add(HostProcess.only(temp.resolve("kit"), HostCompatibilityKit.class));
            classPath.add(home(Test.class));
            classPath.add(home(Assertions.class));
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean fine = compiler.getTask(
                            messages,
                            files,
                            null,
                            List.of(
                                    "-proc:none",
                                    "-Xlint:none",
                                    "-d",
                                    folder.toString(),
                                    "-cp",
                                    String.join(
                                            System.getProperty("path.separator"),
                                            classPath.stream()
                                                    .map(Path::toString)
                                                    .toList())),
                            null,
                            files.getJavaFileObjects(source))
                    .call();
            assertThat(fine).as(messages.toString()).isTrue();
        }
        return folder;
    }

    private static Path home(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
