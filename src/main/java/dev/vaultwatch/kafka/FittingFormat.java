package dev.vaultwatch.kafka;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.RuleInfo;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A format whose text fits into a message: a decorator. The producer refuses what does not, and a host that ended by one alert would meet
 * it again at every start. Of an alert that is too large, lists are cut, to half as many values each time, and it says how many each
 * had. Of one that is too large with one value a list, texts are cut, its key's among them, to half as many characters each time; the
 * alert's id tells keys apart that look alike then. Immutable; any thread may use it.
 */
final class FittingFormat implements AlertFormat {
    /** Characters that each text keeps. */
    private static final int SHORTEST = 64;

    private final AlertFormat format;
    private final int mostBytes;

    /** Takes the most bytes of UTF-8 that a text may have. */
    FittingFormat(AlertFormat format, int mostBytes) {
        this.format = format;
        this.mostBytes = mostBytes;
    }

    @Override
    public String name() {
        return format.name();
    }

    @Override
    public String render(Alert alert) {
        String text = format.render(alert);
        int values = fits(text) ? 1 : longest(alert);
        while (values > 1 && !fits(text)) {
            values /= 2;
            text = format.render(Cut.of(alert, values));
        }
        int length = fits(text)
                ? 0
                : Math.max(
                        Shortened.longest(alert.outputs().values()),
                        Shortened.longest(alert.groupingKey().values()));
        while (length > SHORTEST && !fits(text)) {
            length = Math.max(SHORTEST, length / 2);
            text = format.render(Cut.of(alert, 1).shortened(length));
        }
        return text;
    }

    private boolean fits(String text) {
        return text.length() <= mostBytes / 3 || text.getBytes(StandardCharsets.UTF_8).length <= mostBytes;
    }

    private static int longest(Alert alert) {
        return alert.outputs().values().stream()
                .mapToInt(value -> value instanceof List<?> list ? list.size() : 1)
                .max()
                .orElse(1);
    }

    /** An alert with shorter lists and texts. */
    private record Cut(
            Alert whole, Map<String, String> groupingKey, Map<String, Object> outputs, Map<String, Integer> truncated)
            implements Alert {
        static Cut of(Alert alert, int values) {
            Map<String, Object> outputs = new LinkedHashMap<>(alert.outputs());
            Map<String, Integer> truncated = new LinkedHashMap<>(alert.truncated());
            outputs.replaceAll((name, value) -> {
                if (!(value instanceof List<?> list) || list.size() <= values) {
                    return value;
                }
                truncated.putIfAbsent(name, list.size());
                return list.subList(0, values);
            });
            return new Cut(
                    alert,
                    alert.groupingKey(),
                    Collections.unmodifiableMap(outputs),
                    Collections.unmodifiableMap(truncated));
        }

        Cut shortened(int length) {
            Map<String, String> key = new LinkedHashMap<>(groupingKey);
            key.replaceAll((name, value) -> Shortened.text(value, length));
            Map<String, Object> values = new LinkedHashMap<>(outputs);
            values.replaceAll((name, value) -> Shortened.value(value, length));
            return new Cut(whole, Collections.unmodifiableMap(key), Collections.unmodifiableMap(values), truncated);
        }

        @Override
        public String id() {
            return whole.id();
        }

        @Override
        public AlertStage stage() {
            return whole.stage();
        }

        @Override
        public int revision() {
            return whole.revision();
        }

        @Override
        public String ruleId() {
            return whole.ruleId();
        }

        @Override
        public String ruleName() {
            return whole.ruleName();
        }

        @Override
        public int ruleVersion() {
            return whole.ruleVersion();
        }

        @Override
        public String severity() {
            return whole.severity();
        }

        @Override
        public int riskScore() {
            return whole.riskScore();
        }

        @Override
        public Instant windowStart() {
            return whole.windowStart();
        }

        @Override
        public Instant windowEnd() {
            return whole.windowEnd();
        }

        @Override
        public Optional<Long> eventCount() {
            return whole.eventCount();
        }

        @Override
        public RuleInfo ruleInfo() {
            return whole.ruleInfo();
        }

        @Override
        public long eventsWithoutEvidence() {
            return whole.eventsWithoutEvidence();
        }

        @Override
        public boolean isAtLeast() {
            return whole.isAtLeast();
        }

        @Override
        public boolean isOpen() {
            return whole.isOpen();
        }

        @Override
        public boolean isHistoryComplete() {
            return whole.isHistoryComplete();
        }

        @Override
        public String toEcsJson() {
            return AlertFormat.named("ecs").render(this);
        }

        @Override
        public String toText() {
            return AlertFormat.named("text").render(this);
        }
    }
}
