package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line as it was packaged, in a process of its own. */
final class CommandLineIT {
    @TempDir
    private Path temp = Path.of("");

    private String replay(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(options));
        command.addAll(List.of(
                "-jar",
                "target/vaultwatch.jar",
                "replay",
                "src/samples/quiet-hour.auditevent.ndjson",
                "--format",
                "ecs"));
        Path out = temp.resolve("out");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(temp.resolve("err").toFile())
                .start();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("The command did not end in 120 s.");
        }
        assertThat(process.exitValue())
                .as(Files.readString(temp.resolve("err")))
                .isZero();
        return Files.readString(out);
    }

    @Test
    @DisplayName(
            "with an archive of its classes it says the same, and loads them from there, with the optimising compiler and without")
    void archive() throws IOException, InterruptedException {
        Path archive = temp.resolve("vaultwatch.jsa");
        Path loaded = temp.resolve("loaded");

        String first = replay("-Xlog:disable", "-XX:ArchiveClassesAtExit=" + archive);
        String again = replay("-XX:SharedArchiveFile=" + archive, "-Xlog:class+load:file=" + loaded);

        assertThat(first).contains("mallory.frost@contoso.example");
        assertThat(again).isEqualTo(first);
        assertThat(Files.readAllLines(loaded)).anyMatch(CommandLineIT::isFromArchive);

        String brief = replay(
                "-XX:TieredStopAtLevel=1", "-XX:SharedArchiveFile=" + archive, "-Xlog:class+load:file=" + loaded);
        assertThat(brief).as("without the optimising compiler").isEqualTo(first);
        assertThat(Files.readAllLines(loaded)).anyMatch(CommandLineIT::isFromArchive);
    }

    private static boolean isFromArchive(String line) {
        return line.contains("dev.vaultwatch.plugin.VaultwatchPlugin ") && line.contains("shared objects file (top)");
    }
}
