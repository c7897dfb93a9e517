package dev.vaultwatch.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.plugin.VaultwatchPluginFactory;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/destinations.md shows and names is what there is. */
class DestinationsDocTest {
    private static final Path DOC = Path.of("docs/destinations.md");

    @Test
    @DisplayName("The format of one's own compiles against the api and writes the sample's alert")
    void ownFormat(@TempDir Path classes) throws Exception {
        try (URLClassLoader loader = Snippet.compile(DOC, "ChatFormat", classes)) {
            AlertFormat chat = (AlertFormat)
                    loader.loadClass("ChatFormat").getDeclaredConstructor().newInstance();

            assertThat(sample().render(chat))
                    .isEqualTo("ON_TIME mallory.frost@contoso.example: 37 events (Credential Access, Collection), guide"
                            + " epl/excessive-secret-retrieval/guide.md");
        }
    }

    @Test
    @DisplayName("The page names every format, and no other")
    void formats() throws Exception {
        List<String> rows = Files.readAllLines(DOC).stream()
                .filter(line -> line.matches("\\| `\\w+` \\|.*\\| (yes|no) \\|"))
                .map(line -> line.substring(3, line.indexOf('`', 3)))
                .sorted()
                .toList();

        assertThat(rows)
                .isEqualTo(AlertFormat.all().stream().map(AlertFormat::name).toList());
    }

    @Test
    @DisplayName("Every file that the page's commands name lies in docs/elastic")
    void files() throws Exception {
        String text = Files.readString(DOC);

        try (Stream<Path> files = Files.list(Path.of("docs/elastic"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .isNotEmpty()
                    .allSatisfy(name -> assertThat(text)
                            .contains(name.startsWith("vaultwatch-alerts@") ? "vaultwatch-alerts@$n.json" : name));
        }
    }

    private static Alert sample() throws Exception {
        List<Alert> alerts = new ArrayList<>();
        try (DetectionPlugin plugin = new VaultwatchPluginFactory()
                .create(PluginContext.builder()
                        .config("time.idle-timeout", "PT0S")
                        .onAlert(alerts::add)
                        .build())) {
            plugin.start();
            plugin.accept(Files.readAllBytes(Path.of("src/samples/quiet-hour.auditevent.ndjson")));
            plugin.advanceTo(Instant.MAX);
        }
        return alerts.get(0);
    }
}
