package dev.vaultwatch.decode.envelope;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Records that stand as rows under the names of columns, as JSON objects one after the other. Not thread-safe. */
public interface Rows {

    /** The only name in an object that stands for a row with more or fewer values than there are columns. */
    List<String> DAMAGED = List.of("vaultwatch.damaged-row");

    /**
     * The next row: a JSON object in UTF-8; of a row whose values are not as many as the columns, one with it under the name {@link
     * #DAMAGED}; of a row that can't be read at all, its text as it stands.
     *
     * @return absent behind the last row
     * @throws IOException if the source can't be read, or what comes next is damaged so that no row can be told
     */
    byte @Nullable [] next() throws IOException;

    /** What stands behind the last row in the stream that holds them, once {@link #next} has come to the end. */
    default InputStream rest() throws IOException {
        return InputStream.nullInputStream();
    }
}
