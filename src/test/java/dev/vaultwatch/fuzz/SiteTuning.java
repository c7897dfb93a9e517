package dev.vaultwatch.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What a site says of rules: the text of a {@code tuning.json}, and what it means. */
record SiteTuning(Map<String, OfRule> rules) {
    static final OfRule NOTHING =
            new OfRule(false, false, Optional.empty(), List.of(), Optional.empty(), List.of(), Optional.empty());

    /** A list that conditions name. */
    private static final List<String> LIST = List.of("ann@contoso.example", "VAULT1", "192.0.2.2", "KeyGet", "Germany");

    /**
     * A condition.
     *
     * @param name of a property or an output
     * @param kind is, in, list, like or cidr
     */
    record Where(String name, String kind, List<String> values) {
        boolean holds(String value) {
            return switch (kind) {
                case "like" ->
                    value.toLowerCase(java.util.Locale.ROOT)
                            .startsWith(values.get(0).toLowerCase(java.util.Locale.ROOT));
                // 192.0.2.0/31 and 192.0.2.2/31.
                case "cidr" -> {
                    int last = Integer.parseInt(value.substring(value.lastIndexOf('.') + 1));
                    yield last / 2 * 2 == Integer.parseInt(values.get(0));
                }
                case "list" -> LIST.stream().anyMatch(value::equalsIgnoreCase);
                default -> values.stream().anyMatch(value::equalsIgnoreCase);
            };
        }

        private String json() {
            String test = switch (kind) {
                case "is" -> "\"" + values.get(0) + "\"";
                case "like" -> "{\"like\": \"" + values.get(0) + "%\"}";
                case "cidr" -> "{\"cidr\": \"192.0.2." + values.get(0) + "/31\"}";
                case "list" -> "{\"in\": \"known\"}";
                default -> values.stream().collect(Collectors.joining("\", \"", "{\"in\": [\"", "\"]}"));
            };
            return "\"" + name + "\": " + test;
        }
    }

    /**
     * An exception.
     *
     * @param until in milliseconds since the epoch
     */
    record Except(String id, boolean onEvents, List<Where> where, long until) {
        boolean leavesOut(FuzzRule.Event event) {
            return onEvents
                    && event.time() < until
                    && where.stream().allMatch(each -> {
                        String value = event.value(each.name());
                        return !value.isEmpty() && each.holds(value);
                    });
        }

        private String json() {
            return "{\"id\": \"" + id + "\", \"on\": \"" + (onEvents ? "events" : "alerts") + "\", \"where\": "
                    + whereJson(where) + ", \"why\": \"drawn\", \"by\": \"dice\", \"until\": \""
                    + Instant.ofEpochMilli(until) + "\"}";
        }
    }

    /** A severity, for what the conditions hold of; for all if there are none. */
    record Severity(List<Where> where, String is) {
        private String json() {
            return "{" + (where.isEmpty() ? "" : "\"where\": " + whereJson(where) + ", ") + "\"is\": \"" + is + "\"}";
        }
    }

    /** The most alerts in a period, in milliseconds. */
    record Cap(int alerts, long period) {}

    /** Alerts with the same values of these names, within so many milliseconds. */
    record Suppress(List<String> by, long length) {}

    /**
     * What is said of one rule.
     *
     * @param off whether it does not run
     * @param shadow whether nothing of it is delivered
     * @param set thresholds, of the shipped rule alone: its least count and its least distinct count
     */
    record OfRule(
            boolean off,
            boolean shadow,
            Optional<List<Integer>> set,
            List<Severity> severities,
            Optional<Cap> cap,
            List<Except> excepts,
            Optional<Suppress> suppress) {

        Optional<Except> leavesOut(FuzzRule.Event event) {
            return excepts.stream().filter(each -> each.leavesOut(event)).findFirst();
        }

        private String json() {
            List<String> parts = new ArrayList<>();
            if (off || shadow) {
                parts.add("\"enabled\": " + (off ? "false" : "\"shadow\""));
            }
            set.ifPresent(values -> parts.add("\"set\": {\"min_events\": " + values.get(0)
                    + ", \"min_distinct_actions\": " + values.get(1) + "}"));
            if (!severities.isEmpty()) {
                parts.add("\"severity\": " + list(severities, Severity::json));
            }
            cap.ifPresent(its -> parts.add("\"cap\": {\"alerts\": " + its.alerts() + ", \"period\": \""
                    + Duration.ofMillis(its.period()) + "\"}"));
            if (!excepts.isEmpty()) {
                parts.add("\"except\": " + list(excepts, Except::json));
            }
            suppress.ifPresent(its -> parts.add("\"suppress\": {\"by\": "
                    + list(its.by(), name -> "\"" + name + "\"") + ", \"for\": \"" + Duration.ofMillis(its.length())
                    + "\"}"));
            return "{" + String.join(", ", parts) + "}";
        }
    }

    private static <T> String list(List<T> each, Function<T, String> json) {
        return each.stream().map(json).collect(Collectors.joining(", ", "[", "]"));
    }

    private static String whereJson(List<Where> where) {
        return where.stream().map(Where::json).collect(Collectors.joining(", ", "{", "}"));
    }

    OfRule of(FuzzRule rule) {
        return rules.getOrDefault(rule.id(), NOTHING);
    }

    void write(Path file) {
        try {
            Files.write(Files.createDirectories(file.resolveSibling("lists")).resolve("known.txt"), LIST);
            Files.writeString(file, this.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return new TreeMap<>(rules)
                .entrySet().stream()
                        .map(each ->
                                "\"" + each.getKey() + "\": " + each.getValue().json())
                        .collect(Collectors.joining(
                                ",\n  ", "{\"lists\": {\"known\": \"lists/known.txt\"}, \"rules\": {\n  ", "}}"));
    }
}
