package dev.vaultwatch.rule;

import java.time.Duration;

/** How far a rule looks, and when it says what it found. Immutable values. */
public sealed interface Window permits Window.Tumbling, Window.Ordered, Window.Single {

    /** The shortest and the longest of any duration in a window. */
    Duration LEAST = Duration.ofSeconds(1);

    Duration MOST = Duration.ofHours(24);

    /** How much event time before an event can matter to what the rule says of it; zero for {@link Single}. */
    Duration memory();

    /**
     * Windows of one length, one after the other, aligned to the epoch: an event is in the window that starts at its time rounded
     * down to a multiple of the length.
     *
     * @param length whole seconds, from 1 s to 24 h
     */
    record Tumbling(Duration length) implements Window {
        public Tumbling {
            require("length", length);
        }

        @Override
        public Duration memory() {
            return length;
        }
    }

    /**
     * Events in the order of their times: sliding windows, patterns, {@code match_recognize}.
     *
     * @param reach what is found depends on nothing older than this; whole seconds, from 1 s to 24 h
     * @param quiet findings of one key that are closer than this are one alert; whole seconds, from 1 s to 24 h
     */
    record Ordered(Duration reach, Duration quiet) implements Window {
        public Ordered {
            require("reach", reach);
            require("quiet", quiet);
        }

        @Override
        public Duration memory() {
            return reach;
        }
    }

    /** Each event by itself: one that the rule lets through is a finding. */
    record Single() implements Window {
        @Override
        public Duration memory() {
            return Duration.ZERO;
        }
    }

    private static void require(String name, Duration duration) {
        if (!isPossible(duration)) {
            throw new IllegalArgumentException("The " + name + " of a window is " + duration
                    + "; expected whole seconds from " + LEAST + " to " + MOST + ".");
        }
    }

    /** Whether the duration may be a length, a reach or a quiet time. */
    static boolean isPossible(Duration duration) {
        return duration.compareTo(LEAST) >= 0
                && duration.compareTo(MOST) <= 0
                && duration.toSeconds() * 1_000_000_000L == duration.toNanos();
    }
}
