package dev.vaultwatch.decode;

import java.time.LocalDate;
import java.time.YearMonth;

/** Reads the time that Azure writes off its bytes. Used again for the next one; not thread-safe. */
final class FlatTime {

    /** "2026-11-03T02:09:00Z", with up to 9 digits of a fraction. */
    private static final int TIME_LENGTH = 20;

    /** "2026-11-03T02:09" */
    private static final int MINUTE_LENGTH = 16;

    /** The minute of the last time read, as it was written; and its start. */
    private long lastMinuteFirst;

    private long lastMinuteSecond;
    private long lastMinuteMillis;

    /** The day of the last time read: 8 digits as a number, and its start. */
    private int lastDay = -1;

    private long lastDayMillis;

    /** The time that Azure writes; any other is {@link TimeText}'s. */
    long millis(byte[] bytes, int start, int end) {
        int length = end - start;
        if (length < TIME_LENGTH
                || length > TIME_LENGTH + 10
                || length == TIME_LENGTH + 1
                || bytes[start + MINUTE_LENGTH] != ':'
                || bytes[end - 1] != 'Z'
                || !toMinute(bytes, start)) {
            return TimeText.UNREADABLE;
        }
        int second = number(bytes, start + 17, 2);
        int millis = 0;
        if (length > TIME_LENGTH) {
            if (bytes[start + 19] != '.') {
                return TimeText.UNREADABLE;
            }
            int digits = length - TIME_LENGTH - 1;
            for (int i = 0; i < digits; i++) {
                int digit = number(bytes, start + 20 + i, 1);
                if (digit < 0) {
                    return TimeText.UNREADABLE;
                }
                millis = i < 3 ? millis * 10 + digit : millis;
            }
            millis *= digits == 1 ? 100 : digits == 2 ? 10 : 1;
        }
        return second < 0 || second > 59 ? TimeText.UNREADABLE : lastMinuteMillis + second * 1_000L + millis;
    }

    /** Makes a minute the last minute; false if it is none, or not written as Azure does. */
    private boolean toMinute(byte[] bytes, int start) {
        long first = Bytes.word(bytes, start);
        long second = Bytes.word(bytes, start + Long.BYTES);
        if (first == lastMinuteFirst && second == lastMinuteSecond) {
            return true;
        }
        if (bytes[start + 4] != '-'
                || bytes[start + 7] != '-'
                || bytes[start + 10] != 'T'
                || bytes[start + 13] != ':') {
            return false;
        }
        long day = number(bytes, start, 4) * 10_000L + number(bytes, start + 5, 2) * 100L + number(bytes, start + 8, 2);
        int hour = number(bytes, start + 11, 2);
        int minute = number(bytes, start + 14, 2);
        if (day < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || !toDay((int) day)) {
            return false;
        }
        lastMinuteFirst = first;
        lastMinuteSecond = second;
        lastMinuteMillis = lastDayMillis + hour * 3_600_000L + minute * 60_000L;
        return true;
    }

    /** Makes a day the last day; false if it is none that is plainly in the calendar. */
    private boolean toDay(int digits) {
        if (digits == lastDay) {
            return true;
        }
        int month = digits / 100 % 100;
        int day = digits % 100;
        int year = digits / 10_000;
        if (year < 1
                || month < 1
                || month > 12
                || day < 1
                || day > YearMonth.of(year, month).lengthOfMonth()) {
            return false;
        }
        lastDay = digits;
        lastDayMillis = LocalDate.of(year, month, day).toEpochDay() * 86_400_000L;
        return true;
    }

    /** Digits as a number; far below zero if one is none. */
    static int number(byte[] bytes, int start, int count) {
        int number = 0;
        for (int i = start; i < start + count; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return -100_000_000;
            }
            number = number * 10 + digit;
        }
        return number;
    }
}
