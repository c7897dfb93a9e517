package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.event.KeyVaultEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("What is read of a text, and what is said of the rest, in order")
class FramingTest {
    private static final String A = "{\"time\":\"2026-11-03T02:41:00Z\",\"operationName\":\"SecretGet\"}";
    private static final String B = "{\"time\":\"2026-11-03T02:41:00Z\",\"operationName\":\"KeyGet\"}";
    private static final String BAD = "{\"operationName\":\"Bad\",\"x\":}";
    private static final String LATE = "{\"time\":\"never\",\"operationName\":\"SecretGet\"}";
    private static final String SIGN = "\"operationName\":\"KeySign\",\"time\":";
    private static final String DEEP = "/0".repeat(Tools.MAX_DEPTH);

    private record Case(String text, List<String> told) {
        static Case of(String text, String... told) {
            return new Case(text, List.of(told));
        }
    }

    /** All that a sink is told: actions, and of letters the reason, the pointer and the text. */
    private static List<String> told(byte[] bytes, int from, int to, boolean flat) {
        List<String> told = new ArrayList<>();
        Outcome sink = new Outcome() {
            @Override
            public void event(KeyVaultEvent event) {
                told.add(event.action());
            }

            @Override
            public void unrecognised(List<String> firstKeys) {
                told.add("unrecognised " + firstKeys);
            }

            @Override
            public void deadLetter(DeadLetter letter) {
                told.add(letter.reason() + " " + letter.pointer() + " " + letter.record());
            }
        };
        new KeyVaultDecoder(IdentityMode.MERGED, 100_000, flat).decode(bytes, from, to - from, Outcome.ALL, sink);
        return told;
    }

    static Stream<Case> arrays() {
        return Stream.of(
                Case.of("[" + A + "," + B + "]", "SecretGet", "KeyGet"),
                Case.of("[" + A + ",}" + B + "]", "SecretGet", "KeyGet"),
                Case.of("[" + A + "]]\n" + B, "SecretGet", "MALFORMED  ]", "KeyGet"),
                Case.of("[" + A + "," + B, "SecretGet", "KeyGet", "MALFORMED  [" + A + "," + B),
                Case.of("[" + A + ",{\"time\":", "SecretGet", "MALFORMED /1/time {\"time\":"),
                Case.of("[" + BAD + " ,\n" + A + "]", "MALFORMED /0 " + BAD, "SecretGet"),
                Case.of("[" + BAD + " , ]" + A, "MALFORMED /0 " + BAD, "SecretGet"),
                Case.of("[1 , " + A + "," + LATE + "]", "NOT_A_RECORD /0 1", "SecretGet", "BAD_TIME /2/time " + LATE),
                Case.of("[1.5x, " + A + "]", "MALFORMED /0 1.5x", "SecretGet"),
                Case.of("[\"a\":1}," + A + "]", "MALFORMED /0 \"a\":1}", "SecretGet"),
                Case.of("[\u001e" + A + "]", "MALFORMED /0 \u001e", "SecretGet"),
                Case.of("[" + A + ",\uFEFF" + B + "]", "SecretGet", "MALFORMED /1 \uFEFF", "KeyGet"),
                Case.of("[[1," + A + "],[2]]", "SecretGet", "NOT_A_RECORD /0/0 1", "NOT_A_RECORD /1/0 2"),
                Case.of("[[1,2],[3]]", "NOT_A_RECORD /0/0 1", "NOT_A_RECORD /0/1 2", "NOT_A_RECORD /1/0 3"),
                Case.of("[{\"columns\":[{\"name\":\"time\"}],\"rows\":[]}," + BAD + "]", "MALFORMED /1 " + BAD),
                Case.of(
                        "[" + BAD + "," + BAD + "," + A + "]",
                        "MALFORMED /0 " + BAD,
                        "MALFORMED /1 " + BAD,
                        "SecretGet"),
                Case.of("[[{\"a\":1}],[" + A + "]]", "SecretGet", "unrecognised [a]"),
                Case.of(
                        "[{\"operationName\":\"x\",\"y\":\"z},\n" + A + "]",
                        "MALFORMED /0 {\"operationName\":\"x\",\"y\":\"z}",
                        "SecretGet"));
    }

    static Stream<Case> envelopes() {
        String open = "{\"records\":[" + A;
        return Stream.of(
                Case.of(open + ",\n}\n" + B, "SecretGet", "MALFORMED /records " + open + ",\n}", "KeyGet"),
                Case.of(open + "},\n" + B + "]}", "SecretGet", "KeyGet"),
                Case.of(open + "} \n", "SecretGet", "MALFORMED /records " + open + "}"),
                Case.of(open + "}\n[" + B + "]", "SecretGet", "MALFORMED /records " + open + "}", "KeyGet"),
                Case.of("[" + open + "]}," + BAD + "]", "SecretGet", "MALFORMED /1 " + BAD),
                Case.of("[" + open + "]},{\"records\":[" + BAD + "]}]", "SecretGet", "MALFORMED /1/records/0 " + BAD),
                Case.of(open + "],\"x\":\n" + B + "}]\n" + A, "SecretGet", "MALFORMED  ]", "SecretGet"),
                Case.of(open + "]," + SIGN + "\"2026-11-03T02:41:00Z\"}\n" + B, "SecretGet", "KeySign", "KeyGet"),
                Case.of(
                        open + "] , " + SIGN + "7}" + B,
                        "SecretGet",
                        "BAD_TIME /time " + open + "] , " + SIGN + "7}",
                        "KeyGet"),
                Case.of(open + "] " + SIGN + "7}\n" + B, "SecretGet", "KeyGet"),
                Case.of(open + "]}" + B, "SecretGet", "KeyGet"));
    }

    static Stream<Case> lines() {
        return Stream.of(
                Case.of("," + A, "SecretGet"),
                Case.of(A + "," + B + ",", "SecretGet", "KeyGet"),
                Case.of("\n \ntime,operationName\n2026-11-03T02:41:00Z,SecretGet", "SecretGet"),
                Case.of(BAD + "\n" + BAD + "\n" + A, "MALFORMED  " + BAD, "MALFORMED  " + BAD, "SecretGet"),
                Case.of(BAD + "\n" + A, "MALFORMED  " + BAD, "SecretGet"),
                Case.of(BAD + "]}\n" + A, "MALFORMED  " + BAD + "]}", "SecretGet"),
                Case.of("\"a\":1}\n" + A, "MALFORMED  \"a\":1}", "SecretGet"),
                Case.of("\"a\": \"b\"\n" + A, "MALFORMED  \"a\": \"b\"", "SecretGet"),
                Case.of("tru\n" + A, "MALFORMED  tru", "SecretGet"),
                Case.of(LATE + "\n" + A, "BAD_TIME /time " + LATE, "SecretGet"),
                Case.of("[INFO] " + A + "]\n" + B, "SecretGet", "KeyGet"),
                Case.of("[INFO] none\n" + A, "MALFORMED  [INFO] none", "SecretGet"),
                Case.of("[INFO] " + BAD + "])\n" + A, "MALFORMED  [INFO] " + BAD + "])", "SecretGet"),
                Case.of("hub: " + A + "]);\n" + B, "SecretGet", "KeyGet"),
                Case.of("hub: " + A + " x\n" + B, "MALFORMED  hub: " + A + " x", "KeyGet"),
                Case.of("hub: " + A.replace(",", ",\n") + "\n" + B, "SecretGet", "KeyGet"),
                Case.of("\uFEFF" + A + "\uFEFF\n\uFEFF" + BAD, "SecretGet", "MALFORMED  " + BAD),
                Case.of("\u001e" + A + "\n\u001e" + B, "SecretGet", "KeyGet"),
                Case.of(A + "\0" + B + "\0\n" + A, "SecretGet", "KeyGet", "SecretGet"),
                Case.of("{\"a\":1}\u0000" + A, "unrecognised [a]", "SecretGet"));
    }

    static Stream<Case> deep() {
        String open = "[".repeat(Tools.MAX_DEPTH);
        String close = "]".repeat(Tools.MAX_DEPTH);
        String inside = "{\"x\":[" + open + close + "]}";
        return Stream.of(
                Case.of(open + A + close + "\n" + B, "SecretGet", "KeyGet"),
                Case.of(open + "[" + A + "]" + close + "\n" + B, "TOO_LARGE " + DEEP + " [" + A + "]", "KeyGet"),
                Case.of(
                        open + "{\"records\":[" + A + "]}" + close + B,
                        "TOO_LARGE " + DEEP + " {\"records\":[" + A + "]}",
                        "KeyGet"),
                Case.of(inside + "\n" + A, "TOO_LARGE  " + inside, "SecretGet"));
    }

    @Test
    @DisplayName("a time that can't be read says which can, one before 2014 since when there are records")
    void times() {
        DeadLetter unreadable = Outcome.of(LATE).letter();
        DeadLetter early = Outcome.of(A.replace("2026", "2013")).letter();

        assertThat(unreadable.expected()).isEqualTo(TimeText.EXPECTED);
        assertThat(early.expected()).isEqualTo("A time since 2014. " + TimeText.EXPECTED);
        assertThat(early.problem()).contains("before 2014");
    }

    @Test
    @DisplayName("UTF-16 is read, and of a damaged record with more bytes than allowed that is said")
    void bytes() {
        byte[] utf16 = A.getBytes(StandardCharsets.UTF_16LE);
        assertThat(told(utf16, 0, utf16.length, true)).containsExactly("SecretGet");

        KeyVaultDecoder small = new KeyVaultDecoder(IdentityMode.MERGED, 70);
        String just = "{\"x\":\"" + "y".repeat(61) + "\",";
        for (String damaged : List.of(just + "}", just + ",}")) {
            byte[] lines = (A + "\n" + A + "\n" + damaged).getBytes(StandardCharsets.UTF_8);
            Outcome outcome = new Outcome();
            small.decode(lines, 0, lines.length, Outcome.ALL, outcome);
            assertThat(outcome.events).hasSize(2);
            assertThat(outcome.records()).as(outcome.toString()).isEqualTo(3);
            if (damaged.length() > 70) {
                assertThat(outcome.letters).extracting(DeadLetter::reason).containsExactly(DeadLetter.Reason.TOO_LARGE);
            }
        }
    }

    @ParameterizedTest
    @MethodSource({"arrays", "envelopes", "lines", "deep"})
    @DisplayName("records are read whatever is damaged around them, and each damage is told once with its place")
    void read(Case given) {
        byte[] alone = given.text.getBytes(StandardCharsets.UTF_8);
        byte[] among = ("[{" + given.text + A + "]").getBytes(StandardCharsets.UTF_8);
        for (boolean flat : new boolean[] {true, false}) {
            assertThat(told(alone, 0, alone.length, flat)).isEqualTo(given.told);
            assertThat(told(among, 2, 2 + alone.length, flat))
                    .as("among other bytes")
                    .isEqualTo(given.told);
        }
    }
}
