package dev.vaultwatch.tool.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.RuleException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.ServiceLoader;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Explanations say what the engine does, since the engine gives them. */
class ExplainTest {
    private static final Instant START = Instant.parse("2026-03-02T09:00:00Z");
    private static final long SEED = Long.getLong("fuzz.seed", new Random().nextLong());
    private static final String EXCESSIVE = "excessive-secret-retrieval";
    private static final String ANN = "ann@contoso.example";

    @TempDir
    Path folder;

    private final Map<String, Alert> alerts = new LinkedHashMap<>();

    private DetectionPlugin plugin(Map<String, String> config) {
        PluginContext.Builder context = PluginContext.builder()
                .config("time.idle-timeout", "PT0S")
                .config("rules.watch", "false")
                .config("alerts.cap", "false")
                .onAlert(alert -> alerts.put(alert.id(), alert));
        config.forEach(context::config);
        DetectionPlugin plugin = factory().create(context.build());
        plugin.start();
        return plugin;
    }

    private static DetectionPluginFactory factory() {
        return ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();
    }

    private static byte[] record(Instant time, String action, String user, String vault, int status) {
        return ("{\"time\":\"" + time + "\",\"category\":\"AuditEvent\",\"operationName\":\"" + action
                        + "\",\"resultType\":\"Success\",\"callerIpAddress\":\"192.0.2.7\",\"properties\":{\"httpStatusCode\":"
                        + status + "},\"identity\":{\"claim\":{\"upn\":\"" + user
                        + "\"}},\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/"
                        + vault
                        + "\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static Explain ask(DetectionPlugin plugin, String rule, Map<String, String> key, Instant at) {
        return new Explain(
                plugin,
                new Explain.Question(Optional.empty(), Optional.empty(), rule, key, at),
                factory().descriptor().rules());
    }

    @ParameterizedTest
    @CsvSource({
        "excessive-secret-retrieval, upn",
        "vault-swarm, vault",
        "denied-burst, sourceIp",
        "sliding-excessive-retrieval, upn",
        "list-then-harvest, upn+vault"
    })
    @DisplayName("For random streams the verdict is the engine's, and the conditions hold just where it alerts")
    void verdict(String rule, String keyName) {
        Random random = new Random(SEED);
        String[] actions = {"SecretGet", "SecretList", "KeyGet", "SecretDelete"};
        try (DetectionPlugin plugin = plugin(Map.of("rules.enabled", rule))) {
            Map<Explain, String> asked = new LinkedHashMap<>();
            for (int minute = 0; minute < 4; minute++) {
                for (String value : List.of("user0", "user1")) {
                    Map<String, String> key = new LinkedHashMap<>();
                    for (String name : keyName.split("\\+", -1)) {
                        key.put(
                                name,
                                switch (name) {
                                    case "upn" -> value + "@contoso.example";
                                    case "vault" -> value.equals("user0") ? "KV-0" : "KV-1";
                                    default -> "192.0.2.7";
                                });
                    }
                    asked.put(ask(plugin, rule, key, START.plusSeconds(60L * minute + 59)), key + " " + minute);
                }
            }
            for (int second = 0; second < 240; second++) {
                for (int i = random.nextInt(3) - 1; i >= 0; i--) {
                    plugin.accept(record(
                            START.plusSeconds(Math.max(0, second - random.nextInt(4))),
                            actions[random.nextInt(actions.length)],
                            "user" + random.nextInt(7) % 6 + "@contoso.example",
                            "KV-" + random.nextInt(2),
                            random.nextInt(4) == 0 ? 403 : 200));
                }
            }
            plugin.endOfInput();
            for (Map.Entry<Explain, String> each : asked.entrySet()) {
                Explanation answer = each.getKey().answer(alerts.values());
                String what = rule + " " + each.getValue() + ", seed " + SEED + ":\n" + answer.toText();
                boolean alerted = alerts.values().stream()
                        .anyMatch(alert -> alert.ruleId().equals(rule)
                                && alert.windowStart().isBefore(answer.to())
                                && alert.windowEnd().isAfter(answer.from())
                                && alert.groupingKey().equals(answer.key()));
                assertThat(answer.found()).as(what).isEqualTo(alerted);
                assertThat(answer.delivered()).as(what).isEqualTo(alerted);
                if (rule.equals("list-then-harvest")) {
                    assertThat(answer.conditions()).as(what).isEmpty();
                    assertThat(answer.note().orElse("")).as(what).contains("pattern over the order of events");
                } else if (!answer.conditions().isEmpty()) {
                    boolean all = answer.conditions().stream().allMatch(Explanation.Condition::holds);
                    if (rule.startsWith("sliding")) {
                        // An episode that ends in what was looked at can have held before it, and one that began
                        // before can go on in it: then the alert that it belongs to is named.
                        assertThat(!all || alerted || namesEarlier(answer))
                                .as(what)
                                .isTrue();
                    } else {
                        assertThat(all).as(what).isEqualTo(alerted);
                    }
                }
                if (alerted && rule.equals(EXCESSIVE)) {
                    assertThat(answer.alert().orElse("")).as(what).contains(", " + counted(answer) + " events");
                }
            }
        }
    }

    private boolean namesEarlier(Explanation answer) {
        String note = answer.note().orElse("");
        return alerts.values().stream()
                .anyMatch(alert -> alert.groupingKey().equals(answer.key())
                        && alert.windowStart().isBefore(answer.from())
                        && note.contains("(" + alert.id() + ") began before"));
    }

    private static long counted(Explanation answer) {
        return answer.events().stream().filter(Explanation.Event::counts).count();
    }

    @Test
    @DisplayName("Each event that does not count has its reason, and the distance from each threshold is told")
    void reasons() throws Exception {
        Path tuning = Files.writeString(
                folder.resolve("tuning.json"),
                "{\"rules\": {\"denied-burst\": {\"enabled\": true}, \"" + EXCESSIVE
                        + "\": {\"except\": [{\"id\": \"EX-12\", \"on\": \"events\", \"where\":"
                        + " {\"vault\": \"KV-DEV\"}, \"why\": \"a test\", \"by\": \"ann\", \"until\": \"2030-01-01\"}]}}}");
        try (DetectionPlugin plugin = plugin(Map.of("rules.tuning", tuning.toString(), "dedupe", "content"))) {
            Explain explain = new Explain(
                    plugin,
                    new Explain.Question(
                            Optional.empty(), Optional.of(tuning), EXCESSIVE, Map.of("", ANN), START.plusSeconds(30)),
                    factory().descriptor().rules());
            List<byte[]> records = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                records.add(record(START.plusSeconds(i), "SecretGet", ANN, "KV-1", 200));
            }
            records.add(record(START.plusSeconds(7), "SecretGet", ANN, "KV-1", 200));
            records.add(record(START.plusSeconds(10), "SecretGet", ANN, "KV-DEV", 200));
            records.add(record(START.plusSeconds(11), "SecretSet", ANN, "KV-1", 200));
            records.add(record(START.plusSeconds(61), "SecretGet", ANN, "KV-1", 200));
            records.add(record(START.plus(Duration.ofHours(2)), "SecretGet", "bob@contoso.example", "KV-1", 200));
            records.add(record(START.plusSeconds(12), "SecretGet", ANN, "KV-1", 200));
            records.forEach(plugin::accept);
            plugin.endOfInput();

            Explanation answer = explain.answer(alerts.values());
            assertThat(answer.found()).isFalse();
            assertThat(counted(answer)).isEqualTo(8);
            assertThat(answer.events())
                    .filteredOn(event -> !event.counts())
                    .extracting(Explanation.Event::why)
                    .containsExactlyInAnyOrder(
                            "equals a record that came before",
                            "excepted by EX-12",
                            "the rule does not look at this action",
                            "too late: the window could not change any more");
            assertThat(answer.conditions())
                    .extracting(
                            Explanation.Condition::value,
                            Explanation.Condition::threshold,
                            Explanation.Condition::holds)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple("8", "10", false),
                            org.assertj.core.groups.Tuple.tuple("1", "2", false));
            assertThat(answer.toText()).contains("no alert", "fails:  count(*)>=min_events  (8 and 10)");
            assertThat(answer.toJson()).contains("\"found\" : false");
        }
    }

    @Test
    @DisplayName(
            "Of a sliding rule an event that its window has let go of does not count, at the window's very length either")
    void leftTheWindow() {
        try (DetectionPlugin plugin = plugin(Map.of("rules.enabled", "sliding-excessive-retrieval"))) {
            Explain explain = ask(plugin, "sliding-excessive-retrieval", Map.of("upn", ANN), START.plusSeconds(60));
            plugin.accept(record(START, "SecretGet", ANN, "KV-1", 200));
            for (int second = 51; second <= 60; second++) {
                plugin.accept(record(
                        START.plusSeconds(second), second % 2 == 0 ? "SecretGet" : "SecretList", ANN, "KV-1", 200));
            }
            plugin.endOfInput();
            Explanation answer = explain.answer(alerts.values());
            assertThat(answer.found()).isTrue();
            assertThat(counted(answer)).isEqualTo(10);
            assertThat(answer.conditions())
                    .first()
                    .extracting(Explanation.Condition::value)
                    .isEqualTo("10");
            assertThat(answer.events())
                    .first()
                    .extracting(Explanation.Event::why)
                    .isEqualTo("not in the window that ends at " + START.plusSeconds(60) + ", which is told of here");
        }
    }

    @Test
    @DisplayName("Events without the key, and those that the rule's own filter passes over, are listed with it")
    void filtered() {
        try (DetectionPlugin plugin = plugin(Map.of("rules.enabled", "denied-burst"))) {
            Explain explain = ask(plugin, "denied-burst", Map.of("sourceIp", "192.0.2.7"), START);
            plugin.accept(record(START, "Authentication", ANN, "KV-1", 401));
            plugin.accept(record(START.plusSeconds(1), "SecretGet", ANN, "KV-1", 403));
            plugin.accept(
                    new String(record(START.plusSeconds(2), "SecretGet", ANN, "KV-1", 403), StandardCharsets.UTF_8)
                            .replace("192.0.2.7", "")
                            .getBytes(StandardCharsets.UTF_8));
            plugin.endOfInput();
            assertThat(explain.answer(alerts.values()).events())
                    .extracting(Explanation.Event::why)
                    .containsExactly("does not meet the rule's own filter", "", "has no sourceIp");
        }
    }

    @Test
    @DisplayName("Many events that may be of no key are one line of the text, and the few of the key are listed")
    void nobodys() {
        List<Explanation.Event> events = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            events.add(new Explanation.Event(START, "KeyGet", false, "has no upn"));
        }
        events.add(new Explanation.Event(START, "SecretGet", true, ""));
        events.add(new Explanation.Event(START, "KeyList", false, "has no vault"));
        Explanation answer = new Explanation(
                "r", Map.of(), START, START, false, false, Optional.empty(), events, List.of(), Optional.empty());
        assertThat(answer.toText())
                .doesNotContain("KeyGet")
                .contains("SecretGet", "KeyList", "and 6 events that have no upn (--format json has all)");
        assertThat(answer.toJson()).contains("KeyGet");
    }

    @Test
    @DisplayName("Of a rule over single events it says which matched")
    void single() {
        try (DetectionPlugin plugin = plugin(Map.of("rules.enabled", "sensitive-operations"))) {
            Map<String, String> key = Map.of("action", "SecretDelete", "upn", ANN, "vault", "KV-1", "objectId", "");
            Explain explain = ask(plugin, "sensitive-operations", key, START);
            plugin.accept(record(START, "SecretDelete", ANN, "KV-1", 200));
            plugin.accept(record(START.plusMillis(500), "SecretDelete", ANN, "KV-1", 403));
            plugin.endOfInput();
            Explanation answer = explain.answer(alerts.values());
            assertThat(answer.found()).isTrue();
            assertThat(answer.events()).extracting(Explanation.Event::counts).containsExactly(true, false);
        }
    }

    @Test
    @DisplayName("A rule or key that is not there is refused, with what there is")
    void refused() {
        try (DetectionPlugin plugin = plugin(Map.of())) {
            assertThatThrownBy(() -> ask(plugin, "nothing", Map.of("", ANN), START))
                    .isInstanceOf(RuleException.class)
                    .hasMessageContaining(EXCESSIVE);
            assertThatThrownBy(() -> ask(plugin, EXCESSIVE, Map.of("vault", "KV-1"), START))
                    .isInstanceOf(RuleException.class)
                    .hasMessageContaining("is upn");
            assertThatThrownBy(() -> ask(plugin, "list-then-harvest", Map.of("", ANN), START))
                    .isInstanceOf(RuleException.class)
                    .hasMessageContaining("a value without a name");
        }
    }

    @Test
    @DisplayName("Of a key or a time of which there is nothing it says so, and what there is")
    void nothingThere() {
        try (DetectionPlugin plugin = plugin(Map.of("rules.enabled", EXCESSIVE))) {
            Explain misspelt = ask(plugin, EXCESSIVE, Map.of("", "anne@contoso.example"), START);
            Explain hourLate = ask(plugin, EXCESSIVE, Map.of("", ANN), START.plusSeconds(3600));
            for (int i = 0; i < 12; i++) {
                plugin.accept(record(START.plusSeconds(i), i % 2 == 0 ? "SecretGet" : "SecretList", ANN, "KV-1", 200));
            }
            plugin.endOfInput();

            for (Explain each : List.of(misspelt, hourLate)) {
                assertThat(each.answer(alerts.values()).note())
                        .hasValueSatisfying(note -> assertThat(note)
                                .contains("No event of this key lies in that time", ANN + " at 2026-03-02T09:00:00Z"));
            }
        }
    }
}
