package dev.vaultwatch.alert.format;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Times as alerts write them. */
final class Times {
    private static final DateTimeFormatter ISO_MILLIS = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter TO_THE_MINUTE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter TIME_OF_DAY =
            DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Times() {}

    /** As Elasticsearch writes dates. */
    static String iso(Instant instant) {
        return ISO_MILLIS.format(instant);
    }

    /** {@code 2026-11-03 02:41}. */
    static String minute(Instant instant) {
        return TO_THE_MINUTE.format(instant);
    }

    /** {@code 02:41}. */
    static String timeOfDay(Instant instant) {
        return TIME_OF_DAY.format(instant);
    }
}
