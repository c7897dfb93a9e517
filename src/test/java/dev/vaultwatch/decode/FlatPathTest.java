package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Which records are taken without the parser, and which are left where they are")
class FlatPathTest {
    private static final String A = "{\"time\":\"2026-11-03T02:41:00Z\",\"operationName\":\"SecretGet\"}";
    private static final String ODD = "{\"time\":\"never\",\"operationName\":\"SecretGet\"}";
    private static final String WRAPPED = "{\"message\":" + A + "}";

    private final Outcome sink = new Outcome();

    private FlatPath path(boolean open) {
        Tools tools = new Tools(1000);
        DayOrder order = new DayOrder();
        FlatRecord flat = new FlatRecord(tools.interned, tools.callers);
        flat.source(order, 0, 0);
        return new FlatPath(
                tools, flat, new Reporter(IdentityMode.MERGED, Outcome.ALL, sink, Wanted.ALL, order, null), open);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private int takeLines(String text) {
        return path(true).takeLines(bytes(text), 0, bytes(text).length);
    }

    @Test
    @DisplayName("records on lines, with white space or a prefix, are taken to the first that is not so")
    void lines() {
        String whole = " " + A + "\n\t" + A + A + "\nhub: " + A + "]\n" + A + "\n";

        assertThat(takeLines(whole)).isEqualTo(whole.length());
        assertThat(sink.events).hasSize(5);
        for (String left :
                new String[] {"[1]", "{\"a\":1}", ODD, WRAPPED, "hub: " + ODD, "hub: " + A + " x", ",", "hub: {"}) {
            assertThat(takeLines(A + "\n" + left)).as(left).isEqualTo(A.length() + 1);
        }
        assertThat(takeLines("  ")).isEqualTo(2);
        assertThat(takeLines("")).isZero();
        assertThat(sink.letters).isEmpty();
    }

    @Test
    @DisplayName("a record is taken where it stands, a wrapper and what is odd are left, however often it is asked")
    void records() {
        byte[] bytes = bytes("x" + A + ODD + WRAPPED + "hub: " + ODD);
        int odd = 1 + A.length();
        int wrapped = odd + ODD.length();
        FlatPath path = path(true);

        assertThat(path.take(bytes, 1, bytes.length)).isEqualTo(odd);
        for (int time = 0; time < 3; time++) {
            assertThat(path.take(bytes, odd, bytes.length)).isEqualTo(FlatRecord.NOT_FLAT);
            assertThat(path.take(bytes, wrapped, bytes.length)).isEqualTo(FlatRecord.NOT_FLAT);
            assertThat(path.takePrefixed(bytes, wrapped + WRAPPED.length(), bytes.length))
                    .isEqualTo(FlatRecord.NOT_FLAT);
        }
        assertThat(path.take(bytes, 1, bytes.length)).isEqualTo(odd);
        byte[] other = bytes("x".repeat(odd) + A);
        assertThat(path.take(bytes, odd, bytes.length)).isEqualTo(FlatRecord.NOT_FLAT);
        assertThat(path.take(other, odd, other.length))
                .as("other bytes at the same place")
                .isEqualTo(other.length);
        assertThat(sink.events).hasSize(3);
    }

    @Test
    @DisplayName("a record behind a prefix is taken to the line's end, and that one was is known")
    void prefixed() {
        FlatPath path = path(true);
        byte[] bytes = bytes("[x " + A + "],\nhub: " + A);

        assertThat(path.tookPrefixed()).isFalse();
        assertThat(path.takePrefixed(bytes, 0, bytes.length))
                .as("an array's bracket")
                .isEqualTo(FlatRecord.NOT_FLAT);
        assertThat(path.takePrefixed(bytes, 1, bytes.length)).isEqualTo(3 + A.length() + 2);
        assertThat(path.tookPrefixed()).isTrue();
        assertThat(path.takePrefixed(bytes, 3 + A.length() + 3, bytes.length)).isEqualTo(bytes.length);
    }

    @Test
    @DisplayName("of a wrapper the members are noted, and none of what was read before")
    void wrapper() {
        Tools tools = new Tools(1000);
        RecordFields fields = tools.newFields(new DayOrder());
        fields.key("of the one before");
        byte[] bytes = bytes(WRAPPED);

        assertThat(path(true).wrapper(fields, bytes, 0, bytes.length)).isEqualTo(bytes.length);
        assertThat(fields.firstKeys()).containsExactly("message");
        assertThat(path(false).wrapper(fields, bytes, 0, bytes.length)).isEqualTo(FlatRecord.NOT_FLAT);
        assertThat(fields.firstKeys()).isEmpty();
    }

    @Test
    @DisplayName("where all is to be left to the parser, all is")
    void closed() {
        FlatPath path = path(false);
        byte[] bytes = bytes("hub: " + A);

        assertThat(path.take(bytes, 5, bytes.length)).isEqualTo(FlatRecord.NOT_FLAT);
        assertThat(path.takePrefixed(bytes, 0, bytes.length)).isEqualTo(FlatRecord.NOT_FLAT);
        assertThat(path.takeLines(bytes, 5, bytes.length)).isEqualTo(5);
        assertThat(sink.records()).isZero();
    }
}
