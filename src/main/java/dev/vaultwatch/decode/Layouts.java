package dev.vaultwatch.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
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

    /** Some fifty kinds of records. A step takes some 150 B, so a full tree 300 KiB. */
    private static final int MAX_STEPS = 2_048;

    /** Ways to go on from a step: each is a comparison for the records that go another. */
    private static final int MAX_BRANCHES = 8;

    /** Longer stretches without a value are no record's habit. */
    private static final int MAX_LITERAL = 256;

    /** So many records that found no way through a full tree make it worth starting anew. */
    private static final int MAX_STRANGERS = 4_096;

    private Step root = Step.root();
    private int steps;
    private int strangers;

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
        private static final VarHandle LONGS =
                MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

        private final byte[] literal;

        /** The same, eight at a time; of the last, only the bytes under the mask count. */
        private final long[] words;

        private final long lastMask;
        final Value value;

        /** What the value is; absent for a value that nobody asks for. */
        final @Nullable Field field;

        private @Nullable Step first;
        private @Nullable Step sibling;

        private Step(byte[] literal, Value value, @Nullable Field field) {
            this.literal = literal;
            this.value = value;
            this.field = field;
            int count = (literal.length + Long.BYTES - 1) / Long.BYTES;
            byte[] padded = Arrays.copyOf(literal, count * Long.BYTES);
            words = new long[count];
            for (int i = 0; i < count; i++) {
                words[i] = (long) LONGS.get(padded, i * Long.BYTES);
            }
            int rest = literal.length % Long.BYTES;
            lastMask = rest == 0 ? -1L : (1L << (rest * Byte.SIZE)) - 1;
        }

        private static Step root() {
            return new Step(new byte[0], Value.WORD, null);
        }

        int length() {
            return literal.length;
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
            if (literal.length > limit - at) {
                return false;
            }
            int last = words.length - 1;
            if (at > bytes.length - words.length * Long.BYTES) {
                return Arrays.equals(literal, 0, literal.length, bytes, at, at + literal.length);
            }
            int place = at;
            for (int i = 0; i < last; i++, place += Long.BYTES) {
                if ((long) LONGS.get(bytes, place) != words[i]) {
                    return false;
                }
            }
            return ((long) LONGS.get(bytes, place) & lastMask) == words[last];
        }
    }

    Step root() {
        return root;
    }

    /** Forgets everything if that is due, after a record that found no way through. */
    void stranger() {
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
            if (Arrays.equals(step.literal, 0, step.literal.length, bytes, from, to)) {
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
