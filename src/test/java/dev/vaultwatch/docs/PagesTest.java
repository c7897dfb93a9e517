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
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What pages refer to is there: configuration keys as the descriptor has them, other pages and their headings. */
@DisplayName("What pages mention")
class PagesTest {
    private static final Pattern NUMBER_THEN_KEY = Pattern.compile(
            "(?<number>\\d[\\d,]*) ?(?<unit>s|seconds|min|minutes|h|hours)?\\b[^`.;:()|]{0,60}\\(`(?<key>[a-z.-]+)`\\)");
    private static final Pattern KEY_THEN_NUMBER =
            Pattern.compile("`(?<key>[a-z.-]+)` \\((?<number>\\d[\\d,]*) ?(?<unit>s|seconds|min|minutes|h|hours)?\\b");
    private static final Pattern KEY =
            Pattern.compile("`(?<key>(?:time|bounds|rules|alerts|journal|close|record)\\.[a-z][a-z-]*)(?:=[^`]*)?`");

    private static final Pattern LINK =
            Pattern.compile("\\]\\((?!https?:|mailto:)(?<file>[^)#\\s]*)(?:#(?<heading>[^)\\s]*))?\\)");

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
    @DisplayName("Configuration keys have the default that stands beside them")
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
    @DisplayName("Configuration keys exist")
    void keys() throws IOException {
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

    @Test
    @DisplayName("Files and headings that are linked to exist")
    void links() throws IOException {
        int found = 0;
        for (Path page : pages()) {
            Matcher matcher = LINK.matcher(Files.readString(page));
            while (matcher.find()) {
                found++;
                Path target = matcher.group("file").isEmpty() ? page : page.resolveSibling(matcher.group("file"));
                assertThat(target).as("%s: %s", page, matcher.group()).exists();
                String heading = matcher.group("heading");
                if (heading != null && target.toString().endsWith(".md")) {
                    assertThat(headings(target))
                            .as("%s: %s", page, matcher.group())
                            .contains(heading);
                }
            }
        }
        assertThat(found).isGreaterThan(20);
    }

    /** As the forges that show pages make anchors of them. */
    private static List<String> headings(Path page) throws IOException {
        return Files.readAllLines(page).stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("#+ +", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\w\\- ]", "")
                        .replace(' ', '-'))
                .toList();
    }
}
