package dev.vaultwatch.decode.envelope;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The rows of comma-separated values (RFC 4180, also with semicolons or tabs) below a line of column names, such as Log
 * Analytics and Azure's portal export. Reads as it goes; the memory it needs is a row's. Each row is parsed by itself, so a
 * damaged one costs no other.
 */
public final class CsvRows implements Rows {

    /** Stands in the place of a zone behind times of a column that is marked with another zone than UTC. */
    public static final String LOCAL_TIME = "LOCAL";

    /** A line of names is not longer: AzureDiagnostics has at most 500 columns. */
    public static final int MAX_HEADER = 64 * 1024;

    private static final char[] SEPARATORS = {',', ';', '\t'};
    /** What Kibana writes into the cell of a field that a document does not have. */
    private static final String ABSENT = "-";

    private static final int MIN_COLUMNS = 2;

    /** Fewer plain names in a row may as well be a sentence. */
    private static final int MIN_UNKNOWN_COLUMNS = 4;

    /** A column name, with the zone that the portal writes behind the names of times. */
    private static final Pattern NAME = Pattern.compile("[\\p{L}_@][\\p{L}\\p{N}_.@/:()-]*(?: ?\\[[^\\]]{1,40}\\])?");

    /** The portal's mark of a column of times: {@code TimeGenerated [UTC+01:00]}. */
    private static final Pattern ZONE =
            Pattern.compile("(.*?) ?\\[(?i:UTC|GMT) ?([+\\-\u2212]\\d{1,2})?(?::?(\\d{2}))?\\]");

    /** A time that says its zone itself. */
    private static final Pattern ZONED = Pattern.compile("(?s).*(?:\\dZ|\\+\\d{2}:?\\d{2})\\s*");

    private final InputStream in;
    private final JsonFactory json;
    private final CsvFactory csv = new CsvFactory();
    private final Set<String> known;
    private final int maxRowBytes;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(1024);

    /** The last line of names. */
    private Header header;

    /** What was read too far: the rows behind one whose quotes don't pair. */
    private byte[] ahead = new byte[0];

    private int aheadAt;

    /** Whether the line is the beginning of one that is too long for a row. */
    private boolean tooLarge;

    /** Whether the last text could be read as a row but for the number of its cells. */
    private boolean miscounted;

    /** Whether the line ends where the input does: it may have been cut off. */
    private boolean unended;

    private CsvRows(Header header, InputStream in, Set<String> known, JsonFactory json, int maxRowBytes) {
        this.header = header;
        this.in = new BufferedInputStream(in, MAX_HEADER);
        this.known = known;
        this.json = json;
        this.maxRowBytes = maxRowBytes;
    }

    /**
     * A line of names.
     *
     * @param columns without the marks of zones
     * @param zones what is put behind the values of each
     */
    private record Header(String text, CsvSchema schema, List<String> columns, List<String> zones) {
        static Header of(String text, char separator, List<String> names, Set<String> known) {
            List<String> columns = new ArrayList<>();
            List<String> zones = new ArrayList<>();
            for (String name : names) {
                Matcher zone = ZONE.matcher(name);
                boolean local = !zone.matches() && name.endsWith("]") && known.contains(bare(name));
                columns.add(zone.matches() ? zone.group(1) : local ? bare(name) : name);
                zones.add(local ? " " + LOCAL_TIME : zone.matches() && zone.group(2) != null ? " " + offset(zone) : "");
            }
            return new Header(text, CsvRows.schema(separator), columns, zones);
        }

        /** The header that a line is; empty if it is none. */
        static Optional<Header> first(String text, Set<String> known) {
            return find(
                    text,
                    known,
                    names -> names.stream().anyMatch(name -> known.contains(bare(name)))
                            || (names.size() >= MIN_UNKNOWN_COLUMNS && areNames(names)));
        }

        /** The same of a line among rows, in whose cells anything may stand: a row has a time, and no name begins with a digit. */
        static Optional<Header> among(String text, Set<String> known) {
            return known.stream().noneMatch(text::contains)
                    ? Optional.empty()
                    : find(
                            text,
                            known,
                            names -> areNames(names) && names.stream().anyMatch(name -> known.contains(bare(name))));
        }

        private static boolean areNames(List<String> names) {
            return names.stream().allMatch(name -> NAME.matcher(name).matches());
        }

        private static Optional<Header> find(String text, Set<String> known, Predicate<List<String>> isHeader) {
            for (char separator : SEPARATORS) {
                if (text.indexOf(separator) >= 0) {
                    List<String> names = cells(text, separator);
                    if (names.size() >= MIN_COLUMNS && isHeader.test(names)) {
                        return Optional.of(of(text, separator, names, known));
                    }
                }
            }
            return Optional.empty();
        }
    }

    private static String offset(Matcher zone) {
        String hours = zone.group(2);
        String minutes = zone.group(3);
        return (hours.charAt(0) == '+' ? "+" : "-") + (hours.length() == 2 ? "0" : "") + hours.substring(1) + ":"
                + (minutes == null ? "00" : minutes);
    }

    /**
     * The rows that follow a line of column names.
     *
     * @param header the first line, without its end
     * @param in what follows it; read as rows are asked for, and not closed
     * @param known names of which one must be among the columns, unless the line is plainly one of names
     * @param json writes the rows
     * @param maxRowBytes the most bytes of a row; a longer one is handed out as text, up to its first line's end
     * @return empty if the line is not one of column names
     */
    public static Optional<Rows> of(
            String header, InputStream in, Set<String> known, JsonFactory json, int maxRowBytes) {
        return Header.first(withoutMark(header), known).map(names -> new CsvRows(names, in, known, json, maxRowBytes));
    }

    /** The rows that bytes hold, names first; empty if their first line is not one of column names. */
    public static Optional<Rows> of(byte[] bytes, int from, int to, Set<String> known, JsonFactory json, int maxRow) {
        if (from < to && (bytes[from] == '{' || bytes[from] == '[')) {
            // No column's name begins so; and a line of JSON may be as long as the input.
            return Optional.empty();
        }
        int end = from;
        while (end < to && bytes[end] != '\n' && end - from <= MAX_HEADER && !CarriageReturns.isEnd(bytes, end, to)) {
            end++;
        }
        if (end == from || end - from > MAX_HEADER) {
            return Optional.empty();
        }
        String header = new String(bytes, from, end - from, StandardCharsets.UTF_8).stripTrailing();
        if (isPreamble(header) && end < to) {
            return of(bytes, end + 1, to, known, json, maxRow);
        }
        int rows = Math.min(to, end + 1);
        InputStream in = new ByteArrayInputStream(bytes, rows, to - rows);
        boolean returns = CarriageReturns.isEnd(bytes, end, to);
        return of(header, returns ? new CarriageReturns(in) : in, known, json, maxRow);
    }

    /** Whether a line may be one of names, by a look at its bytes: it begins as a name does, and has no curly bracket. */
    public static boolean mayBeHeader(byte[] bytes, int from, int to) {
        int first = bytes[from];
        if (first != '"' && first != '_' && first != '@' && !Character.isLetter(first)) {
            return false;
        }
        int at = from;
        while (at < to && bytes[at] != '{' && bytes[at] != '\n' && at - from <= MAX_HEADER) {
            at++;
        }
        return at == to || bytes[at] == '\n';
    }

    /** Whether a line among others is one of names, one of which is known. */
    public static boolean isHeader(byte[] bytes, int from, int to, Set<String> known) {
        int end = from;
        while (end < to && bytes[end] != '\n' && end - from <= MAX_HEADER) {
            end++;
        }
        return end - from <= MAX_HEADER
                && Header.among(new String(bytes, from, end - from, StandardCharsets.UTF_8).stripTrailing(), known)
                        .isPresent();
    }

    /** Whether a line before that of the names says how to read the file: PowerShell's {@code #TYPE}, Excel's {@code sep=}. */
    static boolean isPreamble(String line) {
        return line.startsWith("#TYPE") || line.startsWith("sep=");
    }

    private static String withoutMark(String line) {
        return line.startsWith("\uFEFF") ? line.substring(1) : line;
    }

    private static String bare(String name) {
        int bracket = name.indexOf('[');
        return bracket < 0 ? name : name.substring(0, bracket).stripTrailing();
    }

    private static CsvSchema schema(char separator) {
        return CsvSchema.emptySchema().withColumnSeparator(separator);
    }

    private static List<String> cells(String line, char separator) {
        List<String> cells = new ArrayList<>();
        try (JsonParser parser = new CsvFactory().createParser(line)) {
            parser.setSchema(schema(separator));
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_STRING) {
                    cells.add(parser.getText().strip());
                }
            }
        } catch (IOException notCsv) {
            return List.of();
        }
        return cells;
    }

    @Override
    public byte @Nullable [] next() throws IOException {
        while (true) {
            line.reset();
            if (!readRow()) {
                return null;
            }
            String text = line.toString(StandardCharsets.UTF_8);
            if (text.isBlank() || isPreamble(text) || isHeader(withoutMark(text).stripTrailing())) {
                continue;
            }
            byte[] row = tooLarge ? null : row(text);
            if (row == null && !tooLarge) {
                line.write('\n');
                cutAtFirstLine();
                row = row(line.toString(StandardCharsets.UTF_8));
            }
            return row != null ? row : miscounted ? damaged() : line.toByteArray();
        }
    }

    private byte[] damaged() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(2 * line.size());
        try (JsonGenerator object = json.createGenerator(out)) {
            object.writeStartObject();
            object.writeStringField(
                    DAMAGED.get(0), line.toString(StandardCharsets.UTF_8).stripTrailing());
            object.writeEndObject();
        }
        return out.toByteArray();
    }

    /** Whether a line is one of names, which is then that of the rows that follow: where exports were joined, each brought its own. */
    private boolean isHeader(String text) {
        if (text.equals(header.text())) {
            return true;
        }
        Optional<Header> other = tooLarge ? Optional.empty() : Header.among(text, known);
        other.ifPresent(names -> header = names);
        return other.isPresent();
    }

    @Override
    public InputStream rest() {
        return new SequenceInputStream(new ByteArrayInputStream(ahead, aheadAt, ahead.length - aheadAt), in);
    }

    /** Whether what begins with that sign is JSON, and no row; then both signs that were read are given back. */
    private boolean isJson(int first) throws IOException {
        if (first != '{' && first != '[') {
            return false;
        }
        int second = read();
        if (second >= 0) {
            giveBack((byte) second);
        }
        if (second >= 0 && "\"{}[] \t\r\n".indexOf(second) < 0) {
            return false;
        }
        giveBack((byte) first);
        return true;
    }

    private void giveBack(byte one) {
        byte[] rest = new byte[1 + ahead.length - aheadAt];
        rest[0] = one;
        System.arraycopy(ahead, aheadAt, rest, 1, ahead.length - aheadAt);
        ahead = rest;
        aheadAt = 0;
    }

    /**
     * Reads up to a line's end that is not inside quotes, or as much of a line as is too much for a row; false if no row is left. Any
     * quote counts, though one inside a cell may be an inch: whether what was read is one row, the parser says.
     */
    private boolean readRow() throws IOException {
        boolean quoted = false;
        tooLarge = false;
        unended = false;
        int c = read();
        if (c < 0 || isJson(c)) {
            return false;
        }
        for (; c >= 0; c = read()) {
            if (c == '\n' && !quoted) {
                return true;
            }
            if (c == '"') {
                quoted = !quoted;
            }
            line.write(c);
            if (line.size() > maxRowBytes) {
                tooLarge = !cutAtFirstLine();
                if (tooLarge) {
                    skipLine();
                }
                return true;
            }
        }
        unended = true;
        return true;
    }

    private int read() throws IOException {
        return aheadAt < ahead.length ? ahead[aheadAt++] & 0xff : in.read();
    }

    private void skipLine() throws IOException {
        int c = read();
        while (c >= 0 && c != '\n') {
            c = read();
        }
    }

    /**
     * Gives back all but the first line, whose quotes don't pair: the rows behind it are whole, for all that is known.
     *
     * @return false if there is no other line
     */
    private boolean cutAtFirstLine() {
        byte[] read = line.toByteArray();
        int end = 0;
        while (end < read.length && read[end] != '\n') {
            end++;
        }
        if (end == read.length) {
            return false;
        }
        byte[] rest = new byte[read.length - end - 1 + ahead.length - aheadAt];
        System.arraycopy(read, end + 1, rest, 0, read.length - end - 1);
        System.arraycopy(ahead, aheadAt, rest, read.length - end - 1, ahead.length - aheadAt);
        ahead = rest;
        aheadAt = 0;
        line.reset();
        line.write(read, 0, end);
        return true;
    }

    /** The row that a text is; absent if it is damaged, cut off, or more than one. */
    private byte @Nullable [] row(String text) throws IOException {
        miscounted = false;
        List<String> columns = header.columns();
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length() + 64 * columns.size());
        try (JsonParser parser = csv.createParser(text);
                JsonGenerator object = json.createGenerator(out)) {
            parser.setSchema(header.schema());
            object.writeStartObject();
            int column = 0;
            boolean ended = false;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                ended |= token == JsonToken.END_ARRAY;
                if (token == JsonToken.VALUE_STRING) {
                    String cell = parser.getText();
                    if (ended && !cell.isBlank()) {
                        return null;
                    }
                    boolean isOver = ended || column >= columns.size();
                    // A separator in a cell without quotes: which of the cells are whose can't be told.
                    miscounted |= isOver && !cell.isBlank();
                    if (!isOver && !cell.isEmpty() && !cell.equals(ABSENT)) {
                        String zone = header.zones().get(column);
                        boolean isZoned = !zone.isEmpty() && ZONED.matcher(cell).matches();
                        object.writeStringField(columns.get(column), isZoned ? cell : cell + zone);
                    }
                    column++;
                }
            }
            // Excel leaves out empty cells at a row's end, but not the line's end.
            miscounted |= unended && column < columns.size();
            object.writeEndObject();
        } catch (IOException damaged) {
            miscounted = false;
            return null;
        }
        return miscounted ? null : out.toByteArray();
    }
}
