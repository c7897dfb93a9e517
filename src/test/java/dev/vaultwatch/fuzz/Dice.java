package dev.vaultwatch.fuzz;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Random choices in the form in which they are made here. The same seed gives the same choices. */
public final class Dice {
    private final RandomGenerator random;

    public Dice(long seed) {
        this(new SplittableRandom(seed));
    }

    public Dice(RandomGenerator random) {
        this.random = random;
    }

    public int below(int bound) {
        return bound <= 0 ? 0 : random.nextInt(bound);
    }

    public boolean oneIn(int chances) {
        return random.nextInt(chances) == 0;
    }

    public boolean coin() {
        return random.nextBoolean();
    }

    @SafeVarargs
    public final <T> T oneOf(T... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
