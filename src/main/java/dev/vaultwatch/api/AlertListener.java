package dev.vaultwatch.api;

/**
 * Receives alerts. One method is enough: it is called once for each alert when its window closes, and again only if late
 * events change it.
 *
 * <p>Called on the thread of whoever called the plugin, or on one of the plugin's own, or on the executor that
 * {@link PluginContext.Builder#deliverOn} names; never by two threads at once; alerts of one id in the order in which the
 * engine raised them. It may call the plugin: what that raises is delivered after it returns.
 *
 * <h2>What returning and throwing mean</h2>
 *
 * An alert counts as delivered when the method returns. If it throws, the alert is delivered again after a pause that doubles
 * from 100 ms to 10 s, {@value AcknowledgingAlertListener#MOST_ATTEMPTS} attempts in all; other alerts are delivered
 * meanwhile and no feeding thread waits. After the last attempt a {@link Notice.Kind#DELIVERY_FAILED} says so, and the alert
 * comes again after a restart if there is a journal on disk. What was thrown is counted in
 * {@link Counter#LISTENER_FAILURES} and logged, the first at WARN and without its message, which may name people. A host that
 * hands alerts on, to a queue or a network, takes an {@link AcknowledgingAlertListener} instead.
 *
 * <p>While it runs, other threads go on feeding and the alerts they raise wait; when {@code bounds.alert-queue} of them do,
 * {@code accept} answers {@link Admission.Status#OVERLOADED}. One that does not return within 10 s is named in a
 * {@link Notice.Kind#LISTENER_STUCK}; it holds up every later alert, but not {@link DetectionPlugin#close()}.
 */
@FunctionalInterface
public interface AlertListener {

    /**
     * The window has closed and these are its totals ({@link AlertStage#ON_TIME}).
     *
     * @param alert may be kept
     */
    void onAlert(Alert alert);

    /**
     * The event that crosses the threshold has just arrived; the window is still open ({@link AlertStage#EARLY}). Does nothing by
     * default.
     *
     * @param alert may be kept
     */
    default void onEarly(Alert alert) {}

    /**
     * Late events changed an alert's totals, or raised it ({@link AlertStage#REVISED}). Calls {@link #onAlert} by default.
     *
     * @param alert may be kept; takes the place of what came before under the same id
     */
    default void onRevised(Alert alert) {
        onAlert(alert);
    }

    /**
     * What was said of an alert is not true ({@link AlertStage#RETRACTED}). Calls {@link #onRevised} by default.
     *
     * @param alert may be kept; it carries what was said last under the same id
     */
    default void onRetracted(Alert alert) {
        onRevised(alert);
    }
}
