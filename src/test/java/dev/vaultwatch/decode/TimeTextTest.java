package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeTextTest {

    /** Years 1 to 9999, what four digits can say, less a day for offsets. */
    private static final long FIRST = Instant.parse("0001-01-02T00:00:00Z").getEpochSecond();

    private static final long LAST = Instant.parse("9999-12-31T00:00:00Z").getEpochSecond();

    /** Any fixed number: a failure repeats. */
    private static final long SEED = 20261124;

    private static final int CASES = Outcome.cases(5000);

    @Test
    void givenAnyInstantWhenWrittenAsIsoThenItIsReadCutToMilliseconds() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < CASES; i++) {
            int digits = random.nextInt(10);
            long unit = (long) Math.pow(10, 9.0 - digits);
            Instant instant =
                    Instant.ofEpochSecond(random.nextLong(FIRST, LAST), random.nextInt(1_000_000_000) / unit * unit);
            OffsetDateTime time = instant.atOffset(offset(random));
            String fraction = digits == 0 ? "" : "." + "S".repeat(digits);

            for (String zone : new String[] {"XXX", "XX", "xxx"}) {
                String text = time.format(
                        DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss" + fraction + zone, Locale.ROOT));
                assertThat(TimeText.millis(text)).as(text).isEqualTo(instant.toEpochMilli());
            }
        }
    }

    @Test
    void givenAnyInstantWhenWrittenTheAmericanWayThenItIsRead() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < CASES; i++) {
            Instant instant = Instant.ofEpochSecond(random.nextLong(FIRST, LAST));
            OffsetDateTime utc = instant.atOffset(ZoneOffset.UTC);
            OffsetDateTime there = instant.atOffset(offset(random));

            for (String text : List.of(
                    american(utc, "M/d/uuuu h:mm:ss a"),
                    american(utc, "MM/dd/uuuu hh:mm:ss a"),
                    american(utc, "M/d/uuuu H:mm:ss"),
                    american(there, "M/d/uuuu h:mm:ss a XXX"))) {
                assertThat(TimeText.millis(text)).as(text).isEqualTo(instant.toEpochMilli());
            }
        }
    }

    @Test
    void givenAnyTextWhenReadThenItDoesNotThrow() {
        SplittableRandom random = new SplittableRandom(SEED);
        String alphabet = "0123456789-/:T.Z+ APMapm\u0661x";
        for (int i = 0; i < CASES; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(30); length > 0; length--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            for (String start : List.of("", "2026-", "1/1/", "2026-11-03T02:09:00")) {
                assertThatCode(() -> TimeText.millis(start + text)).doesNotThrowAnyException();
            }
        }
    }

    private static ZoneOffset offset(SplittableRandom random) {
        return ZoneOffset.ofTotalSeconds(random.nextInt(-18 * 60, 18 * 60 + 1) * 60);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2026-02-30T00:00:00Z",
                "Nov 2026 02:09:00",
                "3 Nov 4 2026 02:09:00",
                "Nob 3, 2026 02:09:00",
                "Nov 31, 2026 02:09:00",
                "Nov 3, 2026",
                "2025-02-29T00:00:00Z",
                "2026-13-01T00:00:00Z",
                "2026-00-01T00:00:00Z",
                "2026-01-00T00:00:00Z",
                "2026-01-01T24:00:00Z",
                "2026-01-01T24:61:00Z",
                "2026-01-01T23:60:00Z",
                "2026-01-01T23:59:60Z",
                "2026-01-01T00:00:00.Z",
                "2026-01-01T00:00:00.1234567890Z",
                "2026-01-01T00:00:00+19:00",
                "2026-01-01T00:00:00+01:60",
                "2026-01-01T00:00:00+1",
                "2026-01-01T00:00:00ZZ",
                "2026-01-01",
                "20260101T000000Z",
                "1/1/2026 13:00:00 PM",
                "1/1/2026 0:00:00 AM",
                "1/1/2026 24:00:00",
                "2/30/2026 1:00:00",
                "1/1/26 1:00:00",
                "1/1/2026 1:00:00 XM",
                "/Date(x)/",
                "/Date(1793671740123)",
                "1e999999999",
                "1e-999999999",
                "1.2.3",
                "-",
                "13/13/2026 1:00:00",
                "32.1.2026 1:00:00",
                "2026-11-03X02:09:00Z",
                "2026-01-01T00:00:00+18:01",
                "2026-01-01T00:00:00*01:00",
                "2026-01-01T00:00:00+01:0",
                "2026-01-01T00:00:00+01x",
                "99999999999999999999",
                "-99999999999999999999",
                "000000000000000000000000000000001793671740",
                "1-2",
                "--1",
                "e",
                "+",
                "1e41",
                "1e-41",
                "/Date()/",
                "/Date(1)/x",
                "/Date(1/",
                "/Date(+1)/",
                "11*3*2026 2:09:00",
                "11/3-2026 2:09:00",
                "11/3/2026x2:09:00",
                "Nov 3, 2026",
                "2/30/2026 1:00:00 AM",
                "2026-11-03T02:09:00 AMx",
                "1/1/2026 13:00:00 AM",
                "1/1/2026 1:00:00 A",
                "1/1/2026 1:0:00",
                "yesterday"
            })
    void givenAnImpossibleTimeWhenReadThenItIsRefused(String text) {
        assertThat(TimeText.millis(text)).isEqualTo(TimeText.UNREADABLE);
    }

    @ParameterizedTest
    @CsvSource({
        "1969-12-31T23:59:59.9999Z, -1",
        "1969-12-31T23:59:59.0009Z, -1000",
        "2024-02-29T00:00:00Z, 1709164800000",
        "2026-11-03T02:09Z, 1793671740000",
        "'Nov 3, 2026 @ 02:09:00.123', 1793671740123",
        "'Nov 3, 2026, 2:09:00.123 AM', 1793671740123",
        "'Tue, 03 Nov 2026 02:09:00 GMT', 1793671740000",
        "'Tuesday, November 3, 2026 2:09:00 AM', 1793671740000",
        "'3 Nov 2026 03:09:00 +0100', 1793671740000",
        "03-Nov-2026 02:09:00, 1793671740000",
        "2026-11-03T02:09:00, 1793671740000",
        "2026-11-03T02:09:00.1234567Z, 1793671740123",
        "'2026-11-03T02:09:00,5Z', 1793671740500",
        "2026-11-03T03:09:00+01, 1793671740000",
        "12/31/1969 11:59:59 pm, -1000",
        "' 2026-11-03T02:09:00Z ', 1793671740000",
        "2026-1-3T02:09:00Z, 1767406140000",
        "2026-11-03 02:09:00.1234567, 1793671740123",
        "2026-11-03 02:09:00.123 +00:00, 1793671740123",
        "2026-11-03 02:09:00 UTC, 1793671740000",
        "2026-11-03t02:09:00z, 1793671740000",
        "2026/11/3 2:09:00, 1793671740000",
        "2026/11/3 2:09:00 AM, 1793671740000",
        "'11/3/2026, 2:09:00.123 AM', 1793671740123",
        "'11/3/2026, 2:09:00.123\u202fAM', 1793671740123",
        "11/3/2026 2:09:00 a.m., 1793671740000",
        "11/3/2026 02:09, 1793671740000",
        "03.11.2026 02:09:00, 1793671740000",
        "13/11/2026 02:09:00, 1794535740000",
        "/Date(1793671740123)/, 1793671740123",
        "/Date(1793671740123+0100)/, 1793671740123",
        "/Date(-1)/, -1",
        "1793671740, 1793671740000",
        "-1, -1000",
        "0, 0",
        "1793671740123E-3, 1793671740123",
        "1793671740123e-3, 1793671740123",
        "+1793671740, 1793671740000",
        "99999999999, 99999999999000",
        "100000000000, 100000000000",
        "99999999999999, 99999999999999",
        "100000000000000, 100000000000",
        "99999999999999984, 99999999999999",
        "100000000000000000, 100000000000",
        "9223372036854775807, 9223372036854",
        "0000000000000000000000000000001793671740, 1793671740000",
        "2026-01-01T18:00:00+18:00, 1767225600000",
        "2025-12-31T06:00:00-18:00, 1767225600000",
        "2026-01-01T00:59:00+0059, 1767225600000",
        "'2026-11-03\u00a002:09:00', 1793671740000",
        "'\u00a02026-11-03T02:09:00Z', 1793671740000",
        "'\u202f2026-11-03T02:09:00Z', 1793671740000",
        "1e-40, 0",
        "11-3-2026 2:09:00, 1793671740000",
        "11/3/2026T2:09:00, 1793671740000",
        "1/1/2026 12:00:00 AM, 1767225600000",
        "1/1/2026 12:00:00 PM, 1767268800000",
        "1/1/2026 1:00:00 PM, 1767272400000",
        "/Date(1793671740123-0100)/, 1793671740123",
        "1793671740.123, 1793671740123",
        "1793671740123, 1793671740123",
        "1.793671740123E12, 1793671740123",
        "1793671740123456, 1793671740123",
        "1793671740123456789, 1793671740123"
    })
    void givenATimeWhenReadThenItIsCutTowardsThePast(String text, long millis) {
        assertThat(TimeText.millis(text)).isEqualTo(millis);
    }

    @Test
    @DisplayName(
            "A time that a host has as one is taken as it is; a number, by its magnitude; anything else is to be read")
    void hostsTimes() {
        Instant instant = Instant.parse("2026-11-03T02:09:00.1239Z");
        ZoneOffset offset = ZoneOffset.ofHours(2);
        long millis = 1_793_671_740_123L;

        assertThat(TimeText.hostMillis(instant)).isEqualTo(millis);
        assertThat(TimeText.hostMillis(java.util.Date.from(instant))).isEqualTo(millis);
        assertThat(TimeText.hostMillis(instant.atOffset(offset))).isEqualTo(millis);
        assertThat(TimeText.hostMillis(instant.atZone(offset))).isEqualTo(millis);
        assertThat(TimeText.hostMillis(java.time.LocalDateTime.ofInstant(instant, ZoneOffset.UTC)))
                .isEqualTo(millis);
        assertThat(TimeText.hostMillis(1_793_671_740)).isEqualTo(1_793_671_740_000L);
        assertThat(TimeText.hostMillis(1_793_671_740.5)).isEqualTo(1_793_671_740_500L);
        assertThat(TimeText.hostMillis("1793671740")).isNull();
        assertThat(TimeText.hostMillis(Instant.MAX)).isEqualTo(TimeText.UNREADABLE);
        assertThat(TimeText.hostMillis(Double.NaN)).isEqualTo(TimeText.UNREADABLE);
    }

    @Test
    @DisplayName("A time of which only its exporter knows the zone is read as UTC, and that is noted")
    void localTime() {
        DayOrder order = new DayOrder();

        assertThat(TimeText.millis("2026-11-03 02:09:00 LOCAL", order)).isEqualTo(1_793_671_740_000L);
        assertThat(order.takeLocalNote()).isTrue();
        assertThat(TimeText.millis("2026-11-03 02:09:00 LOCALLY", order)).isEqualTo(TimeText.UNREADABLE);
    }

    private static String american(OffsetDateTime time, String pattern) {
        return time.format(DateTimeFormatter.ofPattern(pattern, Locale.ROOT));
    }
}
