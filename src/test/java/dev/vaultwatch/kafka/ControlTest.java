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
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules from the control topic, in the whole topology and on a wall clock of the test's. */
class ControlTest {
    @TempDir
    Path folder = Path.of("");

    /** Compiled rules, for all tests. */
    @TempDir
    private static Path cache;

    private final RuleSets rules = new RuleSets(Backlog.factory(), Map.of("rules.cache-dir", cache.toString()), "a");
    private Optional<TopologyTestDriver> running = Optional.empty();

    @BeforeEach
    void start() throws Exception {
        Path config = Files.write(
                folder.resolve("kafka.conf"),
                List.of(
                        "topics.raw = raw",
                        "topics.alerts = alerts",
                        "topics.control = control",
                        "topics.control-results = results",
                        "group = control-test",
                        "plugin.rules.cache-dir = " + cache,
                        "kafka.bootstrap.servers = unused:1"));
        DetectionPluginFactory factory = Backlog.factory();
        Properties properties = new Properties();
        properties.put("application.id", "control-test");
        properties.put("bootstrap.servers", "unused:1");
        properties.put("state.dir", folder.toString());
        running = Optional.of(new TopologyTestDriver(
                new VaultwatchStreams(factory, KafkaSettings.read(config, factory))
                        .topology(Map.of("raw", 1), Metrics.off(), rules, Unread.nothing()),
                properties,
                Backlog.START));
    }

    @AfterEach
    void stop() {
        driver().close();
        rules.close();
    }

    private TopologyTestDriver driver() {
        return running.orElseThrow();
    }

    private void announce(RuleSetChange change) {
        var control = driver().createInputTopic("control", new StringSerializer(), new StringSerializer());
        ControlTopic.messages(change).forEach(control::pipeInput);
    }

    /** Twelve reads in that minute, and the wall clock moves to its end. */
    private void harvest(int minute) {
        var raw = driver().createInputTopic("raw", new ByteArraySerializer(), new ByteArraySerializer());
        for (int i = 0; i < 12; i++) {
            Instant time = Backlog.START.plusSeconds(60L * minute + i);
            String json = Backlog.json(time, i % 2 == 0 ? "SecretGet" : "KeyGet", "a@contoso.example", i);
            raw.pipeInput(json.getBytes(StandardCharsets.UTF_8));
        }
        for (int i = 0; i < 30; i++) {
            driver().advanceWallClockTime(Duration.ofSeconds(2));
        }
    }

    private List<String> alerts() {
        return driver()
                .createOutputTopic("alerts", new StringDeserializer(), new StringDeserializer())
                .readRecordsToList()
                .stream()
                .filter(alert -> header(alert, "stage").equals("ON_TIME"))
                .map(alert -> alert.value().replaceAll(".*\"start\":\"2026-11-03T(\\d\\d:\\d\\d).*", "$1"))
                .toList();
    }

    private List<TestRecord<String, String>> results() {
        return driver().createOutputTopic("results", new StringDeserializer(), new StringDeserializer())
                .readRecordsToList();
    }

    private static String header(TestRecord<String, String> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    private List<String> outcomes() {
        return results().stream()
                .map(result -> result.key() + " " + header(result, "outcome"))
                .toList();
    }

    @Test
    @DisplayName(
            "minutes that end by the stated time are judged by the old rules, the others by the new; all is published")
    void changes() throws Exception {
        announce(Rules.change("twenty", Backlog.START.plusSeconds(180), "20"));
        for (int minute = 0; minute < 6; minute++) {
            harvest(minute);
        }

        assertThat(alerts()).containsExactly("08:00", "08:01", "08:02");
        assertThat(outcomes()).containsExactly("twenty ACCEPTED", "twenty READY", "twenty APPLIED");
    }

    @Test
    @DisplayName("a change whose time has passed is refused with the time from which one is accepted")
    void tooLate() throws Exception {
        harvest(0);
        harvest(1);
        announce(Rules.change("late", Backlog.START.plusSeconds(60), "20"));
        for (int minute = 2; minute < 5; minute++) {
            harvest(minute);
        }

        assertThat(results()).singleElement().satisfies(result -> {
            assertThat(result.key()).isEqualTo("late");
            assertThat(header(result, "outcome")).isEqualTo("REFUSED");
            assertThat(result.value()).contains("has passed").contains("2026-11-03T08:02:00Z");
        });
        assertThat(alerts()).containsExactly("08:00", "08:01", "08:02", "08:03");
    }

    @Test
    @DisplayName("rules that don't compile are refused before any task hears of them, with their faults")
    void broken() throws Exception {
        announce(Rules.change("broken", Backlog.START.plusSeconds(120), "ten"));
        for (int minute = 0; minute < 4; minute++) {
            harvest(minute);
        }

        assertThat(results()).singleElement().satisfies(result -> {
            assertThat(header(result, "outcome")).isEqualTo("REFUSED");
            assertThat(result.value())
                    .contains("\"rules/excessive-secret-retrieval/rule.")
                    .contains("min_events");
        });
        assertThat(alerts()).containsExactly("08:00", "08:01", "08:02");
    }

    @Test
    @DisplayName("a version that is announced again with other content is refused; what was decided stands")
    void again() throws Exception {
        announce(Rules.change("one", Backlog.START.plusSeconds(120), "20"));
        harvest(0);
        announce(Rules.change("one", Backlog.START.plusSeconds(120), "10"));
        for (int minute = 1; minute < 5; minute++) {
            harvest(minute);
        }

        assertThat(outcomes()).containsExactly("one ACCEPTED", "one READY", "one REFUSED", "one APPLIED");
        assertThat(alerts()).containsExactly("08:00", "08:01");
    }

    @Test
    @DisplayName("a tuning alone is a change, too")
    void tuning() throws Exception {
        RuleSetChange shipped = Rules.change("tuned", Backlog.START.plusSeconds(120), "10");
        Map<String, String> files = new java.util.TreeMap<>(shipped.files());
        files.put("tuning.json", "{\"rules\":{\"excessive-secret-retrieval\":{\"set\":{\"min_events\":20}}}}");
        announce(new RuleSetChange("tuned", shipped.from(), files));
        for (int minute = 0; minute < 5; minute++) {
            harvest(minute);
        }

        assertThat(results()).extracting(TestRecord::value).last().asString().contains("APPLIED");
        assertThat(alerts()).containsExactly("08:00", "08:01");
    }

    @Test
    @DisplayName("while every partition is silent a change takes over when time has run on to it")
    void silent() throws Exception {
        harvest(0);
        announce(Rules.change("twenty", Backlog.START.plusSeconds(180), "20"));
        driver().advanceWallClockTime(Duration.ofMinutes(5));
        for (int second = 0; second < 5; second++) {
            driver().advanceWallClockTime(Duration.ofSeconds(1));
        }

        assertThat(alerts()).containsExactly("08:00");
        assertThat(outcomes()).endsWith("twenty APPLIED");
    }

    @Test
    @DisplayName("after a silence, records that come five minutes after their time are in time as they were before it")
    void laggingAfterSilence() throws Exception {
        driver().advanceWallClockTime(Duration.ofMinutes(5));
        harvest(0);
        for (int second = 0; second < 60; second++) {
            driver().advanceWallClockTime(Duration.ofSeconds(1));
        }
        harvest(2);
        harvest(3);

        assertThat(alerts()).containsExactly("08:00", "08:02");
    }
}
