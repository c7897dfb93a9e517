package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.DetectionPluginFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of an envelope at the split step. */
class SplitTest {
    private static final String BAD = "{\"time\":\"soon\",\"category\":\"AuditEvent\",\"operationName\":\"SecretGet\"}";

    @TempDir
    Path folder = Path.of("");

    @Test
    @DisplayName("a record that can't be read is a dead letter, and the good ones beside it still raise their alert")
    void damagedBesideGood() throws Exception {
        StringBuilder envelope = new StringBuilder("{\"records\":[").append(BAD);
        for (int i = 0; i < 12; i++) {
            envelope.append(',').append(read(i));
        }

        Map<String, List<TestRecord<byte[], byte[]>>> out = run(envelope + "]}");

        assertThat(out.get("alerts")).hasSize(1);
        assertThat(out.get("dead")).singleElement().satisfies(letter -> {
            assertThat(new String(letter.value(), StandardCharsets.UTF_8)).isEqualTo(BAD);
            assertThat(header(letter, "reason")).isEqualTo("BAD_TIME");
            assertThat(header(letter, "pointer")).isEqualTo("/records/0/time");
        });
    }

    @Test
    @DisplayName("a payload of which nothing can be read is one dead letter")
    void nothingGood() throws Exception {
        assertThat(run("no JSON").get("dead"))
                .singleElement()
                .satisfies(letter -> assertThat(header(letter, "reason")).isEqualTo("MALFORMED"));
    }

    @Test
    @DisplayName("a partition of which nothing comes holds time back until the brokers say that it was read to its end")
    void unread() throws Exception {
        AtomicBoolean unread = new AtomicBoolean(true);
        try (TopologyTestDriver driver = driver((topic, partition) -> unread.get())) {
            reads(raw(driver), 0, 12);
            seconds(driver, 200);
            assertThat(stages(driver)).containsExactly("EARLY");
            unread.set(false);
            seconds(driver, 90);
            assertThat(stages(driver)).containsExactly("ON_TIME");
        }
    }

    @Test
    @DisplayName("a record without a value is a dead letter, not nothing")
    void withoutValue() throws Exception {
        try (TopologyTestDriver driver = driver(Unread.nothing())) {
            raw(driver).pipeInput(new byte[] {1}, (byte[]) null);

            assertThat(records(driver, "dead"))
                    .singleElement()
                    .satisfies(letter -> assertThat(header(letter, "reason")).isEqualTo("NOT_A_RECORD"));
        }
    }

    @Test
    @DisplayName("a record that makes a larger message than the producer sends is a dead letter, and ends nothing")
    void tooLarge() throws Exception {
        try (TopologyTestDriver driver = driver(Unread.nothing(), "kafka.max.request.size = 4000")) {
            TestInputTopic<byte[], byte[]> raw = raw(driver);
            String large = "{\"pad\":\"" + "x".repeat(4_000) + "\"," + read(0).substring(1);
            raw.pipeInput(large.getBytes(StandardCharsets.UTF_8));
            reads(raw, 1, 11);

            assertThat(records(driver, "dead")).singleElement().satisfies(letter -> {
                assertThat(header(letter, "reason")).isEqualTo("TOO_LARGE");
                assertThat(new String(letter.value(), StandardCharsets.UTF_8)).isEqualTo(large);
            });
            assertThat(stages(driver)).containsExactly("EARLY");
        }
    }

    @Test
    @DisplayName("a partition is silent after plugin.time.idle-timeout, whatever that is")
    void idleTimeout() throws Exception {
        try (TopologyTestDriver driver = driver(Unread.nothing(), "plugin.time.idle-timeout = PT5M")) {
            reads(raw(driver), 0, 12);
            seconds(driver, 280);
            assertThat(stages(driver)).containsExactly("EARLY");
            seconds(driver, 120);
            assertThat(stages(driver)).containsExactly("ON_TIME");
        }
    }

    @Test
    @DisplayName("a dead letter has the time at which it was sent, so that retention keeps that of an old record, too")
    void timeOfLetter() throws Exception {
        try (TopologyTestDriver driver = driver(Unread.nothing())) {
            raw(driver).pipeInput(new byte[] {1}, BAD.getBytes(StandardCharsets.UTF_8), 7L);

            assertThat(records(driver, "dead"))
                    .singleElement()
                    .satisfies(letter -> assertThat(letter.getRecordTime()).isEqualTo(Backlog.START));
        }
    }

    @Test
    @DisplayName("a record without a timestamp of Kafka's takes that of the record before it, and ends nothing")
    void withoutTimestamp() {
        ConsumerRecord<Object, Object> record = new ConsumerRecord<>("raw", 0, 1L, "key", "value");

        assertThat(record.timestamp()).isNegative();
        assertThat(VaultwatchStreams.timestamp(record, 5)).isEqualTo(5);
        assertThat(VaultwatchStreams.timestamp(record, -1)).isZero();
    }

    private static void seconds(TopologyTestDriver driver, int seconds) {
        for (int i = 0; i < seconds; i++) {
            driver.advanceWallClockTime(Duration.ofSeconds(1));
        }
    }

    private Map<String, List<TestRecord<byte[], byte[]>>> run(String payload) throws Exception {
        try (TopologyTestDriver driver = driver(Unread.nothing())) {
            raw(driver).pipeInput(payload.getBytes(StandardCharsets.UTF_8));
            return Map.of("alerts", records(driver, "alerts"), "dead", records(driver, "dead"));
        }
    }

    private TopologyTestDriver driver(Unread unread, String... more) throws Exception {
        List<String> lines = new ArrayList<>(List.of(
                "topics.raw = raw",
                "topics.alerts = alerts",
                "topics.dead-letters = dead",
                "group = split-test",
                "kafka.bootstrap.servers = unused:1"));
        lines.addAll(List.of(more));
        Path config = Files.write(folder.resolve("kafka.conf"), lines);
        DetectionPluginFactory factory =
                ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();
        VaultwatchStreams streams = new VaultwatchStreams(factory, KafkaSettings.read(config, factory));
        Properties properties = new Properties();
        properties.put("application.id", "split-test");
        properties.put("bootstrap.servers", "unused:1");
        properties.put("state.dir", folder.toString());
        Topology topology =
                streams.topology(Map.of("raw", 1), Metrics.off(), new RuleSets(factory, Map.of(), "a"), unread);
        return new TopologyTestDriver(topology, properties, Backlog.START);
    }

    private static TestInputTopic<byte[], byte[]> raw(TopologyTestDriver driver) {
        return driver.createInputTopic("raw", new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** One user's reads, a second apart. */
    private static void reads(TestInputTopic<byte[], byte[]> raw, int from, int to) {
        for (int i = from; i < to; i++) {
            raw.pipeInput(read(i).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The stages of the alerts that came since the last look. */
    private static List<String> stages(TopologyTestDriver driver) {
        return records(driver, "alerts").stream()
                .map(alert -> header(alert, "stage"))
                .toList();
    }

    private static List<TestRecord<byte[], byte[]>> records(TopologyTestDriver driver, String topic) {
        return driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer())
                .readRecordsToList();
    }

    private static String header(TestRecord<byte[], byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    private static String read(int second) {
        return Backlog.json(
                Backlog.START.plusSeconds(second),
                second % 2 == 0 ? "SecretGet" : "KeyGet",
                "a@contoso.example",
                second);
    }
}
