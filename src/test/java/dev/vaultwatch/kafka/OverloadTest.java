package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.DetectionPluginFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plugin that takes no more of a source that is ahead. */
class OverloadTest {
    private static final int MINUTES = 6;

    @Test
    @DisplayName(
            "what an overloaded plugin refuses stands in the changelogged store until time has moved, and is judged then")
    void waits(@TempDir Path folder) throws Exception {
        Path config = Files.write(
                folder.resolve("kafka.conf"),
                List.of(
                        "topics.raw = ahead, behind",
                        "topics.alerts = alerts",
                        "group = overload-test",
                        "kafka.bootstrap.servers = unused:1",
                        "plugin.bounds.events = 30"));
        DetectionPluginFactory factory = Backlog.factory();
        Properties properties = new Properties();
        properties.put("application.id", "overload-test");
        properties.put("bootstrap.servers", "unused:1");
        properties.put("state.dir", folder.toString());
        try (RuleSets rules = new RuleSets(factory, Map.of(), "a");
                TopologyTestDriver driver = new TopologyTestDriver(
                        new VaultwatchStreams(factory, KafkaSettings.read(config, factory))
                                .topology(Map.of("ahead", 1, "behind", 1), Metrics.off(), rules, (topic, n) -> true),
                        properties,
                        Backlog.START)) {
            TestInputTopic<byte[], byte[]> ahead = input(driver, "ahead");
            TestInputTopic<byte[], byte[]> behind = input(driver, "behind");
            behind.pipeInput(read(Backlog.START, "clerk"));
            for (int minute = 0; minute < MINUTES; minute++) {
                for (int i = 0; i < 12; i++) {
                    ahead.pipeInput(read(Backlog.START.plusSeconds(60L * minute + i), "harvester"));
                }
            }
            assertThat(waiting(driver)).isPositive();
            ahead.pipeInput(read(Backlog.START.plusSeconds(60L * (MINUTES + 2)), "clerk"));
            for (int minute = 1; minute < MINUTES + 2; minute++) {
                behind.pipeInput(read(Backlog.START.plusSeconds(60L * minute + 30), "clerk"));
                driver.advanceWallClockTime(Duration.ofSeconds(60));
            }

            assertThat(waiting(driver)).isZero();
            assertThat(driver.createOutputTopic("alerts", new StringDeserializer(), new StringDeserializer())
                            .readRecordsToList())
                    .filteredOn(alert -> new String(
                                    alert.headers().lastHeader("stage").value(), StandardCharsets.UTF_8)
                            .equals("ON_TIME"))
                    .hasSize(MINUTES)
                    .allMatch(alert -> alert.value().contains("\"Esql.event_count\":12"));
        }
    }

    private static TestInputTopic<byte[], byte[]> input(TopologyTestDriver driver, String topic) {
        return driver.createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static byte[] read(Instant time, String user) {
        String action = time.getEpochSecond() % 2 == 0 ? "SecretGet" : "KeyGet";
        return Backlog.json(time, action, user + "@contoso.example", (int) time.getEpochSecond())
                .getBytes(StandardCharsets.UTF_8);
    }

    private static long waiting(TopologyTestDriver driver) {
        KeyValueStore<Long, byte[]> store = driver.getKeyValueStore("vaultwatch-steps");
        long waiting = 0;
        try (KeyValueIterator<Long, byte[]> all = store.range(1L << 62, Long.MAX_VALUE)) {
            while (all.hasNext()) {
                all.next();
                waiting++;
            }
        }
        return waiting;
    }
}
