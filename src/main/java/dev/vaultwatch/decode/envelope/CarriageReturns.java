package dev.vaultwatch.decode.envelope;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Lines that end in a carriage return alone, as old Macs and Excel's CSV (Macintosh) end them, as lines. */
final class CarriageReturns extends FilterInputStream {
    CarriageReturns(InputStream in) {
        super(in);
    }

    /** Whether a line ends so at a place: a carriage return with something else than a line feed behind it. */
    static boolean isEnd(byte[] bytes, int at, int limit) {
        return at + 1 < limit && bytes[at] == '\r' && bytes[at + 1] != '\n';
    }

    @Override
    public int read() throws IOException {
        int c = super.read();
        return c == '\r' ? '\n' : c;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int count = super.read(into, offset, length);
        for (int i = offset; i < offset + count; i++) {
            into[i] = into[i] == '\r' ? (byte) '\n' : into[i];
        }
        return count;
    }
}
