package dev.vaultwatch.fuzz;

import java.util.Collection;
import java.util.Comparator;
import java.util.stream.Collectors;

/** What an alert is about: a rule, a window's start and the values of the grouping key, sorted and in lower case. */
public record Group(String rule, long start, String key) {
    /** By rule, start and key. */
    public static final Comparator<Group> ORDER =
            Comparator.comparing(Group::rule).thenComparing(Group::start).thenComparing(Group::key);

    /** The values of a key, as a group has them. */
    public static String keyOf(Collection<String> values) {
        return values.stream()
                .map(value -> value.toLowerCase(java.util.Locale.ROOT))
                .sorted()
                .collect(Collectors.joining("|"));
    }
}
