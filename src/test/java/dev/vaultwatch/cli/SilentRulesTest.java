package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A rule that would find nothing without a word")
class SilentRulesTest {
    private static final String ID = "excessive-secret-retrieval";
    private static final Path LOG = Path.of("src/samples/quiet-hour.auditevent.ndjson");

    @TempDir
    private Path folder;

    private Path epl = Path.of("");

    @BeforeEach
    void copyTheShippedRule() throws IOException {
        epl = folder.resolve("epl");
        copy(ID, epl.resolve(ID));
    }

    private static void copy(String id, Path to) throws IOException {
        Files.createDirectories(to);
        for (String file : List.of("rule.epl", "rule.json", "guide.md")) {
            Files.copy(Path.of("epl", id, file), to.resolve(file));
        }
    }

    private List<CommandLineRun> runs() {
        return List.of(
                CommandLineRun.of("check", epl),
                CommandLineRun.of("test", epl),
                CommandLineRun.of("replay", "--epl", epl, LOG));
    }

    @Test
    @DisplayName("since its folder is a link that leads nowhere, is refused by all who read the folder")
    void dangling() throws IOException {
        Files.createSymbolicLink(epl.resolve("other-rule"), folder.resolve("nowhere"));
        Files.createSymbolicLink(epl.resolve(".#other-rule"), folder.resolve("nowhere"));

        for (CommandLineRun run : runs()) {
            assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED.code());
            assertThat(run.out() + run.err())
                    .contains("other-rule")
                    .contains("The rule's folder can't be read: it is a link that leads nowhere.")
                    .doesNotContain(".#");
        }
    }

    @Test
    @DisplayName("since nobody may look into its folder, is refused by all who read the folder")
    void closed() throws IOException {
        Path other = epl.resolve("other_Rule");
        copy(ID, other);
        assumeTrue(Files.getFileStore(other).supportsFileAttributeView("posix"));
        Files.setPosixFilePermissions(other, Set.of());
        assumeTrue(!Files.isExecutable(other));

        for (CommandLineRun run : runs()) {
            assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED.code());
            assertThat(run.out() + run.err()).contains("The rule's folder can't be read: permission is denied.");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"team/busy-vault/rule.epl", "busy-vault/Rule.epl"})
    @DisplayName("since it lies too deep or is spelt otherwise, is warned of")
    void stray(String file) throws IOException {
        Path logic = epl.resolve(file);
        Files.createDirectories(logic.getParent());
        Files.copy(Path.of("epl", ID, "rule.epl"), logic);

        CommandLineRun test = CommandLineRun.of("test", epl);
        assertThat(test.err()).contains("warning: " + logic + ": The file is not read: expected a rule's files in ");
        CommandLineRun check = CommandLineRun.of("check", "--strict", epl);
        assertThat(check.exitCode()).isEqualTo(ExitCode.FAILED.code());
        assertThat(check.out()).contains(logic + ": warning: The file is not read: expected a rule's files in ");
    }

    @Test
    @DisplayName("since all are off, is said by replay")
    void off() throws IOException {
        Path other = folder.resolve("off");
        copy("denied-burst", other.resolve("denied-burst"));

        assertThat(CommandLineRun.of("replay", "--epl", other, LOG).err()).contains("No rule runs");
        assertThat(CommandLineRun.of("replay", "--epl", other, "--enable", "denied-burst", LOG)
                        .err())
                .doesNotContain("No rule runs");
    }

    @Test
    @DisplayName("since the tuning switches it off, is said by explain, and not that there were no events")
    void offByTuning() throws IOException {
        Path tuning =
                Files.writeString(folder.resolve("tuning.json"), "{\"rules\": {\"" + ID + "\": {\"enabled\": false}}}");

        CommandLineRun run = CommandLineRun.of(
                "explain",
                "--rule",
                ID,
                "--key",
                "mallory.frost@contoso.example",
                "--at",
                "2026-11-03T02:41:30Z",
                "--tuning",
                tuning,
                LOG);

        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED.code());
        assertThat(run.err()).contains("The tuning has \"enabled\": false for " + ID);
        assertThat(run.out()).isEmpty();
    }

    /** Takes nothing, as standard output does whose reader has ended, or whose disk is full. */
    private static final class Refusing extends OutputStream {
        private final String problem;

        private Refusing(String problem) {
            this.problem = problem;
        }

        @Override
        public void write(int one) throws IOException {
            throw new IOException(problem);
        }
    }

    private CommandLineRun printing(String problem, String... args) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = Main.run(
                args,
                new Surroundings(
                        InputStream.nullInputStream(),
                        new Refusing(problem),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Terminal.none(),
                        false));
        return new CommandLineRun(exitCode, "", err.toString(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"check", "test", "preview"})
    @DisplayName("is no failure of a command whose reader has had enough; a full disk is one, and told in a sentence")
    void nobodyReads(String command) throws IOException {
        Files.createDirectories(epl.resolve(ID).resolve("cases"));
        Files.writeString(
                epl.resolve(ID).resolve("cases/mine.json"),
                "{\"name\": \"n\", \"events\": [\"5 x SecretGet at 10:00\"], \"expect\": \"none\"}");
        String argument = (command.equals("preview") ? LOG : epl).toString();

        CommandLineRun enough = printing("Broken pipe", command, argument);
        assertThat(enough.exitCode()).as(enough.err()).isEqualTo(ExitCode.OK.code());
        assertThat(enough.err()).doesNotContain("vaultwatch", "Nothing was read");

        CommandLineRun full = printing("No space left on device", command, argument);
        assertThat(full.exitCode()).isEqualTo(ExitCode.FAILED.code());
        assertThat(full.err())
                .contains("vaultwatch: What was found can't be printed: No space left on device.")
                .doesNotContain("Nothing was read", "Please report");
    }
}
