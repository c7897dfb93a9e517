package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.vaultwatch.samples.KeyVaultScenario;
import dev.vaultwatch.samples.WireShapes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Records behind a prefix and in texts are read faster, and not otherwise")
class CarriedTextTest {
    private static final long SEED = Long.getLong("vaultwatch.fuzz.seed", 20261126);

    private static final List<String> PREFIXES = List.of(
            "<134>1 2026-11-03T02:45:00.1Z hub azure 17 - - ",
            "Nov  3 02:45:00 hub azure[17]: ",
            "2026-11-03T02:45:00Z ",
            "2026-11-03 02:45:00 INFO ",
            "1762137900 ",
            "17,",
            "17",
            "-1.5e-3 ",
            "true ",
            "trueish ",
            "null,",
            "[INFO] ",
            "(",
            "tag: (x) [",
            "\"tag\" ",
            "k=\"v\" ",
            "x} ",
            ", ",
            "");
    private static final List<String> ENDS = List.of("", " ", ",", "]", ")\r", "}", " x", "{}", "]]");

    @Test
    @DisplayName("a line with a prefix comes to the same with the fast path and without")
    void prefixes() {
        SplittableRandom random = new SplittableRandom(SEED);
        WireShapes shapes = new WireShapes();
        List<byte[]> records = KeyVaultScenario.quietHour().stream()
                .map(fact -> shapes.json(shapes.raw(fact)))
                .toList();
        for (int i = 0; i < Outcome.cases(4_000); i++) {
            ByteArrayOutputStream lines = new ByteArrayOutputStream();
            for (int line = random.nextInt(1, 4); line > 0; line--) {
                lines.writeBytes(bytes(PREFIXES.get(random.nextInt(PREFIXES.size()))));
                byte[] record = records.get(random.nextInt(records.size())).clone();
                if (random.nextInt(8) == 0) {
                    record[random.nextInt(record.length)] = (byte) "{}[]\",:\\x0\n".charAt(random.nextInt(11));
                }
                lines.writeBytes(record);
                lines.writeBytes(bytes(ENDS.get(random.nextInt(ENDS.size()))));
                lines.write('\n');
            }
            byte[] input = lines.toByteArray();
            Outcome fast = outcome(input, true);
            Outcome slow = outcome(input, false);
            String said = "seed " + SEED + ", case " + i + ": " + lines.toString(StandardCharsets.UTF_8);
            assertThat(fast.events).as(said).isEqualTo(slow.events);
            assertThat(fast.letters).as(said).hasToString(slow.letters.toString());
            assertThat(fast.reasons).as(said).isEqualTo(slow.reasons);
            assertThat(fast.unrecognised).as(said).isEqualTo(slow.unrecognised);
        }
    }

    private static Outcome outcome(byte[] input, boolean flat) {
        Outcome outcome = new Outcome();
        new KeyVaultDecoder(IdentityMode.MERGED, Outcome.MAX_BYTES, flat)
                .decode(input, 0, input.length, action -> true, outcome);
        return outcome;
    }

    @Test
    @DisplayName("a text says what Jackson reads in it")
    void texts() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        String signs = "abcdefghij {}:,\u00e4\u20ac\u0007";
        List<String> escapes = List.of(
                "\\\"",
                "\\\\",
                "\\/",
                "\\n",
                "\\t",
                "\\r",
                "\\b",
                "\\f",
                "\\u00e9",
                "\\u20AC",
                "\\u0000",
                "\\ud83d\\ude00",
                "\\ud83d",
                "\\ude00",
                "\\ud83d\\n",
                "\\ud83d\\u0041",
                "\ud83d\ude00");
        for (int i = 0; i < Outcome.cases(20_000); i++) {
            StringBuilder text = new StringBuilder("\"");
            for (int n = random.nextInt(i % 50 == 0 ? 5_000 : 40); n > 0; n--) {
                text.append(
                        random.nextInt(4) == 0
                                ? escapes.get(random.nextInt(escapes.size()))
                                : signs.charAt(random.nextInt(signs.length() - 1)));
            }
            byte[] json = bytes(text + "\"" + "\"x".repeat(random.nextInt(6)));
            JsonText read = Objects.requireNonNull(JsonText.of(json, 0, json.length), text::toString);

            assertThat(Arrays.copyOf(read.bytes(), read.length()))
                    .as("seed " + SEED + ": " + text)
                    .isEqualTo(bytes(jackson(json)));
        }
    }

    @Test
    @DisplayName("what is no text, and a text without an end, is none")
    void noTexts() {
        for (String json :
                List.of("", "{}", "\"", "\"abc", "\"abc\\", "\"abc\\\"", "\"abcdefghijk\\u12\"", "\"\\u00g0\"")) {
            assertThat(JsonText.of(bytes(json), 0, bytes(json).length)).as(json).isNull();
        }
    }

    @Test
    @DisplayName("a text of which nothing is known is read if it is well-formed UTF-8 throughout, and to its end")
    void unknownTexts() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        List<String> damages = List.of(
                "\0", "\\ud800", "\\x", "\\u12", "\\u00g0", "\t", "\u0001", "\u001f", "\\", "\\ud83d", "\\udc00");
        List<String> pieces = List.of(
                "abc", "0123456789", "\\n", "\\\"", "\\u00e9", "\u00e9", "\ud83d\ude00", " ", "\u007f", "{}", "\\/");
        int taken = 0;
        for (int i = 0; i < Outcome.cases(20_000); i++) {
            StringBuilder text = new StringBuilder("\"");
            for (int n = random.nextInt(i % 50 == 0 ? 500 : 12); n > 0; n--) {
                text.append(
                        random.nextInt(30) == 0
                                ? damages.get(random.nextInt(damages.size()))
                                : pieces.get(random.nextInt(pieces.size())));
            }
            byte[] json = bytes("[ " + text + (random.nextInt(20) == 0 ? "" : "\"" + ",1]".repeat(random.nextInt(5))));
            if (random.nextInt(4) == 0 && json.length > 4) {
                json[3 + random.nextInt(json.length - 4)] = (byte) (0x80 + random.nextInt(0x80));
            }
            byte[] alone = Arrays.copyOfRange(json, 2, json.length);
            String expected = null;
            int end = 0;
            try (JsonParser parser = new JsonFactory().createParser(alone)) {
                parser.nextToken();
                expected = parser.getText();
                end = 2 + (int) parser.currentLocation().getByteOffset();
            } catch (IOException notWellFormed) {
                expected = null;
            }
            // Jackson takes what is longer than need be.
            expected = expected != null && Bytes.isUtf8(json, 2, end) ? expected : null;

            JsonText read = JsonText.wellFormed(json, 2, json.length);

            String said = "seed " + SEED + ": " + new String(json, StandardCharsets.UTF_8);
            assertThat(read != null).as(said).isEqualTo(expected != null);
            if (read != null && expected != null) {
                assertThat(Arrays.copyOf(read.bytes(), read.length())).as(said).isEqualTo(bytes(expected));
                assertThat(read.end()).as(said).isEqualTo(end);
                taken++;
            }
        }
        assertThat(taken).isPositive();
    }

    @Test
    @DisplayName("texts stand one behind the other; one that is damaged or has half of a surrogate pair adds nothing")
    void oneBehindTheOther() {
        JsonText texts = new JsonText();
        byte[] json = bytes("[\"a\\u00fcb\",\"\u20ac\\n\",\"\\ud83d\",\"\\x\",\"\\ud83d\\ude00\"]");
        String whole = new String(json, StandardCharsets.UTF_8);
        byte[] broken = bytes("\"abc\u00fc\"");
        broken[5] = 'x';

        assertThat(texts.append(json, 1, json.length)).isTrue();
        assertThat(texts.append(json, length(whole, ",\"\u20ac"), json.length)).isTrue();
        byte[] before = texts.bytes();
        assertThat(texts.append(json, length(whole, ",\"\\ud83d\""), json.length))
                .isFalse();
        assertThat(texts.append(json, length(whole, ",\"\\x"), json.length)).isFalse();
        assertThat(texts.append(broken, 0, broken.length)).isFalse();
        assertThat(texts.append(json, length(whole, ",\"\\ud83d\\u"), json.length))
                .isTrue();
        assertThat(texts.end()).isEqualTo(json.length - 1);
        assertThat(said(texts)).isEqualTo("a\u00fcb\u20ac\n\ud83d\ude00");
        assertThat(new String(before, 0, 8, StandardCharsets.UTF_8)).isEqualTo("a\u00fcb\u20ac\n");

        texts.clear();
        assertThat(texts.length()).isZero();
        assertThat(texts.append(json, 1, json.length)).isTrue();
        assertThat(said(texts)).isEqualTo("a\u00fcb");
    }

    @Test
    @DisplayName("room for a long text is let go of, room for usual ones is kept")
    void room() {
        JsonText texts = new JsonText();
        byte[] usual = bytes("\"" + "x".repeat(10_000) + "\"");
        byte[] large = bytes("\"" + "x".repeat(100_000) + "\"");

        assertThat(texts.append(usual, 0, usual.length)).isTrue();
        byte[] room = texts.bytes();
        texts.release();
        assertThat(texts.bytes()).isSameAs(room);
        assertThat(texts.append(large, 0, large.length)).isTrue();
        texts.release();
        assertThat(texts.bytes()).isEmpty();
        assertThat(texts.length()).isZero();
    }

    private static int length(String json, String before) {
        return json.substring(0, json.indexOf(before) + 1).getBytes(StandardCharsets.UTF_8).length;
    }

    private static String said(JsonText texts) {
        return new String(texts.bytes(), 0, texts.length(), StandardCharsets.UTF_8);
    }

    @Test
    @DisplayName("each kind of character is read from its escape, and a text cut anywhere is none")
    void escapes() throws IOException {
        byte[] json = bytes(
                "\"\\u0000\\u007f\\u0080\\u07ff\\u0800\\ud7ff\\uE000\\uffff\\ud800\\udc00\\udbff\\udfff\\udbff x\\udfff"
                        + "\\ud83d\\n\\ud83d\\u0041\\ud83d\\ud83d\\ude00 12345678\"");
        JsonText whole = Objects.requireNonNull(JsonText.of(json, 0, json.length));
        JsonText strict = Objects.requireNonNull(JsonText.wellFormed(json, 0, json.length));

        assertThat(Arrays.copyOf(whole.bytes(), whole.length())).isEqualTo(bytes(jackson(json)));
        assertThat(Arrays.copyOf(strict.bytes(), strict.length())).isEqualTo(bytes(jackson(json)));
        assertThat(whole.end()).isEqualTo(json.length);
        for (int limit = 0; limit < json.length; limit++) {
            assertThat(JsonText.of(json, 0, limit)).as("limit %d", limit).isNull();
            if (limit > 0) {
                assertThat(JsonText.wellFormed(json, 0, limit))
                        .as("limit %d", limit)
                        .isNull();
                byte[] cut = Arrays.copyOf(json, limit);
                assertThat(JsonText.of(cut, 0, limit)).as("cut at %d", limit).isNull();
                assertThat(JsonText.wellFormed(cut, 0, limit))
                        .as("cut at %d", limit)
                        .isNull();
            }
        }
    }

    private static String jackson(byte[] json) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            parser.nextToken();
            return parser.getText();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
