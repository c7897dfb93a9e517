package dev.vaultwatch.kafka;

import java.time.Duration;
import java.util.Map;

/** What the plugin's configuration says of time, for a host that keeps time itself. Absent or blank, a key has the plugin's default. */
final class PluginTimes {
    private PluginTimes() {}

    /** How far a source's watermark is behind its greatest event time. */
    static Duration slack(Map<String, String> config) {
        return duration(config, "time.slack", "PT5S");
    }

    /** After how long a silent source holds time back no longer; zero for never. */
    static Duration idleTimeout(Map<String, String> config) {
        return duration(config, "time.idle-timeout", "PT10S");
    }

    private static Duration duration(Map<String, String> config, String key, String byDefault) {
        String value = config.getOrDefault(key, "").strip();
        return Duration.parse(value.isEmpty() ? byDefault : value);
    }
}
