package dev.vaultwatch.bench;

import dev.vaultwatch.decode.Decoders;
import dev.vaultwatch.decode.KeyVaultDecoder;
import dev.vaultwatch.samples.KeyVaultScenario;
import dev.vaultwatch.samples.WireShapes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What a wrapper around each record costs beside the plain record's full parse: CPU time of this thread per record, the best of some
 * rounds that take turns. Ends with an error if a record is not an event.
 *
 * <p>{@code mvn -Pbench test -DskipTests -Dbench.main=dev.vaultwatch.bench.WrapperCost}
 */
public final class WrapperCost {
    private static final int ROUNDS = 40;
    private static final int PASSES = 10;

    private WrapperCost() {}

    public static void main(String[] args) {
        WireShapes shapes = new WireShapes();
        List<Map<String, Object>> records =
                KeyVaultScenario.quietHour().stream().map(shapes::raw).toList();
        Function<Object, String> text = value -> new String(shapes.json(value), StandardCharsets.UTF_8);
        Map<String, Function<Map<String, Object>, Object>> kinds = new LinkedHashMap<>();
        kinds.put("Filebeat `message`", r -> Map.of("@timestamp", "2026-11-03T02:45:00Z", "message", text.apply(r)));
        kinds.put("Elastic Agent `event.original`", r -> Map.of("event", Map.of("original", text.apply(r))));
        kinds.put("Elasticsearch `_source`", r -> Map.of("_index", "logs", "_source", r));
        kinds.put("Splunk `event`", r -> Map.of("host", "hub", "event", r));
        kinds.put("Splunk `result._raw`", r -> Map.of("preview", false, "result", Map.of("_raw", text.apply(r))));
        kinds.put("CloudEvents `data`", r -> Map.of("specversion", "1.0", "data", r));
        kinds.put(
                "CloudEvents `data_base64`",
                r -> Map.of("data_base64", Base64.getEncoder().encodeToString(shapes.json(r))));
        kinds.put("Event Hubs Capture `Body`", r -> Map.of("Offset", "1", "Body", text.apply(r)));
        kinds.put("GELF `full_message`", r -> Map.of("version", "1.1", "full_message", text.apply(r)));
        kinds.put("a member of another name", r -> Map.of("unheard_of", r));
        kinds.put("`records` of one", r -> Map.of("records", List.of(r)));
        kinds.put("a table of one row", r -> {
            // Of two members of a Map.of either may come first, and columns must.
            Map<String, Object> table = new LinkedHashMap<>();
            table.put(
                    "columns",
                    r.keySet().stream().map(name -> Map.of("name", name)).toList());
            table.put("rows", List.of(List.copyOf(r.values())));
            return table;
        });
        kinds.put("three levels", r -> Map.of("message", text.apply(Map.of("payload", Map.of("_raw", text.apply(r))))));

        Map<String, List<byte[]>> inputs = new LinkedHashMap<>();
        inputs.put("plain, full parse", records.stream().map(shapes::json).toList());
        kinds.forEach((name, wrap) -> inputs.put(
                name, records.stream().map(r -> shapes.json(wrap.apply(r))).toList()));
        List<byte[]> prefixed = new ArrayList<>();
        records.forEach(r -> prefixed.add(
                ("<134>1 2026-11-03T02:45:00.1Z hub azure 17 - - " + text.apply(r)).getBytes(StandardCharsets.UTF_8)));
        inputs.put("a syslog header", prefixed);

        KeyVaultDecoder full = Decoders.of(false);
        KeyVaultDecoder usual = Decoders.of(true);
        Map<String, Double> best = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            inputs.forEach((name, each) -> {
                KeyVaultDecoder decoder = name.startsWith("plain") ? full : usual;
                Clocks clocks = Clocks.of(1, () -> {
                    for (int pass = 0; pass < PASSES; pass++) {
                        Decoders.Counts counts = Decoders.decode(decoder, each, action -> true);
                        Check.that(counts.events == records.size(), name + ": " + counts.events + " events");
                    }
                });
                best.merge(name, (double) clocks.cpu() / records.size() / PASSES, Math::min);
            });
        }
        double plain = best.values().iterator().next();
        best.forEach((name, nanos) -> System.out.printf("| %s | %,.0f | %.2f |%n", name, nanos, nanos / plain));
    }
}
