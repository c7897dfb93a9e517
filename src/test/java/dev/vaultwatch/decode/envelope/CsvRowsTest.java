package dev.vaultwatch.decode.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Comma-separated values")
class CsvRowsTest {
    private static final Set<String> KNOWN = Set.of("TimeGenerated", "time");
    private static final JsonFactory JSON = new JsonFactory();
    private static final int MAX = 60;

    private static List<String> rows(Rows rows) throws IOException {
        List<String> texts = new ArrayList<>();
        for (byte[] row = rows.next(); row != null; row = rows.next()) {
            texts.add(new String(row, StandardCharsets.UTF_8));
        }
        assertThat(rows.next()).as("behind the end").isNull();
        return texts;
    }

    private static Optional<Rows> of(String header, String rows) {
        return CsvRows.of(header, new ByteArrayInputStream(rows.getBytes(StandardCharsets.UTF_8)), KNOWN, JSON, MAX);
    }

    /** The rows of a text of which the first line names the columns, with other bytes around it. */
    private static Optional<Rows> ofBytes(String text) {
        byte[] bytes = ("x\n" + text + "\ny,y").getBytes(StandardCharsets.UTF_8);
        return CsvRows.of(bytes, 2, bytes.length - 4, KNOWN, JSON, MAX);
    }

    private static List<String> read(String header, String rows) throws IOException {
        List<String> read = rows(of(header, rows).orElseThrow());
        assertThat(rows(ofBytes(header + "\n" + rows).orElseThrow())).isEqualTo(read);
        return read;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "time,x",
                "x,time",
                ",time",
                "\uFEFFtime,x",
                "time;x",
                "x\ttime",
                "a,b,c,d",
                "\"a\",\"b\",\"time\"",
                "two words,time",
                "a, time ",
                "_a,b.c,@d/e,f:g(h)-i",
                "a,b,c,d [UTC+01:00]",
                "TimeGenerated [UTC],x"
            })
    @DisplayName("are told by a column whose name is known, or by four plain names")
    void names(String header) {
        assertThat(of(header, "")).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "time",
                "x,y",
                "a,b,c",
                "we saw, in time, that, it was",
                "1,2,3,4",
                "a b,c,d,e",
                "a,b,c,",
                "",
                "\"time,x",
                "a,b,c,d [" + "41 signs are too many for a time's zone ..." + "]"
            })
    @DisplayName("are not told by less")
    void noNames(String header) {
        assertThat(of(header, "")).isEmpty();
    }

    @Test
    @DisplayName("each row is an object; cells without a value are left out, empty ones without a column, too")
    void cells() throws IOException {
        assertThat(read("time,a,b", "1,2,3\r\n4,,6\n7,-,\n8,--,9, ,\n12\n"))
                .containsExactly(
                        "{\"time\":\"1\",\"a\":\"2\",\"b\":\"3\"}",
                        "{\"time\":\"4\",\"b\":\"6\"}",
                        "{\"time\":\"7\"}",
                        "{\"time\":\"8\",\"a\":\"--\",\"b\":\"9\"}",
                        "{\"time\":\"12\"}");
        assertThat(read("time;a", "1,5;2")).containsExactly("{\"time\":\"1,5\",\"a\":\"2\"}");
        assertThat(read(",time", "0,1")).as("pandas' index").containsExactly("{\"\":\"0\",\"time\":\"1\"}");
        assertThat(read("time,a", "1,\u0000\n\u00002\n"))
                .containsExactly("{\"time\":\"1\",\"a\":\"\\u0000\"}", "{\"time\":\"\\u00002\"}");
        assertThat(read("time\ta", "1\tü")).containsExactly("{\"time\":\"1\",\"a\":\"ü\"}");
    }

    @Test
    @DisplayName("a row with more cells than names is damaged: a separator stands in one without quotes")
    void more() throws IOException {
        assertThat(read("time,agent,user", "1,az, cli,ann\n2,x,bob\n"))
                .containsExactly(
                        "{\"vaultwatch.damaged-row\":\"1,az, cli,ann\"}",
                        "{\"time\":\"2\",\"agent\":\"x\",\"user\":\"bob\"}");
    }

    @Test
    @DisplayName(
            "a row that the input's end cuts off is damaged; one that ends with its line has empty cells at its end")
    void cut() throws IOException {
        assertThat(read("time,a,b", "1,2\n3,4"))
                .containsExactly("{\"time\":\"1\",\"a\":\"2\"}", "{\"vaultwatch.damaged-row\":\"3,4\"}");
        assertThat(read("time,a,b", "1,2,3\n4,5,"))
                .containsExactly("{\"time\":\"1\",\"a\":\"2\",\"b\":\"3\"}", "{\"time\":\"4\",\"a\":\"5\"}");
    }

    @Test
    @DisplayName("where exports were joined, the rows are under the names that stand above them")
    void joined() throws IOException {
        assertThat(read("time,user", "1,ann\nuser,time\nbob,2\nuser;time [UTC+01:00];x\neve;3;\nuser,time\nian,4"))
                .containsExactly(
                        "{\"time\":\"1\",\"user\":\"ann\"}",
                        "{\"user\":\"bob\",\"time\":\"2\"}",
                        "{\"user\":\"eve\",\"time\":\"3 +01:00\"}",
                        "{\"user\":\"ian\",\"time\":\"4\"}");
        assertThat(read("time,user", "1,ann\nsep=;\n\uFEFFtime;user\n2;bob"))
                .containsExactly("{\"time\":\"1\",\"user\":\"ann\"}", "{\"time\":\"2\",\"user\":\"bob\"}");
    }

    @Test
    @DisplayName("a time that says its zone keeps it, whatever the column's is")
    void ownZone() throws IOException {
        assertThat(read("time [UTC+01:00],a", "2026-11-03T02:41:00Z,x\n2026-11-03 02:41+05:30,Z\n3-11-2026 02:41,1Z\n"))
                .containsExactly(
                        "{\"time\":\"2026-11-03T02:41:00Z\",\"a\":\"x\"}",
                        "{\"time\":\"2026-11-03 02:41+05:30\",\"a\":\"Z\"}",
                        "{\"time\":\"3-11-2026 02:41 +01:00\",\"a\":\"1Z\"}");
    }

    @Test
    @DisplayName("a row in which a name of a column stands is a row: it has a time")
    void namesInRows() throws IOException {
        assertThat(read("time,agent", "1,OperationName\n2026,time\n"))
                .containsExactly(
                        "{\"time\":\"1\",\"agent\":\"OperationName\"}", "{\"time\":\"2026\",\"agent\":\"time\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":1}\n1,2", "[{\"a\":1}]", "{\n}", "[[", "{}", "[\r\n]"})
    @DisplayName("end where JSON begins")
    void json(String json) throws IOException {
        Rows rows = of("time,a", "1,2\n" + json).orElseThrow();
        assertThat(rows.next()).isNotNull();
        assertThat(rows.next()).isNull();
        assertThat(new String(rows.rest().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo(json);
    }

    @Test
    @DisplayName("a bracket that begins a cell is no JSON")
    void brackets() throws IOException {
        assertThat(read("a,time", "{5e1c},1\n[x],2\n{,3\n"))
                .containsExactly(
                        "{\"a\":\"{5e1c}\",\"time\":\"1\"}",
                        "{\"a\":\"[x]\",\"time\":\"2\"}",
                        "{\"a\":\"{\",\"time\":\"3\"}");
        assertThat(read("a,time", "1,{")).containsExactly("{\"a\":\"1\",\"time\":\"{\"}");
    }

    @Test
    @DisplayName("a quoted cell may hold separators, quotes and lines")
    void quoted() throws IOException {
        assertThat(read("time,a", "1,\"x,\"\"y\"\"\nz\"\n2,b\n"))
                .containsExactly("{\"time\":\"1\",\"a\":\"x,\\\"y\\\"\\nz\"}", "{\"time\":\"2\",\"a\":\"b\"}");
    }

    @Test
    @DisplayName("blank lines, and the line of names where it comes again, are no rows")
    void again() throws IOException {
        assertThat(read("time,a", "\n1,2\n  \r\n\uFEFFtime,a \r\n3,4\ntime,a\n"))
                .containsExactly("{\"time\":\"1\",\"a\":\"2\"}", "{\"time\":\"3\",\"a\":\"4\"}");
        assertThat(rows(of("\uFEFFtime,a", "time,a\n1,2").orElseThrow()))
                .containsExactly("{\"time\":\"1\",\"a\":\"2\"}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            TimeGenerated [UTC]       | TimeGenerated | 1
            TimeGenerated [UTC+01:00] | TimeGenerated | 1 +01:00
            TimeGenerated[UTC-5]      | TimeGenerated | 1 -05:00
            TimeGenerated [UTC+0530]  | TimeGenerated | 1 +05:30
            other [UTC+11]            | other         | 1 +11:00
            TimeGenerated [utc+01:00] | TimeGenerated | 1 +01:00
            TimeGenerated [GMT+1]     | TimeGenerated | 1 +01:00
            TimeGenerated [UTC −3:30] | TimeGenerated | 1 -03:30
            TimeGenerated [Local]     | TimeGenerated | 1 LOCAL
            other [Local]             | other [Local] | 1
            TimeGenerated             | TimeGenerated | 1
            """)
    @DisplayName("the zone that stands beside a column's name is put behind its times")
    void zones(String column, String name, String value) throws IOException {
        assertThat(read("time," + column, "0,1\n"))
                .containsExactly("{\"time\":\"0\",\"" + name + "\":\"" + value + "\"}");
    }

    @Test
    @DisplayName(
            "the beginning of a row with more bytes than allowed is handed out as text, and the rest of its line is nothing")
    void tooLarge() throws IOException {
        String row = "1," + "x".repeat(MAX - 2);

        assertThat(read("time,a", row + "\n2,3"))
                .containsExactly("{\"time\":\"1\",\"a\":\"" + row.substring(2) + "\"}", "{\"time\":\"2\",\"a\":\"3\"}");
        for (String more : new String[] {"y", "y\u0000y", "y,2,3", "\"y\"".repeat(MAX)}) {
            assertThat(read("time,a", row + more + "\n2,3"))
                    .containsExactly(row + more.charAt(0), "{\"time\":\"2\",\"a\":\"3\"}");
            assertThat(read("time,a", row + more)).containsExactly(row + more.charAt(0));
        }
        assertThat(read("time,a", ",".repeat(MAX + 1)))
                .as("short as it would be as an object")
                .containsExactly(",".repeat(MAX + 1));
    }

    @Test
    @DisplayName("a quote that nothing closes costs its own line and no other")
    void unpaired() throws IOException {
        String five = "{\"time\":\"5\",\"a\":\"6\"}";

        assertThat(read("time,a", "1,\"2\n5,6\n5,6")).containsExactly("1,\"2", five, five);
        assertThat(read("time,a", "1,\"2")).containsExactly("1,\"2");
        assertThat(read("time,a", "1,\"2\n5,6\n3,\"4\n5,6\n")).containsExactly("1,\"2", five, "3,\"4", five);
        assertThat(read("time,a", "1,\"2\n5,6\n" + "5,6\n".repeat(MAX)))
                .hasSize(MAX + 2)
                .startsWith("1,\"2", five);
        assertThat(read("time,a", "1,\"2\n5,6\n3,\"" + "x".repeat(MAX) + "\n5,6\n"))
                .containsExactly("1,\"2", five, "3,\"" + "x".repeat(MAX - 2), five);
    }

    @Test
    @DisplayName("a quote inside a cell that is not quoted, such as an inch, joins no rows")
    void inches() throws IOException {
        assertThat(read("time,a", "1,2\" pipe\n3,4\" pipe\n5,6"))
                .containsExactly(
                        "{\"time\":\"1\",\"a\":\"2\\\" pipe\"}",
                        "{\"time\":\"3\",\"a\":\"4\\\" pipe\"}",
                        "{\"time\":\"5\",\"a\":\"6\"}");
    }

    @Test
    @DisplayName(
            "carriage returns behind a row are no row, and between two they are no line's end: nothing of it is lost")
    void carriageReturns() throws IOException {
        assertThat(read("time,a", "1,2\r\r\n3,4"))
                .containsExactly("{\"time\":\"1\",\"a\":\"2\"}", "{\"time\":\"3\",\"a\":\"4\"}");
        assertThat(read("time,a", "1,2\r3,4\n")).containsExactly("1,2\r3,4");
    }

    @Test
    @DisplayName("a row that is no CSV is handed out as text")
    void damaged() throws IOException {
        assertThat(read("time,a", "\"1\"x,2\n3,4")).containsExactly("\"1\"x,2", "{\"time\":\"3\",\"a\":\"4\"}");
    }

    @Test
    @DisplayName("in bytes, the names stand on the first line, or behind what says how to read the file")
    void bytes() throws IOException {
        assertThat(rows(ofBytes("#TYPE x\nsep=,\ntime,a \r\n1,2").orElseThrow()))
                .containsExactly("{\"time\":\"1\",\"a\":\"2\"}");
        assertThat(rows(ofBytes("time,a").orElseThrow())).isEmpty();
        assertThat(ofBytes("sep=,time")).as("a preamble, and the end").isPresent();
        assertThat(ofBytes("")).isEmpty();
        assertThat(ofBytes("\ntime,a")).isEmpty();
        assertThat(ofBytes("{\"time\",a\n")).isEmpty();
        assertThat(ofBytes("[1],time\n")).isEmpty();
        assertThat(ofBytes("x\n")).isEmpty();
        byte[] bytes = "time,a".getBytes(StandardCharsets.UTF_8);
        assertThat(CsvRows.of(bytes, bytes.length, bytes.length, KNOWN, JSON, MAX))
                .isEmpty();
    }

    @Test
    @DisplayName("a line of names has 64 KiB at most")
    void longest() {
        String names = "time,";

        assertThat(ofBytes(names + "x".repeat(CsvRows.MAX_HEADER - names.length()) + "\n1,2"))
                .isPresent();
        assertThat(ofBytes(names + "x".repeat(CsvRows.MAX_HEADER - names.length() + 1) + "\n1,2"))
                .isEmpty();
        assertThat(ofBytes(names + "x".repeat(CsvRows.MAX_HEADER))).isEmpty();
    }
}
