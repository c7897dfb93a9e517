package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("What the bytes of a line look like")
class LineShapeTest {

    private interface Question {
        boolean ask(byte[] bytes, int from, int to);
    }

    /** Asks of a text alone, and of the same between other bytes, which don't matter. */
    private static boolean ask(Question question, String text) {
        byte[] alone = text.getBytes(StandardCharsets.UTF_8);
        boolean answer = question.ask(alone, 0, alone.length);
        for (String around : new String[] {"\"", "x", "}", " ", ","}) {
            byte[] among = (around + text + around).getBytes(StandardCharsets.UTF_8);
            assertThat(question.ask(among, 1, among.length - 1)).as(around).isEqualTo(answer);
        }
        return answer;
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"a\"", "\"\"", "\"a\": \"b\" \t\r", "\"a\"\nx", "\"a\" \u001e\n", "\"a\"   "})
    @DisplayName("a line that begins and ends in a quote is a text's")
    void textLine(String line) {
        assertThat(ask(LineShape::isTextLine, line)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"", "\" \t", "\"a", "\"a\"x", "a\"", "\"\n\"", "x", " \"a\"", "\"a\":1}"})
    @DisplayName("any other is not")
    void noTextLine(String line) {
        assertThat(ask(LineShape::isTextLine, line)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", " {\"a\":1} , \r", "[1]", "{]}", "", " \t", "{\n}", "[x],,"})
    @DisplayName("a line that begins and ends in brackets of a kind, or is blank, looks whole")
    void whole(String line) {
        assertThat(ask(LineShape::isWhole, line)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "}", "[", "{]", "[}", "{}x", "x{}", ",{}", ",", "{} x ,", "[ , "})
    @DisplayName("one that does not is not")
    void notWhole(String line) {
        assertThat(ask(LineShape::isWhole, line)).isFalse();
    }

    @Test
    @DisplayName("a first line is whole if an object and nothing else stands on it, and its end is there")
    void wholeLine() {
        Question question = (bytes, from, to) -> LineShape.isWholeLine(new JsonBoundary(), bytes, from, to);
        JsonBoundary used = new JsonBoundary();
        used.beginInsideObject(3);
        byte[] line = "{\"a\":{}}\n".getBytes(StandardCharsets.UTF_8);

        assertThat(ask(question, "{\"a\":{}}\n")).isTrue();
        assertThat(ask(question, "{\"a\":{}} ,\t\r\nx")).isTrue();
        assertThat(ask(question, "{\"a\":{}}")).as("no end").isFalse();
        assertThat(ask(question, "{} {}\n")).as("two").isFalse();
        assertThat(ask(question, "{}, {}\n")).as("two").isFalse();
        assertThat(ask(question, "{\"a\":{}\n}")).as("cut").isFalse();
        assertThat(ask(question, "[1]\n")).as("an array").isFalse();
        assertThat(ask(question, "\n")).as("blank").isFalse();
        assertThat(LineShape.isWholeLine(used, line, 0, line.length))
                .as("whatever was scanned before")
                .isTrue();
    }

    @Test
    @DisplayName("a text and white space behind it are a text")
    void text() {
        assertThat(ask(LineShape::isText, "\"a\"")).isTrue();
        assertThat(ask(LineShape::isText, "\"a\\\"b\\\\\" \n\t")).isTrue();
        assertThat(ask(LineShape::isText, "\"a\":1")).isFalse();
        assertThat(ask(LineShape::isText, "\"a\\\"\" x")).isFalse();
        assertThat(ask(LineShape::isText, "\"\"\"")).isFalse();
    }

    @Test
    @DisplayName("a comma ends a line if white space alone follows")
    void comma() {
        Question question = LineShape::endsInComma;
        assertThat(ask((bytes, from, to) -> LineShape.endsInComma(bytes, from, to), ","))
                .isTrue();
        assertThat(ask(question, ", \t\r")).isTrue();
        assertThat(ask(question, ", \nx")).isTrue();
        assertThat(ask(question, ",\n")).isTrue();
        assertThat(ask(question, ",x")).isFalse();
        assertThat(ask(question, ", x\n")).isFalse();
        assertThat(ask(question, "x\n")).isFalse();
        assertThat(ask(question, "x")).isFalse();
    }

    @Test
    @DisplayName("a line ends at its line feed, or where nothing follows")
    void end() {
        byte[] bytes = "ab\nc\n".getBytes(StandardCharsets.UTF_8);
        assertThat(LineShape.endOfLine(bytes, 0, 5)).isEqualTo(2);
        assertThat(LineShape.endOfLine(bytes, 2, 5)).isEqualTo(2);
        assertThat(LineShape.endOfLine(bytes, 3, 4)).isEqualTo(4);
        assertThat(LineShape.endOfLine(bytes, 5, 5)).isEqualTo(5);
    }
}
