package dev.vaultwatch.alert;

import dev.vaultwatch.alert.format.AlertFormats;
import dev.vaultwatch.alert.format.Rendered;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.RuleInfo;
import dev.vaultwatch.rule.Rule;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * An alert as the desk makes it: a view of what was said.
 *
 * @param rendered what was written of it so far
 */
record DeskAlert(Said said, Rendered rendered) implements Alert {

    DeskAlert(Said said) {
        this(said, new Rendered());
    }

    Rule rule() {
        return said.rule().rule();
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
    public RuleInfo ruleInfo() {
        return rule().info();
    }

    @Override
    public Map<String, Integer> truncated() {
        return said.truncated();
    }

    @Override
    public long eventsWithoutEvidence() {
        return said.withoutEvidence();
    }

    @Override
    public boolean isAtLeast() {
        return said.atLeast();
    }

    @Override
    public boolean isHistoryComplete() {
        return !said.incompleteHistory();
    }

    @Override
    public String render(AlertFormat format) {
        return rendered.in(format, this);
    }

    @Override
    public String toEcsJson() {
        return render(AlertFormats.ecs());
    }

    @Override
    public String toText() {
        return render(AlertFormats.text());
    }

    /** Short, because it stands in messages. */
    @Override
    public String toString() {
        return stage() + " " + id() + " " + rule().id() + ": " + groupingKey().values();
    }
}
