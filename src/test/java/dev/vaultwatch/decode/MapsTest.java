package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DeadLetter.Reason;
import dev.vaultwatch.event.KeyVaultEvent;
import java.util.AbstractList;
import java.util.AbstractMap;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A host's maps")
class MapsTest {
    private static final String TIME = "2026-11-03T02:41:00Z";
    private static final Map<String, Object> A = record("SecretGet");
    private static final Map<String, Object> B = record("KeyGet");
    private static final String TEXT = "{\"time\":\"" + TIME + "\",\"operationName\":\"KeyList\"}";

    private static Map<String, Object> record(String action) {
        return map("time", TIME, "operationName", action);
    }

    private static Map<String, Object> map(@Nullable Object... pairs) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(String.valueOf(pairs[i]), pairs[i + 1]);
        }
        return map;
    }

    private static List<String> places(Outcome outcome) {
        return outcome.letters.stream().map(DeadLetter::pointer).toList();
    }

    @Test
    @DisplayName(
            "an envelope's elements may be maps, texts of a record, and rows of these; any other is told with its place")
    void elements() {
        Outcome outcome =
                Outcome.of(map("records", List.of(A, TEXT, List.of(17, TEXT), 7, "none", List.of(1, "x"), Set.of(B))));

        assertThat(outcome.actions()).containsExactly("SecretGet", "KeyList", "KeyList", "KeyGet");
        assertThat(places(outcome)).containsExactly("/records/3", "/records/4", "/records/5");
        assertThat(outcome.letters).extracting(DeadLetter::reason).containsOnly(Reason.NOT_A_RECORD);
        assertThat(outcome.letters.get(2).record()).isEqualTo("[1,\"x\"]");
    }

    @Test
    @DisplayName("beside a record in its row a text with a bracket is told, and nothing else is")
    void rows() {
        Outcome outcome =
                Outcome.of(map("records", List.of(List.of(A, "a bracket { and no more", "{", "plain", 7, List.of(1)))));

        assertThat(outcome.actions()).containsExactly("SecretGet");
        assertThat(places(outcome)).containsExactly("/records/0/1", "/records/0/2");
        assertThat(Outcome.of(map("records", List.of(List.of("a bracket { and no more", A))))
                        .records())
                .isEqualTo(1);
    }

    @Test
    @DisplayName("an envelope without records is none, a record that has one is a record, another log's is ignored")
    void envelopes() {
        assertThat(Outcome.of(map("records", List.of(), "x", 1)).records()).isZero();
        assertThat(Outcome.of(map("records", List.of(), "value", List.of(A))).actions())
                .containsExactly("SecretGet");
        assertThat(Outcome.of(map("records", "text", "x", A)).actions()).containsExactly("SecretGet");
        Map<String, Object> both = record("KeySign");
        both.put("records", List.of(A));
        assertThat(Outcome.of(both).actions()).containsExactly("KeySign");
        assertThat(Outcome.of(map("category", "Administrative", "operationName", "x")).reasons)
                .containsExactly(Ignored.CATEGORY);
        assertThat(Outcome.of(map("records", List.of(), "category", "AuditEvent", "time", TIME))
                        .records())
                .isEqualTo(1);
    }

    @Test
    @DisplayName("tables, and columns one after the other, have the places of their rows")
    void tables() {
        List<Object> names = List.of(map("name", "time"), "operationName", map("type", "x"));
        Outcome rows = Outcome.of(map(
                "columns", names, "rows", List.of(List.of(TIME, "SecretGet", 1), List.of("never", "KeyGet", 1), 7, B)));
        assertThat(rows.actions()).containsExactly("SecretGet", "KeyGet");
        assertThat(places(rows)).containsExactly("/rows/1/time", "/rows/2");
        Outcome turned = Outcome.of(map(
                "fields",
                List.of("time", "operationName"),
                "columns",
                List.of(List.of(TIME, "never"), List.of("SecretGet", "KeyGet"))));
        assertThat(turned.actions()).containsExactly("SecretGet");
        assertThat(places(turned)).containsExactly("/columns/1/time");
        Outcome uneven = Outcome.of(map(
                "fields",
                List.of("operationName", "time"),
                "columns",
                List.of(List.of("SecretGet", "KeyGet"), List.of(TIME))));
        assertThat(places(uneven)).containsExactly("/columns/1");
        assertThat(Outcome.of(map("columns", names, "x", A)).actions()).containsExactly("SecretGet");
        assertThat(Outcome.of(map("columns", List.of(), "rows", List.of(List.of(1)))).unrecognised)
                .hasSize(1);
    }

    @Test
    @DisplayName("wrappers are looked into sixteen deep, texts within them as deep as is left")
    void deep() {
        Map<String, Object> maps = A;
        for (int i = 0; i < 16; i++) {
            maps = map("x", maps);
        }
        Object lists = TEXT;
        for (int i = 0; i < 15; i++) {
            lists = List.of(lists);
        }
        assertThat(Outcome.of(maps).actions()).containsExactly("SecretGet");
        assertThat(Outcome.of(map("x", maps)).unrecognised).hasSize(1);
        assertThat(Outcome.of(map("records", lists)).actions()).containsExactly("KeyList");
        assertThat(Outcome.of(map("records", List.of(List.of(lists)))).letters).hasSize(1);
        Map<String, Object> text = map("x", TEXT);
        for (int i = 0; i < 14; i++) {
            text = map("x", text);
        }
        assertThat(Outcome.of(text).actions()).containsExactly("KeyList");
    }

    @Test
    @DisplayName("a text may be an array, or a line with a prefix; another is nothing to tell beside nobody's members")
    void texts() {
        for (String text : List.of("[" + TEXT + "]", "Nov  3 hub: " + TEXT, "\n" + TEXT)) {
            assertThat(Outcome.of(map("message", text)).actions()).containsExactly("KeyList");
            assertThat(Outcome.of(map("records", List.of(text))).actions()).containsExactly("KeyList");
            assertThat(Outcome.of(map("records", List.of(text))).records()).isEqualTo(1);
        }
        assertThat(Outcome.of(map("message", "a bracket { and nothing else")).unrecognised)
                .hasSize(1);
        assertThat(Outcome.of(map("message", "{\"a\":1,\"bc\":\"nobody's\"}", "x", 1))
                        .records())
                .isEqualTo(1);
        assertThat(places(Outcome.of(map("records", List.of("a line { with a bracket")))))
                .containsExactly("/records/0");
    }

    @Test
    @DisplayName("what stands beside a record under a name of nobody's and has its first field is one more")
    void siblings() {
        assertThat(Outcome.of(map("x", A, "y", B, "z", record("SecretGet"))).actions())
                .containsExactly("SecretGet", "KeyGet");
        assertThat(Outcome.of(map("x", A, "y", map("operationName", "KeyGet"))).records())
                .isEqualTo(1);
        assertThat(Outcome.of(map("message", A, "y", B)).records()).isEqualTo(1);
        assertThat(Outcome.of(map("x", List.of(A), "y", B)).records()).isEqualTo(1);
    }

    @Test
    @DisplayName("a map that can't be read is told as a fault of the decoder's, and what a sink throws is the caller's")
    void throwing() {
        Map<String, Object> broken = new AbstractMap<>() {
            @Override
            public Set<Entry<String, Object>> entrySet() {
                throw new IllegalStateException("mine");
            }
        };
        assertThat(Outcome.of(broken).letter().reason()).isEqualTo(Reason.INTERNAL);
        assertThat(Outcome.of(map("records", List.of(A, broken, B))).actions()).containsExactly("SecretGet", "KeyGet");
        List<Object> list = new AbstractList<>() {
            @Override
            public Object get(int index) {
                throw new IllegalStateException("mine");
            }

            @Override
            public int size() {
                return 1;
            }
        };
        assertThat(Outcome.of(map("records", list)).letter().reason()).isEqualTo(Reason.INTERNAL);
        for (Throwable thrown :
                List.of(new IllegalStateException("the sink's"), new StackOverflowError("the sink's"))) {
            Outcome sink = new Outcome() {
                @Override
                public void event(KeyVaultEvent event) {
                    if (thrown instanceof Error error) {
                        throw error;
                    }
                    throw (RuntimeException) thrown;
                }
            };
            KeyVaultDecoder decoder = new KeyVaultDecoder(IdentityMode.MERGED, 1000);
            assertThatThrownBy(() -> decoder.decode(A, Outcome.ALL, sink)).isSameAs(thrown);
        }
    }

    @Test
    @DisplayName("in a dead letter a map is written like JSON")
    void written() {
        assertThat(MapText.of(map(
                        "a",
                        1,
                        "b",
                        "x\"\\y",
                        "c",
                        null,
                        "d",
                        true,
                        "e",
                        List.of(1, "z"),
                        "f",
                        map(),
                        "g",
                        new Object[] {2L})))
                .isEqualTo("{\"a\":1,\"b\":\"x\\\"\\\\y\",\"c\":null,\"d\":true,\"e\":[1,\"z\"],\"f\":{},\"g\":[2]}");
        assertThat(MapText.of(null)).isEqualTo("null");
        assertThat(MapText.of(Collections.singletonMap(null, Arrays.asList((Object) null))))
                .isEqualTo("{\"null\":[null]}");
    }

    @Test
    @DisplayName("it is cut where it is longer than a letter, deeper than twenty, or throws")
    void cut() {
        int most = DeadLetter.MAX_RECORD_CHARS;
        assertThat(MapText.of(Collections.nCopies(most, 1))).startsWith("[1,1,").hasSizeLessThan(most + 10);
        Map<String, Object> wide = new LinkedHashMap<>();
        for (int i = 0; i < most; i++) {
            wide.put("n" + i, i);
        }
        assertThat(MapText.of(wide)).startsWith("{\"n0\":0,\"n1\":1,").hasSizeLessThan(most + 30);
        Map<String, Object> itself = new HashMap<>();
        itself.put("x", itself);
        assertThat(MapText.of(itself)).isEqualTo("{\"x\":".repeat(21) + "…" + "}".repeat(21));
        Object list = List.of();
        for (int i = 0; i < 30; i++) {
            list = List.of(list);
        }
        assertThat(MapText.of(list)).isEqualTo("[".repeat(21) + "…" + "]".repeat(21));
        assertThat(MapText.of(List.of(1, new Object() {
                    @Override
                    public String toString() {
                        throw new IllegalStateException("mine");
                    }
                })))
                .isEqualTo("[1,…");
    }
}
