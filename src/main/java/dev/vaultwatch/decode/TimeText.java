package dev.vaultwatch.decode;

import java.time.Instant;
import java.time.LocalDate;
import java.time.Year;

/**
 * Reads the times that records carry. The formats are those of the upstream pipeline's date processor (elastic/integrations
 * 37c97e14, azure platformlogs): ISO 8601; {@code M/d/yyyy h:mm:ss a XXX}; {@code M/d/yyyy h:mm:ss a}; {@code M/d/yyyy
 * H:mm:ss}. A time without a zone is UTC. Written by hand since every record has one and {@link java.time} takes longer for
 * it than the rest of the record does.
 */
final class TimeText {

    /** What {@link #millis} gives for a text that it can't read; no time in a four-digit year comes near it. */
    static final long UNREADABLE = Long.MIN_VALUE;

    /** For a person. */
    static final String EXPECTED =
            "A time such as 2026-11-03T02:09:00.1234567Z, 2026-11-03T02:09:00+01:00, 2026-11-03T02:09:00 (UTC),"
                    + " 11/3/2026 2:09:00 AM +01:00, 11/3/2026 2:09:00 AM (UTC) or 11/3/2026 02:09:00 (UTC).";

    private static final int NANO_DIGITS = 9;

    private final String text;
    private int at;
    private boolean bad;

    private TimeText(String text) {
        this.text = text;
    }

    /** Milliseconds since the epoch, cut towards the past; {@link #UNREADABLE} if no format fits or there is no such time. */
    static long millis(String text) {
        TimeText cursor = new TimeText(text);
        long millis = text.length() > 4 && text.charAt(4) == '-' ? cursor.iso() : cursor.american();
        return cursor.bad || cursor.at != text.length() ? UNREADABLE : millis;
    }

    /** The same for what a date processor has made a number of: milliseconds since the epoch, digits alone. */
    static long epochMillis(String text) {
        // 15 digits reach the year 33658: no overflow to think of.
        if (text.isEmpty() || text.length() > 15) {
            return UNREADABLE;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return UNREADABLE;
            }
        }
        return Long.parseLong(text);
    }

    static long millis(Instant time) {
        try {
            return time.toEpochMilli();
        } catch (ArithmeticException outOfRange) {
            return UNREADABLE;
        }
    }

    private long iso() {
        int year = digits(4, 4);
        sign('-');
        int month = digits(2, 2);
        sign('-');
        int day = digits(2, 2);
        sign('T');
        int hour = digits(2, 2);
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
        int offset = at == text.length() ? 0 : zone(true);
        return instant(year, month, day, hour, minute, second, millis, offset);
    }

    private long american() {
        int month = digits(1, 2);
        sign('/');
        int day = digits(1, 2);
        sign('/');
        int year = digits(4, 4);
        sign(' ');
        int hour = digits(1, 2);
        sign(':');
        int minute = digits(2, 2);
        sign(':');
        int second = digits(2, 2);
        int offset = 0;
        if (at < text.length()) {
            sign(' ');
            bad |= hour < 1 || hour > 12;
            int half = peek() | 0x20;
            bad |= half != 'a' && half != 'p';
            at++;
            bad |= (peek() | 0x20) != 'm';
            at++;
            hour = hour % 12 + (half == 'p' ? 12 : 0);
            if (at < text.length()) {
                sign(' ');
                offset = zone(false);
            }
        }
        return instant(year, month, day, hour, minute, second, 0, offset);
    }

    /** Seconds east of UTC. */
    private int zone(boolean short_) {
        char sign = peek();
        at++;
        if (sign == 'Z') {
            return 0;
        }
        bad |= sign != '+' && sign != '-';
        int hours = digits(2, 2);
        int minutes = 0;
        if (peek() == ':') {
            at++;
            minutes = digits(2, 2);
        } else if (short_ && at < text.length()) {
            minutes = digits(2, 2);
        } else {
            bad |= !short_;
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
