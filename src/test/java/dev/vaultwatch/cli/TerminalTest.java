package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command line under a pseudo-terminal, which {@code script} of util-linux gives it. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "takes script(1) of util-linux")
final class TerminalTest {
    @TempDir
    private Path folder = Path.of("");

    /** What the terminal shows when a shell runs a line in it, in which {@code $REPLAY} is the command. */
    private String show(String line) throws IOException, InterruptedException {
        Path records = Files.writeString(
                folder.resolve("log.ndjson"), Records.reads(Records.MINUTE, 12, "mallory@contoso.example"));
        Path shown = folder.resolve("shown");
        ProcessBuilder script = new ProcessBuilder("script", "-q", "-e", "-c", line, "/dev/null")
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(shown.toFile());
        script.environment()
                .put(
                        "REPLAY",
                        Path.of(System.getProperty("java.home"), "bin", "java") + " -XX:TieredStopAtLevel=1 -cp "
                                + System.getProperty("java.class.path") + " " + Main.class.getName()
                                + " replay --settled "
                                + records);
        script.environment().put("NO_COLOR", "1");
        Process process = script.start();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("no end in 120 s: " + Files.readString(shown));
        }
        assertThat(process.exitValue()).as(Files.readString(shown)).isZero();
        return Files.readString(shown);
    }

    @Test
    @DisplayName("progress shows while standard error is a terminal, wherever standard output goes")
    void progress() throws IOException, InterruptedException {
        Path out = folder.resolve("alerts");

        String shown = show("$REPLAY > " + out);

        assertThat(shown).contains("\rlooking at the order of time in ").containsPattern("alerts +1");
        assertThat(Files.readString(out)).contains("12 events").doesNotContain("looking at");
    }

    @Test
    @DisplayName("no progress shows while standard error is none")
    void noProgress() throws IOException, InterruptedException {
        Path err = folder.resolve("err");

        String shown = show("$REPLAY 2> " + err);

        assertThat(shown).contains("12 events").doesNotContain("looking at");
        assertThat(Files.readString(err)).containsPattern("alerts +1").doesNotContain("looking at");
    }

    @Test
    @DisplayName("alerts wrap between words at the terminal's width")
    void width() throws IOException, InterruptedException {
        String shown = show("stty cols 60; $REPLAY 2>/dev/null");

        List<String> lines = shown.lines().toList();
        assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(60));
        assertThat(lines.get(0)).startsWith("[MEDIUM 43] mallory@contoso.example: 12 events,");
        assertThat(lines.get(1)).matches("  \\w.*");
    }
}
