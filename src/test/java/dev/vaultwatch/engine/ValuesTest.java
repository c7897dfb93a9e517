package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The values of rows, and how they are compared")
class ValuesTest {
    private static final long SEED = 20261126;

    @Nested
    @DisplayName("Distinct values")
    class Distinct {
        @Test
        @DisplayName("are each there once and in order, however many there are and however often they come")
        void sorted() {
            SplittableRandom random = new SplittableRandom(SEED);
            for (int most = 0; most < 40; most++) {
                DistinctValues values = new DistinctValues();
                TreeSet<Object> expected = new TreeSet<>();
                for (int i = 0; i < 3 * most; i++) {
                    // Not the same object each time.
                    String value = String.valueOf(random.nextInt(most));
                    values.add(value);
                    expected.add(value);
                    // Whichever is asked for first is what both say then.
                    List<Object> first = i % 2 == 0 ? values.sorted() : values.ofProperty();
                    assertThat(first).as("seed %d, of %d", SEED, most).containsExactlyElementsOf(expected);
                    assertThat(values.sorted()).as("seed %d, of %d", SEED, most).containsExactlyElementsOf(expected);
                    assertThat(values.ofProperty())
                            .as("seed %d, of %d", SEED, most)
                            .containsExactlyElementsOf(expected);
                }
                assertThat(values.sorted()).containsExactlyElementsOf(expected);
            }
        }

        @Test
        @DisplayName("stay as long as one of the times that they came is not taken back")
        void takenBack() {
            SplittableRandom random = new SplittableRandom(SEED);
            for (int most = 1; most < 40; most++) {
                DistinctValues values = new DistinctValues();
                List<String> expected = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    if (expected.size() > random.nextInt(2 * most)) {
                        values.remove(expected.remove(random.nextInt(expected.size())));
                    } else {
                        String value = random.nextInt(3) == 0 && !expected.isEmpty()
                                ? expected.get(expected.size() - 1)
                                : String.valueOf(random.nextInt(most));
                        values.add(value);
                        expected.add(value);
                    }
                    List<Object> first = i % 2 == 0 ? values.sorted() : values.ofProperty();
                    assertThat(first).containsExactlyElementsOf(new TreeSet<Object>(expected));
                    assertThat(values.sorted())
                            .as("seed %d, of %d, step %d", SEED, most, i)
                            .containsExactlyElementsOf(new TreeSet<Object>(expected))
                            .isEqualTo(values.ofProperty());
                }
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 16, 17, 40})
        @DisplayName(
                "of a property are those that were there when they were asked for, though they are put in order when they are read")
        void later(int many) {
            DistinctValues values = new DistinctValues();
            List<Object> expected = new ArrayList<>();
            for (int i = 0; i < many; i++) {
                values.add("v" + (many - i + 10));
                expected.add(0, "v" + (many - i + 10));
            }
            List<Object> then = values.ofProperty();
            assertThat(values.ofProperty()).as("nothing new").isSameAs(then);
            values.add("v");
            values.remove("v" + (many + 10));

            assertThat(then).hasSize(many);
            assertThat(then).containsExactlyElementsOf(expected).isEqualTo(expected);
            assertThat(expected).isEqualTo(then).hasSameHashCodeAs(then);
            assertThatThrownBy(() -> then.set(0, "x")).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> then.add("x")).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> then.remove(0)).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> then.sort(null)).isInstanceOf(UnsupportedOperationException.class);
        }

        @Test
        @DisplayName("that never came are not missed when they are taken back, be there few others or many")
        void neverCame() {
            for (int most : new int[] {0, 1, 3, 16, 40}) {
                DistinctValues values = new DistinctValues();
                TreeSet<Object> expected = new TreeSet<>();
                for (int i = 0; i < most; i++) {
                    values.add("v" + i);
                    expected.add("v" + i);
                }
                values.add("gone");
                values.add("last");
                expected.add("last");
                values.remove("gone");
                values.remove("gone");
                values.remove("never");

                assertThat(values.sorted()).as("of %d", most).containsExactlyElementsOf(expected);
            }
        }
    }

    @Nested
    @DisplayName("A row's columns")
    class Row {
        private final RowColumns.Names names = new RowColumns.Names(List.of("z", "a", "b", "c"));

        private RowColumns row(@Nullable Object... values) {
            return new RowColumns(names, values);
        }

        @Test
        @DisplayName("are those with a value, in the order of the names")
        void order() {
            RowColumns row = row(null, 1L, null, "x");

            assertThat(row).hasSize(2).isEqualTo(Map.of("a", 1L, "c", "x"));
            assertThat(row.keySet()).containsExactly("a", "c");
            assertThat(row.values()).containsExactly(1L, "x");
            assertThat(row.entrySet()).hasSize(2);
            Map<String, Object> told = new LinkedHashMap<>();
            row.forEach(told::put);
            assertThat(told).isEqualTo(row);
            assertThat(new ArrayList<>(told.keySet())).containsExactly("a", "c");
        }

        @Test
        @DisplayName("are found by name, and what is no name or has no value is not")
        void get() {
            RowColumns row = row("first", 1L, null, "x");

            assertThat(row.get("z")).isEqualTo("first");
            assertThat(row.containsKey("z")).isTrue();
            assertThat(row.get("b")).isNull();
            assertThat(row.containsKey("b")).isFalse();
            assertThat(row.get("d")).isNull();
            assertThat(names.all()).containsExactly("z", "a", "b", "c");
        }

        @Test
        @DisplayName("end where there are no more")
        void end() {
            Iterator<Map.Entry<String, Object>> none =
                    row(null, null, null, null).entrySet().iterator();
            assertThat(none.hasNext()).isFalse();
            assertThatThrownBy(none::next).isInstanceOf(NoSuchElementException.class);

            Iterator<Map.Entry<String, Object>> one =
                    row(null, null, null, "x").entrySet().iterator();
            assertThat(one.hasNext()).isTrue();
            assertThat(one.next()).isEqualTo(Map.entry("c", "x"));
            assertThat(one.hasNext()).isFalse();
            assertThatThrownBy(one::next).isInstanceOf(NoSuchElementException.class);
            assertThat(row(null, null, null, null)).isEmpty();
        }
    }

    @Nested
    @DisplayName("like")
    class Like {
        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                kv-%       | kv-pay     | true
                kv-%       | kv-        | true
                kv-%       | kv         | false
                %pay       | kv-pay     | true
                %pay       | kv-pays    | false
                %a%a%      | banana     | true
                %a%a%a%a%  | banana     | false
                b_n_n_     | banana     | true
                b_n_n      | banana     | false
                _          | ""         | false
                %          | ""         | true
                ""         | ""         | true
                ""         | a          | false
                a          | ""         | false
                100\\%      | 100%       | true
                100\\%      | 1000       | false
                a\\_b       | a_b        | true
                a\\_b       | axb        | false
                a\\\\b      | a\\b       | true
                a\\         | a\\        | true
                KV-%       | kv-pay     | false
                """)
        @DisplayName("matches any characters at %, one at _, and both as they are behind the escape")
        void matches(String pattern, String value, boolean matches) {
            assertThat(new LinearLike(pattern, null, false).compare(value)).isEqualTo(matches);
        }

        @Test
        @DisplayName("takes another escape, ignores case where it is asked to, and is never true of null")
        void variants() {
            assertThat(new LinearLike("100!%", '!', false).compare("100%")).isTrue();
            assertThat(new LinearLike("100!%", '!', false).compare("1000")).isFalse();
            assertThat(new LinearLike("100\\%", '!', false).compare("100\\x")).isTrue();
            assertThat(new LinearLike("KV-%", null, true).compare("kv-pay")).isTrue();
            assertThat(new LinearLike("kv-%", null, true).compare("KV-pay")).isTrue();
            assertThat(new LinearLike("%", null, false).compare(null)).isFalse();
        }

        @Test
        @DisplayName("finds what an expression finds")
        void random() {
            SplittableRandom random = new SplittableRandom(SEED);
            for (int i = 0; i < 5_000; i++) {
                String pattern = some(random, "ab%_", 8);
                String value = some(random, "ab", 8);
                String expression = pattern.replace("%", ".*").replace("_", ".");

                assertThat(new LinearLike(pattern, null, false).compare(value))
                        .as("seed %d: '%s' like '%s'", SEED, value, pattern)
                        .isEqualTo(Pattern.matches(expression, value));
            }
        }

        private String some(SplittableRandom random, String signs, int most) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(most); n > 0; n--) {
                text.append(signs.charAt(random.nextInt(signs.length())));
            }
            return text.toString();
        }
    }
}
