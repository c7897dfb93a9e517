package dev.vaultwatch.decode.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("What stands before a record on its line")
class LinePrefixTest {
    private static final String FAR = "x".repeat(LinePrefix.MAX_LENGTH);

    /** A place finder is asked of a text that stands between other bytes, which would change the answer if they were looked at. */
    private interface Finder {
        int find(byte[] bytes, int from, int to);
    }

    private static int find(Finder finder, String text) {
        byte[] alone = text.getBytes(StandardCharsets.ISO_8859_1);
        int place = finder.find(alone, 0, alone.length);
        for (String behind : new String[] {"", "{ {"}) {
            byte[] bytes = ("9,{" + text + behind).getBytes(StandardCharsets.ISO_8859_1);
            assertThat(finder.find(bytes, 3, 3 + alone.length))
                    .as("among other bytes as alone")
                    .isEqualTo(place < 0 ? place : place + 3);
        }
        return place;
    }

    private static boolean isBracketed(String text) {
        return find((bytes, from, to) -> LinePrefix.isBracketed(bytes, from, to) ? from : -1, text) == 0;
    }

    @Test
    @DisplayName("a record begins at the line's first curly bracket, unless the line begins with it")
    void recordStart() {
        assertThat(find(LinePrefix::recordStart, "hub: {\"a\":{}}")).isEqualTo(5);
        assertThat(find(LinePrefix::recordStart, "{\"a\":{}}")).isEqualTo(-1);
        assertThat(find(LinePrefix::recordStart, "hub: none")).isEqualTo(-1);
        assertThat(find(LinePrefix::recordStart, "hub:\n{")).as("the next line").isEqualTo(-1);
        assertThat(find(LinePrefix::recordStart, "")).isEqualTo(-1);
    }

    @Test
    @DisplayName("a prefix has 1024 bytes at most, the bracket behind it included")
    void longest() {
        assertThat(find(LinePrefix::recordStart, FAR.substring(1) + "{")).isEqualTo(LinePrefix.MAX_LENGTH - 1);
        assertThat(find(LinePrefix::recordStart, FAR + "{")).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hub: {",
                "2026-11-03T02:41:00Z {",
                "2026-11-03 {",
                "12:30 {",
                "12x {",
                "+x{",
                "tru {",
                "fals {",
                "nul {",
                "t{",
                "\u00ef\u00bb {",
                "\u00ef\u00bb\u00be {",
                "\u00efx\u00bf {",
                "<134>x {",
                "-x {",
                "(3) {",
                "1-5 {"
            })
    @DisplayName("a line whose first word is no JSON may have a prefix")
    void plain(String line) {
        assertThat(find(LinePrefix::plainRecordStart, line)).isEqualTo(line.length() - 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":{",
                "[ {",
                "\"a\" {",
                ", {",
                "] {",
                "} {",
                "12 {",
                "0 {",
                "10 {",
                "-12 {",
                "1.5e-3 {",
                "+1E3\t{",
                "12{",
                "12,{",
                "12\n{",
                "true {",
                "false {",
                "null {",
                "true{",
                "nullx{",
                "\u00ef\u00bb\u00bf{",
                "\u00ef\u00bb\u00bf {",
                "12",
                "true",
                "tru",
                "-",
                "\u00ef\u00bb"
            })
    @DisplayName("a value of JSON, a comma, a bracket and a byte order mark are no prefix")
    void value(String line) {
        assertThat(find(LinePrefix::plainRecordStart, line)).isEqualTo(-1);
    }

    @Test
    @DisplayName("behind a record there may be brackets, commas and a call's end, and then the line ends")
    void endBehind() {
        assertThat(find(LinePrefix::endBehind, " ]),;\t\r\n{")).isEqualTo(7);
        assertThat(find(LinePrefix::endBehind, " ]);")).as("the end of all").isEqualTo(4);
        assertThat(find(LinePrefix::endBehind, "")).isZero();
        assertThat(find(LinePrefix::endBehind, "\nx")).isZero();
        assertThat(find(LinePrefix::endBehind, " x\n")).isEqualTo(-1);
        assertThat(find(LinePrefix::endBehind, "}\n")).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[INFO] {\"a\":1}",
                "[ INFO ] x {\"a\":1}",
                "[\tINFO] {\"a\":1}",
                "[2026-11-03T02:41:00Z] {\"a\":1}",
                "[12] kv {",
                "[12] <x",
                "[0]x",
                "[a] {\"a\":1}  \r\n[1]"
            })
    @DisplayName("a word, a time or a level in square brackets is a prefix")
    void bracketed(String line) {
        assertThat(isBracketed(line)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[",
                "[ ",
                "[{\"a\":1}]",
                "[ {",
                "[[1]]",
                "[\"a\"] {",
                "[]",
                "[ ]{",
                "[\r\n{\"a\":1}",
                "[\nx] {",
                "[12] {",
                "[-1.5, 2]",
                "[1,x] {",
                "[INFO]",
                "[a\n] {",
                "[12] 3"
            })
    @DisplayName("what an array begins with is no prefix")
    void array(String line) {
        assertThat(isBracketed(line)).isFalse();
    }

    @Test
    @DisplayName("of a long line the first 1024 bytes say whether it has a prefix")
    void longLine() {
        assertThat(isBracketed("[INFO] " + "x".repeat(LinePrefix.MAX_LENGTH - 8) + "{"))
                .isTrue();
        assertThat(isBracketed("[I-] -" + "x".repeat(LinePrefix.MAX_LENGTH - 6) + "{"))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[\"tag\",1793673660,{",
                "[ \"tag\" ,\t1793673660.25\r\n,\n{",
                "[\"\",1,{",
                "[1793673660,{",
                "[ 1793673660.123 , {",
                "[0000000009,{",
                "[\"a,b]\",9,{"
            })
    @DisplayName("Fluentd's tag and time, and Fluent Bit's time of ten digits at least, stand before a record")
    void fluentd(String line) {
        assertThat(find(LinePrefix::fluentdRecord, line)).isEqualTo(line.length() - 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[",
                "[\"",
                "[\"tag",
                "[\"tag\"",
                "[\"tag\",",
                "[\"tag\" 1793673660,{",
                "[\"tag\",1793673660",
                "[\"tag\",1793673660 {",
                "[\"tag\",1793673660,",
                "[\"tag\",1793673660,[",
                "[\"tag\",{",
                "[\"t\\\"g\",1793673660,{",
                "[\"t\ng\",1793673660,{",
                "[179367366,{",
                "[-1793673660,{",
                "[17936736/0,{",
                "[:793673660,{",
                "[{",
                "[1793673660",
                "[1793673660,"
            })
    @DisplayName("any other array is none of theirs")
    void notFluentd(String line) {
        assertThat(find(LinePrefix::fluentdRecord, line)).isEqualTo(-1);
    }

    @Test
    @DisplayName("a tag, and a time, end within 1024 bytes")
    void longTag() {
        assertThat(find(LinePrefix::fluentdRecord, "[\"" + FAR.substring(9) + "\",12,{"))
                .isPositive();
        assertThat(find(LinePrefix::fluentdRecord, "[\"" + FAR + "\",12,{")).isEqualTo(-1);
        assertThat(find(LinePrefix::fluentdRecord, "[" + FAR.replace('x', '1') + ",{"))
                .isEqualTo(-1);
    }
}
