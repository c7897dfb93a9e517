package dev.vaultwatch.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyReader;
import dev.vaultwatch.api.KeyedRecord;
import dev.vaultwatch.fuzz.Generator.Theme;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeysFuzzTest {
    private static final int SEEDS = 60;

    @TempDir
    Path folder;

    @Test
    @DisplayName("The keys that a host is told are those by which the rules group")
    void keys() {
        DetectionPluginFactory factory =
                ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();
        for (long seed = 1; seed <= SEEDS; seed++) {
            Scenario scenario = Generator.scenario(seed, Theme.RULES);
            Path rules = folder.resolve("rules" + seed);
            Folders.writeRules(rules, scenario.rules(), "");
            KeyReader reader = factory.keyReader(Map.of("rules.dir", rules.toString()));
            for (Scenario.Feeder feeder : scenario.feeders()) {
                List<Item> items = feeder.items().stream().filter(Item::isEvent).toList();
                String envelope =
                        items.stream().map(Item::json).collect(Collectors.joining(",", "{\"records\":[", "]}"));
                List<String> told = new ArrayList<>();
                reader.read(envelope.getBytes(StandardCharsets.UTF_8)).forEach(each -> told.add(said(each)));

                assertThat(told)
                        .as("seed " + seed + "\n" + scenario.rules())
                        .isEqualTo(items.stream()
                                .map(item -> deserved(item, scenario.rules()))
                                .toList());
            }
        }
    }

    private static String said(KeyedRecord keyed) {
        TreeMap<String, String> keys = new TreeMap<>();
        keyed.keys().forEach((rule, key) -> keys.put(rule, Group.keyOf(key.values())));
        return keyed.eventTime() + " " + keys;
    }

    private static String deserved(Item item, List<FuzzRule> rules) {
        TreeMap<String, String> keys = new TreeMap<>();
        rules.stream()
                .filter(rule -> rule.wants(item))
                .forEach(rule -> keys.put(rule.id(), rule.group(item).key()));
        return Optional.of(Instant.ofEpochMilli(item.time())) + " " + keys;
    }
}
