package dev.vaultwatch.api;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/**
 * What became of one event on its way to one rule.
 *
 * @param time the event's
 * @param fate what became of it
 * @param reason more about that: the exception's id, or the property that is missing; empty where there is none
 * @param event what it says, in the shape of the Elastic Common Schema; unmodifiable
 */
public record TracedEvent(Instant time, Fate fate, String reason, Map<String, String> event) {

    /** Checks that nothing is missing, and copies the map. */
    public TracedEvent {
        Objects.requireNonNull(time, "time");
        Objects.requireNonNull(fate, "fate");
        Objects.requireNonNull(reason, "reason");
        event = Map.copyOf(event);
    }

    /** What became of an event. */
    public enum Fate {
        /** The rule was given it; its own condition may have passed it over all the same. */
        GIVEN,
        /** The rule was given it after its window had closed, and judged the window again. */
        GIVEN_LATE,
        /** The rule was not given it in full: it was counted alone, or a bound was reached. */
        CUT,
        /** The rule does not look at its action. */
        OTHER_ACTION,
        /** It lacks a property that the rule needs. */
        INCOMPLETE,
        /** An exception of the site's tuning keeps it from counting. */
        EXCEPTED,
        /** It came when its window could not change any more. */
        LATE,
        /** It equals one that came before (configuration key {@code dedupe}). */
        REPEATED
    }
}
