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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rows of an answer that names its columns once: Log Analytics ({@code tables}, {@code columns}, {@code rows}), Azure Data
 * Explorer (the same with capitals, {@code ColumnName}), ES|QL ({@code columns}, {@code values}), Splunk ({@code fields}, {@code rows}).
 * A row is an array. Streams: the memory it needs is a row's, but where Splunk writes the columns one after the other ({@code
 * json_cols}), all of them; and rows that stand before the names of their columns, as none of these write them but what sorts members
 * may, are held until those come. Of more than a record's bytes of these, only the beginning is held: handed out as it stood, it is
 * a record too large. Where the answer says that it is partial, that comes last: an object that {@link AnswerMarks} writes.
 */
public final class TableRows implements Rows {
    /** Names of the array of tables. */
    public static final Set<String> TABLES = Set.of("tables", "Tables");

    /** Splunk's name of the array of columns, which other documents have for other things as well. */
    public static final String FIELDS = "fields";

    /** Names of the array of columns; {@code fields} in Splunk's answers, whose {@code columns} may be those themselves. */
    public static final Set<String> COLUMNS = Set.of("columns", "Columns", FIELDS);

    /** Names of the array of rows. */
    public static final Set<String> ROWS = Set.of("rows", "Rows", "values");

    /** Names of the member that names a column. */
    public static final Set<String> NAMES = Set.of("name", "ColumnName");

    /** Stands for what names columns, or tables, and has no rows: an object of which nothing is known. */
    private static final byte[] NO_ROWS = "{\"columns\":[]}".getBytes(StandardCharsets.UTF_8);

    private final JsonParser parser;
    private final JsonFactory json;
    private final InputStream in;
    private List<String> columns = List.of();

    /** The name of the array of rows that is being read; absent between two. */
    private @Nullable String rowsName;

    private final AnswerMarks marks = new AnswerMarks();
    private boolean told;

    /** Rows that were put together from columns, and how many of them were handed out. */
    private List<byte[]> turned = List.of();

    private int turnedAt;

    private String tables = "";
    private int table;
    private boolean named;
    private boolean ended;
    private boolean hasRows;
    private int row;

    /** What rows are read from: the parser, or what is held. */
    private JsonParser rows;

    private final boolean streams;
    private final int maxBytes;

    /** The rows that stand before their columns' names, as an object of their own; absent if there are none. */
    private byte @Nullable [] held;

    /** Such rows of which the columns were never named. */
    private final List<byte[]> nameless = new ArrayList<>();

    /**
     * Takes a parser that stands before the object, or on its opening bracket; it is read to the object's end and not closed.
     *
     * @param json writes the rows
     * @param maxBytes the most bytes of rows that are held; what is a little more is handed out
     */
    public TableRows(JsonParser parser, JsonFactory json, int maxBytes) {
        this(parser, json, maxBytes, InputStream.nullInputStream(), false);
    }

    /** The same for a parser that reads from a stream: what is passed over there is never seen again, so that nothing is. */
    TableRows(JsonParser parser, JsonFactory json, int maxBytes, InputStream in) {
        this(parser, json, maxBytes, in, true);
    }

    private TableRows(JsonParser parser, JsonFactory json, int maxBytes, InputStream in, boolean streams) {
        this.parser = parser;
        this.rows = parser;
        this.json = json;
        this.maxBytes = maxBytes;
        this.in = in;
        this.streams = streams;
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

    /** Whether columns were named, and there were rows or a place for them: without, this is no such answer. */
    public boolean isTable() {
        return named && hasRows;
    }

    /** Where the last row stood, as a JSON pointer; empty for what the answer says of itself. */
    public String pointer() {
        return told ? "" : tables + "/" + rowsName + "/" + (row - 1);
    }

    @Override
    public byte @Nullable [] next() throws IOException {
        while (true) {
            if (turnedAt < turned.size()) {
                row++;
                return turned.get(turnedAt++);
            }
            byte[] next = rowsName == null || !turned.isEmpty() ? null : row();
            if (next != null) {
                return next;
            }
            if (ended || !toRows()) {
                if (told || !marks.isPartial() || !(streams || isTable())) {
                    return null;
                }
                told = true;
                return marks.toJson(json);
            }
        }
    }

    /** Moves into the next array of rows whose columns are known; false at the object's end. */
    private boolean toRows() throws IOException {
        turned = List.of();
        turnedAt = 0;
        int depth = tables.isEmpty() ? 0 : 2;
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
            if (token == JsonToken.END_OBJECT) {
                columns = List.of();
                dropHeld();
                if ((streams || (named && depth == 0)) && !nameless.isEmpty()) {
                    // A shape of somebody else's, which a decoder may know.
                    ended = depth == 0;
                    handOut(List.copyOf(nameless), "rows");
                    return true;
                }
                if (depth == 0) {
                    ended = true;
                    boolean nothing = streams && !hasRows;
                    if (nothing) {
                        handOut(List.of(NO_ROWS), "rows");
                    }
                    return nothing;
                }
                table++;
            } else if (token == JsonToken.END_ARRAY) {
                tables = "";
                depth = 0;
            }
            if (token != JsonToken.FIELD_NAME) {
                if (depth == 2) {
                    tables = tables.substring(0, tables.indexOf('/', 1) + 1) + table;
                }
                if (token == JsonToken.START_ARRAY) {
                    // No table, and its end is not that of the tables.
                    parser.skipChildren();
                }
                continue;
            }
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            boolean array = value == JsonToken.START_ARRAY;
            if (array && COLUMNS.contains(name)) {
                JsonToken first = parser.nextToken();
                if (first == JsonToken.START_ARRAY && !columns.isEmpty()) {
                    named = true;
                    handOut(turn(), name);
                    return true;
                }
                columns = columns(first, name.equals(FIELDS));
                if (!columns.isEmpty() && held != null) {
                    named = true;
                    toHeld(held);
                    return true;
                }
            } else if (array && ROWS.contains(name) && columns.isEmpty()) {
                hold(name);
            } else if (array && ROWS.contains(name)) {
                named = true;
                hasRows = true;
                rowsName = name;
                row = 0;
                return true;
            } else if (array && TABLES.contains(name) && depth == 0) {
                depth = 2;
                table = 0;
                tables = "/" + name + "/0";
            } else if (depth == 0 && AnswerMarks.isMark(name)) {
                marks.member(name, parser);
            } else {
                parser.skipChildren();
            }
        }
        return false;
    }

    private void handOut(List<byte[]> objects, String name) {
        hasRows = true;
        nameless.clear();
        turned = objects;
        rowsName = objects.isEmpty() ? null : name;
        row = 0;
    }

    /** Keeps the rows of the array that was just entered, up to a bound. */
    private void hold(String name) throws IOException {
        hasRows = true;
        dropHeld();
        ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
        try (JsonGenerator object = json.createGenerator(out)) {
            object.writeStartObject();
            object.writeArrayFieldStart(name);
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (parser.currentToken() == null) {
                    throw new EOFException("The rows break off.");
                }
                if (out.size() > maxBytes) {
                    parser.skipChildren();
                } else {
                    object.copyCurrentStructure(parser);
                    object.flush();
                }
            }
            object.writeEndArray();
            object.writeEndObject();
        }
        held = out.toByteArray();
    }

    private void dropHeld() {
        if (held != null) {
            nameless.add(held);
            held = null;
        }
    }

    /** Goes on with the rows that are held, now that their columns are named. */
    private void toHeld(byte[] object) throws IOException {
        held = null;
        if (object.length > maxBytes) {
            handOut(List.of(object), "rows");
            return;
        }
        rows = json.createParser(object);
        rows.nextToken();
        rowsName = rows.nextFieldName();
        rows.nextToken();
        row = 0;
    }

    private List<String> columns(@Nullable JsonToken first, boolean plain) throws IOException {
        List<String> names = new ArrayList<>();
        JsonToken token = first;
        for (;
                token == JsonToken.START_OBJECT || (plain && token == JsonToken.VALUE_STRING);
                token = parser.nextToken()) {
            String column = token == JsonToken.VALUE_STRING ? parser.getText() : "";
            while (token == JsonToken.START_OBJECT && parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (NAMES.contains(name)) {
                    column = parser.getText();
                }
                parser.skipChildren();
            }
            names.add(column);
        }
        boolean whole = token == JsonToken.END_ARRAY;
        for (; token != JsonToken.END_ARRAY && token != null; token = parser.nextToken()) {
            parser.skipChildren();
        }
        return whole ? names : List.of();
    }

    /** Puts rows together from columns, the first of which has been entered. */
    private List<byte[]> turn() throws IOException {
        List<ByteArrayOutputStream> rows = new ArrayList<>();
        List<JsonGenerator> objects = new ArrayList<>();
        int column = 0;
        for (JsonToken token = parser.currentToken(); token == JsonToken.START_ARRAY; token = parser.nextToken()) {
            for (int at = 0; parser.nextToken() != JsonToken.END_ARRAY; at++) {
                if (parser.currentToken() == null) {
                    throw new EOFException("The columns break off.");
                }
                if (at == objects.size()) {
                    rows.add(new ByteArrayOutputStream(1024));
                    objects.add(json.createGenerator(rows.get(at)));
                    objects.get(at).writeStartObject();
                }
                if (column < columns.size()) {
                    objects.get(at).writeFieldName(columns.get(column));
                    objects.get(at).copyCurrentStructure(parser);
                } else {
                    parser.skipChildren();
                }
            }
            column++;
        }
        for (JsonGenerator object : objects) {
            object.writeEndObject();
            object.close();
        }
        return rows.stream().map(ByteArrayOutputStream::toByteArray).toList();
    }

    private byte @Nullable [] row() throws IOException {
        JsonToken token = rows.nextToken();
        if (token == JsonToken.END_ARRAY || token == null) {
            rowsName = null;
            rows = parser;
            return null;
        }
        row++;
        boolean whole = true;
        ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
        try (JsonGenerator object = json.createGenerator(out)) {
            if (token != JsonToken.START_ARRAY) {
                object.copyCurrentStructure(rows);
            } else {
                object.writeStartObject();
                int column = 0;
                for (; rows.nextToken() != JsonToken.END_ARRAY; column++) {
                    if (rows.currentToken() == null) {
                        throw new EOFException("The row breaks off.");
                    }
                    if (column < columns.size()) {
                        object.writeFieldName(columns.get(column));
                        object.copyCurrentStructure(rows);
                    } else {
                        rows.skipChildren();
                    }
                }
                object.writeEndObject();
                whole = column == columns.size();
            }
        }
        return whole ? out.toByteArray() : damaged(out.toString(StandardCharsets.UTF_8));
    }

    private static byte[] damaged(String object) {
        return ("{\"" + DAMAGED.get(0) + "\":" + object + "}").getBytes(StandardCharsets.UTF_8);
    }
}
