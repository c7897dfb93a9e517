package dev.vaultwatch.alert.format;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What was written of one alert, by format: each is written when it is first asked for, and once, whoever asks. Thread-safe.
 */
public final class Rendered {
    private final ConcurrentMap<AlertFormat, String> texts = new ConcurrentHashMap<>(2);

    /**
     * The alert in that format.
     *
     * @param alert the same on every call
     * @throws RuntimeException what the format throws; nothing is kept then
     */
    public String in(AlertFormat format, Alert alert) {
        String before = texts.get(format);
        // Not computeIfAbsent: a host's format may ask for another format of the same alert.
        if (before != null) {
            return before;
        }
        String text = format.render(alert);
        String first = texts.putIfAbsent(format, text);
        return first == null ? text : first;
    }
}
