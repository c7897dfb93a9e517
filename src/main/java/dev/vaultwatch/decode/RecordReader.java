package dev.vaultwatch.decode;

import com.fasterxml.jackson.core.JsonFactory;
import dev.vaultwatch.decode.envelope.FileKind;
import dev.vaultwatch.decode.envelope.LinePrefix;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of unknown shape and any length into chunks that {@link KeyVaultDecoder} takes, in constant memory.
 *
 * <h2>Chunks</h2>
 *
 * A chunk holds whole records: the complete lines that the buffer has, where each line is a value of its own; else one
 * value; of an array or envelope that is longer than its line or the buffer, one element. What comes first in the stream
 * decides, and decides again wherever lines stop being whole values. A value cut short ends where the next one begins
 * ({@link JsonBoundary}), and what is unfinished when the stream ends is a chunk too; the decoder then says what is wrong.
 *
 * <p>Rows of CSV, and of an answer that names its columns once, become an object each, on a line of its own; positions then count
 * the bytes of these lines.
 *
 * <p>Two chunks are no values. Of a record with more bytes than allowed the chunk is the beginning, just over the limit,
 * and the rest is passed over: a decoder with the same limit refuses it as too large. Of an array that the stream's end cut
 * short between two records the last chunk is the opening bracket: a decoder says that it breaks off.
 *
 * <p>A value that is complete is handed out before more is read, so that records on a pipe are seen as they come.
 *
 * <h2>One by one</h2>
 *
 * How many lines a chunk holds depends on how much a read brings. Who notes how far a file was taken, to go on there another
 * time, reads {@link #oneByOne}: a chunk is then one line, value or element, cut at the same places each time, and
 * {@link #position} is its place.
 *
 * <h2>Use</h2>
 *
 * <pre>{@code
 * try (RecordReader reader = new RecordReader(in, 1 << 20)) {
 *     while (reader.next()) {
 *         decoder.decode(reader.buffer(), reader.offset(), reader.length(), wanted, sink, reader.dayOrder());
 *     }
 * }
 * }</pre>
 *
 * <p>Not thread-safe.
 */
public final class RecordReader implements AutoCloseable {

    /** What one read fetches at most: some 90 records. */
    private static final int MIN_BUFFER = 128 * 1024;

    /** Arrays within arrays are gone into so far; what is deeper stays in its chunk. */
    private static final int MAX_DEPTH = 64;

    private InputStream in;
    private final int maxRecordBytes;
    private final int maxBuffer;
    private final boolean oneByOne;
    private final RowsBehind rows;
    private final Answers answers;
    private final JsonBoundary boundary = new JsonBoundary();
    private final DayOrder order = new DayOrder();
    private byte[] buffer;
    private int position;
    private int limit;
    private boolean ended;
    private long read;
    private int chunkStart;
    private int chunkEnd;
    private boolean brokenOff;
    private long line = 1;
    private long chunkLine = 1;
    private long chunkPosition;
    /** Arrays that are open around the position. */
    private int depth;
    /** A chunk that is not in the buffer: the bracket of an array that broke off, or what an envelope says beside its records. */
    private byte @Nullable [] answer;

    private Skip skip = Skip.NOTHING;
    private boolean started;
    private boolean wholeLines;
    private boolean recovered;

    /** What the boundary is passing over, from one buffer to the next. */
    private enum Skip {
        NOTHING,
        REST_OF_TOO_LARGE,
        REST_OF_ENVELOPE
    }

    /**
     * Makes a reader that owns the stream.
     *
     * @param in JSON or CSV in UTF-8 or UTF-16, with or without a byte order mark; or another kind of file, of which the only
     *     chunk is its beginning
     * @param maxRecordBytes the most bytes that one record may have, at least 1; memory is bounded by it, or by 128 KiB if
     *     that is more
     */
    public RecordReader(InputStream in, int maxRecordBytes) {
        this(in, maxRecordBytes, false);
    }

    /**
     * Makes a reader as the constructor does, whose chunks are one line, value or element each. It waits for the end of a line:
     * for files, not for pipes.
     */
    public static RecordReader oneByOne(InputStream in, int maxRecordBytes) {
        return new RecordReader(in, maxRecordBytes, true);
    }

    private RecordReader(InputStream in, int maxRecordBytes, boolean oneByOne) {
        if (maxRecordBytes < 1) {
            throw new IllegalArgumentException(
                    "The most bytes of a record must be at least 1, not " + maxRecordBytes + ".");
        }
        this.in = in;
        this.oneByOne = oneByOne;
        this.maxRecordBytes = maxRecordBytes;
        // One byte more than a record, so that a record of the full size is told from a larger one.
        this.maxBuffer = Math.max(MIN_BUFFER, (int) Math.min(maxRecordBytes + 1L, Integer.MAX_VALUE - 8L));
        this.buffer = new byte[MIN_BUFFER];
        JsonFactory json = Tools.factory(maxRecordBytes).build();
        this.answers = new Answers(json, MAX_DEPTH);
        this.rows = new RowsBehind(json, maxRecordBytes);
    }

    /**
     * Moves to the next chunk; the last one's bytes are then no longer valid. Blocks while the stream does and no value is
     * complete.
     *
     * @return whether there is one
     * @throws IOException if the stream can't be read; the reader is then of no more use
     */
    public boolean next() throws IOException {
        moveTo(Math.max(position, chunkEnd));
        answer = null;
        if (!started) {
            started = true;
            in = rows.start(in);
            if (fill() && FileKind.of(buffer, 0, limit).isPresent()) {
                // Of a file that isn't text, this is all that is passed on.
                take(limit);
                return true;
            }
            if (hasByte()) {
                if (oneByOne) {
                    fillLine();
                }
                order.look(buffer, position, limit);
                wholeLines = LineShape.isWholeLine(boundary, buffer, position, limit);
            }
        }
        while (!passOver() && hasByte()) {
            if (oneByOne && depth == 0) {
                fillLine();
            }
            // What goes over several lines is left to the boundary, and what is wrong with a line to the decoder.
            int lines = wholeLines ? LineShape.endOfWholeLines(buffer, position, limit, oneByOne) : position;
            if (lines > position) {
                take(lines);
                return true;
            }
            byte c = buffer[position];
            if (depth > 0) {
                if (c == ',' || (c == '}' && !endsEnvelope())) {
                    moveTo(position + 1);
                    continue;
                }
                if (c == ']' || c == '}') {
                    moveTo(position + 1);
                    depth--;
                    if (c == ']' && answers.objects(depth) > 0) {
                        boundary.beginInsideObject(answers.objects(depth), true);
                        skip = Skip.REST_OF_ENVELOPE;
                    }
                    continue;
                }
            } else if ((c == ',' && chunkPosition > 0) || (recovered && (c == ',' || c == ']' || c == '}'))) {
                moveTo(position + 1);
                continue;
            }
            if (depth == 0 && chunkPosition > 0 && toRows()) {
                continue;
            }
            if (c == '[' && depth == 0 && isLine()) {
                take(LineShape.endOfLine(buffer, position, limit));
                return true;
            }
            if (c == '[' && depth < MAX_DEPTH && !isRow()) {
                enter(position + 1, 0);
            } else if (takeValue()) {
                return true;
            }
        }
        return answer != null || (depth > 0 && takeEnd());
    }

    /** Holds the chunk, among other bytes. Valid until the next {@link #next}; not to be written to. */
    public byte[] buffer() {
        return answer == null ? buffer : answer;
    }

    /** Where the chunk starts in {@link #buffer}. */
    public int offset() {
        return answer == null ? chunkStart : 0;
    }

    /** How many bytes the chunk has. */
    public int length() {
        return answer == null ? chunkEnd - chunkStart : answer.length;
    }

    /** The line on which the chunk starts, from 1. */
    public long line() {
        return chunkLine;
    }

    /** How many bytes of the stream lie before the chunk's end. Each chunk's is greater than that of the one before. */
    public long position() {
        return chunkPosition;
    }

    /** What the stream shows of its dates: for the decoder that takes the chunks. */
    public DayOrder dayOrder() {
        return order;
    }

    /** How many bytes were read from the stream. */
    public long bytesRead() {
        return read;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** Whether a line of names comes next, behind JSON: what the rows below it become is then read in their place. */
    private boolean toRows() throws IOException {
        if (!rows.mayBegin(buffer, position, limit)) {
            return false;
        }
        fillLine();
        if (!rows.begin(buffer, position, limit)) {
            return false;
        }
        in = rows.of(buffer, position, limit, in);
        read -= limit - position;
        limit = position;
        ended = false;
        return true;
    }

    /** Whether what begins with a square bracket is no array: a prefix, or an event of Fluentd's, which the decoder knows. */
    private boolean isLine() throws IOException {
        int next = position + 1;
        while (next < limit && (buffer[next] == ' ' || buffer[next] == '\t')) {
            next++;
        }
        if (next < limit
                && (buffer[next] == '{' || buffer[next] == '[' || buffer[next] == '\n' || buffer[next] == '\r')) {
            return false;
        }
        fillLine();
        return LinePrefix.isBracketed(buffer, position, limit)
                || LinePrefix.fluentdRecord(buffer, position, limit) >= 0;
    }

    /** Whether an array inside another is an event of Fluent Bit's: its time belongs to the record beside it. */
    private boolean isRow() throws IOException {
        if (depth == 0) {
            return false;
        }
        while (limit - position < LinePrefix.MAX_LENGTH && fill()) {}
        return LinePrefix.fluentdRecord(buffer, position, limit) >= 0;
    }

    /**
     * Passes over what is to be skipped, to its end, the stream's, or another array of the envelope; true if what the envelope says beside
     * its records is a chunk.
     */
    private boolean passOver() throws IOException {
        while (skip != Skip.NOTHING) {
            JsonBoundary.Outcome outcome = boundary.scan(buffer, position, limit);
            boolean envelope = skip == Skip.REST_OF_ENVELOPE;
            if (envelope) {
                answers.behind(depth, buffer, position, boundary.at());
            }
            moveTo(boundary.at());
            if (outcome == JsonBoundary.Outcome.MORE && fill()) {
                continue;
            }
            if (envelope && outcome == JsonBoundary.Outcome.ENVELOPE) {
                if (OpenArray.mayHoldRecords(buffer[position])) {
                    skip = Skip.NOTHING;
                    answers.next(depth);
                    enter(position, boundary.envelopeLevels());
                }
                continue;
            }
            recovered |= outcome == JsonBoundary.Outcome.CUT;
            if (!envelope && outcome == JsonBoundary.Outcome.MORE) {
                return false;
            }
            skip = Skip.NOTHING;
            answer = envelope ? answers.end(depth) : null;
            if (answer != null) {
                chunkLine = line;
                chunkPosition = read - limit + position;
                return true;
            }
        }
        return false;
    }

    /** Moves over white space; false at the stream's end. */
    private boolean hasByte() throws IOException {
        do {
            while (position < limit && LineShape.isSpace(buffer[position])) {
                moveTo(position + 1);
            }
        } while ((position == limit && fill()) || isByteOrderMark());
        return position < limit;
    }

    /** Passes over a byte order mark: where files were joined, each had its own. */
    private boolean isByteOrderMark() throws IOException {
        if (depth > 0 || position == limit || buffer[position] != (byte) 0xEF) {
            return false;
        }
        while (limit - position < 3 && fill()) {}
        boolean mark = LineShape.isMark(buffer, position, limit);
        moveTo(mark ? position + 3 : position);
        return mark;
    }

    /** Has the line to its end in the buffer, unless it is too large: how to cut it is then a matter of its bytes alone. */
    private void fillLine() throws IOException {
        int ahead = 0;
        do {
            ahead = LineShape.endOfLine(buffer, position + ahead, limit) - position;
        } while (position + ahead == limit && ahead <= maxRecordBytes && fill());
    }

    /** Whether the curly bracket here is the envelope's own, its square one lost. */
    private boolean endsEnvelope() throws IOException {
        if (answers.objects(depth - 1) == 0) {
            return false;
        }
        int next = position + 1;
        while (true) {
            while (next < limit && LineShape.isSpace(buffer[next])) {
                next++;
            }
            if (next < limit) {
                return buffer[next] == '{' || buffer[next] == '[';
            }
            int ahead = next - position;
            if (ahead >= MIN_BUFFER || !fill()) {
                return true;
            }
            next = position + ahead;
        }
    }

    /** Enters an array that has so many objects of an envelope around it. */
    private void enter(int first, int objects) {
        moveTo(first);
        wholeLines = false;
        answers.enter(depth, objects);
        depth++;
    }

    /** Takes one value, or enters it if it is an envelope; false if there is none yet to hand out. */
    private boolean takeValue() throws IOException {
        // A text, or an object that lost its opening bracket.
        boolean mayBeText = buffer[position] == '"';
        boundary.begin(depth > 0, depth < MAX_DEPTH);
        int scanned = 0;
        while (true) {
            JsonBoundary.Outcome outcome = boundary.scan(buffer, position + scanned, limit);
            switch (outcome) {
                case ENVELOPE -> {
                    int inside = boundary.at() - position;
                    if (oneByOne) {
                        fillLine();
                    }
                    int newline = LineShape.endOfLine(buffer, position, limit);
                    // All of the envelope is here, as it looks: the decoder takes it apart.
                    if (newline < limit && LineShape.isWhole(buffer, position, newline)) {
                        boundary.begin(depth > 0, false);
                        scanned = 0;
                        continue;
                    }
                    answers.before(depth, buffer, position, position + inside);
                    enter(position + inside, boundary.envelopeLevels());
                    return false;
                }
                case END, CUT -> {
                    if (mayBeText && LineShape.lostBracket(buffer, position, boundary.at(), depth > 0)) {
                        mayBeText = false;
                        boundary.beginInsideObject(1);
                        scanned = 0;
                        continue;
                    }
                    int end = Math.max(boundary.at(), position + 1);
                    recovered |= outcome == JsonBoundary.Outcome.CUT;
                    wholeLines = depth == 0 && !boundary.severalLines();
                    take(depth == 0 ? leftOver(end) : end);
                    return true;
                }
                case MORE -> {
                    scanned = limit - position;
                    if (scanned > maxRecordBytes) {
                        skip = Skip.REST_OF_TOO_LARGE;
                        wholeLines = false;
                        take(limit);
                        // The boundary has gone to here, commas and spaces included.
                        chunkEnd = limit;
                        return true;
                    }
                    if (!fill()) {
                        brokenOff = true;
                        take(limit);
                        return true;
                    }
                }
            }
        }
    }

    /** Hands out the bracket that nothing closed, unless the stream ended inside a record, which says as much. */
    private boolean takeEnd() {
        depth = 0;
        if (brokenOff || skip == Skip.REST_OF_TOO_LARGE) {
            return false;
        }
        answer = new byte[] {'['};
        chunkLine = line;
        // It stands behind the end, where the bracket is missing.
        chunkPosition = read + 1;
        return true;
    }

    /** Takes in the rest of a line that damage has put outside its object, if all of it is here. */
    private int leftOver(int end) {
        int to = LineShape.leftOver(buffer, end, limit);
        recovered |= to > end;
        return to < limit ? to : end;
    }

    private void take(int end) {
        chunkStart = position;
        chunkEnd = end;
        chunkLine = line;
        // A comma behind an element that was cut short is the array's.
        while (chunkEnd > chunkStart + 1
                && (LineShape.isSpace(buffer[chunkEnd - 1]) || (buffer[chunkEnd - 1] == ',' && depth > 0))) {
            chunkEnd--;
        }
        chunkPosition = read - limit + chunkEnd;
    }

    private void moveTo(int next) {
        for (int i = position; i < next; i++) {
            if (buffer[i] == '\n') {
                line++;
            }
        }
        position = next;
        chunkEnd = next;
    }

    /** Reads more behind the limit, keeping what starts at the position; false at the stream's end. */
    private boolean fill() throws IOException {
        if (ended) {
            return false;
        }
        if (limit == buffer.length) {
            if (position > 0) {
                System.arraycopy(buffer, position, buffer, 0, limit - position);
                limit -= position;
                position = 0;
                chunkEnd = 0;
            } else {
                buffer = Arrays.copyOf(buffer, (int) Math.min(maxBuffer, buffer.length * 2L));
            }
        }
        int count = in.read(buffer, limit, buffer.length - limit);
        if (count < 0) {
            ended = true;
            return false;
        }
        read += count;
        limit += count;
        return true;
    }
}
