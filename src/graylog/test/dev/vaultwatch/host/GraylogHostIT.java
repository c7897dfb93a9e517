package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.vaultwatch.graylog.GraylogServer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The plugin loaders of Graylog 6.3 and 7.0, with the jar that an operator drops in, in a process of their own. The plugin is compiled against
 * 6.3; 7.0 needs Java 21 and is run on the Java 25 of this machine, if there is one.
 *
 * <p>Graylog gives an isolated plugin a class loader whose parent is the application's. On the class path of these tests that parent has
 * {@code api}, and so the plugin's would be the test's; in a Graylog it has none, and the plugin's jar brings it. So the process's
 * class path is Graylog and its libraries alone, the kit lies in the plugin's jar, and each of its tests is told here by name.
 */
class GraylogHostIT {
    /** What Graylog has on its class path, and what the kit's tests need. Neither ours nor what ours brings. */
    private static final List<String> HOST = List.of(
            "graylog2-server",
            "guava",
            "failureaccess",
            "guice",
            "jakarta.inject",
            "aopalliance",
            "java-semver",
            "commons-io",
            "commons-lang",
            "rate-limited-logger",
            "joda-time",
            "metrics-core",
            "slf4j-api",
            "junit-",
            "opentest4j",
            "assertj-core",
            "byte-buddy");

    @TempDir
    Path temp;

    private static final Path JAVA_25 = Path.of("/usr/lib/jvm/temurin-25-jdk-amd64");

    @TestFactory
    Stream<DynamicTest> givenGraylog63ThenTheKitHoldsThere() throws Exception {
        return kit(Path.of(System.getProperty("java.home")), libraries().toList());
    }

    @TestFactory
    Stream<DynamicTest> givenGraylog70OnJava25ThenTheKitHoldsThere() throws Exception {
        assumeThat(JAVA_25.resolve("bin/java"))
                .as("Graylog 7.0 needs Java 21 or newer, and there is no " + JAVA_25)
                .exists();
        Stream<Path> server = HostProcess.jars(Path.of("target/graylog-7.0")).stream();
        return kit(
                JAVA_25,
                Stream.concat(
                                server,
                                libraries()
                                        .filter(path ->
                                                !path.getFileName().toString().startsWith("graylog2-server")))
                        .toList());
    }

    private static Stream<Path> libraries() {
        return Arrays.stream(System.getProperty("java.class.path").split(System.getProperty("path.separator")))
                .map(Path::of)
                .filter(path -> HOST.stream().anyMatch(path.getFileName().toString()::startsWith));
    }

    private Stream<DynamicTest> kit(Path jdk, List<Path> graylog) throws Exception {
        Path folder = Files.createDirectory(temp.resolve("plugin"));
        withKit(packed(), folder.resolve("vaultwatch-graylog.jar"));
        Path server = HostProcess.only(
                temp.resolve("server"),
                GraylogServer.class,
                Class.forName(GraylogServer.class.getName() + "$Lines"),
                Class.forName(GraylogServer.class.getName() + "$OfTheFolder"));

        HostProcess process = HostProcess.run(
                jdk,
                GraylogServer.class,
                Stream.concat(graylog.stream(), Stream.of(server)).toList(),
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

    private static Path packed() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("target"))) {
            return files.filter(file -> file.getFileName().toString().matches("vaultwatch-graylog-.*[.]jar"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("mvn -Pgraylog package has made no jar in target."));
        }
    }

    /** The jar as it is packed, and the tests as well. */
    private static void withKit(Path packed, Path jar) throws IOException {
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zipped = new ZipOutputStream(out);
                ZipInputStream in = new ZipInputStream(Files.newInputStream(packed))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                zipped.putNextEntry(new ZipEntry(entry.getName()));
                in.transferTo(zipped);
            }
            add(
                    zipped,
                    Path.of("target/test-classes"),
                    "dev/vaultwatch/(graylog/GraylogKit|testkit/HostCompatibilityKit|host/Harvest).*");
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
}
