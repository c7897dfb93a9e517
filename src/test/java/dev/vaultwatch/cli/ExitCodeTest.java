package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** One table of exit codes: the code's, the help's and the page's. */
final class ExitCodeTest {

    @Test
    @DisplayName("docs/command-line.md has the table of the code")
    void page() throws IOException {
        List<String> rows = Stream.of(ExitCode.values())
                .map(exit -> "| " + exit.code() + " | " + exit.meaning() + " |")
                .toList();

        assertThat(Files.readString(Path.of("docs/command-line.md"))).contains(String.join("\n", rows));
    }

    @Test
    @DisplayName("--help has the table of the code")
    void help() {
        String help = CommandLineRun.of("replay", "--help").out().replaceAll("\\s+", " ");

        assertThat(Stream.of(ExitCode.values()))
                .allSatisfy(exit -> assertThat(help).contains(exit.code() + " " + exit.meaning()));
    }
}
