package dev.vaultwatch.decode;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How the records of a source have been written so far. Records of one kind differ in their values alone: what stands between
 * two values, names and brackets and all, is the same bytes again. So it is read once with care and from then on compared.
 *
 * <pre>
 *   {"time":"  ●  ","category":"  ●  ","operationName":"  ●  …        a step is the bytes up to a value, and what the value is
 * </pre>
 *
 * The steps make a tree, from the record's start on: which step comes next depends on all before it, so the same way through
 * the tree is the same way through the record's structure, and what was well-formed once is well-formed again.
 *
 * <p>Bounded, because the source may be an attacker: no more than so many steps are kept, and no more than so many ways to go on
 * from one; when records no longer find theirs, all is forgotten and learned anew. Not thread-safe.
 */
final class Layouts {

    /** Some fifty kinds of records. A step takes some 150 B, and up to 1 KiB with a long habit: at most 2 MiB in all. */
    private static final int MAX_STEPS = 2_048;

    /** Ways to go on from a step: each is a comparison for the records that go another. */
    private static final int MAX_BRANCHES = 8;

    /** Longer stretches without a value are no record's habit. */
    private static final int MAX_LITERAL = 256;

    /** A value seen so many times in a row is a habit, */
    private static final int ADOPTED = 4;

    /** and none any more after so many others, counted since it became one. */
    private static final int FORGOTTEN = 1 << 12;

    /** After so many values that differed from the one before, a step is taken to have no habit. */
    private static final int MAX_HABITS = 64;

    /** Longer values repeat less often, and are found by one look-up. */
    private static final int MAX_HABIT = 128;

    private static final byte[] NONE = {};

    /** So many records that found no way through a full tree make it worth starting anew. */
    private static final int MAX_STRANGERS = 4_096;

    /** After so many records in a row that found no way, their source is taken to have no habits, */
    private static final int HOPELESS = 64;

    /** and one record in so many is tried all the same: it is read slowly, and what is learned of it is for nothing. A power of two. */
    private static final int TRIED = 256;

    private Step root = Step.root();
    private int steps;
    private int strangers;
    private int inARow;
    private int untried;

    /** What stands where a step ends. */
    enum Value {
        /** The content of a text: behind its opening quote, and the next step begins with the closing one. */
        TEXT,
        /** A number, or one of {@code true}, {@code false} and {@code null}. */
        WORD,
        /** Nothing: the record has ended. */
        END
    }

    /** The bytes between two values, and what follows them. */
    static final class Step {
        private final Literal literal;
        final Value value;

        /** What the value is; absent for a value that nobody asks for. */
        final @Nullable Field field;

        private @Nullable Step first;
        private @Nullable Step sibling;

        private @Nullable Habit habit;

        /** What the value was last, and how many times in a row it was the same, or another than the habit. */
        private byte[] lately = NONE;

        private int same;
        private int others;
        private int given;

        private Step(byte[] literal, Value value, @Nullable Field field) {
            this.literal = new Literal(literal);
            this.value = value;
            this.field = field;
        }

        private static Step root() {
            return new Step(new byte[0], Value.WORD, null);
        }

        int length() {
            return literal.length();
        }

        /** The step that goes on from here with the bytes at a place; absent if none that is known does. */
        @Nullable
        Step next(byte[] bytes, int at, int limit) {
            Step step = first;
            while (step != null && !step.isAt(bytes, at, limit)) {
                step = step.sibling;
            }
            return step;
        }

        private boolean isAt(byte[] bytes, int at, int limit) {
            return literal.isAt(bytes, at, limit);
        }

        /** The value that nearly always stands here, and what follows it; absent if there is none, or if another stands here now. */
        @Nullable
        Habit habit(byte[] bytes, int at, int limit) {
            Habit usual = habit;
            return usual != null && usual.literal.isAt(bytes, at, limit) ? usual : null;
        }

        /**
         * Notes a value that is not the habitual one, and the step that followed it.
         *
         * @return whether it has become a habit, to be told by {@link #adopt}
         */
        boolean isNewHabit(byte[] bytes, int from, int to) {
            if (given == MAX_HABITS || to - from > MAX_HABIT) {
                return false;
            }
            if (habit != null && ++others < FORGOTTEN) {
                return false;
            }
            habit = null;
            if (Arrays.equals(lately, 0, lately.length, bytes, from, to)) {
                return ++same >= ADOPTED;
            }
            // What is always another is not worth a look for long.
            given += same == 0 && lately.length > 0 ? 1 : 0;
            lately = Arrays.copyOfRange(bytes, from, to);
            same = 0;
            return false;
        }

        /**
         * Makes the value noted last the habit.
         *
         * @param entry what the value says
         * @param ahead the step that follows it
         */
        void adopt(Interned.@Nullable Entry entry, Step ahead) {
            byte[] both = Arrays.copyOf(lately, lately.length + ahead.length());
            System.arraycopy(ahead.literal.bytes(), 0, both, lately.length, ahead.length());
            habit = new Habit(new Literal(both), lately.length, entry, ahead);
            same = 0;
            others = 0;
        }
    }

    /**
     * A value that is the same in record after record, such as {@code "AuditEvent"}, and the bytes behind it up to the next value: all
     * one comparison.
     */
    static final class Habit {
        private final Literal literal;

        /** How long the value is. */
        final int valueLength;

        /** What the value says; absent if nobody asks for it. */
        final Interned.@Nullable Entry entry;

        /** The step that these bytes lead to. */
        final Step ahead;

        private Habit(Literal literal, int valueLength, Interned.@Nullable Entry entry, Step ahead) {
            this.literal = literal;
            this.valueLength = valueLength;
            this.entry = entry;
            this.ahead = ahead;
        }
    }

    Step root() {
        return root;
    }

    /** Whether the next record is to be tried: to look for a way, and to learn one, costs more than to read a record that has none. */
    boolean isWorthATry() {
        return inARow < HOPELESS || (++untried & (TRIED - 1)) == 0;
    }

    /** Notes that a record found its way. */
    void followed() {
        inARow = 0;
    }

    /** Notes that a record found none, and forgets everything if that is due. */
    void stranger() {
        inARow++;
        if (steps >= MAX_STEPS && ++strangers >= MAX_STRANGERS) {
            root = Step.root();
            steps = 0;
            strangers = 0;
        }
    }

    /**
     * Goes on from a step, by a way that is known or is now learned.
     *
     * @return the step; absent if there is no room to learn it
     */
    @Nullable
    Step learn(Step before, byte[] bytes, int from, int to, Value value, @Nullable Field field) {
        int branches = 0;
        Step ahead = null;
        for (Step step = before.first; step != null; step = step.sibling) {
            if (Arrays.equals(step.literal.bytes(), 0, step.length(), bytes, from, to)) {
                return step;
            }
            branches++;
            if (step.value != Value.WORD) {
                ahead = step;
            }
        }
        if (steps >= MAX_STEPS || branches >= MAX_BRANCHES || to - from > MAX_LITERAL || from == to) {
            return null;
        }
        // A word stands behind what also leads to a text's quote or to a bracket: the longer way must be looked for
        // first.
        Step made = new Step(Arrays.copyOfRange(bytes, from, to), value, field);
        if (ahead == null) {
            made.sibling = before.first;
            before.first = made;
        } else {
            made.sibling = ahead.sibling;
            ahead.sibling = made;
        }
        steps++;
        return made;
    }
}
