package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
