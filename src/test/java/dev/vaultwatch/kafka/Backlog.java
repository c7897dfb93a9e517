package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Records of some hours over some partitions, each partition in order of time, in which two users a minute read too much, over
 * all partitions; and what one JVM's replay of them, merged, raises.
 */
final class Backlog {
    static final Instant START = Instant.parse("2026-11-03T08:00:00Z");
    private static final int READS_PER_HARVEST = 12;

    private final List<Read> reads = new ArrayList<>();
    private final int partitions;
    private final int minutes;

    Backlog(long seed, int minutes, int partitions) {
        this.partitions = partitions;
        this.minutes = minutes;
        Random random = new Random(seed);
        for (int minute = 0; minute < minutes; minute++) {
            Instant start = START.plusSeconds(60L * minute);
            for (int user = 0; user < 2; user++) {
                for (int i = 0; i < READS_PER_HARVEST; i++) {
                    add(random, start, "harvester" + user + "-" + minute % 7 + "@contoso.example", i);
                }
            }
            for (int i = 0; i < 40; i++) {
                add(random, start, "clerk" + random.nextInt(30) + "@contoso.example", 0);
            }
        }
        reads.sort(Comparator.comparing(Read::time));
    }

    /** One record. */
    record Read(Instant time, int partition, String json) {
        byte[] bytes() {
            return json.getBytes(StandardCharsets.UTF_8);
        }
    }

    private void add(Random random, Instant start, String upn, int kind) {
        Instant time = start.plusMillis(random.nextInt(60_000));
        int partition = random.nextInt(partitions);
        reads.add(new Read(time, partition, json(time, kind % 2 == 0 ? "SecretGet" : "KeyGet", upn, reads.size())));
    }

    static String json(Instant time, String action, String upn, int number) {
        return "{\"time\":\"" + time + "\",\"category\":\"AuditEvent\",\"operationName\":\"" + action
                + "\",\"resultType\":\"Success\",\"correlationId\":\"c" + number
                + "\",\"callerIpAddress\":\"192.0.2.7\",\"identity\":{\"claim\":{\"upn\":\"" + upn
                + "\"}},\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V\"}";
    }

    /** All records of some partitions from some minute until before another, in order. */
    List<Broker.Placed> between(int fromMinute, int toMinute, List<Integer> which) {
        Instant from = START.plusSeconds(60L * fromMinute);
        Instant to = START.plusSeconds(60L * toMinute);
        return reads.stream()
                .filter(read -> !read.time().isBefore(from) && read.time().isBefore(to))
                .filter(read -> which.contains(read.partition()))
                .map(read -> new Broker.Placed(read.partition(), read.json()))
                .toList();
    }

    List<Broker.Placed> all() {
        return reads.stream()
                .map(read -> new Broker.Placed(read.partition(), read.json()))
                .toList();
    }

    /** A harmless record a partition, late enough that every window before it closes. */
    List<Broker.Placed> ends() {
        List<Broker.Placed> ends = new ArrayList<>();
        Instant time = START.plusSeconds(60L * minutes + 120);
        for (int i = 0; i < partitions; i++) {
            ends.add(new Broker.Placed(i, json(time, "SecretGet", "nobody@contoso.example", -1)));
        }
        return ends;
    }

    /** What one JVM says last of each alert, fed everything in order: alert id to number of events. */
    Map<String, String> expected() {
        return expected(plugin -> reads.forEach(read -> plugin.accept(read.bytes())));
    }

    /** The same, where other rules take over when event time reaches that of the change. */
    Map<String, String> expected(Instant from, Map<String, String> rules) {
        return expected(plugin -> {
            reads.stream().filter(read -> read.time().isBefore(from)).forEach(read -> plugin.accept(read.bytes()));
            plugin.advanceTo(from);
            assertThat(plugin.reload(rules).applied()).isTrue();
            reads.stream().filter(read -> !read.time().isBefore(from)).forEach(read -> plugin.accept(read.bytes()));
        });
    }

    private Map<String, String> expected(Consumer<DetectionPlugin> feed) {
        Map<String, String> last = new TreeMap<>();
        PluginContext context = PluginContext.builder()
                .onAlert(alert -> last.put(alert.id(), total(alert)))
                .build();
        try (DetectionPlugin plugin = factory().create(context)) {
            plugin.start();
            feed.accept(plugin);
            ends().forEach(end -> plugin.accept(end.bytes()));
            plugin.endOfInput();
        }
        return last;
    }

    static DetectionPluginFactory factory() {
        return ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();
    }

    private static String total(Alert alert) {
        return alert.eventCount().map(String::valueOf).orElse("none");
    }

    /** What a topic says last of each alert that stands, but for those that were only raised early. */
    static Map<String, String> last(List<ConsumerRecord<String, String>> alerts) {
        Map<String, String> last = new TreeMap<>();
        for (ConsumerRecord<String, String> alert : alerts) {
            switch (header(alert, "stage")) {
                case "EARLY" -> {}
                // An early one of rules that were superseded within its minute.
                case "RETRACTED" -> last.remove(alert.key());
                default -> last.put(alert.key(), total(alert.value()));
            }
        }
        return last;
    }

    /** Id, stage and revision of every alert, in the topic's order. */
    static List<String> stages(List<ConsumerRecord<String, String>> alerts) {
        return alerts.stream()
                .map(alert -> alert.key() + " " + header(alert, "stage") + " " + header(alert, "revision"))
                .toList();
    }

    static String header(ConsumerRecord<String, String> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    private static String total(String ecs) {
        var matcher =
                java.util.regex.Pattern.compile("\"Esql\\.event_count\":(\\d+)").matcher(ecs);
        return matcher.find() ? matcher.group(1) : "none in " + ecs;
    }
}
