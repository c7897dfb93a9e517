package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("What a source shows of its order of day and month")
class DayOrderTest {

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A record with that time. */
    private static String at(String time) {
        return "{\"time\":\"" + time + "\"}";
    }

    /** Whether the time proves that the day comes first. */
    private static boolean proves(String time) {
        return provesIn(at(time));
    }

    private static boolean provesIn(String text) {
        byte[] bytes = bytes("9" + text + "9");
        DayOrder order = new DayOrder();
        order.look(bytes, 1, bytes.length - 1);
        boolean dayFirst = order.isDayFirst(4, 2);
        // Without a proof it is a guess, of which there is a note.
        assertThat(order.takeNote()).as(text).isEqualTo(!dayFirst);
        return dayFirst;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "13/02/2026",
                "13/2/2026",
                "31/12/2026",
                "13-02-2026",
                "13/02/2026, 2:41:07.000 AM",
                "31/1/2026 02:41"
            })
    @DisplayName("a first number over 12 proves that the day comes first")
    void proof(String text) {
        assertThat(proves(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "12/02/2026",
                "32/02/2026",
                "13/13/2026",
                "13/32/2026",
                "13/02/202",
                "13/02/20266",
                "13/02/x026",
                "13/02/202x",
                "13/02-2026",
                "13-02/2026",
                "13.02.2026",
                "13/x/2026",
                "13/023/2026",
                "113/02/2026",
                "1/13/02/2026",
                "13//2026",
                "x/02/2026",
                "x13/02/2026",
                " 13/02/2026",
                "4/2/2026 and 13/02/2026",
                "13/02/",
                "13/0",
                "13"
            })
    @DisplayName("what is no date, or has two meanings, proves nothing")
    void noProof(String text) {
        assertThat(proves(text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"@timestamp\":\"13/02/2026\"}",
                "{\"a\":1,\"TimeGenerated\" : \"13/02/2026\"}",
                "{\"TimeGenerated [UTC]\":\"13/02/2026\"}",
                "{\"time\":\"4/2/2026\"}\n{\"time\":\"13/02/2026\"}",
                "\"time\":\"13/02/2026\""
            })
    @DisplayName("it is looked for under the names of times")
    void names(String text) {
        assertThat(provesIn(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "13/02/2026",
                "\"13/02/2026\"",
                ":\"13/02/2026\"",
                "\":\"13/02/2026\"",
                "time\":\"13/02/2026\"",
                "{\"id\":\"13/02/2026\"}",
                "{\"runtime\":\"13/02/2026\"}",
                "{\"time\":[\"13/02/2026\"]}",
                "{\"time\":13/02/2026}",
                "{\"a name that is longer than those of times: time\":\"13/02/2026\"}",
                "{\"clientInfo\":\"\\\"time\\\":\\\"13/02/2026\\\"\"}",
                "{\"clientInfo\":\"\\\"time\":\"13/02/2026\"}"
            })
    @DisplayName("a date anywhere else proves nothing: it may be anybody's choice")
    void elsewhere(String text) {
        assertThat(provesIn(text)).isFalse();
    }

    @Test
    @DisplayName("a second number over 12 proves that the month comes first, and the first proof holds")
    void monthFirst() {
        for (String text : new String[] {"02/13/2026", "2/31/2026", "2-13-2026"}) {
            DayOrder order = new DayOrder();
            byte[] bytes = bytes(at(text) + at("13/2/2026"));
            order.look(bytes, 0, bytes.length);
            assertThat(order.isDayFirst(4, 2)).as(text).isFalse();
            assertThat(order.takeNote()).as("%s: it was no guess", text).isFalse();
        }
    }

    @Test
    @DisplayName("a date that has one meaning is read by it, and proves the order for the others")
    void byItself() {
        DayOrder days = new DayOrder();
        assertThat(days.isDayFirst(13, 12)).isTrue();
        assertThat(days.isDayFirst(12, 11)).isTrue();
        assertThat(days.takeNote()).isFalse();
        DayOrder months = new DayOrder();
        assertThat(months.isDayFirst(12, 13)).isFalse();
        assertThat(months.isDayFirst(11, 12)).isFalse();
        assertThat(months.takeNote()).isFalse();
        assertThat(months.isDayFirst(13, 1))
                .as("this one has one meaning all the same")
                .isTrue();
        DayOrder same = new DayOrder();
        assertThat(same.isDayFirst(5, 5)).isFalse();
        assertThat(same.takeNote()).as("no guess").isFalse();
        assertThat(same.isDayFirst(32, 1)).isTrue();
        assertThat(same.isDayFirst(1, 32)).isFalse();
        assertThat(same.isDayFirst(2, 1)).as("no proof").isFalse();
        assertThat(same.takeNote()).isTrue();
        DayOrder edge = new DayOrder();
        assertThat(edge.isDayFirst(31, 12)).isTrue();
        assertThat(edge.isDayFirst(2, 1)).isTrue();
    }

    @Test
    @DisplayName("what is still to be read is looked at once a date has two meanings, and once only")
    void ahead() {
        byte[] bytes = bytes(at("13/02/2026"));
        DayOrder order = new DayOrder();
        order.ahead(bytes, 0, bytes.length);
        assertThat(order.isDayFirst(4, 2)).isTrue();
        assertThat(order.takeNote()).isFalse();

        DayOrder released = new DayOrder();
        released.ahead(bytes, 0, bytes.length);
        released.release();
        assertThat(released.isDayFirst(4, 2)).isFalse();

        DayOrder part = new DayOrder();
        part.ahead(bytes, 2, bytes.length);
        assertThat(part.isDayFirst(4, 2)).isFalse();
        bytes = bytes(at("31/01/2026"));
        part.ahead(bytes, 0, bytes.length);
        assertThat(part.isDayFirst(4, 2)).as("bytes that came later").isTrue();

        DayOrder once = new DayOrder();
        byte[] changing = bytes(at("xx/02/2026"));
        once.ahead(changing, 0, changing.length);
        assertThat(once.isDayFirst(4, 2)).isFalse();
        changing[9] = '1';
        changing[10] = '3';
        assertThat(once.isDayFirst(4, 2)).as("looked at already").isFalse();
    }

    @Test
    @DisplayName("each note is given once, and only when there is cause")
    void notes() {
        DayOrder order = new DayOrder();
        assertThat(order.takeNote()).isFalse();
        assertThat(order.takeLocalNote()).isFalse();
        order.isDayFirst(4, 2);
        order.local();
        assertThat(order.takeNote()).isTrue();
        assertThat(order.takeLocalNote()).isTrue();
        order.isDayFirst(4, 2);
        order.local();
        assertThat(order.takeNote()).isFalse();
        assertThat(order.takeLocalNote()).isFalse();
    }
}
