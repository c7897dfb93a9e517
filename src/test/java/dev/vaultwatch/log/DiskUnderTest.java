package dev.vaultwatch.log;

import dev.vaultwatch.log.SegmentFaultTest.FaultyDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** A disk for the journal of one process that a test fills and empties, and that says what a power loss would leave. */
public final class DiskUnderTest {
    /** Some ten entries of the tests' events, so that there are many segments. */
    private static final long SEGMENT_BYTES = 4_096;

    private final FaultyDisk disk = new FaultyDisk();

    public DiskUnderTest() {
        disk.quick = true;
    }

    /** From now on only so many bytes can be written. */
    public void leaveRoomFor(long bytes) {
        disk.room = bytes;
    }

    /** How many bytes can be written. */
    public long room() {
        return disk.room;
    }

    public boolean isFull() {
        return disk.room == 0;
    }

    public void forcesFail(boolean fail) {
        disk.forceFails = fail;
    }

    /** There is space again. */
    public void mend() {
        disk.mend();
    }

    /** Whether the last that was to be written is not there. */
    public boolean hasRefused() {
        return disk.refused;
    }

    /** The file being written; empty if there is none yet. */
    public String file() {
        return disk.file;
    }

    /** How long that file is. */
    public long length() {
        return disk.length;
    }

    /** How much of it outlives a power loss. */
    public long forcedLength() {
        return disk.forcedLength;
    }

    /** Opens a journal on this disk; it forces no more than it must, since its time stands still. */
    public StoreLog open(Path folder, FsyncPolicy fsync, LogReader reader, StoreLog.Checkpoint checkpoint)
            throws IOException {
        FsyncPolicy policy = fsync == FsyncPolicy.EACH_BATCH ? fsync : FsyncPolicy.interval(Duration.ofSeconds(1));
        return new StoreLog(folder, policy, reader, checkpoint, disk, () -> 0, SEGMENT_BYTES);
    }
}
