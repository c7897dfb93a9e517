package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.GZIPOutputStream;
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

    private static byte[] packed(String text, int level) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes) {
            {
                def.setLevel(level);
            }
        }) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    @DisplayName("a file that was packed, or packed anew, is the same source: its places are those of what it holds")
    void packed() throws IOException {
        String text = "first line\n".repeat(20_000);
        Path log = write("log", text);
        FileLedger.Found first = find(log);
        Files.delete(log);
        Path gz = Files.write(folder.resolve("log.gz"), packed(text, 9));
        FileLedger.Found second = find(gz);
        Files.write(gz, packed(text + "second line\n", 1));
        FileLedger.Found third = find(gz);

        assertThat(second.file()).isEqualTo(first.file());
        assertThat(second.notice()).get().asString().contains("under another name");
        assertThat(third.file().source()).isEqualTo(first.file().source());
        assertThat(third.earlier()).contains(first.file());
        assertThat(third.file().size()).isEqualTo(text.length() + 12);
    }

    @Test
    @DisplayName("a packed file that an earlier build noted as it lies there goes on, and is noted as what it holds")
    void packedBefore() throws IOException, NoSuchAlgorithmException {
        byte[] bytes = packed("first line\n", 9);
        Path plain = Files.write(folder.resolve("log"), bytes);
        // What it noted is what is noted of a file that is no gzip.
        String known = sha256(bytes);
        Files.writeString(
                folder.resolve(FileLedger.NAME),
                "vaultwatch replayed files 2\n" + known + " " + bytes.length + " " + known + " " + bytes.length + " "
                        + bytes.length + " sorted " + plain + "\n");

        FileLedger.Found found = find(plain);
        FileLedger.Found again = find(Files.write(plain, packed("first line\n", 1)));

        assertThat(found.file().fingerprint()).isEqualTo(known);
        assertThat(found.earlier().orElseThrow().size()).isEqualTo(found.file().size());
        assertThat(again.file()).isEqualTo(found.file());
    }

    @Test
    @DisplayName("a file that was renamed and shortened is read from its start, and that is told where it can be")
    void renamedAndShortened() throws IOException {
        String text = "x".repeat(FileLedger.FINGERPRINT_BYTES + 100);
        Path log = write("log", text);
        find(log);
        Files.delete(log);

        FileLedger.Found found = find(write("log.1", text.substring(50)));

        assertThat(found.earlier()).isEmpty();
        assertThat(found.notice()).get().asString().contains("log.1 begins as", "is shorter", "read from its start");
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
