package dev.vaultwatch.decode;

/**
 * What one file, or one other source, shows of the order in which it writes day and month: {@code 4/2/2025} is two days. A date
 * with a day over 12 is the proof; it then holds for the source's other dates. Where nothing is proved, the month comes first, as
 * Elastic's pipeline reads such dates, and the sink gets a note once. Another note says once that times were in a zone that the source
 * does not tell.
 *
 * <p>Give the same one to each call that decodes a part of the same source. Not thread-safe.
 */
public final class DayOrder {

    /** A day and a month are told apart above this. */
    private static final int MONTHS = 12;

    private boolean proved;
    private boolean dayFirst;
    private boolean guessed;
    private boolean noted;
    private boolean local;
    private boolean localNoted;

    /** What is still to be read, for a look ahead. */
    private byte[] ahead = Bytes.NONE;

    private int from;
    private int to;

    /** Makes one that knows nothing. */
    public DayOrder() {}

    /** Learns from text that is going to be decoded. */
    void look(byte[] bytes, int start, int end) {
        for (int i = start; i < end - 1 && !proved; i++) {
            if (isDigit(bytes[i]) && (i == start || (!isDigit(bytes[i - 1]) && bytes[i - 1] != '/'))) {
                proofAt(bytes, i, end);
            }
        }
    }

    private void proofAt(byte[] bytes, int start, int end) {
        int first = number(bytes, start, end);
        int at = start + (isDigit(peek(bytes, start + 1, end)) ? 2 : 1);
        byte separator = peek(bytes, at, end);
        if (first < 0 || (separator != '/' && separator != '-') || !isDigit(peek(bytes, at + 1, end))) {
            return;
        }
        int second = number(bytes, at + 1, end);
        at += isDigit(peek(bytes, at + 2, end)) ? 3 : 2;
        if (second < 0 || peek(bytes, at, end) != separator) {
            return;
        }
        for (int digit = 1; digit <= 4; digit++) {
            if (!isDigit(peek(bytes, at + digit, end))) {
                return;
            }
        }
        if (!isDigit(peek(bytes, at + 5, end))) {
            learn(first, second);
        }
    }

    /** A number of one or two digits; below zero if there are more. */
    private static int number(byte[] bytes, int at, int end) {
        int number = peek(bytes, at, end) - '0';
        if (isDigit(peek(bytes, at + 1, end))) {
            number = number * 10 + bytes[at + 1] - '0';
            return isDigit(peek(bytes, at + 2, end)) ? -1 : number;
        }
        return number;
    }

    private static byte peek(byte[] bytes, int at, int end) {
        return at < end ? bytes[at] : 0;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private void learn(int first, int second) {
        if (!proved && (first > MONTHS) != (second > MONTHS) && first <= 31 && second <= 31) {
            proved = true;
            dayFirst = first > MONTHS;
        }
    }

    /** Has bytes looked at once a date needs it, which few sources ever do. */
    void ahead(byte[] bytes, int start, int end) {
        ahead = bytes;
        from = start;
        to = end;
    }

    /** Lets go of the bytes. */
    void release() {
        if (ahead.length == 0) {
            return;
        }
        ahead = Bytes.NONE;
        from = 0;
        to = 0;
    }

    /** Whether the first of a date's two numbers is its day. */
    boolean isDayFirst(int first, int second) {
        if (first > MONTHS || second > MONTHS || first == second) {
            learn(first, second);
            return first > MONTHS;
        }
        if (!proved && from < to) {
            look(ahead, from, to);
            from = to;
        }
        guessed |= !proved;
        return proved && dayFirst;
    }

    /** A time was read as UTC whose zone only the one who exported it knows. */
    void local() {
        local = true;
    }

    /** Whether there was such a time, for the first time it is asked. */
    boolean takeLocalNote() {
        if (!local || localNoted) {
            return false;
        }
        localNoted = true;
        return true;
    }

    /** Whether a date was read that has two meanings, for the first time it is asked. */
    boolean takeNote() {
        if (!guessed || noted) {
            return false;
        }
        noted = true;
        return true;
    }
}
