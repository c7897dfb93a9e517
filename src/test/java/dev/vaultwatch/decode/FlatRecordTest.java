package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.vaultwatch.event.Property;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("What the fast path reads by itself, and what it leaves to the parser")
class FlatRecordTest {
    private static final long SEED = Long.getLong("vaultwatch.fuzz.seed", 20261126);

    private final FlatRecord flat = new FlatRecord(new Interned(), new Callers());

    /** Where the record between other bytes ends, counted from its beginning; {@code NOT_FLAT} if it is left to the parser. */
    private static int read(FlatRecord flat, String record) {
        return read(flat, "[ ", record);
    }

    private static int read(FlatRecord flat, String before, String record) {
        int start = before.length();
        byte[] bytes = (before + record + "}\"").getBytes(StandardCharsets.UTF_8);
        int end = flat.read(bytes, start, bytes.length - 2);
        return end == FlatRecord.NOT_FLAT ? FlatRecord.NOT_FLAT : end - start;
    }

    private static int length(String record) {
        return record.getBytes(StandardCharsets.UTF_8).length;
    }

    static Stream<String> plain() {
        return Stream.of(
                "{}",
                "{ \t\r\n}",
                "{\"a\":1}",
                "{\"a\":\"b\"}",
                " {\"a\":1}".strip(),
                "{ \"a\" : 1 , \"b\"\t:\r\n\"c\" }",
                "{\"a\":true,\"b\":false,\"c\":null,\"d\":-1.50}",
                "{\"a\":[],\"b\":[ ],\"c\":[1,\"x\",[true , null],{\"d\":[2]}]}",
                "{\"a\":{},\"b\":{\"c\":{\"d\":1}},\"e\":2}",
                "{\"\":1,\"a\":1,\"a\":2}",
                "{\"a\":\"\u00fc\u20ac\ud83d\ude00\"}",
                "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\"}",
                "{\"upn\":[1],\"identity\":{\"claim\":{\"upn\":\"ada\",\"x\":[1]}}}",
                "{\"time\":\"2026-11-03T02:09:00Z\",\"operationName\":\"SecretGet\",\"resultType\":1}",
                "{\"properties\":{\"clientInfo\":\"a program with \\\"quotes\\\" and \\u00fc\"}}",
                "{\"time\":\"2026\\u002d11-03T02:09:00Z\"}",
                "{\"identity\":\"{}\"}",
                "{\"identity\":\" { } \",\"properties\":\"{\\\"x\\\":[1]}\"}",
                "{\"AdditionalFields\":\"{\\\"identity\\\":\\\"{\\\\\\\"claim\\\\\\\":{}}\\\"}\"}",
                "{\"properties\":\"{}\"}",
                "{\"properties\":{\"clientInfo\":\"N\\u006fne\"}}",
                "{\"properties\":{\"clientInfo\":\"\\u004e\\u006f\\u006e\\u0065\"}}",
                "{\"records\":{\"a\":1},\"value\":\"x\",\"hits\":[1]}",
                "{\"host\":{\"name\":\"collector\"},\"agent\":{\"type\":\"filebeat\"},\"input\":{\"type\":\"log\"}}",
                "{\"recordz\":\"x\",\"values\":1,\"results\":null}",
                "{\"x\":" + "{\"x\":".repeat(98) + "{}" + "}".repeat(99),
                "{\"x\":" + "[".repeat(99) + "]".repeat(99) + "}");
    }

    @ParameterizedTest
    @MethodSource("plain")
    @DisplayName("a plain record is read to its last byte, the first time and when its layout is known")
    void isRead(String record) {
        for (int time = 0; time < 8; time++) {
            assertThat(read(flat, record)).as("time %d", time).isEqualTo(length(record));
        }
    }

    static Stream<String> others() {
        return Stream.of(
                "",
                "1",
                "[]",
                "[{}]",
                "\"a\"",
                "{",
                "{\"a\"",
                "{\"a\":",
                "{\"a\":1",
                "{\"a\":1,",
                "{\"a\":1 ",
                "{\"a\":\"b\"",
                "{\"a\":[1 ",
                "{ ",
                "{\"a\":1,}",
                "{,}",
                "{a:1}",
                "{\"a\" 1}",
                "{\"a\":}",
                "{\"a\":1 \"b\":2}",
                "{\"a\":1;\"b\":2}",
                "{\"a\":1]",
                "{\"a\":[1}",
                "{\"a\":[1,]}",
                "{\"a\":[1 2]}",
                "{\"a\":[",
                "{\"a\":tru}",
                "{\"a\":01}",
                "{\"a\":1e5}",
                "{\"a\":1234567890123456789012345}",
                "{\"a\":'b'}",
                "{\"a\":\"b}",
                "{\"a\":\"b\tc\"}",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u12\"}",
                "{\"a\":\"\\u00e9",
                "{\"a\":\"\\u00e9\t\"}",
                "{\"a\\n\":1}",
                "{\"\u00fc\":1}",
                "{\"a\"\u00a0:1}",
                "{\u000b\"a\":1}",
                "{\"a\":\f1}",
                "{\"time\":[\"2026-11-03T02:09:00Z\"]}",
                "{\"properties\":{\"clientInfo\":\"a program with half a \\ud83d character\"}}",
                "{\"records\":[]}",
                "{\"Records\":[{}]}",
                "{\"value\":[{}]}",
                "{\"values\":[]}".replace("values", "Value"),
                "{\"tables\":[]}",
                "{\"columns\":[]}",
                "{\"results\":[]}",
                "{\"hits\":{\"hits\":[]}}",
                "{\"time\":\"\\ud83d\"}",
                "{\"time\":\"a\\x\"}",
                "{\"identity\":\"{\"}",
                "{\"identity\":\"{} x\"}",
                "{\"identity\":\"x{}\"}",
                "{\"identity\":\"user\"}",
                "{\"identity\":\"\"}",
                "{\"identity\":\"{}",
                "{\"identity\":\"{\\ud83d}\"}",
                "{\"identity\":\"{'claim':{}}\"}",
                "{\"AdditionalFields\":\"{\\\"identity\\\":\\\"{\\\\\\\"claim\\\\\\\":\\\\\\\"{}\\\\\\\"}\\\"}\"}",
                "{\"x\":" + "{\"x\":".repeat(99) + "{}" + "}".repeat(100),
                "{\"x\":" + "[".repeat(100) + "]".repeat(100) + "}");
    }

    @ParameterizedTest
    @MethodSource("others")
    @DisplayName("what is damaged or needs the parser is left to it, whatever was read before")
    void isLeft(String record) {
        assertThat(read(flat, record)).isEqualTo(FlatRecord.NOT_FLAT);
        for (String before : List.of("{}", "{\"a\":1}", "{\"a\":1,\"b\":2}", "{\"a\":\"b\"}", "{\"a\":\"bcdef\"}")) {
            for (int time = 0; time < 6; time++) {
                assertThat(read(flat, before)).isEqualTo(length(before));
            }
            assertThat(read(flat, record)).as("after %s", before).isEqualTo(FlatRecord.NOT_FLAT);
        }
        byte[] alone = record.getBytes(StandardCharsets.UTF_8);
        assertThat(flat.read(alone, 0, alone.length)).isEqualTo(FlatRecord.NOT_FLAT);
        // Whatever stands where the bytes begin.
        for (String before : List.of("}}", "]}", "]]", "}]", ",}", "\"\"", "}".repeat(20))) {
            assertThat(read(new FlatRecord(new Interned(), new Callers()), before, record))
                    .as("behind %s", before)
                    .isEqualTo(FlatRecord.NOT_FLAT);
        }
    }

    @Test
    @DisplayName("bytes that are no UTF-8 are left to the parser, in texts and in names")
    void notUtf8() {
        for (String record : List.of("{\"a\":\"x\u00ff\"}", "{\"a\":\"\\nx\u0080\"}", "{\"a\u00fc\":1}")) {
            byte[] bytes = record.getBytes(StandardCharsets.ISO_8859_1);
            assertThat(flat.read(bytes, 0, bytes.length)).isEqualTo(FlatRecord.NOT_FLAT);
        }
    }

    @Test
    @DisplayName("a record that does not end before the limit is left, wherever the limit is")
    void limit() {
        String record = "{\"a\":{\"b\":[1,\"x\\n\"]},\"time\":\"2026-11-03T02:09:00Z\",\"c\" : true }";
        byte[] bytes = record.getBytes(StandardCharsets.UTF_8);
        for (int known = 0; known < 2; known++) {
            FlatRecord fresh = new FlatRecord(new Interned(), new Callers());
            for (int time = 0; time < 8 * known; time++) {
                assertThat(fresh.read(bytes, 0, bytes.length)).isEqualTo(bytes.length);
            }
            for (int limit = 0; limit < bytes.length; limit++) {
                assertThat(fresh.read(bytes, 0, limit)).as("limit %d", limit).isEqualTo(FlatRecord.NOT_FLAT);
            }
        }
    }

    @Test
    @DisplayName("random JSON of the plain kind is read; damaged, it is read only if it is JSON still")
    void random() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        List<String> layouts = new ArrayList<>();
        for (int i = 0; i < Outcome.cases(3_000); i++) {
            StringBuilder text = new StringBuilder();
            object(text, random, 0);
            layouts.add(text.toString());
            String record = layouts.get(random.nextInt(4) == 0 ? layouts.size() - 1 : random.nextInt(layouts.size()));
            String said = "seed " + SEED + ", case " + i + ": " + record;
            assertThat(read(flat, record)).as(said).isEqualTo(length(record));

            StringBuilder damaged = new StringBuilder(record);
            damaged.setCharAt(random.nextInt(record.length()), "{}[]\",:\\ 0tn-.x".charAt(random.nextInt(15)));
            int end = read(flat, damaged.toString());
            if (end != FlatRecord.NOT_FLAT) {
                assertThat(endOfValue(damaged.toString()))
                        .as(said + " damaged: " + damaged)
                        .isEqualTo(end);
            }
        }
    }

    private static void object(StringBuilder text, SplittableRandom random, int depth) {
        text.append('{');
        for (int n = random.nextInt(depth == 0 ? 1 : 0, 5); n > 0; n--) {
            text.append('"').append("abc", 0, random.nextInt(4)).append("\":");
            value(text, random, depth);
            text.append(n > 1 ? "," : "");
        }
        text.append('}');
    }

    private static void value(StringBuilder text, SplittableRandom random, int depth) {
        switch (random.nextInt(depth > 3 ? 5 : 8)) {
            case 0 -> text.append("true");
            case 1 -> text.append(random.nextInt(1000));
            case 2 -> text.append("\"x\\n").append(random.nextInt(10)).append('"');
            case 3, 4 ->
                text.append('"').append("word ".repeat(random.nextInt(4))).append('"');
            case 5 -> object(text, random, depth + 1);
            case 6 -> {
                text.append('[');
                value(text, random, depth + 1);
                text.append(']');
            }
            default -> text.append("null");
        }
    }

    private static int endOfValue(String json) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            parser.nextToken();
            parser.skipChildren();
            return (int) parser.currentLocation().getCharOffset();
        }
    }

    @Test
    @DisplayName(
            "after 16 records in a row with other text where an object is due, one in 16 is tried, until one can be read")
    void textual() {
        String text = "{\"identity\":\"user\"}";
        String plain = "{\"a\":1}";
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 16; i++) {
                assertThat(read(flat, text)).isEqualTo(FlatRecord.NOT_FLAT);
            }
            assertThat(read(flat, plain)).as("after 16").isEqualTo(length(plain));
        }
        for (int i = 0; i < 17; i++) {
            read(flat, text);
        }
        for (int number = 18; number < 32; number++) {
            assertThat(read(flat, plain)).as("record %d", number).isEqualTo(FlatRecord.NOT_FLAT);
        }
        for (int i = 0; i < 20; i++) {
            assertThat(read(flat, plain)).isEqualTo(length(plain));
        }
    }

    // ---- fields

    @Test
    @DisplayName("a value that has been the same for long is had each time, and so is another after it")
    void habits() {
        Map<Field, List<String>> values = new LinkedHashMap<>();
        values.put(Field.CATEGORY, List.of("\"AuditEvent\"", "\"AuditEvents\"", "\"Audit\"", "\"\"", "7"));
        values.put(Field.RESULT_TYPE, List.of("1", "12", "2", "true", "\"1\"", "null"));
        values.put(Field.RESULT_SIGNATURE, List.of("\"None\"", "\"x\"", "null"));
        values.put(Field.SOURCE_IP, List.of("null", "\"192.0.2.1\""));
        values.put(Field.AGENT, List.of("\"\"", "\"beat\""));
        values.put(Field.CLIENT, List.of("\"a program\"", "\"a program, with \\\"quotes\\\" in it\"", "\"b\""));
        values.forEach((field, all) -> {
            String usual = all.get(0);
            for (String value : all) {
                for (int time = 0; time < 12; time++) {
                    String said = time == 10 ? value : usual;
                    String expected = List.of("\"\"", "null", "\"None\"").contains(said)
                            ? null
                            : said.replaceAll("^\"|\"$", "").replace("\\", "");
                    String record = "{\"x\":\"" + time + "\",\"" + field.paths().get(0) + "\":" + said
                            + ",\"y\":true,\"event.action\":\"A\"}";
                    assertThat(get(record, field))
                            .as("%s, time %d", record, time)
                            .isEqualTo(expected);
                    assertThat(flat.get(Field.EVENT_ACTION)).isEqualTo("A");
                }
            }
        });
    }

    private @Nullable String get(String record, Field field) {
        assertThat(read(flat, record)).as(record).isEqualTo(length(record));
        return flat.get(field);
    }

    @Test
    @DisplayName("each field is found under each of its names, dotted and nested at any dot")
    void names() {
        for (Field field : Field.values()) {
            for (String path : field.paths()) {
                // A URL's dots are its own, but the reader may take them for nesting.
                for (int dot = path.indexOf('.'); ; dot = path.indexOf('.', dot + 1)) {
                    String record = dot < 0
                            ? "{\"x\":1,\"" + path + "\":\"of " + field + "\"}"
                            : "{\"" + path.substring(0, dot) + "\":{\"y\":[],\"" + path.substring(dot + 1) + "\":\"of "
                                    + field + "\"},\"x\":1}";
                    assertThat(get(record, field)).as(record).isEqualTo("of " + field);
                    for (Field other : Field.values()) {
                        if (other != field) {
                            assertThat(flat.has(other))
                                    .as("%s in %s", other, record)
                                    .isFalse();
                        }
                    }
                    if (dot < 0) {
                        break;
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"_source\":{\"event\":{\"action\":\"A\"}}}",
                "{\"_source\":{\"event.action\":\"A\"}}",
                "{\"_event.action\":\"A\"}",
                "{\"AdditionalFields\":{\"event.action\":\"A\"}}",
                "{\"AdditionalFields_s\":{\"event\":{\"action\":\"A\"}}}"
            })
    @DisplayName("fields are found in a hit, with an underscore before them, and among the columns that had no room")
    void around(String record) {
        assertThat(get(record, Field.EVENT_ACTION)).isEqualTo("A");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"event\":{\"actions\":\"A\"}}",
                "{\"event\":{\"x\":{\"action\":\"A\"}}}",
                "{\"x\":{\"event\":{\"action\":\"A\"}}}",
                "{\"action\":\"A\"}",
                "{\"Event.action\":\"A\"}",
                "{\"event_action\":\"A\"}",
                "{\"event.actioN\":\"A\"}",
                "{\"event.action\":{\"x\":\"A\"}}",
                "{\"event.action\":\"\"}",
                "{\"event.action\":\"None\"}",
                "{\"event.action\":null}"
            })
    @DisplayName("a like name elsewhere, an object, an empty text and None are no value")
    void absent(String record) {
        assertThat(get(record, Field.EVENT_ACTION)).isNull();
        assertThat(flat.has(Field.EVENT_ACTION)).isFalse();
        assertThat(flat.unique(Field.EVENT_ACTION)).isNull();
        assertThat(flat.folded(Field.EVENT_ACTION)).isNull();
        assertThat(flat.upper(Field.EVENT_ACTION)).isNull();
        assertThat(flat.address(Field.EVENT_ACTION)).isNull();
        assertThat(flat.issuer(Field.EVENT_ACTION)).isNull();
        assertThat(flat.whole(Field.EVENT_ACTION)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "Non", "Nones", "Xone", "Nxne", "Noxe", "Nonx", "N", "0", "null", "true"})
    @DisplayName("what only resembles None is a value")
    void present(String text) {
        assertThat(get("{\"event.action\":\"" + text + "\"}", Field.EVENT_ACTION))
                .isEqualTo(text);
    }

    @Test
    @DisplayName("of several values the last one that is there counts; numbers and words are values")
    void last() {
        assertThat(get("{\"event.action\":\"A\",\"event\":{\"action\":\"B\"}}", Field.EVENT_ACTION))
                .isEqualTo("B");
        assertThat(get("{\"event.action\":\"A\",\"event\":{\"action\":\"\"}}", Field.EVENT_ACTION))
                .isEqualTo("A");
        assertThat(get("{\"event.action\":\"A\",\"event\":{\"action\":\"None\"}}", Field.EVENT_ACTION))
                .isEqualTo("A");
        assertThat(get("{\"event.action\":\"A\",\"event\":{\"action\":null}}", Field.EVENT_ACTION))
                .isEqualTo("A");
        assertThat(get("{\"event.action\":\"A\",\"event\":{\"action\":-1.5}}", Field.EVENT_ACTION))
                .isEqualTo("-1.5");
        assertThat(get("{\"event.action\":\"A\",\"event\":{\"action\":false}}", Field.EVENT_ACTION))
                .isEqualTo("false");
    }

    @Test
    @DisplayName("each record's values are its own: none is left of the record before, however alike they are")
    void ownValues() {
        SplittableRandom random = new SplittableRandom(SEED);
        List<Field> fields = List.of(
                Field.EVENT_ACTION, Field.CATEGORY, Field.APP_ID, Field.SOURCE_IP, Field.RESULT_TYPE, Field.CLIENT);
        for (int i = 0; i < 3_000; i++) {
            Map<Field, String> expected = new LinkedHashMap<>();
            StringBuilder record = new StringBuilder("{\"x\":" + random.nextInt(3));
            for (Field field : fields) {
                int said = random.nextInt(12);
                if (said > 0) {
                    String value = said > 8 ? String.valueOf(random.nextInt(2_000)) : "value " + said % 3;
                    expected.put(field, value);
                    record.append(",\"")
                            .append(field.paths().get(0))
                            .append("\":\"")
                            .append(value)
                            .append('"');
                }
            }
            String json = record + "}";
            assertThat(read(flat, json)).as(json).isEqualTo(length(json));
            for (int time = 0; time < 2; time++) {
                for (Field field : fields) {
                    assertThat(flat.get(field))
                            .as("seed %d: %s of %s", SEED, field, json)
                            .isEqualTo(expected.get(field));
                }
            }
        }
    }

    @Test
    @DisplayName("a text with escapes says the same as the text without them, whatever stood there before")
    void escaped() {
        Map<Field, String> plain = new LinkedHashMap<>();
        plain.put(Field.TIME, "2026-11-03T02:09:00.5Z");
        plain.put(Field.EVENT_ACTION, "SecretGet");
        plain.put(Field.CLIENT, "a program with \"quotes\" and \u00fc");
        plain.put(Field.SOURCE_IP, "192.0.2.1");
        plain.put(Field.APP_ID, "00000000-0000-0000-0000-00000000000a");
        plain.put(Field.DURATION_MS, "17");
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 2_000; i++) {
            StringBuilder record = new StringBuilder("{\"x\":\"\\u0041\"");
            plain.forEach((field, text) -> {
                int twice = random.nextInt(8);
                if (twice == 0) {
                    record.append(",\"").append(field.paths().get(0)).append("\":\"oth\\u0065r\"");
                }
                record.append(",\"").append(field.paths().get(0)).append("\":\"");
                int share = random.nextInt(3);
                text.chars()
                        .forEach(c -> record.append(
                                c == '"' || random.nextInt(4) < share
                                        ? String.format(random.nextBoolean() ? "\\u%04x" : "\\u%04X", c)
                                        : String.valueOf((char) c)));
                record.append('"');
                if (twice == 1) {
                    record.append(",\"").append(field.paths().get(0)).append("\":\"N\\u006fne\"");
                }
            });
            String json = record + "}";
            assertThat(read(flat, json)).as(json).isEqualTo(length(json));
            plain.forEach((field, text) -> assertThat(flat.get(field))
                    .as("seed %d: %s of %s", SEED, field, json)
                    .isEqualTo(text));
            assertThat(flat.whole(Field.DURATION_MS)).isEqualTo(17);
            assertThat(flat.unique(Field.EVENT_ACTION)).isEqualTo("SecretGet");
            assertThat(flat.address(Field.SOURCE_IP)).isEqualTo("192.0.2.1");
            assertThat(flat.millis(Field.TIME))
                    .isEqualTo(Instant.parse("2026-11-03T02:09:00.5Z").toEpochMilli());
        }
    }

    @Test
    @DisplayName(
            "objects that come as their texts are read, two in a record, one in the other, and beside plain values")
    void texts() {
        String identity = "{\\\"claim\\\":{\\\"appid\\\":\\\"i\\\",\\\"x\\\":1}}";
        String properties = "{\\\"clientInfo\\\":\\\"a \\\\\\\"b\\\\\\\"\\\", \\\"tlsVersion\\\":1.3}";
        String both = "{\"event.action\":\"A\",\"identity\":\"" + identity + "\",\"properties\":\" " + properties
                + "\",\"category\":\"C\"}";
        String inside = "{\"AdditionalFields\":\"{\\\"identity\\\":\\\"" + identity.replace("\\", "\\\\\\")
                + "\\\",\\\"category\\\":\\\"D\\\"}\",\"event.action\":\"B\"}";
        for (int time = 0; time < 20; time++) {
            assertThat(get(both, Field.EVENT_ACTION)).isEqualTo("A");
            assertThat(flat.get(Field.APP_ID)).isEqualTo("i");
            assertThat(flat.get(Field.CLIENT)).isEqualTo("a \"b\"");
            assertThat(flat.get(Field.TLS_VERSION)).isEqualTo("1.3");
            assertThat(flat.get(Field.CATEGORY)).isEqualTo("C");

            assertThat(get(inside, Field.EVENT_ACTION)).isEqualTo("B");
            assertThat(flat.get(Field.APP_ID)).isEqualTo("i");
            assertThat(flat.get(Field.CATEGORY)).isEqualTo("D");
            assertThat(flat.get(Field.CLIENT)).isNull();

            String plain = "{\"event.action\":\"E\",\"category\":\"F\"}";
            assertThat(get(plain, Field.CATEGORY)).isEqualTo("F");
            assertThat(flat.get(Field.APP_ID)).isNull();
        }
    }

    @Test
    @DisplayName("a whole number is read from its digits, and from what else the parser's way takes")
    void whole() {
        Map<String, Long> numbers = Map.of(
                "0", 0L, "7", 7L, "12345678", 12_345_678L, "123456789", 123_456_789L, "12345678901", 12_345_678_901L);
        Map<String, Long> others = Map.of("-5", -5L, "1.5", 1L, "12.0", 12L);
        for (Map<String, Long> texts : List.of(numbers, others)) {
            texts.forEach((text, number) -> {
                get("{\"durationMs\":\"" + text + "\"}", Field.DURATION_MS);
                assertThat(flat.whole(Field.DURATION_MS)).as(text).isEqualTo(number);
            });
        }
        for (String text : List.of("x", "1x", "x1", "12345678x", ".")) {
            get("{\"durationMs\":\"" + text + "\"}", Field.DURATION_MS);
            assertThat(flat.whole(Field.DURATION_MS)).as(text).isNull();
        }
        get("{\"durationMs\":12345678}", Field.DURATION_MS);
        assertThat(flat.whole(Field.DURATION_MS)).isEqualTo(12_345_678);
    }

    @Test
    @DisplayName(
            "what a field says is also had folded, in capitals, as an address, an issuer, an object and a resource")
    void views() {
        get("{\"event.action\":\" Live.com#Ada@X.example\"}", Field.EVENT_ACTION);
        assertThat(flat.folded(Field.EVENT_ACTION)).isEqualTo(UserName.fold(" Live.com#Ada@X.example"));
        assertThat(flat.upper(Field.EVENT_ACTION)).isEqualTo(" LIVE.COM#ADA@X.EXAMPLE");
        assertThat(flat.unique(Field.EVENT_ACTION)).isEqualTo(" Live.com#Ada@X.example");
        assertThat(flat.address(Field.EVENT_ACTION)).isNull();
        assertThat(flat.issuer(Field.EVENT_ACTION)).isNull();

        get("{\"source.ip\":\"192.0.2.1:443\"}", Field.SOURCE_IP);
        assertThat(flat.address(Field.SOURCE_IP)).isEqualTo("192.0.2.1");

        get("{\"identity.claim.iss\":\"https://sts.windows.net/T/\"}", Field.ISSUER);
        assertThat(flat.issuer(Field.ISSUER)).isEqualTo("T");

        String uri = "https://v.vault.azure.net/secrets/S/0a?api-version=7.4";
        get("{\"properties\":{\"id\":\"" + uri + "\",\"requestUri\":\"" + uri + "\"}}", Field.OBJECT_URI);
        assertThat(flat.object(Field.OBJECT_URI)).isEqualTo(ObjectUri.of(uri));
        assertThat(flat.object(Field.REQUEST_URI)).isEqualTo(ObjectUri.of(uri));

        String id = "/subscriptions/s/resourceGroups/g/providers/N/T/v";
        get("{\"resourceId\":\"" + id + "\"}", Field.RESOURCE_ID);
        assertThat(flat.resourceParts(Field.RESOURCE_ID)).isEqualTo(ResourceId.of(id));
        assertThat(flat.upperParts(Field.RESOURCE_ID)).isEqualTo(ResourceId.of(id.toUpperCase(java.util.Locale.ROOT)));
    }

    @Test
    @DisplayName("a time is read as Azure writes it, and otherwise as the source orders day and month")
    void millis() {
        get("{\"time\":\"2026-11-03T02:09:00.5Z\"}", Field.TIME);
        assertThat(flat.millis(Field.TIME))
                .isEqualTo(Instant.parse("2026-11-03T02:09:00.5Z").toEpochMilli());
        get("{\"time\":\"11/13/2026 2:09:00 AM\"}", Field.TIME);
        assertThat(flat.millis(Field.TIME))
                .isEqualTo(Instant.parse("2026-11-13T02:09:00Z").toEpochMilli());
        get("{\"time\":\"soon\"}", Field.TIME);
        assertThat(flat.millis(Field.TIME)).isEqualTo(TimeText.UNREADABLE);
    }

    @Test
    @DisplayName("a date is read by what the rest of the call proves of the order of day and month")
    void dayOrder() {
        byte[] call = "{\"time\":\"2/3/2026 2:09:00 AM\"}\n{\"time\":\"13/3/2026 2:09:00 AM\"}"
                .getBytes(StandardCharsets.UTF_8);
        flat.source(new DayOrder(), 0, call.length);
        assertThat(flat.read(call, 0, call.length)).isPositive();
        assertThat(flat.millis(Field.TIME))
                .isEqualTo(Instant.parse("2026-03-02T02:09:00Z").toEpochMilli());

        flat.source(new DayOrder(), 0, 0);
        assertThat(flat.read(call, 0, call.length)).isPositive();
        assertThat(flat.millis(Field.TIME))
                .isEqualTo(Instant.parse("2026-02-03T02:09:00Z").toEpochMilli());
    }

    @Test
    @DisplayName("once released, a record has no values, and bytes of more than 1 MiB are let go of")
    void release() {
        byte[] usual = Arrays.copyOf("{\"event.action\":\"A\"}".getBytes(StandardCharsets.UTF_8), 1 << 20);
        assertThat(flat.read(usual, 0, 20)).isEqualTo(20);
        flat.release();
        assertThat(flat.has(Field.EVENT_ACTION)).isFalse();
        assertThat(flat.bytes).isSameAs(usual);

        byte[] large = Arrays.copyOf(usual, (1 << 20) + 1);
        assertThat(flat.read(large, 0, 20)).isEqualTo(20);
        flat.release();
        assertThat(flat.has(Field.EVENT_ACTION)).isFalse();
        assertThat(flat.bytes).hasSizeLessThan(10);
    }

    @Test
    @DisplayName("once released, nothing of a record's unescaped texts is held, whatever records came behind it")
    void releaseOfTexts() throws InterruptedException {
        String large = "{\"category\":\"\\u0041" + "x".repeat(200_000)
                + "\",\"identity\":\"{\\\"claim\\\":{\\\"appid\\\":\\\"" + "y".repeat(200_000) + "\\\"}}\"}";
        byte[] bytes = large.getBytes(StandardCharsets.UTF_8);
        assertThat(flat.read(bytes, 0, bytes.length)).isEqualTo(bytes.length);
        WeakReference<byte[]> category = new WeakReference<>(flat.bytesOf(Field.CATEGORY.index()));
        WeakReference<byte[]> appId = new WeakReference<>(flat.bytesOf(Field.APP_ID.index()));
        assertThat(category.get()).hasSizeGreaterThan(200_000);
        assertThat(appId.get()).hasSizeGreaterThan(200_000);

        read(flat, "{\"category\":\"A\"}");
        flat.release();

        for (int i = 0; i < 50 && (category.get() != null || appId.get() != null); i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(category.get()).isNull();
        assertThat(appId.get()).isNull();
    }

    @Test
    @DisplayName(
            "whether a text is longer than Azure writes is said of fields that are wanted and whose text is kept, in characters")
    void longTexts() {
        Wanted all = new Wanted(Set.copyOf(Property.all()));
        Wanted few = new Wanted(Set.of(Property.UPN));
        int usual = Field.CLIENT.usualLength();
        String escaped = "\\\"" + "x".repeat(usual - 1);
        String wide = "\u20ac".repeat(usual);
        for (int time = 0; time < 8; time++) {
            assertThat(isLong("clientInfo", "x".repeat(usual), all)).isFalse();
            assertThat(isLong("clientInfo", "x".repeat(usual + 1), all)).isTrue();
            assertThat(isLong("clientInfo", "x".repeat(usual + 1), few)).isFalse();
            assertThat(isLong("clientInfo", escaped, all)).as("by what it says").isFalse();
            assertThat(isLong("clientInfo", escaped + "x", all)).isTrue();
            assertThat(isLong("clientInfo", wide, all)).isFalse();
            assertThat(isLong("clientInfo", wide + "x", all)).isTrue();
            assertThat(isLong("clientInfo", "short", all)).isFalse();
            assertThat(isLong("time", "x".repeat(usual + 1), all)).isFalse();
            assertThat(isLong("callerIpAddress", "x".repeat(Field.CALLER_IP.usualLength() + 1), all))
                    .isTrue();
        }
    }

    private boolean isLong(String name, String text, Wanted wanted) {
        String record = "{\"" + name.replace("clientInfo", "properties_clientInfo") + "\":\"" + text + "\"}";
        assertThat(read(flat, record)).as(record).isEqualTo(length(record));
        flat.findAll(wanted);
        return flat.hasLongTexts();
    }

    @Test
    @DisplayName("of two values the second counts, also where the first is the same for long")
    void habitAndAnother() {
        for (int time = 0; time < 20; time++) {
            String record = "{\"category\":\"AuditEvent\",\"x\":\"" + time + "\",\"Category\":\"B" + time + "\"}";

            assertThat(get(record, Field.CATEGORY)).isEqualTo("B" + time);
        }
    }

    @Test
    @DisplayName("a long text is said whichever fields stand before and behind it, and however often it was seen")
    void longAmongOthers() {
        Wanted all = new Wanted(Set.copyOf(Property.all()));
        String tooLong = "x".repeat(Field.CALLER_IP.usualLength() + 1);
        for (int length = 0; length < 2; length++) {
            String record = "{\"event.action\":\"A\",\"callerIpAddress\":\"" + tooLong.substring(1 - length)
                    + "\",\"category\":\"C\",\"resultType\":1}";
            for (int time = 0; time < 12; time++) {
                get(record, Field.CALLER_IP);
                flat.findAll(all);
                assertThat(flat.hasLongTexts()).as("%s, time %d", record, time).isEqualTo(length == 1);
                get("{\"event.action\":\"A\"}", Field.EVENT_ACTION);
                flat.findAll(all);
                assertThat(flat.hasLongTexts()).isFalse();
            }
        }
    }

    @Test
    @DisplayName("of two values of a field the last one's length counts")
    void longThenShort() {
        Wanted all = new Wanted(Set.copyOf(Property.all()));
        String tooLong = "x".repeat(Field.CALLER_IP.usualLength() + 1);

        get("{\"callerIpAddress\":\"" + tooLong + "\",\"CallerIPAddress\":\"a\"}", Field.CALLER_IP);
        flat.findAll(all);
        assertThat(flat.hasLongTexts()).isFalse();
        get("{\"callerIpAddress\":\"a\",\"CallerIPAddress\":\"" + tooLong + "\"}", Field.CALLER_IP);
        flat.findAll(all);
        assertThat(flat.hasLongTexts()).isTrue();
        get("{}", Field.CALLER_IP);
        assertThat(flat.hasLongTexts()).as("another record").isFalse();
    }

    @Test
    @DisplayName("a caller is worked out once for the same four texts, and anew when one of them is another")
    void caller() {
        String record =
                "{\"identity\":{\"claim\":{\"upn\":\"%s\",\"appid\":\"%s\",\"oid\":\"%s\"}},\"callerIpAddress\":\"%s\"}";
        List<List<String>> all = List.of(
                List.of("Ada@X", "app", "oid", "192.0.2.1:443"),
                List.of("Bob@X", "app", "oid", "192.0.2.1:443"),
                List.of("Bob@X", "app2", "oid", "192.0.2.1:443"),
                List.of("Bob@X", "app", "oid", "198.51.100.7"),
                List.of("Ada@X", "ap", "poid", "192.0.2.1:443"),
                List.of("Ada@X", "app", "", "192.0.2.1:443"),
                List.of("Eve@X", "", "", "2001:db8::1"),
                List.of("Eve@X", "app", "oid", ""));
        for (int round = 0; round < 3; round++) {
            for (List<String> texts : all) {
                get(record.formatted(texts.toArray()), Field.UPN);

                Callers.Caller caller = flat.caller(Field.UPN, Field.OID, Field.CALLER_IP, true);

                assertThat(caller.upn()).isEqualTo(texts.get(0).toLowerCase(java.util.Locale.ROOT));
                assertThat(caller.appId()).isEqualTo(orNull(texts.get(1)));
                assertThat(caller.objectId()).isEqualTo(orNull(texts.get(2)));
                assertThat(caller.sourceIp()).isEqualTo(orNull(texts.get(3).replace(":443", "")));
                assertThat(caller.sourceAddress()).isEqualTo(texts.get(3).endsWith(":443") ? texts.get(3) : null);
                if (round > 0) {
                    assertThat(flat.caller(Field.UPN, Field.OID, Field.CALLER_IP, true))
                            .isSameAs(caller);
                }
            }
        }
        Callers.Caller nobody = flat.caller(null, Field.OID, Field.CALLER_IP, true);
        assertThat(nobody.upn()).isNull();
        assertThat(nobody.objectId()).isEqualTo("oid");
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    @Test
    @DisplayName("the names of the tree are the same in texts and in bytes; claims are due under identities alone")
    void tree() {
        for (String name : List.of(
                "identity",
                "Identity",
                "identity_s",
                "identity.claim",
                "identity_claim",
                "azure.platformlogs.identity")) {
            FieldTree node = Objects.requireNonNull(FieldTree.ROOT.at(name), name);
            assertThat(node.isIdentity()).as(name).isTrue();
            assertThat(node.jsonText()).as(name).isTrue();
            assertThat(node.isLeaf()).as(name).isFalse();
        }
        for (String name : List.of("properties", "azure.platformlogs.properties", "AdditionalFields")) {
            FieldTree node = Objects.requireNonNull(FieldTree.ROOT.at(name), name);
            assertThat(node.jsonText()).as(name).isTrue();
        }
        for (String name : List.of("time", "source", "event", "_source", "azure")) {
            FieldTree node = Objects.requireNonNull(FieldTree.ROOT.at(name), name);
            assertThat(node.isIdentity()).as(name).isFalse();
            assertThat(node.jsonText()).as(name).isFalse();
            assertThat(node.isLeaf()).as(name).isEqualTo(name.equals("time"));
            byte[] bytes = ("x" + name + "y").getBytes(StandardCharsets.UTF_8);
            assertThat(FieldTree.ROOT.at(bytes, 1, bytes.length - 1)).isSameAs(node);
            assertThat(FieldTree.ROOT.at(bytes, 0, bytes.length - 1)).isNull();
            assertThat(FieldTree.ROOT.at(bytes, 1, bytes.length)).isNull();
        }
        assertThat(FieldTree.ROOT.at("nothing")).isNull();
        assertThat(FieldTree.ROOT.at(new byte[] {'e'}, 0, 0)).isNull();
    }
}
