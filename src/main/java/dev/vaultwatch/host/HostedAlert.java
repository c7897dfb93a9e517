package dev.vaultwatch.host;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An alert as plain data. A host may keep one in a queue and ask for its JSON after the plugin is closed and its classes are
 * gone; so both forms are written while the plugin is there, at some tens of microseconds each.
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
        String toEcsJson,
        String toText)
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
                alert.toEcsJson(),
                alert.toText());
    }
}
