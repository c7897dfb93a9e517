package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Streams application, each instance in a JVM of its own, on a real broker in another. */
class VaultwatchStreamsIT extends OneBroker {
    private static final List<Integer> ALL = List.of(0, 1, 2, 3);

    @Test
    @DisplayName("a backlog of 240 minutes with one partition stalled by 60: one JVM's alerts, each id and stage once")
    void stalledPartition(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(21, 240, 4);
        Host host = new Host(broker(), "s-stalled", folder, 4);
        broker().send(host.raw(), backlog.between(0, 180, List.of(3)));
        broker().send(host.raw(), backlog.between(0, 240, List.of(0, 1, 2)));
        try (Jvm jvm = instance(host, folder, 1)) {
            // A partition that is read to its end and silent for 10 s would hold nothing back any more.
            String unwanted =
                    Backlog.json(Backlog.START.plusSeconds(179 * 60), "VaultGet", "nobody@contoso.example", -1);
            host.awaitAlerts(200, () -> broker().send(host.raw(), List.of(new Broker.Placed(3, unwanted))), jvm);
            broker().send(host.raw(), backlog.between(180, 240, List.of(3)));
            broker().send(host.raw(), backlog.ends());
            assertEachStageOnce(host.await(backlog.expected(), jvm));
            assertThat(jvm.terminate()).as(jvm.output()).isEqualTo(143);
        }
    }

    @Test
    @DisplayName(
            "SIGKILL in mid-minute, and once more with the state directory deleted: none missing, no id and stage twice")
    void killed(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(22, 60, 4);
        Host host = new Host(broker(), "s-killed", folder, 4);
        // A process that comes back under its name need not wait until its session has ended.
        String name = "kafka.group.instance.id = a";
        broker().send(host.raw(), backlog.between(0, 20, ALL));
        try (Jvm first = instance(host, folder, 1, name)) {
            host.awaitAlerts(20, first);
            broker().send(host.raw(), backlog.between(20, 30, ALL));
            first.kill();
        }
        try (Jvm second = instance(host, folder, 1, name)) {
            broker().send(host.raw(), backlog.between(30, 40, ALL));
            host.awaitAlerts(50, second);
            second.kill();
        }
        delete(folder.resolve("state-1"));
        broker().send(host.raw(), backlog.between(40, 60, ALL));
        try (Jvm third = instance(host, folder, 1, name)) {
            broker().send(host.raw(), backlog.ends());
            assertEachStageOnce(host.await(backlog.expected(), third));
            third.terminate();
        }
    }

    @Test
    @DisplayName("instances 1, 3, then 2 under load: tasks move with their state, none missing, no id and stage twice")
    void rebalanced(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(23, 80, 4);
        Host host = new Host(broker(), "s-moved", folder, 4);
        broker().send(host.raw(), backlog.between(0, 20, ALL));
        List<Jvm> instances = new ArrayList<>();
        try {
            instances.add(instance(host, folder, 1));
            host.awaitAlerts(20, instances.get(0));
            instances.add(instance(host, folder, 2));
            instances.add(instance(host, folder, 3));
            broker().send(host.raw(), backlog.between(20, 40, ALL));
            host.awaitAlerts(60, instances.get(0));
            broker().send(host.raw(), backlog.between(40, 60, ALL));
            instances.get(0).terminate();
            broker().send(host.raw(), backlog.between(60, 80, ALL));
            broker().send(host.raw(), backlog.ends());
            assertEachStageOnce(host.await(backlog.expected(), instances.toArray(Jvm[]::new)));
        } finally {
            instances.forEach(Jvm::close);
        }
    }

    @Test
    @DisplayName("at least once: SIGKILL loses nothing and no total is wrong, though an alert may come twice")
    void atLeastOnce(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(24, 40, 2);
        Host host = new Host(broker(), "s-least", folder, 2);
        String[] lines = {"guarantee = at_least_once", "kafka.group.instance.id = a"};
        broker().send(host.raw(), backlog.between(0, 20, ALL));
        try (Jvm first = instance(host, folder, 1, lines)) {
            host.awaitAlerts(20, first);
            broker().send(host.raw(), backlog.between(20, 30, ALL));
            first.kill();
        }
        try (Jvm second = instance(host, folder, 1, lines)) {
            broker().send(host.raw(), backlog.between(30, 40, ALL));
            broker().send(host.raw(), backlog.ends());
            host.await(backlog.expected(), second);
        }
    }

    @Test
    @DisplayName(
            "the broker killed and started again under load, and ten minutes of records sent twice, which dedupe=content"
                    + " counts once: none missing, no total wrong, no id and stage twice")
    void brokerBouncedAndDuplicates(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(27, 40, 4);
        Host host = new Host(broker(), "s-bounced", folder, 4);
        broker().send(host.raw(), backlog.between(0, 20, ALL));
        try (Jvm jvm = instance(host, folder, 1, "plugin.dedupe = content")) {
            host.awaitAlerts(20, jvm);
            broker().kill();
            broker().start();
            broker().send(host.raw(), backlog.between(10, 20, ALL));
            broker().send(host.raw(), backlog.between(20, 40, ALL));
            broker().send(host.raw(), backlog.ends());
            assertEachStageOnce(host.await(backlog.expected(), jvm));
        }
    }

    @Test
    @DisplayName("a record that is no JSON goes to the dead-letter topic with its reason, and the rest is read on")
    void poison(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(25, 5, 2);
        Host host = new Host(broker(), "s-poison", folder, 2);
        broker().send(host.raw(), List.of(new Broker.Placed(0, "{\"time\":")));
        broker().send(host.raw(), backlog.all());
        broker().send(host.raw(), backlog.ends());
        try (Jvm jvm = instance(host, folder, 1)) {
            host.await(backlog.expected(), jvm);
            jvm.terminate();
        }
        assertThat(broker().read(host.deadLetters())).singleElement().satisfies(letter -> {
            assertThat(letter.value()).isEqualTo("{\"time\":");
            assertThat(Backlog.header(letter, "reason")).isEqualTo("MALFORMED");
        });
    }

    @Test
    @DisplayName(
            "rules change at a stated time while tasks move and an instance is killed: each alert is by the rules of its"
                    + " minute, and every task says so")
    void rulesDuringRebalance(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(26, 60, 4);
        Host host = new Host(broker(), "s-rules", folder, 4);
        String[] lines = host.withControl();
        Instant from = Backlog.START.plusSeconds(30 * 60);
        RuleSetChange thirteen = Rules.change("thirteen", from, "13");
        host.announce(Rules.change("broken", from.minusSeconds(600), "ten"), lines);
        host.announce(thirteen, lines);
        broker().send(host.raw(), backlog.between(0, 20, ALL));
        List<Jvm> instances = new ArrayList<>();
        try {
            instances.add(instance(host, folder, 1, lines));
            host.awaitAlerts(20, instances.get(0));
            broker().send(host.raw(), backlog.between(20, 60, ALL));
            instances.add(instance(host, folder, 2, lines));
            instances.add(instance(host, folder, 3, lines));
            host.awaitAlerts(60, instances.toArray(Jvm[]::new));
            instances.get(0).kill();
            broker().send(host.raw(), backlog.ends());
            Path rules = Rules.write(thirteen, Files.createTempDirectory(folder, "expected"));
            Map<String, String> expected = backlog.expected(from, Map.of("rules.dir", rules.toString()));
            assertThat(expected).hasSizeLessThan(backlog.expected().size());
            assertEachStageOnce(host.await(expected, instances.toArray(Jvm[]::new)));
            // Answers are committed with a step after the alerts; what is not committed goes with the instance.
            host.awaitResults(10, instances.toArray(Jvm[]::new));
        } finally {
            instances.forEach(Jvm::close);
        }
        List<ConsumerRecord<String, String>> results = broker().read(host.controlResults());
        assertThat(results)
                .extracting(result -> result.key() + " " + Backlog.header(result, "outcome"))
                .containsExactlyInAnyOrder(
                        "broken REFUSED",
                        "thirteen ACCEPTED",
                        "thirteen READY",
                        "thirteen READY",
                        "thirteen READY",
                        "thirteen READY",
                        "thirteen APPLIED",
                        "thirteen APPLIED",
                        "thirteen APPLIED",
                        "thirteen APPLIED");
        assertThat(results)
                .filteredOn(result -> Backlog.header(result, "outcome").equals("APPLIED"))
                .allMatch(result -> result.value().contains("\"watermark\":\"" + from + "\""));
    }

    @Test
    @DisplayName("a changelog of another version's form ends the application with 1 and what to do")
    void otherVersion(@TempDir Path folder) throws Exception {
        Host host = new Host(broker(), "s-version", folder, 1);
        String changelog = host.group() + "-vaultwatch-steps-changelog";
        broker().compacted(changelog);
        byte[] step = ByteBuffer.allocate(24).putLong(17).put((byte) 1).array();
        Map<String, Object> config = Map.of("bootstrap.servers", broker().address());
        try (var producer = new KafkaProducer<>(config, new LongSerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(changelog, 1L, step)).get();
        }
        try (Jvm jvm = instance(host, folder, 1)) {
            assertThat(jvm.end()).isEqualTo(1);
            assertThat(jvm.output())
                    .contains("is of version 1, of another Vaultwatch; this one reads version 2")
                    .contains("kafka-streams-application-reset");
        }
    }

    private static Jvm instance(Host host, Path folder, int number, String... lines) throws Exception {
        List<String> all = new ArrayList<>(List.of(
                "kafka.state.dir = " + folder.resolve("state-" + number),
                "streams.tick = PT0.2S",
                // What a process with a deleted state directory left open holds its successor up for so long.
                "kafka.transaction.timeout.ms = 4000"));
        all.addAll(List.of(lines));
        return host.start(List.of(), all.toArray(String[]::new));
    }

    private static void assertEachStageOnce(List<ConsumerRecord<String, String>> alerts) {
        assertThat(Backlog.stages(alerts)).doesNotHaveDuplicates();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
