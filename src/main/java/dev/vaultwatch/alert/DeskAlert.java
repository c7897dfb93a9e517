package dev.vaultwatch.alert;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.rule.Rule;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** An alert as the desk makes it: a view of what was said. */
record DeskAlert(Said said) implements Alert {

    Rule rule() {
        return said.rule().rule();
    }

    /** Columns whose list was cut, and how many values each had. */
    Map<String, Integer> truncated() {
        return said.truncated();
    }

    /** Events that are in the count and whose values are in no list, because of a bound. */
    long withoutEvidence() {
        return said.withoutEvidence();
    }

    @Override
    public String id() {
        return said.id();
    }

    @Override
    public AlertStage stage() {
        return said.stage();
    }

    @Override
    public int revision() {
        return said.revision();
    }

    @Override
    public String ruleId() {
        return rule().id();
    }

    @Override
    public String ruleName() {
        return rule().name();
    }

    @Override
    public int ruleVersion() {
        return rule().version();
    }

    @Override
    public String severity() {
        return rule().severity();
    }

    @Override
    public int riskScore() {
        return rule().riskScore();
    }

    @Override
    public Instant windowStart() {
        return Instant.ofEpochMilli(said.start());
    }

    @Override
    public Instant windowEnd() {
        return Instant.ofEpochMilli(said.end());
    }

    @Override
    public Map<String, String> groupingKey() {
        return said.key();
    }

    @Override
    public Optional<Long> eventCount() {
        return rule().eventCount()
                .map(outputs()::get)
                .filter(Long.class::isInstance)
                .map(Long.class::cast);
    }

    @Override
    public Map<String, Object> outputs() {
        return said.columns();
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
        return stage() + " " + id() + " " + rule().id() + ": " + AlertText.summary(this);
    }
}
