package dev.vaultwatch.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Files and folders that only their owner can read, where the file system knows owners (POSIX); elsewhere they have what the
 * parent folder gives. The log holds names of people and their addresses. Links are not followed: whoever may write to the
 * folder must not make the plugin write elsewhere.
 */
final class OwnerOnly {
    private OwnerOnly() {}

    /** Makes a folder with its parents; the parents are as others make them, and one that is there is left as it is. */
    static void createDirectories(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        try {
            Files.createDirectory(directory, attributes(directory, "rwx------"));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    /** Makes a file; in the place of one that is there, whatever links lead to that. */
    static void replace(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, attributes(file, "rw-------"));
    }

    /** Opens a file, and makes it if one of the options says so. */
    static FileChannel open(Path file, Set<? extends OpenOption> options) throws IOException {
        requireFile(file);
        return FileChannel.open(file, options, attributes(file, "rw-------"));
    }

    /**
     * Refuses what is there and is no file of the folder's own.
     *
     * @throws IOException if it is a link, a folder, a pipe or a device
     */
    static void requireFile(Path file) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(file + " is "
                    + (Files.isSymbolicLink(file) ? "a symbolic link" : "no regular file")
                    + ", and a file was expected: the journal follows no links. Remove it, or name another folder.");
        }
    }

    private static FileAttribute<?>[] attributes(Path path, String permissions) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
