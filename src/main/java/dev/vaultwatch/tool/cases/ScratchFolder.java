package dev.vaultwatch.tool.cases;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A temporary folder, which is deleted with all in it when it is closed.
 *
 * @param path where it is
 */
public record ScratchFolder(Path path) implements AutoCloseable {

    /**
     * Makes one.
     *
     * @param name what its name begins with
     * @throws UncheckedIOException if it can't be made
     */
    public static ScratchFolder make(String name) {
        try {
            return new ScratchFolder(Files.createTempDirectory(name));
        } catch (IOException e) {
            throw new UncheckedIOException("The temporary folder can't be made: " + e.getMessage(), e);
        }
    }

    /**
     * Deletes it.
     *
     * @throws UncheckedIOException if it can't be deleted
     */
    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The temporary folder " + path + " can't be deleted.", e);
        }
    }
}
