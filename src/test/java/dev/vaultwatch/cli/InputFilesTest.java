package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

final class InputFilesTest {
    @TempDir
    private Path folder = Path.of("");

    private Path file(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "{}");
    }

    @Test
    @DisplayName("a folder stands for every file below it, by path, without those whose name begins with a dot")
    void recursive() throws IOException {
        Path second = file("b/PT1H.json");
        Path first = file("a/h=08/PT1H.json");
        Path third = file("c.json");
        file(".DS_Store");
        file(".git/config");

        assertThat(InputFiles.of(List.of(folder)).files()).containsExactly(first, second, third);
    }

    @Test
    @DisplayName("a file that is named twice, by whatever path, is read once and told")
    void twice() throws IOException {
        Path log = file("a/log");
        Path again = folder.resolve("a/../a/log");

        InputFiles inputs = InputFiles.of(List.of(log, folder, again));

        assertThat(inputs.files()).containsExactly(log);
        assertThat(inputs.repeated()).containsExactly(log, again);
    }

    @Test
    @DisplayName("so is one that has two names, by a hard link or a symbolic one")
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void namesOfOneFile() throws IOException {
        Path log = file("log");
        Path hard = Files.createLink(folder.resolve("log.hard"), log);
        Path soft = Files.createSymbolicLink(folder.resolve("log.soft"), log);
        Path same = file("same");

        InputFiles inputs = InputFiles.of(List.of(folder));

        assertThat(inputs.files()).containsExactly(log, same);
        assertThat(inputs.repeated()).containsExactly(hard, soft);
    }

    @Test
    @DisplayName("a folder without files is an error, not nothing to do")
    void empty() throws IOException {
        Path empty = Files.createDirectories(folder.resolve("empty/.git"));

        assertThatThrownBy(() -> InputFiles.of(List.of(empty.getParent())))
                .isInstanceOf(IOException.class)
                .hasMessage(folder.resolve("empty") + " can't be read: no file lies in it or below it");
    }

    @Test
    @DisplayName("a missing file is left for whoever opens it")
    void missing() throws IOException {
        Path missing = folder.resolve("missing");

        assertThat(InputFiles.of(List.of(missing)).files()).containsExactly(missing);
    }

    @Test
    @DisplayName("links below a folder are followed; one that leads nowhere is left for whoever opens it")
    void links() throws IOException {
        Path elsewhere = file("elsewhere/PT1H.json");
        Path logs = Files.createDirectories(folder.resolve("logs"));
        Files.createSymbolicLink(logs.resolve("a"), elsewhere.getParent());
        Files.createSymbolicLink(logs.resolve("b"), folder.resolve("nowhere"));
        Files.createSymbolicLink(logs.resolve("c"), logs);
        Files.createSymbolicLink(logs.resolve("d.json"), elsewhere);

        InputFiles inputs = InputFiles.of(List.of(logs));

        assertThat(inputs.files()).containsExactly(logs.resolve("a/PT1H.json"), logs.resolve("b"));
        assertThat(inputs.repeated()).containsExactly(logs.resolve("d.json"));
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "takes POSIX modes")
    @DisplayName("a folder below that can't be listed is an error that names it")
    void unlisted() throws IOException {
        file("logs/a.json");
        Path closed = Files.createDirectories(folder.resolve("logs/closed"));
        Files.setPosixFilePermissions(closed, Set.of());
        try {
            assumeFalse(Files.isReadable(closed), "the superuser may list any folder");
            assertThatThrownBy(() -> InputFiles.of(List.of(folder.resolve("logs"))))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith(closed + " can't be listed: ");
        } finally {
            Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
        }
    }
}
