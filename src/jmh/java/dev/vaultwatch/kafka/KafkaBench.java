package dev.vaultwatch.kafka;

import com.sun.management.OperatingSystemMXBean;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.samples.PopulationGenerator;
import dev.vaultwatch.samples.Profile;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What the Kafka hosts cost beside the plain plugin, and how long one takes to come back. The broker has a JVM of its own, so that
 * its processor time is not the host's; each figure of processor time is one process's, compiler and collector with it.
 *
 * <pre>
 *   mvn -B -Pbench test -DskipTests -Dbench.main=dev.vaultwatch.kafka.KafkaBench -Dbench.args="throughput 200000"
 *   mvn -B -Pbench test -DskipTests -Dbench.main=dev.vaultwatch.kafka.KafkaBench -Dbench.args="recovery 10000,100000,300000"
 * </pre>
 *
 * {@code -Dbench.home=target/vaultwatch-kafka} starts the packaged command; {@code recovery} takes more lines of configuration,
 * separated by commas, as its third argument.
 */
public final class KafkaBench {
    private static final int PARTITIONS = 2;
    /** Of the records, the part that only warms up. */
    private static final double WARM = 0.4;

    private KafkaBench() {}

    /** Runs one of the two. */
    public static void main(String[] args) throws Exception {
        if (Runtime.version().feature() < 17) {
            throw new IllegalStateException("Java 17 or newer is expected.");
        }
        Path folder =
                Files.createTempDirectory(Path.of("target"), "kafka-bench").toAbsolutePath();
        if (args[0].equals("throughput")) {
            throughput(
                    folder,
                    Integer.parseInt(args[1]),
                    args.length > 2 ? List.of(args[2].split(",", -1)) : List.of("streams", "consumer"));
        } else {
            List<String> more =
                    args.length > 2 ? List.of(args[2].replace("=", " = ").split(",", -1)) : List.of();
            try (Broker broker = Broker.start(folder)) {
                for (String groups : args[1].split(",", -1)) {
                    recovery(broker, folder, Integer.parseInt(groups), more);
                }
            }
        }
    }

    // ---- throughput

    private static void throughput(Path folder, int count, List<String> hosts) throws Exception {
        PopulationGenerator generator = new PopulationGenerator(Profile.POPULATION, count, 7);
        List<byte[]> records = new ArrayList<>();
        long bytes = 0;
        while (generator.hasNext()) {
            byte[] record = generator.next();
            records.add(record);
            bytes += record.length;
        }
        say(
                "%d records of the population, %d bytes each on average; the first %.0f %% warm up",
                count, bytes / count, 100 * WARM);
        double plain = plain(records);
        try (Broker broker = Broker.start(folder)) {
            for (String host : hosts) {
                Host topics = new Host(broker, host, folder, PARTITIONS);
                send(broker, topics.raw(), records);
                double cost = host(broker, topics, folder, host, count);
                say("%s: %.2f of the plain plugin's throughput on the same processors", host, plain / cost);
            }
            say("broker: %.1f s of processor time in all", broker.cpu().toMillis() / 1000.0);
        }
    }

    /** Processor microseconds a record, of this whole process. */
    private static double plain(List<byte[]> records) {
        PluginContext context = PluginContext.builder()
                .config("time.idle-timeout", "PT0S")
                .onAlert(alert -> {})
                .build();
        try (DetectionPlugin plugin = Backlog.factory().create(context)) {
            plugin.start();
            int warm = (int) (WARM * records.size());
            records.subList(0, warm).forEach(plugin::accept);
            long wall = System.nanoTime();
            long cpu = cpu();
            records.subList(warm, records.size()).forEach(plugin::accept);
            return tell(
                    "plugin, a record a call, one thread",
                    records.size() - warm,
                    System.nanoTime() - wall,
                    cpu() - cpu);
        }
    }

    private static double tell(String who, long records, long wallNanos, long cpuNanos) {
        double micros = cpuNanos / 1000.0 / records;
        say(
                "%-36s %,9.0f records/s by the clock, %6.2f µs of processor time a record",
                who, records * 1e9 / wallNanos, micros);
        return micros;
    }

    private static long cpu() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static double host(Broker broker, Host topics, Path folder, String host, int count) throws Exception {
        List<String> lines = new ArrayList<>(List.of("kafka.state.dir = " + folder.resolve("state-" + host)));
        List<String> options = new ArrayList<>();
        if (host.startsWith("consumer")) {
            options.add("--consumer");
            lines.add("plugin.journal.dir = " + folder.resolve("journal"));
        }
        Process process = start(folder, topics.config(lines.toArray(String[]::new)), options);
        try {
            long warm = (long) (WARM * count);
            while (read(broker, topics) < warm) {
                alive(process);
                Thread.sleep(50);
            }
            long from = read(broker, topics);
            long wall = System.nanoTime();
            Duration cpu = process.info().totalCpuDuration().orElseThrow();
            while (read(broker, topics) < count || behind(broker, topics)) {
                alive(process);
                Thread.sleep(50);
            }
            return tell(
                    host,
                    count - from,
                    System.nanoTime() - wall,
                    process.info().totalCpuDuration().orElseThrow().minus(cpu).toNanos());
        } finally {
            process.destroy();
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    private static void alive(Process process) {
        if (!process.isAlive()) {
            throw new IllegalStateException("The host ended with " + process.exitValue() + ".");
        }
    }

    private static long read(Broker broker, Host topics) throws Exception {
        return broker.committed(topics.group()).entrySet().stream()
                .filter(each -> each.getKey().topic().equals(topics.raw()))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** Whether the repartition topic holds more than the ticks of a second that are not read. */
    private static boolean behind(Broker broker, Host topics) throws Exception {
        Map<TopicPartition, Long> committed = broker.committed(topics.group());
        for (Map.Entry<TopicPartition, Long> each : committed.entrySet()) {
            if (each.getKey().topic().endsWith("-repartition") && broker.end(each.getKey()) - each.getValue() > 200) {
                return true;
            }
        }
        return false;
    }

    private static void send(Broker broker, String topic, List<byte[]> records) {
        Map<String, Object> config =
                Map.of("bootstrap.servers", broker.address(), "linger.ms", 20, "batch.size", 1 << 18);
        try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < records.size(); i++) {
                var unused = producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, records.get(i)));
            }
        }
    }

    private static Process start(Path folder, Path config, List<String> options) throws Exception {
        List<String> command = new ArrayList<>();
        String home = System.getProperty("bench.home", "");
        if (home.isEmpty()) {
            command.addAll(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx2g",
                    "-cp",
                    System.getProperty("java.class.path"),
                    KafkaMain.class.getName()));
        } else {
            command.addAll(List.of(Path.of(home, "bin", "vaultwatch").toString(), "kafka"));
        }
        command.addAll(List.of("--config", config.toString()));
        command.addAll(options);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("host.out").toFile()))
                .start();
    }

    // ---- recovery

    private static void recovery(Broker broker, Path folder, int groups, List<String> more) throws Exception {
        String name = "recovery-" + groups + (more.isEmpty() ? "" : "-" + more.hashCode());
        Host topics = new Host(broker, name, folder, PARTITIONS);
        // As docs/kafka.md says: a process that comes back under its name need not wait for its own session to end.
        List<String> lines = new ArrayList<>(List.of(
                "kafka.state.dir = " + folder.resolve(name),
                "kafka.group.instance.id = a",
                "plugin.rules.cache-dir = " + folder.resolve("cache")));
        lines.addAll(more);
        Path config = topics.config(lines.toArray(String[]::new));
        List<byte[]> records = new ArrayList<>();
        Instant start = Backlog.START;
        for (int i = 0; i < groups; i++) {
            records.add(read(start.plusMillis(i * 40_000L / groups), "SecretGet", "user" + i, i));
        }
        for (int i = 0; i < 8; i++) {
            records.add(read(start.plusMillis(40_000 + i), i % 2 == 0 ? "SecretGet" : "KeyGet", "harvester", i));
        }
        Process first = start(folder, config, List.of());
        send(broker, topics.raw(), records);
        while (read(broker, topics) < records.size() || behind(broker, topics)) {
            alive(first);
            Thread.sleep(50);
        }
        Thread.sleep(3000);
        List<byte[]> last = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            last.add(read(start.plusMillis(41_000 + i), i % 2 == 0 ? "SecretGet" : "KeyGet", "harvester", 90 + i));
        }
        try (var alerts = new KafkaConsumer<>(
                Map.of("bootstrap.servers", broker.address(), "isolation.level", "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            alerts.assign(List.of(new TopicPartition(topics.alerts(), 0)));
            alerts.seekToBeginning(alerts.assignment());
            if (!alerts.poll(Duration.ofMillis(500)).isEmpty()) {
                throw new IllegalStateException("An alert was raised before the kill.");
            }
            long killed = System.nanoTime();
            first.destroyForcibly().waitFor();
            Process second = start(folder, config, List.of());
            send(broker, topics.raw(), last);
            while (alerts.poll(Duration.ofMillis(100)).isEmpty()) {
                alive(second);
            }
            say(
                    "%,d open groups, state directory %,d KB %s: from SIGKILL to the next process's first alert %.2f s,"
                            + " %.1f s of processor time",
                    groups,
                    size(folder.resolve(name)) / 1024,
                    more,
                    (System.nanoTime() - killed) / 1e9,
                    second.info().totalCpuDuration().orElseThrow().toMillis() / 1000.0);
            second.destroy();
            second.waitFor(30, TimeUnit.SECONDS);
        }
    }

    private static byte[] read(Instant time, String action, String user, int number) {
        return Backlog.json(time, action, user + "@contoso.example", number).getBytes(StandardCharsets.UTF_8);
    }

    private static long size(Path folder) throws Exception {
        long size = 0;
        try (var files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                size += Files.size(file);
            }
        }
        return size;
    }

    private static void say(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
