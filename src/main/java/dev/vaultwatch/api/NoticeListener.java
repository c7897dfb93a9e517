package dev.vaultwatch.api;

/**
 * Receives what the operator should know and no alert says. Called like {@link AlertListener}, in the same order. What it throws is
 * caught, counted and logged.
 */
@FunctionalInterface
public interface NoticeListener {
    /**
     * Something happened that an operator should know.
     *
     * @param notice may be kept; immutable
     */
    void onNotice(Notice notice);
}
