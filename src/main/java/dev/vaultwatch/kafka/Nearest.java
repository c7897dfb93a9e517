package dev.vaultwatch.kafka;

import java.util.Collection;
import java.util.Comparator;

/** What was probably meant: Levenshtein's distance over a handful of names. */
final class Nearest {
    private Nearest() {}

    /** A clause such as " Did you mean 'topics.raw'?", or nothing if no name is near. */
    static String to(String typed, Collection<String> names) {
        return names.stream()
                .min(Comparator.<String>comparingInt(name -> distance(typed, name))
                        .thenComparing(name -> name))
                .filter(name -> distance(typed, name) <= Math.max(2, typed.length() / 4))
                .map(name -> " Did you mean '" + name + "'?")
                .orElse("");
    }

    private static int distance(String a, String b) {
        int[] above = new int[b.length() + 1];
        for (int j = 0; j < above.length; j++) {
            above[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(Math.min(row[j - 1], above[j]) + 1, above[j - 1] + change);
            }
            above = row;
        }
        return above[b.length()];
    }
}
