package dev.vaultwatch.decode;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How the members of a source have been written so far whose records have them in any order, so that there are no {@link Layouts}: a
 * member's name, what stands between it and its value, and what both lead to, found by the name's first sixteen bytes and compared at once.
 * A cache of fixed size, where a member may stand in any of four neighbours; it is filled as members come, and emptied when too many
 * find no room. Not thread-safe.
 */
final class Members {
    private static final long QUOTES = '"' * Bytes.EACH;

    /** A power of two; records have some fifty members. */
    private static final int SLOTS = 256;

    /** The first four words are compared without a look at the length, which is a branch that would be guessed wrong. */
    private static final int AT_ONCE = 4 * Long.BYTES;

    /** Longer ones are no record's habit. */
    private static final int LONGEST = 256;

    private static final int NEIGHBOURS = 4;

    /** So many members that found no room make it worth starting anew. */
    private static final int MOST_CROWDED = 4_096;

    private final @Nullable Member[] members = new Member[SLOTS];
    private int crowded;

    /** A member up to its value. */
    static final class Member {
        private final @Nullable FieldTree node;
        private final int length;

        /** What its name leads to; absent if nobody asks for it. */
        final @Nullable FieldTree child;

        /** The field that its value is; absent if it is none. */
        final @Nullable Field field;

        /** Whether its value is a text, whose opening quote is then part of this. */
        final boolean text;

        private final long first;
        private final long second;
        private final long third;
        private final long fourth;
        private final long firstMask;
        private final long secondMask;
        private final long thirdMask;
        private final long fourthMask;

        /** What is behind the first four words; absent if nothing is. */
        private final @Nullable Literal rest;

        private Member(
                @Nullable FieldTree node, byte[] bytes, int from, int to, @Nullable FieldTree child, boolean text) {
            this.node = node;
            this.length = to - from;
            this.child = child;
            this.field = child == null ? null : child.field();
            this.text = text;
            int atOnce = Math.min(length, AT_ONCE);
            byte[] padded = Arrays.copyOf(Arrays.copyOfRange(bytes, from, from + atOnce), AT_ONCE);
            byte[] mask = new byte[AT_ONCE];
            Arrays.fill(mask, 0, atOnce, (byte) -1);
            this.rest = atOnce == length ? null : new Literal(Arrays.copyOfRange(bytes, from + atOnce, to));
            this.first = Bytes.word(padded, 0);
            this.second = Bytes.word(padded, Long.BYTES);
            this.third = Bytes.word(padded, 2 * Long.BYTES);
            this.fourth = Bytes.word(padded, 3 * Long.BYTES);
            this.firstMask = Bytes.word(mask, 0);
            this.secondMask = Bytes.word(mask, Long.BYTES);
            this.thirdMask = Bytes.word(mask, 2 * Long.BYTES);
            this.fourthMask = Bytes.word(mask, 3 * Long.BYTES);
        }

        int length() {
            return length;
        }

        @SuppressWarnings("ReferenceEquality") // each node of the tree is one of a kind
        private boolean is(@Nullable FieldTree in, long word, long next, byte[] bytes, int at, int limit) {
            long differing = ((word ^ first) & firstMask)
                    | ((next ^ second) & secondMask)
                    | ((Bytes.word(bytes, at + 2 * Long.BYTES) ^ third) & thirdMask)
                    | ((Bytes.word(bytes, at + 3 * Long.BYTES) ^ fourth) & fourthMask);
            return differing == 0 && node == in && (rest == null || rest.isAt(bytes, at + AT_ONCE, limit));
        }
    }

    /**
     * The member that begins at a place, behind the opening quote of its name.
     *
     * @param node of the object that it is in
     * @return absent if no such one was learned
     */
    @Nullable
    Member at(@Nullable FieldTree node, byte[] bytes, int at, int limit) {
        if (at > limit - AT_ONCE) {
            return null;
        }
        long first = Bytes.word(bytes, at);
        long second = Bytes.word(bytes, at + Long.BYTES);
        int slot = slot(first, second);
        for (int i = 0; i < NEIGHBOURS; i++) {
            Member member = members[slot ^ i];
            if (member == null || member.is(node, first, second, bytes, at, limit)) {
                return member;
            }
        }
        return null;
    }

    /**
     * Notes a member that {@link #at} did not know, with the same node, bytes and limit.
     *
     * @param from behind the opening quote of its name
     * @param to where its value begins; of a text, its content
     * @param child what its name leads to; absent if nobody asks for it
     * @param text whether its value is a text
     */
    void learn(
            @Nullable FieldTree node,
            byte[] bytes,
            int from,
            int to,
            int limit,
            @Nullable FieldTree child,
            boolean text) {
        if (to - from > LONGEST || from > limit - AT_ONCE) {
            return;
        }
        int slot = slot(Bytes.word(bytes, from), Bytes.word(bytes, from + Long.BYTES));
        for (int i = 0; i < NEIGHBOURS; i++) {
            if (members[slot ^ i] == null) {
                members[slot ^ i] = new Member(node, bytes, from, to, child, text);
                return;
            }
        }
        if (++crowded == MOST_CROWDED) {
            crowded = 0;
            Arrays.fill(members, null);
        }
    }

    /** By what of the first sixteen bytes is the name. */
    private static int slot(long first, long second) {
        long ends = Bytes.zeros(first ^ QUOTES);
        // What stands behind the name's quote may be anything; all bits if there is none.
        long name = first & (ends ^ (ends - 1));
        long more = Bytes.zeros(second ^ QUOTES);
        long rest = second & (more ^ (more - 1)) & ~((ends | -ends) >> 63);
        long hash = (name ^ rest * Bytes.MIX) * Bytes.MIX;
        return (int) (hash >>> 56);
    }
}
