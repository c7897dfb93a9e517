package dev.vaultwatch.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A log of opaque entries in a directory: added at the end, read once when it is opened, removed from the front by whole files.
 *
 * <h2>On disk</h2>
 *
 * Segments are files {@code 0000000001.segment} and on, numbered without a gap. A process adds only to segments that it has
 * begun itself, and begins one at its first entry. Numbers are big-endian; checksums are CRC32C.
 *
 * <pre>
 *   segment header, 32 bytes                          entry, 8 bytes and the payload
 *
 *    0       4       8                                 0       4       8           8 + n
 *    ┌───────┬───────┬───────────────┐                 ┌───────┬───────┬───── ─ ────┐
 *    │ magic │version│ segment number│                 │length │ check-│  payload   │
 *    │ "VWSL"│   2   │               │                 │   n   │  sum  │            │
 *    ├───────┴───────┼───────┬───────┤                 └───────┴───────┴───── ─ ────┘
 *    │ creation time │   0   │ check-│
 *    │               │       │  sum  │                 checksum: of bytes 0–3 and the payload
 *    └───────────────┴───────┴───────┘
 *   16              24      28      32
 *
 *   segment number: 64 bits, as in the file's name    creation time: 64 bits, milliseconds since the epoch
 *   checksum: of bytes 0–27                           length: 0 to 16,777,216
 * </pre>
 *
 * Later versions keep the first 8 bytes and the checksum where they are, so that every version knows a foreign file from a
 * damaged one.
 *
 * <h2>What is lost when</h2>
 *
 * <ul>
 *   <li>The process is killed: nothing that {@link #append} has returned for, whatever the policy, since the system has it.
 *       The entry being written may be there in part; it is the torn tail that {@link #open} cuts.
 *   <li>The power fails: see {@link FsyncPolicy}.
 *   <li>A write fails: its entry alone, and {@code append} says so. What it left is cut off, at once or before the next entry;
 *       if even that fails, the next entry goes to a new segment, and the remains are reported as damage when the log is opened
 *       again, though no entry is missing.
 *   <li>Bytes on disk change: the entries whose bytes they are. If it is a length that changed, also those after it in the same
 *       segment.
 * </ul>
 *
 * <p>Not thread-safe; the owner holds a lock. An interrupt of the calling thread has no effect and is kept.
 */
public final class SegmentLog implements Closeable {
    /** The longest entry, in bytes. A length beyond it is damage, so that damage can't ask for a gigabyte of heap. */
    public static final int MAX_ENTRY_BYTES = 1 << 24;

    static final int MAGIC = 0x5657534C; // "VWSL"
    static final int VERSION = 2;
    static final int VERSION_AT = 4;
    static final int NUMBER_AT = 8;
    static final int CREATION_TIME_AT = 16;
    static final int HEADER_CRC_AT = 28;
    static final int HEADER_BYTES = 32;
    static final int ENTRY_HEADER_BYTES = 8;

    private static final String SUFFIX = ".segment";
    private static final int FIRST_FRAME_BYTES = 1 << 12;

    /** A frame larger than this is not kept for the next entry. */
    private static final int KEPT_FRAME_BYTES = 1 << 18;

    /** What the log holds, told once, while it is opened and on the opener's thread. May not call the log. */
    public interface Recovery {
        /**
         * A whole entry; in the order in which they were appended.
         *
         * @param payload valid only during the call; it has an array
         */
        void entry(long segment, ByteBuffer payload);

        /**
         * The log ended in a part of an entry, as a kill in the middle of a write leaves it; after a power loss, of several. It
         * is cut off.
         *
         * @param offset where in the segment's file, and its length from now on; 0 if there was no entry, and the file is gone
         * @param bytes how many were cut
         */
        void torn(long segment, long offset, long bytes);

        /**
         * There are bytes that are no entries where entries should be; they are left as they are. Entries that were appended may
         * be missing.
         *
         * @param offset where in the segment's file
         * @param bytes how many can't be read; 0 if the whole file is missing
         * @param why a clause for people
         */
        void damaged(long segment, long offset, long bytes, String why);
    }

    private final SegmentDisk disk;
    private final LongSupplier nanoTime;
    private final Path directory;
    private final FsyncPolicy policy;
    private final long segmentBytes;
    private final SegmentLock lock;
    private final CRC32C crc = new CRC32C();

    /** Segments that are not written any more, with their sizes. */
    private final TreeMap<Long, Long> finished = new TreeMap<>();

    private long finishedBytes;
    private long lastNumber;
    private boolean closed;

    private SegmentDisk.@Nullable File active;

    /** The bytes of the active segment that are whole; there may be more in the file if {@link #tailIsTorn}. */
    private long activeBytes;

    private boolean tailIsTorn;
    private boolean unforced;
    private long lastForce;

    /** The entry being written, header and payload: one array, so one call. */
    private ByteBuffer frame = ByteBuffer.allocate(FIRST_FRAME_BYTES);

    private SegmentLog(
            SegmentDisk disk,
            LongSupplier nanoTime,
            Path directory,
            FsyncPolicy policy,
            long segmentBytes,
            SegmentLock lock) {
        this.disk = disk;
        this.nanoTime = nanoTime;
        this.directory = directory;
        this.policy = policy;
        this.segmentBytes = segmentBytes;
        this.lock = lock;
        this.lastForce = nanoTime.getAsLong();
    }

    /**
     * Opens the log of a directory, which is made if it is not there, and tells what is in it. Damage is told, never thrown.
     *
     * @param segmentBytes the size a segment may grow to; a longer entry gets one of its own
     * @throws IOException if the log is open elsewhere, in this process or another; if a file is of another version, in which
     *     case nothing was told or changed; or if the directory can't be used
     */
    public static SegmentLog open(Path directory, FsyncPolicy policy, long segmentBytes, Recovery recovery)
            throws IOException {
        return open(directory, policy, segmentBytes, recovery, SegmentDisk.FILES, System::nanoTime);
    }

    public static SegmentLog open(
            Path directory,
            FsyncPolicy policy,
            long segmentBytes,
            Recovery recovery,
            SegmentDisk disk,
            LongSupplier nanoTime)
            throws IOException {
        if (segmentBytes < 1) {
            throw new IllegalArgumentException("A segment has at least 1 byte, not " + segmentBytes + ".");
        }
        OwnerOnly.createDirectories(directory);
        SegmentLock lock = SegmentLock.take(directory);
        try {
            SegmentLog log = new SegmentLog(disk, nanoTime, directory, policy, segmentBytes, lock);
            log.recover(recovery);
            return log;
        } catch (IOException | RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    // ---- recovery

    private void recover(Recovery recovery) throws IOException {
        List<Long> numbers = numbers();
        for (long number : numbers) {
            refuseOtherVersion(number);
        }
        for (int i = 0; i < numbers.size(); i++) {
            long number = numbers.get(i);
            if (i > 0 && number > lastNumber + 1) {
                recovery.damaged(lastNumber + 1, 0, 0, "the file is missing, up to segment " + (number - 1));
            }
            recover(number, i == numbers.size() - 1, recovery);
        }
    }

    private List<Long> numbers() throws IOException {
        List<Long> numbers = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString();
                if (name.matches("\\d{10,18}\\Q" + SUFFIX + "\\E")) {
                    long number = Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
                    if (file(number).getFileName().toString().equals(name)) {
                        numbers.add(number);
                    }
                }
            }
        }
        numbers.sort(null);
        return numbers;
    }

    private void refuseOtherVersion(long number) throws IOException {
        try (SegmentDisk.File file = disk.open(file(number))) {
            int version = new SegmentReader(file, number).version();
            if (version != VERSION) {
                throw new IOException("The journal's file " + file(number) + " has version " + version
                        + ", and this program reads version " + VERSION
                        + ": use the program that wrote it, or move the directory away.");
            }
        }
    }

    private void recover(long number, boolean isLast, Recovery recovery) throws IOException {
        long size;
        long whole;
        try (SegmentDisk.File file = disk.open(file(number))) {
            SegmentReader reader = new SegmentReader(file, number);
            size = reader.size();
            whole = reader.read(isLast, recovery);
            if (whole > 0 && whole < size) {
                file.truncate(whole);
                if (policy.everForces()) {
                    // Once there is a next segment, a tail that comes back would be damage.
                    file.force();
                }
            }
        }
        if (whole == 0 && isLast) {
            disk.delete(file(number));
        } else {
            finished.put(number, whole);
            finishedBytes += whole;
            lastNumber = number;
        }
        if (whole < size) {
            recovery.torn(number, whole, size - whole);
        }
    }

    // ---- writing

    /**
     * Adds an entry.
     *
     * @return the number of the segment that it is in, from 1
     * @throws IOException if it could not be written; it is not in the log, and the log can be used on
     * @throws IllegalArgumentException if it is longer than {@link #MAX_ENTRY_BYTES}
     * @throws IllegalStateException if the log is closed
     */
    public long append(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        return append(ByteBuffer.wrap(bytes, offset, length));
    }

    /**
     * Adds an entry, the bytes that remain in the buffer; its position stays.
     *
     * @see #append(byte[], int, int)
     */
    public long append(ByteBuffer payload) throws IOException {
        checkOpen();
        int length = payload.remaining();
        if (length > MAX_ENTRY_BYTES) {
            throw new IllegalArgumentException(
                    "An entry has at most " + MAX_ENTRY_BYTES + " bytes, and this one has " + length + ".");
        }
        int frameBytes = ENTRY_HEADER_BYTES + length;
        SegmentDisk.File file = segmentFor(frameBytes);
        fillFrame(payload, length);
        try {
            file.write(frame.array(), frameBytes);
        } catch (IOException | RuntimeException | Error e) {
            tailIsTorn = true;
            cutTail(file, e);
            throw e;
        }
        activeBytes += frameBytes;
        unforced = true;
        if (frame.capacity() > KEPT_FRAME_BYTES) {
            frame = ByteBuffer.allocate(FIRST_FRAME_BYTES);
        }
        return lastNumber;
    }

    /** After the close the directory may be another's. */
    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("The journal in " + directory + " is closed.");
        }
    }

    private void fillFrame(ByteBuffer payload, int length) {
        if (frame.capacity() < ENTRY_HEADER_BYTES + length) {
            frame = ByteBuffer.allocate(ENTRY_HEADER_BYTES + Math.max(length, Integer.highestOneBit(length) << 1));
        }
        frame.putInt(0, length);
        payload.get(payload.position(), frame.array(), ENTRY_HEADER_BYTES, length);
        frame.putInt(4, checksum(crc, frame.array(), 0, length));
    }

    /** The checksum of an entry whose header begins at a place in the array. */
    static int checksum(CRC32C crc, byte[] bytes, int start, int length) {
        crc.reset();
        crc.update(bytes, start, 4);
        crc.update(bytes, start + ENTRY_HEADER_BYTES, length);
        return (int) crc.getValue();
    }

    private SegmentDisk.File segmentFor(int frameBytes) throws IOException {
        SegmentDisk.File file = active;
        if (file != null) {
            boolean isFull = activeBytes > HEADER_BYTES && activeBytes + frameBytes > segmentBytes;
            if (cutTail(file, null) && !isFull) {
                return file;
            }
            finish(file);
        }
        return begin();
    }

    /** Whether an entry of that length would begin a new segment, if it were appended now. */
    boolean wouldBegin(int length) {
        return active == null
                || tailIsTorn
                || (activeBytes > HEADER_BYTES && activeBytes + ENTRY_HEADER_BYTES + length > segmentBytes);
    }

    /** Ends the segment being written, if there is an entry in it: the next entry begins another. */
    void endSegment() throws IOException {
        checkOpen();
        SegmentDisk.File file = active;
        if (file != null && activeBytes > HEADER_BYTES) {
            cutTail(file, null);
            finish(file);
        }
    }

    /** False if a failed write has left something that can't be cut off now either. */
    private boolean cutTail(SegmentDisk.File file, @Nullable Throwable cause) {
        if (tailIsTorn) {
            try {
                file.truncate(activeBytes);
                tailIsTorn = false;
            } catch (IOException e) {
                if (cause != null) {
                    cause.addSuppressed(e);
                }
            }
        }
        return !tailIsTorn;
    }

    /** Forced before it is left, so that at most one segment waits for a force. */
    private void finish(SegmentDisk.File file) throws IOException {
        if (policy.everForces()) {
            force(file);
        }
        active = null;
        tailIsTorn = false;
        finished.put(lastNumber, activeBytes);
        finishedBytes += activeBytes;
        file.close();
    }

    private SegmentDisk.File begin() throws IOException {
        long number = lastNumber + 1;
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES)
                .putInt(0, MAGIC)
                .putInt(VERSION_AT, VERSION)
                .putLong(NUMBER_AT, number)
                .putLong(CREATION_TIME_AT, System.currentTimeMillis());
        crc.reset();
        crc.update(header.array(), 0, HEADER_CRC_AT);
        header.putInt(HEADER_CRC_AT, (int) crc.getValue());

        SegmentDisk.File file = disk.create(file(number));
        try {
            file.write(header.array(), HEADER_BYTES);
            if (policy.everForces()) {
                disk.forceDirectory(directory);
            }
        } catch (IOException | RuntimeException | Error e) {
            giveUp(file, number, e);
            throw e;
        }
        active = file;
        activeBytes = HEADER_BYTES;
        lastNumber = number;
        return file;
    }

    /** The next attempt takes the same number, and empties the file should it still be there. */
    private void giveUp(SegmentDisk.File file, long number, Throwable cause) {
        try {
            file.close();
            disk.delete(file(number));
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /**
     * Ends a batch: what was appended is forced to the disk if the policy asks for it now.
     *
     * @throws IOException if that failed. The entries are in the log, but a power loss may take them even if a later commit
     *     succeeds: some systems try a failed write-back only once
     * @throws IllegalStateException if the log is closed
     */
    public void commit() throws IOException {
        checkOpen();
        if (active != null && policy.everForces() && nanoTime.getAsLong() - lastForce >= policy.nanos) {
            force(active);
        }
    }

    private void force(SegmentDisk.File file) throws IOException {
        if (unforced) {
            file.force();
            unforced = false;
            lastForce = nanoTime.getAsLong();
        }
    }

    // ---- upkeep

    /**
     * Deletes the segments before the given one, but never the last, whose number tells where to go on counting. They go in
     * order, so that what is there has no gap. First what was appended is forced, unless the policy is {@link FsyncPolicy#NEVER}:
     * a power loss must not take the entry that says why they are gone.
     *
     * @throws IOException if that fails, or one can't be deleted; it and those after it are there, and the next call tries again
     * @throws IllegalStateException if the log is closed
     */
    public void removeBefore(long segment) throws IOException {
        checkOpen();
        if (active != null && policy.everForces() && !finished.isEmpty() && finished.firstKey() < segment) {
            force(active);
        }
        while (!finished.isEmpty() && finished.firstKey() < Math.min(segment, lastNumber)) {
            long number = finished.firstKey();
            disk.delete(file(number));
            finishedBytes -= Objects.requireNonNull(finished.remove(number));
        }
    }

    /** The size of all segments on disk, in bytes; remains of a failed write that could not be cut are not counted. */
    public long bytes() {
        return finishedBytes + (active == null ? 0 : activeBytes);
    }

    /**
     * Forces what is not forced yet, unless the policy is {@link FsyncPolicy#NEVER}, and lets go of the directory, even if that
     * fails. May be called again.
     */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try (lock) {
            if (active != null) {
                try (SegmentDisk.File file = active) {
                    cutTail(file, null);
                    finish(file);
                }
            }
        }
    }

    private Path file(long number) {
        return directory.resolve(String.format(Locale.ROOT, "%010d", number) + SUFFIX);
    }
}
