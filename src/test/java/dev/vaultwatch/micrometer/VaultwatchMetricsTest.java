package dev.vaultwatch.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.plugin.VaultwatchPluginFactory;
import dev.vaultwatch.testkit.FakePlugin;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Meters as Prometheus sees them: read over HTTP from a registry of its own. */
final class VaultwatchMetricsTest {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    private HttpServer server = serve();

    private HttpServer serve() {
        try {
            HttpServer made = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            made.createContext("/metrics", exchange -> {
                byte[] body = registry.scrape().getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            return made;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        registry.close();
    }

    private String scrape() throws IOException, InterruptedException {
        URI uri = URI.create("http://" + server.getAddress().getAddress().getHostAddress() + ":"
                + server.getAddress().getPort() + "/metrics");
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static Map<String, Double> values(String scrape) {
        Map<String, Double> values = new TreeMap<>();
        scrape.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int space = line.lastIndexOf(' ');
            values.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
        });
        return values;
    }

    private static PluginContext context() {
        return PluginContext.builder()
                .config("time.idle-timeout", "PT0S")
                .onAlert(alert -> {})
                .build();
    }

    @Test
    @DisplayName("what a real plugin counted is what is scraped")
    void realPlugin() throws IOException, InterruptedException {
        try (DetectionPlugin plugin = new VaultwatchPluginFactory().create(context())) {
            plugin.start();
            plugin.accept(Files.readAllBytes(Path.of("src/samples/quiet-hour.auditevent.ndjson")));
            plugin.accept("not json".getBytes(StandardCharsets.UTF_8));
            new VaultwatchMetrics(plugin).bindTo(registry);

            Map<String, Double> values = values(scrape());

            PluginHealth health = plugin.health();
            assertThat(health.kept()).isPositive();
            assertThat(values)
                    .containsEntry("vaultwatch_records_total", (double) health.records())
                    .containsEntry("vaultwatch_kept_records_total", (double) health.kept())
                    .containsEntry("vaultwatch_ignored_records_total", (double) health.ignored())
                    .containsEntry("vaultwatch_bad_records_total", 1.0)
                    .containsEntry("vaultwatch_alerts_total", (double) health.value(Counter.ALERTS))
                    .containsEntry("vaultwatch_started", 1.0)
                    .containsEntry("vaultwatch_ready", 1.0);
        }
    }

    @Test
    @DisplayName("every counter is a meter with its description, unit and kind")
    void everyCounter() throws IOException, InterruptedException {
        FakePlugin plugin = FakePlugin.of(context());
        Map<Counter, Long> set = new EnumMap<>(Counter.class);
        for (Counter counter : Counter.values()) {
            set.put(counter, 1_500L + set.size());
        }
        set.forEach(plugin::counter);
        new VaultwatchMetrics(plugin).bindTo(registry);

        String scrape = scrape();
        Map<String, Double> values = values(scrape);

        for (Counter counter : Counter.values()) {
            if (counter == Counter.WAITING) {
                // A fake plugin counts it itself.
                continue;
            }
            double expected =
                    set.getOrDefault(counter, 0L) / (counter.unit() == Counter.Unit.MILLISECONDS ? 1000.0 : 1);
            assertThat(values).as(counter.name()).containsValue(expected);
            assertThat(scrape).contains(counter.description());
        }
        assertThat(values.keySet())
                .contains(
                        "vaultwatch_accept_time_seconds_total",
                        "vaultwatch_store_bytes",
                        "vaultwatch_log_bytes",
                        "vaultwatch_watermark_lag_seconds",
                        "vaultwatch_held_events")
                .allSatisfy(name -> assertThat(name).matches("vaultwatch_[a-z0-9_]+"));
        assertThat(scrape).contains("# TYPE vaultwatch_records_total counter", "# TYPE vaultwatch_store_bytes gauge");
    }

    @Test
    @DisplayName("two plugins in one registry are told apart by their tags, and a source has meters of its own")
    void tagsAndParts() throws IOException, InterruptedException {
        for (String instance : new String[] {"a", "b"}) {
            FakePlugin plugin = FakePlugin.of(context())
                    .counter(Counter.RECORDS, 3)
                    .part(Counter.RECORDS, "hub-" + instance, 2)
                    .part(Counter.RECORDS, "", 1);
            new VaultwatchMetrics(plugin, Tags.of("instance", instance)).bindTo(registry);
        }
        scrape();

        Map<String, Double> second = values(scrape());

        assertThat(second)
                .containsEntry("vaultwatch_records_total{instance=\"a\"}", 3.0)
                .containsEntry("vaultwatch_records_total{instance=\"b\"}", 3.0)
                .containsEntry("vaultwatch_source_records_total{instance=\"a\",source=\"hub-a\"}", 2.0)
                .containsEntry("vaultwatch_source_records_total{instance=\"b\",source=\"hub-b\"}", 2.0)
                .containsEntry("vaultwatch_source_records_total{instance=\"b\",source=\"default\"}", 1.0);
    }
}
