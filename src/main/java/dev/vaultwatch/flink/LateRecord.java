package dev.vaultwatch.flink;

import dev.vaultwatch.api.LateEvent;
import java.time.Instant;
import java.util.Map;

/**
 * A {@link LateEvent}, as Flink's serializers take it.
 *
 * @param eventTime the event's own time
 * @param watermark how far event time had come when it arrived
 * @param fields the event by ECS field name
 */
public record LateRecord(Instant eventTime, Instant watermark, Map<String, String> fields) {
    static LateRecord of(LateEvent event) {
        return new LateRecord(event.eventTime(), event.watermark(), event.fields());
    }
}
