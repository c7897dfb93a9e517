package dev.vaultwatch.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A backlog of four hours in four partitions, read unevenly, with a partition that lies an hour of event time behind, by a plugin
 * that is configured in nothing.
 */
class BacklogTest {
    private static final int PARTITIONS = 4;
    private static final int MINUTES = 240;
    private static final int STALLED = 2;
    private static final FuzzRule RULE = FuzzRule.shipped(10, 2);

    private final SplittableRandom random = new SplittableRandom(20_260_301);
    private final List<Alert> alerts = new ArrayList<>();

    @Test
    @DisplayName("A backlog split by user is judged exactly, as configured by default")
    void byUser() throws Exception {
        check(item -> Math.floorMod(item.upn().hashCode(), PARTITIONS));
    }

    @Test
    @DisplayName("A backlog split by vault, each user in every partition, is judged exactly, as configured by default")
    void byVault() throws Exception {
        check(item -> Math.floorMod(item.vault().hashCode(), PARTITIONS));
    }

    private void check(ToIntFunction<Item> partition) throws Exception {
        List<Item> items = items();
        assertThat(items).hasSize(15_360);
        Map<String, List<Item>> due = new TreeMap<>();
        items.forEach(item -> due.computeIfAbsent(name(RULE.group(item)), none -> new ArrayList<>())
                .add(item));
        due.values().removeIf(events -> !RULE.isAlert(events));
        assertThat(due).hasSize(480);

        read(items, partition);

        Map<String, Long> heard = new TreeMap<>();
        alerts.forEach(alert -> {
            assertThat(alert.stage()).isNotEqualTo(AlertStage.EARLY);
            Group group = new Group(
                    alert.ruleId(),
                    alert.windowStart().toEpochMilli(),
                    Group.keyOf(alert.groupingKey().values()));
            heard.put(name(group), alert.eventCount().orElse(-1L));
        });
        Map<String, Long> expected = new TreeMap<>();
        due.forEach((group, events) -> expected.put(group, (long) events.size()));
        assertThat(heard).isEqualTo(expected);
        assertThat(alerts).as("each alert once, without a revision").hasSize(480);
    }

    private static String name(Group group) {
        return group.start() + " " + group.key();
    }

    /** In each minute two users read twelve times, and forty read once. */
    private List<Item> items() {
        long start = Instant.now().minus(Duration.ofHours(6)).toEpochMilli() / 60_000 * 60_000;
        List<Item> items = new ArrayList<>();
        for (int minute = 0; minute < MINUTES; minute++) {
            List<Item> ofMinute = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                String user = i < 24 ? "thief" + (minute * 2 + i % 2) : "user" + (i - 24);
                long time = start + minute * 60_000L + random.nextInt(60_000);
                ofMinute.add(new Item(
                        minute * 64 + i,
                        Item.Kind.EVENT,
                        time,
                        i % 4 < 2 ? "SecretGet" : "SecretList",
                        user + "@contoso.example",
                        "oid",
                        "VAULT" + random.nextInt(40),
                        "192.0.2.1"));
            }
            ofMinute.sort((a, b) -> Long.compare(a.time(), b.time()));
            items.addAll(ofMinute);
        }
        return items;
    }

    private void read(List<Item> items, ToIntFunction<Item> partition) throws Exception {
        DetectionPluginFactory factory =
                ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();
        PluginContext context = PluginContext.builder().onAlert(alerts::add).build();
        try (DetectionPlugin plugin = factory.create(context)) {
            plugin.start();
            List<List<Item>> parts = new ArrayList<>();
            List<Source> sources = new ArrayList<>();
            for (int i = 0; i < PARTITIONS; i++) {
                int index = i;
                parts.add(items.stream()
                        .filter(item -> partition.applyAsInt(item) == index)
                        .toList());
                sources.add(plugin.source(SourceSpec.of("hub-" + i)));
            }
            Map<Integer, Integer> next = new HashMap<>();
            int left = items.size();
            while (left > 0) {
                int source = random.nextInt(PARTITIONS);
                int from = next.getOrDefault(source, 0);
                if (from == parts.get(source).size() || isStalled(source, from, parts, next)) {
                    continue;
                }
                if (!sources.get(source).ready().toCompletableFuture().isDone()) {
                    waitForAny(sources);
                    continue;
                }
                int taken = fetch(sources.get(source), parts.get(source), from, 1 + random.nextInt(500));
                next.put(source, from + taken);
                left -= taken;
            }
            sources.forEach(Source::close);
            plugin.endOfInput();
            assertThat(plugin.health().late()).as("late").isZero();
        }
    }

    /** The slow partition stays an hour behind the fastest as long as that one has records. */
    private static boolean isStalled(int source, int from, List<List<Item>> parts, Map<Integer, Integer> next) {
        if (source != STALLED) {
            return false;
        }
        boolean othersEnded = true;
        long fastest = Long.MIN_VALUE;
        for (int i = 0; i < PARTITIONS; i++) {
            int at = next.getOrDefault(i, 0);
            othersEnded &= i == STALLED || at == parts.get(i).size();
            fastest = at > 0 ? Math.max(fastest, parts.get(i).get(at - 1).time()) : fastest;
        }
        return !othersEnded && parts.get(source).get(from).time() + 3_600_000 > fastest;
    }

    private static int fetch(Source source, List<Item> part, int from, int most) {
        int taken = 0;
        for (int i = from; i < Math.min(part.size(), from + most); i++) {
            byte[] json = part.get(i).json().getBytes(StandardCharsets.UTF_8);
            if (source.accept(OffsetRange.at(i), json).status() == Admission.Status.OVERLOADED) {
                break;
            }
            taken++;
        }
        return taken;
    }

    /** Fails if every source is refused: then nothing could ever change that. */
    private static void waitForAny(List<Source> sources) throws Exception {
        if (sources.stream()
                .noneMatch(each -> each.ready().toCompletableFuture().isDone())) {
            java.util.concurrent.CompletableFuture.anyOf(sources.stream()
                            .map(each -> each.ready().toCompletableFuture())
                            .toArray(java.util.concurrent.CompletableFuture[]::new))
                    .get(60, TimeUnit.SECONDS);
        }
    }
}
