package dev.vaultwatch.cli;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A folder for files that are needed while a command runs: made under {@code java.io.tmpdir} when it is first asked for, for this user
 * alone (0700 where the file system has such modes), and removed with all in it by {@link #close}. Thread-safe.
 */
final class TempFolder implements AutoCloseable {
    private @Nullable Path folder;
    private boolean closed;
    private int files;

    /**
     * A name for a new file in it.
     *
     * @throws IOException if the folder can't be made
     */
    synchronized Path newFile() throws IOException {
        if (closed) {
            throw new IOException("the command is ending");
        }
        if (folder == null) {
            // The JDK makes it with mode 0700.
            folder = Files.createTempDirectory("vaultwatch-sort-");
        }
        return folder.resolve("run-" + files++);
    }

    /** Where it is; empty if it was not needed. */
    synchronized Optional<Path> path() {
        return Optional.ofNullable(folder);
    }

    /** Removes it. What can't be removed stays, since there is nobody who could do better. */
    @Override
    public synchronized void close() {
        closed = true;
        if (folder == null) {
            return;
        }
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                        throws IOException {
                    Files.deleteIfExists(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException ignored) {
            // Said above.
        }
    }
}
