package dev.vaultwatch.decode;

import dev.vaultwatch.decode.envelope.CsvRows;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.Year;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the times that records carry, in the forms in which Azure, its portal, PowerShell and log shippers write them:
 *
 * <ul>
 *   <li>year first, ISO 8601 and its relatives: {@code 2026-11-03T02:09:00.1234567Z}, with a space for the T, slashes for the
 *       hyphens, single digits, with or without an offset or {@code UTC};
 *   <li>year last: {@code 11/3/2026 2:09:00 AM +01:00}, also with a comma behind the date, a fraction, hyphens, or dots (the day
 *       then comes first); which of day and month comes first elsewhere, {@link DayOrder} knows;
 *   <li>the month in English: {@code Nov 3, 2026 @ 02:41:00.123} as Kibana exports it, {@code Tue, 03 Nov 2026 02:41:00 GMT};
 *   <li>{@code /Date(1793671740123)/}, as Windows PowerShell's ConvertTo-Json writes;
 *   <li>numbers since 1970 in seconds, milliseconds, microseconds or nanoseconds, by their magnitude.
 * </ul>
 *
 * A time without a zone is UTC. The first two hold what the upstream pipeline's date processor takes (elastic/integrations
 * 37c97e14, azure platformlogs). Written by hand since every record has one and {@link java.time} takes longer for it than the
 * rest of the record does.
 */
final class TimeText {

    /** What {@link #millis} gives for a text that it can't read; no time in a four-digit year comes near it. */
    static final long UNREADABLE = Long.MIN_VALUE;

    /** 2014-01-01T00:00:00Z: Key Vault came later, so a time before it was read wrongly or written wrongly. */
    static final long EARLIEST = 1_388_534_400_000L;

    /** For a person. */
    static final String EXPECTED =
            "A time such as 2026-11-03T02:09:00.1234567Z, 2026-11-03T02:09:00+01:00, 2026-11-03 02:09:00 (UTC),"
                    + " 11/3/2026 2:09:00 AM +01:00, 11/3/2026, 2:09:00.123 AM (UTC), 11/3/2026 02:09:00 (UTC),"
                    + " /Date(1793671740123)/ or 1793671740123 (milliseconds; also seconds, micro- and nanoseconds).";

    /** Stands in the place of a zone behind a time of which only the one who wrote it knows the zone. */
    private static final String LOCAL = CsvRows.LOCAL_TIME;

    private static final String MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec";

    /** English, as Kibana's {@code Nov 3, 2026 @ 02:41:00.123} and RFC 1123 have it, up to what separates date and clock. */
    private static final Pattern MONTH = Pattern.compile(
            "^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? +)?(?:(?<before>\\d{1,2})(?:st|nd|rd|th)?[ -])?"
                    + "(?<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\\.?"
                    + "(?: +(?<after>\\d{1,2})(?:st|nd|rd|th)?,?)?[ -]+(?<year>\\d{4})(?:, ?| ?@ ?| |T)",
            Pattern.CASE_INSENSITIVE);

    private static final int NANO_DIGITS = 9;
    private static final String DATE = "/Date(";

    /** Numbers below are seconds, milliseconds, microseconds; each bound is the year 5138 in its own unit and 1973 in the next. */
    private static final double SECONDS_BELOW = 1e11;

    private static final double MILLIS_BELOW = 1e14;
    private static final double MICROS_BELOW = 1e17;

    /** No number of use is longer: nanoseconds with a fraction. */
    private static final int MAX_NUMBER = 40;

    private final String text;
    private final DayOrder order;
    private int at;
    private boolean bad;

    private TimeText(String text, DayOrder order) {
        this.text = text;
        this.order = order;
    }

    /** The same for a text whose source shows nothing of its order of day and month. */
    static long millis(String text) {
        return millis(text, new DayOrder());
    }

    /** Milliseconds since the epoch, cut towards the past; {@link #UNREADABLE} if no form fits or there is no such time. */
    static long millis(String given, DayOrder order) {
        String text = plain(given);
        if (text.startsWith(DATE)) {
            return dotNet(text);
        }
        if (isNumber(text)) {
            return epoch(text);
        }
        TimeText cursor = new TimeText(text, order);
        long millis = isYearFirst(text) ? cursor.yearFirst() : cursor.namesMonth() ? cursor.named() : cursor.yearLast();
        return cursor.bad || cursor.at != text.length() ? UNREADABLE : millis;
    }

    private static boolean isYearFirst(String text) {
        return text.length() > 4
                && (text.charAt(4) == '-' || text.charAt(4) == '/')
                && text.charAt(1) != text.charAt(4)
                && text.charAt(2) != text.charAt(4);
    }

    /** Without space around it, and with plain spaces: browsers write a narrow one before AM and PM. */
    private static String plain(String text) {
        String plain = text;
        if (text.indexOf('\u202f') >= 0 || text.indexOf('\u00a0') >= 0) {
            plain = text.replace('\u202f', ' ').replace('\u00a0', ' ');
        }
        return plain.strip();
    }

    private static long dotNet(String text) {
        int end = text.indexOf(')');
        if (end < 0 || !text.startsWith(")/", end) || end + 2 != text.length()) {
            return UNREADABLE;
        }
        // An offset behind the number says where the clock stood; the number is UTC all the same.
        int offset = Math.max(text.indexOf('+', DATE.length()), text.indexOf('-', DATE.length() + 1));
        String number = text.substring(DATE.length(), offset < 0 ? end : offset);
        try {
            return Long.parseLong(number);
        } catch (NumberFormatException notANumber) {
            return UNREADABLE;
        }
    }

    private static boolean isNumber(String text) {
        if (text.length() > MAX_NUMBER) {
            return false;
        }
        boolean digits = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                digits = true;
            } else if (c != '.' && c != 'e' && c != 'E' && c != '+' && !(c == '-' && (i == 0 || isExponent(text, i)))) {
                return false;
            }
        }
        return digits;
    }

    private static boolean isExponent(String text, int sign) {
        char before = text.charAt(sign - 1);
        return before == 'e' || before == 'E';
    }

    private static long epoch(String text) {
        try {
            BigDecimal number = new BigDecimal(text);
            if (Math.abs(number.scale()) > MAX_NUMBER) {
                return UNREADABLE;
            }
            double size = Math.abs(number.doubleValue());
            if (size > Long.MAX_VALUE) {
                return UNREADABLE;
            }
            int shift = size < SECONDS_BELOW ? 3 : size < MILLIS_BELOW ? 0 : size < MICROS_BELOW ? -3 : -6;
            return number.movePointRight(shift).setScale(0, RoundingMode.FLOOR).longValueExact();
        } catch (ArithmeticException | NumberFormatException notATime) {
            return UNREADABLE;
        }
    }

    /** The same for a number that a host has as one. */
    static long epoch(Number number) {
        return epoch(number.toString());
    }

    /** The same for a value that a host has; absent for one that has to be read as text. */
    @SuppressWarnings("JavaUtilDate") // what hosts have
    static @Nullable Long hostMillis(Object value) {
        if (value instanceof Instant instant) {
            return millis(instant);
        }
        if (value instanceof Date date) {
            return date.getTime();
        }
        if (value instanceof OffsetDateTime time) {
            return millis(time.toInstant());
        }
        if (value instanceof ZonedDateTime time) {
            return millis(time.toInstant());
        }
        if (value instanceof LocalDateTime time) {
            return millis(time.toInstant(ZoneOffset.UTC));
        }
        return value instanceof Number number ? (Long) epoch(number) : null;
    }

    static long millis(Instant time) {
        try {
            return time.toEpochMilli();
        } catch (ArithmeticException outOfRange) {
            return UNREADABLE;
        }
    }

    private long yearFirst() {
        int year = digits(4, 4);
        char separator = peek();
        sign(separator);
        int month = digits(1, 2);
        sign(separator);
        int day = digits(1, 2);
        char between = peek();
        bad |= between != 'T' && between != 't' && between != ' ' && between != ',';
        return clock(year, month, day);
    }

    private long yearLast() {
        int first = digits(1, 2);
        char separator = peek();
        bad |= separator != '/' && separator != '-' && separator != '.';
        sign(separator);
        int second = digits(1, 2);
        sign(separator);
        int year = digits(4, 4);
        char between = peek();
        bad |= between != ' ' && between != ',' && between != 'T';
        if (bad) {
            return UNREADABLE;
        }
        boolean dayFirst = separator == '.' || order.isDayFirst(first, second);
        return dayFirst ? clock(year, second, first) : clock(year, first, second);
    }

    /** Whether the month may be a word: a letter stands where every other form has a digit or a sign. */
    private boolean namesMonth() {
        for (int i = 0; i < Math.min(text.length(), 5); i++) {
            if (Character.isLetter(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    private long named() {
        Matcher date = MONTH.matcher(text);
        if (!date.find() || (date.group("before") == null) == (date.group("after") == null)) {
            bad = true;
            return UNREADABLE;
        }
        String day = date.group("after") == null ? date.group("before") : date.group("after");
        int month = MONTHS.indexOf(date.group("month").toLowerCase(Locale.ROOT)) / 3 + 1;
        at = date.end() - 1;
        return clock(Integer.parseInt(date.group("year")), month, Integer.parseInt(day));
    }

    /** Reads what follows the date. */
    private long clock(int year, int month, int day) {
        at++;
        while (peek() == ' ') {
            at++;
        }
        int hour = digits(1, 2);
        sign(':');
        int minute = digits(2, 2);
        int second = 0;
        int millis = 0;
        if (peek() == ':') {
            at++;
            second = digits(2, 2);
            if (peek() == '.' || peek() == ',') {
                at++;
                millis = fraction();
            }
        }
        spaces();
        int half = peek() | 0x20;
        if (half == 'a' || half == 'p') {
            bad |= hour < 1 || hour > 12;
            hour = hour % 12 + (half == 'p' ? 12 : 0);
            at++;
            dot();
            bad |= (peek() | 0x20) != 'm';
            at++;
            dot();
            spaces();
        }
        int offset = at >= text.length() ? 0 : zone();
        return instant(year, month, day, hour, minute, second, millis, offset);
    }

    private void spaces() {
        while (peek() == ' ') {
            at++;
        }
    }

    private void dot() {
        if (peek() == '.') {
            at++;
        }
    }

    /** Seconds east of UTC. */
    private int zone() {
        char sign = peek();
        if (text.startsWith(LOCAL, at)) {
            at += LOCAL.length();
            order.local();
            return 0;
        }
        if (text.startsWith("UTC", at) || text.startsWith("GMT", at)) {
            at += 3;
            return 0;
        }
        at++;
        if (sign == 'Z' || sign == 'z') {
            return 0;
        }
        bad |= sign != '+' && sign != '-';
        int hours = digits(2, 2);
        int minutes = 0;
        if (peek() == ':') {
            at++;
            minutes = digits(2, 2);
        } else if (at < text.length()) {
            minutes = digits(2, 2);
        }
        int seconds = hours * 3600 + minutes * 60;
        // java.time's bound on offsets.
        bad |= minutes > 59 || seconds > 18 * 3600;
        return sign == '-' ? -seconds : seconds;
    }

    private long instant(int year, int month, int day, int hour, int minute, int second, int millis, int offset) {
        bad |= month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59;
        bad = bad || day > daysIn(month, year);
        if (bad) {
            return UNREADABLE;
        }
        long seconds =
                LocalDate.of(year, month, day).toEpochDay() * 86_400 + hour * 3600L + minute * 60L + second - offset;
        // The fraction counts forward from the second, before 1970 too: cutting it is rounding down.
        return seconds * 1000 + millis;
    }

    private static int daysIn(int month, int year) {
        return switch (month) {
            case 2 -> Year.isLeap(year) ? 29 : 28;
            case 4, 6, 9, 11 -> 30;
            default -> 31;
        };
    }

    private int fraction() {
        int millis = 0;
        int count = 0;
        for (char c = peek(); c >= '0' && c <= '9'; c = peek()) {
            if (count < 3) {
                millis = millis * 10 + (c - '0');
            }
            count++;
            at++;
        }
        bad |= count == 0 || count > NANO_DIGITS;
        for (; count < 3; count++) {
            millis *= 10;
        }
        return millis;
    }

    private int digits(int least, int most) {
        int value = 0;
        int count = 0;
        for (char c = peek(); count < most && c >= '0' && c <= '9'; c = peek()) {
            value = value * 10 + (c - '0');
            count++;
            at++;
        }
        bad |= count < least;
        return value;
    }

    private void sign(char expected) {
        bad |= peek() != expected;
        at++;
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }
}
