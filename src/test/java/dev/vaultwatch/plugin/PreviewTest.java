package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.api.Preview;
import dev.vaultwatch.api.PreviewRequest;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.TracedEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules on trial find what they would have found in force, and change nothing of what is in force. */
class PreviewTest {
    private static final String RULE = "excessive-secret-retrieval";
    private static final String ANN = "ann@contoso.example";
    private static final long SEED = Long.getLong("fuzz.seed", new Random().nextLong());

    @TempDir
    Path folder;

    private static PreviewRequest of(int minEvents) {
        return PreviewRequest.builder()
                .set(RULE, "min_events", Integer.toString(minEvents))
                .build();
    }

    /** What stands in the end of windows from a time on, by id: window, count. */
    private static Map<String, String> standing(List<Alert> alerts, Instant from) {
        Map<String, String> standing = new TreeMap<>();
        for (Alert alert : alerts) {
            if (alert.stage() == AlertStage.RETRACTED) {
                standing.remove(alert.id());
            } else if (!alert.windowStart().isBefore(from)) {
                standing.put(
                        alert.id(),
                        alert.ruleId() + " " + alert.groupingKey() + " " + alert.windowStart() + " " + alert.outputs());
            }
        }
        return standing;
    }

    private static List<Consumer<PluginUnderTest>> steps(Random random, int events) {
        String[] actions = {"SecretGet", "SecretList", "KeyGet", "SecretDelete", "VaultGet"};
        List<Consumer<PluginUnderTest>> steps = new ArrayList<>();
        for (int i = 0; i < events; i++) {
            long late = random.nextInt(10) == 0 ? random.nextInt(2_000) : random.nextInt(8);
            Instant time = NOON.plusSeconds(i * 2L).minusSeconds(late);
            String action = actions[random.nextInt(actions.length)];
            String user = "user" + random.nextInt(3) + "@contoso.example";
            steps.add(test -> test.accept(time, action, user));
        }
        return steps;
    }

    @Test
    @DisplayName(
            "At any moment it begins, other rules find what they find in a plugin of their own, from what is held on")
    void equals() {
        for (long seed = SEED; seed < SEED + 3; seed++) {
            Random random = new Random(seed);
            List<Consumer<PluginUnderTest>> steps = steps(random, 150);
            int begin = random.nextInt(steps.size());
            int min = 3 + random.nextInt(6);
            String rules = RULE + ",sliding-excessive-retrieval,sensitive-operations";
            String[] all = {"rules.enabled", rules};
            Path tuning = write("{\"rules\": {\"" + RULE + "\": {\"set\": {\"min_events\": " + min + "}}}}");
            try (PluginUnderTest test = started(all);
                    PluginUnderTest undisturbed = started(all);
                    PluginUnderTest own = started("rules.enabled", rules, "rules.tuning", tuning.toString())) {
                Preview preview = null;
                for (int i = 0; i < steps.size(); i++) {
                    if (i == begin) {
                        preview = test.plugin.preview(of(min));
                    }
                    steps.get(i).accept(test);
                    steps.get(i).accept(own);
                    steps.get(i).accept(undisturbed);
                }
                test.plugin.endOfInput();
                own.plugin.endOfInput();
                undisturbed.plugin.endOfInput();

                assertThat(test.alerts.stream().map(Alert::toString).toList())
                        .as("the plugin's own alerts, seed %d", seed)
                        .isEqualTo(
                                undisturbed.alerts.stream().map(Alert::toString).toList());
                java.util.Objects.requireNonNull(preview, "begun");
                // What is older than time.lateness, half an hour, when it begins may have been let go of.
                Instant held = NOON.plusSeconds(begin * 2L).minus(Duration.ofMinutes(30));
                assertThat(standing(preview.result().alerts(), held))
                        .as("begun at event %d, min_events %d, seed %d", begin, min, seed)
                        .isEqualTo(standing(own.alerts, held));
            }
        }
    }

    private Path write(String tuning) {
        try {
            return Files.writeString(folder.resolve("tuning.json"), tuning);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    @DisplayName("It answers at once from what is held, and goes on until it is closed")
    void held() {
        try (PluginUnderTest test = started()) {
            test.harvest(NOON, 6, ANN);
            test.plugin.advanceTo(NOON.plusSeconds(90));
            Preview preview = test.plugin.preview(of(5));
            assertThat(preview.result().counts()).containsEntry(RULE, 1L);
            assertThat(preview.result().since()).contains(NOON);

            test.harvest(NOON.plusSeconds(120), 6, ANN);
            test.plugin.advanceTo(NOON.plusSeconds(180));
            assertThat(preview.result().counts()).containsEntry(RULE, 2L);

            preview.close();
            test.harvest(NOON.plusSeconds(240), 6, ANN);
            test.plugin.endOfInput();
            assertThat(preview.result().counts()).containsEntry(RULE, 2L);
            assertThat(test.alerts).isEmpty();
        }
    }

    @Test
    @DisplayName("A trial that wants other actions sees them, and the plugin counts and judges as without it")
    void otherActions() throws Exception {
        Path rule = Rules.copyShipped(folder);
        Rules.replace(rule, "'VaultGet',", "'VaultGet', 'SecretSet',");
        try (PluginUnderTest test = started()) {
            Preview preview =
                    test.plugin.preview(PreviewRequest.builder().rules(folder).build());
            for (int i = 0; i < 12; i++) {
                test.accept(NOON.plusSeconds(i), i % 2 == 0 ? "SecretSet" : "SecretGet", ANN);
            }
            test.accept(NOON.plusSeconds(600), "SecretSet", ANN);
            assertThat(test.plugin.health().kept()).isEqualTo(6);
            assertThat(test.plugin.health().ignored()).isEqualTo(7);
            assertThat(test.plugin.health().watermark()).contains(NOON.plusSeconds(6));
            test.plugin.endOfInput();
            assertThat(preview.result().counts()).containsEntry(RULE, 1L);
            assertThat(preview.result().completeSince()).isEmpty();
            assertThat(test.alerts).isEmpty();
        }
    }

    @Test
    @DisplayName("Caps hold unless they are lifted; what is beyond the number to keep is counted")
    void limits() {
        try (PluginUnderTest test = started()) {
            Preview capped = test.plugin.preview(of(10));
            Preview all =
                    test.plugin.preview(PreviewRequest.builder().unlimited().build());
            Preview few = test.plugin.preview(
                    PreviewRequest.builder().unlimited().kept(7).build());
            for (int user = 0; user < 130; user++) {
                test.harvest(NOON.plusMillis(user), 11, "user" + user + "@contoso.example");
            }
            test.plugin.endOfInput();
            assertThat(all.result().alerts()).hasSize(130);
            assertThat(capped.result().alerts())
                    .hasSameSizeAs(standing(test.alerts, Instant.MIN).keySet());
            assertThat(capped.result().alerts()).hasSize(100);
            assertThat(few.result().alerts()).hasSize(7);
            assertThat(few.result().notKept()).isGreaterThanOrEqualTo(123);
        }
    }

    @Test
    @DisplayName("A reload goes on beneath it, and the plugin's end ends it")
    void reload() {
        PluginUnderTest test = started();
        Preview preview = test.plugin.preview(of(3));
        test.harvest(NOON, 4, ANN);
        assertThat(test.plugin.reload().applied()).isTrue();
        test.harvest(NOON.plusSeconds(1), 4, ANN);
        test.plugin.endOfInput();
        assertThat(preview.result().alerts())
                .singleElement()
                .satisfies(alert -> assertThat(alert.eventCount()).contains(8L));
        test.close();
        assertThat(preview.result().alerts()).hasSize(1);
        preview.close();
    }

    @Test
    @DisplayName("What can't run is refused, with what there is")
    void refused() {
        try (PluginUnderTest test = started()) {
            assertThatThrownBy(() -> test.plugin.preview(
                            PreviewRequest.builder().set(RULE, "min_event", "3").build()))
                    .isInstanceOf(RuleException.class)
                    .hasMessageContaining("it has min_events, min_distinct_actions");
            assertThatThrownBy(() -> test.plugin.preview(
                            PreviewRequest.builder().set("nothing", "x", "3").build()))
                    .isInstanceOf(RuleException.class)
                    .hasMessageContaining(RULE);
            assertThatThrownBy(() -> test.plugin.preview(of(0)))
                    .isInstanceOf(RuleException.class)
                    .hasMessageContaining("at least 1");
        }
    }

    @Test
    @DisplayName("Of a traced key it says what became of each event, and of those that lack the key")
    void traced() {
        write("{\"rules\": {\"" + RULE
                + "\": {\"except\": [{\"id\": \"EX-7\", \"on\": \"events\", \"where\": {\"action\":"
                + " \"KeyGet\"}, \"why\": \"a test\", \"by\": \"ann\", \"until\": \"2030-01-01\"}]}}}");
        try (PluginUnderTest test = started(
                "rules.tuning",
                folder.resolve("tuning.json").toString(),
                "rules.watch",
                "false",
                "dedupe",
                "content")) {
            Preview preview = test.plugin.preview(PreviewRequest.builder()
                    .trace(new PreviewRequest.Trace(RULE, Map.of("upn", ANN), NOON, NOON.plusSeconds(60)))
                    .build());
            test.accept(NOON.plusSeconds(1), "SecretGet", ANN);
            test.accept(NOON.plusSeconds(1), "SecretGet", ANN);
            test.accept(NOON.plusSeconds(2), "KeyGet", ANN);
            test.accept(NOON.plusSeconds(3), "SecretSet", ANN);
            test.accept(NOON.plusSeconds(4), "SecretGet", "bob@contoso.example");
            test.accept(NOON.plusSeconds(64), "SecretGet", ANN);
            test.plugin.accept(new String(
                            PluginUnderTest.read(NOON.plusSeconds(5), "SecretGet", ""),
                            java.nio.charset.StandardCharsets.UTF_8)
                    .replace("{\"upn\":\"\"}", "{\"oid\":\"1\"}")
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8));
            test.plugin.advanceTo(NOON.plusSeconds(90));
            test.accept(NOON.plusSeconds(7), "SecretGet", ANN);
            test.plugin.advanceTo(NOON.plusSeconds(3 * 3600));
            test.accept(NOON.plusSeconds(8), "SecretGet", ANN);
            assertThat(preview.result().traced())
                    .extracting(TracedEvent::fate, TracedEvent::reason)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple(TracedEvent.Fate.GIVEN, ""),
                            org.assertj.core.groups.Tuple.tuple(TracedEvent.Fate.REPEATED, ""),
                            org.assertj.core.groups.Tuple.tuple(TracedEvent.Fate.EXCEPTED, "EX-7"),
                            org.assertj.core.groups.Tuple.tuple(TracedEvent.Fate.OTHER_ACTION, ""),
                            org.assertj.core.groups.Tuple.tuple(TracedEvent.Fate.INCOMPLETE, "upn"),
                            org.assertj.core.groups.Tuple.tuple(TracedEvent.Fate.GIVEN_LATE, ""),
                            org.assertj.core.groups.Tuple.tuple(TracedEvent.Fate.LATE, ""));
        }
    }

    @Test
    @DisplayName("What another instance hands over counts in a preview")
    void restored() throws IOException {
        try (PluginUnderTest test = started();
                Preview preview = test.plugin.preview(of(12))) {
            test.plugin.restore(eightReads());
            test.harvest(NOON.plusSeconds(20), 6, ANN);
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(preview.result().alerts())
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).contains(14L));
        }
    }

    @Test
    @DisplayName("What another instance hands over counts for a rule in the shadow")
    void restoredInTheShadow() throws IOException {
        Path tuning = Files.writeString(
                folder.resolve("shadow.json"), "{\"rules\": {\"" + RULE + "\": {\"enabled\": \"shadow\"}}}");
        InputStream state = eightReads("rules.tuning", tuning.toString());
        try (PluginUnderTest test = started("rules.tuning", tuning.toString())) {
            test.plugin.restore(state);
            test.harvest(NOON.plusSeconds(20), 6, ANN);
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(test.plugin.health().value(Counter.SHADOWED)).isEqualTo(1);
            assertThat(test.alerts).isEmpty();
        }
    }

    /** The state of an instance that has seen eight reads. */
    private static InputStream eightReads(String... config) throws IOException {
        ByteArrayOutputStream state = new ByteArrayOutputStream();
        try (PluginUnderTest before = started(config)) {
            before.harvest(NOON.plusSeconds(10), 8, ANN);
            before.plugin.snapshot(state, KeyGroup.all());
        }
        return new ByteArrayInputStream(state.toByteArray());
    }
}
