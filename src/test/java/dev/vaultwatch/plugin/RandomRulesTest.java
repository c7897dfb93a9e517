package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ordered and event rules whose key, window and threshold are drawn at random, against an oracle that counts by hand.
 * Seeds are in each message; {@code -Drules.seed} begins at another, {@code -Drules.runs} makes more.
 */
class RandomRulesTest {
    private static final long FIRST_SEED = Long.getLong("rules.seed", 1);
    private static final int RUNS = Integer.getInteger("rules.runs", 12);
    private static final List<String> ACTIONS = List.of("SecretGet", "SecretList", "KeyGet");

    @TempDir
    Path temp;

    private record Read(long time, String action, Map<String, String> values) {
        byte[] json() {
            return ("{\"time\":\"" + Instant.ofEpochMilli(time) + "\",\"category\":\"AuditEvent\",\"operationName\":\""
                            + action + "\",\"callerIpAddress\":\"" + values.get("sourceIp")
                            + "\",\"identity\":{\"claim\":{\"upn\":\"" + values.get("upn")
                            + "\"}},\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/"
                            + values.get("vault") + "\"}")
                    .getBytes(StandardCharsets.UTF_8);
        }
    }

    private record Drawn(String id, List<String> key, String action, long window, long quiet, int least) {
        String from() {
            return "select " + String.join(", ", key) + ", count(*) as n from KeyVaultEvent(action = '" + action + "')";
        }

        String grouped() {
            return " group by " + String.join(", ", key) + " having count(*) >= " + least + ";";
        }

        void write(Path rules, String kind) throws IOException {
            String seconds = "\"PT" + window + "S\"";
            switch (kind) {
                case "ordered" ->
                    Rules.write(
                            rules,
                            id,
                            "@name('alert') " + from() + "#time(" + window + " sec)" + grouped(),
                            "{\"kind\": \"ordered\", \"reach\": " + seconds + ", \"quiet\": \"PT" + quiet + "S\"}",
                            key);
                default ->
                    Rules.write(
                            rules,
                            id,
                            "@name('alert') select time, " + String.join(", ", key) + " from KeyVaultEvent(action = '"
                                    + action + "');",
                            "{\"kind\": \"event\"}",
                            key);
            }
        }

        String keyOf(Read read) {
            return key.stream().sorted().map(read.values::get).collect(Collectors.joining("|"));
        }
    }

    private static Drawn draw(String id, Random random) {
        List<List<String>> keys = List.of(
                List.of("upn"),
                List.of("vault"),
                List.of("sourceIp"),
                List.of("vault", "upn"),
                List.of("sourceIp", "vault"));
        long window = 1L + random.nextInt(90);
        return new Drawn(
                id,
                keys.get(random.nextInt(keys.size())),
                ACTIONS.get(random.nextInt(2)),
                window,
                window + random.nextInt(60),
                2 + random.nextInt(4));
    }

    /** Reads in the order in which they are given: some come late, inside what is allowed. */
    private static List<Read> reads(Random random) {
        Map<Read, Long> arrival = new HashMap<>();
        List<Read> reads = new ArrayList<>();
        long time = NOON.toEpochMilli();
        for (int i = 0; i < 200; i++) {
            time += 1L + random.nextInt(9_000);
            Read read = new Read(
                    time,
                    ACTIONS.get(random.nextInt(ACTIONS.size())),
                    Map.of(
                            "upn",
                            "u" + random.nextInt(3),
                            "vault",
                            "V" + random.nextInt(2),
                            "sourceIp",
                            "192.0.2." + random.nextInt(3)));
            reads.add(read);
            arrival.put(read, time + (random.nextInt(8) == 0 ? random.nextInt(300_000) : 0));
        }
        reads.sort(Comparator.comparingLong(arrival::get));
        return reads;
    }

    /** Where alerts of a sliding rule are anchored, by hand. */
    private static SortedSet<String> deserved(Drawn rule, List<Read> reads) {
        TreeMap<String, List<Long>> byKey = new TreeMap<>();
        reads.stream()
                .filter(read -> read.action.equals(rule.action))
                .sorted(Comparator.comparingLong(Read::time))
                .forEach(read -> byKey.computeIfAbsent(rule.keyOf(read), key -> new ArrayList<>())
                        .add(read.time));
        TreeSet<String> anchors = new TreeSet<>();
        byKey.forEach((key, times) -> {
            long last = Long.MIN_VALUE / 2;
            for (long at : times) {
                long within = times.stream()
                        .filter(time -> time > at - rule.window * 1_000 && time <= at)
                        .count();
                if (within >= rule.least) {
                    if (at - last > rule.quiet * 1_000) {
                        anchors.add(key + " " + Instant.ofEpochMilli(at));
                    }
                    last = at;
                }
            }
        });
        return anchors;
    }

    private static SortedSet<String> standing(List<Alert> alerts, String rule) {
        Map<String, Alert> last = new HashMap<>();
        alerts.stream().filter(alert -> alert.ruleId().equals(rule)).forEach(alert -> last.put(alert.id(), alert));
        return last.values().stream()
                .filter(alert -> alert.stage() != AlertStage.RETRACTED)
                .map(alert -> String.join("|", new TreeMap<>(alert.groupingKey()).values()) + " " + alert.windowStart())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<Alert> run(Path rules, List<Read> reads, boolean reload) {
        try (PluginUnderTest test = started("rules.dir", rules.toString(), "rules.watch", "false")) {
            test.wallClock.set(NOON.plusSeconds(7_200));
            for (int i = 0; i < reads.size(); i++) {
                assertThat(test.plugin.accept(reads.get(i).json()).bad()).isZero();
                if (reload && i == reads.size() / 2) {
                    assertThat(test.plugin.reload().applied()).isTrue();
                }
            }
            test.plugin.endOfInput();
            return List.copyOf(test.alerts);
        }
    }

    private static Stream<Long> seeds() {
        return Stream.iterate(FIRST_SEED, seed -> seed + 1).limit(RUNS);
    }

    @Test
    @DisplayName(
            "A sliding rule alerts once for each burst that its events deserve, late events and a reload in between or not")
    void ordered() throws IOException {
        int all = 0;
        for (long seed : seeds().toList()) {
            Random random = new Random(seed);
            Drawn rule = draw("drawn", random);
            List<Read> reads = reads(random);
            Path rules = temp.resolve("ordered" + seed);
            rule.write(rules, "ordered");
            SortedSet<String> deserved = deserved(rule, reads);
            all += deserved.size();

            assertThat(standing(run(rules, reads, random.nextBoolean()), "drawn"))
                    .as("seed %d, %s", seed, rule)
                    .isEqualTo(deserved);
        }
        assertThat(all).as("alerts in all runs").isGreaterThan(RUNS);
    }

    @Test
    @DisplayName("An event rule alerts for each event that matches, and for no other")
    void event() throws IOException {
        for (long seed : seeds().limit(4).toList()) {
            Random random = new Random(seed);
            Drawn rule = draw("drawn", random);
            List<Read> reads = reads(random);
            Path rules = temp.resolve("event" + seed);
            rule.write(rules, "event");

            assertThat(standing(run(rules, reads, false), "drawn"))
                    .as("seed %d, %s", seed, rule)
                    .isEqualTo(reads.stream()
                            .filter(read -> read.action.equals(rule.action))
                            .map(read -> rule.keyOf(read) + " " + Instant.ofEpochMilli(read.time))
                            .collect(Collectors.toCollection(TreeSet::new)));
        }
    }
}
