package dev.vaultwatch.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which files a journal knows: by the fingerprint of their beginning, as log shippers do, so that a file is found again under
 * another name and a new file under an old name is not taken for the old one. The fingerprint is the SHA-256 of the first
 * {@value #FINGERPRINT_BYTES} bytes, or of as many as there were when the file was first seen.
 *
 * <p>Kept as {@value #NAME} in the journal's folder, a line a file: fingerprint, its length, the file's size, whether it was sorted,
 * its name as a source. Written whole and moved into place, mode 0600. Not thread-safe; the plugin's lock on the folder keeps other
 * processes out.
 */
final class FileLedger {
    /** Beside the journal's segments, whose names differ. */
    static final String NAME = "replayed-files";

    static final int FINGERPRINT_BYTES = 1 << 16;

    private static final String HEAD = "vaultwatch replayed files 1";

    private final Path folder;
    private final List<Known> files = new ArrayList<>();

    /**
     * One file.
     *
     * @param fingerprint the epoch of the source
     * @param sorted whether its places are numbers in the order of time, not bytes in the file
     * @param source the name of the source: the path under which it was first seen
     */
    record Known(String fingerprint, int length, long size, boolean sorted, String source) {}

    /**
     * What a file is to the journal.
     *
     * @param file as it is now
     * @param earlier as it was; empty for a file that is new
     * @param notice a sentence for a person, where the name led elsewhere than before
     */
    record Found(Known file, Optional<Known> earlier, Optional<String> notice) {}

    private FileLedger(Path folder) {
        this.folder = folder;
    }

    /**
     * Reads what an earlier run wrote.
     *
     * @throws IOException if it can't be read, or is of another form; the message says so
     */
    static FileLedger in(Path folder) throws IOException {
        FileLedger ledger = new FileLedger(folder);
        Path file = folder.resolve(NAME);
        if (Files.exists(file)) {
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            if (lines.isEmpty() || !lines.get(0).equals(HEAD)) {
                throw new IOException(file + " does not begin with '" + HEAD + "'");
            }
            for (int i = 1; i < lines.size(); i++) {
                ledger.files.add(known(file, i + 1, lines.get(i)));
            }
        }
        return ledger;
    }

    private static Known known(Path file, int number, String line) throws IOException {
        String[] parts = line.split(" ", 5);
        try {
            if (parts.length == 5) {
                return new Known(
                        parts[0],
                        Integer.parseInt(parts[1]),
                        Long.parseLong(parts[2]),
                        parts[3].equals("sorted"),
                        parts[4]);
            }
        } catch (NumberFormatException ignored) {
            // As for too few parts.
        }
        throw new IOException(file + ":" + number + ": expected fingerprint, length, size, order and name");
    }

    /**
     * Looks a file up, and notes how large it is now.
     *
     * @param sorted whether a file that is new is to be sorted
     * @throws IOException if the file can't be read
     */
    Found find(Path file, boolean sorted) throws IOException {
        String name = file.toAbsolutePath().normalize().toString();
        long size = Files.size(file);
        byte[] beginning;
        try (InputStream in = Files.newInputStream(file)) {
            beginning = in.readNBytes(FINGERPRINT_BYTES);
        }
        if (beginning.length == 0) {
            // It may become any file.
            return new Found(
                    new Known(fingerprint(beginning, 0), 0, 0, sorted, name), Optional.empty(), Optional.empty());
        }
        for (int i = files.size() - 1; i >= 0; i--) {
            Known known = files.get(i);
            if (isOf(known, beginning) && size >= known.size) {
                Known now = new Known(known.fingerprint, known.length, size, known.sorted, known.source);
                files.set(i, now);
                return new Found(
                        now,
                        Optional.of(known),
                        known.source.equals(name)
                                ? Optional.empty()
                                : Optional.of(
                                        file + " is " + known.source + " under another name: reading goes on in it."));
            }
        }
        Optional<Known> namesake = files.stream()
                .filter(known -> known.source.equals(name) || known.source.startsWith(name + "#"))
                .reduce((first, second) -> second);
        Known added = new Known(fingerprint(beginning, beginning.length), beginning.length, size, sorted, name);
        if (namesake.isPresent()) {
            long same = files.stream()
                    .filter(known -> known.source.equals(name) || known.source.startsWith(name + "#"))
                    .count();
            added = new Known(added.fingerprint, added.length, size, sorted, name + "#" + (same + 1));
        }
        files.add(added);
        return new Found(
                added,
                Optional.empty(),
                namesake.map(before -> isOf(before, beginning)
                        ? file + " is shorter than it was (" + size + " bytes, where it had " + before.size
                                + "): it is read from its start."
                        : file + " is another file than before under that name: it is read from its start."));
    }

    private static boolean isOf(Known known, byte[] beginning) {
        return beginning.length >= known.length
                && fingerprint(beginning, known.length).equals(known.fingerprint);
    }

    private static String fingerprint(byte[] bytes, int length) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes, 0, length);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }

    /** Writes what is known to the journal's folder. */
    void save() throws IOException {
        StringBuilder text = new StringBuilder(HEAD).append('\n');
        for (Known file : files) {
            text.append(file.fingerprint)
                    .append(' ')
                    .append(file.length)
                    .append(' ')
                    .append(file.size)
                    .append(' ')
                    .append(file.sorted ? "sorted" : "as-it-is")
                    .append(' ')
                    .append(file.source.replace('\n', ' '))
                    .append('\n');
        }
        Path fresh = folder.resolve(NAME + ".new");
        Files.deleteIfExists(fresh);
        try (var channel =
                Files.newByteChannel(fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode())) {
            channel.write(java.nio.ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
        }
        Files.move(fresh, folder.resolve(NAME), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private FileAttribute<?>[] mode() throws IOException {
        return Files.getFileStore(folder).supportsFileAttributeView("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }
}
