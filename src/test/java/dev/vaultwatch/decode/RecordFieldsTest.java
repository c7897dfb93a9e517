package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import dev.vaultwatch.event.Property;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The fields of one record")
class RecordFieldsTest {
    private static final Tools TOOLS = new Tools(1_000_000);

    private final RecordFields fields = TOOLS.newFields(new DayOrder());

    private RecordFields.@Nullable Envelope read(String json) throws IOException {
        byte[] bytes = ("  " + json + " ]").getBytes(StandardCharsets.UTF_8);
        fields.clear();
        try (JsonParser parser = TOOLS.json.createParser(bytes, 2, bytes.length - 2)) {
            parser.nextToken();
            return fields.read(parser, bytes, 2, true);
        }
    }

    private RecordFields.Envelope envelopeOf(String json) throws IOException {
        return Objects.requireNonNull(read(json), json);
    }

    private List<String> names() {
        return fields.members().stream().map(RecordFields.Member::name).toList();
    }

    @Test
    @DisplayName(
            "members that may carry a record are objects, lists and texts under names that are no field's, known carriers first")
    void members() throws IOException {
        read(
                "{\"x\":{},\"n\":1,\"message\":\"t\",\"t\":true,\"l\":[],\"category\":\"c\",\"identity\":{},\"_source\":{\"y\":\"z\"},\"nil\":null}");

        assertThat(names()).containsExactly("_source", "message", "x", "l");
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("x", Map.of());
        map.put("n", 1);
        map.put("message", "t");
        map.put("l", new int[0]);
        map.put("category", "c");
        map.put("identity", Map.of());
        map.put("nil", null);
        fields.clear();
        fields.read(map);
        assertThat(names()).containsExactly("message", "x", "l");
        assertThat(fields.firstKeys()).containsExactly("x", "n", "message", "l", "category", "identity", "nil");
    }

    @Test
    @DisplayName("of texts under unknown names 256 are looked into, of objects 10,000, of known names each")
    void bounds() throws IOException {
        StringBuilder json = new StringBuilder("{\"t0\":\"\"");
        for (int i = 1; i <= 256; i++) {
            json.append(",\"t").append(i).append("\":\"\"");
        }
        read(json + ",\"message\":\"\"}");

        assertThat(names()).hasSize(257).startsWith("message", "t0").endsWith("t255");
        StringBuilder rows = new StringBuilder("{\"0\":{}");
        for (int i = 1; i <= 10_000; i++) {
            rows.append(",\"").append(i).append("\":{}");
        }
        read(rows + ",\"t\":\"\",\"message\":{}}");
        assertThat(names()).hasSize(10_001).startsWith("message", "0").endsWith("9999");
    }

    @ParameterizedTest
    @ValueSource(strings = {"records", "Records", "value", "results"})
    @DisplayName("an array under an envelope's name is where its records begin, unless it is empty")
    void envelope(String name) throws IOException {
        RecordFields.Envelope found = envelopeOf("{\"x\":1,\"" + name + "\": [ \t\r\n{}]}");

        assertThat(found.names()).containsExactly(name);
        assertThat(found.first()).isEqualTo(("  {\"x\":1,\"" + name + "\": [").length());
        assertThat(found.table()).isFalse();
        for (String empty : List.of("[]", "[ ]", "[\n]", "[\r]", "[\t ]")) {
            assertThat(read("{\"" + name + "\":" + empty + ",\"x\":1}")).isNull();
            assertThat(fields.isEmptyEnvelope()).as(empty).isTrue();
        }
        assertThat(read("{\"" + name + "\":{}}")).isNull();
        assertThat(fields.isEmptyEnvelope()).isFalse();
        assertThat(read("{\"operationName\":\"x\",\"" + name + "\":[{}]}"))
                .as("a record's own")
                .isNull();
    }

    @Test
    @DisplayName("Elasticsearch's hits are one level down, a table says so by its columns")
    void otherEnvelopes() throws IOException {
        RecordFields.Envelope hits = envelopeOf("{\"hits\":{\"total\":{\"hits\":[1]},\"max\":[],\"hits\":[{}]}}");
        assertThat(hits.names()).containsExactly("hits", "hits");
        assertThat(read("{\"hits\":{\"hits\":{}},\"x\":{}}")).isNull();
        assertThat(names()).containsExactly("hits", "x");
        RecordFields.Envelope table = envelopeOf("{\"columns\":[]}");
        assertThat(table.table()).isTrue();
    }

    @Test
    @DisplayName("the first eight names are kept, of each sixty characters, and none of the record before")
    void keys() throws IOException {
        read("{\"" + "n".repeat(61) + "\":1,\"" + "m".repeat(60) + "\":2,\"c\":{\"d\":1}}");
        assertThat(fields.firstKeys()).containsExactly("n".repeat(60), "m".repeat(60), "c");
        read("{\"1\":1,\"2\":1,\"3\":1,\"4\":1,\"5\":1,\"6\":1,\"7\":1,\"8\":1,\"9\":1}");
        assertThat(fields.firstKeys()).hasSize(KeyVaultDecoder.FIRST_KEYS).endsWith("8");
    }

    @Test
    @DisplayName("JSON text is read in JSON text, as columns that moved hold it, twice and no deeper")
    void texts() throws IOException {
        String claims = "{\"upn\":\"ada\"}";
        String once = "{\"identity\":{\"claim\":" + quoted(claims) + "}}";

        read(once);
        assertThat(fields.get(Field.UPN)).isEqualTo("ada");
        read("{\"identity_s\":" + quoted("{\"claim\":" + quoted(claims) + "}") + "}");
        assertThat(fields.get(Field.UPN)).isEqualTo("ada");
        read("{\"AdditionalFields\":" + quoted("{\"identity_s\":" + quoted("{\"claim\":" + quoted(claims) + "}") + "}")
                + "}");
        assertThat(fields.has(Field.UPN)).isFalse();
        read("{\"AdditionalFields\":" + quoted("{\"identity_claim_s\":" + quoted(claims) + "}") + ",\"identity_s\":"
                + quoted("{\"claim\":" + quoted("{\"appid\":\"1\"}") + "}") + ",\"Identity_s\":"
                + quoted("{\"claim\":" + quoted("{\"oid\":\"2\"}") + "}") + "}");
        assertThat(fields.get(Field.UPN)).as("each is counted for itself").isEqualTo("ada");
        assertThat(fields.get(Field.APP_ID)).isEqualTo("1");
        assertThat(fields.get(Field.OID)).isEqualTo("2");
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    @Test
    @DisplayName("half of a surrogate pair, even alone, becomes the replacement character")
    void surrogates() throws IOException {
        read("{\"identity\":{\"claim\":{\"upn\":\"\\ud83d\"}}}");

        assertThat(fields.get(Field.UPN)).isEqualTo("\ufffd");
    }

    @Test
    @DisplayName("a text beyond its property's usual length is noted, a time and what nobody wants apart")
    void longTexts() throws IOException {
        int usual = Field.UPN.usualLength();
        Wanted all = Wanted.ALL;
        Wanted noClient = new Wanted(Set.of(Property.UPN));

        read("{\"identity\":{\"claim\":{\"upn\":\"" + "u".repeat(usual) + "\"}},\"time\":\"" + "t".repeat(usual + 1)
                + "\"}");
        fields.findAll(all);
        assertThat(fields.hasLongTexts()).isFalse();
        read("{\"identity\":{\"claim\":{\"upn\":\"" + "u".repeat(usual + 1) + "\"}},\"category\":\"c\"}");
        fields.findAll(noClient);
        assertThat(fields.hasLongTexts()).isTrue();
        read("{\"category\":\"c\",\"properties\":{\"clientInfo\":\"" + "c".repeat(Field.CLIENT.usualLength() + 1)
                + "\"}}");
        fields.findAll(noClient);
        assertThat(fields.hasLongTexts()).isFalse();
        fields.findAll(all);
        assertThat(fields.hasLongTexts()).isTrue();
    }

    @Test
    @DisplayName("texts that repeat are one text for all records, those that don't are not kept")
    void repeated() throws IOException {
        String record = "{\"identity\":{\"claim\":{\"upn\":\"ada\"}},\"correlationId\":\"1-2\"}";
        read(record);
        fields.findAll(Wanted.ALL);
        String upn = fields.get(Field.UPN);
        String id = fields.get(Field.CORRELATION_ID);
        read(record);
        fields.findAll(Wanted.ALL);

        assertThat(fields.get(Field.UPN)).isEqualTo("ada").isSameAs(upn);
        assertThat(fields.get(Field.CORRELATION_ID)).isEqualTo("1-2").isNotSameAs(id);
    }

    @Test
    @DisplayName("in words it is a place, and never a value")
    void inWords() throws IOException {
        read("{\"identity\":{\"claim\":{\"upn\":\"ada\"}}}");

        assertThat(fields).hasToString("RecordFields[]");
    }
}
