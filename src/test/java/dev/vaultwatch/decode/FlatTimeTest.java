package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Times as Azure writes them, read off their bytes")
class FlatTimeTest {
    private static final long SEED = 20261126;

    private static long read(FlatTime times, String text) {
        byte[] bytes = ("\"" + text + "\",\"x\"").getBytes(StandardCharsets.ISO_8859_1);
        return times.millis(bytes, 1, 1 + text.length());
    }

    private static long read(String text) {
        return read(new FlatTime(), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-03T02:09:00Z",
                "2026-11-03T02:09:59Z",
                "2026-11-03T00:00:00Z",
                "2026-11-03T23:59:59.999Z",
                "2026-01-01T10:20:30.1Z",
                "2026-12-31T19:29:39.12Z",
                "2026-04-30T01:02:03.123Z",
                "2026-10-09T01:02:03.1234Z",
                "2024-02-29T01:02:03.1239999Z",
                "2026-11-03T02:09:00.123456789Z",
                "0001-01-01T00:00:00Z",
                "1969-12-31T23:59:59.999Z",
                "9999-12-31T23:59:59.999999999Z"
            })
    @DisplayName("a time with up to nine digits of a fraction is read in milliseconds, cut and not rounded")
    void isRead(String text) {
        assertThat(read(text)).isEqualTo(Instant.parse(text).toEpochMilli());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2026-11-03T02:09Z",
                "2026-11-03T02:09:0Z",
                "2026-11-03T02:09:00",
                "2026-11-03T02:09:000",
                "2026-11-03T02:09:00.Z",
                "2026-11-03T02:09:00.1",
                "2026-11-03T02:09:00.1z",
                "2026-11-03T02:09:00,1Z",
                "2026-11-03T02:09:00.1x3Z",
                "2026-11-03T02:09:00.123x56789Z",
                "2026-11-03T02:09:00.1234567891Z",
                "2026-11-03T02:09:60Z",
                "2026-11-03T02:09:0xZ",
                "2026-11-03T02:09:-1Z",
                "2026-11-03T02:09.00Z",
                "2026-11-03T02:60:00Z",
                "2026-11-03T02:x9:00Z",
                "2026-11-03T24:00:00Z",
                "2026-11-03Tx2:09:00Z",
                "2026-11-03 02:09:00Z",
                "2026-11-03T02.09:00Z",
                "2026/11-03T02:09:00Z",
                "2026-11/03T02:09:00Z",
                "2026-11-00T02:09:00Z",
                "2026-11-31T02:09:00Z",
                "2026-02-29T02:09:00Z",
                "1900-02-29T02:09:00Z",
                "2026-00-03T02:09:00Z",
                "2026-13-03T02:09:00Z",
                "2026-1x-03T02:09:00Z",
                "2026-11-0xT02:09:00Z",
                "202x-11-03T02:09:00Z",
                "0000-11-03T02:09:00Z",
                "2026-11-03T02:09:00+01"
            })
    @DisplayName("any other text is not read, also right after a time of the same minute or day")
    void notRead(String text) {
        FlatTime times = new FlatTime();
        assertThat(read(times, text)).isEqualTo(TimeText.UNREADABLE);

        read(times, "2026-11-03T02:09:00Z");
        assertThat(read(times, text)).isEqualTo(TimeText.UNREADABLE);
        assertThat(read(times, "2026-11-03T02:09:07Z"))
                .isEqualTo(Instant.parse("2026-11-03T02:09:07Z").toEpochMilli());
    }

    @Test
    @DisplayName("one after the other, near each other or far apart, each is read by itself")
    void sequence() {
        SplittableRandom random = new SplittableRandom(SEED);
        FlatTime times = new FlatTime();
        long millis = 0;
        for (int i = 0; i < 3_000; i++) {
            millis = switch (random.nextInt(5)) {
                case 0 -> random.nextLong(-62_135_596_800_000L, 253_402_300_800_000L);
                case 1 -> millis + random.nextLong(-86_400_000, 86_400_000);
                case 2 -> millis + random.nextLong(-60_000, 60_000);
                default -> millis + random.nextInt(1000);
            };
            millis = Math.max(-62_135_596_800_000L, Math.min(millis, 253_402_300_799_999L));
            String text = Instant.ofEpochMilli(millis).toString();

            assertThat(read(times, text)).as("seed %d: %s", SEED, text).isEqualTo(millis);
        }
    }

    @Test
    @DisplayName("digits are a number, and anything else is far below zero")
    void number() {
        byte[] bytes = "0129/:7".getBytes(StandardCharsets.US_ASCII);

        assertThat(FlatTime.number(bytes, 0, 4)).isEqualTo(129);
        assertThat(FlatTime.number(bytes, 3, 1)).isEqualTo(9);
        assertThat(FlatTime.number(bytes, 3, 2)).isLessThan(-1_000_000);
        assertThat(FlatTime.number(bytes, 5, 2)).isLessThan(-1_000_000);
        assertThat(FlatTime.number(bytes, 0, 0)).isZero();
    }
}
