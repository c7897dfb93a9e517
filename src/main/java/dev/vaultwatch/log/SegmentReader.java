package dev.vaultwatch.log;

import dev.vaultwatch.log.SegmentLog.Recovery;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads one segment, whatever its bytes. {@link SegmentLog} draws the layout.
 *
 * <h2>What is believed</h2>
 *
 * Payloads carry what outsiders have sent, and an outsider can send the bytes of a whole entry. So an entry is taken only where
 * the lengths of those before it lead. After an entry whose checksum is wrong the chain goes on if its length leads to a good
 * entry; where it leads nowhere, the rest of the segment is given up. The bytes are then searched for anything that looks like
 * an entry, but only to tell a torn tail, which may be cut, from damage in the middle, which stays for somebody to look at.
 *
 * <p>Not thread-safe.
 */
final class SegmentReader {
    private static final int BUFFER_BYTES = 1 << 16;

    /** Bytes that the search may check: some 50 ms. Without it an outsider's lengths could make it quadratic. */
    private static final long SEARCH_BYTES = 1L << 28;

    private static final int NOT_GOOD = -1;
    private static final long NOWHERE = -1;

    private final SegmentDisk.File file;
    private final long number;
    private final long size;
    private final CRC32C crc = new CRC32C();

    private ByteBuffer buffer;
    private long bufferStart;
    private int buffered;

    SegmentReader(SegmentDisk.File file, long number) throws IOException {
        this.file = file;
        this.number = number;
        this.size = file.size();
        this.buffer = ByteBuffer.allocate((int) Math.min(size, BUFFER_BYTES));
    }

    /** In bytes, when it was opened. */
    long size() {
        return size;
    }

    /**
     * The version that has written the file; this program's own if it can't be told, for then the file is damaged, not
     * foreign.
     */
    int version() {
        try {
            if (size >= SegmentLog.HEADER_BYTES) {
                int at = fill(0, SegmentLog.HEADER_BYTES);
                return isHeaderWhole(at) ? buffer.getInt(at + SegmentLog.VERSION_AT) : SegmentLog.VERSION;
            }
        } catch (IOException e) {
            // The reading of the entries meets it again, and reports it.
        }
        return SegmentLog.VERSION;
    }

    private boolean isHeaderWhole(int at) {
        crc.reset();
        crc.update(buffer.array(), at, SegmentLog.HEADER_CRC_AT);
        return buffer.getInt(at) == SegmentLog.MAGIC
                && buffer.getInt(at + SegmentLog.HEADER_CRC_AT) == (int) crc.getValue();
    }

    /**
     * Hands over the entries that can be read and reports damage. Reports no torn tail: the caller does, who cuts it.
     *
     * @param mayBeTorn whether this is the last segment, the only one whose writer may have been stopped
     * @return how many bytes of the file are to stay: its size, or less if it ends in a torn tail; 0 if nothing in it is whole
     */
    long read(boolean mayBeTorn, Recovery recovery) {
        long at = 0;
        try {
            if (size < SegmentLog.HEADER_BYTES && mayBeTorn) {
                return 0;
            }
            String fault = headerFault();
            if (fault != null) {
                recovery.damaged(number, 0, Math.min(size, SegmentLog.HEADER_BYTES), fault);
            }
            boolean anyWhole = fault == null;
            at = SegmentLog.HEADER_BYTES;
            while (at < size) {
                int length = goodLength(at);
                if (length != NOT_GOOD) {
                    int payload = fill(at, SegmentLog.ENTRY_HEADER_BYTES + length) + SegmentLog.ENTRY_HEADER_BYTES;
                    recovery.entry(number, buffer.slice(payload, length));
                    at += SegmentLog.ENTRY_HEADER_BYTES + length;
                    anyWhole = true;
                    continue;
                }
                long next = nextGood(at);
                if (next == NOWHERE) {
                    if (mayBeTorn && !seemsFollowed(at)) {
                        return anyWhole ? at : 0;
                    }
                    recovery.damaged(number, at, size - at, "no entry can be made out from here on");
                    return size;
                }
                recovery.damaged(number, at, next - at, "the checksum is wrong");
                at = next;
            }
        } catch (IOException e) {
            recovery.damaged(number, at, size - at, "it can't be read: " + e);
        }
        return size;
    }

    private @Nullable String headerFault() throws IOException {
        if (size < SegmentLog.HEADER_BYTES) {
            return "the header is cut short";
        }
        int at = fill(0, SegmentLog.HEADER_BYTES);
        if (!isHeaderWhole(at)) {
            return "the header's mark or checksum is wrong";
        }
        long written = buffer.getLong(at + SegmentLog.NUMBER_AT);
        return written == number ? null : "the header is that of segment " + written;
    }

    /** The length of the entry at a place, {@link #NOT_GOOD} if its length or checksum can't be. */
    private int goodLength(long at) throws IOException {
        int length = possibleLength(at);
        if (length == NOT_GOOD) {
            return NOT_GOOD;
        }
        int start = fill(at, SegmentLog.ENTRY_HEADER_BYTES + length);
        return buffer.getInt(start + 4) == SegmentLog.checksum(crc, buffer.array(), start, length) ? length : NOT_GOOD;
    }

    private int possibleLength(long at) throws IOException {
        long most = Math.min(size - at - SegmentLog.ENTRY_HEADER_BYTES, SegmentLog.MAX_ENTRY_BYTES);
        if (most < 0) {
            return NOT_GOOD;
        }
        int length = buffer.getInt(fill(at, 4));
        return length >= 0 && length <= most ? length : NOT_GOOD;
    }

    /**
     * The next good entry that the lengths lead to from a bad one. A bad one of length 0 leads nowhere: it is a hole of
     * zeros.
     */
    private long nextGood(long bad) throws IOException {
        long at = bad;
        int length = possibleLength(at);
        while (length > 0) {
            at += SegmentLog.ENTRY_HEADER_BYTES + length;
            if (goodLength(at) != NOT_GOOD) {
                return at;
            }
            length = possibleLength(at);
        }
        return NOWHERE;
    }

    /** Whether something that looks like an entry comes after a bad one. In doubt, yes: then nothing is cut. */
    private boolean seemsFollowed(long bad) throws IOException {
        long tail = size - bad;
        if (tail > SegmentLog.ENTRY_HEADER_BYTES + SegmentLog.MAX_ENTRY_BYTES) {
            return true;
        }
        fill(bad, (int) tail);
        long budget = SEARCH_BYTES;
        for (long at = bad + 1; at <= size - SegmentLog.ENTRY_HEADER_BYTES; at++) {
            int length = possibleLength(at);
            if (length > 0) {
                budget -= length;
                if (budget < 0 || goodLength(at) != NOT_GOOD) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Has bytes of the file in the buffer, which may move others out; returns where they begin. */
    private int fill(long at, int bytes) throws IOException {
        if (at < bufferStart || at + bytes > bufferStart + buffered) {
            if (bytes > buffer.capacity()) {
                buffer = ByteBuffer.allocate(bytes);
            }
            // Nothing is there while a read may fail half-way.
            buffered = 0;
            int length = (int) Math.min(buffer.capacity(), size - at);
            file.read(at, buffer.array(), length);
            bufferStart = at;
            buffered = length;
        }
        return (int) (at - bufferStart);
    }
}
