package dev.vaultwatch.kafka;

import com.sun.net.httpserver.HttpServer;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.micrometer.VaultwatchMetrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.KafkaException;

/**
 * Counters over HTTP, at {@code /metrics}, in Prometheus's text format. The JDK's server answers one request at a time, on a thread
 * of its own that it calls {@code HTTP-Dispatcher}.
 */
final class PrometheusPort implements Metrics {
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final HttpServer server;

    private PrometheusPort(HttpServer server) {
        this.server = server;
    }

    /**
     * Opens the port.
     *
     * @param address its port may be 0 for any that is free
     * @throws KafkaException if it can't be opened
     */
    static PrometheusPort open(InetSocketAddress address) {
        try {
            PrometheusPort port = new PrometheusPort(HttpServer.create(address, 0));
            port.server.createContext("/metrics", exchange -> {
                try (exchange) {
                    byte[] body = port.registry.scrape(TEXT).getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().set("Content-Type", TEXT);
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                }
            });
            port.server.start();
            return port;
        } catch (IOException e) {
            throw new KafkaException(
                    "'metrics.port': " + address.getHostString() + ":" + address.getPort() + " can't be opened.", e);
        }
    }

    /** Where it listens. */
    InetSocketAddress address() {
        return server.getAddress();
    }

    @Override
    public Runnable show(DetectionPlugin plugin, Map<String, String> tags) {
        List<Tag> all = tags.entrySet().stream()
                .map(each -> Tag.of(each.getKey(), each.getValue()))
                .toList();
        new VaultwatchMetrics(plugin, Tags.of(all)).bindTo(registry);
        return () -> registry.getMeters().stream()
                .filter(meter -> meter.getId().getTags().containsAll(all))
                .forEach(registry::remove);
    }

    @Override
    public Runnable counter(String name, String meaning) {
        return Counter.builder(name).description(meaning).register(registry)::increment;
    }

    @Override
    public void close() {
        server.stop(0);
        registry.close();
    }
}
