package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules that come to the consumer host by its control topic; the host in a JVM of its own, on a real broker in another. */
class KafkaConsumerRulesIT extends OneBroker {
    private static final List<String> CONSUMER = List.of("--consumer");

    @Test
    @DisplayName(
            "rules change at a stated time, without a journal, and the host is killed before and after: each alert is by the"
                    + " rules of its minute, and what became of the sets is published")
    void rulesWithoutJournal(@TempDir Path folder) throws Exception {
        rules(folder, "rules-none", "kafka.max.poll.records = 50");
    }

    @Test
    @DisplayName("the same with a journal")
    void rulesWithJournal(@TempDir Path folder) throws Exception {
        rules(folder, "rules-journal", "plugin.journal.dir = " + folder.resolve("journal"));
    }

    @Test
    @DisplayName(
            "while every partition is silent, rules take over when time has run on to theirs; a set that is overwritten after"
                    + " it was accepted ends the next host with what to do")
    void rulesInSilence(@TempDir Path folder) throws Exception {
        Host host = new Host(broker(), "rules-silence", folder, 2);
        String[] control = host.withControl();
        String[] lines = {control[0], control[1], "plugin.time.idle-timeout = PT1S", "kafka.group.instance.id = a"};
        Instant from = Backlog.START.plusSeconds(10);
        host.announce(Rules.change("thirteen", from, "13"), lines);
        broker().send(
                        host.raw(),
                        List.of(new Broker.Placed(
                                0, Backlog.json(Backlog.START.plusSeconds(9), "SecretGet", "a@contoso.example", 1))));
        try (Jvm jvm = host.start(CONSUMER, lines)) {
            host.awaitResults(2, jvm);
            assertThat(jvm.terminate()).as(jvm.output()).isEqualTo(143);
        }
        assertThat(broker().read(host.controlResults())).last().satisfies(result -> {
            assertThat(Backlog.header(result, "outcome")).isEqualTo("APPLIED");
            assertThat(result.value()).contains("\"watermark\":\"" + from + "\"");
        });
        host.announce(Rules.change("thirteen", from, "14"), lines);
        try (Jvm jvm = host.start(CONSUMER, lines)) {
            assertThat(jvm.end()).isEqualTo(1);
            assertThat(jvm.output())
                    .contains("Version thirteen in " + host.control() + " was accepted and has other content now");
        }
    }

    private void rules(Path folder, String name, String line) throws Exception {
        Backlog backlog = new Backlog(29, 60, 4);
        Host host = new Host(broker(), name, folder, 4);
        String[] control = host.withControl();
        String[] lines = {control[0], control[1], line, "kafka.group.instance.id = a"};
        Instant from = Backlog.START.plusSeconds(30 * 60);
        RuleSetChange thirteen = Rules.change("thirteen", from, "13");
        host.announce(Rules.change("broken", from.minusSeconds(600), "ten"), lines);
        host.announce(thirteen, lines);
        broker().send(host.raw(), backlog.between(0, 20, List.of(0, 1, 2, 3)));
        try (Jvm first = host.start(CONSUMER, lines)) {
            host.awaitAlerts(20, first);
            host.awaitResults(2, first);
            first.kill();
        }
        broker().send(host.raw(), backlog.between(20, 40, List.of(0, 1, 2, 3)));
        try (Jvm second = host.start(CONSUMER, lines)) {
            host.awaitResults(3, second);
            second.kill();
        }
        broker().send(host.raw(), backlog.between(40, 60, List.of(0, 1, 2, 3)));
        try (Jvm third = host.start(CONSUMER, lines)) {
            broker().send(host.raw(), backlog.ends());
            Path rules = Rules.write(thirteen, Files.createTempDirectory(folder, "expected"));
            Map<String, String> expected = backlog.expected(from, Map.of("rules.dir", rules.toString()));
            assertThat(expected).hasSizeLessThan(backlog.expected().size());
            host.await(expected, third);
            assertThat(third.terminate()).as(third.output()).isEqualTo(143);
        }
        // A decision and a change may be told again by the member that takes over; never another decision.
        List<ConsumerRecord<String, String>> results = broker().read(host.controlResults());
        assertThat(results)
                .extracting(result -> result.key() + " " + Backlog.header(result, "outcome"))
                .containsOnly("broken REFUSED", "thirteen ACCEPTED", "thirteen APPLIED");
        assertThat(results)
                .filteredOn(result -> Backlog.header(result, "outcome").equals("APPLIED"))
                .allMatch(result -> result.value().contains("\"watermark\":\"" + from + "\""));
    }
}
