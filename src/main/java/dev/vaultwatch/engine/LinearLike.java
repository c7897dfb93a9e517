package dev.vaultwatch.engine;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code like} in a rule uses instead of Esper's {@code LikeUtil}, which tries every way to share a value out among several
 * {@code %}. Greedy glob matching with one place to go back to: at most the product of the two lengths. {@code %} stands for
 * any characters, {@code _} for one. The methods are those that Esper's generated code calls. Immutable.
 */
public final class LinearLike {
    private final char[] pattern;

    /** Which characters of the pattern stand for themselves. */
    private final boolean[] literal;

    private final boolean ignoreCase;

    /**
     * Reads a pattern.
     *
     * @param escape makes the character after it stand for itself; {@code null} for a backslash
     */
    public LinearLike(String pattern, @Nullable Character escape, boolean ignoreCase) {
        this.ignoreCase = ignoreCase;
        String given = ignoreCase ? pattern.toUpperCase(Locale.ENGLISH) : pattern;
        char before = escape == null ? '\\' : escape;
        this.pattern = new char[given.length()];
        this.literal = new boolean[given.length()];
        int size = 0;
        for (int i = 0; i < given.length(); i++) {
            boolean escaped = given.charAt(i) == before && i + 1 < given.length();
            i += escaped ? 1 : 0;
            this.literal[size] = escaped || (given.charAt(i) != '%' && given.charAt(i) != '_');
            this.pattern[size++] = given.charAt(i);
        }
        this.length = size;
    }

    private final int length;

    /** Whether a value is like the pattern; {@code null} is not. */
    public boolean compare(@Nullable String given) {
        if (given == null) {
            return false;
        }
        String value = ignoreCase ? given.toUpperCase(Locale.ENGLISH) : given;
        int at = 0;
        int in = 0;
        int star = -1;
        int mark = 0;
        while (in < value.length()) {
            if (at < length && !literal[at] && pattern[at] == '%') {
                star = at++;
                mark = in;
            } else if (at < length && (literal[at] ? pattern[at] == value.charAt(in) : pattern[at] == '_')) {
                at++;
                in++;
            } else if (star >= 0) {
                // The last % takes one character more.
                at = star + 1;
                in = ++mark;
            } else {
                return false;
            }
        }
        while (at < length && !literal[at] && pattern[at] == '%') {
            at++;
        }
        return at == length;
    }
}
