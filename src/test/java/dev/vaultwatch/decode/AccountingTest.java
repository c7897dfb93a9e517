package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DeadLetter.Reason;
import dev.vaultwatch.event.KeyVaultEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("What is no event is said")
class AccountingTest {
    private static final String READ =
            "{\"time\":\"2026-11-03T02:41:00.123Z\",\"category\":\"AuditEvent\",\"operationName\":\"SecretGet\"";

    private static List<Outcome> both(String text) {
        return both(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<Outcome> both(byte[] bytes) {
        return List.of(Outcome.of(bytes, IdentityMode.MERGED), Outcome.read(bytes, Outcome.MAX_BYTES));
    }

    @Nested
    @DisplayName("unrecognised")
    class Unrecognised {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{}",
                    "{\"a\":1}",
                    "{\"level\":\"info\",\"time\":\"2026-11-03T02:41:00Z\",\"message\":\"started {x}\"}",
                    "{\"@timestamp\":\"2026-11-03T02:41:00Z\",\"message\":\"GET /\",\"agent\":{\"name\":\"fb\"}}",
                    "{\"data\":[{\"a\":1},{\"b\":2}]}",
                    "{\"message\":\"{\\\"a\\\":1,\\\"operation\\\":\\\"SecretGet\\\"}\"}",
                    "{\"columns\":[\"a\",\"b\"],\"x\":1}",
                    "{\"hits\":{\"total\":3}}",
                    "{\"category\":\"books\"}",
                    "{\"category\":\"AuditEvent\",\"time\":\"2026-11-03T02:41:00Z\"}",
                    "{\"event.dataset\":\"azure.platformlogs\",\"@timestamp\":\"2026-11-03T02:41:00Z\"}"
                })
        @DisplayName("is an object without any field of Key Vault or Azure, or an audit record that names no operation")
        void foreign(String json) {
            for (Outcome outcome : both(json)) {
                assertThat(outcome.unrecognised).as(outcome.toString()).hasSize(1);
                assertThat(outcome.records()).isEqualTo(1);
            }
        }

        @Test
        @DisplayName("comes with the first names, cut")
        void keys() {
            StringBuilder json = new StringBuilder("{\"" + "n".repeat(100) + "\":1");
            for (int i = 0; i < 20; i++) {
                json.append(",\"k").append(i).append("\":1");
            }

            List<String> keys = Outcome.of(json + "}").unrecognised.get(0);

            assertThat(keys)
                    .containsExactly("n".repeat(KeyVaultDecoder.MAX_KEY), "k0", "k1", "k2", "k3", "k4", "k5", "k6");
        }

        @Test
        @DisplayName("is each of an envelope's elements and each row for itself")
        void elements() {
            assertThat(Outcome.of("{\"records\":[{\"a\":1},{\"b\":1}]}").unrecognised)
                    .containsExactly(List.of("a"), List.of("b"));
            assertThat(Outcome.of("{\"tables\":[{\"columns\":[{\"name\":\"a\"}],\"rows\":[[1],[2]]}]}").unrecognised)
                    .hasSize(2);
            assertThat(Outcome.of("Name,Age,Town,Street\nA,1,X,Y\nB,2,X,Y\n").unrecognised)
                    .hasSize(2);
        }

        @Test
        @DisplayName("counts beside a record in what carries both")
        void beside() {
            Outcome outcome = Outcome.of("{\"data\":[{\"a\":1}," + READ + "},{\"b\":1},\"x\"]}");

            assertThat(outcome.events).hasSize(1);
            assertThat(outcome.unrecognised).containsExactly(List.of("a"), List.of("b"));
            assertThat(outcome.letters).singleElement().satisfies(letter -> {
                assertThat(letter.pointer()).isEqualTo("/data/3");
            });
        }

        @Test
        @DisplayName("is what lies deeper than wrappers are looked into")
        void deep() {
            String json = READ + "}";
            for (int i = 0; i < 12; i++) {
                json = "{\"x\":" + json + "}";
            }

            assertThat(Outcome.of(json).unrecognised).hasSize(1);
        }
    }

    @Nested
    @DisplayName("ignored")
    class IgnoredRecords {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "{\"time\":\"2026-11-03T02:41:00Z\",\"category\":\"Administrative\",\"operationName\":\"SecretGet\"} | CATEGORY",
                    "{\"time\":\"2026-11-03T02:41:00Z\",\"category\":\"UserRiskEvents\"} | CATEGORY",
                    "{\"event.action\":\"SecretGet\",\"event.dataset\":\"azure.activitylogs\"} | CATEGORY",
                    "{\"message\":\"{\\\"category\\\":\\\"Administrative\\\",\\\"operationName\\\":\\\"x\\\"}\"} | CATEGORY"
                })
        @DisplayName("says why")
        void reasons(String json, Ignored reason) {
            for (Outcome outcome : both(json)) {
                assertThat(outcome.reasons).as(outcome.toString()).containsExactly(reason);
                assertThat(outcome.records()).isEqualTo(1);
            }
        }

        @Test
        @DisplayName("is an action that no rule wants, whatever the way of reading")
        void unwanted() {
            for (boolean flat : new boolean[] {true, false}) {
                Outcome outcome = new Outcome();
                byte[] json = (READ + "}").getBytes(StandardCharsets.UTF_8);
                new KeyVaultDecoder(IdentityMode.MERGED, 1000, flat)
                        .decode(json, 0, json.length, action -> false, outcome);
                assertThat(outcome.reasons).containsExactly(Ignored.ACTION);
            }
        }
    }

    @Nested
    @DisplayName("an event without a user says why")
    class WithoutUser {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                nullValues = "-",
                value = {
                    "{} | NO_IDENTITY | NO_IDENTITY",
                    "null | NO_IDENTITY | NO_IDENTITY",
                    "\"User\" | UNREADABLE_IDENTITY | UNREADABLE_IDENTITY",
                    "\"@{claim=}\" | UNREADABLE_IDENTITY | UNREADABLE_IDENTITY",
                    "{\"claim\":\"@{amr=System.Object[]}\"} | UNREADABLE_IDENTITY | UNREADABLE_IDENTITY",
                    "{\"claim\":\"@{oid=1; upn=a@b}\"} | - | -",
                    "\"{broken\" | UNREADABLE_IDENTITY | UNREADABLE_IDENTITY",
                    "{\"claim\":{\"appid\":\"1\",\"oid\":\"2\",\"appidacr\":\"1\"}} | APPLICATION | APPLICATION",
                    "{\"claim\":{\"appid\":\"1\",\"oid\":\"2\",\"idtyp\":\"app\",\"unique_name\":\"x\"}} | APPLICATION | APPLICATION",
                    "{\"claim\":{\"oid\":\"2\",\"unique_name\":\"live.com#a@b\"}} | - | GUEST_WITHOUT_UPN",
                    "{\"claim\":{\"oid\":\"2\",\"scp\":\"user_impersonation\"}} | - | GUEST_WITHOUT_UPN",
                    "{\"claim\":{\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn\":\"a@b\"}} | - | GUEST_WITHOUT_UPN",
                    "{\"claim\":{\"upn\":\"a@b\"}} | - | -"
                })
        void causes(String identity, Userless merged, Userless upstream) {
            byte[] json = (READ + ",\"identity\":" + identity + "}").getBytes(StandardCharsets.UTF_8);

            assertThat(Outcome.of(json, IdentityMode.MERGED).userless)
                    .isEqualTo(merged == null ? List.of() : List.of(merged));
            assertThat(Outcome.of(json, IdentityMode.UPSTREAM).userless)
                    .isEqualTo(upstream == null ? List.of() : List.of(upstream));
        }
    }

    @Nested
    @DisplayName("who it was")
    class Users {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "\"upn\":\" Grace@CONTOSO.example \" | grace@contoso.example | upn",
                    "\"upn\":\"gra\\u0063\\u0327e@contoso.example\" | graçe@contoso.example | upn",
                    "\"upn\":\"live.com#Grace@contoso.example\" | grace@contoso.example | upn",
                    "\"upn\":\"guest#mail#grace@contoso.example\" | grace@contoso.example | upn",
                    "\"upn\":\"grace_x.example#EXT#@contoso.example\" | grace_x.example#ext#@contoso.example | upn",
                    "\"unique_name\":\"mail#grace@x.example\",\"preferred_username\":\"b@x.example\" | grace@x.example | unique_name",
                    "\"preferred_username\":\"B@x.example\" | b@x.example | preferred_username",
                    "\"oid\":\"00000000-0000-4000-8000-00000000BEEF\",\"idtyp\":\"user\" | 00000000-0000-4000-8000-00000000beef | oid"
                })
        @DisplayName("has one form, and says which claim it is")
        void folded(String claims, String upn, String claim) {
            for (Outcome outcome : both(READ + ",\"identity\":{\"claim\":{" + claims + "}}}")) {
                assertThat(outcome.event().upn()).isEqualTo(upn);
                assertThat(outcome.event().identityClaim()).isEqualTo(claim);
            }
        }

        @Test
        @DisplayName("stays as it came with identity=upstream")
        void upstream() {
            byte[] json = (READ + ",\"identity\":{\"claim\":{\"upn\":\"live.com#Grace@X.example\"}},\"resourceId\":"
                            + "\"/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v\","
                            + "\"callerIpAddress\":\"192.0.2.1:443\"}")
                    .getBytes(StandardCharsets.UTF_8);

            KeyVaultEvent event = Outcome.of(json, IdentityMode.UPSTREAM).event();

            assertThat(event.upn()).isEqualTo("live.com#Grace@X.example");
            assertThat(event.vault()).isEqualTo("v");
            assertThat(event.resourceGroup()).isEqualTo("g");
            assertThat(event.sourceIp()).isNull();
            assertThat(event.sourceAddress()).isEqualTo("192.0.2.1:443");
        }
    }

    @Nested
    @DisplayName("an envelope")
    class Envelopes {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "%s,\"records\":[]}",
                    "{\"records\":[],%s}",
                    "{\"value\" : [ ],\n%s}",
                    "%s,\"records\":[1,{\"a\":2}]}",
                    "%s,\"hits\":{\"hits\":[{}]}}",
                    "%s,\"tables\":[{\"columns\":[{\"name\":\"a\"}],\"rows\":[[1]]}]}",
                    "%s,\"message\":\"x\",\"results\":[]}"
                })
        @DisplayName("that names an operation is a record")
        void recordWithArray(String json) {
            String text = json.startsWith("%") ? json.formatted(READ) : json.formatted(READ.substring(1));
            for (Outcome outcome : both(text)) {
                assertThat(outcome.event().action()).isEqualTo("SecretGet");
            }
        }

        @Test
        @DisplayName("that names an operation behind its records is one more")
        void recordAround() {
            Outcome outcome = Outcome.of("{\"records\":[" + READ + "}]," + READ.substring(1) + "}");

            assertThat(outcome.events).hasSize(2);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"records\":[]}",
                    "{\"took\":1,\"hits\":{\"total\":{\"value\":0},\"hits\":[]}}",
                    "{\"tables\":[{\"name\":\"x\",\"columns\":[{\"name\":\"a\"}],\"rows\":[]}]}",
                    "{\"results\":[]}"
                })
        @DisplayName("without records counts as none")
        void empty(String json) throws IOException {
            for (Outcome outcome : both(json)) {
                assertThat(outcome.records()).as(outcome.toString()).isZero();
            }
            assertThat(ofMap(json).records()).isZero();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"tables\":[{\"columns\":[{\"name\":\"a\"}],\"rows\":[[1],[2]]}]}",
                    "{\"tables\":[{\"columns\":[{\"name\":\"a\"}],\"rows\":[]},{\"columns\":[{\"name\":\"b\"}],\"rows\":[[1]]}]}",
                    "{\"Tables\":[{\"x\":1},{\"Columns\":[{\"ColumnName\":\"a\"}],\"Rows\":[[1]]}]}",
                    "{\"tables\":[{\"rows\":[]}]}",
                    "{\"tables\":[{\"name\":\"x\"}]}",
                    "{\"tables\":[{\"columns\":[],\"rows\":[]}]}",
                    "{\"tables\":[]}"
                })
        @DisplayName("of tables counts the same as a map and as bytes")
        void tables(String json) throws IOException {
            Outcome bytes = Outcome.of(json);
            Outcome map = ofMap(json);

            assertThat(map.unrecognised).isNotEmpty().isEqualTo(bytes.unrecognised);
            assertThat(map.records()).isEqualTo(bytes.records());
        }

        private static Outcome ofMap(String json) throws IOException {
            return Outcome.of(new ObjectMapper().readValue(json, new TypeReference<Map<String, Object>>() {}));
        }

        @Test
        @DisplayName("larger than a record may be is read element by element, tables and hits too")
        void large() {
            StringBuilder rows = new StringBuilder();
            StringBuilder hits = new StringBuilder();
            for (int i = 0; i < 3_000; i++) {
                rows.append(i == 0 ? "" : ",").append("[\"2026-11-03T02:41:00Z\",\"SecretGet\",\"" + i + "@x\"]");
                hits.append(i == 0 ? "" : ",").append("{\"_source\":" + READ + "}}");
            }
            String table = "{\"tables\":[{\"columns\":[{\"name\":\"TimeGenerated\"},{\"name\":\"OperationName\"},"
                    + "{\"name\":\"identity_claim_upn_s\"}],\"rows\":[" + rows + "]}]}\n" + READ + "}\n";
            String response = "{\"hits\":{\"total\":1,\"hits\":[" + hits + "]},\"took\":1}\n" + READ + "}\n";

            for (String text : List.of(table, response)) {
                Outcome outcome =
                        Outcome.read(new java.io.ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), 4_000);
                assertThat(outcome.events).hasSize(3_001);
                assertThat(outcome.records()).isEqualTo(3_001);
            }
        }

        @Test
        @DisplayName("whose table breaks off gives what was whole, and a letter")
        void brokenTable() {
            String table = "{\"columns\":[{\"name\":\"time\"},{\"name\":\"operationName\"}],\"values\":["
                    + "[\"2026-11-03T02:41:00Z\",\"SecretGet\"],[\"2026-11-03T02:41:00Z\",\"Sec";
            for (Outcome outcome : both(table)) {
                assertThat(outcome.events).hasSize(1);
                assertThat(outcome.letters)
                        .singleElement()
                        .satisfies(letter -> assertThat(letter.reason()).isEqualTo(Reason.MALFORMED));
            }
        }
    }

    @Test
    @DisplayName("a record cut short inside a wrapper is a dead letter, not something unrecognised")
    void damagedInside() {
        String cut = "{\\\"time\\\":\\\"2026-11-03T02:41:00Z\\\",\\\"operationName\\\":\\\"SecretGet\\\",\\\"iden";
        for (Outcome outcome : both("{\"@timestamp\":\"2026-11-03T02:41:00Z\",\"message\":\"" + cut + "\"}")) {
            DeadLetter letter = outcome.letter();
            assertThat(letter.reason()).isEqualTo(Reason.MALFORMED);
            assertThat(letter.pointer()).startsWith("/message");
        }
    }

    @Test
    @DisplayName("invalid UTF-8 is replaced and counted, and the record is read")
    void invalidUtf8() {
        byte[] json = (READ + ",\"identity\":{\"claim\":{\"upn\":\"gr\u00e4ce@x.example\"}}}\n" + READ + "}")
                .getBytes(StandardCharsets.ISO_8859_1);
        for (Outcome outcome : both(json)) {
            assertThat(outcome.events).hasSize(2);
            assertThat(outcome.events.get(0).upn()).isEqualTo("gr\ufffdce@x.example");
            assertThat(outcome.invalidUtf8).isEqualTo(1);
            assertThat(outcome.records()).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("a file of another kind is one dead letter with a sentence of its own")
    void kinds() throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("zip archive", zipped("a.json"));
        files.put("Excel workbook", zipped("[Content_Types].xml"));
        files.put("gzip data", gzipped());
        files.put("Parquet file", ("PAR1" + "x\n".repeat(2000)).getBytes(StandardCharsets.US_ASCII));
        files.put("Avro file", ("Obj\u0001" + "x\n{}\n".repeat(2000)).getBytes(StandardCharsets.US_ASCII));
        files.put(
                "an XML document", "<?xml version='1.0'?>\n<results>\n{}\n</results>".getBytes(StandardCharsets.UTF_8));
        files.put("a web page", "<!DOCTYPE html>\n<html>\n{}\n</html>".getBytes(StandardCharsets.UTF_8));
        files.put("a PDF document", "%PDF-1.7\n{}\n".getBytes(StandardCharsets.UTF_8));
        files.put("Windows event log", ("ElfFile\0" + "\n\n{}\n").getBytes(StandardCharsets.US_ASCII));
        files.forEach((what, bytes) -> {
            for (Outcome outcome : both(bytes)) {
                assertThat(outcome.letter().reason()).isEqualTo(Reason.NOT_A_RECORD);
                assertThat(outcome.letter().problem()).contains(what);
            }
        });
    }

    private static byte[] zipped(String name) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry(name));
            zip.write((READ + "}\n").repeat(20).getBytes(StandardCharsets.UTF_8));
        }
        return out.toByteArray();
    }

    private static byte[] gzipped() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write((READ + "}\n").getBytes(StandardCharsets.UTF_8));
        }
        return out.toByteArray();
    }

    @Nested
    @DisplayName("the order of day and month")
    class DaysAndMonths {
        private static String at(String time) {
            return "{\"TimeGenerated\":\"" + time + "\",\"OperationName\":\"SecretGet\"}\n";
        }

        @Test
        @DisplayName("is taken from a proof anywhere in the block")
        void proof() {
            Outcome outcome = Outcome.of(at("4/02/2025 1:31:00 am") + at("13/02/2025 1:31:00 am"));

            assertThat(outcome.events)
                    .extracting(event ->
                            java.time.Instant.ofEpochMilli(event.time()).toString())
                    .containsExactly("2025-02-04T01:31:00Z", "2025-02-13T01:31:00Z");
            assertThat(outcome.notes).isEmpty();
        }

        @Test
        @DisplayName("holds for later blocks of the same source")
        void remembered() {
            DayOrder order = new DayOrder();
            KeyVaultDecoder decoder = new KeyVaultDecoder(IdentityMode.MERGED, 1000);
            Outcome outcome = new Outcome();
            for (String line : List.of(at("13/02/2025 1:31:00 am"), at("4/02/2025 1:31:00 am"))) {
                byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
                decoder.decode(bytes, 0, bytes.length, Outcome.ALL, outcome, order);
            }

            assertThat(java.time.Instant.ofEpochMilli(outcome.events.get(1).time()))
                    .isEqualTo("2025-02-04T01:31:00Z");
        }

        @Test
        @DisplayName("that nothing proves is noted once")
        void ambiguous() {
            DayOrder order = new DayOrder();
            KeyVaultDecoder decoder = new KeyVaultDecoder(IdentityMode.MERGED, 1000);
            Outcome outcome = new Outcome();
            for (int i = 0; i < 3; i++) {
                byte[] bytes = at("4/02/2025 1:31:00 am").getBytes(StandardCharsets.UTF_8);
                decoder.decode(bytes, 0, bytes.length, Outcome.ALL, outcome, order);
            }

            assertThat(outcome.events).hasSize(3);
            assertThat(outcome.notes).hasSize(1);
        }
    }

    @Test
    @DisplayName("a payload is split into events and their own bytes, which decode to the same")
    void split() {
        String payload =
                "{\"records\":[" + READ + ",\"identity\":{\"claim\":{\"upn\":\"a@x.example\"}}}," + READ + "}]}\n"
                        + "{\"message\":\"" + (READ + ",\"x\":1}").replace("\"", "\\\"") + "\"}\n"
                        + "{\"columns\":[{\"name\":\"time\"},{\"name\":\"operationName\"}],"
                        + "\"values\":[[\"2026-11-03T02:41:00Z\",\"KeyGet\"]]}\n{\"a\":1}\n{broken\n";
        byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
        List<KeyVaultEvent> events = new ArrayList<>();
        Outcome others = new Outcome();

        new KeyVaultDecoder(IdentityMode.MERGED, 1000)
                .split(
                        bytes,
                        0,
                        bytes.length,
                        Outcome.ALL,
                        new KeyVaultDecoder.RecordSink() {
                            @Override
                            public void record(KeyVaultEvent event, byte[] record) {
                                events.add(event);
                                assertThat(Outcome.of(record, IdentityMode.MERGED)
                                                .event())
                                        .isEqualTo(event);
                            }

                            @Override
                            public void ignored() {
                                others.ignored++;
                            }

                            @Override
                            public void unrecognised(List<String> firstKeys) {
                                others.unrecognised(firstKeys);
                            }

                            @Override
                            public void deadLetter(DeadLetter letter) {
                                others.deadLetter(letter);
                            }
                        },
                        new DayOrder());

        assertThat(events)
                .extracting(KeyVaultEvent::action)
                .containsExactly("SecretGet", "SecretGet", "SecretGet", "KeyGet");
        assertThat(others.unrecognised).hasSize(1);
        assertThat(others.letters).hasSize(1);
    }
}
