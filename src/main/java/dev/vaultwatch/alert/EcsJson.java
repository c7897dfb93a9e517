package dev.vaultwatch.alert;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.vaultwatch.rule.Rule;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Writes an alert in the shape of the Elastic Common Schema ({@value #ECS_VERSION}: {@code rule.*}, {@code event.*}, {@code threat.*}),
 * with every column of the rule under its own name at the top, so that queries written against the upstream rule's output find
 * what they look for. Ours is under {@code vaultwatch}. {@code @timestamp} is the window's start, which a replay finds again.
 */
final class EcsJson {
    private static final JsonFactory JSON = new JsonFactory();

    /** ECS asks for it in every document, so that a reader knows which fields to expect. */
    private static final String ECS_VERSION = "8.17.0";

    /** Names that are written here; a rule's column of the same name would stand twice in one object. */
    private static final Set<String> OWN = Set.of(
            "@timestamp", "ecs", "message", "event", "rule", "threat", "vaultwatch", "Esql.time_window_date_trunc");

    private EcsJson() {}

    static String write(DeskAlert alert) {
        StringWriter out = new StringWriter(1024);
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("@timestamp", Times.iso(alert.windowStart()));
            json.writeObjectFieldStart("ecs");
            json.writeStringField("version", ECS_VERSION);
            json.writeEndObject();
            json.writeStringField("message", AlertText.summary(alert));
            writeEvent(json, alert);
            writeRule(json, alert.rule());
            writeThreat(json, alert.rule().threats());
            json.writeStringField("Esql.time_window_date_trunc", Times.iso(alert.windowStart()));
            for (Map.Entry<String, Object> output : alert.outputs().entrySet()) {
                if (OWN.contains(output.getKey())) {
                    continue;
                }
                json.writeFieldName(output.getKey());
                writeValue(json, output.getValue());
            }
            writeOurs(json, alert);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("A string writer does not fail.", e);
        }
        return out.toString();
    }

    private static void writeEvent(JsonGenerator json, DeskAlert alert) throws IOException {
        json.writeObjectFieldStart("event");
        json.writeStringField("kind", "alert");
        writeTexts(json, "category", List.of("intrusion_detection"));
        writeTexts(json, "type", List.of("info"));
        json.writeStringField("provider", "vaultwatch");
        json.writeStringField("id", alert.id());
        json.writeStringField("start", Times.iso(alert.windowStart()));
        json.writeStringField("end", Times.iso(alert.windowEnd()));
        json.writeNumberField("severity", alert.riskScore());
        json.writeNumberField("risk_score", alert.riskScore());
        json.writeEndObject();
    }

    private static void writeRule(JsonGenerator json, Rule rule) throws IOException {
        json.writeObjectFieldStart("rule");
        json.writeStringField("id", rule.id());
        json.writeStringField("name", rule.name());
        json.writeStringField("version", Integer.toString(rule.version()));
        json.writeStringField("description", rule.description());
        json.writeStringField("ruleset", "vaultwatch");
        if (!rule.references().isEmpty()) {
            json.writeStringField("reference", rule.references().get(0));
        }
        json.writeEndObject();
    }

    private static void writeThreat(JsonGenerator json, List<Rule.Threat> threats) throws IOException {
        if (threats.isEmpty()) {
            return;
        }
        List<Rule.Attack> tactics = threats.stream().map(Rule.Threat::tactic).toList();
        List<Rule.Technique> techniques =
                threats.stream().flatMap(threat -> threat.techniques().stream()).toList();
        List<Rule.Attack> subtechniques = techniques.stream()
                .flatMap(technique -> technique.subtechniques().stream())
                .toList();
        json.writeObjectFieldStart("threat");
        json.writeStringField("framework", "MITRE ATT&CK");
        json.writeObjectFieldStart("tactic");
        writeAttacks(json, tactics);
        json.writeEndObject();
        json.writeObjectFieldStart("technique");
        writeAttacks(json, techniques.stream().map(Rule.Technique::attack).toList());
        json.writeObjectFieldStart("subtechnique");
        writeAttacks(json, subtechniques);
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void writeAttacks(JsonGenerator json, List<Rule.Attack> attacks) throws IOException {
        writeTexts(json, "id", map(attacks, Rule.Attack::id));
        writeTexts(json, "name", map(attacks, Rule.Attack::name));
        writeTexts(json, "reference", map(attacks, Rule.Attack::reference));
    }

    private static void writeOurs(JsonGenerator json, DeskAlert alert) throws IOException {
        json.writeObjectFieldStart("vaultwatch");
        json.writeObjectFieldStart("alert");
        json.writeStringField("id", alert.id());
        json.writeStringField("stage", alert.stage().name());
        json.writeNumberField("revision", alert.revision());
        json.writeStringField("severity", alert.severity());
        if (alert.withoutEvidence() > 0) {
            json.writeNumberField("events_without_evidence", alert.withoutEvidence());
        }
        if (!alert.truncated().isEmpty()) {
            json.writeObjectFieldStart("truncated");
            for (Map.Entry<String, Integer> cut : alert.truncated().entrySet()) {
                json.writeNumberField(cut.getKey(), cut.getValue());
            }
            json.writeEndObject();
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void writeValue(JsonGenerator json, Object value) throws IOException {
        if (value instanceof List<?> list) {
            json.writeStartArray();
            for (Object each : list) {
                writeValue(json, each);
            }
            json.writeEndArray();
        } else if (value instanceof Long number) {
            json.writeNumber(number);
        } else if (value instanceof Double number) {
            json.writeNumber(number);
        } else if (value instanceof Boolean truth) {
            json.writeBoolean(truth);
        } else {
            json.writeString(value.toString());
        }
    }

    private static void writeTexts(JsonGenerator json, String field, List<String> texts) throws IOException {
        json.writeArrayFieldStart(field);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    private static <T> List<String> map(List<T> values, Function<T, String> text) {
        return values.stream().map(text).toList();
    }
}
