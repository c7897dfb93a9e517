package dev.vaultwatch.contract;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * What several threads asked and were answered, and when. {@link #isLinearizable} searches for an order of the calls in which a
 * sequential model gives the same answers, and in which no call comes before one that had returned when it was made (Wing and
 * Gong, 1993, with states that were seen before left out, as Lowe does). Any thread may add calls.
 *
 * @param <O> what can be asked
 */
final class History<O> {
    private final AtomicLong clock = new AtomicLong();
    private final List<Call<O>> calls = Collections.synchronizedList(new ArrayList<>());

    /** A call; {@code asked} and {@code answered} count up over all threads. */
    record Call<O>(O operation, String answer, long asked, long answered) {
        @Override
        public String toString() {
            return "[" + asked + ".." + answered + "] " + operation + " = " + answer;
        }
    }

    /**
     * A state of the model. Immutable, with equality by content.
     *
     * @param <O> what can be asked
     */
    interface Model<O> {
        /** The answer, and the state after it. */
        Step<O> ask(O operation);
    }

    record Step<O>(String answer, Model<O> next) {}

    /** Makes a call and notes it. */
    void call(O operation, Callable<String> ask) throws Exception {
        long asked = clock.incrementAndGet();
        String answer = ask.call();
        calls.add(new Call<>(operation, answer, asked, clock.incrementAndGet()));
    }

    /** Notes a call as it was, for tests of the search itself. */
    History<O> noted(O operation, String answer, long asked, long answered) {
        calls.add(new Call<>(operation, answer, asked, answered));
        return this;
    }

    boolean isLinearizable(Model<O> initial) {
        List<Call<O>> sorted = new ArrayList<>(calls);
        sorted.sort(Comparator.comparingLong(Call::asked));
        if (sorted.size() > Long.SIZE - 1) {
            throw new IllegalStateException("A history has at most " + (Long.SIZE - 1) + " calls.");
        }
        return search(sorted, 0L, initial, new HashSet<>());
    }

    private record Place(long done, Model<?> state) {}

    private static <O> boolean search(List<Call<O>> sorted, long done, Model<O> state, Set<Place> seen) {
        if (Long.bitCount(done) == sorted.size()) {
            return true;
        }
        if (!seen.add(new Place(done, state))) {
            return false;
        }
        long firstAnswer = Long.MAX_VALUE;
        for (int i = 0; i < sorted.size(); i++) {
            if ((done & 1L << i) == 0) {
                firstAnswer = Math.min(firstAnswer, sorted.get(i).answered());
            }
        }
        for (int i = 0; i < sorted.size(); i++) {
            Call<O> call = sorted.get(i);
            if ((done & 1L << i) == 0 && call.asked() < firstAnswer) {
                Step<O> step = state.ask(call.operation());
                if (step.answer().equals(call.answer()) && search(sorted, done | 1L << i, step.next(), seen)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The calls in the order in which they were made, a line each. */
    @Override
    public String toString() {
        Function<Call<O>, Long> asked = Call::asked;
        return String.join(
                "\n",
                calls.stream()
                        .sorted(Comparator.comparing(asked))
                        .map(Call::toString)
                        .toList());
    }
}
