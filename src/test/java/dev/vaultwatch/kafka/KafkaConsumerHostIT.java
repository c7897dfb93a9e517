package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The consumer host in a JVM of its own, on a real broker in another. */
class KafkaConsumerHostIT extends OneBroker {
    private static final List<String> CONSUMER = List.of("--consumer");
    /** For tests in which brokers don't answer; enough for those that do, on a slow machine, too. */
    private static final String[] IN_TIME = {"kafka.request.timeout.ms = 8000", "kafka.default.api.timeout.ms = 8000"};

    @Test
    @DisplayName("a backlog of 240 minutes with one partition stalled by 60 of them: the alerts are those of one JVM")
    void stalledPartition(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(16, 240, 4);
        Host host = new Host(broker(), "stalled", folder, 4);
        broker().send(host.raw(), backlog.between(0, 180, List.of(3)));
        broker().send(host.raw(), backlog.between(0, 240, List.of(0, 1, 2)));
        // However slow the machine is, silence is not what ends the stall.
        try (Jvm jvm = host.start(
                CONSUMER, "plugin.journal.dir = " + folder.resolve("journal"), "plugin.time.idle-timeout = PT1H")) {
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
        // A process that comes back under its name need not wait until its session has ended.
        String[] lines = {line, "kafka.group.instance.id = a"};
        broker().send(host.raw(), backlog.between(0, 20, List.of(0, 1, 2, 3)));
        try (Jvm first = host.start(CONSUMER, lines)) {
            host.awaitAlerts(20, first);
            broker().send(host.raw(), backlog.between(20, 40, List.of(0, 1, 2, 3)));
            host.awaitAlerts(60, first);
            first.kill();
        }
        broker().send(host.raw(), backlog.between(40, 60, List.of(0, 1, 2, 3)));
        try (Jvm second = host.start(CONSUMER, lines)) {
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
            assertThat(jvm.terminate()).as(jvm.output()).isEqualTo(143);
        }
    }

    @Test
    @DisplayName("put out by its group, without a journal: it joins again and reads again what windows need")
    void putOutWithoutJournal(@TempDir Path folder) throws Exception {
        putOut(folder, "out-none", "kafka.max.poll.records = 50");
    }

    @Test
    @DisplayName("put out by its group, with a journal: it joins again and goes on")
    void putOutWithJournal(@TempDir Path folder) throws Exception {
        putOut(folder, "out-journal", "plugin.journal.dir = " + folder.resolve("journal"));
    }

    /** A commit is refused every time: no heartbeat comes before the next one. */
    private void putOut(Path folder, String name, String line) throws Exception {
        Backlog backlog = new Backlog(31, 40, 4);
        Host host = new Host(broker(), name, folder, 4);
        String[] lines = {line, "kafka.session.timeout.ms = 1200000", "kafka.heartbeat.interval.ms = 400000"};
        broker().send(host.raw(), backlog.between(0, 20, List.of(0, 1, 2, 3)));
        try (Jvm jvm = host.start(CONSUMER, lines)) {
            host.awaitAlerts(20, jvm);
            broker().putOut(host.group());
            broker().send(host.raw(), backlog.between(20, 40, List.of(0, 1, 2, 3)));
            broker().send(host.raw(), backlog.ends());
            host.awaitOutput("The group refused a commit", jvm);
            host.await(backlog.expected(), jvm);
            assertThat(jvm.terminate()).as(jvm.output()).isEqualTo(143);
        }
    }

    @Test
    @DisplayName("another process with its group.instance.id ends a host with 1, and goes on in its place")
    void fenced(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(35, 20, 2);
        Host host = new Host(broker(), "fenced", folder, 2);
        String line = "kafka.group.instance.id = a";
        broker().send(host.raw(), backlog.between(0, 10, List.of(0, 1)));
        try (Jvm first = host.start(CONSUMER, line)) {
            host.awaitAlerts(5, first);
            try (Jvm second = host.start(CONSUMER, line)) {
                assertThat(first.end()).isEqualTo(1);
                assertThat(first.output()).contains("vaultwatch kafka: The broker rejected this static consumer");
                broker().send(host.raw(), backlog.between(10, 20, List.of(0, 1)));
                broker().send(host.raw(), backlog.ends());
                host.await(backlog.expected(), second);
                assertThat(second.terminate()).as(second.output()).isEqualTo(143);
            }
        }
    }

    @Test
    @DisplayName("a start without brokers ends with 1 and says what could not be read")
    void withoutBrokers(@TempDir Path folder) throws Exception {
        Host host = new Host(broker(), "without", folder, 1);
        try (Jvm jvm = host.start(
                CONSUMER,
                "kafka.bootstrap.servers = 127.0.0.1:" + Broker.freePort(),
                "kafka.request.timeout.ms = 1000",
                "kafka.default.api.timeout.ms = 1000")) {
            assertThat(jvm.end()).isEqualTo(1);
            assertThat(jvm.output()).contains("The topics [without-raw] can't be described.");
        }
    }

    @Test
    @DisplayName("SIGTERM without a journal: nothing is an error, and the group has no member left")
    void orderlyStop(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(32, 5, 2);
        Host host = new Host(broker(), "orderly", folder, 2);
        broker().send(host.raw(), backlog.all());
        broker().send(host.raw(), backlog.ends());
        // Whoever does not leave stays a member for as long.
        try (Jvm jvm = host.start(CONSUMER, "kafka.session.timeout.ms = 600000")) {
            host.await(backlog.expected(), jvm);
            assertThat(broker().members(host.group())).hasSize(1);
            assertThat(jvm.terminate()).as(jvm.output()).isEqualTo(143);
            assertThat(jvm.output()).doesNotContain("ERROR", "Exception");
        }
        assertThat(broker().members(host.group())).isEmpty();
    }

    private String[] between(String... lines) {
        List<String> all = new ArrayList<>(List.of(lines));
        all.add("kafka.bootstrap.servers = " + broker().addressBetween());
        all.add("kafka.session.timeout.ms = 1200000");
        all.add("kafka.heartbeat.interval.ms = 400000");
        return all.toArray(String[]::new);
    }

    @Test
    @DisplayName("brokers that do not answer a commit in time: the host goes on and commits later")
    void commitUnanswered(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(36, 20, 2);
        Host host = new Host(broker(), "unanswered", folder, 2);
        String[] lines = between(IN_TIME);
        try (Between between = broker().between()) {
            between.keepBack(ApiKeys.OFFSET_COMMIT);
            broker().send(host.raw(), backlog.between(0, 10, List.of(0, 1)));
            try (Jvm jvm = host.start(CONSUMER, lines)) {
                host.awaitOutput("The brokers did not take a commit in time", jvm);
                assertThat(broker().committed(host.group())).isEmpty();
                between.letGo();
                broker().send(host.raw(), backlog.between(10, 20, List.of(0, 1)));
                broker().send(host.raw(), backlog.ends());
                host.await(backlog.expected(), jvm);
                assertThat(jvm.terminate()).as(jvm.output()).isEqualTo(143);
            }
            assertThat(broker().committed(host.group())).hasSize(2);
        }
    }

    @Test
    @DisplayName("SIGTERM while a commit is under way, which is lost with its connection: it is done once more")
    void stoppedInCommit(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(37, 5, 1);
        Host host = new Host(broker(), "in-commit", folder, 1);
        broker().send(host.raw(), backlog.all());
        try (Between between = broker().between()) {
            between.keepBack(ApiKeys.OFFSET_COMMIT);
            try (Jvm jvm = host.start(CONSUMER, between())) {
                between.awaitKept(1);
                jvm.signal();
                between.awaitKept(2);
                between.cut();
                assertThat(jvm.end()).as(jvm.output()).isEqualTo(143);
                assertThat(jvm.output()).doesNotContain("WakeupException");
            }
        }
        assertThat(broker().committed(host.group())).hasSize(1);
    }

    @Test
    @DisplayName("a control topic that can't be read to its end in time is read again before the first record")
    void controlUnanswered(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(38, 10, 2);
        Host host = new Host(broker(), "control", folder, 2);
        String[] control = host.withControl();
        String[] lines = between(control[0], control[1], IN_TIME[0], IN_TIME[1]);
        broker().send(host.raw(), backlog.all());
        broker().send(host.raw(), backlog.ends());
        try (Between between = broker().between()) {
            between.keepBack(ApiKeys.LIST_OFFSETS);
            try (Jvm jvm = host.start(CONSUMER, lines)) {
                host.awaitOutput("The brokers did not tell in time where to go on", jvm);
                between.letGo();
                host.await(backlog.expected(), jvm);
                assertThat(jvm.terminate()).as(jvm.output()).isEqualTo(143);
            }
        }
    }

    @Test
    @DisplayName("what the brokers do not take for long is sent until they do, and nothing is committed before")
    void outgoingTopicsAway(@TempDir Path folder) throws Exception {
        Backlog backlog = new Backlog(33, 10, 2);
        Host host = new Host(broker(), "outgoing", folder, 2);
        broker().delete(host.alerts());
        broker().delete(host.deadLetters());
        broker().send(host.raw(), List.of(new Broker.Placed(0, "{\"time\":")));
        broker().send(host.raw(), backlog.all());
        broker().send(host.raw(), backlog.ends());
        try (Jvm jvm = host.start(CONSUMER, "kafka.max.block.ms = 100")) {
            host.awaitOutput("could not be sent yet", jvm);
            // Some commits are due meanwhile.
            Thread.sleep(5_000);
            assertThat(jvm.isAlive()).as(jvm.output()).isTrue();
            assertThat(broker().committed(host.group())).isEmpty();
            broker().topic(host.alerts(), 1);
            broker().topic(host.deadLetters(), 1);
            host.await(backlog.expected(), jvm);
            assertThat(jvm.terminate()).as(jvm.output()).isEqualTo(143);
        }
        assertThat(broker().read(host.deadLetters()))
                .singleElement()
                .satisfies(letter -> assertThat(letter.value()).isEqualTo("{\"time\":"));
    }
}
