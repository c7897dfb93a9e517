package dev.vaultwatch.api;

/**
 * Receives what the operator should know and no alert says. Called like {@link AlertListener}, in the same order. What it throws is
 * caught, counted and logged.
 */
@FunctionalInterface
public interface NoticeListener {
    void onNotice(Notice notice);
}
