package dev.vaultwatch.flink;

import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;

/** Watermarks at the wall clock's time, whatever comes. */
final class WallClock implements WatermarkGenerator<RuleChange> {
    @Override
    public void onEvent(RuleChange event, long time, WatermarkOutput output) {}

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
        output.emitWatermark(new Watermark(System.currentTimeMillis()));
    }
}
