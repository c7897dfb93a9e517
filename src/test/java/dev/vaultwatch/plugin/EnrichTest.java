package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.Enricher;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PluginContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is added to events, from configuration to alert, on MaxMind's own test databases. */
class EnrichTest {
    private static final Path CITY = Path.of("src/test/resources/maxmind/GeoLite2-City-Test.mmdb");
    private static final Path ASN = Path.of("src/test/resources/maxmind/GeoLite2-ASN-Test.mmdb");

    /** Known to both databases. */
    private static final String ADDRESS = "89.160.20.115";

    @TempDir
    private Path folder;

    private final List<Alert> alerts = new ArrayList<>();
    private final List<Notice> notices = new ArrayList<>();

    private DetectionPlugin started(Map<String, String> config, Enricher... enrichers) {
        PluginContext.Builder context = PluginContext.builder()
                .config("time.idle-timeout", "PT0S")
                .config(config)
                .wallClock(() -> NOON.plusSeconds(3600))
                .onAlert(alerts::add)
                .onNotice(notices::add);
        for (Enricher enricher : enrichers) {
            context.enrichWith(enricher);
        }
        DetectionPlugin plugin = new VaultwatchPluginFactory().create(context.build());
        plugin.start();
        return plugin;
    }

    private static void harvest(DetectionPlugin plugin, String address, int from, int to) {
        for (int i = from; i < to; i++) {
            plugin.accept(new String(
                            PluginUnderTest.read(
                                    NOON.plusMillis(i), i % 2 == 0 ? "SecretGet" : "KeyGet", "mallory@a.example"),
                            StandardCharsets.UTF_8)
                    .replace("192.0.2.7", address)
                    .getBytes(StandardCharsets.UTF_8));
        }
    }

    private Alert onTime() {
        return alerts.stream()
                .filter(alert -> alert.stage() == AlertStage.ON_TIME)
                .findFirst()
                .orElseThrow();
    }

    @Test
    @DisplayName(
            "With files of addresses an alert says city, region, country, its code, network and its number, in text and ECS")
    void files() {
        try (DetectionPlugin plugin = started(Map.of("enrich.files", CITY + ", " + ASN))) {
            harvest(plugin, ADDRESS, 0, 12);
            plugin.endOfInput();
        }

        assertThat(onTime().toText())
                .contains(
                        "  place   Linköping; Östergötland County; Sweden; SE\n", "  network Bredband2 AB; AS29518\n");
        assertThat(onTime().toEcsJson())
                .contains(
                        "\"geo\":{\"city_name\":\"Linköping\",\"region_name\":\"Östergötland County\",\"country_name\":\"Sweden\","
                                + "\"country_iso_code\":\"SE\"},\"as\":{\"number\":29518,\"organization\":{\"name\":\"Bredband2 AB\"}}");
        assertThat(notices).isEmpty();
    }

    @Test
    @DisplayName("A private address stays without place and network")
    void privateAddress() {
        try (DetectionPlugin plugin = started(Map.of("enrich.files", CITY + "," + ASN))) {
            harvest(plugin, "10.1.2.3", 0, 12);
            plugin.endOfInput();
        }

        assertThat(onTime().toText()).contains("  from    10.1.2.3\n").doesNotContain("place", "network");
    }

    @Test
    @DisplayName(
            "What the journal holds was enriched when it came: a restart with another file, or none, says the same")
    void restart() {
        Map<String, String> journal = Map.of("journal.dir", folder.toString());
        DetectionPlugin first = started(Map.of("journal.dir", folder.toString(), "enrich.files", CITY + "," + ASN));
        harvest(first, ADDRESS, 0, 9);
        first.close();

        try (DetectionPlugin second = started(journal)) {
            harvest(second, ADDRESS, 9, 12);
            second.endOfInput();
        }

        assertThat(onTime().eventCount()).contains(12L);
        assertThat(onTime().toText()).contains("Sweden; SE", "Bredband2 AB; AS29518");
    }

    @Test
    @DisplayName("A file that is not there is refused when the plugin is created, by its name")
    void missing() {
        assertThatThrownBy(() -> started(
                        Map.of("enrich.files", folder.resolve("none.mmdb").toString())))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("none.mmdb can't be read as a database of addresses");
    }

    @Test
    @DisplayName("A host's enricher is asked after the files, sees what they added, and what it adds is in the alert")
    void hosts() throws IOException {
        Files.copy(CITY, folder.resolve("city.mmdb"));
        try (DetectionPlugin plugin = started(
                Map.of("enrich.files", folder.resolve("city.mmdb").toString()),
                event -> Map.of(
                        "agent.name",
                        "seen from " + event.get("source.geo.country_iso_code").orElse("?")))) {
            harvest(plugin, ADDRESS, 0, 12);
            plugin.endOfInput();
        }

        assertThat(onTime().toText()).contains("  agent   seen from SE\n");
    }

    @Test
    @DisplayName("An enricher that fails is counted and said in a notice, and the alert comes all the same")
    void failing() {
        try (DetectionPlugin plugin = started(Map.of(), event -> {
            throw new IllegalStateException("down");
        })) {
            harvest(plugin, ADDRESS, 0, 12);
            plugin.endOfInput();

            assertThat(plugin.health().value(Counter.ENRICHER_FAILURES)).isEqualTo(12);
        }

        assertThat(onTime().eventCount()).contains(12L);
        assertThat(notices).extracting(Notice::kind).containsExactly(Notice.Kind.ENRICHMENT, Notice.Kind.ENRICHMENT);
        assertThat(notices.get(1).message())
                .startsWith("An enricher failed for the 10th time with java.lang.IllegalStateException at ");
    }

    @Test
    @DisplayName("Failures of enrichers are counted over restarts")
    void counted() {
        Enricher down = event -> {
            throw new IllegalStateException("down");
        };
        DetectionPlugin first = started(Map.of("journal.dir", folder.toString()), down);
        harvest(first, ADDRESS, 0, 3);
        first.close();

        try (DetectionPlugin second = started(Map.of("journal.dir", folder.toString()), down)) {
            harvest(second, ADDRESS, 3, 5);
            assertThat(second.health().value(Counter.ENRICHER_FAILURES)).isEqualTo(5);
        }
    }
}
