package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Records of one document with one correlation id, which a client may choose")
class CopiesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ONE = "11111111-1111-4111-8111-111111111111";

    private static Map<String, Object> read(int second, String secret) {
        Map<String, Object> read = new LinkedHashMap<>();
        read.put("time", "2026-11-03T02:41:%02d.1234567Z".formatted(second));
        read.put("operationName", "SecretGet");
        read.put("correlationId", ONE);
        read.put("properties", Map.of("id", "https://kv.vault.azure.net/secrets/" + secret));
        return read;
    }

    private static Map<String, Object> cut(Map<String, Object> read) {
        Map<String, Object> cut = new LinkedHashMap<>(read);
        cut.put("time", String.valueOf(read.get("time")).replace(".1234567", ""));
        return cut;
    }

    private static void assertReads(Map<String, Object> document, int reads) throws IOException {
        String text = JSON.writeValueAsString(document);
        for (Outcome outcome : List.of(Outcome.of(text), Outcome.read(text), Outcome.of(document))) {
            assertThat(outcome.events).as(text).hasSize(reads);
            assertThat(outcome.records()).as(text).isEqualTo(reads);
        }
    }

    private static Map<String, Object> document(Object... members) {
        Map<String, Object> document = new LinkedHashMap<>();
        for (Object member : members) {
            document.put("m" + document.size(), member);
        }
        return document;
    }

    @Test
    @DisplayName("all of two arrays count")
    void arrays() throws IOException {
        assertReads(
                document(List.of(read(1, "a"), read(2, "b")), List.of(read(3, "c"), read(3, "c"), read(4, "d"))), 5);
        assertReads(Map.of("data", List.of(read(1, "a")), "record", List.of(read(1, "b"))), 2);
    }

    @Test
    @DisplayName("so do texts, and rows whose fields are in another order")
    void members() throws IOException {
        List<Object> texts = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            texts.add(JSON.writeValueAsString(read(i, "s" + i)));
        }
        assertReads(document(texts.toArray()), 12);

        Map<String, Object> turned = new LinkedHashMap<>();
        List.of("correlationId", "operationName", "time", "properties")
                .forEach(name -> turned.put(name, read(2, "b").get(name)));
        String text = JSON.writeValueAsString(document(read(1, "a"), turned));
        assertThat(Outcome.of(text).events).hasSize(2);
    }

    @Test
    @DisplayName("what is of the same operation is a copy, in whatever form")
    void copies() throws IOException {
        assertReads(document(List.of(read(1, "a"), read(2, "b")), List.of(read(2, "b"), read(1, "a"))), 2);
        assertReads(document(List.of(read(1, "a")), JSON.writeValueAsString(read(1, "a"))), 1);
        assertReads(document(List.of(read(1, "a")), List.of(cut(read(1, "a")))), 1);
        assertReads(document(List.of(read(1, "a")), List.of(read(2, "b")), List.of(read(2, "b"))), 2);
        assertReads(
                Map.of("message", JSON.writeValueAsString(read(1, "a")), "log", JSON.writeValueAsString(read(2, "b"))),
                1);
    }

    @Test
    @DisplayName("nothing is said of what stands beside a record and is damaged or no record")
    void others() throws IOException {
        Map<String, Object> untimed = read(2, "b");
        untimed.put("time", "soon");
        assertReads(document(List.of(read(1, "a")), List.of(untimed, Map.of("correlationId", ONE), 7)), 1);
    }
}
