package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The consumer host in a JVM of its own, on a real broker in another. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KafkaConsumerHostIT {
    private static final List<String> CONSUMER = List.of("--consumer");

    private @Nullable Broker started;

    @BeforeAll
    void startBroker(@TempDir Path folder) throws Exception {
        started = Broker.start(folder);
    }

    @AfterAll
    void stopBroker() {
        broker().close();
    }

    private Broker broker() {
        if (started == null) {
            throw new IllegalStateException("The broker is not started.");
        }
        return started;
    }

    @Test
    @DisplayName("a backlog of 240 minutes with one partition stalled by 60 of them: the alerts are those of one JVM")
    void stalledPartition(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(16, 240, 4);
        Host host = new Host(broker(), "stalled", folder, 4);
        broker().send(host.raw(), backlog.between(0, 180, List.of(3)));
        broker().send(host.raw(), backlog.between(0, 240, List.of(0, 1, 2)));
        try (Jvm jvm = host.start(CONSUMER, "plugin.journal.dir = " + folder.resolve("journal"))) {
            host.awaitAlerts(300, jvm);
            broker().send(host.raw(), backlog.between(180, 240, List.of(3)));
            broker().send(host.raw(), backlog.ends());
            List<ConsumerRecord<String, String>> alerts = host.await(backlog.expected(), jvm);
            assertThat(Backlog.stages(alerts)).doesNotHaveDuplicates();
            assertThat(jvm.terminate()).as(jvm.output()).isEqualTo(143);
        }
    }

    @Test
    @DisplayName("SIGKILL in mid-minute, with a journal: the next process goes on, none missing and no total wrong")
    void killedWithJournal(@TempDir Path folder) throws Exception {
        killed(folder, "killed-journal", "plugin.journal.dir = " + folder.resolve("journal"));
    }

    @Test
    @DisplayName("SIGKILL in mid-minute, without a journal: another process reads again what windows need")
    void killedWithoutJournal(@TempDir Path folder) throws Exception {
        killed(folder, "killed-none", "kafka.max.poll.records = 50");
    }

    private void killed(Path folder, String name, String line) throws Exception {
        Backlog backlog = new Backlog(17, 60, 4);
        Host host = new Host(broker(), name, folder, 4);
        broker().send(host.raw(), backlog.between(0, 20, List.of(0, 1, 2, 3)));
        try (Jvm first = host.start(CONSUMER, line)) {
            host.awaitAlerts(20, first);
            broker().send(host.raw(), backlog.between(20, 40, List.of(0, 1, 2, 3)));
            host.awaitAlerts(60, first);
            first.kill();
        }
        broker().send(host.raw(), backlog.between(40, 60, List.of(0, 1, 2, 3)));
        try (Jvm second = host.start(CONSUMER, line)) {
            broker().send(host.raw(), backlog.ends());
            host.await(backlog.expected(), second);
            second.terminate();
        }
    }

    @Test
    @DisplayName("a standby in the group takes over all partitions when the reader is gone, and none before")
    void standby(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(18, 40, 4);
        Host host = new Host(broker(), "standby", folder, 4);
        broker().send(host.raw(), backlog.between(0, 20, List.of(0, 1, 2, 3)));
        try (Jvm reader = host.start(CONSUMER)) {
            host.awaitAlerts(20, reader);
            try (Jvm standby = host.start(CONSUMER)) {
                broker().send(host.raw(), backlog.between(20, 30, List.of(0, 1, 2, 3)));
                host.awaitAlerts(60, reader);
                reader.kill();
                broker().send(host.raw(), backlog.between(30, 40, List.of(0, 1, 2, 3)));
                broker().send(host.raw(), backlog.ends());
                host.await(backlog.expected(), standby);
                standby.terminate();
            }
        }
    }

    @Test
    @DisplayName("a record that is no JSON goes to the dead-letter topic with its reason, and the rest is read on")
    void poison(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(19, 5, 2);
        Host host = new Host(broker(), "poison", folder, 2);
        broker().send(host.raw(), List.of(new Broker.Placed(0, "{\"time\":")));
        broker().send(host.raw(), backlog.all());
        broker().send(host.raw(), backlog.ends());
        try (Jvm jvm = host.start(CONSUMER)) {
            Map<String, String> expected = backlog.expected();
            host.await(expected, jvm);
            jvm.terminate();
        }
        assertThat(broker().read(host.deadLetters())).singleElement().satisfies(letter -> {
            assertThat(letter.value()).isEqualTo("{\"time\":");
            assertThat(Backlog.header(letter, "reason")).isEqualTo("MALFORMED");
        });
    }

    @Test
    @DisplayName("the broker killed and started again under load: the host goes on by itself")
    void brokerBounced(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(20, 40, 4);
        Host host = new Host(broker(), "bounced", folder, 4);
        broker().send(host.raw(), backlog.between(0, 20, List.of(0, 1, 2, 3)));
        try (Jvm jvm = host.start(CONSUMER)) {
            host.awaitAlerts(10, jvm);
            broker().kill();
            broker().start();
            broker().send(host.raw(), backlog.between(20, 40, List.of(0, 1, 2, 3)));
            broker().send(host.raw(), backlog.ends());
            host.await(backlog.expected(), jvm);
            jvm.terminate();
        }
    }
}
