package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportCommandTest {
    private static final String MANY_READS = "src/test/resources/sigma/many-reads.yml";

    @TempDir
    private Path folder;

    @Test
    @DisplayName("The made folder is printed, and standard error says what is next")
    void converts() {
        CommandLineRun run = CommandLineRun.of("import", "--dir", folder.toString(), "sigma", MANY_READS);

        Path made = folder.resolve("many-key-vault-reads-by-one-user");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo(made + "\n");
        assertThat(run.err()).contains("check " + made, "test " + made);
    }

    @Test
    @DisplayName("What can't be converted is said with its place, exit 1, and nothing is written")
    void refuses() throws IOException {
        Path broken = Files.writeString(
                folder.resolve("broken.yml"),
                Files.readString(Path.of(MANY_READS)).replace("event_count", "temporal"));

        CommandLineRun run =
                CommandLineRun.of("import", "--dir", folder.resolve("epl").toString(), "sigma", broken.toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains(broken + ":34:11: The type \"temporal\"", "Nothing was written.");
        assertThat(folder.resolve("epl")).doesNotExist();
    }

    @Test
    @DisplayName("Another language is a mistake in the command")
    void language() {
        assertThat(CommandLineRun.of("import", "yara", MANY_READS).exitCode()).isEqualTo(2);
    }

    @Test
    @DisplayName("A rule that is there already stays, exit 1")
    void existing() {
        CommandLineRun.of("import", "--dir", folder.toString(), "sigma", MANY_READS);

        CommandLineRun again = CommandLineRun.of("import", "--dir", folder.toString(), "sigma", MANY_READS);

        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.err()).contains("is there already");
    }
}
