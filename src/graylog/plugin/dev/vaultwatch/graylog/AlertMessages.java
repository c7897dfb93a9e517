package dev.vaultwatch.graylog;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.RuleInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.graylog2.plugin.Message;
import org.graylog2.plugin.MessageFactory;
import org.joda.time.DateTime;
import org.joda.time.DateTimeZone;

/**
 * Makes a Graylog message of an alert: the text form as the message, facts as fields under {@code vaultwatch_}, and the rule's outputs
 * under their own names. Lists are joined, since a Graylog field has one value.
 */
final class AlertMessages {
    private static final String OURS = "vaultwatch_";

    private final MessageFactory messages;

    AlertMessages(MessageFactory messages) {
        this.messages = messages;
    }

    /** Each stage is a message of its own; the id is the same on every replay, so that one that comes twice is stored once. */
    Message of(Alert alert) {
        RuleInfo rule = alert.ruleInfo();
        Map<String, Object> fields = new LinkedHashMap<>();
        alert.outputs().forEach((name, value) -> put(fields, key(name), text(value)));
        alert.groupingKey().forEach((name, value) -> put(fields, key(name), value));
        put(fields, OURS + "alert_id", alert.id());
        put(fields, OURS + "stage", alert.stage().name());
        fields.put(OURS + "revision", (long) alert.revision());
        put(fields, OURS + "rule", rule.id());
        put(fields, OURS + "rule_name", rule.name());
        put(fields, OURS + "severity", alert.severity());
        fields.put(OURS + "risk_score", (long) alert.riskScore());
        alert.eventCount().ifPresent(count -> fields.put(OURS + "event_count", count));
        put(fields, OURS + "at_least", Boolean.toString(alert.isAtLeast()));
        put(fields, OURS + "window_end", alert.windowEnd().toString());
        put(fields, OURS + "tags", String.join(", ", rule.tags()));
        put(
                fields,
                OURS + "attack",
                rule.threats().stream()
                        .flatMap(threat -> threat.techniques().stream())
                        .map(technique -> technique.attack().id())
                        .collect(Collectors.joining(", ")));
        fields.put(Message.FIELD_MESSAGE, alert.toText());
        fields.put(Message.FIELD_SOURCE, "vaultwatch");
        fields.put(Message.FIELD_TIMESTAMP, new DateTime(alert.windowStart().toEpochMilli(), DateTimeZone.UTC));
        return messages.createMessage(alert.id() + "-" + alert.stage() + "-" + alert.revision(), fields);
    }

    /** Graylog drops fields whose name has another sign than these. */
    private static String key(String name) {
        return name.replaceAll("[^\\w.@-]", "_");
    }

    private static Object text(Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(Object::toString).collect(Collectors.joining(", "));
        }
        return value instanceof Number || value instanceof Boolean ? value : value.toString();
    }

    private static void put(Map<String, Object> fields, String name, Object value) {
        if (!value.toString().isEmpty()) {
            fields.put(name, value);
        }
    }
}
