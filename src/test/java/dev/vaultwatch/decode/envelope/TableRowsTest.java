package dev.vaultwatch.decode.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("An answer that names its columns once")
class TableRowsTest {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int MAX = 80;

    /** The rows, each behind its pointer; the last entry says whether it was such an answer and where in the text it ended. */
    private static List<String> read(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        List<String> rows = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(bytes)) {
            TableRows table = new TableRows(parser, JSON, MAX);
            for (byte[] row = table.next(); row != null; row = table.next()) {
                rows.add(table.pointer() + " " + new String(row, StandardCharsets.UTF_8));
            }
            assertThat(table.next()).isNull();
            rows.add((table.isTable() ? "table " : "other ")
                    + (parser.currentLocation().getByteOffset() == bytes.length ? "read" : "left"));
        }
        return rows;
    }

    /** The rows without their pointers, and what stands behind the answer. */
    private static List<String> stream(String text) throws IOException {
        List<String> rows = new ArrayList<>();
        InputStream in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        try (JsonParser parser = JSON.createParser(in)) {
            TableRows table = new TableRows(parser, JSON, MAX, in);
            for (byte[] row = table.next(); row != null; row = table.next()) {
                rows.add(new String(row, StandardCharsets.UTF_8));
            }
            String rest = new String(table.rest().readAllBytes(), StandardCharsets.UTF_8);
            if (!rest.isEmpty()) {
                rows.add("rest " + rest);
            }
        }
        return rows;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"columns\":[{\"name\":\"a\"},{\"name\":\"b\",\"type\":\"x\"}],\"rows\":[[1,\"x\"],[2,null]]}",
                "{\"x\":{\"rows\":[[3]]},\"Columns\":[{\"ColumnName\":\"a\"},{\"type\":{\"name\":\"c\"},\"ColumnName\":\"b\"}],\"Rows\":[[1,\"x\"],[2,null]],\"y\":[1]}",
                "{\"columns\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"values\":[[1,\"x\"],[2,null]]}",
                "{\"preview\":false,\"fields\":[\"a\",\"b\"],\"rows\":[[1,\"x\"],[2,null]]}",
                "{\"fields\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"rows\":[[1,\"x\"],[2,null]]}",
                "{\"rows\":[[1,\"x\"],[2,null]],\"columns\":[{\"name\":\"a\"},{\"name\":\"b\"}]}"
            })
    @DisplayName("gives an object for each row, whatever these are called")
    void rows(String text) throws IOException {
        String name = text.contains("values") ? "values" : text.contains("Rows") ? "Rows" : "rows";

        assertThat(read(text))
                .containsExactly(
                        "/" + name + "/0 {\"a\":1,\"b\":\"x\"}", "/" + name + "/1 {\"a\":2,\"b\":null}", "table read");
        assertThat(stream(text + "\n{}")).containsExactly("{\"a\":1,\"b\":\"x\"}", "{\"a\":2,\"b\":null}", "rest \n{}");
    }

    @Test
    @DisplayName("hands out a row with fewer or more values than there are columns as a damaged one")
    void damagedRows() throws IOException {
        assertThat(read("{\"columns\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"rows\":[[1],[2,3,{\"y\":[]}],[],[4,5]]}"))
                .containsExactly(
                        "/rows/0 {\"vaultwatch.damaged-row\":{\"a\":1}}",
                        "/rows/1 {\"vaultwatch.damaged-row\":{\"a\":2,\"b\":3}}",
                        "/rows/2 {\"vaultwatch.damaged-row\":{}}",
                        "/rows/3 {\"a\":4,\"b\":5}",
                        "table read");
    }

    @Test
    @DisplayName("may hold several tables, each with columns of its own")
    void tables() throws IOException {
        String one = "{\"name\":\"x\",\"columns\":[{\"name\":\"a\"}],\"rows\":[[1],[2]]}";
        String two = "{\"rows\":[[3]],\"columns\":[{\"name\":\"b\"}]}";

        assertThat(read("{\"x\":1,\"tables\":[" + one + "," + two + "," + one + "],\"error\":{\"rows\":[[9]]}}"))
                .containsExactly(
                        "/tables/0/rows/0 {\"a\":1}",
                        "/tables/0/rows/1 {\"a\":2}",
                        "/tables/1/rows/0 {\"b\":3}",
                        "/tables/2/rows/0 {\"a\":1}",
                        "/tables/2/rows/1 {\"a\":2}",
                        "table read");
        assertThat(read("{\"Tables\":[" + two + "]," + one.substring(1)))
                .as("and rows beside them")
                .containsExactly("/Tables/0/rows/0 {\"b\":3}", "/rows/0 {\"a\":1}", "/rows/1 {\"a\":2}", "table read");
        assertThat(read("{\"tables\":[[{\"rows\":[]}]," + two + "],\"x\":{}}"))
                .as("an array among them")
                .containsExactly("/tables/0/rows/0 {\"b\":3}", "table read");
        assertThat(read("{\"tables\":[{\"columns\":[{\"name\":\"a\"}]},{\"rows\":[[1]]}]}"))
                .as("columns of another table name nothing")
                .doesNotContain("/tables/1/rows/0 {\"a\":1}");
    }

    @Test
    @DisplayName("a row that is no array is handed out as it stands, and rows may be read in two arrays")
    void otherRows() throws IOException {
        assertThat(read("{\"columns\":[{\"name\":\"a\"}],\"rows\":[{\"b\":1},7,[1]],\"values\":[[2]]}"))
                .containsExactly(
                        "/rows/0 {\"b\":1}", "/rows/1 7", "/rows/2 {\"a\":1}", "/values/0 {\"a\":2}", "table read");
        assertThat(read("{\"columns\":[{\"name\":\"a\"}],\"rows\":[]}")).containsExactly("table read");
    }

    @Test
    @DisplayName("columns may stand one after the other, as Splunk writes them; short ones leave cells out")
    void turned() throws IOException {
        assertThat(read("{\"fields\":[\"a\",\"b\"],\"columns\":[[1,2,3],[\"x\",{\"y\":[1]}],[7,[8],9]],\"z\":1}"))
                .containsExactly(
                        "/columns/0 {\"a\":1,\"b\":\"x\"}",
                        "/columns/1 {\"a\":2,\"b\":{\"y\":[1]}}",
                        "/columns/2 {\"a\":3}",
                        "table read");
        assertThat(stream("{\"fields\":[\"a\"],\"columns\":[[1],[2]]} ")).containsExactly("{\"a\":1}", "rest  ");
        assertThat(read("{\"fields\":[\"a\"],\"columns\":[[]],\"rows\":[[5]]}"))
                .as("no rows, and others behind")
                .containsExactly("/rows/0 {\"a\":5}", "table read");
        assertThat(read("{\"fields\":[\"a\",\"b\"],\"columns\":[[],[]]}"))
                .as("nothing found")
                .containsExactly("table read");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1}", "{}", "{\"fields\":[\"a\"],\"b\":[[1]]}", "{\"columns\":{\"name\":\"a\"},\"rows\":1}",
                "{\"columns\":[{\"name\":\"a\"}]}", "{\"columns\":[1,{\"name\":\"a\"}],\"x\":[[1]]}", "{\"tables\":[]}",
                        "{\"tables\":[1,[2]]}",
                "{\"columns\":[\"a\"]}", "{\"fields\":[\"a\",1]}"
            })
    @DisplayName("is none without names and rows, and from a stream stands for an object of which nothing is known")
    void others(String text) throws IOException {
        assertThat(read(text)).containsExactly("other read");
        assertThat(stream(text + "[1]")).containsExactly("{\"columns\":[]}", "rest [1]");
    }

    @Test
    @DisplayName(
            "rows before their columns' names are held up to a bound; of more the beginning is handed out, too large as it is")
    void held() throws IOException {
        String cells = "[\"" + "x".repeat(20) + "\"],";
        String rows = "{\"rows\":[" + cells.repeat(2) + "[1]],\"columns\":[{\"name\":\"a\"}]}";
        String many = "{\"rows\":[" + cells.repeat(10) + "[1]],\"columns\":[{\"name\":\"a\"}],\"values\":[[3]]}";
        String whole = "{\"a\":\"" + "x".repeat(20) + "\"}";

        assertThat(stream(rows)).containsExactly(whole, whole, "{\"a\":1}");
        List<String> beginning = stream(many);
        assertThat(beginning).hasSize(2).endsWith("{\"a\":3}");
        assertThat(beginning.get(0))
                .startsWith("{\"rows\":[[\"x")
                .endsWith("]}")
                .hasSizeBetween(MAX, 2 * MAX);
        assertThat(read(many))
                .hasSize(3)
                .contains("/values/0 {\"a\":3}")
                .first()
                .asString()
                .startsWith("/rows/0 {\"rows\":[[");
    }

    @Test
    @DisplayName("just as many bytes as allowed are held and read")
    void atTheBound() throws IOException {
        String row = "{\"rows\":[[\"\"]]}";
        String filled = "x".repeat(MAX - row.length());
        String columns = ",\"columns\":[{\"name\":\"a\"}]}";

        assertThat(stream(row.replace("\"\"", "\"" + filled + "\"").replaceFirst("}$", columns)))
                .containsExactly("{\"a\":\"" + filled + "\"}");
        assertThat(stream(row.replace("\"\"", "\"" + filled + "x\"").replaceFirst("}$", columns)))
                .containsExactly(row.replace("\"\"", "\"" + filled + "x\""));
    }

    @Test
    @DisplayName("rows whose columns nobody names are handed out as they stand, from a stream or beside a table")
    void nameless() throws IOException {
        String rows = "{\"rows\":[[1],[2]]}";
        String named = "{\"columns\":[{\"name\":\"a\"}],\"rows\":[[3]]}";

        assertThat(stream(rows + " ")).containsExactly(rows, "rest  ");
        assertThat(read(rows)).as("the parser's, as any other object").containsExactly("other read");
        assertThat(stream("{\"tables\":[" + rows + "," + named + "," + rows + "]}"))
                .containsExactly(rows, "{\"a\":3}", rows);
        assertThat(read("{\"tables\":[" + rows + "," + named + "," + rows + "]}"))
                .containsExactly("/tables/1/rows/0 {\"a\":3}", "/rows/0 " + rows, "/rows/1 " + rows, "table read");
        assertThat(stream("{\"rows\":[[1]],\"values\":[[2]]}"))
                .containsExactly("{\"rows\":[[1]]}", "{\"values\":[[2]]}");
        assertThat(stream("{\"rows\":[[1]],\"rows\":[[2]],\"columns\":[{\"name\":\"a\"}]}"))
                .containsExactly("{\"a\":2}", "{\"rows\":[[1]]}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"columns\":[{\"name\":\"a\"}],\"rows\":[[1],[2",
                "{\"columns\":[{\"name\":\"a\"}],\"rows\":[[1],[2,x]]}",
                "{\"rows\":[[1],[2",
                "{\"fields\":[\"a\"],\"columns\":[[1,2",
                "{\"columns\":[{\"name\":\"a\"",
                "{\"columns\":[{\"name\":\"a\"}],\"rows\":[[1]",
                "{\"columns\":[{\"name\":\"a\"}]"
            })
    @DisplayName("is damaged where it breaks off, and what was complete before that was handed out")
    void damaged(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> stream(text)).isInstanceOf(IOException.class);
    }

    @Test
    @DisplayName("a member of three names that is an array says that it may be one")
    void isTable() {
        assertThat(List.of("columns", "Columns", "fields", "tables", "Tables")).allMatch(TableRows::isTable);
        assertThat(List.of("rows", "records", "Fields", "")).noneMatch(TableRows::isTable);
    }
}
