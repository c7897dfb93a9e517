package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Bytes eight at a time")
class BytesTest {
    private static final long SEED = 20261126;

    /** Those at which characters begin, go on, are too long, or are half of a pair. */
    private static final int[] EDGES = {
        0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe2, 0xed, 0xef, 0xf0,
        0xf4, 0xf5, 0xff, 0x22, 0x5c
    };

    @Test
    @DisplayName("what is no UTF-8 is replaced as Java replaces it")
    void repaired() {
        Random random = new Random(SEED);
        int damaged = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = some(random);
            int from = random.nextInt(bytes.length + 1);
            int to = from + random.nextInt(bytes.length - from + 1);
            byte[] expected =
                    new String(bytes, from, to - from, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);

            byte[] repaired = Bytes.repaired(bytes, from, to);

            damaged += repaired == null ? 0 : 1;
            assertThat(repaired == null ? Arrays.copyOfRange(bytes, from, to) : repaired)
                    .as("%s from %d to %d", Arrays.toString(bytes), from, to)
                    .isEqualTo(expected);
        }
        assertThat(damaged).isBetween(20_000, 80_000);
    }

    @Test
    @DisplayName("a sign is found at its first place")
    void indexOf() {
        Random random = new Random(SEED);
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = some(random);
            int from = random.nextInt(bytes.length + 1);
            int to = from + random.nextInt(bytes.length - from + 1);
            int expected = from;
            while (expected < to && bytes[expected] != '"') {
                expected++;
            }

            assertThat(Bytes.indexOf('"', bytes, from, to))
                    .as("%s from %d to %d", Arrays.toString(bytes), from, to)
                    .isEqualTo(expected);
        }
    }

    @Test
    @DisplayName("plain text ends at a quote, a backslash, a control character or the first byte beyond ASCII")
    void endOfPlain() {
        each((bytes, from, to) -> {
            int expected = from;
            while (expected < to && bytes[expected] >= ' ' && bytes[expected] != '"' && bytes[expected] != '\\') {
                expected++;
            }
            assertThat(Bytes.endOfPlain(bytes, from, to)).isEqualTo(expected);
        });
    }

    @Test
    @DisplayName("plain text of any ASCII goes on, whatever the byte and its place in a word of eight")
    void everySign() {
        for (int sign = 0; sign < 256; sign++) {
            for (int at = 0; at < 17; at++) {
                byte[] bytes = "abcdefghijklmnopq".getBytes(StandardCharsets.US_ASCII);
                bytes[at] = (byte) sign;
                boolean plain = sign >= ' ' && sign < 0x80 && sign != '"' && sign != '\\';
                assertThat(Bytes.endOfPlain(bytes, 0, 17))
                        .as("%d at %d", sign, at)
                        .isEqualTo(plain ? 17 : at);
            }
        }
    }

    @Test
    @DisplayName("text without escapes ends at a quote, a backslash, a control character or what is no UTF-8")
    void endOfUtf8() {
        each((bytes, from, to) -> {
            int expected = from;
            while (expected < to && bytes[expected] != '"' && bytes[expected] != '\\' && !isControl(bytes[expected])) {
                int length = character(bytes, expected, to);
                if (length == 0) {
                    break;
                }
                expected += length;
            }
            assertThat(Bytes.endOfUtf8(bytes, from, to)).isEqualTo(expected);
        });
    }

    @Test
    @DisplayName("bytes are UTF-8 if Java's decoder replaces none of them")
    void isUtf8() {
        each((bytes, from, to) -> {
            byte[] part = Arrays.copyOfRange(bytes, from, to);
            assertThat(Bytes.isUtf8(bytes, from, to))
                    .isEqualTo(Arrays.equals(
                            new String(part, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8), part));
        });
    }

    @Test
    @DisplayName("the first and the last character of each length are UTF-8, and so are those around the surrogates")
    void edges() {
        for (int point : new int[] {0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff}) {
            byte[] bytes = Character.toString(point).getBytes(StandardCharsets.UTF_8);

            assertThat(Bytes.isUtf8(bytes, 0, bytes.length)).as("%x", point).isTrue();
            assertThat(Bytes.endOfUtf8(bytes, 0, bytes.length)).as("%x", point).isEqualTo(bytes.length);
        }
    }

    @ParameterizedTest
    @DisplayName("a number or a literal name ends behind its last sign")
    @ValueSource(
            strings = {
                "true",
                "false",
                "null",
                "0",
                "-0",
                "7",
                "-12",
                "190",
                "0.5",
                "-1.50",
                "10.25",
                "123456789012345678901234",
                "-123456789012345678901.4"
            })
    void words(String word) {
        for (String behind : List.of("", ",", "}", " ", "x", "e", "/", ":")) {
            byte[] bytes = ("[" + word + behind).getBytes(StandardCharsets.US_ASCII);
            int end = 1 + word.length();

            assertThat(Bytes.endOfWord(bytes, 1, bytes.length)).as(behind).isEqualTo(end);
            assertThat(Bytes.endOfWord(bytes, 1, end)).as(behind).isEqualTo(end);
        }
    }

    @ParameterizedTest
    @DisplayName("what is no number and no literal name such as records have has no end")
    @ValueSource(
            strings = {
                "",
                "tru",
                "trae",
                "truE",
                "fals",
                "falsy",
                "nul",
                "nill",
                "xull",
                "True",
                "-",
                "+1",
                ".5",
                "1.",
                "1.x",
                "01",
                "-01",
                "00",
                "-x",
                "/",
                ":",
                "-/",
                "1./",
                "1.:",
                "1234567890123456789012345",
                "-1234567890123456789012.4"
            })
    void noWords(String word) {
        byte[] bytes = ("[" + word + " ").getBytes(StandardCharsets.US_ASCII);

        assertThat(Bytes.endOfWord(bytes, 1, bytes.length)).isZero();
        assertThat(Bytes.endOfWord(bytes, 1, 1 + word.length())).isZero();
    }

    @Test
    @DisplayName("what stands behind the limit is not read: a word cut short is none, a number ends there")
    void limits() {
        byte[] bytes = "true false null -12.5".getBytes(StandardCharsets.US_ASCII);

        assertThat(Bytes.endOfWord(bytes, 0, 3)).isZero();
        assertThat(Bytes.endOfWord(bytes, 5, 9)).isZero();
        assertThat(Bytes.endOfWord(bytes, 11, 14)).isZero();
        assertThat(Bytes.endOfWord(bytes, 16, 16)).isZero();
        assertThat(Bytes.endOfWord(bytes, 16, 17)).isZero();
        assertThat(Bytes.endOfWord(bytes, 16, 18)).isEqualTo(18);
        assertThat(Bytes.endOfWord(bytes, 16, 19)).isEqualTo(19);
        assertThat(Bytes.endOfWord(bytes, 16, 20)).isZero();
        assertThat(Bytes.endOfWord(bytes, 17, 21)).isEqualTo(21);
        assertThat(Bytes.endOfWord(bytes, 21, 21)).isZero();
    }

    @ParameterizedTest
    @DisplayName("an escape has two bytes, or six with four digits; half of a surrogate pair is one")
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "\\\", 2",
                "\\\\, 2",
                "\\/, 2",
                "\\b, 2",
                "\\f, 2",
                "\\n, 2",
                "\\r, 2",
                "\\t, 2",
                "\\u0000, 6",
                "\\uAf09, 6",
                "\\ud7ff, 6",
                "\\ud800, 6",
                "\\udfff, 6",
                "\\ue000, 6",
                "\\x, 0",
                "\\u12, 0",
                "\\u00g0, 0",
                "\\u000\u00fc, 0",
                "\\, 0"
            })
    void escapes(String escape, int length) {
        byte[] bytes = ("x" + escape).getBytes(StandardCharsets.UTF_8);
        byte[] more = ("x" + escape + "zz").getBytes(StandardCharsets.UTF_8);

        assertThat(Bytes.escape(bytes, 1, bytes.length)).isEqualTo(length);
        assertThat(Bytes.escape(more, 1, bytes.length)).isEqualTo(length);
        if (length > 0) {
            assertThat(Bytes.escape(more, 1, length)).isZero();
        }
    }

    @ParameterizedTest
    @DisplayName(
            "a text ends with its closing quote, whatever escapes are before it; one that is damaged or cut has no end")
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "\", 0",
                "ab\", 2",
                "\\\"\", 2",
                "\\u00fc\\n\u00fc\\\\\", 12",
                "\\ud83d\", 6",
                "a, -1",
                "a\\, -1",
                "a\\x\", -1",
                "\\u12\", -1"
            })
    void endOfText(String text, int end) {
        byte[] bytes = ("xy" + text + " ").getBytes(StandardCharsets.UTF_8);
        int limit = bytes.length - 1;

        assertThat(Bytes.endOfText(bytes, 2, limit)).isEqualTo(end < 0 ? limit : 2 + end);
    }

    @Test
    @DisplayName("four hexadecimal digits are Java's, in any byte")
    void hex() {
        for (int place = 0; place < 4; place++) {
            for (int each = 0; each < 256; each++) {
                byte[] digits = {'x', '1', 'a', 'F', '0', 'x'};
                digits[1 + place] = (byte) each;
                int digit = each < 0x80 ? Character.digit(each, 16) : -1;
                int shift = 12 - 4 * place;
                int others = 0x1af0 & ~(0xf << shift);

                int said = Bytes.hex(digits, 1);

                if (digit < 0) {
                    assertThat(said).as("%d at %d", each, place).isNegative();
                } else {
                    assertThat(said).as("%d at %d", each, place).isEqualTo(others | digit << shift);
                }
            }
        }
    }

    @Test
    @DisplayName("a text and its length are Java's")
    void text() {
        byte[] mixed = "a\u00fc\u20ac\ud83d\ude00\udbff\udfff".getBytes(StandardCharsets.UTF_8);
        assertThat(Bytes.length(mixed, 0, mixed.length)).isEqualTo(7);
        each((bytes, from, to) -> {
            String text = new String(bytes, from, to - from, StandardCharsets.UTF_8);
            assertThat(Bytes.text(bytes, from, to)).isEqualTo(text);
            if (Bytes.isUtf8(bytes, from, to)) {
                assertThat(Bytes.length(bytes, from, to)).isEqualTo(text.length());
            }
        });
    }

    @Test
    @DisplayName("a hash is the same wherever the bytes stand, and hardly ever that of other bytes")
    void hashes() {
        Random random = new Random(SEED);
        Set<Long> ends = new HashSet<>();
        Set<Long> all = new HashSet<>();
        Set<String> texts = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            byte[] text = new byte[random.nextInt(1, i % 2 == 0 ? 9 : 60)];
            random.nextBytes(text);
            byte[] around = new byte[text.length + 23];
            random.nextBytes(around);
            int at = random.nextInt(1, 20);
            System.arraycopy(text, 0, around, at, text.length);
            long end = Bytes.hashOfEnd(text, 0, text.length);
            long hash = Bytes.hash(text, 0, text.length);

            assertThat(Bytes.hashOfEnd(around, at, at + text.length)).isEqualTo(end);
            assertThat(Bytes.hash(around, at, at + text.length)).isEqualTo(hash);
            if (texts.add(Arrays.toString(text))) {
                ends.add(end >>> 32);
                all.add(hash >>> 32);
            }
        }
        assertThat(texts.size() - ends.size()).isLessThan(5);
        assertThat(texts.size() - all.size()).isLessThan(5);
    }

    @Test
    @DisplayName("of a long text both ends are hashed, and the middle is not")
    void ends() {
        byte[] text = new byte[200];
        new Random(SEED).nextBytes(text);
        long hash = Bytes.hash(text, 0, 200);
        for (int at = 0; at < 200; at++) {
            byte[] other = text.clone();
            other[at]++;
            boolean hashed = at < 40 || at >= 176;
            assertThat(Bytes.hash(other, 0, 200) != hash).as("%d", at).isEqualTo(hashed);
        }
    }

    private interface Check {
        void on(byte[] bytes, int from, int to);
    }

    /** Parts of random bytes; the bytes outside the part are random too. */
    private static void each(Check check) {
        Random random = new Random(SEED);
        for (int i = 0; i < 30_000; i++) {
            byte[] bytes = some(random);
            int from = random.nextInt(bytes.length + 1);
            int to = from + random.nextInt(bytes.length - from + 1);
            try {
                check.on(bytes, from, to);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(Arrays.toString(bytes) + " from " + from + " to " + to, e);
            }
        }
    }

    private static boolean isControl(byte sign) {
        return sign >= 0 && sign < ' ';
    }

    /** How many bytes the character at a place has, as Java's decoder reads it; 0 if it replaces it. */
    private static int character(byte[] bytes, int from, int to) {
        for (int length = 1; length <= Math.min(4, to - from); length++) {
            byte[] one = Arrays.copyOfRange(bytes, from, from + length);
            String text = new String(one, StandardCharsets.UTF_8);
            if (text.codePointCount(0, text.length()) == 1
                    && Arrays.equals(text.getBytes(StandardCharsets.UTF_8), one)) {
                return length;
            }
        }
        return 0;
    }

    private static byte[] some(Random random) {
        byte[] bytes = new byte[random.nextInt(40)];
        int plain = random.nextInt(3);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextInt(3) < plain ? 0x23 : EDGES[random.nextInt(EDGES.length)]);
        }
        return bytes;
    }
}
