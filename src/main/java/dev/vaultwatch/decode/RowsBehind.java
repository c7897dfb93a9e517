package dev.vaultwatch.decode;

import com.fasterxml.jackson.core.JsonFactory;
import dev.vaultwatch.decode.envelope.CsvRows;
import dev.vaultwatch.decode.envelope.SourceText;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;

/** Makes JSON text of a stream, from its start on and again where a line of names follows JSON. Not thread-safe. */
final class RowsBehind {
    /** CSV behind JSON is looked for so many times: each time costs a stream around the others, or a copy of what is left. */
    static final int MAX_TURNS = 16;

    private final JsonFactory json;
    private final int maxRecordBytes;
    private int turns;

    RowsBehind(JsonFactory json, int maxRecordBytes) {
        this.json = json;
        this.maxRecordBytes = maxRecordBytes;
    }

    /** A stream from its start on. */
    InputStream start(InputStream in) throws IOException {
        return SourceText.of(in, Framing.COLUMNS, json, maxRecordBytes);
    }

    /** Whether rows may begin here: then the line is to be read to its end. */
    boolean mayBegin(byte[] buffer, int from, int limit) {
        return turns < MAX_TURNS && CsvRows.mayBeHeader(buffer, from, limit);
    }

    /** Whether they do. */
    boolean begin(byte[] buffer, int from, int limit) {
        return CsvRows.isHeader(buffer, from, limit, Framing.COLUMNS);
    }

    /** What the rows become, and what stands behind them. */
    InputStream of(byte[] buffer, int from, int limit, InputStream in) throws IOException {
        turns++;
        InputStream here = new ByteArrayInputStream(Arrays.copyOfRange(buffer, from, limit));
        return start(new SequenceInputStream(here, in));
    }
}
