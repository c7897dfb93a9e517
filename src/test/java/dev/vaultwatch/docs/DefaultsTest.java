package dev.vaultwatch.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.ConfigKey;
import dev.vaultwatch.plugin.VaultwatchPluginFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What pages say in passing of configuration keys is what the descriptor says. */
@DisplayName("Configuration keys that pages mention")
class DefaultsTest {
    private static final Pattern NUMBER_THEN_KEY = Pattern.compile(
            "(?<number>\\d[\\d,]*) ?(?<unit>s|seconds|min|minutes|h|hours)?\\b[^`.;:()|]{0,60}\\(`(?<key>[a-z.-]+)`\\)");
    private static final Pattern KEY_THEN_NUMBER =
            Pattern.compile("`(?<key>[a-z.-]+)` \\((?<number>\\d[\\d,]*) ?(?<unit>s|seconds|min|minutes|h|hours)?\\b");
    private static final Pattern KEY =
            Pattern.compile("`(?<key>(?:time|bounds|rules|alerts|journal|close|record)\\.[a-z][a-z-]*)(?:=[^`]*)?`");

    private final Map<String, ConfigKey> keys = new VaultwatchPluginFactory()
            .descriptor().config().stream().collect(Collectors.toMap(ConfigKey::name, Function.identity()));

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(Path.of("README.md")));
        for (String folder : List.of("docs", "epl")) {
            try (Stream<Path> files = Files.walk(Path.of(folder))) {
                files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
            }
        }
        return pages;
    }

    @Test
    @DisplayName("have the default that stands beside them")
    void defaults() throws IOException {
        int found = 0;
        for (Path page : pages()) {
            String text = Files.readString(page).replaceAll("\\s+", " ");
            for (Pattern pattern : List.of(NUMBER_THEN_KEY, KEY_THEN_NUMBER)) {
                Matcher matcher = pattern.matcher(text);
                while (matcher.find()) {
                    ConfigKey key = keys.get(matcher.group("key"));
                    if (key != null) {
                        found++;
                        assertThat(value(matcher.group("number").replace(",", ""), matcher.group("unit")))
                                .as("%s: %s", page, matcher.group())
                                .isEqualTo(key.defaultValue());
                    }
                }
            }
        }
        assertThat(found).isGreaterThan(9);
    }

    private static String value(String number, String unit) {
        long count = Long.parseLong(number);
        return switch (unit == null ? "" : unit) {
            case "s", "seconds" -> Duration.ofSeconds(count).toString();
            case "min", "minutes" -> Duration.ofMinutes(count).toString();
            case "h", "hours" -> Duration.ofHours(count).toString();
            default -> number;
        };
    }

    @Test
    @DisplayName("exist")
    void exist() throws IOException {
        for (Path page : pages()) {
            if (page.endsWith("kafka.md")) {
                // The Kafka host has settings of its own beside.
                continue;
            }
            Matcher matcher = KEY.matcher(Files.readString(page));
            while (matcher.find()) {
                String key = matcher.group("key");
                assertThat(keys).as("%s: %s", page, key).containsKey(key);
            }
        }
    }
}
