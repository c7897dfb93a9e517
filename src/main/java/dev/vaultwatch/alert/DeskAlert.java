package dev.vaultwatch.alert;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.rule.Rule;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * An alert as the desk makes it.
 *
 * @param truncated columns whose list was cut, and how many values each had
 * @param withoutEvidence events that are in the count and whose values are in no list, because of a bound
 */
record DeskAlert(
        String id,
        AlertStage stage,
        int revision,
        Rule rule,
        Instant windowStart,
        Map<String, String> groupingKey,
        Map<String, Object> outputs,
        Map<String, Integer> truncated,
        long withoutEvidence)
        implements Alert {

    @Override
    public String ruleId() {
        return rule.id();
    }

    @Override
    public String ruleName() {
        return rule.name();
    }

    @Override
    public int ruleVersion() {
        return rule.version();
    }

    @Override
    public String severity() {
        return rule.severity();
    }

    @Override
    public int riskScore() {
        return rule.riskScore();
    }

    @Override
    public Instant windowEnd() {
        return windowStart.plus(rule.window().memory());
    }

    @Override
    public Optional<Long> eventCount() {
        return rule.eventCount()
                .map(outputs::get)
                .filter(Long.class::isInstance)
                .map(Long.class::cast);
    }

    @Override
    public String toEcsJson() {
        return EcsJson.write(this);
    }

    @Override
    public String toText() {
        return AlertText.write(this);
    }

    /** Short, because it stands in messages. */
    @Override
    public String toString() {
        return stage + " " + id + " " + rule.id() + ": " + AlertText.summary(this);
    }
}
