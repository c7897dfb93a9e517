package dev.vaultwatch.decode;

import dev.vaultwatch.decode.envelope.LinePrefix;

/**
 * The way that nearly all records take: {@link FlatRecord} reads, and the verdict is reached without the parser. What is odd in any
 * way is left where it is.
 */
final class FlatPath {
    private final Tools tools;
    private final FlatRecord flat;
    private final Reporter reporter;
    private final boolean open;

    /** Where a record stands that could be read and is odd all the same: there is no use in reading it again. */
    private int odd = -1;

    private byte[] oddBytes = Bytes.NONE;

    private boolean prefixed;

    /** Takes whether the way is open at all; if not, all is left to the parser. */
    FlatPath(Tools tools, FlatRecord flat, Reporter reporter, boolean open) {
        this.tools = tools;
        this.flat = flat;
        this.reporter = reporter;
        this.open = open;
    }

    /**
     * Reads the wrapper at a place as {@link WrapperScan#read} does.
     *
     * @param into is cleared first
     */
    int wrapper(RecordFields into, byte[] bytes, int at, int end) {
        into.clear();
        return open ? WrapperScan.read(into, bytes, at, tools.limit(at, end)) : FlatRecord.NOT_FLAT;
    }

    /**
     * Takes the record at a place.
     *
     * @return where it ends, or {@link FlatRecord#NOT_FLAT} if it is left there
     */
    int take(byte[] bytes, int at, int end) {
        if (!open || (at == odd && bytes == oddBytes) || WrapperScan.isLikely(bytes, at, end)) {
            return FlatRecord.NOT_FLAT;
        }
        int next = flat.read(bytes, at, tools.limit(at, end));
        return next == FlatRecord.NOT_FLAT ? FlatRecord.NOT_FLAT : judge(bytes, at, next);
    }

    private int judge(byte[] bytes, int at, int next) {
        String action = flat.auditAction();
        if ((action != null || flat.isOtherLog()) && reporter.judge(flat, action, bytes, at, next)) {
            return next;
        }
        odd = at;
        oddBytes = bytes;
        return FlatRecord.NOT_FLAT;
    }

    /**
     * Takes the record at the end of the line at a place, behind what a shipper has put before it.
     *
     * @return where reading goes on, or {@link FlatRecord#NOT_FLAT} if nothing was taken
     */
    int takePrefixed(byte[] bytes, int at, int end) {
        int record = open ? LinePrefix.plainRecordStart(bytes, at, end) : -1;
        if (record < 0 || (record == odd && bytes == oddBytes)) {
            return FlatRecord.NOT_FLAT;
        }
        int next = flat.read(bytes, record, tools.limit(record, end));
        int line = next == FlatRecord.NOT_FLAT ? -1 : LinePrefix.endBehind(bytes, next, end);
        if (line < 0) {
            return FlatRecord.NOT_FLAT;
        }
        if (judge(bytes, record, next) == FlatRecord.NOT_FLAT) {
            return FlatRecord.NOT_FLAT;
        }
        prefixed = true;
        return line;
    }

    /** Whether a record was taken behind a prefix: brackets of it may lie about. */
    boolean tookPrefixed() {
        return prefixed;
    }

    /** Takes records from a place on as long as it can, on lines with a prefix as well; where it stopped. */
    int takeLines(byte[] bytes, int from, int end) {
        int at = takeAll(bytes, from, end);
        while (at < end) {
            int next = takePrefixed(bytes, at, end);
            if (next == FlatRecord.NOT_FLAT) {
                return at;
            }
            at = takeAll(bytes, next, end);
        }
        return at;
    }

    /** Takes records from a place on as long as it can; where it stopped. */
    int takeAll(byte[] bytes, int from, int end) {
        int at = from;
        while (true) {
            while (at < end && Recovery.isSpace(bytes[at])) {
                at++;
            }
            int next = at < end ? take(bytes, at, end) : FlatRecord.NOT_FLAT;
            if (next == FlatRecord.NOT_FLAT) {
                return at;
            }
            at = next;
        }
    }
}
