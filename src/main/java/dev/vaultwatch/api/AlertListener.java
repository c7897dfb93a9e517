package dev.vaultwatch.api;

/**
 * Receives alerts. One method is enough: it is called once for each alert when its window closes, and again only if late
 * events change it.
 *
 * <p>Called on the thread of whoever called the plugin, or on the idle ticker; never by two threads at once; in the order
 * in which the engine raised the alerts. It may call the plugin: what that raises is delivered after it returns. What it throws
 * is caught, counted in {@link PluginHealth#listenerFailures()} and logged; the next alert is delivered all the same.
 */
@FunctionalInterface
public interface AlertListener {

    /** The window has closed and these are its totals ({@link AlertStage#ON_TIME}). */
    void onAlert(Alert alert);

    /** The event that crosses the threshold has just arrived; the window is still open ({@link AlertStage#EARLY}). */
    default void onEarly(Alert alert) {}

    /** Late events changed an alert's totals, or raised it ({@link AlertStage#REVISED}). */
    default void onRevised(Alert alert) {
        onAlert(alert);
    }
}
