package dev.vaultwatch.api;

/** Where an alert stands in its life. All stages of one alert carry the same {@link Alert#id()}. */
public enum AlertStage {
    /** Raised by the very event that crossed the threshold; totals are those up to it. */
    EARLY,
    /** The window has closed; totals are those of every event that was in time. */
    ON_TIME,
    /** Late events changed the totals after the close, or raised the alert; {@link Alert#revision()} counts up from 1. */
    REVISED,
    /**
     * What was said of it is not true: the close did not confirm an EARLY, or late events took it below the rule's conditions. It
     * carries what was said last.
     */
    RETRACTED
}
