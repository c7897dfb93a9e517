package dev.vaultwatch.log;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What the log asks of a file system; tests put one in its place that is full, broken or counts. {@link #FILES} is the real
 * one. Any thread may call the disk; a file belongs to one thread at a time.
 */
public interface SegmentDisk {
    /** The file system of the host. */
    SegmentDisk FILES = new HostDisk(System::nanoTime);

    /** Makes an empty file, which only its owner can read, and opens it to be written; one that is there is replaced. */
    File create(Path file) throws IOException;

    /** Opens a file that is there, to read and cut it; no link. */
    File open(Path file) throws IOException;

    /** Deletes a file, if it is there. */
    void delete(Path file) throws IOException;

    /** Makes names that were added to a directory outlive a power loss, where the platform can. */
    void forceDirectory(Path directory) throws IOException;

    /** An open file. */
    interface File extends Closeable {
        /** In bytes. */
        long size() throws IOException;

        /**
         * Fills the array from a place in the file.
         *
         * @throws java.io.EOFException if the file ends before that
         */
        void read(long position, byte[] bytes, int length) throws IOException;

        /**
         * Adds bytes at the end, in one call to the system unless it takes only some of them. After a failure any part may be
         * there.
         */
        void write(byte[] bytes, int length) throws IOException;

        /** Cuts the file to that many bytes; what is written next follows them. */
        void truncate(long size) throws IOException;

        /** Returns when what was written will outlive a power loss. */
        void force() throws IOException;
    }

    /**
     * Not on {@link FileChannel}: that closes itself when its thread is interrupted, and the threads here are the host's. An
     * interrupted one must neither lose an entry nor the log.
     */
    final class HostDisk implements SegmentDisk {
        private final LongSupplier nanoTime;

        /** Takes a clock, as {@link System#nanoTime}. */
        HostDisk(LongSupplier nanoTime) {
            this.nanoTime = nanoTime;
        }

        @Override
        public File create(Path file) throws IOException {
            OwnerOnly.replace(file);
            return new OpenFile(file, new RandomAccessFile(file.toFile(), "rw"), nanoTime);
        }

        @Override
        public File open(Path file) throws IOException {
            OwnerOnly.requireFile(file);
            return new OpenFile(
                    file, new RandomAccessFile(file.toFile(), Files.isWritable(file) ? "rw" : "r"), nanoTime);
        }

        @Override
        public void delete(Path file) throws IOException {
            Files.deleteIfExists(file);
        }

        @Override
        public void forceDirectory(Path directory) throws IOException {
            boolean interrupted = false;
            try {
                boolean done = false;
                while (!done) {
                    interrupted |= Thread.interrupted();
                    done = tryForceDirectory(directory);
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        /** False if an interrupt came between. */
        private static boolean tryForceDirectory(Path directory) throws IOException {
            FileChannel channel;
            try {
                channel = FileChannel.open(directory, StandardOpenOption.READ);
            } catch (IOException e) {
                // Windows opens no directory, and needs no force to keep a name.
                return true;
            }
            try (channel) {
                channel.force(true);
                return true;
            } catch (ClosedByInterruptException e) {
                return false;
            }
        }
    }

    /** A file of the host's. */
    final class OpenFile implements File {
        /** How often it is looked whether the file is still there: for so long at most is written what no restart will find. */
        private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

        private final Path path;
        private final RandomAccessFile file;
        private final LongSupplier nanoTime;
        private long lookedAt;

        private OpenFile(Path path, RandomAccessFile file, LongSupplier nanoTime) {
            this.path = path;
            this.file = file;
            this.nanoTime = nanoTime;
            this.lookedAt = nanoTime.getAsLong();
        }

        /** The operating system goes on writing to a file that others have deleted or moved. */
        private void requireUntouched() throws IOException {
            long size = file.getFilePointer();
            if (!Files.isRegularFile(path) || Files.size(path) < size) {
                throw new IOException("its file " + path
                        + " was deleted, moved or replaced by others, and what was in it is lost to a restart");
            }
            lookedAt = nanoTime.getAsLong();
        }

        @Override
        public long size() throws IOException {
            return file.length();
        }

        @Override
        public void read(long position, byte[] bytes, int length) throws IOException {
            file.seek(position);
            file.readFully(bytes, 0, length);
        }

        /** Each time: a write behind the new end fills what was cut with zeros, and then nothing tells of it any more. */
        private void requireWhole() throws IOException {
            if (file.length() < file.getFilePointer()) {
                throw new IOException(
                        "its file " + path + " was cut short by others, and what they cut off is lost to a restart");
            }
        }

        @Override
        public void write(byte[] bytes, int length) throws IOException {
            if (nanoTime.getAsLong() - lookedAt >= LOOK_NANOS) {
                requireUntouched();
            }
            requireWhole();
            file.write(bytes, 0, length);
        }

        @Override
        public void truncate(long size) throws IOException {
            if (size > file.length() || !Files.isRegularFile(path)) {
                throw new IOException("the file " + path + " is not what was written");
            }
            file.setLength(size);
            file.seek(size);
        }

        @Override
        public void force() throws IOException {
            file.getFD().sync();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
