package dev.vaultwatch.api;

/**
 * The receipt for one alert. Until it is acknowledged the alert counts as not delivered: it comes again after a restart, and
 * {@link DetectionPlugin#health()} counts it as waiting. Any thread may call it, at any time, also after the callback has
 * returned.
 */
public interface Acknowledgement {

    /** The alert has arrived where it must. A second call does nothing. */
    void acknowledge();

    /**
     * The alert could not be handed on: it is delivered again after a pause, as if the listener had thrown. Does nothing once
     * it was acknowledged.
     */
    void retry();
}
