package dev.vaultwatch.alert;

import dev.vaultwatch.api.AcknowledgingAlertListener;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.NoticeListener;
import dev.vaultwatch.api.PluginContext;

/**
 * The host's listeners. A simple alert listener is one that acknowledges by returning. Immutable.
 *
 * @param alerts given every alert
 * @param notices given every notice
 */
public record Listeners(AcknowledgingAlertListener alerts, NoticeListener notices) {

    /** Listeners of which the first acknowledges by returning. */
    public static Listeners of(AlertListener alerts, NoticeListener notices) {
        return new Listeners(
                (alert, acknowledgement) -> {
                    hand(alerts, alert);
                    acknowledgement.acknowledge();
                },
                notices);
    }

    /** Those that a host has put into the context. */
    public static Listeners of(PluginContext context) {
        return context.acknowledging()
                .map(alerts -> new Listeners(alerts, context.notices()))
                .orElseGet(() -> of(context.alerts().orElseThrow(), context.notices()));
    }

    private static void hand(AlertListener listener, Alert alert) {
        AlertStage stage = alert.stage();
        switch (stage) {
            case EARLY -> listener.onEarly(alert);
            case ON_TIME -> listener.onAlert(alert);
            case REVISED -> listener.onRevised(alert);
            case RETRACTED -> listener.onRetracted(alert);
        }
    }
}
