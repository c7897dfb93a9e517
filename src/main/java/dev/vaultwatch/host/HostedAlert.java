package dev.vaultwatch.host;

import dev.vaultwatch.alert.format.AlertFormats;
import dev.vaultwatch.alert.format.Rendered;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.RuleInfo;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An alert as plain data. A host may keep one in a queue and ask for its JSON after the plugin is closed and its classes are
 * gone: the formats come from the jar that this class came from, and write only when asked.
 */
record HostedAlert(
        String id,
        AlertStage stage,
        int revision,
        String ruleId,
        String ruleName,
        int ruleVersion,
        String severity,
        int riskScore,
        Instant windowStart,
        Instant windowEnd,
        Map<String, String> groupingKey,
        Optional<Long> eventCount,
        Map<String, Object> outputs,
        RuleInfo ruleInfo,
        Map<String, Integer> truncated,
        long eventsWithoutEvidence,
        boolean isAtLeast,
        boolean isOpen,
        boolean isHistoryComplete,
        Rendered rendered)
        implements Alert {

    /** Copies an alert; to be called under the plugin's context class loader. */
    static HostedAlert of(Alert alert) {
        return new HostedAlert(
                alert.id(),
                alert.stage(),
                alert.revision(),
                alert.ruleId(),
                alert.ruleName(),
                alert.ruleVersion(),
                alert.severity(),
                alert.riskScore(),
                alert.windowStart(),
                alert.windowEnd(),
                Collections.unmodifiableMap(new LinkedHashMap<>(alert.groupingKey())),
                alert.eventCount(),
                Collections.unmodifiableMap(new LinkedHashMap<>(alert.outputs())),
                alert.ruleInfo(),
                Collections.unmodifiableMap(new LinkedHashMap<>(alert.truncated())),
                alert.eventsWithoutEvidence(),
                alert.isAtLeast(),
                alert.isOpen(),
                alert.isHistoryComplete(),
                new Rendered());
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
}
