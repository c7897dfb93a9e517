package dev.vaultwatch.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

@DisplayName("The groups of a window by their keys")
class GroupTableTest {
    private final GroupTable table = new GroupTable();

    private @Nullable Group find(@Nullable Object key) {
        return table.find(key, Objects.hashCode(key));
    }

    private Group add(@Nullable Object key) {
        Group group = new Group(key);
        table.add(group, Objects.hashCode(key));
        return group;
    }

    /** Texts of one hash: "Aa" and "BB" have the same, and so has whatever is made of them. */
    private static String alike(int number) {
        StringBuilder text = new StringBuilder();
        for (int bit = 0; bit < 14; bit++) {
            text.append((number >>> bit & 1) == 0 ? "Aa" : "BB");
        }
        return text.toString();
    }

    @Test
    @DisplayName("that are empty have none, and nothing to go through")
    void empty() {
        assertThat(find("ann")).isNull();
        assertThat(find(null)).isNull();
        assertThat(table).isEmpty();
        assertThatThrownBy(() -> table.iterator().next()).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    @DisplayName("are found by a key that is equal and not the same, by none, and by one whose hash is 0")
    void equal() {
        Group ann = add("ann");
        Group none = add(null);
        Group zero = add("");
        Group pair = add(List.of("ann", "vault"));

        assertThat(find(new String("ann".toCharArray()))).isSameAs(ann);
        assertThat(find(null)).isSameAs(none);
        assertThat(find("")).isSameAs(zero);
        assertThat(find(List.of("ann", "vault"))).isSameAs(pair);
        assertThat(find("bob")).isNull();
    }

    @Test
    @DisplayName("are found among 10,000 keys of the same hash")
    void alike() {
        List<Group> added = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            added.add(add(alike(i)));
        }
        Group other = add("ann");

        assertThat(alike(0).hashCode()).isEqualTo(alike(9_999).hashCode());
        for (int i = 0; i < added.size(); i++) {
            assertThat(find(alike(i))).isSameAs(added.get(i));
        }
        assertThat(find(alike(10_000))).isNull();
        assertThat(find("ann")).isSameAs(other);
        assertThat(table).hasSize(10_001).doesNotHaveDuplicates();
    }

    @RepeatedTest(50)
    @DisplayName("are those of a plain map, whatever keys come and go")
    void asAMap(RepetitionInfo round) {
        SplittableRandom random = new SplittableRandom(round.getCurrentRepetition());
        Map<@Nullable Object, Group> expected = new HashMap<>();
        int keys = 1 << random.nextInt(1, 13);
        int alike = random.nextInt(4) == 0 ? random.nextInt(1, 200) : 0;
        for (int i = 0; i < 6_000; i++) {
            int number = random.nextInt(keys + alike);
            Object key = number == keys / 2
                    ? null
                    : number >= keys ? alike(number - keys) : number % 3 == 0 ? (Object) (number << 20) : "u" + number;
            Group known = find(key);
            assertThat(known).isSameAs(expected.get(key));
            if (known == null) {
                expected.put(key, add(key));
            }
            if (random.nextInt(1_500) == 0) {
                List<Group> gone = new ArrayList<>();
                boolean any = expected.values().removeIf(group -> random.nextBoolean() && gone.add(group));
                assertThat(table.removeIf(gone::contains)).isEqualTo(any);
            }
        }

        assertThat(table).containsExactlyInAnyOrderElementsOf(expected.values());
        assertThat(table).hasSize(expected.size());
        expected.forEach((key, group) -> assertThat(find(key)).isSameAs(group));
    }
}
