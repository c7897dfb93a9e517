package dev.vaultwatch.decode.envelope;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rows of an answer that names its columns once: Log Analytics ({@code tables}, {@code columns}, {@code rows}), Azure Data
 * Explorer (the same with capitals, {@code ColumnName}), ES|QL ({@code columns}, {@code values}). A row is an array; names come
 * before rows, as all of these write them. Streams: the memory it needs is a row's.
 */
public final class TableRows implements Rows {
    private static final Set<String> TABLES = Set.of("tables", "Tables");

    /** Names of the array of columns. */
    public static final Set<String> COLUMNS = Set.of("columns", "Columns");

    /** Names of the array of rows. */
    public static final Set<String> ROWS = Set.of("rows", "Rows", "values");

    /** Names of the member that names a column. */
    public static final Set<String> NAMES = Set.of("name", "ColumnName");

    private final JsonParser parser;
    private final JsonFactory json;
    private final InputStream in;
    private List<String> columns = List.of();

    /** The name of the array of rows that is being read; absent between two. */
    private @Nullable String rowsName;

    private String tables = "";
    private int table;
    private boolean named;
    private int row;

    /**
     * Takes a parser that stands before the object, or on its opening bracket; it is read to the object's end and not closed.
     *
     * @param json writes the rows
     */
    public TableRows(JsonParser parser, JsonFactory json) {
        this(parser, json, InputStream.nullInputStream());
    }

    /** The same for a parser that reads from a stream. */
    TableRows(JsonParser parser, JsonFactory json, InputStream in) {
        this.parser = parser;
        this.json = json;
        this.in = in;
    }

    @Override
    public InputStream rest() throws IOException {
        ByteArrayOutputStream buffered = new ByteArrayOutputStream();
        parser.releaseBuffered(buffered);
        return new SequenceInputStream(new ByteArrayInputStream(buffered.toByteArray()), in);
    }

    /** Whether a member whose value is an array says that the object around it is such an answer. */
    public static boolean isTable(String name) {
        return COLUMNS.contains(name) || TABLES.contains(name);
    }

    /** Whether columns were named: without, this is no such answer. */
    public boolean hasColumns() {
        return named;
    }

    /** Where the last row stood, as a JSON pointer. */
    public String pointer() {
        return tables + "/" + rowsName + "/" + (row - 1);
    }

    @Override
    public byte @Nullable [] next() throws IOException {
        while (true) {
            byte[] next = rowsName == null ? null : row();
            if (next != null) {
                return next;
            }
            if (!toRows()) {
                return null;
            }
        }
    }

    /** Moves into the next array of rows whose columns are known; false at the object's end. */
    private boolean toRows() throws IOException {
        int depth = tables.isEmpty() ? 0 : 2;
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
            if (token == JsonToken.END_OBJECT && depth == 2) {
                table++;
                columns = List.of();
            } else if (token == JsonToken.END_OBJECT) {
                return false;
            } else if (token == JsonToken.END_ARRAY) {
                tables = "";
                depth = 0;
            }
            if (token != JsonToken.FIELD_NAME) {
                if (depth == 2) {
                    tables = tables.substring(0, tables.indexOf('/', 1) + 1) + table;
                }
                continue;
            }
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            boolean array = value == JsonToken.START_ARRAY;
            if (array && COLUMNS.contains(name)) {
                columns = columns();
                named |= !columns.isEmpty();
            } else if (array && ROWS.contains(name) && !columns.isEmpty()) {
                rowsName = name;
                row = 0;
                return true;
            } else if (array && TABLES.contains(name) && depth == 0) {
                depth = 2;
                table = 0;
                tables = "/" + name + "/0";
            } else {
                parser.skipChildren();
            }
        }
        return false;
    }

    private List<String> columns() throws IOException {
        List<String> names = new ArrayList<>();
        while (parser.nextToken() == JsonToken.START_OBJECT) {
            String column = "";
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (NAMES.contains(name)) {
                    column = parser.getText();
                }
                parser.skipChildren();
            }
            names.add(column);
        }
        return parser.currentToken() == JsonToken.END_ARRAY ? names : List.of();
    }

    private byte @Nullable [] row() throws IOException {
        JsonToken token = parser.nextToken();
        if (token == JsonToken.END_ARRAY || token == null) {
            rowsName = null;
            return null;
        }
        row++;
        ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
        try (JsonGenerator object = json.createGenerator(out)) {
            if (token != JsonToken.START_ARRAY) {
                object.copyCurrentStructure(parser);
            } else {
                object.writeStartObject();
                for (int column = 0; parser.nextToken() != JsonToken.END_ARRAY; column++) {
                    if (parser.currentToken() == null) {
                        throw new EOFException("The row breaks off.");
                    }
                    if (column < columns.size()) {
                        object.writeFieldName(columns.get(column));
                        object.copyCurrentStructure(parser);
                    } else {
                        parser.skipChildren();
                    }
                }
                object.writeEndObject();
            }
        }
        return out.toByteArray();
    }
}
