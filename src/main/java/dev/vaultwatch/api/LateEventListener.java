package dev.vaultwatch.api;

/**
 * The side output: events whose window could not change any more when they came. Called on the thread that gave the event, outside any
 * lock, possibly by several threads at once. What it throws is caught, counted and logged.
 */
@FunctionalInterface
public interface LateEventListener {
    /**
     * An event came too late for its window.
     *
     * @param event may be kept; immutable
     */
    void onLateEvent(LateEvent event);
}
