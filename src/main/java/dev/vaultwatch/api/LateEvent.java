package dev.vaultwatch.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * An event that a rule wants and that came when its window could not change any more: later than {@code time.lateness}.
 *
 * @param source the name of the source that it came from; empty for the default source
 * @param eventTime the event's own time, in milliseconds
 * @param watermark how far event time had come when it arrived
 * @param fields the event by ECS field name: those of its fields that are kept of an event because a rule in force may read
 *     them, in a fixed order, unmodifiable
 */
public record LateEvent(String source, Instant eventTime, Instant watermark, Map<String, String> fields) {

    /** How far the event lay behind the watermark. */
    public Duration lateness() {
        return Duration.between(eventTime, watermark);
    }
}
