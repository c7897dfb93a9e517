package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DeadLetter.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Records inside something else")
class WrappersTest {
    private static final String A = "{\"time\":\"2026-11-03T02:41:00Z\",\"operationName\":\"SecretGet\"}";
    private static final String B = "{\"time\":\"2026-11-03T02:41:00Z\",\"operationName\":\"KeyGet\"}";
    private static final String C = "{\"operationName\":\"KeyList\",\"time\":\"2026-11-03T02:41:00Z\"}";

    /** What is made of a text, the same with the fast path and without. */
    private static Outcome of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Outcome fast = new Outcome();
        new KeyVaultDecoder(IdentityMode.MERGED, 10_000, true).decode(bytes, 0, bytes.length, Outcome.ALL, fast);
        Outcome slow = new Outcome();
        new KeyVaultDecoder(IdentityMode.MERGED, 10_000, false).decode(bytes, 0, bytes.length, Outcome.ALL, slow);
        assertThat(slow).hasToString(fast.toString());
        return fast;
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    @Test
    @DisplayName(
            "a row beside a record under a name of nobody's is one more if it begins with the same field and says something else")
    void siblings() {
        assertThat(of("{\"x\":" + A + ",\"y\":" + B + ",\"z\":" + A + "}").actions())
                .containsExactly("SecretGet", "KeyGet");
        assertThat(of("{\"x\":" + A + ",\"y\":" + C + "}").actions())
                .as("another first field")
                .containsExactly("SecretGet");
        assertThat(of("{\"x\":" + A + ",\"y\":" + A.replace("\"time\":", "\"time\": ") + "}")
                        .actions())
                .hasSize(2);
        assertThat(of("{\"message\":" + A + ",\"y\":" + B + "}").actions())
                .as("beside a carrier")
                .containsExactly("SecretGet");
        assertThat(of("{\"x\":" + quoted(A) + ",\"y\":" + B + "}").actions())
                .as("beside a text")
                .hasSize(1);
        assertThat(of("{\"x\":[" + A + "],\"y\":" + B + "}").actions())
                .as("beside an array")
                .hasSize(1);
        assertThat(of("{\"y\":{},\"x\":" + A + ",\"z\":{\"time\":1},\"w\":\"t\"}")
                        .records())
                .isEqualTo(2);
        assertThat(of("{\"x\":" + A + ",\"y\":{\"time\"}}").events)
                .as("damaged")
                .hasSizeLessThan(2);
        assertThat(of("{\"x\":" + A + ",\"y\":{\"time2\":1}}").records()).isEqualTo(1);
        assertThat(of("{\"x\":" + A + ",\"y\":{}}").records()).isEqualTo(1);
    }

    @Test
    @DisplayName("the better copy counts, where the other one is no record")
    void better() {
        assertThat(of("{\"event\":{\"original\":" + quoted(A) + "},\"message\":" + quoted("rendered { of " + A) + "}")
                        .actions())
                .containsExactly("SecretGet");
        assertThat(of("{\"message\":\"{x}\",\"event_data\":" + A + "}").actions())
                .containsExactly("SecretGet");
        assertThat(of("{\"data\":7,\"body\":[1,2],\"x\":" + A + "}").actions()).containsExactly("SecretGet");
    }

    @Test
    @DisplayName("a text of JSON is looked into as an object, an array, lines with a prefix, or Base64 of one of these")
    void texts() {
        for (String carried : List.of(A, "[" + A + "]", "Nov  3 hub: " + A, "\n" + A)) {
            assertThat(of(quoted(carried).replace("\n", "\\n")).actions())
                    .as(carried)
                    .containsExactly("SecretGet");
            Outcome element = of("[" + quoted(carried).replace("\n", "\\n") + "]");
            assertThat(element.actions()).containsExactly("SecretGet");
            assertThat(element.records()).isEqualTo(1);
        }
        String base64 = Base64.getEncoder().encodeToString(A.getBytes(StandardCharsets.UTF_8));
        assertThat(of(quoted(base64)).actions()).containsExactly("SecretGet");
        assertThat(of("{\"data_base64\":" + quoted(base64) + "}").actions()).containsExactly("SecretGet");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"short\"", "\"no bracket in this text\"", "\"a bracket { and nothing else\"", "17", "null"})
    @DisplayName("a text or value that carries none is one dead letter that quotes it")
    void noRecord(String value) {
        DeadLetter letter = of(value).letter();

        assertThat(letter.reason()).isEqualTo(Reason.NOT_A_RECORD);
        assertThat(letter.problem()).isEqualTo("This is JSON, but not an object.");
        assertThat(letter.record()).isEqualTo(value);
    }

    @Test
    @DisplayName("an object in a text is one thing by itself, recognised or not, with its place")
    void objectInText() {
        assertThat(of("[" + quoted("{\"nobody\":\"knows this one\"}") + "]").unrecognised)
                .containsExactly(List.of("nobody"));
        DeadLetter letter = of("[" + A + "," + quoted("{\"operationName\":\"SecretGet\",x}") + "]")
                .letters
                .get(0);
        assertThat(letter.pointer()).startsWith("/1");
        assertThat(letter.reason()).isEqualTo(Reason.MALFORMED);
    }

    @Test
    @DisplayName(
            "numbers and texts in rows beside a record are parts of it, others are told; a text with a bracket is always told")
    void besideRecords() {
        assertThat(of("[[17," + quoted(A) + ",\"x\"],[18," + quoted(B) + "]]").records())
                .isEqualTo(2);
        assertThat(of("[[17],[18," + quoted(B) + "]]").records()).isEqualTo(1);
        assertThat(of("[[17,\"x\"],[18]]").letters).hasSize(3);
        Outcome outcome = of("[[17," + quoted(A) + "],[18,\"a bracket { and nothing else\"]]");
        assertThat(outcome.events).hasSize(1);
        assertThat(outcome.letters).extracting(DeadLetter::pointer).containsExactly("/1/1");
    }

    @Test
    @DisplayName("of an array of numbers a thousand are held back, and each is told in the end, once and in order")
    void manyNumbers() {
        for (int count : new int[] {999, 1000, 1001, 1500}) {
            String numbers = "[" + "[7],".repeat(count) + "[8]]";

            assertThat(of(numbers).letters).hasSize(count + 1);
            assertThat(of(numbers).letters)
                    .last()
                    .extracting(DeadLetter::pointer)
                    .isEqualTo("/" + count + "/0");
        }
        assertThat(of("[" + "[7],".repeat(999) + "[" + quoted(A) + "]]").records())
                .isEqualTo(1);
        assertThat(of("[" + "[7],".repeat(1000) + "[" + quoted(A) + "]]").records())
                .isEqualTo(1);
        assertThat(of("[" + "[7],".repeat(1001) + "[" + quoted(A) + "]]").records())
                .as("told before")
                .isEqualTo(1002);
    }

    @Test
    @DisplayName("wrappers are looked into eight deep, whatever they are")
    void deep() {
        String objects = A;
        String texts = A;
        for (int i = 0; i < 8; i++) {
            objects = "{\"x\":" + objects + "}";
            texts = "{\"x\":" + quoted(texts) + "}";
        }
        assertThat(of(objects).actions()).containsExactly("SecretGet");
        assertThat(Outcome.of(texts).actions()).containsExactly("SecretGet");
        assertThat(of("{\"x\":" + objects + "}").unrecognised).hasSize(1);
        assertThat(Outcome.of("{\"x\":" + quoted(texts) + "}").unrecognised).hasSize(1);
    }

    @Test
    @DisplayName("rows say where they stood; an object that only looks like a table is read as any other")
    void tables() {
        String row = "[\"2026-11-03T02:41:00Z\",\"SecretGet\"]";
        String names = "\"columns\":[{\"name\":\"time\"},{\"name\":\"operationName\"}]";
        Outcome outcome = of("[{" + names + ",\"rows\":[" + row + ",[\"never\",\"SecretGet\"],7]}," + B + "]");

        assertThat(outcome.actions()).containsExactly("SecretGet", "KeyGet");
        assertThat(outcome.letters).extracting(DeadLetter::pointer).containsExactly("/0/rows/1/time", "/0/rows/2");
        assertThat(of("{" + names + ",\"message\":" + A + "}").actions()).containsExactly("SecretGet");
        DeadLetter letter = of("[{" + names + ",\"rows\":[" + row + ",[1,x]]}," + B + "]")
                .letters
                .get(0);
        assertThat(letter.problem()).contains("the rows before that were read");
        assertThat(letter.pointer()).isEqualTo("/0");
    }

    @Test
    @DisplayName("rows of CSV have their number for a place")
    void csv() {
        Outcome outcome =
                Outcome.of("time,operationName\n2026-11-03T02:41:00Z,SecretGet\nnever,SecretGet\nnever,KeyGet\n");

        assertThat(outcome.actions()).containsExactly("SecretGet");
        assertThat(outcome.letters).extracting(DeadLetter::pointer).containsExactly("/1/time", "/2/time");
    }

    private static final String ONE =
            "{\"time\":\"2026-11-03T02:41:00Z\",\"operationName\":\"SecretGet\",\"correlationId\":\"00000000-0000-4000-9000-000000000001\"}";
    private static final String OTHER =
            "{\"time\":\"2026-11-03T02:41:01Z\",\"operationName\":\"KeySign\",\"correlationId\":\"00000000-0000-4000-9000-000000000002\"}";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"event\":ONE,\"data\":OTHER}",
                "{\"message\":TEXT_ONE,\"event\":{\"original\":TEXT_OTHER}}",
                "{\"a\":ONE,\"event\":{\"original\":TEXT_ONE},\"log\":TEXT_OTHER}",
                "{\"data\":{\"records\":[ONE]},\"body\":{\"records\":[OTHER]},\"correlation\":\"x\"}"
            })
    @DisplayName("around two records with a correlation id each, both are read")
    void twoRecords(String wrapper) throws IOException {
        for (Outcome outcome : bytesAndMap(wrapper)) {
            assertThat(outcome.actions()).as(outcome.toString()).containsExactlyInAnyOrder("SecretGet", "KeySign");
            assertThat(outcome.records()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"event\":ONE,\"data\":ONE}",
                "{\"message\":TEXT_ONE,\"event\":{\"original\":TEXT_ONE}}",
                "{\"event\":ONE,\"data\":{\"correlationId\":\"00000000-0000-4000-9000-000000000009\",\"a\":1}}"
            })
    @DisplayName("around two copies, or what is no record, one is read")
    void twoCopies(String wrapper) throws IOException {
        for (Outcome outcome : bytesAndMap(wrapper)) {
            assertThat(outcome.event().action()).isEqualTo("SecretGet");
        }
    }

    private static List<Outcome> bytesAndMap(String wrapper) throws IOException {
        String json = wrapper.replace("TEXT_ONE", "\"" + ONE.replace("\"", "\\\"") + "\"")
                .replace("TEXT_OTHER", "\"" + OTHER.replace("\"", "\\\"") + "\"")
                .replace("ONE", ONE)
                .replace("OTHER", OTHER);
        return List.of(
                Outcome.of(json),
                Outcome.of(new ObjectMapper().readValue(json, new TypeReference<LinkedHashMap<String, Object>>() {})));
    }
}
