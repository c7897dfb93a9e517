package dev.vaultwatch.tuning;

import dev.vaultwatch.rule.Cidr;
import dev.vaultwatch.rule.Fingerprints;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** What a condition asks of one value. Immutable; any thread may ask. */
sealed interface ValueTest {

    /** Whether the value, as text, is what is asked for. */
    boolean holds(String value);

    /** The same for tests that ask for the same, on every machine. */
    String text();

    /** It is one of these texts. */
    record In(Set<String> values, boolean ignoreCase) implements ValueTest {
        public In {
            Set<String> known = ignoreCase ? new TreeSet<>(String.CASE_INSENSITIVE_ORDER) : new java.util.HashSet<>();
            known.addAll(values);
            values = java.util.Collections.unmodifiableSet(known);
        }

        @Override
        public boolean holds(String value) {
            return values.contains(value);
        }

        @Override
        public String text() {
            TreeSet<String> sorted = new TreeSet<>();
            values.forEach(each -> sorted.add(ignoreCase ? each.toLowerCase(Locale.ROOT) : each));
            return "in " + ignoreCase + Fingerprints.of(List.copyOf(sorted));
        }
    }

    /** It has this form, where % stands for any characters and _ for one, as in EPL and SQL. */
    record Like(String pattern, boolean ignoreCase) implements ValueTest {
        @Override
        public boolean holds(String value) {
            return ignoreCase
                    ? matches(value.toLowerCase(Locale.ROOT), pattern.toLowerCase(Locale.ROOT))
                    : matches(value, pattern);
        }

        @Override
        public String text() {
            return "like " + ignoreCase + pattern;
        }

        /** Goes back to the last % alone, which is enough: no more steps than value times pattern, whatever the two are. */
        private static boolean matches(String value, String pattern) {
            int v = 0;
            int p = 0;
            int percent = -1;
            int resume = 0;
            while (v < value.length()) {
                if (p < pattern.length() && pattern.charAt(p) == '%') {
                    percent = p++;
                    resume = v;
                } else if (p < pattern.length() && (pattern.charAt(p) == '_' || pattern.charAt(p) == value.charAt(v))) {
                    p++;
                    v++;
                } else if (percent >= 0) {
                    p = percent + 1;
                    v = ++resume;
                } else {
                    return false;
                }
            }
            while (p < pattern.length() && pattern.charAt(p) == '%') {
                p++;
            }
            return p == pattern.length();
        }
    }

    /** It is an address in one of these blocks. */
    record InBlocks(List<Cidr> blocks) implements ValueTest {
        public InBlocks {
            blocks = List.copyOf(blocks);
        }

        @Override
        public boolean holds(String value) {
            return blocks.stream().anyMatch(block -> block.contains(value));
        }

        @Override
        public String text() {
            return "in " + blocks;
        }
    }
}
