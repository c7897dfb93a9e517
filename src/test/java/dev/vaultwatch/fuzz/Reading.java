package dev.vaultwatch.fuzz;

import dev.vaultwatch.fuzz.Scenario.Feeder;

/** How far a host has read one source. */
final class Reading {
    final Feeder feeder;

    /** The next record to give, the first that is not committed, the first of the epoch, one behind the last ever given. */
    int next;

    int commit;
    int epochStart;
    int epoch;
    int given;

    /** Records whose feeding was put off by an OVERLOADED, and what the dead process said of those it had not finished. */
    int waiting;

    boolean closed;

    /** Another instance owns it now. */
    boolean revoked;

    Reading(Feeder feeder) {
        this.feeder = feeder;
    }

    long offset(int index) {
        return (long) (index - epochStart) * feeder.gap();
    }

    boolean isOpen() {
        return !closed && !revoked;
    }

    boolean ended() {
        return revoked || next >= feeder.items().size();
    }
}
