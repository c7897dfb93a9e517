package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.plugin.VaultwatchPluginFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PrometheusPortTest {
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private static String scraped(PrometheusPort port) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(
                                        "http://127.0.0.1:" + port.address().getPort() + "/metrics"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static DetectionPlugin plugin() {
        DetectionPlugin plugin = new VaultwatchPluginFactory()
                .create(PluginContext.builder()
                        .config("time.idle-timeout", "PT0S")
                        .onAlert(alert -> {})
                        .build());
        plugin.start();
        return plugin;
    }

    @Test
    @DisplayName("A plugin's counters are read over HTTP, with the tags that tell it from others")
    void scrapes() throws Exception {
        try (PrometheusPort port = PrometheusPort.open(ANY);
                DetectionPlugin one = plugin();
                DetectionPlugin other = plugin()) {
            port.show(one, Map.of("task", "0_0", "key", "upn"));
            port.show(other, Map.of("task", "0_1", "key", "upn"));
            one.accept(Files.readAllBytes(Path.of("src/samples/quiet-hour.auditevent.ndjson")));

            assertThat(scraped(port))
                    .containsPattern("vaultwatch_records_total\\{[^}]*task=\"0_0\"[^}]*} 211")
                    .containsPattern("vaultwatch_records_total\\{[^}]*task=\"0_1\"[^}]*} 0");
        }
    }

    @Test
    @DisplayName("A plugin that is gone is shown no more; the others are")
    void hides() throws Exception {
        try (PrometheusPort port = PrometheusPort.open(ANY);
                DetectionPlugin one = plugin();
                DetectionPlugin other = plugin()) {
            Runnable hide = port.show(one, Map.of("task", "0_0"));
            port.show(other, Map.of("task", "0_1"));

            hide.run();

            assertThat(scraped(port)).contains("task=\"0_1\"").doesNotContain("task=\"0_0\"");
        }
    }

    @Test
    @DisplayName("A port that another has is said, with its key")
    void taken() {
        try (PrometheusPort port = PrometheusPort.open(ANY)) {
            assertThatThrownBy(() -> PrometheusPort.open(port.address()))
                    .isInstanceOf(KafkaException.class)
                    .hasMessageContaining("'metrics.port'")
                    .hasMessageContaining(String.valueOf(port.address().getPort()));
        }
    }
}
