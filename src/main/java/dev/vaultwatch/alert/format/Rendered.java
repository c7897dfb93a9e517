package dev.vaultwatch.alert.format;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * What was written of one alert, by format: each is written when it is first asked for, and once, whoever asks. Thread-safe.
 */
public final class Rendered {
    /** Absent until a format is asked for: 100,000 alerts may wait at once. */
    private volatile @Nullable ConcurrentMap<AlertFormat, String> texts;

    /**
     * The alert in that format.
     *
     * @param alert the same on every call
     * @throws RuntimeException what the format throws; nothing is kept then
     */
    public String in(AlertFormat format, Alert alert) {
        ConcurrentMap<AlertFormat, String> known = texts();
        String before = known.get(format);
        // Not computeIfAbsent: a host's format may ask for another format of the same alert.
        if (before != null) {
            return before;
        }
        String text = format.render(alert);
        String first = known.putIfAbsent(format, text);
        return first == null ? text : first;
    }

    private ConcurrentMap<AlertFormat, String> texts() {
        ConcurrentMap<AlertFormat, String> known = texts;
        if (known == null) {
            synchronized (this) {
                known = texts;
                if (known == null) {
                    known = new ConcurrentHashMap<>(2);
                    texts = known;
                }
            }
        }
        return known;
    }
}
