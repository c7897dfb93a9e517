package dev.vaultwatch.flink;

import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.AlertStage;
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

/**
 * Records of some minutes over four partitions, out of order by up to 3 s, in which people, applications and addresses do what
 * each shipped rule looks for; and what one JVM says of them.
 */
final class Records {
    static final Instant START = Instant.parse("2026-11-03T08:00:00Z");
    static final int PARTITIONS = 4;
    private static final int DISORDER_MILLIS = 3_000;
    private static final String[] READS = {"SecretGet", "SecretList", "KeyGet", "KeyList", "CertificateGet"};

    private final List<List<byte[]>> partitions = new ArrayList<>();
    private final List<byte[]> all = new ArrayList<>();

    @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
    private record Read(Instant time, Instant arrival, int partition, byte[] json) {}

    Records(long seed, int minutes) {
        Random random = new Random(seed);
        List<Read> reads = new ArrayList<>();
        for (int minute = 0; minute < minutes; minute++) {
            Instant start = START.plusSeconds(60L * minute);
            for (int i = 0; i < 12; i++) {
                add(reads, random, start, READS[i % READS.length], "harvester" + minute % 7, "v" + i % 3, i);
                add(reads, random, start, READS[i % 2], "collector", "v1", 100 * minute + i);
            }
            for (int i = 0; i < 6; i++) {
                add(reads, random, start, "SecretGet", "member" + i, "shared" + minute % 3, i);
            }
            for (int i = 0; i < 30; i++) {
                add(reads, random, start, "SecretGet", "clerk" + random.nextInt(40), "v" + random.nextInt(5), i);
            }
            add(reads, random, start, "SecretPurge", "cleaner", "v2", minute);
        }
        reads.sort(Comparator.comparing(Read::arrival));
        for (int i = 0; i < PARTITIONS; i++) {
            int partition = i;
            partitions.add(new ArrayList<>(reads.stream()
                    .filter(read -> read.partition() == partition)
                    .map(Read::json)
                    .toList()));
        }
        // As many in each, so that a number says partition and place.
        int most = partitions.stream().mapToInt(List::size).max().orElse(0);
        partitions.forEach(partition -> {
            while (partition.size() < most) {
                partition.add("{\"category\":\"Other\"}".getBytes(StandardCharsets.UTF_8));
            }
        });
        reads.forEach(read -> all.add(read.json()));
    }

    private static void add(
            List<Read> reads, Random random, Instant start, String action, String user, String vault, int object) {
        Instant time = start.plusMillis(random.nextInt(60_000));
        String json = "{\"time\":\"" + time + "\",\"category\":\"AuditEvent\",\"operationName\":\"" + action
                + "\",\"resultType\":\"Success\",\"resultSignature\":\"OK\",\"correlationId\":\"c" + reads.size()
                + "\",\"callerIpAddress\":\"192.0.2." + (1 + Math.floorMod(user.hashCode(), 200))
                + "\",\"identity\":{\"claim\":{\"upn\":\"" + user + "@contoso.example\",\"oid\":\"o-" + user
                + "\"}},\"properties\":{\"id\":\"https://" + vault + ".vault.azure.net/secrets/s" + object
                + "\"},\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/"
                + vault.toUpperCase(java.util.Locale.ROOT) + "\"}";
        reads.add(new Read(
                time,
                time.plusMillis(random.nextInt(DISORDER_MILLIS)),
                random.nextInt(PARTITIONS),
                json.getBytes(StandardCharsets.UTF_8)));
    }

    int perPartition() {
        return partitions.get(0).size();
    }

    int size() {
        return perPartition() * PARTITIONS;
    }

    /** The record of that number: first all of partition 0, then all of partition 1, … */
    byte[] at(long number) {
        return partitions.get((int) (number / perPartition())).get((int) (number % perPartition()));
    }

    /** In order of arrival over all partitions. */
    List<byte[]> all() {
        return all;
    }

    /** What one JVM says last of each alert: id to stage's kind and body. */
    Map<String, String> expected(Map<String, String> config) {
        Map<String, String> last = new TreeMap<>();
        PluginContext context = PluginContext.builder()
                .config(config)
                .config("alerts.cap", "false")
                .onAlertToAcknowledge((alert, acknowledgement) -> {
                    last.put(alert.id(), verdict(DetectedAlert.of(alert, AlertFormat.named("ecs"))));
                    acknowledgement.acknowledge();
                })
                .build();
        try (DetectionPlugin plugin = ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow()
                .create(context)) {
            plugin.start();
            all.forEach(plugin::accept);
            plugin.endOfInput();
        }
        return last;
    }

    /** Rule, whether it stands, and all that it says but for its stage and revision. */
    static String verdict(DetectedAlert alert) {
        return alert.rule() + " " + alert.stage() + " " + alert.body();
    }

    /** What a stream of alerts says last of each, in the order of their revisions. */
    static Map<String, String> last(List<DetectedAlert> alerts) {
        Map<String, DetectedAlert> last = new TreeMap<>();
        for (DetectedAlert alert : alerts) {
            last.merge(alert.id(), alert, (one, other) -> order(other) >= order(one) ? other : one);
        }
        Map<String, String> verdicts = new TreeMap<>();
        last.forEach((id, alert) -> verdicts.put(id, verdict(alert)));
        return verdicts;
    }

    /** What is said of an alert by one and not by the other, in words; the first few. */
    static List<String> differences(Map<String, String> expected, Map<String, String> actual) {
        List<String> differences = new ArrayList<>();
        expected.forEach((id, verdict) -> {
            String other = actual.get(id);
            if (other == null) {
                differences.add("missing: " + id + " " + verdict);
            } else if (!other.equals(verdict)) {
                int at = 0;
                while (at < Math.min(verdict.length(), other.length()) && verdict.charAt(at) == other.charAt(at)) {
                    at++;
                }
                differences.add(id + " from character " + at + " on:\nexpected: " + part(verdict, at) + "\nactual:   "
                        + part(other, at));
            }
        });
        actual.forEach((id, verdict) -> {
            if (!expected.containsKey(id)) {
                differences.add("not expected: " + id + " " + verdict);
            }
        });
        return differences.stream()
                .map(difference ->
                        differences.size() + " in all; " + difference.substring(0, Math.min(400, difference.length())))
                .limit(4)
                .toList();
    }

    private static String part(String text, int at) {
        return text.substring(0, Math.min(60, text.length())) + " … "
                + text.substring(Math.max(0, at - 20), Math.min(text.length(), at + 60));
    }

    /** EARLY and ON_TIME are of revision 0, in that order. */
    private static int order(DetectedAlert alert) {
        return 2 * alert.revision() + (alert.stage() == AlertStage.EARLY ? 0 : 1);
    }

    /** The ids of alerts that stand. */
    static List<String> ids(Map<String, String> verdicts) {
        return verdicts.entrySet().stream()
                .filter(each -> !each.getValue().contains(" RETRACTED "))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Id, stage and revision of each. */
    static List<String> stages(List<DetectedAlert> alerts) {
        return alerts.stream()
                .map(alert -> alert.id() + " " + alert.stage() + " " + alert.revision())
                .toList();
    }
}
