package dev.vaultwatch.tool.cases;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;

/** Hands every stage of every alert to an outcome. */
final class AllStages implements AlertListener {
    private final Outcome outcome;

    AllStages(Outcome outcome) {
        this.outcome = outcome;
    }

    @Override
    public void onAlert(Alert alert) {
        outcome.said(alert);
    }

    @Override
    public void onEarly(Alert alert) {
        outcome.said(alert);
    }
}
