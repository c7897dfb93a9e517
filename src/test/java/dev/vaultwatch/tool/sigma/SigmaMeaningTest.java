package dev.vaultwatch.tool.sigma;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.tool.sigma.SigmaImport.Windows;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rules drawn at random, each both as Sigma and as a predicate over the record's fields that is written down while it is drawn, with
 * Sigma's meaning: texts without regard to case, a field that is absent matches nothing, and {@code not} is the plain opposite.
 */
class SigmaMeaningTest {
    private static final int RULES = 12;
    private static final int RECORDS = 150;
    private static final Instant TIME = Instant.parse("2026-11-03T10:00:00Z");

    /** Fields of the drawn records, and the values that they may have; null for absent. */
    private static final Map<String, List<@Nullable String>> VALUES = new TreeMap<>(Map.of(
            "operationName", List.of("SecretGet", "SecretList", "KeyGet", "VaultGet"),
            "callerIpAddress", values("203.0.113.9", "10.1.2.3", "2001:db8::1", null),
            "identity.claim.upn",
                    values("Ann@contoso.example", "bob_%!@contoso.example", "o'neil\\x@contoso.example", null),
            "httpStatusCode", values("200", "403", "404", null),
            "resultSignature", values("Accepted", "Forbidden", null)));

    @TempDir
    private Path folder;

    private record Drawn(String yaml, Predicate<Map<String, String>> matches) {}

    private static List<@Nullable String> values(@Nullable String... values) {
        return Arrays.asList(values);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    @DisplayName("A converted rule finds what Sigma's meaning says, for rules and records drawn at random")
    void meaning(long seed) throws IOException {
        Random random = new Random(seed);
        Map<String, Drawn> rules = new TreeMap<>();
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < RULES; i++) {
            Drawn drawn = rule(random, "Rule " + i);
            rules.put("rule-" + i, drawn);
            files.add(Files.writeString(folder.resolve("rule" + i + ".yml"), drawn.yaml()));
        }
        SigmaImport.write(files, folder.resolve("epl"), Windows.SLIDING);
        Set<String> expected = new TreeSet<>();
        Set<String> found = new TreeSet<>();
        Map<String, Map<String, String>> records = new TreeMap<>();
        PluginContext context = PluginContext.builder()
                .config("rules.dir", folder.resolve("epl").toString())
                .config("rules.watch", "false")
                .config("time.idle-timeout", "PT0S")
                .wallClock(() -> TIME.plusSeconds(5))
                .config("alerts.cap", "false")
                .onAlert((Alert alert) ->
                        found.add(alert.ruleId() + " " + alert.groupingKey().get("objectId")))
                .build();
        try (DetectionPlugin plugin = ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow()
                .create(context)) {
            plugin.start();
            for (int i = 0; i < RECORDS; i++) {
                Map<String, String> record = record(random);
                String id = String.format(Locale.ROOT, "00000000-0000-4000-8000-%012d", i);
                records.put(id, record);
                rules.forEach((rule, drawn) -> {
                    if (drawn.matches().test(record)) {
                        expected.add(rule + " " + id);
                    }
                });
                plugin.accept(json(record, id, i).getBytes(StandardCharsets.UTF_8));
            }
            plugin.endOfInput();
        }
        for (Map.Entry<String, Drawn> rule : rules.entrySet()) {
            List<String> missing = new ArrayList<>(of(rule.getKey(), expected));
            missing.removeAll(of(rule.getKey(), found));
            List<String> extra = new ArrayList<>(of(rule.getKey(), found));
            extra.removeAll(of(rule.getKey(), expected));
            assertThat(missing)
                    .as(() -> "missing, seed " + seed + "\n" + rule.getValue().yaml() + records)
                    .isEmpty();
            assertThat(extra)
                    .as(() -> "extra, seed " + seed + "\n" + rule.getValue().yaml() + records)
                    .isEmpty();
        }
        assertThat(expected).isNotEmpty();
    }

    private static List<String> of(String rule, Set<String> all) {
        return all.stream().filter(each -> each.startsWith(rule + " ")).toList();
    }

    private static Map<String, String> record(Random random) {
        Map<String, String> record = new TreeMap<>();
        VALUES.forEach((field, values) -> {
            String value = values.get(random.nextInt(values.size()));
            if (value != null) {
                record.put(field, value);
            }
        });
        return record;
    }

    private static String json(Map<String, String> record, String id, int number) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("time", TIME.plusMillis(number).toString())
                .put("category", "AuditEvent")
                .put("correlationId", id);
        root.put("resourceId", "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv1");
        ObjectNode claim = root.putObject("identity").putObject("claim").put("oid", id);
        record.forEach((field, value) -> {
            switch (field) {
                case "identity.claim.upn" -> claim.put("upn", value);
                case "httpStatusCode" -> root.putObject("properties").put(field, Integer.parseInt(value));
                default -> root.put(field, value);
            }
        });
        if (!record.containsKey("resultSignature") && number % 2 == 0) {
            // Taken as absent.
            root.put("resultSignature", "");
        }
        return root.toString();
    }

    private static Drawn rule(Random random, String title) {
        StringBuilder yaml = new StringBuilder("title: " + title + "\nlevel: low\nlogsource:\n    product: azure\n"
                + "    service: keyvault\ndetection:\n");
        List<Predicate<Map<String, String>>> selections = new ArrayList<>();
        int number = 1 + random.nextInt(3);
        for (int i = 0; i < number; i++) {
            yaml.append("    sel_").append(i).append(":\n");
            Predicate<Map<String, String>> all = record -> true;
            List<String> fields = new ArrayList<>(VALUES.keySet());
            Collections.shuffle(fields, random);
            for (String field : fields.subList(0, 1 + random.nextInt(2))) {
                all = all.and(line(random, field, yaml));
            }
            selections.add(all);
        }
        Predicate<Map<String, String>> first = selections.get(0);
        Predicate<Map<String, String>> last = selections.get(number - 1);
        Predicate<Map<String, String>> any =
                selections.stream().reduce(Predicate::or).orElseThrow();
        Predicate<Map<String, String>> every =
                selections.stream().reduce(Predicate::and).orElseThrow();
        int shape = random.nextInt(6);
        String end = "sel_" + (number - 1);
        String condition = switch (shape) {
            case 0 -> "1 of them";
            case 1 -> "all of sel_*";
            case 2 -> "not sel_0";
            case 3 -> "sel_0 or not " + end;
            case 4 -> "not (sel_0 and " + end + ") and not not sel_0";
            default -> "sel_0 and not " + end + " or " + end + " and not sel_0";
        };
        Predicate<Map<String, String>> meaning = switch (shape) {
            case 0 -> any;
            case 1 -> every;
            case 2 -> first.negate();
            case 3 -> first.or(last.negate());
            case 4 -> first.and(last).negate().and(first);
            default -> first.and(last.negate()).or(last.and(first.negate()));
        };
        return new Drawn(yaml + "    condition: " + condition + "\n", meaning);
    }

    /** A line of a selection, drawn and written down. */
    private static Predicate<Map<String, String>> line(Random random, String field, StringBuilder yaml) {
        List<String> there = Objects.requireNonNull(VALUES.get(field)).stream()
                .filter(value -> value != null)
                .toList();
        String one = there.get(random.nextInt(there.size()));
        String other = there.get(random.nextInt(there.size()));
        if (field.equals("httpStatusCode")) {
            int than = Integer.parseInt(one);
            return switch (random.nextInt(4)) {
                case 0 -> put(yaml, field, one, value -> Integer.parseInt(value) == than);
                case 1 -> put(yaml, field + "|gte", one, value -> Integer.parseInt(value) >= than);
                case 2 -> put(yaml, field + "|lt", one, value -> Integer.parseInt(value) < than);
                default -> {
                    put(yaml, field + "|neq", one, value -> true);
                    yield record -> !one.equals(record.get(field));
                }
            };
        }
        String upper = one.toUpperCase(Locale.ROOT);
        String part = upper.substring(1, 4);
        boolean person = field.equals("identity.claim.upn");
        return switch (random.nextInt(13)) {
            case 0 -> put(yaml, field, quoted(upper), value -> value.equalsIgnoreCase(one));
            case 1 ->
                put(
                        yaml,
                        field,
                        "[" + quoted(one) + ", " + quoted(other) + "]",
                        value -> value.equalsIgnoreCase(one) || value.equalsIgnoreCase(other));
            case 2 ->
                put(
                        yaml,
                        field + "|contains",
                        quoted(part),
                        value -> upper(value).contains(part));
            case 3 ->
                put(
                        yaml,
                        field + "|startswith",
                        quoted(upper.substring(0, 3)),
                        value -> upper(value).startsWith(upper.substring(0, 3)));
            case 4 ->
                person
                        ? put(
                                yaml,
                                field + "|endswith",
                                quoted(part),
                                value -> upper(value).endsWith(part))
                        : put(
                                yaml,
                                field + "|endswith|cased",
                                quoted(one.substring(2)),
                                value -> value.endsWith(one.substring(2)));
            case 5 ->
                put(
                        yaml,
                        field + "|contains|all",
                        "[" + quoted(part) + ", 'e']",
                        value -> upper(value).contains(part) && upper(value).contains("E"));
            case 6 ->
                put(
                        yaml,
                        field,
                        quoted(one.charAt(0) + "?" + "*" + one.charAt(one.length() - 1)),
                        value -> value.length() >= 3
                                && upper(value).charAt(0) == upper.charAt(0)
                                && upper(value).charAt(value.length() - 1) == upper.charAt(upper.length() - 1));
            case 7 -> {
                put(yaml, field + "|exists", "false", value -> true);
                yield record -> !record.containsKey(field);
            }
            case 8 -> {
                put(yaml, field, "null", value -> true);
                yield record -> !record.containsKey(field);
            }
            case 9 ->
                put(
                        yaml,
                        field + "|re",
                        "'^[A-S].*[tx0-9].'",
                        value -> value.matches((person ? "(?is)" : "(?s)") + "[A-S].*[tx0-9]..*"));
            case 10 -> {
                put(yaml, field + "|neq", quoted(upper), value -> true);
                yield record -> !record.containsKey(field) || !record.get(field).equalsIgnoreCase(one);
            }
            case 11 -> {
                put(yaml, field + "|fieldref|startswith", "operationName", value -> true);
                yield record -> record.containsKey(field)
                        && record.containsKey("operationName")
                        && upper(record.get(field)).startsWith(upper(record.get("operationName")));
            }
            default ->
                field.equals("callerIpAddress")
                        ? put(yaml, field + "|cidr", "10.0.0.0/8", value -> value.startsWith("10."))
                        : put(yaml, field + (person ? "" : "|cased"), quoted(one), value -> value.equals(one));
        };
    }

    private static Predicate<Map<String, String>> put(
            StringBuilder yaml, String field, String value, Predicate<String> matches) {
        yaml.append("        ").append(field).append(": ").append(value).append('\n');
        String name = field.replaceAll("\\|.*", "");
        return record -> record.containsKey(name) && matches.test(record.get(name));
    }

    private static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    /** In YAML's single quotes, where nothing but the quote is escaped. */
    private static String quoted(String text) {
        return "'" + text.replace("'", "''") + "'";
    }
}
