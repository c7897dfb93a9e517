package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** A real KRaft broker on loopback, in a JVM of its own. One thread at a time. */
final class Broker implements AutoCloseable {
    private static final long MOST_START_SECONDS = 240;
    private static final Duration MOST_ANSWER = Duration.ofMinutes(2);

    private final Path folder;
    private final int port;
    /** Where it listens for {@link Between}, and where that listens. */
    private final int behind = freePort();

    private final int controllerPort = freePort();

    private final int between = freePort();
    private final String clusterId = Uuid.randomUuid().toString();
    private @Nullable Jvm jvm;

    private Broker(Path folder, int port) {
        this.folder = folder;
        this.port = port;
    }

    static Broker start(Path folder) throws Exception {
        if (LoggerFactory.getLogger("org.apache.kafka") instanceof Logger clients) {
            clients.setLevel(Level.WARN);
        }
        Broker broker = new Broker(folder, freePort());
        // Of two lines with one key the later one counts.
        Files.writeString(
                folder.resolve("server.properties"),
                config(folder, broker.port, broker.controllerPort) + broker.listeners());
        broker.start();
        return broker;
    }

    private String listeners() {
        return """
                listeners=PLAINTEXT://127.0.0.1:%1$d,BEHIND://127.0.0.1:%2$d,CONTROLLER://127.0.0.1:%4$d
                advertised.listeners=PLAINTEXT://127.0.0.1:%1$d,BEHIND://127.0.0.1:%3$d
                listener.security.protocol.map=PLAINTEXT:PLAINTEXT,BEHIND:PLAINTEXT,CONTROLLER:PLAINTEXT
                """.formatted(port, behind, between, controllerPort);
    }

    /** What stands between it and the clients that use {@link #addressBetween}. */
    Between between() throws IOException {
        return new Between(between, behind);
    }

    String addressBetween() {
        return "127.0.0.1:" + between;
    }

    /** Starts it again where it was. */
    void start() throws Exception {
        Jvm started = Jvm.start(
                folder,
                "400m",
                BrokerMain.class,
                folder.resolve("server.properties").toString(),
                clusterId);
        jvm = started;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_START_SECONDS);
        while (!answers()) {
            if (!started.isAlive() || System.nanoTime() > deadline) {
                started.close();
                throw new IllegalStateException("The broker did not start: " + started.output());
            }
        }
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        if (jvm != null) {
            jvm.kill();
        }
    }

    /** The end of what it wrote. */
    String output() {
        String all = jvm == null ? "" : jvm.output();
        return all.substring(Math.max(0, all.length() - 4000));
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    void topic(String name, int partitions) throws Exception {
        try (Admin admin = admin(MOST_ANSWER)) {
            admin.createTopics(List.of(new NewTopic(name, Optional.of(partitions), Optional.of((short) 1))))
                    .all()
                    .get();
        }
    }

    /** A compacted topic of one partition. */
    void compacted(String name) throws Exception {
        try (Admin admin = admin(MOST_ANSWER)) {
            NewTopic topic = new NewTopic(name, Optional.of(1), Optional.of((short) 1))
                    .configs(Map.of("cleanup.policy", "compact"));
            admin.createTopics(List.of(topic)).all().get();
        }
    }

    /** Sends values to partitions, in order, and waits until they have arrived. */
    void send(String topic, List<Placed> records) {
        // One request at a time: while there is no leader the first of two is refused, and the second out of order.
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                address(),
                "linger.ms",
                20,
                "acks",
                "all",
                "max.in.flight.requests.per.connection",
                1);
        try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Exception> failures = Collections.synchronizedList(new ArrayList<>());
            for (Placed each : records) {
                var unused = producer.send(
                        new ProducerRecord<>(topic, each.partition(), null, each.bytes()), (sent, failure) -> {
                            if (failure != null) {
                                failures.add(failure);
                            }
                        });
            }
            producer.flush();
            assertThat(failures).isEmpty();
        }
    }

    /** A value and where it goes. */
    record Placed(int partition, String value) {
        byte[] bytes() {
            return value.getBytes(StandardCharsets.UTF_8);
        }
    }

    /** All that is committed in a topic now, in the order of offsets within a partition. */
    List<ConsumerRecord<String, String>> read(String topic) {
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                address(),
                "isolation.level",
                "read_committed",
                "enable.auto.commit",
                false,
                "auto.offset.reset",
                "earliest");
        List<ConsumerRecord<String, String>> all = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(each -> new TopicPartition(topic, each.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.getOrDefault(each, 0L))) {
                ConsumerRecords<String, String> some = consumer.poll(Duration.ofMillis(200));
                some.forEach(all::add);
            }
        }
        return all;
    }

    /** The group's committed offsets by partition. */
    Map<TopicPartition, Long> committed(String group) throws Exception {
        try (Admin admin = admin(MOST_ANSWER)) {
            return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().entrySet().stream()
                    .filter(each -> each.getValue() != null)
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, each -> each.getValue().offset(), (a, b) -> b, LinkedHashMap::new));
        }
    }

    /** The ids of a group's members. */
    List<String> members(String group) throws Exception {
        try (Admin admin = admin(MOST_ANSWER)) {
            return admin.describeConsumerGroups(List.of(group)).all().get().values().stream()
                    .flatMap(each -> each.members().stream())
                    .map(MemberDescription::consumerId)
                    .toList();
        }
    }

    /** Puts every member out of a group, as its coordinator does with one that it has not heard of for the session's time-out. */
    void putOut(String group) throws Exception {
        try (Admin admin = admin(MOST_ANSWER)) {
            admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions())
                    .all()
                    .get();
        }
    }

    /** Deletes a topic, and waits until it is gone. */
    void delete(String topic) throws Exception {
        try (Admin admin = admin(MOST_ANSWER)) {
            admin.deleteTopics(List.of(topic)).all().get();
            while (admin.listTopics().names().get().contains(topic)) {
                Thread.sleep(100);
            }
        }
    }

    /** The offset behind a partition's last record. */
    long end(TopicPartition partition) throws Exception {
        try (Admin admin = admin(MOST_ANSWER)) {
            return admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                    .partitionResult(partition)
                    .get()
                    .offset();
        }
    }

    /** What its process has computed so far. */
    Duration cpu() {
        return jvm == null ? Duration.ZERO : jvm.cpu();
    }

    Admin admin(Duration timeout) {
        return Admin.create(Map.of(
                "bootstrap.servers",
                address(),
                "request.timeout.ms",
                (int) timeout.toMillis(),
                "default.api.timeout.ms",
                (int) timeout.toMillis()));
    }

    private boolean answers() throws InterruptedException {
        Thread.sleep(200);
        try (Socket probe = new Socket()) {
            probe.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
        } catch (IOException notYet) {
            return false;
        }
        try (Admin admin = admin(Duration.ofSeconds(5))) {
            return !admin.describeCluster().nodes().get().isEmpty();
        } catch (ExecutionException notYet) {
            return false;
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String config(Path folder, int port, int controllerPort) {
        return """
                process.roles=broker,controller
                node.id=1
                controller.quorum.voters=1@127.0.0.1:%2$d
                listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
                advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
                controller.listener.names=CONTROLLER
                listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
                log.dirs=%3$s
                auto.create.topics.enable=false
                offsets.topic.num.partitions=2
                offsets.topic.replication.factor=1
                transaction.state.log.num.partitions=2
                transaction.state.log.replication.factor=1
                transaction.state.log.min.isr=1
                group.initial.rebalance.delay.ms=0
                group.min.session.timeout.ms=1000
                log.cleaner.dedupe.buffer.size=4194304
                """.formatted(port, controllerPort, folder.resolve("data"));
    }

    @Override
    public void close() {
        if (jvm != null) {
            jvm.close();
        }
    }
}
