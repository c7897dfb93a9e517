package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.DetectionPluginFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The processor inside a topology of somebody else's. */
class VaultwatchProcessorTest {
    @TempDir
    Path state = Path.of("");

    private TopologyTestDriver driver = driver(Path.of("target"));

    @BeforeEach
    void start() {
        driver.close();
        driver = driver(state);
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    @DisplayName("ten lines alert early, and on time by the watermark of the next minute's record")
    void alerts() {
        harvest();
        assertThat(stages()).containsExactly("EARLY");
        input().pipeInput("x", read(120));
        assertThat(stages()).containsExactly("ON_TIME");
    }

    @Test
    @DisplayName("the minute closes by punctuation when the partition falls silent")
    void silence() {
        harvest();
        assertThat(stages()).containsExactly("EARLY");
        for (int second = 0; second < 90; second++) {
            driver.advanceWallClockTime(Duration.ofSeconds(1));
        }
        assertThat(stages()).containsExactly("ON_TIME");
    }

    @Test
    @DisplayName("the documentation's topology is the one that this test compiles and runs")
    void documented() throws Exception {
        String source = Files.readString(Path.of("src/test/java/dev/vaultwatch/kafka/TenLineTopology.java"));
        String code = source.substring(source.indexOf("// doc:begin") + 12, source.indexOf("    // doc:end"))
                .lines()
                .map(line -> line.length() > 4 ? line.substring(4) : line)
                .collect(Collectors.joining("\n"))
                .strip();
        assertThat(Files.readString(Path.of("docs/kafka.md"))).contains(code);
    }

    @Test
    @DisplayName("a record without a value is a dead letter, not nothing")
    void withoutValue() {
        DetectionPluginFactory factory =
                ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream("records-by-upn", Consumed.with(Serdes.String(), Serdes.ByteArray()))
                .process(VaultwatchProcessorSupplier.<String>of(factory, Map.of()))
                .mapValues(emitted -> emitted.kind().name())
                .to("alerts", Produced.with(Serdes.String(), Serdes.String()));
        driver.close();
        driver = driver(state, builder.build());
        input().pipeInput("x", null);

        assertThat(driver.createOutputTopic("alerts", new StringDeserializer(), new StringDeserializer())
                        .readValuesToList())
                .containsExactly("DEAD_LETTER");
    }

    private void harvest() {
        for (int i = 0; i < 12; i++) {
            input().pipeInput("x", read(i));
        }
    }

    private static byte[] read(int second) {
        return Backlog.json(
                        Backlog.START.plusSeconds(second),
                        second % 2 == 0 ? "SecretGet" : "KeyGet",
                        "a@contoso.example",
                        second)
                .getBytes(StandardCharsets.UTF_8);
    }

    private List<String> stages() {
        TestOutputTopic<String, String> output =
                driver.createOutputTopic("alerts", new StringDeserializer(), new StringDeserializer());
        return output.readRecordsToList().stream()
                .map(VaultwatchProcessorTest::stage)
                .toList();
    }

    private static String stage(TestRecord<String, String> record) {
        return new String(record.headers().lastHeader("stage").value(), StandardCharsets.UTF_8);
    }

    private TestInputTopic<String, byte[]> input() {
        return driver.createInputTopic("records-by-upn", new StringSerializer(), new ByteArraySerializer());
    }

    private static TopologyTestDriver driver(Path state) {
        return driver(state, TenLineTopology.topology());
    }

    private static TopologyTestDriver driver(Path state, Topology topology) {
        Properties properties = new Properties();
        properties.put("application.id", "ten-lines");
        properties.put("bootstrap.servers", "unused:1");
        properties.put("state.dir", state.toString());
        return new TopologyTestDriver(topology, properties, Backlog.START);
    }
}
