package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command line in a process of its own, where pipes, logging and signals are real. */
@Timeout(value = 90, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ProcessTest {
    private static final String MALLORY = "mallory@contoso.example";

    @TempDir
    private Path folder = Path.of("");

    private final List<Process> started = new ArrayList<>();
    private Path err = Path.of("");

    @BeforeEach
    void nameTheFileForStandardError() {
        err = folder.resolve("err.txt");
    }

    @AfterEach
    void endWhatWasStarted() {
        started.forEach(Process::destroyForcibly);
    }

    private Process start(String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", // a short life: half the start-up
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(args));
        Process process =
                new ProcessBuilder(command).redirectError(err.toFile()).start();
        started.add(process);
        return process;
    }

    private static void send(Process process, String text) throws IOException {
        OutputStream stdin = process.getOutputStream();
        stdin.write(text.getBytes(StandardCharsets.UTF_8));
        stdin.flush();
    }

    @Test
    void givenAnOpenPipe_whenTheTenthReadComes_thenTheEarlyAlertIsThereAtOnceAndTheTotalsAfterSilence()
            throws IOException, InterruptedException {
        Process process = start("replay", "--format", "ecs", "-");
        for (int i = 0; i < 10; i++) {
            Instant time = Records.MINUTE.plusSeconds(40 + i);
            send(process, Records.record(time, i % 2 == 0 ? "SecretList" : "SecretGet", MALLORY) + "\n");
        }
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));

        assertThat(out.readLine()).as("the pipe is open").contains(MALLORY).containsIgnoringCase("early");
        assertThat(out.readLine())
                .as("still open, but silent for longer than the minute had to go")
                .contains(MALLORY)
                .doesNotContainIgnoringCase("\"early\"");
        assertThat(process.isAlive()).isTrue();

        process.getOutputStream().close();

        assertThat(out.readLine()).as("the end of standard output").isNull();
        assertThat(process.waitFor()).isZero();
        assertThat(Files.readAllLines(err))
                .as("no log line, and the summary")
                .hasSize(6)
                .last()
                .asString()
                .matches("alerts +1");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Process.destroy kills there, without a signal to see")
    void givenAProcessThatWaitsForInput_whenItIsInterrupted_thenItSumsUpWhatItHasRead()
            throws IOException, InterruptedException {
        Process process = start("replay", "--format=ecs", "-");
        send(process, Records.reads(Records.MINUTE, 10, MALLORY));
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        assertThat(out.readLine()).as("the tenth record has been read").contains(MALLORY);

        // Not Process.destroy, which closes the streams, too.
        process.toHandle().destroy();

        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(out.lines())
                .as("the minute is closed")
                .singleElement()
                .asString()
                .contains(MALLORY);
        assertThat(Files.readString(err)).matches("(?s)read +10  records of .*, up to the interrupt\\R.*");
    }

    @Test
    void givenAHeadThatLeaves_whenReplayed_thenTheProcessEndsQuietly() throws IOException, InterruptedException {
        Process process = start("replay", "-");
        process.getInputStream().close();
        send(process, Records.reads(Records.MINUTE, 12, MALLORY));

        assertThat(process.waitFor()).isZero();
        assertThat(Files.readString(err)).isEmpty();
    }

    @Test
    void givenVerbose_whenReplayed_thenTheLogIsOnStandardErrorAlone() throws IOException, InterruptedException {
        Process process = start("replay", "-v", "-");
        process.getOutputStream().close();

        assertThat(process.waitFor()).isZero();
        assertThat(process.getInputStream().readAllBytes()).isEmpty();
        assertThat(Files.readString(err))
                .contains(" INFO VaultwatchPlugin: Vaultwatch started")
                .doesNotContain(" DEBUG ");
    }
}
