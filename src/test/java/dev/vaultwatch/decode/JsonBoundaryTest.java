package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonBoundaryTest {

    /** Any fixed number: a failure repeats. */
    private static final long SEED = 20261124;

    @Test
    void givenAnyWellFormedObjectWhenScannedInPiecesThenTheEndIsExact() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < Outcome.cases(3000); i++) {
            StringBuilder json = new StringBuilder();
            object(json, random, 0);
            byte[] value = json.toString().getBytes(StandardCharsets.UTF_8);
            byte[] more = (json + ",{\"next\":1}]").getBytes(StandardCharsets.UTF_8);

            assertThat(scan(more, random, true)).as("%s", json).isEqualTo("END " + value.length);
            assertThat(scan(more, random, false)).as("%s", json).isEqualTo("END " + value.length);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // what is scanned | in an array | outcome and place
                "12,{} | true | END 2",
                "\"a,]\" ] | true | END 6",
                "tru}{ | true | END 3",
                "12,{}\\n{} | false | END 5",
                "abc \\n{} | false | END 4",
                "{\"a\":1\\n{\"b\":2} | false | CUT 7",
                "{\"a\":\\n{\"b\":2} | false | CUT 6",
                "{\\n\"a\":\\n{\"b\":2}} | false | END 15",
                "{\"a\":\"b\\n{\"b\":2} | false | CUT 8",
                "{\"a\":{\"b\":1},{\"c\" | true | CUT 13",
                "{\"a\":[1,2},{} | true | END 10",
                "{\"a\":1],{} | true | CUT 6",
                "{\"a\":\"b,\"c\":\"d\"},{} | true | END 16",
                "{\"a\":\"b\\\"}\",\"c\":1}, | true | END 18",
                "{\"a | false | MORE 3",
                "{\"x\":{\"records\":[{}]}} | false | END 22",
                "{\"records\":{}} | false | END 14",
                "{\"x\":\"records\",\"y\":[]} | false | END 22",
                "{\"records\":[{}]} | false | ENVELOPE 12",
                "{\"n\":[1],\"value\" : [{}]} | false | ENVELOPE 20",
                "{\"records\":\\n[{}]} | false | ENVELOPE 13"
            })
    void givenAValueWhenScannedThenTheBoundaryIsThere(String text, boolean inArray, String expected) {
        byte[] bytes = text.replace("\\n", "\n").getBytes(StandardCharsets.UTF_8);
        for (long seed = 0; seed < 20; seed++) {
            assertThat(scan(bytes, new SplittableRandom(seed), inArray)).isEqualTo(expected);
        }
    }

    @Test
    void givenAnObjectsRestWhenScannedThenItsEndIsFound() {
        byte[] bytes = ",\"a\":[{}],\"b\":{\"c\":\"}\"}} x".getBytes(StandardCharsets.UTF_8);
        JsonBoundary boundary = new JsonBoundary();
        boundary.beginInsideObject(1);

        assertThat(boundary.scan(bytes, 0, bytes.length)).isEqualTo(JsonBoundary.Outcome.END);
        assertThat(boundary.at()).isEqualTo(bytes.length - 2);
    }

    private static String scan(byte[] bytes, SplittableRandom random, boolean inArray) {
        JsonBoundary boundary = new JsonBoundary();
        boundary.begin(inArray, true);
        JsonBoundary.Outcome outcome = JsonBoundary.Outcome.MORE;
        for (int from = 0; from < bytes.length && outcome == JsonBoundary.Outcome.MORE; from = boundary.at()) {
            outcome = boundary.scan(bytes, from, from + random.nextInt(bytes.length - from) + 1);
        }
        return outcome + " " + boundary.at();
    }

    private static void object(StringBuilder json, SplittableRandom random, int depth) {
        String[] spaces = {"", "", "", " ", "\t", "\r\n  ", "\n"};
        json.append('{');
        // Nothing after the bracket's line but a name: a value alone on the second line is the one shape given up.
        json.append(spaces[random.nextInt(spaces.length)]);
        int members = random.nextInt(5);
        for (int i = 0; i < members; i++) {
            json.append(i == 0 ? "" : ",").append("\"k").append(i).append("\":");
            value(json, random, depth + 1);
            json.append(i == members - 1 ? spaces[random.nextInt(spaces.length)] : "");
        }
        json.append('}');
    }

    private static void value(StringBuilder json, SplittableRandom random, int depth) {
        switch (random.nextInt(depth > 5 ? 4 : 6)) {
            case 0 -> json.append(random.nextInt());
            case 1 -> json.append("null");
            case 2 -> json.append("\"\"");
            case 3 -> {
                String[] parts = {"a", "\\\"", "\\\\", "{", "}", "[", "]", ",", ":", "ü", "\\n", "\\u0022", " "};
                json.append('"');
                for (int n = random.nextInt(12); n > 0; n--) {
                    json.append(parts[random.nextInt(parts.length)]);
                }
                json.append('"');
            }
            case 4 -> object(json, random, depth);
            default -> {
                json.append('[');
                for (int i = random.nextInt(4), n = 0; n < i; n++) {
                    json.append(n == 0 ? "" : " , ");
                    value(json, random, depth + 1);
                }
                json.append(']');
            }
        }
    }
}
