package dev.vaultwatch.api;

/**
 * Receives alerts that count as delivered when they are acknowledged, and not when the callback returns: for hosts that put
 * alerts into a queue or send them over a network.
 *
 * <p>Called as {@link AlertListener} is, for every stage. If it throws, the alert is delivered again after a pause that
 * doubles from 100 ms to 10 s, {@value #MOST_ATTEMPTS} attempts in all; the feeding threads do not wait meanwhile. What is not
 * acknowledged comes again after a restart, if there is a journal on disk. An alert can therefore come more than once, with
 * the same id, stage and revision.
 */
@FunctionalInterface
public interface AcknowledgingAlertListener {

    /** Attempts at delivering one alert in the life of a plugin; a further one follows a restart. */
    int MOST_ATTEMPTS = 8;

    /**
     * An alert, whatever its stage.
     *
     * @param alert may be kept
     * @param acknowledgement to be called when the alert has arrived; may be kept
     */
    void onAlert(Alert alert, Acknowledgement acknowledgement);
}
