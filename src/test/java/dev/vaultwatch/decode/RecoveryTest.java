package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Where reading goes on behind damage")
class RecoveryTest {
    private static final String RECORD = "{\"operationName\":\"SecretGet\",\"time\":\"2026-11-03T02:41:00Z\"}";

    private static Recovery recovery(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new Recovery(new Tools(1 << 20), bytes, bytes.length, new JsonBoundary());
    }

    /** Where the first record is found in the text from its start on, or -1. */
    private static int next(String text) {
        return recovery(text).nextRecord(0, text.length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":\"b,",
                "{\"a\":\"b}",
                "{\"a\":\"b}, ",
                "{\"a\":\"b,\r\n\t ",
                "x,",
                "x}",
                "{\"a\":{\"b\":1},"
            })
    @DisplayName("inside a damaged stretch, a whole record is found behind a comma or a closing bracket")
    void found(String before) {
        assertThat(next(before + RECORD)).isEqualTo(before.length());
        assertThat(next(before + RECORD.replace("{", "{ \n\t\r") + ",{}")).isEqualTo(before.length());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", "}", "{\"a\":", "{\"a\":[", "{\"a\":\"b", "{\"a\":\"b\"", "x ", "x, y "})
    @DisplayName("at the stretch's own start, and behind anything else, none is found")
    void notFoundBehind(String before) {
        assertThat(next(before + RECORD)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{ }",
                "{",
                "{ ",
                "{operationName:1}",
                "{\"a\":1}",
                "{\"operationName\":\"SecretGet\"",
                "{\"operationName\":\"Secret",
                "{\"operationName\":}",
                "[\"operationName\"]"
            })
    @DisplayName("what is no whole record of an audit log does not count")
    void notARecord(String other) {
        assertThat(next("x," + other)).isEqualTo(-1);
        assertThat(next("x," + other + "," + RECORD)).isEqualTo(3 + other.length());
    }

    @Test
    @DisplayName("an envelope counts, and what lies beyond the stretch does not")
    void stretch() {
        String envelope = "{\"records\":[" + RECORD + "]}";
        assertThat(next("x," + envelope)).isEqualTo(2);

        String text = "x," + RECORD;
        assertThat(recovery(text).nextRecord(0, text.length() - 1)).isEqualTo(-1);
        assertThat(recovery(text).nextRecord(0, 3)).isEqualTo(-1);
        assertThat(recovery(text).nextRecord(1, text.length())).isEqualTo(-1);
        assertThat(recovery(text).nextRecord(2, text.length())).isEqualTo(-1);
    }

    @Test
    @DisplayName("64 objects are tried and no more")
    void tries() {
        assertThat(next("x" + ",{\"a\":1}".repeat(63) + "," + RECORD)).isEqualTo(1 + 63 * 8 + 1);
        assertThat(next("x" + ",{\"a\":1}".repeat(64) + "," + RECORD)).isEqualTo(-1);
        assertThat(next("x" + ",{1}".repeat(200) + "," + RECORD))
                .as("no names follow")
                .isEqualTo(1 + 200 * 4 + 1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ,"a":1},{"b":2}            | 7
            "a":1},{"b":2}             | 6
            `, ,"a":{"c":1} } ,{}`     | 16
            ,"a":1},"b":[2]},{}        | 16
            ,{"b":2}                   | 0
            {"b":2}                    | 0
            ,                          | 0
            ``                         | 0
            ` ,x`                      | 0
            ,"a                        | 3
            ,"a":1                     | 6
            """)
    @DisplayName("members that damage has put outside their object are passed over")
    void leftOverInArray(String text, int to) {
        assertThat(recovery(text).leftOverInArray(0)).isEqualTo(to);
        String before = "{\"x\":1}";
        assertThat(recovery(before + text).leftOverInArray(before.length()))
                .isEqualTo(to == 0 ? before.length() : before.length() + to);
    }

    @Test
    @DisplayName("the rest of a line is passed over, unless a whole record is there or the line is over")
    void leftOverOnLine() {
        String damaged = "{\"a\":1}}, rest of it";
        assertThat(recovery(damaged + "\n" + RECORD).leftOverOnLine(8)).isEqualTo(damaged.length());
        assertThat(recovery(damaged).leftOverOnLine(8)).isEqualTo(damaged.length());
        assertThat(recovery("x," + RECORD + "\n").leftOverOnLine(2)).isEqualTo(2);
        assertThat(recovery("x," + RECORD + "\n").leftOverOnLine(1)).isEqualTo(2);
        assertThat(recovery("x, y," + RECORD + "\n").leftOverOnLine(3)).isEqualTo(5);
        assertThat(recovery("x\n" + damaged).leftOverOnLine(2))
                .as("where a line begins")
                .isEqualTo(2);
        assertThat(recovery("x\n \t\r" + damaged).leftOverOnLine(5)).isEqualTo(5);
        assertThat(recovery("  " + damaged).leftOverOnLine(1)).isEqualTo(damaged.length() + 2);
        assertThat(recovery("x y\nz").leftOverOnLine(3))
                .as("where the line ends")
                .isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            1         | true
            -1.5e3    | true
            "a"       | true
            true      | true
            null      | true
            ` 1 `     | true
            {}        | false
            []        | false
            1 2       | false
            1,2       | false
            tru       | false
            "a        | false
            ``        | false
            x         | false
            """)
    @DisplayName("a scalar is one value of JSON that is neither an object nor an array")
    void scalar(String text, boolean scalar) {
        assertThat(recovery("[" + text + "]").isScalar(1, 1 + text.length())).isEqualTo(scalar);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "]", ")", ";", ",", "])]; \r\t", "\n{", "]\nx"})
    @DisplayName("behind a prefix a record is found that is the rest of its line, but for brackets of the prefix's")
    void prefixed(String behind) {
        assertThat(recovery("tag: " + RECORD + behind).prefixedRecord(0)).isEqualTo(5);
        assertThat(recovery("x\ntag: " + RECORD + behind).prefixedRecord(2)).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(strings = {" x", "}", ":", "\"", " ]x"})
    @DisplayName("a record with something else behind it on its line is none")
    void prefixedWithMore(String behind) {
        assertThat(recovery("tag: " + RECORD + behind).prefixedRecord(0)).isEqualTo(-1);
    }

    @Test
    @DisplayName(
            "brackets of the prefix's own are passed over, two at most; a line without a prefix or a bracket has no record")
    void brackets() {
        assertThat(recovery("{a=b} " + RECORD).prefixedRecord(0)).isEqualTo(-1);
        assertThat(recovery("x {a=b} " + RECORD).prefixedRecord(0)).isEqualTo(8);
        assertThat(recovery("x {a} {b} " + RECORD).prefixedRecord(0)).isEqualTo(10);
        assertThat(recovery("x {a} {b} {c} " + RECORD).prefixedRecord(0)).isEqualTo(-1);
        assertThat(recovery("x\n" + RECORD).prefixedRecord(0)).isEqualTo(-1);
        assertThat(recovery("x y z").prefixedRecord(0)).isEqualTo(-1);
        assertThat(recovery("tag: {\"a\":{\"b\":1}").prefixedRecord(0)).isEqualTo(10);
        assertThat(recovery("tag: {\"a\":").prefixedRecord(0)).isEqualTo(-1);
    }

    @Test
    @DisplayName("white space is what JSON has for it")
    void space() {
        for (int sign = 0; sign < 256; sign++) {
            assertThat(Recovery.isSpace((byte) sign)).isEqualTo(" \n\r\t".indexOf(sign) >= 0);
        }
    }
}
