package dev.vaultwatch.decode;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

    private static final Set<String> NAMES = Stream.of(Field.TIMESTAMP, Field.TIME, Field.TIME_GENERATED)
            .flatMap(field -> field.paths().stream())
            .collect(Collectors.toUnmodifiableSet());

    private static final int LONGEST_NAME =
            NAMES.stream().mapToInt(String::length).max().orElse(0);

    private boolean proved;
    private boolean dayFirst;
    private boolean guessed;
    private boolean noted;
    private boolean local;
    private boolean localNoted;
    private boolean preview;
    private boolean previewNoted;

    /** Has what is still to be read looked at; null if there is nothing, or it was looked at. */
    private @Nullable Consumer<DayOrder> ahead;

    /** Makes one that knows nothing. */
    public DayOrder() {}

    /**
     * Learns from JSON that is going to be decoded: from the values of members that say when something happened, and from nothing else.
     * A secret's name or a user agent that looks like a date is whoever's choice.
     */
    void look(byte[] bytes, int start, int end) {
        for (int i = start + 1; i < end - 1 && !proved; i++) {
            if (isDigit(bytes[i]) && bytes[i - 1] == '"' && isTime(bytes, start, i - 1)) {
                proofAt(bytes, i, end);
            }
        }
    }

    /** Whether the value whose opening quote stands there is that of a member with a time's name, and not a part of a text. */
    private static boolean isTime(byte[] bytes, int start, int quote) {
        int at = beforeSpaces(bytes, start, quote - 1);
        if (at < start || bytes[at] != ':') {
            return false;
        }
        int nameEnd = beforeSpaces(bytes, start, at - 1);
        int name = nameEnd - 1;
        while (name >= start && nameEnd - name <= LONGEST_NAME + 1 && bytes[name] != '"') {
            name--;
        }
        return name >= start
                && bytes[nameEnd] == '"'
                && bytes[name] == '"'
                && (name == start || bytes[name - 1] != '\\')
                && NAMES.contains(new String(bytes, name + 1, nameEnd - name - 1, StandardCharsets.ISO_8859_1));
    }

    private static int beforeSpaces(byte[] bytes, int start, int from) {
        int at = from;
        while (at >= start && bytes[at] == ' ') {
            at--;
        }
        return at;
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

    /** Has something looked at once a date needs it, which few sources ever do. */
    void ahead(Consumer<DayOrder> look) {
        ahead = look;
    }

    /** Has JSON looked at in the same way. */
    void ahead(byte[] bytes, int start, int end) {
        ahead(order -> order.look(bytes, start, end));
    }

    /** Lets go of what is to be looked at. */
    void release() {
        ahead = null;
    }

    /** Whether the first of a date's two numbers is its day. */
    boolean isDayFirst(int first, int second) {
        if (first > MONTHS || second > MONTHS || first == second) {
            learn(first, second);
            return first > MONTHS;
        }
        Consumer<DayOrder> look = ahead;
        if (!proved && look != null) {
            ahead = null;
            look.accept(this);
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

    /** Notes a record in a row of a preview. */
    void preview() {
        preview = true;
    }

    /** Whether a row of a preview was read, for the first time it is asked: of a source, as dates are, that is told once. */
    boolean takePreviewNote() {
        if (!preview || previewNoted) {
            return false;
        }
        previewNoted = true;
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
