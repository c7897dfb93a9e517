package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.graylog.GraylogServer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Graylog 5.0.0's own plugin loader, with our jar and the bundle's zip in its plugin folder, in a process of its own.
 *
 * <p>Graylog gives an isolated plugin a class loader whose parent is the application's. On the class path of these tests that parent has
 * {@code api}, and so the plugin's would be the test's; in a Graylog it has none, and the plugin's jar brings it. So the process's
 * class path is Graylog and its libraries alone, the kit lies in the plugin's jar, and each of its tests is told here by name.
 */
class GraylogHostTest {
    /** What Graylog has on its class path, and what the kit's tests need. Neither ours nor what ours brings. */
    private static final List<String> HOST = List.of(
            "graylog2-server",
            "guava",
            "failureaccess",
            "guice",
            "javax.inject",
            "aopalliance",
            "java-semver",
            "commons-io",
            "commons-lang3",
            "joda-time",
            "metrics-core",
            "slf4j-api",
            "junit-",
            "opentest4j",
            "assertj-core",
            "byte-buddy");

    @TempDir
    Path temp;

    @TestFactory
    Stream<DynamicTest> givenGraylogsOwnLoaderThenTheKitHoldsThere() throws Exception {
        Path folder = Files.createDirectory(temp.resolve("plugin"));
        TestBundle.zip(TestBundle.folder(temp.resolve("bundle")), folder.resolve("vaultwatch-plugin.zip"));
        pluginJar(folder.resolve("vaultwatch-graylog.jar"));
        Stream<Path> libraries = Arrays.stream(
                        System.getProperty("java.class.path").split(System.getProperty("path.separator")))
                .map(Path::of)
                .filter(path -> HOST.stream().anyMatch(path.getFileName().toString()::startsWith));
        Path server = HostProcess.only(
                temp.resolve("server"), GraylogServer.class, Class.forName(GraylogServer.class.getName() + "$Lines"));

        HostProcess process = HostProcess.run(
                GraylogServer.class,
                Stream.concat(libraries, Stream.of(server)).toList(),
                List.of(),
                folder.toString());

        assertThat(process.exit()).as(process.output()).isZero();
        List<String[]> tests = process.output()
                .lines()
                .map(line -> line.split("\t"))
                .filter(line -> line[0].equals("test"))
                .toList();
        assertThat(tests).as(process.output()).hasSizeGreaterThan(20);
        return tests.stream()
                .map(test -> DynamicTest.dynamicTest(
                        test[1], () -> assertThat(test[2]).as(process.output()).isEqualTo("SUCCESSFUL")));
    }

    /** As its author would build it: the plugin's classes, the api, two files of Graylog's, and here the tests as well. */
    private static void pluginJar(Path jar) throws IOException {
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zipped = new ZipOutputStream(out)) {
            add(zipped, Path.of("target/classes"), "dev/vaultwatch/(api|host)/.*");
            add(
                    zipped,
                    Path.of("target/test-classes"),
                    "dev/vaultwatch/(graylog/(Vaultwatch|GraylogKit)|testkit/HostCompatibilityKit).*");
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

    private static void add(ZipOutputStream zip, Path classes, String wanted) throws IOException {
        for (Path file : TestBundle.files(classes)) {
            String name = classes.relativize(file).toString().replace('\\', '/');
            if (name.matches(wanted)) {
                zip.putNextEntry(new ZipEntry(name));
                Files.copy(file, zip);
            }
        }
    }

    private static void entry(ZipOutputStream zip, String name, String text) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(text.getBytes(StandardCharsets.UTF_8));
    }
}
