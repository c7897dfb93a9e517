package dev.vaultwatch.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tumbling windows: aligned to the epoch, start inclusive, end exclusive. */
class WindowsTest {
    private static final Windows MINUTES = Windows.of(Duration.ofMinutes(1));

    @Test
    void givenATimeInsideAMinuteWhenAskedForItsWindowThenItStartsOnTheMinute() {
        long time = Instant.parse("2026-11-03T02:41:17.123Z").toEpochMilli();

        assertThat(Instant.ofEpochMilli(MINUTES.startOf(time))).isEqualTo(Instant.parse("2026-11-03T02:41:00Z"));
    }

    @Test
    void givenTheBoundaryBetweenTwoMinutesWhenAskedForItsWindowThenItBelongsToTheNewOne() {
        long boundary = Instant.parse("2026-11-03T02:42:00Z").toEpochMilli();

        assertThat(MINUTES.startOf(boundary)).isEqualTo(boundary);
    }

    @Test
    void givenTheLastMillisecondOfAMinuteWhenAskedForItsWindowThenItBelongsToTheOldOne() {
        long boundary = Instant.parse("2026-11-03T02:42:00Z").toEpochMilli();

        assertThat(MINUTES.startOf(boundary - 1)).isEqualTo(boundary - 60_000);
    }

    @Test
    void givenAWindowWhenAskedForItsEndThenItIsTheStartOfTheNext() {
        assertThat(MINUTES.endOf(120_000)).isEqualTo(180_000);
    }

    @Test
    void givenTheMillisecondBefore1970WhenAskedForItsWindowThenItIsTheMinuteBefore1970() {
        assertThat(MINUTES.startOf(-1)).isEqualTo(-60_000);
    }

    @Test
    void givenAMinuteBefore1970WhenAskedForTheWindowOfItsStartThenItIsItself() {
        assertThat(MINUTES.startOf(-60_000)).isEqualTo(-60_000);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, -60_000})
    void givenALengthThatIsNotPositiveWhenMakingWindowsThenItIsRefused(long length) {
        assertThatThrownBy(() -> new Windows(length))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(length + " ms");
    }

    @Test
    void givenAnyTimeAndLengthWhenAskedForTheWindowThenItHoldsTheTimeAndIsAligned() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            Windows windows = new Windows(1 + random.nextInt(7_200_000));
            long time = random.nextLong(-4_000_000_000_000L, 4_000_000_000_000L);

            long start = windows.startOf(time);

            assertThat(time)
                    .as("seed %d, time %d, length %d", seed, time, windows.lengthMillis())
                    .isGreaterThanOrEqualTo(start)
                    .isLessThan(windows.endOf(start));
            assertThat(start % windows.lengthMillis())
                    .as("seed %d, time %d, length %d", seed, time, windows.lengthMillis())
                    .isZero();
        }
    }

    @Test
    void givenALengthThenWindowsAreOfThatLength() {
        assertThat(Windows.of(Duration.ofSeconds(90))).isEqualTo(new Windows(90_000));
        assertThat(Windows.of(Duration.ofSeconds(90)).endOf(180_000)).isEqualTo(270_000);
    }
}
