package dev.vaultwatch.log;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One owner a directory, in this process and all others on the machine. The system ends the hold of a process that was killed;
 * the files {@code lock} and {@code owner} stay, and mean nothing to another process.
 *
 * <p>Two marks, because the system's lock belongs to the process: the second opener in the same process must not even open the
 * file, for on POSIX its closing would end the first one's lock. So the file {@code owner} is read first, which names the
 * process that holds the lock, by number and start. It is seen across class loaders, where a static field of this class
 * is not, and leaves the host's system properties alone.
 */
final class SegmentLock implements Closeable {
    private static final String FILE = "lock";
    private static final String OWNER = "owner";
    private static final int MOST_OWNER_BYTES = 256;

    private final Path directory;
    private final FileChannel channel;

    private SegmentLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Takes the lock, without waiting.
     *
     * @param directory it exists
     * @throws IOException if the lock is taken or there can be none; its message names the directory
     */
    static SegmentLock take(Path directory) throws IOException {
        if (thisProcess().equals(owner(directory))) {
            throw taken(directory, "this process", null);
        }
        FileChannel channel = OwnerOnly.open(
                directory.resolve(FILE),
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw taken(directory, "another process", null);
            }
            writeOwner(directory.resolve(OWNER));
            return new SegmentLock(directory, channel);
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw taken(directory, "this process", e);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** A number alone would not do: in a container the plugin's process is number 1 every time. */
    private static String thisProcess() {
        ProcessHandle.Info info = ProcessHandle.current().info();
        return ProcessHandle.current().pid() + " since "
                + info.startInstant().map(Object::toString).orElse("an unknown time");
    }

    private static String owner(Path directory) throws IOException {
        Path file = directory.resolve(OWNER);
        OwnerOnly.requireFile(file);
        try (InputStream bytes = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            return new String(bytes.readNBytes(MOST_OWNER_BYTES), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    private static void writeOwner(Path file) throws IOException {
        OwnerOnly.replace(file);
        Files.writeString(file, thisProcess(), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    }

    private static IOException taken(Path directory, String holder, @Nullable Exception cause) {
        return new IOException(
                "The journal in " + directory + " is in use by " + holder
                        + ": each running plugin needs a directory of its own.",
                cause);
    }

    /** The lock's file first: while the owner's is there, nobody in this process opens it. */
    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            Files.deleteIfExists(directory.resolve(OWNER));
        }
    }
}
