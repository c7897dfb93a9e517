package dev.vaultwatch.tool.sigma;

import java.util.regex.Pattern;

/**
 * A text with Sigma's wildcards: {@code *} for any characters, {@code ?} for one. A backslash before a wildcard, or before a
 * backslash that stands before one, makes it stand for itself; any other backslash stands for itself. Immutable.
 *
 * @param literal the text with the wildcards as they were written and without what escapes
 * @param like the same as a pattern of {@code like}, with {@link #ESCAPE}
 * @param sample a text that matches
 * @param expression the same as a regular expression
 * @param hasWildcard whether there is a wildcard at all
 */
record SigmaText(String literal, String like, String sample, String expression, boolean hasWildcard) {
    /** Rare in the names that rules compare, and without a meaning of its own in EPL. */
    static final char ESCAPE = '!';

    static SigmaText of(String written) {
        StringBuilder literal = new StringBuilder();
        StringBuilder like = new StringBuilder();
        StringBuilder sample = new StringBuilder();
        StringBuilder expression = new StringBuilder();
        boolean wildcard = false;
        for (int i = 0; i < written.length(); i++) {
            char c = written.charAt(i);
            if (c == '*' || c == '?') {
                wildcard = true;
                literal.append(c);
                like.append(c == '*' ? '%' : '_');
                sample.append(c == '*' ? "" : "x");
                expression.append(c == '*' ? ".*" : ".");
                continue;
            }
            if (c == '\\' && i + 1 < written.length() && "*?\\".indexOf(written.charAt(i + 1)) >= 0) {
                c = written.charAt(++i);
            }
            if (c == '%' || c == '_' || c == ESCAPE) {
                like.append(ESCAPE);
            }
            literal.append(c);
            like.append(c);
            sample.append(c);
            expression.append(Pattern.quote(String.valueOf(c)));
        }
        return new SigmaText(literal.toString(), like.toString(), sample.toString(), expression.toString(), wildcard);
    }

    /** Whether a text matches; with anything before it, or behind it, and with regard to case or without. */
    boolean matches(String text, boolean before, boolean after, boolean cased) {
        String whole = (before ? ".*" : "") + expression + (after ? ".*" : "");
        return Pattern.compile(whole, Pattern.DOTALL | (cased ? 0 : Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE))
                .matcher(text)
                .matches();
    }
}
