package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.samples.KeyVaultScenario;
import dev.vaultwatch.samples.WireShapes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("What Loki, Grafana and Splunk export, and what is no JSON at all")
class ExportsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final WireShapes SHAPES = new WireShapes();
    private static final List<Map<String, Object>> RECORDS =
            KeyVaultScenario.quietHour().stream().limit(12).map(SHAPES::raw).toList();
    private static final List<String> TEXTS =
            RECORDS.stream().map(ExportsTest::text).toList();
    private static final List<KeyVaultEvent> EVENTS = Outcome.of(String.join("\n", TEXTS)).events;
    private static final String NANOS = "1793673660000000000";

    private static String text(Object value) {
        return new String(SHAPES.json(value), StandardCharsets.UTF_8);
    }

    static Stream<Arguments> documents() {
        List<List<Object>> lines =
                TEXTS.stream().map(text -> List.<Object>of(NANOS, text)).toList();
        List<List<Object>> withMore = TEXTS.stream()
                .map(text -> List.of(NANOS, text, Map.of("trace", "x")))
                .toList();
        List<List<Object>> rows =
                TEXTS.stream().map(text -> List.<Object>of(text, 7)).toList();
        Map<String, Object> columns = new LinkedHashMap<>();
        columns.put("fields", List.of("_raw", "_time"));
        columns.put("columns", List.of(TEXTS, Collections.nCopies(TEXTS.size(), "2026-11-03T02:41:00")));
        Map<String, Object> plain = new LinkedHashMap<>();
        plain.put("fields", RECORDS.get(0).keySet());
        plain.put(
                "columns",
                RECORDS.get(0).keySet().stream()
                        .map(name -> List.of(RECORDS.get(0).get(name)))
                        .toList());
        Map<String, Object> table = new LinkedHashMap<>();
        table.put("preview", false);
        table.put("fields", List.of(Map.of("name", "_raw"), Map.of("name", "_time")));
        table.put("rows", rows);
        Map<String, Object> first = rowsFirst(RECORDS);
        Map<String, Object> cells = new LinkedHashMap<>();
        cells.put("fields", first.get("columns"));
        cells.put("rows", first.get("rows"));
        Map<String, Object> namesOnly = new LinkedHashMap<>(table);
        namesOnly.put("fields", List.of("_raw", "_time"));
        return Stream.of(
                Arguments.of("Loki's answer", Map.of("data", Map.of("result", List.of(Map.of("values", lines)))), 12),
                Arguments.of("Loki's push", Map.of("streams", List.of(Map.of("values", lines))), 12),
                Arguments.of("with metadata", Map.of("streams", List.of(Map.of("values", withMore))), 12),
                Arguments.of("Splunk's json_cols of texts", columns, 12),
                Arguments.of("Splunk's json_cols of fields", plain, 1),
                Arguments.of("Splunk's json_rows", table, 12),
                Arguments.of("Splunk's json_rows of fields", cells, 12),
                Arguments.of("Splunk's json_rows, names alone", namesOnly, 12));
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName("are read from bytes, a stream and a map, and nothing else is counted")
    @MethodSource("documents")
    void read(String name, Map<String, Object> document, int records) {
        for (Outcome outcome :
                List.of(Outcome.of(text(document)), Outcome.read(text(document)), Outcome.of(document))) {
            assertThat(outcome.events).as(outcome.toString()).isEqualTo(EVENTS.subList(0, records));
            assertThat(outcome.records()).as(outcome.toString()).isEqualTo(records);
        }
    }

    @Test
    @DisplayName("lines of Loki's client, with labels in brackets, and of a JSONP answer are read")
    void lines() {
        String client = TEXTS.stream()
                .map(text -> "2026-11-03T02:41:00Z {app=\"kv\", job=\"a\"} " + text + "\n")
                .collect(Collectors.joining());
        String jsonp = "callback({\"records\":[" + String.join(",\n", TEXTS) + "]});\n";

        for (String input : List.of(client, jsonp)) {
            assertThat(Outcome.of(input).events).isEqualTo(EVENTS);
            assertThat(Outcome.of(input).records()).isEqualTo(12);
            assertThat(Outcome.read(input).events).isEqualTo(EVENTS);
        }
    }

    @Test
    @DisplayName("a damaged line beside Loki's time is reported, the time is not")
    void damaged() {
        String document = text(Map.of(
                "values",
                List.of(
                        List.of(NANOS, TEXTS.get(0)),
                        List.of(NANOS, TEXTS.get(1).substring(0, 90)))));

        Outcome outcome = Outcome.of(document);

        assertThat(outcome.events).hasSize(1);
        assertThat(outcome.letters)
                .singleElement()
                .satisfies(letter -> assertThat(letter.pointer()).startsWith("/values/1/1"));
    }

    @Test
    @DisplayName("numbers in rows without a record are no records, each of them")
    void numbers() {
        Outcome outcome = Outcome.of("[[1,2],[3,{\"a\":1}]]");

        assertThat(outcome.letters).hasSize(3);
        assertThat(outcome.unrecognised).hasSize(1);
        assertThat(outcome.records()).isEqualTo(4);
    }

    @Test
    @DisplayName("an object with a list of fields, and no rows, is looked into as any other")
    void fieldsAlone() throws Exception {
        Outcome outcome = Outcome.of(JSON.writeValueAsString(Map.of("fields", List.of("a"), "message", TEXTS.get(0))));

        assertThat(outcome.events).isEqualTo(EVENTS.subList(0, 1));
        assertThat(outcome.records()).isEqualTo(1);
    }

    @ParameterizedTest
    @DisplayName("a line of another form says which it is, and what to do")
    @CsvSource(delimiter = '#', textBlock = """
            CEF:0|Microsoft|KeyVault|1.0|SecretGet|read|3|suser=a # CEF. Send
            <134>Nov  3 02:41:00 hub CEF:0|Microsoft|KeyVault|1.0|x|y|3|z=1 # CEF. Send
            LEEF:2.0|Microsoft|KeyVault|1.0|SecretGet|^|usrName=a # LEEF. Send
            <Event xmlns="urn:x"> # XML or HTML. Export
            --- # YAML. Convert
            - time: "2026-11-03T02:41:00Z" # YAML. Convert
            records: # YAML. Convert
            |TimeGenerated|OperationName| # a table drawn for reading. Export
            ------- ------- # a table drawn for reading. Export
            OperationName : SecretGet # a list as PowerShell prints it. Export
            time=2026-11-03 operation=SecretGet # pairs of names and values. Send
            2026-11-03,SecretGet,x,y # a row of values, and no line with the names of its columns came before it. Put
            """)
    void kinds(String line, String sentence) {
        Outcome outcome = Outcome.of(line + "\n");

        assertThat(outcome.letters).singleElement().satisfies(letter -> {
            assertThat(letter.reason()).isEqualTo(DeadLetter.Reason.MALFORMED);
            assertThat(letter.problem()).startsWith("This is " + sentence);
        });
    }

    /** A table of these records whose rows stand before what names their columns. */
    private static Map<String, Object> rowsFirst(List<Map<String, Object>> records) {
        List<String> names = records.stream()
                .flatMap(record -> record.keySet().stream())
                .distinct()
                .toList();
        Map<String, Object> table = new LinkedHashMap<>();
        table.put(
                "rows",
                records.stream()
                        .map(record -> names.stream().map(record::get).toList())
                        .toList());
        table.put("columns", names.stream().map(name -> Map.of("name", name)).toList());
        return table;
    }

    @Test
    @DisplayName(
            "rows that stand before the columns which name them are read when those come, from bytes, a stream and a map")
    void rowsFirst() {
        Map<String, Object> table = rowsFirst(RECORDS.subList(0, 3));
        Map<String, Object> tables = Map.of("tables", List.of(table, table));

        for (Outcome outcome : List.of(
                Outcome.of(text(table) + "\n" + TEXTS.get(3)), Outcome.read(text(table) + "\n" + TEXTS.get(3)))) {
            assertThat(outcome.events).isEqualTo(EVENTS.subList(0, 4));
            assertThat(outcome.records()).isEqualTo(4);
        }
        for (Outcome outcome : List.of(Outcome.of(text(tables)), Outcome.read(text(tables)), Outcome.of(tables))) {
            assertThat(outcome.events).hasSize(6);
            assertThat(outcome.records()).isEqualTo(6);
        }
        assertThat(Outcome.of(table).events).isEqualTo(EVENTS.subList(0, 3));
    }

    @Test
    @DisplayName(
            "of more such rows than a record may have bytes one dead letter says that it is too large, and what follows is read")
    void tooManyRowsFirst() {
        int limit = text(RECORDS.get(0)).length() + 50;
        Map<String, Object> table = rowsFirst(RECORDS.subList(0, 3));
        String tables = text(Map.of("tables", List.of(table))) + "\n" + TEXTS.get(0) + "\n";

        Outcome outcome = Outcome.read(tables.getBytes(StandardCharsets.UTF_8), limit);

        assertThat(outcome.letters)
                .singleElement()
                .extracting(DeadLetter::reason)
                .isEqualTo(DeadLetter.Reason.TOO_LARGE);
        assertThat(outcome.events).isEqualTo(EVENTS.subList(0, 1));
    }

    @Test
    @DisplayName("rows whose columns nobody names, and columns without rows, are reported")
    void nameless() {
        String nameless = "{\"tables\":[{\"rows\":[[1,\"x\"]]},{\"name\":\"y\"}]}";
        String beside = "{\"tables\":[{\"rows\":[[1,\"x\"]]}," + text(rowsFirst(RECORDS.subList(0, 1))) + "]}";

        assertThat(Outcome.of(nameless).records()).isPositive();
        assertThat(Outcome.read(nameless).records()).isPositive();
        for (String none :
                List.of("{\"columns\":[{\"name\":\"time\"}],\"xows\":[[1]]}", "{\"tables\":[{\"name\":\"x\"}]}")) {
            assertThat(Outcome.of(none).unrecognised).hasSize(1);
            assertThat(Outcome.read(none).unrecognised).hasSize(1);
        }
        for (Outcome outcome : List.of(Outcome.of(beside), Outcome.read(beside))) {
            assertThat(outcome.events).isEqualTo(EVENTS.subList(0, 1));
            assertThat(outcome.records()).isGreaterThan(1);
        }
    }

    @Test
    @DisplayName(
            "the time beside each record of a row, as Fluent Bit writes it, is a part of it; another number is not")
    void besideRecords() {
        String rows = "[[1793673660.1,{\"log\":" + text(TEXTS.get(0)) + "}],[1793673660.2," + TEXTS.get(1) + "]]";

        for (Outcome outcome : List.of(Outcome.of(rows), Outcome.read(rows))) {
            assertThat(outcome.events).isEqualTo(EVENTS.subList(0, 2));
            assertThat(outcome.records()).isEqualTo(2);
        }
        assertThat(Outcome.read("[[17," + TEXTS.get(1) + "]]").records()).isEqualTo(2);
    }

    @Test
    @DisplayName(
            "rows by their number or id, as pandas writes them, are read each; of two equal ones under such names one counts")
    void keyed() {
        Map<String, Object> rows = new LinkedHashMap<>();
        for (int i = 0; i < 600; i++) {
            rows.put(String.valueOf(i), RECORDS.get(i % 12));
        }
        Map<String, Object> differ = new LinkedHashMap<>(Map.of("-Nx1", RECORDS.get(0)));
        differ.put("-Nx2", RECORDS.get(1));
        differ.put("-Nx3", RECORDS.get(0));

        // The first one's copies are taken for copies.
        for (Outcome outcome : List.of(Outcome.of(text(rows)), Outcome.read(text(rows)), Outcome.of(rows))) {
            assertThat(outcome.events).hasSize(600 - 49);
            assertThat(outcome.records()).isEqualTo(600 - 49);
        }
        for (Outcome outcome : List.of(Outcome.of(text(differ)), Outcome.read(text(differ)), Outcome.of(differ))) {
            assertThat(outcome.events).isEqualTo(EVENTS.subList(0, 2));
        }
    }

    @Test
    @DisplayName("where more texts may hold records than are looked into, that is said")
    void manyTexts() throws IOException {
        Map<String, Object> texts = new LinkedHashMap<>();
        for (int i = 0; i < 257; i++) {
            Map<String, Object> record = new LinkedHashMap<>(RECORDS.get(i % 12));
            record.put("correlationId", "11111111-1111-4111-8111-%012d".formatted(i));
            texts.put("line" + i, text(record));
        }
        for (Outcome outcome : List.of(Outcome.of(text(texts)), Outcome.read(text(texts)))) {
            assertThat(outcome.events).hasSize(256);
            assertThat(outcome.letters).singleElement().satisfies(letter -> {
                assertThat(letter.reason()).isEqualTo(DeadLetter.Reason.TOO_LARGE);
                assertThat(letter.problem()).contains("more members that may hold records");
            });
        }
        assertThat(Outcome.of(texts).events).hasSize(257);

        texts.remove("line256");
        assertThat(Outcome.of(text(texts)).letters).isEmpty();
        texts.put("line256", "text");
        texts.put("message", texts.remove("line0"));
        assertThat(Outcome.of(text(texts)).letters).as("beside a carrier").isEmpty();
    }

    @Test
    @DisplayName("an audit record whose operation has a name of nobody's is not recognised, rather than ignored")
    void otherName() {
        Map<String, Object> snake = new LinkedHashMap<>(RECORDS.get(0));
        snake.put("operation_name", snake.remove("operationName"));

        for (Outcome outcome : List.of(Outcome.of(text(snake)), Outcome.of(snake))) {
            assertThat(outcome.unrecognised).hasSize(1);
            assertThat(outcome.records()).isEqualTo(1);
        }
    }

    @Test
    @DisplayName(
            "a row of CSV with more bytes than allowed is one dead letter, and one with an inch in it costs no other")
    void csv() {
        String row = "2026-11-03T02:41:00Z,SecretGet,%s\n";
        String rows = "TimeGenerated,OperationName,Note\n" + row.formatted("5\" pipe") + row.formatted("x".repeat(3000))
                + row.formatted("6\" pipe") + row.formatted("y");

        Outcome outcome = Outcome.read(rows.getBytes(StandardCharsets.UTF_8), 1000);

        assertThat(outcome.events).hasSize(3);
        assertThat(outcome.records()).isEqualTo(4);
        assertThat(outcome.letters)
                .singleElement()
                .extracting(DeadLetter::reason)
                .isEqualTo(DeadLetter.Reason.TOO_LARGE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"preview\":false,\"fields\":[\"_raw\",\"_time\"],\"columns\":[[],[]]}",
                "{\"preview\":false,\"fields\":[\"_raw\",\"_time\"],\"rows\":[]}",
                "{\"columns\":[{\"name\":\"a\"}],\"rows\":[]}"
            })
    @DisplayName("an answer that found nothing is nothing to report")
    void empty(String answer) throws IOException {
        for (Outcome outcome : List.of(
                Outcome.of(answer),
                Outcome.read(answer),
                Outcome.of(JSON.readValue(answer, new TypeReference<Map<String, Object>>() {})))) {
            assertThat(outcome.records()).as(outcome.toString()).isZero();
        }
    }

    @Test
    @DisplayName("tabs without a line of names say so")
    void tabs() {
        assertThat(Outcome.of("2026-11-03\tSecretGet\tx\ty\n").letter().problem())
                .startsWith("This is a row of values, and no line with the names");
        assertThat(Outcome.of("something else\n").letter().problem()).isEqualTo("This is not JSON.");
    }

    private static List<Outcome> bothWays(String input) throws IOException {
        return List.of(Outcome.of(input), Outcome.read(input));
    }

    @Test
    @DisplayName("each row of CSV with other than one cell a column is a dead letter that says so")
    void damagedRows() throws IOException {
        String rows = """
                TimeGenerated,OperationName,CallerIPAddress,identity_claim_upn_s
                2026-11-03T02:41:00Z,SecretGet,203.0.113.7,az, cli,ann@contoso.com
                2026-11-03T02:41:01Z,SecretGet,203.0.113.7,az, cli,ann@contoso.com
                2026-11-03T02:41:02Z,SecretGet,203.0.113.7,bob@contoso.com
                2026-11-03T02:41:03Z,SecretGet""";
        for (Outcome outcome : bothWays(rows)) {
            assertThat(outcome.events).extracting(KeyVaultEvent::upn).containsExactly("bob@contoso.com");
            assertThat(outcome.letters)
                    .hasSize(3)
                    .allSatisfy(letter -> assertThat(letter.problem()).contains("more or fewer values"))
                    .last()
                    .satisfies(letter -> assertThat(letter.record()).contains("02:41:03Z,SecretGet"));
        }
    }

    @Test
    @DisplayName("each row of a table with other than one value a column is a dead letter that says so")
    void damagedTableRows() throws IOException {
        Map<String, Object> table = Map.of(
                "columns",
                List.of(Map.of("name", "TimeGenerated"), Map.of("name", "OperationName"), Map.of("name", "Category")),
                "rows",
                List.of(
                        List.of("2026-11-03T02:41:00Z", "SecretGet", "AuditEvent", 7),
                        List.of("2026-11-03T02:41:01Z", "SecretGet", "AuditEvent"),
                        List.of("2026-11-03T02:41:02Z", "SecretGet")));
        for (Outcome outcome : List.of(Outcome.of(text(table)), Outcome.read(text(table)), Outcome.of(table))) {
            assertThat(outcome.events).as(outcome.toString()).hasSize(1);
            assertThat(outcome.letters)
                    .as(outcome.toString())
                    .extracting(DeadLetter::problem)
                    .hasSize(2)
                    .allMatch(problem -> problem.contains("more or fewer values"));
        }
    }

    @Test
    @DisplayName("exports that were joined in one file are read, whatever columns or form each has")
    void joined() throws IOException {
        String joined = "TimeGenerated [UTC],OperationName,identity_claim_upn_s\n"
                + "2026-11-03T02:41:00,SecretGet,ann@contoso.com\n"
                + "identity_claim_upn_s,TimeGenerated [UTC+01:00],OperationName\n"
                + "bob@contoso.com,2026-11-03T03:41:00,SecretGet\n"
                + TEXTS.get(0) + "\n" + TEXTS.get(1) + "\n";
        for (Outcome outcome : bothWays(joined)) {
            assertThat(outcome.events).as(outcome.toString()).hasSize(4);
            assertThat(outcome.events.subList(0, 2))
                    .extracting(KeyVaultEvent::upn)
                    .containsExactly("ann@contoso.com", "bob@contoso.com");
            assertThat(outcome.events.get(0).time())
                    .isEqualTo(outcome.events.get(1).time());
            assertThat(outcome.events.subList(2, 4)).isEqualTo(EVENTS.subList(0, 2));
            assertThat(outcome.records()).isEqualTo(4);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"db-25-12-2025", "25/12/2025", "az/2.6 25/12/2025", "25/12/2025, 2:41:00 AM"})
    @DisplayName(
            "day and month are told apart by dates in the column of times, and not by what a caller writes elsewhere")
    void datesOfOthers(String agent) throws IOException {
        String header = "TimeGenerated [UTC],OperationName,clientInfo_s\n";
        String rows = header + "\"11/3/2026, 2:41:07.000 AM\",SecretGet,\"" + agent + "\"\n";
        for (Outcome outcome : bothWays(rows)) {
            assertThat(outcome.events)
                    .as(outcome.toString())
                    .extracting(KeyVaultEvent::time)
                    .containsExactly(Instant.parse("2026-11-03T02:41:07Z").toEpochMilli());
            assertThat(outcome.notes).hasSize(1).first().asString().contains("month first");
        }
        Outcome proved = Outcome.of(rows + "\"13/3/2026, 2:41:07.000 AM\",SecretGet,x\n");
        assertThat(proved.events)
                .as(proved.toString())
                .extracting(KeyVaultEvent::time)
                .startsWith(Instant.parse("2026-03-11T02:41:07Z").toEpochMilli());
        assertThat(proved.notes).isEmpty();
    }

    private static final String LINE = "{\"time\":\"2026-11-03T02:41:00Z\",\"operationName\":\"KeyGet\"}\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "TimeGenerated,OperationName\n2026-11-03T02:41:00Z,SecretGet\n2026-11-03T02:41:00Z,KeySign\n",
                "\"TimeGenerated\",\"OperationName\"\n\"2026-11-03T02:41:00Z\",\"SecretGet\"\n\"2026-11-03T02:41:00Z\",\"KeySign\"\n",
                "\"TimeGenerated\";\"OperationName\";Count\r\n\"2026-11-03T02:41:00Z\";\"SecretGet\";7\r\n\"2026-11-03T02:41:00Z\";KeySign;7\r\n"
            })
    @DisplayName("rows below a line of names behind JSON are read, and JSON behind them")
    void rowsBehindJson(String csv) {
        String text = LINE + csv + LINE + csv;
        for (Outcome outcome : List.of(Outcome.of(text), Outcome.read(text))) {
            assertThat(outcome.actions())
                    .as(outcome.toString())
                    .containsExactly("KeyGet", "SecretGet", "KeySign", "KeyGet", "SecretGet", "KeySign");
            assertThat(outcome.records()).isEqualTo(6);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"2026-11-03T02:41:00Z\",\"SecretGet\",200\n", "\"2026-11-03T02:41:00Z\";SecretGet;\"a\"\r\n"})
    @DisplayName("rows behind JSON without a line of names are a dead letter each")
    void rowsWithoutNames(String row) {
        String text = LINE + row + row + row + LINE;
        for (Outcome outcome : List.of(Outcome.of(text), Outcome.read(text))) {
            assertThat(outcome.actions()).as(outcome.toString()).containsExactly("KeyGet", "KeyGet");
            assertThat(outcome.letters).hasSize(3);
        }
    }

    @Test
    @DisplayName("names behind JSON are looked for a few times, and then each line is accounted for")
    void manyTurns() {
        String text = (LINE + "time,a\n2026-11-03T02:41:00Z,b\n").repeat(200);
        for (Outcome outcome : List.of(Outcome.of(text), Outcome.read(text))) {
            assertThat(outcome.events).hasSize(200);
            assertThat(outcome.records()).isGreaterThanOrEqualTo(400);
        }
    }

    @Test
    @DisplayName("rows whose lines end in a carriage return alone are read, as old Macs write them")
    void carriageReturns() {
        String text = "\"TimeGenerated\",OperationName\r" + "\"2026-11-03T02:41:00Z\",SecretGet\r".repeat(3000);
        for (Outcome outcome : List.of(Outcome.of(text), Outcome.read(text))) {
            assertThat(outcome.events).hasSize(3000);
            assertThat(outcome.records()).isEqualTo(3000);
        }
    }
}
