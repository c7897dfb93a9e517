package dev.vaultwatch.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.plugin.VaultwatchPluginFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What README.md shows is what there is. */
class ReadmeTest {
    private static final Path README = Path.of("README.md");
    private static final String SAMPLE = "src/samples/quiet-hour.auditevent.ndjson";

    @Test
    void theExampleCompilesAndPrintsTheSamplesAlert(@TempDir Path classes) throws Exception {
        compile(block("java"), classes);

        String printed = run(classes, SAMPLE);

        assertThat(printed.lines())
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .contains("\"azure.platformlogs.identity.claim.upn\":\"mallory.frost@contoso.example\"")
                        .contains("\"Esql.event_count\":37"));
    }

    @Test
    void theAlertShownIsTheAlertThatTheSampleGives() throws IOException {
        List<Alert> alerts = new ArrayList<>();
        try (DetectionPlugin plugin = new VaultwatchPluginFactory()
                .create(PluginContext.builder()
                        .config("time.idle-timeout", "PT0S")
                        .onAlert(alerts::add)
                        .build())) {
            plugin.start();
            plugin.accept(Files.readAllBytes(Path.of(SAMPLE)));
            plugin.endOfInput();
        }

        assertThat(alerts)
                .singleElement()
                .satisfies(alert ->
                        assertThat(block("").strip()).isEqualTo(alert.toText().strip()));
    }

    @Test
    @DisplayName("It has fewer than 150 lines")
    void size() throws IOException {
        assertThat(Files.readString(README).lines().count()).isLessThan(150);
    }

    /** The first code block of that language; of none, the one that shows an alert. */
    private static String block(String language) throws IOException {
        String text = Files.readString(README);
        String open = "```" + language + "\n";
        int start = text.indexOf("\n" + open + (language.isEmpty() ? "[" : "")) + 1 + open.length();
        assertThat(start).isGreaterThan(open.length());
        return text.substring(start, text.indexOf("```", start));
    }

    private static void compile(String source, Path into) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        SimpleJavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Host.java"), SimpleJavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        boolean fine = compiler.getTask(
                        messages,
                        null,
                        null,
                        List.of("-d", into.toString(), "-proc:none", "-cp", System.getProperty("java.class.path")),
                        null,
                        List.of(file))
                .call();
        assertThat(fine).as(messages.toString()).isTrue();
    }

    private static String run(Path classes, String file) throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, ReadmeTest.class.getClassLoader())) {
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            var main = loader.loadClass("Host").getDeclaredMethod("main", String[].class);
            main.setAccessible(true);
            main.invoke(null, (Object) new String[] {file});
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
