package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a build server learns of {@code test}: its exit code, its report and its last line. */
class TestCommandTest {
    private static final String ID = "excessive-secret-retrieval";
    private static final String CASE =
            "{\"name\": \"n\", \"events\": [\"5 x SecretGet at 10:00\"], \"expect\": \"none\"}";

    @TempDir
    private Path folder;

    private Path rule = Path.of("");

    @BeforeEach
    void copyTheShippedRule() throws IOException {
        rule = folder.resolve("epl").resolve(ID);
        Files.createDirectories(rule.resolve("cases"));
        for (String file : List.of("rule.epl", "rule.json")) {
            Files.copy(Path.of("epl", ID, file), rule.resolve(file));
        }
        Files.writeString(rule.resolve("cases/mine.json"), CASE);
    }

    private Path report() {
        return folder.resolve("report.xml");
    }

    private CommandLineRun test() {
        return CommandLineRun.of("test", "--junit", report(), folder.resolve("epl"));
    }

    @Test
    @DisplayName("Cases that hold are exit code 0 and all as expected; what is not read is warned of")
    void good() throws IOException {
        Files.writeString(rule.resolve("cases/late.JSON"), CASE);
        CommandLineRun run = test();
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err())
                .contains("1 case of 1 rule, 1 run; all as expected.")
                .containsPattern("warning: .*late.JSON: The file is not read");
    }

    @Test
    @DisplayName("A rule that hosts refuse is exit code 1 and an error in the report, whatever cases hold")
    void faultyRule() throws IOException {
        Files.writeString(Files.createDirectories(folder.resolve("epl/bar")).resolve("rule.json"), "{");
        CommandLineRun run = test();
        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED.code());
        assertThat(run.err())
                .contains("bar/rule.epl: The file can't be read: there is none.", "bar/rule.json:1:2: Not JSON")
                .contains("1 case of 2 rules, 1 run; 2 faults, told above.")
                .doesNotContain("as expected", "bar has no case");
        assertThat(Files.readString(report()))
                .contains("<testsuite name=\"bar\" tests=\"2\" failures=\"0\" errors=\"2\"", "rule.epl\" line=\"0\"");
    }

    @Test
    @DisplayName("A rule without a case is compiled all the same, and said in words and in the report")
    void ruleWithoutACase() throws IOException {
        Path other = Files.createDirectories(folder.resolve("epl/busy-vault"));
        Files.copy(rule.resolve("rule.epl"), other.resolve("rule.epl"));
        Files.writeString(
                other.resolve("rule.json"),
                Files.readString(rule.resolve("rule.json")).replace("\"" + ID + "\"", "\"busy-vault\""));
        CommandLineRun sound = test();
        assertThat(sound.exitCode()).as(sound.err()).isZero();
        assertThat(sound.err()).contains("warning: " + other + " has no case.", "all as expected.");
        assertThat(Files.readString(report()))
                .contains("<testsuite name=\"busy-vault\" tests=\"1\"", "skipped=\"1\"", "The rule has no case.");

        Files.writeString(
                other.resolve("rule.epl"),
                Files.readString(rule.resolve("rule.epl")).replace("upn is not null", "upnn is not null"));
        CommandLineRun broken = test();
        assertThat(broken.exitCode()).isEqualTo(ExitCode.FAILED.code());
        assertThat(broken.err())
                .containsPattern("busy-vault/rule.epl:\\d+:\\d+: .*upnn")
                .contains("has no case.", "1 fault, told above.");
    }

    @Test
    @DisplayName("A case with a fault is exit code 1 and an error in the report, beside a failure")
    void faultyCase() throws IOException {
        Files.writeString(rule.resolve("cases/typo.json"), CASE.replace("expect", "expct"));
        Files.writeString(rule.resolve("cases/wrong.json"), CASE.replace("\"none\"", "{}"));
        CommandLineRun run = test();
        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED.code());
        assertThat(run.err()).contains("2 cases of 1 rule, 2 runs; 1 failed, and 2 faults, told above.");
        assertThat(Files.readString(report()))
                .contains(
                        "tests=\"4\" failures=\"1\" errors=\"2\"", "typo.json:1:", "did you mean &quot;expect&quot;?");
    }
}
