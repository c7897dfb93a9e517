package dev.vaultwatch.flink;

import java.time.Duration;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;

/**
 * Bounded out-of-orderness, as Flink's, but for events that the plugin will refuse as too far ahead of the wall clock: they never
 * move time.
 */
final class WallClockBound implements WatermarkGenerator<RoutedRecord> {
    private final long slackMillis;
    private final long maxFutureMillis;
    private long greatest;

    /**
     * Starts without a notion of time.
     *
     * @param maxFuture how far ahead of the wall clock an event may be; zero for any distance
     */
    WallClockBound(Duration slack, Duration maxFuture) {
        this.slackMillis = slack.toMillis();
        this.maxFutureMillis = maxFuture.isZero() ? Long.MAX_VALUE : maxFuture.toMillis();
        this.greatest = Long.MIN_VALUE;
    }

    @Override
    public void onEvent(RoutedRecord event, long time, WatermarkOutput output) {
        if (time > greatest && time - System.currentTimeMillis() <= maxFutureMillis) {
            greatest = time;
        }
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
        if (greatest != Long.MIN_VALUE) {
            output.emitWatermark(new Watermark(greatest - slackMillis - 1));
        }
    }
}
