package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.TypeLiteral;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.ToolProvider;
import org.graylog2.plugin.Message;
import org.graylog2.plugin.MessageCollection;
import org.graylog2.plugin.Plugin;
import org.graylog2.plugin.messageprocessors.MessageProcessor;
import org.graylog2.shared.plugins.ChainingClassLoader;
import org.joda.time.DateTime;
import org.joda.time.DateTimeZone;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Graylog 5.0.0's own plugin loader, with our jar and the bundle's zip in its plugin folder. */
class GraylogHostTest {
    @TempDir
    Path temp;

    @Test
    void givenThePluginFolderThenGraylogLoadsThePluginAndItsProcessorAddsTheAlert() throws Exception {
        Path folder = Files.createDirectory(temp.resolve("plugin"));
        TestBundle.zip(TestBundle.folder(temp.resolve("bundle")), folder.resolve("vaultwatch-plugin.zip"));
        pluginJar(folder.resolve("vaultwatch-graylog.jar"));

        Set<Plugin> plugins = new org.graylog2.shared.plugins.PluginLoader(
                        folder.toFile(),
                        new ChainingClassLoader(GraylogHostTest.class.getClassLoader()),
                        Guice.createInjector())
                .loadPlugins();

        assertThat(plugins).singleElement().satisfies(plugin -> {
            assertThat(plugin.metadata().getUniqueId()).isEqualTo("dev.vaultwatch");
        });
        Injector injector = Guice.createInjector(plugins.iterator().next().modules());
        MessageProcessor processor = injector.getInstance(Key.get(new TypeLiteral<Set<MessageProcessor>>() {}))
                .iterator()
                .next();
        // Not the class of the test's own class path: Graylog made a loader of its own for the jar.
        assertThat(processor.getClass().getClassLoader()).isNotSameAs(GraylogHostTest.class.getClassLoader());
        assertThat(processor.process(new MessageCollection(records())))
                .filteredOn(message -> "vaultwatch".equals(message.getSource()))
                .isNotEmpty()
                .allSatisfy(message -> assertThat(message.getField("azure.platformlogs.identity.claim.upn"))
                        .isEqualTo("mallory.frost@contoso.example"));
    }

    private static List<Message> records() throws Exception {
        List<Message> messages = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("src/samples/quiet-hour.auditevent.ndjson"))) {
            messages.add(new Message(Map.of(
                    Message.FIELD_ID,
                    "id-" + messages.size(),
                    Message.FIELD_MESSAGE,
                    line,
                    Message.FIELD_SOURCE,
                    "hub",
                    Message.FIELD_TIMESTAMP,
                    new DateTime(0, DateTimeZone.UTC))));
        }
        return messages;
    }

    /** As its author would build it: the plugin's classes, compiled against Graylog and the api, and two files of Graylog's. */
    private void pluginJar(Path jar) throws Exception {
        Path classes = Files.createDirectory(temp.resolve("classes"));
        List<String> arguments = new ArrayList<>(List.of(
                "-proc:none", "-nowarn", "-d", classes.toString(), "-cp", System.getProperty("java.class.path")));
        TestBundle.files(Path.of("src/graylog/plugin")).forEach(source -> arguments.add(source.toString()));
        ByteArrayOutputStream messages = new ByteArrayOutputStream();
        int exit = ToolProvider.getSystemJavaCompiler().run(null, messages, messages, arguments.toArray(String[]::new));
        assertThat(exit).as(messages.toString(StandardCharsets.UTF_8)).isZero();
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zipped = new ZipOutputStream(out)) {
            for (Path file : TestBundle.files(classes)) {
                zipped.putNextEntry(
                        new ZipEntry(classes.relativize(file).toString().replace('\\', '/')));
                Files.copy(file, zipped);
            }
            entry(
                    zipped,
                    "META-INF/services/org.graylog2.plugin.Plugin",
                    "dev.vaultwatch.graylog.VaultwatchGraylogPlugin");
            entry(
                    zipped,
                    "META-INF/MANIFEST.MF",
                    "Manifest-Version: 1.0\nGraylog-Plugin-Properties-Path: graylog-plugin.properties\n");
            entry(zipped, "graylog-plugin.properties", "isolated=true\n");
        }
    }

    private static void entry(ZipOutputStream zip, String name, String text) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(text.getBytes(StandardCharsets.UTF_8));
    }
}
