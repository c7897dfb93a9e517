package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The distribution as it was packaged, unpacked, and its script. */
class KafkaDistributionIT {
    private static final Path ZIP = Path.of("target/vaultwatch-kafka.zip");
    private static final long MOST_SECONDS = 300;

    @TempDir
    private static Path temp;

    private Path home = Path.of("");

    private void unpack(String name) throws IOException {
        home = Files.createDirectory(temp.resolve(name));
        try (FileSystem zip = FileSystems.newFileSystem(ZIP, Map.of("enablePosixFileAttributes", true));
                Stream<Path> all = Files.walk(zip.getPath("/"))) {
            for (Path each : all.skip(1).toList()) {
                Path to = home.resolve(zip.getPath("/").relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(each, to);
                    Files.setPosixFilePermissions(to, Files.getPosixFilePermissions(each));
                }
            }
        }
    }

    private Process start(Map<String, String> environment, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(temp.resolve("out").toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private String run(int exit, Map<String, String> environment, String... command) throws Exception {
        Process process = start(environment, command);
        try {
            assertThat(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS))
                    .as(output())
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(output()).isEqualTo(exit);
        return output();
    }

    private static String output() throws IOException {
        return Files.readString(temp.resolve("out"));
    }

    private void sample(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                "lib/*",
                "samples/Try.java"));
        command.addAll(List.of(arguments));
        run(0, Map.of(), command.toArray(String[]::new));
    }

    @Test
    @DisplayName(
            "in a folder with a space in its name the command tells its options, and a typo in the configuration ends it with 2,"
                    + " the file, the line and what was probably meant")
    void helpAndTypo() throws Exception {
        unpack("some where");
        assertThat(run(0, Map.of(), "bin/vaultwatch", "kafka", "--help"))
                .contains("Usage: vaultwatch kafka --config FILE", "--consumer", "--announce");
        Path config = Files.writeString(temp.resolve("my.conf"), "topics.raw = a\ntopics.alert = b\n");
        assertThat(run(2, Map.of(), "bin/vaultwatch", "kafka", "--config", config.toString()))
                .contains(config + ":2: unknown key 'topics.alert'")
                .contains("topics.alerts");
    }

    @Test
    @DisplayName(
            "the guide's trial: topics, sample records, an alert; and the run's archive of classes, which the next one uses")
    void trial(@TempDir Path folder) throws Exception {
        // Java 17 archives no class from a path with a space.
        unpack("vaultwatch");
        try (Broker broker = Broker.start(folder)) {
            Path config = temp.resolve("quickstart.conf");
            Files.writeString(
                    config,
                    Files.readString(home.resolve("samples/quickstart.conf"))
                            .replace("localhost:9092", broker.address())
                            .replace("metrics.port = 9404", "metrics.port = " + Broker.freePort()));
            sample(broker.address(), "topics");
            Path hour = Path.of("src/samples/quiet-hour.auditevent.ndjson").toAbsolutePath();
            sample(broker.address(), "send", hour.toString());
            Process process = start(
                    Map.of("VAULTWATCH_ARCHIVE", "make"), "bin/vaultwatch", "kafka", "--config", config.toString());
            try {
                long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
                while (broker.read("vaultwatch-alerts").isEmpty()) {
                    assertThat(System.nanoTime()).as(output()).isLessThan(deadline);
                    assertThat(process.isAlive()).as(output()).isTrue();
                    Thread.sleep(200);
                }
                process.destroy();
                assertThat(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS))
                        .as(output())
                        .isTrue();
                assertThat(process.exitValue()).as(output()).isEqualTo(143);
            } finally {
                process.destroyForcibly();
            }
            assertThat(broker.read("vaultwatch-alerts").get(0).value()).contains("mallory.frost@contoso.example");
        }
        Path loaded = temp.resolve("loaded");
        run(0, Map.of("JAVA_OPTS", "-Xlog:class+load:file=" + loaded), "bin/vaultwatch", "kafka", "--help");
        assertThat(Files.readAllLines(loaded))
                .anyMatch(line -> line.contains("dev.vaultwatch.cli.KafkaCommand ")
                        && line.contains("shared objects file (top)"));
    }
}
