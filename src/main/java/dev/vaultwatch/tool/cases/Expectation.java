package dev.vaultwatch.tool.cases;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.event.Property;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One kind of alert that a case expects, and how many.
 *
 * @param least the least number of alerts
 * @param most the most
 * @param key values of the grouping key, by property; those that are not named may be anything
 * @param windowStart the alert's window; empty for any
 * @param stages that the straight run must have delivered of each
 * @param totals what the alerts must say, by output; {@code count} is the event count, {@code at least} whether they are a lower bound
 * @param pointer where it stands in its file
 */
record Expectation(
        int least,
        int most,
        Map<String, String> key,
        Optional<Instant> windowStart,
        List<AlertStage> stages,
        Map<String, Total> totals,
        String pointer) {

    static final String COUNT = "count";

    /** Whether the alert says that its totals are a lower bound, among {@link #totals}. */
    static final String AT_LEAST = "at least";

    Expectation {
        key = Map.copyOf(key);
        stages = List.copyOf(stages);
        totals = Map.copyOf(totals);
    }

    /** What one output must be. */
    sealed interface Total {

        /** Exactly this: a text, a truth or a {@link BigDecimal}. */
        record Exactly(Object value) implements Total {
            @Override
            public String toString() {
                // Beside a number that looks alike, a text must be seen to be one.
                return value instanceof String ? "\"" + value + "\"" : value.toString();
            }
        }

        /** A list with these elements and no other, in any order. */
        record Elements(List<String> values) implements Total {
            @Override
            public String toString() {
                return values.toString();
            }
        }

        /** A number in a range. */
        record Between(BigDecimal least, BigDecimal most) implements Total {
            @Override
            public String toString() {
                return "from " + least + " to " + most;
            }
        }

        /** Whether an output is what it must be. */
        default boolean isMetBy(Object value) {
            if (this instanceof Elements elements) {
                return value instanceof List<?> list
                        && list.stream()
                                .map(String::valueOf)
                                .sorted()
                                .toList()
                                .equals(elements.values().stream().sorted().toList());
            }
            if (value instanceof Number number) {
                BigDecimal decimal = new BigDecimal(number.toString());
                if (this instanceof Between range) {
                    return decimal.compareTo(range.least()) >= 0 && decimal.compareTo(range.most()) <= 0;
                }
                return this instanceof Exactly exactly
                        && exactly.value() instanceof BigDecimal expected
                        && expected.compareTo(decimal) == 0;
            }
            return this instanceof Exactly exactly && exactly.value().toString().equals(value.toString());
        }
    }

    /** Whether it speaks of this alert: by key and window. What the alert says is another matter. */
    boolean isAbout(Alert alert) {
        return windowStart.filter(start -> !start.equals(alert.windowStart())).isEmpty()
                && key.entrySet().stream()
                        .allMatch(each -> keyValue(alert, each.getKey())
                                .filter(value -> Names.means(each.getValue(), value))
                                .isPresent());
    }

    private static Optional<String> keyValue(Alert alert, String name) {
        return Optional.ofNullable(alert.groupingKey().get(name))
                .or(() ->
                        Property.named(name).map(property -> alert.groupingKey().get(property.ecs())));
    }

    /** In what the alert differs from what is expected of it; one clause each. */
    List<String> differences(Alert alert, List<AlertStage> delivered) {
        List<String> differences = new ArrayList<>();
        totals.forEach((output, total) -> {
            Optional<Object> value = switch (output) {
                case COUNT -> alert.eventCount().map(count -> count);
                case AT_LEAST -> Optional.of(alert.isAtLeast());
                default -> Optional.ofNullable(alert.outputs().get(output));
            };
            if (value.isEmpty()) {
                differences.add(output + " is absent, expected " + total);
            } else if (!total.isMetBy(value.get())) {
                differences.add(output + " is " + value.get() + ", expected " + total);
            }
        });
        for (AlertStage stage : stages) {
            if (!delivered.contains(stage)) {
                differences.add("its stages were " + delivered + ", expected " + stage + " among them");
            }
        }
        return differences;
    }

    /** As in "exactly 1 alert for upn=user1". */
    @Override
    public String toString() {
        String number = least == most
                ? "exactly " + least
                : most == Integer.MAX_VALUE
                        ? "at least " + least
                        : least == 0 ? "at most " + most : least + " to " + most;
        StringBuilder text = new StringBuilder(number).append(most == 1 ? " alert" : " alerts");
        if (!key.isEmpty()) {
            text.append(" for ").append(new java.util.TreeMap<>(key).toString().replaceAll("[{}]", ""));
        }
        windowStart.ifPresent(start -> text.append(" at ").append(start));
        if (!totals.isEmpty()) {
            text.append(" with ")
                    .append(new java.util.TreeMap<>(totals).toString().replaceAll("[{}]", ""));
        }
        return text.toString();
    }
}
