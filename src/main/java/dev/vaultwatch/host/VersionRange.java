package dev.vaultwatch.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of versions as Maven writes it: {@code [0.1,0.2)} holds 0.1 and what follows up to but without 0.2; a side left
 * empty is open. Versions are numbers between dots, and missing ones are 0.
 */
final class VersionRange {
    private static final String VERSION = "\\d{1,9}(?:\\.\\d{1,9}){0,3}";
    private static final Pattern RANGE =
            Pattern.compile("([\\[(])\\s*(" + VERSION + ")?\\s*,\\s*(" + VERSION + ")?\\s*([\\])])");

    private final Optional<List<Integer>> low;
    private final boolean lowIncluded;
    private final Optional<List<Integer>> high;
    private final boolean highIncluded;

    private VersionRange(Matcher range) {
        this.low = Optional.ofNullable(range.group(2)).map(VersionRange::numbers);
        this.lowIncluded = range.group(1).equals("[");
        this.high = Optional.ofNullable(range.group(3)).map(VersionRange::numbers);
        this.highIncluded = range.group(4).equals("]");
    }

    /** Reads a range; empty if the text is none. */
    static Optional<VersionRange> parse(String text) {
        Matcher range = RANGE.matcher(text.strip());
        return range.matches() ? Optional.of(new VersionRange(range)) : Optional.empty();
    }

    /** Whether a version lies in the range. */
    boolean contains(String version) {
        List<Integer> numbers = numbers(version);
        int aboveLow = low.map(l -> compare(numbers, l)).orElse(1);
        int belowHigh = high.map(h -> compare(h, numbers)).orElse(1);
        return (lowIncluded ? aboveLow >= 0 : aboveLow > 0) && (highIncluded ? belowHigh >= 0 : belowHigh > 0);
    }

    private static List<Integer> numbers(String version) {
        List<Integer> numbers = new ArrayList<>();
        for (String number : version.split("\\.", -1)) {
            numbers.add(Integer.valueOf(number));
        }
        return numbers;
    }

    private static int compare(List<Integer> a, List<Integer> b) {
        for (int i = 0; i < Math.max(a.size(), b.size()); i++) {
            int order = Integer.compare(i < a.size() ? a.get(i) : 0, i < b.size() ? b.get(i) : 0);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }
}
