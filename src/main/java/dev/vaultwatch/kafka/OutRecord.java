package dev.vaultwatch.kafka;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.LateEvent;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** A record for one of the outgoing topics. */
final class OutRecord {
    private final String key;
    private final byte[] value;
    private final Headers headers;

    private OutRecord(String key, byte[] value, Headers headers) {
        this.key = key;
        this.value = value;
        this.headers = headers;
    }

    /** Empty for none. */
    String key() {
        return key;
    }

    /** Not copied. */
    byte[] value() {
        return value;
    }

    Headers headers() {
        return headers;
    }

    /** Key: the alert's id. Headers: {@code stage}, {@code revision}, {@code rule}. */
    static OutRecord of(Alert alert, AlertFormat format) {
        Headers headers = headers(Map.of(
                "stage", alert.stage().name(), "revision", String.valueOf(alert.revision()), "rule", alert.ruleId()));
        return new OutRecord(alert.id(), utf8(format.render(alert)), headers);
    }

    /** Value: the record as it came, cut as {@link DeadLetter} says. Headers: what was wrong with it and where. */
    static OutRecord of(DeadLetter letter) {
        Headers headers = headers(Map.of(
                "reason", letter.reason().name(),
                "pointer", letter.pointer(),
                "problem", letter.problem(),
                "expected", letter.expected()));
        return new OutRecord("", utf8(letter.record()), headers);
    }

    /** Characters of a text of a late event: all texts of an event together fit into a message then. */
    private static final int LONGEST = 2_048;

    /** Value: the event as one line of JSON by ECS names, texts of at most 2,048 characters. Headers: {@code source}, {@code time}, {@code watermark}. */
    static OutRecord of(LateEvent event) {
        Headers headers = headers(Map.of(
                "source", event.source(),
                "time", event.eventTime().toString(),
                "watermark", event.watermark().toString()));
        Map<String, String> fields = new LinkedHashMap<>(event.fields());
        fields.replaceAll((name, value) -> Shortened.text(value, LONGEST));
        return new OutRecord("", utf8(JsonText.object(fields)), headers);
    }

    /**
     * What became of a change of rules. Key: its version. Value: one line of JSON. Headers: {@code outcome}.
     *
     * @param outcome {@code ACCEPTED}, {@code REFUSED}, {@code READY} or {@code APPLIED}
     * @param task the task that says so; empty for the one that decides
     * @param watermark how far the task's event time had come; empty if it is not known
     * @param faults why it was refused
     */
    static OutRecord ofRules(
            String version,
            String from,
            String outcome,
            String instance,
            String task,
            String watermark,
            List<String> faults) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("version", version);
        fields.put("from", from);
        fields.put("outcome", outcome);
        fields.put("instance", instance);
        fields.put("task", task);
        fields.put("watermark", watermark);
        fields.put("faults", String.join("\n", faults));
        fields.values().removeIf(String::isEmpty);
        return new OutRecord(version, utf8(JsonText.object(fields)), headers(Map.of("outcome", outcome)));
    }

    private static Headers headers(Map<String, String> values) {
        Headers headers = new RecordHeaders();
        values.forEach((name, value) -> headers.add(name, utf8(value)));
        return headers;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
