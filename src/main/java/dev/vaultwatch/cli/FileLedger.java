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
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which files a journal knows: by the fingerprint of their beginning, as log shippers do, so that a file is found again under
 * another name and a new file under an old name is not taken for the old one. The beginning is the first
 * {@value #FINGERPRINT_BYTES} bytes, or as many as there were when the file was last seen: an export of a quiet day may hold no more
 * than the names of its columns, with which the next day's begins, too.
 *
 * <p>Of a gzip file all that is what it holds unpacked: so a log that is packed when it is rotated is found again, and one that is
 * packed anew.
 *
 * <p>Kept as {@value #NAME} in the journal's folder, a line a file: SHA-256 and length of the beginning when the file was first seen,
 * the same of when it was last seen, the file's size, whether it was sorted, its name as a source. Written whole and moved into place, mode 0600. Not thread-safe; the plugin's lock on the folder keeps other
 * processes out.
 */
final class FileLedger {
    /** Beside the journal's segments, whose names differ. */
    static final String NAME = "replayed-files";

    static final int FINGERPRINT_BYTES = 1 << 16;

    private static final String HEAD = "vaultwatch replayed files 2";

    /** What an earlier build wrote: without the beginning as it was last seen. */
    private static final String HEAD_OF_ONE_BEGINNING = "vaultwatch replayed files 1";

    private final Path folder;
    private final List<Known> files = new ArrayList<>();

    /**
     * One file.
     *
     * @param fingerprint of the beginning when the file was first seen; the epoch of the source
     * @param length of that beginning in bytes
     * @param latest fingerprint of the beginning when the file was last seen, by which it is found again
     * @param latestLength of that beginning in bytes
     * @param size of the file in bytes, unpacked
     * @param sorted whether its places are numbers in the order of time, not bytes in the file
     * @param source the name of the source: the path under which it was first seen
     */
    record Known(
            String fingerprint, int length, String latest, int latestLength, long size, boolean sorted, String source) {

        private static Known fresh(byte[] beginning, long size, boolean sorted, String source) {
            String fingerprint = FileLedger.fingerprint(beginning, beginning.length);
            return new Known(fingerprint, beginning.length, fingerprint, beginning.length, size, sorted, source);
        }
    }

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
            boolean isOfOneBeginning = !lines.isEmpty() && lines.get(0).equals(HEAD_OF_ONE_BEGINNING);
            if (lines.isEmpty() || !(isOfOneBeginning || lines.get(0).equals(HEAD))) {
                throw new IOException(file + " does not begin with '" + HEAD + "'");
            }
            for (int i = 1; i < lines.size(); i++) {
                ledger.files.add(known(file, i + 1, lines.get(i), isOfOneBeginning));
            }
        }
        return ledger;
    }

    private static Known known(Path file, int number, String line, boolean isOfOneBeginning) throws IOException {
        int more = isOfOneBeginning ? 0 : 2;
        String[] parts = line.split(" ", 5 + more);
        try {
            if (parts.length == 5 + more) {
                return new Known(
                        parts[0],
                        Integer.parseInt(parts[1]),
                        parts[more],
                        Integer.parseInt(parts[1 + more]),
                        Long.parseLong(parts[2 + more]),
                        parts[3 + more].equals("sorted"),
                        parts[4 + more]);
            }
        } catch (NumberFormatException ignored) {
            // As for too few parts.
        }
        throw new IOException(file + ":" + number + ": expected fingerprints with their lengths, size, order and name");
    }

    /**
     * Looks a file up, and notes how large it is now.
     *
     * @param sorted whether a file that is new is to be sorted
     * @throws IOException if the file can't be read
     */
    Found find(Path file, boolean sorted) throws IOException {
        String name = file.toAbsolutePath().normalize().toString();
        byte[] asItLies;
        try (InputStream in = Files.newInputStream(file)) {
            asItLies = in.readNBytes(FINGERPRINT_BYTES);
        }
        Content content = Input.isGzip(asItLies) ? Content.unpacked(file) : new Content(asItLies, Files.size(file));
        byte[] beginning = content.beginning;
        long size = content.size;
        if (beginning.length == 0) {
            // It may become any file.
            return new Found(Known.fresh(beginning, 0, sorted, name), Optional.empty(), Optional.empty());
        }
        int at = best(beginning, size, name);
        if (at < 0 && Input.isGzip(asItLies)) {
            at = packedBefore(asItLies, Files.size(file), size, name);
        }
        if (at >= 0) {
            Known known = files.get(at);
            Known now = new Known(
                    known.fingerprint,
                    known.length,
                    fingerprint(beginning, beginning.length),
                    beginning.length,
                    size,
                    known.sorted,
                    known.source);
            files.set(at, now);
            return new Found(
                    now,
                    Optional.of(known),
                    known.source.equals(name)
                            ? Optional.empty()
                            : Optional.of(
                                    file + " is " + known.source + " under another name: reading goes on in it."));
        }
        Optional<Known> namesake = files.stream()
                .filter(known -> known.source.equals(name) || known.source.startsWith(name + "#"))
                .reduce((first, second) -> second);
        Known added = Known.fresh(beginning, size, sorted, name);
        if (namesake.isPresent()) {
            long same = files.stream()
                    .filter(known -> known.source.equals(name) || known.source.startsWith(name + "#"))
                    .count();
            added = Known.fresh(beginning, size, sorted, name + "#" + (same + 1));
        }
        Optional<Known> longer = files.stream()
                .filter(known -> size < known.size && begins(beginning, known.fingerprint, known.length))
                .findFirst();
        files.add(added);
        return new Found(
                added,
                Optional.empty(),
                namesake.map(before -> begins(beginning, before.fingerprint, before.length)
                                ? file + " is shorter than it was (" + size + " bytes, where it had " + before.size
                                        + "): it is read from its start."
                                : file + " is another file than before under that name: it is read from its start.")
                        .or(() -> longer.map(before -> file + " begins as " + before.source + " did and is shorter ("
                                + size + " bytes, where that had " + before.size + "): it is read from its start.")));
    }

    /**
     * Finds a gzip file that an earlier build noted as it lies there, and notes it as what it holds.
     *
     * @return its place in the list; -1 if there is none
     */
    private int packedBefore(byte[] asItLies, long sizeAsItLies, long size, String name) {
        int at = best(asItLies, sizeAsItLies, name);
        if (at >= 0) {
            Known known = files.get(at);
            files.set(
                    at,
                    new Known(
                            known.fingerprint,
                            known.length,
                            known.latest,
                            known.latestLength,
                            sizeAsItLies == known.size ? size : known.size,
                            known.sorted,
                            known.source));
        }
        return at;
    }

    /** What a file holds, unpacked: a log that is packed when it is rotated holds what it held. */
    @SuppressWarnings("ArrayRecordComponent") // on its way from one method to the next, and never compared
    private record Content(byte[] beginning, long size) {

        /** Reads all of a gzip file, which alone tells how much it holds; of a damaged one, as far as it goes. */
        private static Content unpacked(Path file) throws IOException {
            byte[] beginning = new byte[FINGERPRINT_BYTES];
            byte[] rest = new byte[FINGERPRINT_BYTES];
            long size = 0;
            try (Input input = Input.open(file, InputStream.nullInputStream())) {
                InputStream in = input.stream();
                while (true) {
                    int count = size < beginning.length
                            ? in.read(beginning, (int) size, beginning.length - (int) size)
                            : in.read(rest);
                    if (count < 0) {
                        break;
                    }
                    size += count;
                }
            } catch (IOException damaged) {
                // Whoever reads its records says so.
            }
            return new Content(Arrays.copyOf(beginning, (int) Math.min(size, beginning.length)), size);
        }
    }

    /**
     * Which of the files begins as this one does: of several, one may be the beginning of another, and the longest tells most.
     *
     * @return its place in the list; -1 if none is
     */
    private int best(byte[] beginning, long size, String name) {
        int best = -1;
        for (int i = 0; i < files.size(); i++) {
            Known known = files.get(i);
            if (size < known.size || !begins(beginning, known.latest, known.latestLength)) {
                continue;
            }
            int longer = best < 0 ? 1 : Integer.compare(known.latestLength, files.get(best).latestLength);
            if (longer > 0 || (longer == 0 && !files.get(best).source.equals(name))) {
                best = i;
            }
        }
        return best;
    }

    private static boolean begins(byte[] beginning, String fingerprint, int length) {
        return beginning.length >= length && fingerprint(beginning, length).equals(fingerprint);
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
                    .append(file.latest)
                    .append(' ')
                    .append(file.latestLength)
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
