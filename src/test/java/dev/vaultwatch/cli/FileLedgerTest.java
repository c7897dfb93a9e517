package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

final class FileLedgerTest {
    @TempDir
    private Path folder = Path.of("");

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    /** As a run does. */
    private FileLedger.Found find(Path file) throws IOException {
        FileLedger ledger = FileLedger.in(folder);
        FileLedger.Found found = ledger.find(file, false);
        ledger.save();
        return found;
    }

    @Test
    @DisplayName("a file that grew is the same source in the same epoch")
    void grown() throws IOException {
        Path log = write("log", "first line\n");
        FileLedger.Found first = find(log);
        Files.writeString(log, "second line\n", StandardOpenOption.APPEND);
        FileLedger.Found second = find(log);

        assertThat(second.file().source()).isEqualTo(first.file().source());
        assertThat(second.file().fingerprint()).isEqualTo(first.file().fingerprint());
        assertThat(second.earlier()).isPresent();
        assertThat(second.notice()).isEmpty();
    }

    @Test
    @DisplayName("a file that was renamed is the same source, and that is told")
    void renamed() throws IOException {
        Path log = write("log", "first line\n");
        FileLedger.Found first = find(log);
        Path old = Files.move(log, folder.resolve("log.1"));

        FileLedger.Found second = find(old);

        assertThat(second.file().source()).isEqualTo(first.file().source());
        assertThat(second.notice()).get().asString().contains("log.1 is", "under another name");
    }

    @Test
    @DisplayName("a new file under an old name is a source of its own, and that is told")
    void rotated() throws IOException {
        Path log = write("log", "first line\n");
        FileLedger.Found first = find(log);
        Files.writeString(folder.resolve("new"), "another line\n");
        Files.move(folder.resolve("new"), log, StandardCopyOption.REPLACE_EXISTING);

        FileLedger.Found second = find(log);

        assertThat(second.file().source()).isNotEqualTo(first.file().source());
        assertThat(second.file().fingerprint()).isNotEqualTo(first.file().fingerprint());
        assertThat(second.notice())
                .get()
                .asString()
                .endsWith("is another file than before under that name: it is read from its start.");
        assertThat(find(log).file().source())
                .as("found again")
                .isEqualTo(second.file().source());
    }

    @Test
    @DisplayName("a file that was shortened is read from its start, and that is told")
    void shortened() throws IOException {
        String line = "x".repeat(FileLedger.FINGERPRINT_BYTES);
        Path log = write("log", line + "more");
        FileLedger.Found first = find(log);
        write("log", line);

        FileLedger.Found second = find(log);

        assertThat(second.earlier()).isEmpty();
        assertThat(second.file().source()).isNotEqualTo(first.file().source());
        assertThat(second.notice()).get().asString().contains("is shorter than it was");
    }

    @Test
    @DisplayName(
            "a file that begins as another did when that held little is not that one, since that one has grown otherwise")
    void sameColumns() throws IOException {
        Path quiet = write("day1.csv", "time,operationName\n");
        find(quiet);
        Files.writeString(quiet, "10:00,SecretGet\n", StandardOpenOption.APPEND);
        find(quiet);
        Path next = write("day2.csv", "time,operationName\n11:00,SecretGet\n11:01,SecretGet\n");

        FileLedger.Found found = find(next);

        assertThat(found.earlier()).isEmpty();
        assertThat(found.notice()).isEmpty();
        assertThat(found.file().source()).isEqualTo(next.toString());
        assertThat(find(quiet).file().source()).isEqualTo(quiet.toString());
    }

    @Test
    @DisplayName("of two files, one of which is the beginning of the other, each is found again as itself")
    void oneIsTheBeginning() throws IOException {
        Path both = write("both", "first line\nsecond line\n");
        Path first = write("first", "first line\n");
        find(both);
        find(first);

        assertThat(find(both).file().source()).isEqualTo(both.toString());
        assertThat(find(both).notice()).isEmpty();
        assertThat(find(first).file().source()).isEqualTo(first.toString());
        assertThat(find(first).notice()).isEmpty();
    }

    @Test
    @DisplayName("what an earlier build wrote is read")
    void ofOneBeginning() throws IOException {
        Path log = write("log", "first line\n");
        FileLedger.Known before = find(log).file();
        write(
                FileLedger.NAME,
                "vaultwatch replayed files 1\n" + before.fingerprint() + " 11 11 as-it-is " + before.source() + "\n");
        Files.writeString(log, "second line\n", StandardOpenOption.APPEND);

        FileLedger.Found found = find(log);

        assertThat(found.earlier()).isPresent();
        assertThat(found.file().fingerprint()).isEqualTo(before.fingerprint());
        assertThat(find(log).file()).isEqualTo(found.file());
    }

    @Test
    @DisplayName("an empty file is not remembered: any file begins as it does")
    void empty() throws IOException {
        find(write("empty", ""));

        assertThat(find(write("log", "line\n")).earlier()).isEmpty();
    }

    @Test
    @DisplayName("what is no ledger is refused with its place")
    void damaged() throws IOException {
        write(FileLedger.NAME, "vaultwatch replayed files 1\nabc 12 many sorted name\n");

        assertThatThrownBy(() -> FileLedger.in(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(FileLedger.NAME + ":2:");
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "takes POSIX modes")
    @DisplayName("it is for this user alone")
    void mode() throws IOException {
        find(write("log", "line\n"));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(FileLedger.NAME))))
                .isEqualTo("rw-------");
    }
}
