package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Topics of a test's own, and hosts in JVMs of their own that read and write them. */
final class Host {
    private static final long MOST_SECONDS = Long.getLong("kafka.most-seconds", 300);

    private final Broker broker;
    private final String name;
    private final Path folder;

    Host(Broker broker, String name, Path folder, int partitions) throws Exception {
        this.broker = broker;
        this.name = name;
        this.folder = folder;
        broker.topic(raw(), partitions);
        broker.topic(alerts(), 1);
        broker.topic(deadLetters(), 1);
        broker.topic(late(), 1);
    }

    String raw() {
        return name + "-raw";
    }

    String alerts() {
        return name + "-alerts";
    }

    String deadLetters() {
        return name + "-dead";
    }

    String late() {
        return name + "-late";
    }

    String control() {
        return name + "-control";
    }

    String controlResults() {
        return name + "-control-results";
    }

    /** Creates the topics for rules; the lines that name them. */
    String[] withControl() throws Exception {
        broker.compacted(control());
        broker.topic(controlResults(), 1);
        return new String[] {"topics.control = " + control(), "topics.control-results = " + controlResults()};
    }

    /** Announces a rule set by the command. */
    void announce(RuleSetChange change, String... lines) throws Exception {
        Path rules = Rules.write(change, Files.createTempDirectory(folder, change.version()));
        StringWriter said = new StringWriter();
        int exit = new KafkaMain()
                .run(
                        new PrintWriter(said, true),
                        new PrintWriter(said, true),
                        "--config",
                        config(lines).toString(),
                        "--announce",
                        change.version(),
                        "--from",
                        change.from().toString(),
                        "--rules",
                        rules.toString());
        assertThat(exit).as(said.toString()).isZero();
    }

    String group() {
        return name;
    }

    /** Starts one; further lines of configuration come behind those that it needs. */
    Jvm start(List<String> options, String... lines) throws Exception {
        List<String> arguments =
                new ArrayList<>(List.of("kafka", "--config", config(lines).toString()));
        arguments.addAll(options);
        return Jvm.start(folder, "300m", KafkaMain.class, arguments.toArray(String[]::new));
    }

    /** A file with the lines that a host needs, and those; of two with one key the later one counts. */
    Path config(String... lines) throws IOException {
        List<String> all = new ArrayList<>(List.of(
                "topics.raw = " + raw(),
                "topics.alerts = " + alerts(),
                "topics.dead-letters = " + deadLetters(),
                "topics.late = " + late(),
                "group = " + name,
                "kafka.bootstrap.servers = " + broker.address(),
                "kafka.session.timeout.ms = 6000",
                "kafka.heartbeat.interval.ms = 1000"));
        all.addAll(List.of(lines));
        Map<String, String> config = new TreeMap<>();
        all.forEach(line -> config.put(line.substring(0, line.indexOf('=')), line));
        Path file = Files.createTempFile(folder, name, ".conf");
        return Files.write(file, config.values());
    }

    /** Waits until the alerts topic says last what it should, and compares. */
    List<ConsumerRecord<String, String>> await(Map<String, String> expected, Jvm... hosts) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
        while (true) {
            List<ConsumerRecord<String, String>> alerts = broker.read(alerts());
            Map<String, String> last = Backlog.last(alerts);
            if (last.equals(expected)) {
                return alerts;
            }
            if (System.nanoTime() > deadline || alive(hosts) == 0) {
                Map<String, String> missing = new TreeMap<>(expected);
                missing.keySet().removeAll(last.keySet());
                Map<String, String> wrong = new TreeMap<>(last);
                wrong.entrySet().removeAll(expected.entrySet());
                assertThat(last)
                        .as(
                                "%d of %d missing, wrong or too many: %s, %d late; hosts say:%n%s",
                                missing.size(),
                                expected.size(),
                                wrong,
                                broker.read(late()).size(),
                                output(hosts))
                        .isEqualTo(expected);
            }
            Thread.sleep(300);
        }
    }

    /** Waits until so many alerts are there. */
    void awaitAlerts(int least, Jvm... hosts) throws Exception {
        awaitAlerts(least, () -> {}, hosts);
    }

    /** The same, doing something every now and then. */
    void awaitAlerts(int least, Runnable meanwhile, Jvm... hosts) throws Exception {
        await(alerts(), least, meanwhile, hosts);
    }

    /** Waits until so much was said of rule sets. */
    void awaitResults(int least, Jvm... hosts) throws Exception {
        await(controlResults(), least, () -> {}, hosts);
    }

    private void await(String topic, int least, Runnable meanwhile, Jvm... hosts) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
        while (broker.read(topic).size() < least) {
            if (System.nanoTime() > deadline || alive(hosts) == 0) {
                throw new AssertionError(
                        "Fewer than " + least + " messages in " + topic + "; hosts say:\n" + output(hosts));
            }
            meanwhile.run();
            Thread.sleep(100);
        }
    }

    /** Waits until a host has said something. */
    void awaitOutput(String what, Jvm jvm) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
        while (!jvm.output().contains(what)) {
            if (System.nanoTime() > deadline || !jvm.isAlive()) {
                throw new AssertionError("'" + what + "' was not said; hosts say:\n" + output(jvm));
            }
            Thread.sleep(100);
        }
    }

    private static long alive(Jvm... hosts) {
        return List.of(hosts).stream().filter(Jvm::isAlive).count();
    }

    private String output(Jvm... hosts) {
        StringBuilder all =
                new StringBuilder("the broker:\n").append(broker.output()).append("\n--\n");
        for (Jvm host : hosts) {
            String output = host.output();
            all.append(output, Math.max(0, output.length() - 4000), output.length())
                    .append("\n--\n");
        }
        return all.toString();
    }
}
