package dev.vaultwatch.flink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.DeadLetter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.util.clock.ManualClock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Watermarks of Flink's sources")
class WallClockBoundTest {
    private final ManualClock clock = new ManualClock();
    private final List<String> said = new ArrayList<>();
    private final WallClockBound bound =
            new WallClockBound(Duration.ofSeconds(5), Duration.ofMinutes(10), Duration.ofSeconds(10), clock);

    private final WatermarkOutput output = new WatermarkOutput() {
        @Override
        public void emitWatermark(Watermark mark) {
            said.add(String.valueOf(mark.getTimestamp()));
        }

        @Override
        public void markIdle() {
            said.add("idle");
        }

        @Override
        public void markActive() {}
    };

    private void pass(long seconds) {
        clock.advanceTime(Duration.ofSeconds(seconds));
        bound.onPeriodicEmit(output);
    }

    private void bring(RoutedRecord record) {
        bound.onEvent(record, record.time(), output);
    }

    private static RoutedRecord at(long time) {
        return RoutedRecord.of(Map.of("upn", "ann@contoso.example"), time, new byte[0]);
    }

    @Test
    @DisplayName("lie behind the greatest time; a silent source is idle, once, until its next record")
    void idle() {
        bring(at(20_000));
        pass(9);
        pass(1);
        pass(1);
        bring(at(30_000));
        pass(1);

        assertThat(said).containsExactly("14999", "idle", "24999");
    }

    @Test
    @DisplayName("a source that brings only what can't be read, or is too far ahead, is idle and holds nobody back")
    void unusable() {
        bring(at(20_000));
        for (int i = 0; i < 9; i++) {
            pass(1);
            bring(RoutedRecord.dead(new DeadLetter(DeadLetter.Reason.MALFORMED, "", "problem", "expected", "{")));
            bring(at(System.currentTimeMillis() + TimeUnit.HOURS.toMillis(1)));
        }

        assertThat(said).containsOnly("14999");
        pass(1);
        assertThat(said).last().isEqualTo("idle");
    }
}
