package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Where a stream is cut")
class ChunksTest {
    private static final String A = "{\"a\":1}";
    private static final String B = "{\"b\":\"}\"}";
    private static final String C = "{\n \"c\": [{}]\n}";

    private static InputStream stream(String text, int most) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, most));
            }
        };
    }

    private static List<String> chunks(RecordReader reader) throws IOException {
        List<String> chunks = new ArrayList<>();
        try (reader) {
            while (reader.next()) {
                chunks.add(new String(reader.buffer(), reader.offset(), reader.length(), StandardCharsets.UTF_8));
            }
            assertThat(reader.next()).as("behind the end").isFalse();
        }
        return chunks;
    }

    /** The chunks of a text, read one by one: the same whatever a read brings. */
    private static List<String> oneByOne(String text) throws IOException {
        List<String> chunks = chunks(RecordReader.oneByOne(stream(text, Integer.MAX_VALUE), 1000));
        for (int most : new int[] {1, 2, 7}) {
            assertThat(chunks(RecordReader.oneByOne(stream(text, most), 1000)))
                    .as("%d bytes a read", most)
                    .isEqualTo(chunks);
        }
        return chunks;
    }

    private static List<String> whole(String text) throws IOException {
        return chunks(new RecordReader(stream(text, Integer.MAX_VALUE), 1000));
    }

    private record Case(String text, List<String> chunks) {
        static Case of(String text, String... chunks) {
            return new Case(text, List.of(chunks));
        }
    }

    static Stream<Case> values() {
        return Stream.of(
                Case.of(""),
                Case.of(" \r\n"),
                Case.of(A, A),
                Case.of(C + C + "\n" + A + " " + B, C, C, A, B),
                Case.of(C + ",\n" + A + " , \n" + B, C, A, B),
                Case.of("7 true \"x\"\n" + C, "7 true \"x\"", C),
                Case.of("[" + A + " , " + C + "\n]" + B, A, C, B),
                Case.of("[[" + A + "],[\n" + C + "," + B + "]]\n" + A, A, C, B, A),
                Case.of("[1, \"a\",null]\n" + A, "1", "\"a\"", "null", A),
                Case.of("[]\n[ ]" + A, A),
                Case.of("[" + A + "\n" + B + "]", A, B));
    }

    static Stream<Case> envelopes() {
        return Stream.of(
                Case.of("{\"x\":[1],\"records\":[\n" + A + ",\n" + C + "\n],\"m\":[{}]}\n" + B, A, C, B),
                Case.of("{\"hits\":{\"n\":1,\"hits\":[\n" + A + ",\n" + B + "\n],\"m\":{}},\"x\":[{}]}\n" + C, A, B, C),
                Case.of("[{\"records\":[\n" + A + "\n]},\n{\"value\":[\n" + B + "]}]\n" + C, A, B, C),
                Case.of(
                        "[\n{\"records\":[" + A + "," + B + "]},\n" + A + "]",
                        "{\"records\":[" + A + "," + B + "]}",
                        A),
                Case.of(C + "\n{\"records\":[" + A + "," + B + "]}\n" + C, C, "{\"records\":[" + A + "," + B + "]}", C),
                Case.of("[{\"records\":[\n" + A + "],\"m\":[{}]},\n" + B + "]" + C, A, B, C),
                Case.of("[{\"hits\":{\"hits\":[\n" + A + "],\"m\":[{}]},\"n\":{}},\n" + B + "]" + C, A, B, C),
                Case.of(
                        "[\n{\"records\":[" + A + "," + B + "]},\n" + A + "]\n]\n" + C,
                        "{\"records\":[" + A + "," + B + "]}",
                        A,
                        "]",
                        C),
                Case.of(
                        "{\n\"hits\":{\"n\":1},\n\"x\":{\"hits\":[" + A + "]}}\n" + B,
                        "{\n\"hits\":{\"n\":1},\n\"x\":{\"hits\":[" + A + "]}}",
                        B),
                Case.of("{\"records\":[\n]}\n" + A, "{\"records\":[\n]}", A),
                Case.of("{\"records\":[\n" + A + "\n]}\n{\"records\":[\n" + B + "\n]}", A, B));
    }

    static Stream<Case> lost() {
        return Stream.of(
                // The square bracket of an envelope is lost: its own curly one ends it.
                Case.of("{\"records\":[\n" + A + ",\n}\n" + B + "\n" + C, A, B, C),
                Case.of("{\"records\":[\n" + A + "\n}\n[" + B + "]", A, B),
                Case.of("{\"records\":[\n" + A + "\n} \n ", A),
                Case.of("[{\"records\":[\n" + A + "\n}\n{\"records\":[\n" + B + "]}]", A, B),
                // One too many is passed over: in an envelope where another element follows, in an array anywhere.
                Case.of("{\"records\":[\n" + A + "},\n" + B + ",\n" + C + "\n]}\n" + A, A, B, C, A),
                Case.of("[\n" + A + "},\n" + B + "}\n" + C + "]\n" + A, A, B, C, A),
                Case.of("{\"records\":[\n" + A + "\n]}\n[\n" + B + "}\n" + C + "\n]\n" + A, A, B, C, A),
                Case.of("{\"hits\":{\"hits\":[\n" + A + "\n]}}\n{\"records\":[\n" + B + "\n]}\n}\n" + C, A, B, "}", C),
                // What closes nothing is told, unless something was damaged before.
                Case.of("[" + A + "]\n]\n" + B, A, "]", B),
                Case.of("{\"records\":[\n" + A + "\n]}\n}\n" + B, A, "}", B),
                Case.of("{\"cut\":[1\n" + A + "\n]}\n" + B, "{\"cut\":[1", A, B),
                Case.of("{\"records\":[\n" + A + "\n],\"cut\":\"\n" + B + "\n}],\n" + C, A, B, C),
                // Nothing closes the array: the decoder is to say so, unless a record broke off.
                Case.of("[" + A + ",", A, "["),
                Case.of("{\"records\":[\n" + A + ", ", A, "["),
                Case.of("[" + A + ",{\"a\":", A, "{\"a\":"),
                Case.of("[" + A + ",", A, "["),
                // The opening bracket of an object is lost.
                Case.of("\"a\":1}\n" + C, "\"a\":1}", C),
                Case.of("[" + A + ",\"a\":{\"b\":1}},\n" + C + "]", A, "\"a\":{\"b\":1}}", C),
                Case.of("\"a\\\"\":\"}\"\n" + C, "\"a\\\"\":\"}\"", C),
                Case.of("\"a\":\"b\"\n" + A, "\"a\":\"b\"", A),
                Case.of("[\n\"a\":\"b\"\n},\n" + A + "]", "\"a\":\"b\"\n}", A),
                Case.of("," + A, "," + A));
    }

    static Stream<Case> leftOver() {
        return Stream.of(
                Case.of(A + " x\"y\n" + B, A + " x\"y", B),
                Case.of(A + "\t \n" + B, A, B),
                Case.of(A + "\t" + B, A, B),
                Case.of(A + " [" + B + "]", A, B),
                Case.of(A + " , \r\n" + B, A + " ,", B),
                Case.of(A + "," + B, A, B),
                Case.of(A + " , x\n" + B, A + " , x", B),
                Case.of(A + "\u001e" + B, A, B),
                Case.of(A + "\0" + B + "\0", A, B),
                Case.of(A + "\0\n" + B + "\0\n", A, B),
                Case.of(A + "x}\n}" + B, A + "x}", B),
                Case.of(C + " x", C, "x"),
                Case.of(B + "\n" + A + " x\"y\n" + B, B, A + " x\"y", B));
    }

    static Stream<Case> lines() {
        return Stream.of(
                Case.of("[INFO] " + A + "\n" + C, "[INFO] " + A, C),
                Case.of("[ \tINFO] " + A + "\n[x] y\n", "[ \tINFO] " + A, "[x] y"),
                Case.of("[\"tag\",1793673660," + A + "]\n" + C, "[\"tag\",1793673660," + A + "]", C),
                Case.of(
                        "[[1793673660.1," + A + "],[1793673660.2,\n" + C + "]]\n" + B,
                        "[1793673660.1," + A + "]",
                        "[1793673660.2,\n" + C + "]",
                        B),
                Case.of("[[17," + A + "]]", "17", A),
                Case.of("[", "["),
                Case.of("[ ", "["),
                Case.of("[ \t" + A + "]", A));
    }

    static Stream<Case> marks() {
        return Stream.of(
                Case.of("\uFEFF" + A + "\n\uFEFF" + B + "\n\uFEFF \uFEFF\n" + C + "\uFEFF", A, B, C),
                Case.of(C + "\n\uFEFE" + A, C, "\uFEFE" + A),
                Case.of("[\uFEFF" + A + "]", "\uFEFF" + A));
    }

    @ParameterizedTest
    @MethodSource({"values", "envelopes", "lost", "leftOver", "lines", "marks"})
    @DisplayName("one by one, each line, value or element is a chunk")
    void cut(Case given) throws IOException {
        assertThat(oneByOne(given.text)).isEqualTo(given.chunks);
    }

    @ParameterizedTest
    @MethodSource({"envelopes", "lost"})
    @DisplayName("what has no lines of its own is cut in the same way where all that is there is taken")
    void cutAtOnce(Case given) throws IOException {
        assertThat(whole(given.text)).isEqualTo(given.chunks);
    }

    @Test
    @DisplayName(
            "a prefix in square brackets is seen as one when its line is there, and whole lines come together again behind others")
    void together() throws IOException {
        assertThat(chunks(new RecordReader(stream("[INFO] " + A + "\n" + B, 1), 1000)))
                .containsExactly("[INFO] " + A, B);
        assertThat(whole(C + "\n" + A + "\n" + A + "\n" + B + "\n" + C + "\n" + A + "\n" + A))
                .containsExactly(C, A, A + "\n" + B, C, A, A);
    }

    @Test
    @DisplayName("many short rows in an array are whole each, however they are read")
    void rows() throws IOException {
        String row = "[1793673660.1,\n" + A + "]";

        assertThat(oneByOne("[" + (row + ",").repeat(60) + row + "]"))
                .hasSize(61)
                .containsOnly(row);
    }

    @Test
    @DisplayName("arrays are gone into 64 deep, envelopes as well")
    void deep() throws IOException {
        String envelope = "{\"records\":[" + A + "]}";

        assertThat(oneByOne("[".repeat(64) + A + "]".repeat(64) + B)).containsExactly(A, B);
        assertThat(oneByOne("[".repeat(66) + A + "]".repeat(66) + B)).containsExactly("[[" + A + "]]", B);
        assertThat(oneByOne("[".repeat(63) + envelope + "]".repeat(63) + B)).containsExactly(A, B);
        assertThat(oneByOne("[".repeat(64) + envelope + "]".repeat(64) + B)).containsExactly(envelope, B);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 10})
    @DisplayName(
            "of a record with more bytes than allowed the beginning is a chunk, more than is allowed of it, and the rest is none")
    void tooLarge(int most) throws IOException {
        int limit = 30;
        String just = "{\"a\":\"" + "x".repeat(limit - 8) + "\"}";
        String large = "{\"a\":\"" + "x, ".repeat(50) + "\"}";

        for (String text : List.of(
                just + "\n" + large + "\n" + A,
                "[" + just + "," + large + ",\n" + A + "]",
                "{\"records\":[\n" + just + "," + large + "," + A + "]}")) {
            List<String> chunks = chunks(RecordReader.oneByOne(stream(text, most), limit));

            assertThat(chunks).hasSize(3).startsWith(just).endsWith(A);
            assertThat(chunks.get(1).length()).isGreaterThan(limit).isLessThan(large.length());
            assertThat(large).startsWith(chunks.get(1));
        }
        assertThat(chunks(new RecordReader(stream("[" + large, most), limit)))
                .hasSize(2)
                .endsWith("[");
        assertThat(chunks(new RecordReader(stream("[" + large.replace("\"}", ""), most), limit)))
                .hasSize(1);
        assertThat(chunks(new RecordReader(stream("[" + large.replace("}", "\n" + A + "]}\n" + B), most), limit)))
                .as("cut where another begins, the brackets behind are nothing")
                .hasSize(3);
    }

    @Test
    @DisplayName("of a file that is no text the first bytes are the only chunk")
    void otherKind() throws IOException {
        assertThat(oneByOne("PAR1" + "xy".repeat(100)))
                .singleElement()
                .asString()
                .startsWith("PAR1")
                .hasSize(64);
        assertThat(oneByOne("ORC")).containsExactly("ORC");
        assertThat(oneByOne("ORC\n" + A + "\n" + A)).containsExactly("ORC\n" + A + "\n" + A);
        assertThat(whole("")).isEmpty();
    }

    @Test
    @DisplayName("a date that shows the order of day and month counts for the records before it")
    void dayOrder() {
        String record =
                "{\n\"time\":\"%s/2/2026 02:41:00\",\n\"category\":\"AuditEvent\",\"operationName\":\"SecretGet\"}\n";

        Outcome outcome = Outcome.read(record.formatted("4") + record.formatted("25"));

        assertThat(outcome.events).hasSize(2);
        assertThat(outcome.events.get(1).time() - outcome.events.get(0).time()).isEqualTo(21 * 86_400_000L);
    }

    @Test
    @DisplayName("a record has at least one byte allowed, and the stream is closed with the reader")
    void use() throws IOException {
        boolean[] closed = new boolean[1];
        InputStream in = new ByteArrayInputStream(new byte[0]) {
            @Override
            public void close() {
                closed[0] = true;
            }
        };
        new RecordReader(in, 1).close();

        assertThat(closed[0]).isTrue();
        assertThatThrownBy(() -> new RecordReader(in, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0");
    }

    @Test
    @DisplayName("positions and lines are those of the stream, wherever a buffer ends")
    void positions() throws IOException {
        String lines = (A + "\n").repeat(40_000);
        byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
        long line = 0;
        try (RecordReader reader = RecordReader.oneByOne(new ByteArrayInputStream(bytes), 1000)) {
            while (reader.next()) {
                line++;
                if (reader.line() != line
                        || reader.position() != line * (A.length() + 1) - 1
                        || reader.length() != A.length()) {
                    assertThat(List.of(reader.line(), reader.position(), (long) reader.length()))
                            .isEqualTo(Arrays.asList(line, line * (A.length() + 1) - 1, (long) A.length()));
                }
            }
        }
        assertThat(line).isEqualTo(40_000);
    }
}
