package dev.vaultwatch.flink;

import java.time.Duration;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.util.clock.RelativeClock;

/**
 * Bounded out-of-orderness with idleness, as Flink's, but for what has no usable time: events that the plugin will refuse as too
 * far ahead of the wall clock, and what can't be read. These never move time, and are no activity either: a source that brings
 * nothing else is idle.
 */
final class WallClockBound implements WatermarkGenerator<RoutedRecord> {
    private final long slackMillis;
    private final long maxFutureMillis;
    private final long idleNanos;
    private final RelativeClock clock;
    private long greatest;
    private long heard;
    private boolean isIdle;

    /**
     * Starts without a notion of time.
     *
     * @param maxFuture how far ahead of the wall clock an event may be; zero for any distance
     * @param idleTimeout silence after which the source is idle; zero for never
     * @param clock by which the silence is measured; it stands still while the source waits for others
     */
    WallClockBound(Duration slack, Duration maxFuture, Duration idleTimeout, RelativeClock clock) {
        this.slackMillis = slack.toMillis();
        this.maxFutureMillis = maxFuture.isZero() ? Long.MAX_VALUE : maxFuture.toMillis();
        this.idleNanos = idleTimeout.isZero() ? Long.MAX_VALUE : idleTimeout.toNanos();
        this.clock = clock;
        this.greatest = Long.MIN_VALUE;
        this.heard = clock.relativeTimeNanos();
    }

    @Override
    public void onEvent(RoutedRecord event, long time, WatermarkOutput output) {
        if (event.isDead() || time - System.currentTimeMillis() > maxFutureMillis) {
            return;
        }
        heard = clock.relativeTimeNanos();
        isIdle = false;
        greatest = Math.max(greatest, time);
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
        if (clock.relativeTimeNanos() - heard >= idleNanos) {
            if (!isIdle) {
                isIdle = true;
                output.markIdle();
            }
        } else if (greatest != Long.MIN_VALUE) {
            output.emitWatermark(new Watermark(greatest - slackMillis - 1));
        }
    }
}
