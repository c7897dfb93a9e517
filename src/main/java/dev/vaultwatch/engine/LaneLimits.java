package dev.vaultwatch.engine;

import dev.vaultwatch.rule.Window;
import java.util.OptionalLong;

/**
 * How many events a lane may hold, and from when until when what a limit left out can be missed. Of an ordered rule the events count
 * in stretches of the reach's length: those of the current one and of the one before. Guarded by the lane.
 */
final class LaneLimits {
    /** The most events that a rule may hold at a time: about 200 MB with what Esper needs for each. */
    static final long MAX_EVENTS = 1_000_000;

    private static final long NONE = Long.MIN_VALUE;

    private final boolean keeps;

    /** In milliseconds; none of a rule that isn't ordered. */
    private final long reach;

    private long most = MAX_EVENTS;
    private long held;
    private long heldBefore;
    private long stretchStart = NONE;
    private boolean told;
    private boolean incomplete;
    private long incompleteSince = NONE;
    private long incompleteUntil = NONE;

    LaneLimits(Window window) {
        this.keeps = !(window instanceof Window.Single);
        this.reach = window instanceof Window.Ordered ordered ? ordered.reach().toMillis() : NONE;
    }

    void limitTo(long events) {
        most = Math.min(events, MAX_EVENTS);
    }

    long most() {
        return most;
    }

    /** Another window begins, of which nothing is held. */
    void startWindow() {
        held = 0;
        told = false;
        incomplete = false;
    }

    /** Counts an event of that time, unless there are as many as may be; whether it was counted. */
    boolean admits(long time) {
        if (reach != NONE && (stretchStart == NONE || time - stretchStart >= reach)) {
            heldBefore = stretchStart != NONE && time - stretchStart < 2 * reach ? held : 0;
            held = 0;
            stretchStart = time;
            told = false;
        }
        if (keeps && held + heldBefore >= most) {
            return false;
        }
        held++;
        return true;
    }

    /** Whether this is the first time in the window, or the stretch, that a limit is reached. */
    boolean isNewlyReached() {
        boolean was = told;
        told = true;
        return !was;
    }

    /** Notes that something was left out when the lane's clock, if it has one, stood at that time. */
    void leftOut(long clock) {
        incomplete = true;
        if (reach != NONE && clock != NONE) {
            incompleteSince = clock < incompleteUntil ? incompleteSince : clock;
            incompleteUntil = clock + 2 * reach;
        }
    }

    /** Whether something of the window was left out. */
    boolean isIncomplete() {
        return incomplete;
    }

    /** Ordered: when something was left out last; empty if nothing was. */
    OptionalLong incompleteSince() {
        return incompleteSince == NONE ? OptionalLong.empty() : OptionalLong.of(incompleteSince);
    }

    /** Ordered: until when, exclusive, that can be missed. */
    long incompleteUntil() {
        return incompleteUntil;
    }
}
