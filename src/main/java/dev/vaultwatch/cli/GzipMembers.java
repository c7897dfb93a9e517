package dev.vaultwatch.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Unpacks a gzip file (RFC 1952) of any number of members, with or without zero bytes behind or between them.
 *
 * <p>{@link java.util.zip.GZIPInputStream} takes whatever is wrong with the header of a later member for the end of the data, and
 * an {@code available()} of 0 on a slow pipe, too: records are lost in silence. Here everything behind a member is zero bytes, another
 * member, or an error that names the member.
 *
 * <p>Nothing is read ahead of what is asked for but what one read of the source brings. Not thread-safe.
 */
final class GzipMembers extends InputStream {
    private static final int FIRST = 0x1f;
    private static final int SECOND = 0x8b;
    private static final int DEFLATE = 8;

    // Bits of the header's flags, in the order of what they announce.
    private static final int HEADER_CRC = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int RESERVED = 0xe0;

    private final InputStream source;
    private final byte[] packed;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 checksum = new CRC32();
    private int position;
    private int limit;
    private int member;
    private boolean inside;
    private boolean ended;

    /** Owns the source from now on. */
    GzipMembers(InputStream source, int bufferBytes) {
        this.source = source;
        this.packed = new byte[bufferBytes];
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!ended) {
            if (!inside) {
                if (!begin()) {
                    ended = true;
                    return -1;
                }
                inside = true;
            }
            int unpacked = inflate(target, offset, length);
            if (unpacked > 0) {
                checksum.update(target, offset, unpacked);
                return unpacked;
            }
        }
        return -1;
    }

    /** The bytes that are unpacked next, or 0 where the member ended. */
    private int inflate(byte[] target, int offset, int length) throws IOException {
        try {
            while (true) {
                int unpacked = inflater.inflate(target, offset, length);
                if (unpacked > 0) {
                    return unpacked;
                }
                if (inflater.finished()) {
                    position = limit - inflater.getRemaining();
                    end();
                    return 0;
                }
                if (inflater.needsDictionary()) {
                    throw damaged("asks for a dictionary, which gzip has not");
                }
                if (!fill()) {
                    throw cut();
                }
                inflater.setInput(packed, position, limit - position);
                position = limit;
            }
        } catch (DataFormatException e) {
            throw damaged(e.getMessage() == null ? "can't be unpacked" : e.getMessage());
        }
    }

    /** Reads a member's header; false where the data ends before one. */
    private boolean begin() throws IOException {
        int first = next();
        while (member > 0 && first == 0) {
            first = next();
        }
        if (first < 0) {
            return false;
        }
        member++;
        if (first != FIRST || must() != SECOND) {
            throw damaged(member == 1 ? "does not begin as gzip does" : "is neither gzip nor zero bytes");
        }
        if (must() != DEFLATE) {
            throw damaged("is packed by a method that is not gzip's");
        }
        int flags = must();
        if ((flags & RESERVED) != 0) {
            throw damaged("has a header with reserved bits");
        }
        // Time, extra flags, system.
        skip(6);
        if ((flags & EXTRA) != 0) {
            skip(must() | must() << 8);
        }
        skipText(flags & NAME);
        skipText(flags & COMMENT);
        if ((flags & HEADER_CRC) != 0) {
            skip(2);
        }
        inflater.reset();
        checksum.reset();
        inflater.setInput(packed, position, limit - position);
        position = limit;
        return true;
    }

    /** Reads a member's trailer. */
    private void end() throws IOException {
        long sum = four();
        long size = four();
        inside = false;
        if (sum != checksum.getValue()) {
            throw damaged("has a wrong checksum");
        }
        if (size != (inflater.getBytesWritten() & 0xffff_ffffL)) {
            throw damaged("has a wrong length");
        }
    }

    private long four() throws IOException {
        long value = must();
        value |= (long) must() << 8;
        value |= (long) must() << 16;
        return value | (long) must() << 24;
    }

    private void skip(int bytes) throws IOException {
        for (int i = 0; i < bytes; i++) {
            must();
        }
    }

    private void skipText(int flag) throws IOException {
        if (flag != 0) {
            int next;
            do {
                next = must();
            } while (next != 0);
        }
    }

    private int must() throws IOException {
        int next = next();
        if (next < 0) {
            throw cut();
        }
        return next;
    }

    private int next() throws IOException {
        return position < limit || fill() ? packed[position++] & 0xff : -1;
    }

    private boolean fill() throws IOException {
        int read = source.read(packed, 0, packed.length);
        position = 0;
        limit = Math.max(read, 0);
        return read > 0;
    }

    private EOFException cut() {
        return new EOFException("its gzip data ends too early, as if it had been cut short" + in());
    }

    private ZipException damaged(String how) {
        return new ZipException("its gzip data is damaged: what should be member " + member + " " + how);
    }

    private String in() {
        return member > 1 ? ", in member " + member : "";
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        source.close();
    }
}
