package dev.vaultwatch.fuzz;

import java.util.Collection;
import java.util.stream.Collectors;

/** What an alert is about: a rule, a window's start and the values of the grouping key, sorted and in lower case. */
record Group(String rule, long start, String key) {
    static String keyOf(Collection<String> values) {
        return values.stream()
                .map(value -> value.toLowerCase(java.util.Locale.ROOT))
                .sorted()
                .collect(Collectors.joining("|"));
    }
}
