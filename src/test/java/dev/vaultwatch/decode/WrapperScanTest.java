package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import dev.vaultwatch.decode.envelope.Carriers;
import dev.vaultwatch.decode.envelope.TableRows;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("What is read of a wrapper without the parser, and what is left to it")
class WrapperScanTest {
    private static final Tools TOOLS = new Tools(100_000);
    private static final String BEFORE = "{\"a\":";

    private final RecordFields fields = TOOLS.newFields(new DayOrder());

    /** Where the object ends that stands between other bytes, or at the very end of them; counted from its beginning. */
    private int read(String before, String object, String behind) {
        byte[] bytes = (before + object + behind).getBytes(StandardCharsets.UTF_8);
        fields.clear();
        fields.key("of the one before");
        fields.clear();
        int limit = bytes.length - behind.length();
        int end = WrapperScan.read(fields, bytes, before.length(), limit);
        return end == FlatRecord.NOT_FLAT ? end : end - before.length();
    }

    private int read(String object) {
        int end = read(BEFORE, object, "");
        assertThat(read(BEFORE, object, "}\"]}")).isEqualTo(end);
        assertThat(read("}", object, "")).isEqualTo(end);
        assertThat(read("]", object, "]")).isEqualTo(end);
        assertThat(read(BEFORE, object, "}\"]}")).isEqualTo(end);
        return end;
    }

    /** What a reader found, in words. */
    private static List<String> found(RecordFields fields, byte[] bytes) {
        List<String> members = fields.members().stream()
                .map(member -> member.name() + " at " + member.from() + " "
                        + new String(bytes, member.from(), member.to() - member.from(), StandardCharsets.UTF_8))
                .toList();
        return List.of(
                members.toString(),
                fields.firstKeys().toString(),
                String.valueOf(fields.get(Field.TIME)),
                String.valueOf(fields.get(Field.TIMESTAMP)),
                fields.timePointer());
    }

    static Stream<String> wrappers() {
        return Stream.of(
                "{}",
                "{ \t\r\n}",
                "{\"a\":1}",
                "{ \"a\" :\t1 , \"b\"\n:\r\n\"c\" }",
                "{\"message\":\"{\\\"a\\\":1}\",\"offset\":17}",
                "{\"message\":\"[{\\\"a\\\":1}]\",\"offset\":17}",
                "{\"input\":{\"type\":\"x\"},\"message\":{\"a\":{}},\"log\":{\"file\":{\"path\":\"/var\",\"n\":-1.5}},\"tags\":[\"a\",[],[ ],{\"b\":null}]}",
                "{\"record\":{ },\"x\":{\"y\":{}},\"z\":[1 , true,false ]}",
                "{\"@timestamp\":\"2026-11-03T02:09:00Z\",\"message\":\"x\"}",
                "{\"time\" : \"2026-11-03T02:09:00Z\",\"a\":\"\u00fc\u20ac\ud83d\ude00\"}",
                "{\"time\":\"\",\"a\":\"\"}",
                "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\",\"b\":{\"c\":[\"\\n\"]}}",
                "{\"records\":{\"a\":1},\"value\":\"x\",\"hits\":[1],\"tables\":{},\"fields\":{\"x\":[1]}}",
                "{\"a\":{\"operationName\":\"x\",\"records\":[1],\"time\":1}}",
                "{\"\":1,\"a\":{},\"a\":[],\"a\":\"\"}",
                "{\"a\":\"[\"}",
                "{\"a\":\"{\\u00e9\"}",
                "{\"n\":" + "[".repeat(Tools.MAX_DEPTH - 1) + "]".repeat(Tools.MAX_DEPTH - 1) + "}",
                "{\"n\":".repeat(Tools.MAX_DEPTH) + "1" + "}".repeat(Tools.MAX_DEPTH),
                "{\"n\":[" + "{\"n\":".repeat(Tools.MAX_DEPTH - 2) + "1" + "}".repeat(Tools.MAX_DEPTH - 2) + "]}");
    }

    @ParameterizedTest
    @MethodSource("wrappers")
    @DisplayName("what is read is what the parser would read: members, names, times, and where it ends")
    void asTheParser(String object) throws IOException {
        byte[] bytes = (BEFORE + object).getBytes(StandardCharsets.UTF_8);
        RecordFields parsed = TOOLS.newFields(new DayOrder());
        try (JsonParser parser = TOOLS.json.createParser(bytes, BEFORE.length(), bytes.length - BEFORE.length())) {
            parser.nextToken();
            assertThat(parsed.read(parser, bytes, BEFORE.length(), true)).isNull();
        }

        assertThat(read(object)).isEqualTo(bytes.length - BEFORE.length());
        assertThat(found(fields, bytes)).isEqualTo(found(parsed, bytes));
    }

    @Test
    @DisplayName("a text that begins as an object or an array comes with what it says; another one is not looked into")
    void said() {
        assertThat(read("{\"a\":\"{\\\"b\\\":1}\",\"c\":\"[\\u00e9]\",\"d\":\"x {}\",\"e\":{\"f\":\"{}\"},\"g\":7}"))
                .isPositive();

        assertThat(fields.members()).extracting(RecordFields.Member::name).containsExactly("a", "c", "d", "e");
        assertThat(fields.members().stream().map(RecordFields.Member::value).map(WrapperScanTest::text))
                .containsExactly("{\"b\":1}", "[\u00e9]", "nothing", "nothing");
    }

    private static String text(@Nullable Object value) {
        return value instanceof JsonText text
                ? new String(text.bytes(), 0, text.length(), StandardCharsets.UTF_8)
                : "nothing";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "[]",
                "\"a\"",
                "{",
                "{\"",
                "{\"a",
                "{\"a\"",
                "{\"a\":",
                "{\"a\":1",
                "{\"a\":1,",
                "{\"a\":1,}",
                "{\"a\":1,2}",
                "{,}",
                "{\"a\":1 \"b\":2}",
                "{\"a\":1:",
                "{a:1}",
                "{\"a\" 1}",
                "{\"a\":x}",
                "{\"a\":}",
                "{\"a\":tru}",
                "{\"a\":[",
                "{\"a\":[1",
                "{\"a\":[1,]}",
                "{\"a\":[1 2]}",
                "{\"a\":[1}",
                "{\"a\":[x]}",
                "{\"a\":[\"x]}",
                "{\"a\":[1,\"\\q\"]}",
                "{\"a\":1e3}",
                "{\"a\":{\"b\"}}",
                "{\"a\":{\"b\":1]}",
                "{\"a\":{]}",
                "{\"a\":\"x",
                "{\"a\":\"x}",
                "{\"a\":\"{x}",
                "{\"a\":\"\\q\"}",
                "{\"a\":\"{\\q\"}",
                "{\"a\":\"\\u12\"}",
                "{\"a\":\"\\",
                "{\"a\":\"\n\"}",
                "{\"a\":\"{\n\"}",
                "{\"x\":{},\"y\":\"\",\"a\":{\"b\":\"\u0001\"}}",
                "{\"\\u0061\":1}",
                "{\"\u00fc\":1}"
            })
    @DisplayName("what is damaged or odd is left, and nothing of it is remembered")
    void leavesOdd(String object) {
        assertThat(read(object)).isEqualTo(FlatRecord.NOT_FLAT);
        assertThat(fields.members()).isEmpty();
        assertThat(fields.firstKeys()).isEmpty();
    }

    @Test
    @DisplayName("bytes that are no UTF-8 are left, as text and as what a text says")
    void leavesOtherBytes() {
        for (String object : List.of("{\"a\":\"\u00ff\"}", "{\"a\":\"{\u00ff\"}", "{\"\u00ff\":1}")) {
            byte[] bytes = object.getBytes(StandardCharsets.ISO_8859_1);

            assertThat(WrapperScan.read(fields, bytes, 0, bytes.length)).isEqualTo(FlatRecord.NOT_FLAT);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"operationName\":\"SecretGet\"",
                "\"category\":\"x\"",
                "\"identity\":{}",
                "\"properties\":\"{}\"",
                "\"properties\":{}",
                "\"event\":{}",
                "\"time\":1",
                "\"time\":null",
                "\"time\":[\"2026-11-03T02:09:00Z\"]",
                "\"time\":\"2026\\u002d11-03\"",
                "\"@timestamp\":{}"
            })
    @DisplayName("what may be a record's is left, a time as text apart")
    void leavesRecords(String member) {
        assertThat(read("{" + member + "}")).isEqualTo(FlatRecord.NOT_FLAT);
        assertThat(read("{\"a\":{}," + member + ",\"b\":1}")).isEqualTo(FlatRecord.NOT_FLAT);
        assertThat(fields.members()).isEmpty();
        assertThat(fields.firstKeys()).isEmpty();
    }

    @Test
    @DisplayName("what makes an envelope or a table is left, under each of the names that do")
    void leavesEnvelopes() {
        Stream<String> tables = Stream.concat(TableRows.COLUMNS.stream(), Stream.of("tables", "Tables"));
        Stream<String> envelopes = Stream.of("records", "Records", "value", "results");
        assertThat(Stream.concat(tables, envelopes)
                        .filter(name -> Carriers.isEnvelope(name) || TableRows.isTable(name)))
                .hasSize(9)
                .allSatisfy(name -> {
                    assertThat(read("{\"" + name + "\":[{}]}")).isEqualTo(FlatRecord.NOT_FLAT);
                    assertThat(read("{\"" + name + "\":\"\"}")).isPositive();
                });
        assertThat(read("{\"hits\":{\"hits\":[]}}")).isEqualTo(FlatRecord.NOT_FLAT);
    }

    @Test
    @DisplayName("what is nested deeper than the parser goes is left")
    void leavesDeep() {
        int deep = Tools.MAX_DEPTH;
        assertThat(read("{\"n\":" + "[".repeat(deep) + "]".repeat(deep) + "}")).isEqualTo(FlatRecord.NOT_FLAT);
        assertThat(read("{\"n\":".repeat(deep + 1) + "1" + "}".repeat(deep + 1)))
                .isEqualTo(FlatRecord.NOT_FLAT);
        assertThat(read("{\"n\":[" + "{\"n\":".repeat(deep - 1) + "1" + "}".repeat(deep - 1) + "]}"))
                .isEqualTo(FlatRecord.NOT_FLAT);
    }

    private static boolean isLikely(String object) {
        byte[] alone = object.getBytes(StandardCharsets.UTF_8);
        byte[] among = ("{" + object).getBytes(StandardCharsets.UTF_8);
        boolean likely = WrapperScan.isLikely(alone, 0, alone.length);
        assertThat(WrapperScan.isLikely(among, 1, among.length)).isEqualTo(likely);
        return likely;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "message",
                "_raw",
                "payload",
                "data",
                "records",
                "record",
                "result",
                "results",
                "Body",
                "body",
                "full_log",
                "fields",
                "log",
                "original",
                "data_base64"
            })
    @DisplayName(
            "an object is likely a wrapper if its first member has a wrapper's name and is an object, or a text of one")
    void likely(String name) {
        assertThat(isLikely("{\"" + name + "\":{\"a\":123456789012}}")).isTrue();
        assertThat(isLikely("{\"" + name + "\":\"{\\\"a\\\":123456789012}\"}")).isTrue();
        assertThat(isLikely("{\"" + name + "\":\"x{\\\"a\\\":123456789012}\"}")).isFalse();
        assertThat(isLikely("{\"" + name + "\":[{\"a\":123456789012}]}")).isFalse();
        assertThat(isLikely("{\"" + name + "\" :{\"a\":123456789012}}")).isFalse();
        assertThat(isLikely("{\"" + name + "\",:{\"a\":123456789012}}")).isFalse();
        assertThat(isLikely("{ \"" + name + "\":{\"a\":123456789012}}")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"messages\":{\"a\":123456}}", "{\"properties\":{\"a\":123456}}", "{\"_source\":{\"a\":123456}}",
                        "{\"kv\":{\"a\":1234567890}}",
                "{\"mxxxxxxxxxxxxxxxxxxx", "{\"mxxxxxxxxxxxxxxxxx\"", "{\"mxxxxxxxxxxxxxxxx\":",
                        "{\"mxxxxxxxxxxxxxxx\":\"",
                "{\"", "{", ""
            })
    @DisplayName("any other, and one too short for a record, is not")
    void unlikely(String object) {
        assertThat(isLikely(object)).isFalse();
    }

    @Test
    @DisplayName("twenty bytes are enough for a record")
    void shortest() {
        assertThat(isLikely("{\"log\":{\"a\":123456}}")).isTrue();
        assertThat(isLikely("{\"log\":{\"a\":12345}}")).isFalse();
    }
}
