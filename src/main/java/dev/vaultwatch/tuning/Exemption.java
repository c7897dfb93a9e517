package dev.vaultwatch.tuning;

import java.time.Instant;

/**
 * An exception that a site makes of a rule: what it does not want to be told of, why, on whose word and how long.
 *
 * @param id such as EX-12; once in a tuning
 * @param on what it is about
 * @param where what must hold
 * @param why for whoever reads it in a year
 * @param by who answers for it
 * @param until from when on it does not apply any more
 * @param pointer where it stands in the file
 */
record Exemption(String id, On on, Conditions where, String why, String by, Instant until, String pointer) {

    /** What an exception is about. */
    enum On {
        /** Events: they do not count towards the rule. */
        EVENTS,
        /** Alerts: they are not delivered; counts stay as they are. */
        ALERTS
    }

    /** Whether it applies to what happened at that time. */
    boolean appliesAt(long time) {
        return time < until.toEpochMilli();
    }
}
