package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Many values, counted")
class CountedValuesTest {
    private static final long SEED = 20261127;

    /** "Aa" and "BB" have one hash, and so have all texts made of as many of the two. */
    private static String lookAlike(int number) {
        StringBuilder text = new StringBuilder();
        for (int bit = 0; bit < 11; bit++) {
            text.append((number >> bit & 1) == 0 ? "Aa" : "BB");
        }
        return text.toString();
    }

    /** Hashes that are 0, that differ in the highest bits only, or below zero. */
    private static Object oddNumber(int number) {
        return number % 3 == 0 ? (Object) (number << 20) : Long.valueOf(-number);
    }

    private static void compare(IntFunction<Object> value, int most, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        CountedValues values = new CountedValues();
        Map<Object, Integer> expected = new HashMap<>();
        for (int step = 0; step < 6 * most; step++) {
            // By turns it grows and shrinks.
            boolean adds = random.nextInt(10) < (step / most % 2 == 0 ? 8 : 3);
            // Not the same object each time.
            Object each = value.apply(random.nextInt(most));
            int at = step;
            Supplier<String> where = () -> "seed " + seed + ", of " + most + ", step " + at;
            if (adds) {
                int times = 1 + random.nextInt(3);
                boolean isNew = !expected.containsKey(each);
                expected.merge(each, times, Integer::sum);
                assertThat(values.add(each, times)).as(where).isEqualTo(isNew);
            } else {
                Integer left = expected.computeIfPresent(each, (key, count) -> count - 1);
                boolean wasLast = left != null && left == 0;
                expected.remove(each, 0);
                assertThat(values.remove(each)).as(where).isEqualTo(wasLast);
            }
            if (step % 97 == 0) {
                assertThat(Set.of(values.toArray())).as(where).isEqualTo(expected.keySet());
            }
        }
        assertThat(Set.of(values.toArray())).isEqualTo(expected.keySet());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, 40, 200, 2000})
    @DisplayName("are those of a plain map: texts, numbers with odd hashes, and both among texts that look alike")
    void sameAsMap(int most) {
        for (int i = 0; i < 3; i++) {
            compare(number -> "vault-" + number, most, SEED + i);
            compare(CountedValuesTest::oddNumber, most, SEED + i);
            compare(CountedValuesTest::lookAlike, most, SEED + i);
            compare(number -> number % 2 == 0 ? lookAlike(number / 2) : "v" + number, most, SEED + i);
        }
    }

    @Test
    @DisplayName("that look alike are found again when those before them have gone")
    void lookAlikesLeft() {
        CountedValues values = new CountedValues();
        for (int i = 0; i < 40; i++) {
            values.add(lookAlike(i), 2);
        }
        for (int i = 0; i < 20; i++) {
            values.remove(lookAlike(i));
            assertThat(values.remove(lookAlike(i))).as("%d", i).isTrue();
        }

        for (int i = 20; i < 40; i++) {
            assertThat(values.add(lookAlike(i), 1)).as("%d is known", i).isFalse();
        }
        assertThat(values.toArray()).hasSize(20);
    }
}
