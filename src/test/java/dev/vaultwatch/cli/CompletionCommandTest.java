package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompletionCommandTest {
    @TempDir
    private Path folder;

    @ParameterizedTest(name = "{0} completes to {1}")
    @CsvSource({"vaultwatch rep, replay", "vaultwatch replay --jou, --journal", "vaultwatch import --wi, --window"})
    @DisplayName("bash completes commands and options with the script")
    void completes(String typed, String expected) throws IOException, InterruptedException {
        Path script = Files.writeString(
                folder.resolve("completion.sh"), CommandLineRun.of("completion").out());
        Process bash = new ProcessBuilder(
                        "bash",
                        "-c",
                        "source " + script + "; COMP_WORDS=(" + typed + "); COMP_CWORD=$((${#COMP_WORDS[@]}-1));"
                                + " _complete_vaultwatch; echo \"${COMPREPLY[@]}\"")
                .redirectErrorStream(true)
                .start();
        String replies = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor(30, TimeUnit.SECONDS)).isTrue();

        assertThat(replies.split("\\s+")).contains(expected);
    }

    @Test
    @DisplayName("Every command says what it is for, and shows an example")
    void everyCommandHasHelp() {
        assertThat(CommandLineRun.of("--help").out())
                .contains("replay", "test", "check", "new", "import", "completion");
        for (String command : new String[] {"replay", "test", "check", "new", "import", "completion"}) {
            assertThat(CommandLineRun.of(command, "--help").out())
                    .as(command)
                    .contains("Examples:", "java -jar vaultwatch.jar " + command);
        }
    }
}
