package dev.vaultwatch.fuzz;

import java.util.Arrays;

/**
 * The furthest that event time can have come: an upper bound of the plugin's watermark, worked out from what the host did and
 * from the documented meaning of sources alone. Only an event whose window can't have changed any more at this bound may be
 * dropped as late. Where the meaning leaves room (a source whose silence may have been noticed), the bound is the greater.
 */
final class Ceiling {
    private enum State {
        ABSENT,
        ACTIVE,
        QUIET,
        GONE
    }

    private final boolean hostOwnsTime;
    private final long slack;
    private final long idleTimeout;
    private final State[] states;
    private final long[] greatest;
    private final long[] told;
    private final long[] spoke;
    private final long[] quietFrom;
    private final long[] quietTo;
    private long clock;
    private long value = Long.MIN_VALUE;
    private long toldOfAll = Long.MIN_VALUE;

    Ceiling(Scenario scenario) {
        this.hostOwnsTime = scenario.settings().hostOwnsTime();
        this.slack = scenario.settings().slack();
        this.idleTimeout = scenario.settings().idleTimeout();
        int sources = scenario.feeders().size();
        this.states = new State[sources];
        Arrays.fill(states, State.ABSENT);
        this.greatest = filled(sources);
        this.told = filled(sources);
        this.spoke = filled(sources);
        this.quietFrom = filled(sources);
        this.quietTo = filled(sources);
        this.clock = scenario.clock();
    }

    private static long[] filled(int length) {
        long[] values = new long[length];
        Arrays.fill(values, Long.MIN_VALUE);
        return values;
    }

    long value() {
        return value;
    }

    void opened(int source) {
        if (states[source] == State.ABSENT || states[source] == State.GONE) {
            states[source] = State.ACTIVE;
            spoke[source] = clock;
        }
        rise();
    }

    void seen(int source, long time) {
        if (states[source] == State.QUIET) {
            quietTo[source] = value;
        }
        states[source] = State.ACTIVE;
        spoke[source] = clock;
        greatest[source] = Math.max(greatest[source], time);
        rise();
    }

    /** A record that no rule wants: the plugin need not look at it. */
    void perhapsSeen(int source, long time) {
        greatest[source] = Math.max(greatest[source], time);
        rise();
    }

    void told(int source, long time) {
        told[source] = Math.max(told[source], time);
        spoke[source] = clock;
        rise();
    }

    /** The host's word holds for every source, quiet ones too. */
    void toldAll(long time) {
        toldOfAll = Math.max(toldOfAll, time);
        value = Math.max(value, time);
        rise();
    }

    void quiet(int source) {
        if (states[source] == State.ACTIVE) {
            quietFrom[source] = value;
            states[source] = State.QUIET;
        }
        rise();
    }

    /**
     * Whether a window closed while the source was quiet by the host's own word, so that it stays open to it for longer: until the
     * source itself has come further than the window and the lateness.
     */
    boolean closedWhileQuiet(int source, long end, long lateness) {
        return end > quietFrom[source] && end <= quietTo[source] && end > toldOfAll && end + lateness > own(source);
    }

    void gone(int source) {
        states[source] = State.GONE;
        rise();
    }

    void clockAt(long time) {
        clock = time;
        rise();
    }

    private void rise() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < states.length; i++) {
            boolean holds = states[i] == State.ACTIVE && !(idleTimeout > 0 && clock - spoke[i] >= idleTimeout);
            if (holds) {
                least = Math.min(least, own(i));
            }
        }
        if (least == Long.MAX_VALUE) {
            least = Long.MIN_VALUE;
            for (int i = 0; i < states.length; i++) {
                if (!hostOwnsTime && greatest[i] != Long.MIN_VALUE) {
                    long silence = idleTimeout > 0 ? clock - spoke[i] : 0;
                    least = Math.max(least, greatest[i] + silence);
                }
                least = Math.max(least, told[i]);
            }
        }
        value = Math.max(value, least);
    }

    private long own(int source) {
        long seen = hostOwnsTime || greatest[source] == Long.MIN_VALUE ? Long.MIN_VALUE : greatest[source] - slack;
        return Math.max(seen, told[source]);
    }
}
