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
    private static final DateTimeFormatter TO_THE_SECOND =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** Characters of a date. */
    static final int DAY = 10;

    private static final int SECONDS_PER_MINUTE = 60;

    private Times() {}

    /** As Elasticsearch writes dates. */
    static String iso(Instant instant) {
        return ISO_MILLIS.format(instant);
    }

    /** {@code 2026-11-03 02:41}, or with seconds. */
    static String moment(Instant instant, boolean seconds) {
        return (seconds ? TO_THE_SECOND : TO_THE_MINUTE).format(instant);
    }

    static boolean isWholeMinute(Instant instant) {
        return instant.getEpochSecond() % SECONDS_PER_MINUTE == 0;
    }
}
