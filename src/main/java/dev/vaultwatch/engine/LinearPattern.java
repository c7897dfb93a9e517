package dev.vaultwatch.engine;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.vaultwatch.gate.Patterns;

/**
 * What {@code regexp} in a rule uses instead of {@code java.util.regex.Pattern}, whose time grows exponentially with the value for
 * expressions such as {@code (a|a)*b}: RE2/J, which takes linear time. The methods are those that Esper's generated code calls.
 * Immutable.
 */
public final class LinearPattern {
    private final Pattern pattern;

    private LinearPattern(Pattern pattern) {
        this.pattern = pattern;
    }

    /**
     * Reads an expression.
     *
     * @throws IllegalArgumentException if RE2 does not take it
     */
    public static LinearPattern compile(String expression) {
        Patterns.problem(expression).ifPresent(problem -> {
            throw new IllegalArgumentException("The expression " + problem);
        });
        return new LinearPattern(Pattern.compile(expression));
    }

    /** The same under the name by which Esper's generated code asks for it. */
    public static LinearPattern exprRegexNodeCompilePattern(String expression) {
        return compile(expression);
    }

    /** Starts to match a value. */
    public Matcher matcher(CharSequence value) {
        return pattern.matcher(value);
    }
}
