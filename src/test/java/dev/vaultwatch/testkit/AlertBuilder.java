package dev.vaultwatch.testkit;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Makes an alert without a plugin. Unset values are those of an alert of the rule {@code excessive-secret-retrieval} about
 * {@code mallory@contoso.example}: 12 events in the minute from 2026-11-03T02:41Z. The id is made of rule, window and key, so equal
 * alerts have equal ids and stages of one alert share theirs; it is not the id that a plugin would give. Not thread-safe.
 */
public final class AlertBuilder {
    private static final String UPN = "azure.platformlogs.identity.claim.upn";

    private AlertStage stage = AlertStage.ON_TIME;
    private int revision;
    private String ruleId = "excessive-secret-retrieval";
    private String severity = "medium";
    private int riskScore = 43;
    private Instant windowStart = Instant.parse("2026-11-03T02:41:00Z");
    private Duration window = Duration.ofMinutes(1);
    private final Map<String, String> key = new LinkedHashMap<>(Map.of(UPN, "mallory@contoso.example"));
    private Optional<Long> eventCount = Optional.of(12L);
    private final Map<String, Object> outputs = new LinkedHashMap<>();

    private AlertBuilder() {}

    /** Starts with the values above. */
    public static AlertBuilder alert() {
        return new AlertBuilder();
    }

    /** Sets {@link Alert#stage()}. */
    public AlertBuilder stage(AlertStage value) {
        stage = value;
        return this;
    }

    /** Sets {@link Alert#revision()}. */
    public AlertBuilder revision(int value) {
        revision = value;
        return this;
    }

    /** Sets {@link Alert#ruleId()}, and the rule's name to it. */
    public AlertBuilder rule(String id) {
        ruleId = id;
        return this;
    }

    /** Sets {@link Alert#severity()} and {@link Alert#riskScore()}. */
    public AlertBuilder severity(String value, int score) {
        severity = value;
        riskScore = score;
        return this;
    }

    /** Sets the window. */
    public AlertBuilder window(Instant start, Duration length) {
        windowStart = start;
        window = length;
        return this;
    }

    /** Sets the user that the alert is about. */
    public AlertBuilder upn(String upn) {
        return key(Map.of(UPN, upn));
    }

    /** Sets {@link Alert#groupingKey()}. */
    public AlertBuilder key(Map<String, String> columns) {
        key.clear();
        key.putAll(columns);
        return this;
    }

    /** Sets {@link Alert#eventCount()}. */
    public AlertBuilder events(long count) {
        eventCount = Optional.of(count);
        return this;
    }

    /** Adds one of {@link Alert#outputs()}. */
    public AlertBuilder output(String name, Object value) {
        outputs.put(name, value);
        return this;
    }

    /** Makes the alert. */
    public Alert build() {
        Map<String, Object> all = new LinkedHashMap<>(key);
        eventCount.ifPresent(count -> all.put("Esql.event_count", count));
        all.putAll(outputs);
        return new Made(
                String.format(
                        "%016x%08x%08x",
                        windowStart.toEpochMilli(),
                        ruleId.hashCode(),
                        new TreeMap<>(key).toString().hashCode()),
                stage,
                revision,
                ruleId,
                ruleId,
                1,
                severity,
                riskScore,
                windowStart,
                windowStart.plus(window),
                Collections.unmodifiableMap(new LinkedHashMap<>(key)),
                eventCount,
                Collections.unmodifiableMap(all));
    }

    private record Made(
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
            Map<String, Object> outputs)
            implements Alert {

        /** A line of JSON with the id, the stage and the rule; enough to see that a host hands it on whole. */
        @Override
        public String toEcsJson() {
            return "{\"@timestamp\":\"" + windowStart + "\",\"vaultwatch\":{\"alert\":{\"id\":\"" + id
                    + "\",\"stage\":\"" + stage + "\",\"revision\":" + revision + "}},\"rule\":{\"name\":\"" + ruleId
                    + "\"}}";
        }

        @Override
        public String toText() {
            return "[" + severity + " " + riskScore + "] " + stage + " " + groupingKey.values() + " " + ruleId
                    + "\n  alert   " + id;
        }
    }
}
