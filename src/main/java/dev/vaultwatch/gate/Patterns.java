package dev.vaultwatch.gate;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Optional;
import java.util.regex.MatchResult;

/**
 * Which regular expressions rules may use: those of RE2, which are matched in time linear in the value (Thompson's construction),
 * and of these the ones that are not written out to a large program by their repeats.
 */
public final class Patterns {
    /** What {@code (a{30}){30}} multiplies to. */
    private static final long MAX_REPEATS = 1_000;

    /** Instructions of RE2; a character of the pattern is about one. */
    private static final int MAX_PROGRAM = 4_000;

    private static final java.util.regex.Pattern REPEAT =
            java.util.regex.Pattern.compile("\\{(\\d{1,9})(?:,(\\d{0,9}))?\\}");

    private Patterns() {}

    /** What is wrong with an expression, as the rest of a sentence; empty if nothing. */
    public static Optional<String> problem(String expression) {
        long repeats = 1;
        for (MatchResult each : REPEAT.matcher(expression).results().toList()) {
            repeats = Math.min(Integer.MAX_VALUE, repeats * Math.max(1, most(each)));
        }
        if (repeats > MAX_REPEATS) {
            return Optional.of("repeats up to " + repeats + " times; expected smaller numbers in braces, at most "
                    + MAX_REPEATS + " all together.");
        }
        try {
            return Pattern.compile(expression).programSize() <= MAX_PROGRAM
                    ? Optional.empty()
                    : Optional.of("is too large to be fast; expected a shorter one.");
        } catch (PatternSyntaxException e) {
            return Optional.of("is none that RE2 takes (" + e.getDescription()
                    + "): rules match in linear time, without look-around and back references.");
        } catch (StackOverflowError e) {
            return Optional.of("nests too deeply.");
        }
    }

    private static long most(MatchResult repeat) {
        String second = repeat.group(2);
        return Long.parseLong(second == null || second.isEmpty() ? repeat.group(1) : second);
    }
}
