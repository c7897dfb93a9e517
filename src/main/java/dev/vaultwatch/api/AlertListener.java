package dev.vaultwatch.api;

/**
 * Receives alerts. One method is enough: it is called once for each alert when its window closes, and again only if late
 * events change it.
 *
 * <p>Called on the thread of whoever called the plugin, or on the idle ticker; never by two threads at once; in the order
 * in which the engine raised the alerts. It may call the plugin: what that raises is delivered after it returns. What it throws
 * is caught, counted in {@link PluginHealth#listenerFailures()} and logged, the first at WARN and without its message, which
 * may name people; the next alert is delivered all the same. While it runs, other threads go on feeding and the alerts they
 * raise wait; when {@code bounds.alert-queue} of them do, {@code accept} answers {@link Admission.Status#OVERLOADED}. One
 * that never returns holds up every later alert, but not {@link DetectionPlugin#close()}.
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
}
