package dev.vaultwatch.rule;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the known name that a misspelt one was probably meant to be: the least edit distance (Damerau–Levenshtein, restricted). */
public final class Nearest {
    private Nearest() {}

    /**
     * The known name that differs least, without regard to case; empty if all differ in more than a third of their letters, or if
     * the name itself is known. Of several the first by name.
     */
    public static Optional<String> of(String name, Collection<String> known) {
        if (known.contains(name)) {
            return Optional.empty();
        }
        String wanted = name.toLowerCase(Locale.ROOT);
        return known.stream()
                .filter(each -> distance(wanted, each.toLowerCase(Locale.ROOT))
                        <= Math.max(1, Math.min(each.length(), name.length()) / 3))
                .min(Comparator.comparingInt((String each) -> distance(wanted, each.toLowerCase(Locale.ROOT)))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** The same as the end of a sentence, such as {@code "; did you mean 'upn'?"}, or {@code "."} if there is none. */
    public static String asQuestion(String name, Collection<String> known) {
        return of(name, known).map(each -> "; did you mean '" + each + "'?").orElse(".");
    }

    private static int distance(String one, String other) {
        if (Math.abs(one.length() - other.length()) > Math.min(one.length(), other.length())) {
            return Integer.MAX_VALUE;
        }
        int[][] d = new int[one.length() + 1][other.length() + 1];
        for (int i = 0; i <= one.length(); i++) {
            d[i][0] = i;
        }
        for (int j = 0; j <= other.length(); j++) {
            d[0][j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            for (int j = 1; j <= other.length(); j++) {
                int cost = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1), d[i - 1][j - 1] + cost);
                if (i > 1
                        && j > 1
                        && one.charAt(i - 1) == other.charAt(j - 2)
                        && one.charAt(i - 2) == other.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[one.length()][other.length()];
    }
}
