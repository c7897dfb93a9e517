package dev.vaultwatch.flink;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.AlertStage;

/**
 * An alert as it leaves the operator. A transactional sink brings each id, stage and revision once; any other may bring them
 * again after a failure.
 *
 * @param id {@link Alert#id()}
 * @param stage {@link Alert#stage()}
 * @param revision {@link Alert#revision()}
 * @param rule the rule's id
 * @param body the alert in the format that the job chose
 */
public record DetectedAlert(String id, AlertStage stage, int revision, String rule, String body) {
    static DetectedAlert of(Alert alert, AlertFormat format) {
        return new DetectedAlert(alert.id(), alert.stage(), alert.revision(), alert.ruleId(), alert.render(format));
    }
}
