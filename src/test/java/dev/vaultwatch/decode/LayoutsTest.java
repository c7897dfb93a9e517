package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.decode.Layouts.Step;
import dev.vaultwatch.decode.Layouts.Value;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("How the records of a source have been written so far")
class LayoutsTest {
    private final Layouts layouts = new Layouts();

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private @Nullable Step learn(Step before, String literal, Value value) {
        byte[] bytes = bytes("x" + literal + "y");
        return layouts.learn(before, bytes, 1, bytes.length - 1, value, Field.CATEGORY);
    }

    private Step learned(Step before, String literal, Value value) {
        return Objects.requireNonNull(learn(before, literal, value));
    }

    private static @Nullable Step next(Step before, String text) {
        byte[] bytes = bytes("x" + text);
        return before.next(bytes, 1, bytes.length);
    }

    @Test
    @DisplayName("what was learned is found where its bytes stand before the limit, and nowhere else")
    void learnedIsFound() {
        Step step = learned(layouts.root(), "{\"a\":\"", Value.TEXT);

        assertThat(step.field).isEqualTo(Field.CATEGORY);
        assertThat(step.value).isEqualTo(Value.TEXT);
        assertThat(step.length()).isEqualTo(6);
        assertThat(next(layouts.root(), "{\"a\":\"text\"")).isSameAs(step);
        assertThat(next(layouts.root(), "{\"a\":\"")).isSameAs(step);
        assertThat(next(layouts.root(), "{\"a\":")).isNull();
        assertThat(next(layouts.root(), "{\"a\":1")).isNull();
        assertThat(next(layouts.root(), "{\"b\":\"")).isNull();
        assertThat(next(step, "{\"a\":\"")).as("that far on").isNull();
    }

    @Test
    @DisplayName("what is learned again is the same step")
    void again() {
        Step a = learned(layouts.root(), "{\"a\":\"", Value.TEXT);
        Step b = learned(layouts.root(), "{\"b\":\"", Value.TEXT);

        assertThat(learn(layouts.root(), "{\"a\":\"", Value.TEXT)).isSameAs(a);
        assertThat(learn(layouts.root(), "{\"b\":\"", Value.TEXT)).isSameAs(b);
    }

    @Test
    @DisplayName("from one step there are eight ways on at most")
    void branches() {
        Step start = layouts.root();
        for (int i = 0; i < 8; i++) {
            assertThat(learn(start, "{\"" + i, Value.WORD)).isNotNull();
        }
        assertThat(learn(start, "{\"8", Value.WORD)).isNull();
        for (int i = 0; i < 8; i++) {
            assertThat(next(start, "{\"" + i)).as("way %d", i).isNotNull();
        }
        assertThat(next(start, "{\"8")).isNull();
        assertThat(learn(start, "{\"3", Value.WORD)).as("known already").isNotNull();
    }

    @Test
    @DisplayName("a stretch of 256 bytes is learned; a longer one, and none at all, is not")
    void lengths() {
        assertThat(learn(layouts.root(), "x".repeat(256), Value.WORD)).isNotNull();
        assertThat(learn(layouts.root(), "y".repeat(257), Value.WORD)).isNull();
        assertThat(learn(layouts.root(), "", Value.WORD)).isNull();
    }

    @Test
    @DisplayName(
            "a text's quote is looked for before a word that stands behind the same bytes, whichever was learned first")
    void longerFirst() {
        for (List<String> order : List.of(List.of("\"", "", "["), List.of("", "\"", "["), List.of("", "[", "\""))) {
            Layouts fresh = new Layouts();
            for (String more : order) {
                byte[] literal = bytes(",\"a\":" + more);
                fresh.learn(fresh.root(), literal, 0, literal.length, more.isEmpty() ? Value.WORD : Value.TEXT, null);
            }
            for (String more : order) {
                Step found = Objects.requireNonNull(next(fresh.root(), ",\"a\":" + more + "1"));
                assertThat(found.length())
                        .as("%s learned in the order %s", more, order)
                        .isEqualTo(5 + more.length());
            }
        }
    }

    @Test
    @DisplayName("after 2,048 steps no more are learned, and after 4,096 strangers then all begins anew")
    void full() {
        for (int i = 0; i < 5_000; i++) {
            layouts.stranger();
        }
        Step step = layouts.root();
        for (int i = 0; i < 2_048; i++) {
            step = learned(step, "{\"a", Value.WORD);
        }
        Step root = layouts.root();
        assertThat(learn(step, "{\"a", Value.WORD)).isNull();
        for (int i = 0; i < 4_095; i++) {
            layouts.stranger();
        }
        assertThat(layouts.root()).as("not yet").isSameAs(root);
        layouts.stranger();

        assertThat(next(layouts.root(), "{\"a")).isNull();
        step = layouts.root();
        for (int i = 0; i < 2_048; i++) {
            step = learned(step, "{\"a", Value.WORD);
        }
        root = layouts.root();
        for (int i = 0; i < 4_095; i++) {
            layouts.stranger();
        }
        assertThat(layouts.root()).as("counted anew").isSameAs(root);
    }

    @Test
    @DisplayName("after 64 strangers in a row one record in 256 is worth a try, until one finds its way")
    void worthATry() {
        for (int i = 0; i < 63; i++) {
            layouts.stranger();
        }
        for (int i = 0; i < 40; i++) {
            assertThat(layouts.isWorthATry()).isTrue();
        }
        layouts.stranger();
        for (int i = 1; i <= 1_024; i++) {
            assertThat(layouts.isWorthATry()).as("record %d", i).isEqualTo(i % 256 == 0);
        }
        layouts.followed();
        assertThat(layouts.isWorthATry()).isTrue();
    }

    // ---- habits

    private static boolean isNewHabit(Step step, String value) {
        byte[] bytes = bytes("x" + value + "y");
        return step.isNewHabit(bytes, 1, bytes.length - 1);
    }

    private static Layouts.@Nullable Habit habit(Step step, String text) {
        byte[] bytes = bytes("x" + text);
        return step.habit(bytes, 1, bytes.length);
    }

    @Test
    @DisplayName("a value seen five times in a row is a habit: it and the bytes behind it are one comparison")
    void habit() {
        Step step = learned(layouts.root(), "{\"a\":\"", Value.TEXT);
        Step ahead = learned(step, "\",\"b\":", Value.WORD);
        for (String value : List.of("Audit", "Audit", "Audit", "Other", "Audit", "Audit", "Audit", "Audit")) {
            assertThat(isNewHabit(step, value)).isFalse();
        }
        assertThat(isNewHabit(step, "Audit")).isTrue();
        assertThat(habit(step, "Audit\",\"b\":1")).isNull();

        Interned.Entry entry = new Interned().of(bytes("Audit"), 0, 5);
        step.adopt(entry, ahead);

        Layouts.Habit habit = Objects.requireNonNull(habit(step, "Audit\",\"b\":1"));
        assertThat(habit.entry).isSameAs(entry);
        assertThat(habit.ahead).isSameAs(ahead);
        assertThat(habit.valueLength).isEqualTo(5);
        assertThat(habit(step, "Audit\",\"b\":")).isSameAs(habit);
        assertThat(habit(step, "Audit\",\"b\"")).isNull();
        assertThat(habit(step, "Audit\",\"c\":1")).isNull();
        assertThat(habit(step, "Other\",\"b\":1")).isNull();
    }

    private Step withHabit() {
        Step step = learned(layouts.root(), "{\"a\":\"", Value.TEXT);
        Step ahead = learned(step, "\"}", Value.END);
        for (int i = 0; i < 5; i++) {
            isNewHabit(step, "Audit");
        }
        step.adopt(null, ahead);
        return step;
    }

    @Test
    @DisplayName("a habit is given up after 4,096 other values, and another can take its place")
    void givenUp() {
        Step step = withHabit();
        for (int i = 0; i < 4_095; i++) {
            assertThat(isNewHabit(step, "Other")).isFalse();
        }
        assertThat(habit(step, "Audit\"}")).isNotNull();
        assertThat(isNewHabit(step, "Other")).isFalse();
        assertThat(habit(step, "Audit\"}")).isNull();
        for (int i = 0; i < 3; i++) {
            assertThat(isNewHabit(step, "Other")).isFalse();
        }
        assertThat(isNewHabit(step, "Other")).isTrue();
        step.adopt(null, learned(step, "\"}", Value.END));
        assertThat(habit(step, "Other\"}")).isNotNull();
        for (int i = 0; i < 4_095; i++) {
            assertThat(isNewHabit(step, "Audit")).isFalse();
        }
        assertThat(habit(step, "Other\"}")).as("counted anew").isNotNull();
    }

    @Test
    @DisplayName("where 64 values in a row were each another, none becomes a habit any more")
    void noHabit() {
        Step some = learned(layouts.root(), "{\"a\":\"", Value.TEXT);
        for (int i = 0; i < 64; i++) {
            isNewHabit(some, "value " + i);
        }
        for (int i = 0; i < 4; i++) {
            assertThat(isNewHabit(some, "same")).isFalse();
        }
        // The last of the values counts with the first that is the same.
        assertThat(isNewHabit(some, "same")).isFalse();
        assertThat(isNewHabit(some, "same")).isFalse();

        Step fewer = learned(layouts.root(), "{\"b\":\"", Value.TEXT);
        for (int i = 0; i < 63; i++) {
            isNewHabit(fewer, "value " + i);
        }
        for (int i = 0; i < 4; i++) {
            assertThat(isNewHabit(fewer, "same")).isFalse();
        }
        assertThat(isNewHabit(fewer, "same")).isTrue();
    }

    @Test
    @DisplayName("values that repeat now and then do not count as another each")
    void nowAndThen() {
        Step step = learned(layouts.root(), "{\"a\":\"", Value.TEXT);
        for (int i = 0; i < 200; i++) {
            assertThat(isNewHabit(step, "value " + i)).isFalse();
            assertThat(isNewHabit(step, "value " + i)).isFalse();
        }
        for (int i = 0; i < 4; i++) {
            assertThat(isNewHabit(step, "same")).isFalse();
        }
        assertThat(isNewHabit(step, "same")).isTrue();
    }

    @Test
    @DisplayName("a value of 128 bytes can be a habit, a longer one is found by a look-up")
    void longValues() {
        Step step = learned(layouts.root(), "{\"a\":\"", Value.TEXT);
        for (int i = 0; i < 20; i++) {
            assertThat(isNewHabit(step, "x".repeat(129))).isFalse();
        }
        for (int i = 0; i < 4; i++) {
            assertThat(isNewHabit(step, "x".repeat(128))).isFalse();
        }
        assertThat(isNewHabit(step, "x".repeat(128))).isTrue();
    }

    @Test
    @DisplayName("nothing is found where the bytes end")
    void atTheEnd() {
        Step step = withHabit();

        assertThat(step.next(new byte[0], 0, 0)).isNull();
        assertThat(step.habit(new byte[0], 0, 0)).isNull();
    }
}
