package dev.vaultwatch.tool.cases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyedRecord;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.tool.explain.Explain;
import dev.vaultwatch.tool.explain.Explanation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** {@code explain} over every shipped case: it says each alert that there is, and of each key that has none, why. */
@DisplayName("Every shipped case is explained")
class ShippedExplainTest {
    private static final DetectionPluginFactory FACTORY =
            ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();

    @TempDir
    private Path folder;

    /** What is asked: whose alert, and when. */
    private record Asked(Map<String, String> key, Instant at) {}

    @TestFactory
    @DisplayName("as it goes")
    Stream<DynamicTest> cases() {
        List<RuleCase> cases = new ArrayList<>();
        RuleCases.in(Path.of("epl"))
                .ruleFolders()
                .forEach(rule -> cases.addAll(CaseReader.read(rule, new ArrayList<>(), new ArrayList<>())));
        assertThat(cases).hasSizeGreaterThan(80);
        // A question compiles rules of its own: by default a third of the cases, with -Dvaultwatch.explain=all every
        // one.
        int step = System.getProperty("vaultwatch.explain", "").equals("all") ? 1 : 3;
        return IntStream.iterate(0, i -> i < cases.size(), i -> i + step)
                .mapToObj(cases::get)
                .map(each -> DynamicTest.dynamicTest(each.ruleId() + ": " + each.name(), () -> explained(each)));
    }

    private void explained(RuleCase its) throws IOException {
        Map<String, String> config = config(its);
        Map<String, Alert> alerts = new HashMap<>();
        DetectionPlugin plain = started(config, its, alerts);
        feed(plain, its);
        List<Alert> standing = standing(alerts);
        Map<Asked, Boolean> asked = new LinkedHashMap<>();
        // One of each kind: each question compiles rules of its own.
        for (Alert alert : standing.subList(0, Math.min(1, standing.size()))) {
            asked.put(new Asked(alert.groupingKey(), alert.windowStart()), true);
        }
        for (CaseEvent event : its.events()) {
            for (KeyedRecord record : FACTORY.keyReader(config).read(bytes(event))) {
                Map<String, String> key = record.keys().get(its.ruleId());
                boolean some = key != null
                        && standing.stream()
                                .anyMatch(alert -> alert.groupingKey().equals(key));
                if (key != null
                        && !some
                        && !asked.containsValue(false)
                        && key.values().stream().noneMatch(String::isEmpty)) {
                    asked.putIfAbsent(new Asked(key, event.time()), false);
                }
            }
        }

        Map<String, Alert> again = new HashMap<>();
        DetectionPlugin plugin = started(config, its, again);
        Map<Explain, Boolean> questions = new LinkedHashMap<>();
        asked.entrySet()
                .forEach(each -> questions.put(
                        new Explain(
                                plugin,
                                new Explain.Question(
                                        Optional.of(its.ruleFolder()),
                                        Optional.ofNullable(config.get("rules.tuning"))
                                                .map(Path::of),
                                        its.ruleId(),
                                        each.getKey().key(),
                                        each.getKey().at()),
                                FACTORY.descriptor().rules()),
                        each.getValue()));
        feed(plugin, its);
        questions.forEach((question, alerted) -> {
            Explanation answer = question.answer(standing(again));
            String text = its.shownFile() + ":" + its.line() + "\n" + answer.toText();
            assertThat(answer.delivered()).as(text).isEqualTo(alerted);
            if (alerted) {
                assertThat(answer.toText()).as(text).contains("\nalert: ");
                assertThat(answer.events()).as(text).anyMatch(Explanation.Event::counts);
            } else {
                assertThat(reason(answer)).as(text).isTrue();
            }
        });
    }

    /** Whether it says why there is no alert: a condition that fails, an event that does not count, what withheld it, or what can't be told. */
    private static boolean reason(Explanation answer) {
        return answer.conditions().stream().anyMatch(condition -> !condition.holds())
                || answer.events().stream()
                        .anyMatch(event -> !event.counts() && !event.why().isEmpty())
                || answer.note().isPresent()
                || answer.toText().contains("found, and not delivered");
    }

    private Map<String, String> config(RuleCase its) throws IOException {
        Map<String, String> config = new HashMap<>(Map.of(
                "rules.dir", its.ruleFolder().toString(),
                "rules.watch", "false",
                "rules.enabled", "*",
                "time.idle-timeout", "PT0S"));
        config.putAll(its.config());
        if (its.tuning().isPresent()) {
            Path tuning = Files.createTempFile(folder, "tuning", ".json");
            config.put(
                    "rules.tuning",
                    Files.writeString(tuning, its.tuning().get().text()).toString());
        }
        return config;
    }

    private static DetectionPlugin started(Map<String, String> config, RuleCase its, Map<String, Alert> alerts) {
        DetectionPlugin plugin = FACTORY.create(PluginContext.builder()
                .config(config)
                .wallClock(() -> its.events().get(its.events().size() - 1).time())
                .onAlert(alert -> alerts.put(alert.id(), alert))
                .build());
        plugin.start();
        return plugin;
    }

    private static void feed(DetectionPlugin plugin, RuleCase its) {
        its.events().stream()
                .sorted(java.util.Comparator.comparing(CaseEvent::time))
                .forEach(event -> plugin.accept(bytes(event)));
        plugin.endOfInput();
    }

    private static byte[] bytes(CaseEvent event) {
        return event.json().getBytes(StandardCharsets.UTF_8);
    }

    private static List<Alert> standing(Map<String, Alert> alerts) {
        return List.copyOf(alerts.values());
    }
}
