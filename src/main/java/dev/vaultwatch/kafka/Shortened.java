package dev.vaultwatch.kafka;

import java.util.Collection;
import java.util.List;

/** Texts cut to a length: whoever makes records may make a name of a megabyte, and a message holds it more than once. */
final class Shortened {
    private static final String MORE = "…";

    private Shortened() {}

    /** The text, or so many characters of it, the last of them an ellipsis; {@code most} is at least 2. */
    static String text(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(most - 2)) ? most - 2 : most - 1;
        return text.substring(0, end) + MORE;
    }

    /** A value of an alert's outputs with each text cut so. */
    static Object value(Object value, int most) {
        if (value instanceof String text) {
            return text(text, most);
        }
        return value instanceof List<?> list
                ? list.stream().map(each -> value(each, most)).toList()
                : value;
    }

    /** The length of the longest text among values of an alert's outputs; 0 if there is none. */
    static int longest(Collection<?> values) {
        int longest = 0;
        for (Object value : values) {
            int its = value instanceof Collection<?> some
                    ? longest(some)
                    : value instanceof String text ? text.length() : 0;
            longest = Math.max(longest, its);
        }
        return longest;
    }
}
