package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pf4j.DefaultPluginManager;
import org.pf4j.PluginManager;

/** The two artefacts as they were packaged, and docs/embedding.md alone. */
class BundleIT {
    private static final Path BUNDLE = Path.of("target/vaultwatch-plugin.zip");
    private static final Path API = Path.of("target/vaultwatch-" + PluginLoader.apiVersion() + "-api.jar");

    @TempDir
    Path temp;

    @Test
    void givenThePackagedBundleThenItIsOpenedWithoutAWarning() throws Exception {
        try (PluginLoader loader = PluginLoader.open(BUNDLE)) {
            assertThat(loader.warnings()).isEmpty();
            assertThat(loader.factory().descriptor().id()).isEqualTo("dev.vaultwatch");
        }
    }

    @Test
    void givenThePackagedBundleInPf4jsPluginsFolderThenItsManifestIsReadAndItDetects() throws Exception {
        Files.copy(BUNDLE, Files.createDirectory(temp.resolve("plugins")).resolve("vaultwatch-plugin.zip"));
        PluginManager manager = new DefaultPluginManager(temp.resolve("plugins"));
        manager.loadPlugins();
        manager.startPlugins();
        List<Alert> alerts = new ArrayList<>();

        assertThat(manager.getPlugin("dev.vaultwatch").getDescriptor()).satisfies(read -> {
            assertThat(read.getVersion()).isEqualTo(PluginLoader.apiVersion());
            assertThat(read.getProvider()).isEqualTo("Vaultwatch");
            assertThat(read.getLicense()).isEqualTo("GPL-2.0-only");
        });
        try (DetectionPlugin plugin = PluginLoader.wrap(
                        manager.getExtensions(DetectionPluginFactory.class, "dev.vaultwatch")
                                .get(0))
                .create(PluginContext.builder().onAlert(alerts::add).build())) {
            plugin.start();
            plugin.accept(Files.readAllBytes(Path.of("src/samples/quiet-hour.auditevent.ndjson")));
            plugin.advanceTo(Instant.parse("2026-11-04T00:00:00Z"));
        } finally {
            manager.stopPlugins();
            manager.unloadPlugins();
        }
        assertThat(alerts).hasSize(1);
    }

    @Test
    void givenTheBundlesSbomThenItListsWhatTheBundleHoldsAndNothingElse() throws Exception {
        try (FileSystem zip = FileSystems.newFileSystem(BUNDLE)) {
            assumeThat(Files.exists(zip.getPath("sbom.cdx.json")))
                    .as("CycloneDX makes no SBOM when Maven is offline.")
                    .isTrue();
            Set<String> listed = new TreeSet<>();
            new ObjectMapper()
                    .readTree(Files.readAllBytes(zip.getPath("sbom.cdx.json")))
                    .get("components")
                    .forEach(each -> listed.add(each.get("name").asText() + "-"
                            + each.get("version").asText() + ".jar"));
            Set<String> held = new TreeSet<>();
            for (String folder : List.of("lib", "fallback")) {
                try (Stream<Path> jars = Files.list(zip.getPath(folder))) {
                    jars.map(jar -> jar.getFileName().toString())
                            .filter(jar -> !jar.startsWith("vaultwatch-"))
                            .forEach(held::add);
                }
            }
            assertThat(listed).isEqualTo(held).isNotEmpty();
        }
    }

    @Test
    void givenTheHostInTheDocumentThenItCompilesAgainstTheApiJarAndPrintsTheSamplesAlert() throws Exception {
        String text = Files.readString(Path.of("docs/embedding.md"));
        int start = text.indexOf("```java\n") + "```java\n".length();
        String source = text.substring(start, text.indexOf("```", start));
        JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///Host.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        StringWriter messages = new StringWriter();
        boolean compiled = ToolProvider.getSystemJavaCompiler()
                .getTask(
                        messages,
                        null,
                        null,
                        List.of("-proc:none", "-d", temp.toString(), "-cp", API.toString()),
                        null,
                        List.of(file))
                .call();
        assertThat(compiled).as(messages.toString()).isTrue();

        HostProcess process = HostProcess.run(
                Path.of(System.getProperty("java.home")),
                "Host",
                List.of(API, temp),
                List.of(),
                BUNDLE.toString(),
                "src/samples/quiet-hour.auditevent.ndjson");

        assertThat(process.exit()).as(process.output()).isZero();
        assertThat(process.output().lines().filter(line -> line.startsWith("{")))
                .singleElement()
                .asString()
                .contains("\"Esql.event_count\":37");
    }
}
