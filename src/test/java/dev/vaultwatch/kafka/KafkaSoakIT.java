package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Faults in an order drawn by a seed, under load, for as many rounds as are asked for:
 * {@code mvn -Psoak verify -Dkafka.soak.rounds=60 -Dkafka.soak.seed=7}. A round is some 10 s.
 */
@EnabledIfSystemProperty(named = "kafka.soak.rounds", matches = "\\d+")
class KafkaSoakIT {
    private static final List<Integer> ALL = List.of(0, 1, 2, 3);
    private static final int MINUTES_A_ROUND = 10;
    private static final int MOST_INSTANCES = 3;

    private final int rounds = Integer.getInteger("kafka.soak.rounds", 0);
    private final long seed = Long.getLong("kafka.soak.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Map<Integer, Jvm> instances = new TreeMap<>();
    private final Map<String, Integer> faults = new HashMap<>();

    @Test
    @DisplayName(
            "kills, ends, starts, deleted state, a bounced broker and a change of rules: one JVM's alerts, each stage once")
    void soak(@TempDir Path folder) throws Exception {
        int minutes = rounds * MINUTES_A_ROUND;
        Backlog backlog = new Backlog(seed, minutes, 4);
        try (Broker broker = Broker.start(Files.createDirectory(folder.resolve("broker")))) {
            Host host = new Host(broker, "soak", folder, 4);
            String[] lines = host.withControl();
            Instant from = Backlog.START.plusSeconds(minutes / 2 * 60L);
            RuleSetChange thirteen = Rules.change("thirteen", from, "13");
            host.announce(thirteen, lines);
            try {
                start(host, folder, lines);
                for (int round = 0; round < rounds; round++) {
                    broker.send(
                            host.raw(), backlog.between(round * MINUTES_A_ROUND, (round + 1) * MINUTES_A_ROUND, ALL));
                    fault(broker, host, folder, lines);
                    Thread.sleep(random.nextInt(8_000));
                }
                broker.send(host.raw(), backlog.ends());
                if (instances.isEmpty()) {
                    start(host, folder, lines);
                }
                Path rules = Rules.write(thirteen, Files.createTempDirectory(folder, "expected"));
                var alerts = host.await(
                        backlog.expected(from, Map.of("rules.dir", rules.toString())),
                        instances.values().toArray(Jvm[]::new));
                assertThat(Backlog.stages(alerts)).as("seed " + seed).doesNotHaveDuplicates();
            } finally {
                System.out.println("Kafka soak: seed " + seed + ", " + rounds + " rounds, faults " + faults);
                instances.values().forEach(Jvm::close);
            }
        }
    }

    private void fault(Broker broker, Host host, Path folder, String... lines) throws Exception {
        switch (random.nextInt(6)) {
            case 0 -> end(folder, "kill");
            case 1 -> end(folder, "terminate");
            case 2 -> end(folder, "kill and delete");
            case 3 -> {
                broker.kill();
                broker.start();
                faults.merge("broker bounced", 1, Integer::sum);
            }
            default -> {
                if (instances.size() < MOST_INSTANCES) {
                    start(host, folder, lines);
                }
            }
        }
    }

    private void start(Host host, Path folder, String... lines) throws Exception {
        int number = 1;
        while (instances.containsKey(number)) {
            number++;
        }
        List<String> all = new ArrayList<>(List.of(lines));
        all.add("kafka.state.dir = " + folder.resolve("state-" + number));
        all.add("streams.tick = PT0.2S");
        // A source that is ahead is refused often.
        all.add("plugin.bounds.events = 300");
        instances.put(number, host.start(List.of(), all.toArray(String[]::new)));
        faults.merge("start", 1, Integer::sum);
    }

    private void end(Path folder, String how) throws Exception {
        if (instances.isEmpty()) {
            return;
        }
        List<Integer> numbers = List.copyOf(instances.keySet());
        int number = numbers.get(random.nextInt(numbers.size()));
        Jvm jvm = instances.remove(number);
        if (jvm == null) {
            return;
        }
        faults.merge(how, 1, Integer::sum);
        if (how.equals("terminate")) {
            jvm.terminate();
            return;
        }
        jvm.kill();
        if (how.equals("kill and delete")) {
            delete(folder.resolve("state-" + number));
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
