package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.testkit.AlertBuilder;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with a configuration is said before anything is read. */
class KafkaSettingsTest {
    private static final List<String> LEAST = List.of(
            "# the least",
            "topics.raw = raw, more",
            "topics.alerts = alerts",
            "group = vaultwatch",
            "kafka.bootstrap.servers = localhost:9092");

    @TempDir
    Path folder = Path.of("");

    @Test
    @DisplayName("the least configuration is read, with its defaults")
    void least() throws Exception {
        KafkaSettings settings = read();
        assertThat(settings.rawTopics()).containsExactly("raw", "more");
        assertThat(settings.guarantee()).isEqualTo(KafkaSettings.Guarantee.EXACTLY_ONCE_V2);
        assertThat(settings.shared()).isFalse();
        assertThat(settings.lateTopic()).isEmpty();
    }

    @Test
    @DisplayName("alerts are in any format that there is; another is refused with those there are")
    void formats() throws Exception {
        assertThat(read("alerts.format = ocsf").format().name()).isEqualTo("ocsf");
        refused("alerts.format = xml", ":6: 'alerts.format'", "known are cef, ecs, ocsf, text");
    }

    @Test
    @DisplayName("an alert fits into the largest message that the producer sends")
    void largeAlerts() throws Exception {
        Alert large = AlertBuilder.alert()
                .output("source_ip_values", Collections.nCopies(20_000, "x".repeat(100)))
                .build();

        assertThat(read().format().render(large)).hasSizeBetween(400_000, 1 << 20);
        assertThat(read("kafka.max.request.size = 9000").format().render(large)).hasSizeBetween(2_000, 9_000);
        assertThat(read("kafka.max.request.size = many").mostMessageBytes()).isEqualTo(1 << 20);
    }

    @Test
    @DisplayName("a port for metrics is a number, on an address that there is")
    void metrics() {
        refused("metrics.port = 70000", ":6: 'metrics.port' must be a whole number from 0 to 65535");
        refused("metrics.host = no-such-host.invalid", ":6: 'metrics.host'", "has no address");
    }

    @Test
    @DisplayName("a typo in a key of ours names file, line and what was probably meant")
    void typo() {
        refused("topic.late = x", ":6: unknown key 'topic.late'", "Did you mean 'topics.late'?");
    }

    @Test
    @DisplayName("a typo in a key of Kafka's clients is refused, which they themselves only log")
    void kafkaTypo() {
        refused("kafka.sasl.mechanisms = PLAIN", ":6: unknown key", "Did you mean 'kafka.sasl.mechanism'?");
    }

    @Test
    @DisplayName("a typo in a key of the plugin's is refused by the plugin")
    void pluginTypo() {
        refused("plugin.time.slak = PT5S", "below 'plugin.'", "time.slak");
    }

    @Test
    @DisplayName("a value that is none of the choices is refused with the choices")
    void choice() {
        refused("guarantee = exactly_once", ":6: 'guarantee' must be exactly_once_v2 or at_least_once");
    }

    @Test
    @DisplayName("each value that the page names for a choice is taken, and each setting that it writes out")
    void documented() throws Exception {
        String page = Files.readString(Path.of("docs/kafka.md"));
        List<String> settings = new ArrayList<>();
        for (String key : List.of("alerts.format", "guarantee", "consumer.assignment")) {
            Matcher row = Pattern.compile("(?m)^\\| `" + Pattern.quote(key) + "` \\| (.*) \\|$")
                    .matcher(page);
            assertThat(row.find()).as(key).isTrue();
            Pattern.compile("`([a-z0-9_]+)`")
                    .matcher(row.group(1))
                    .results()
                    .forEach(value -> settings.add(key + " = " + value.group(1)));
        }
        Pattern.compile("`((?:guarantee|consumer\\.assignment|kafka\\.[a-z.]+) = [^`]+)`")
                .matcher(page)
                .results()
                .forEach(each -> settings.add(each.group(1)));

        assertThat(settings).hasSizeGreaterThan(8).contains("guarantee = at_least_once");
        for (String setting : settings) {
            assertThatCode(() -> read(setting)).as(setting).doesNotThrowAnyException();
        }
    }

    @Test
    @DisplayName("a key that stands twice is refused with both places")
    void twice() {
        refused("group = other", ":6: 'group' stands at ", ":4 already");
    }

    @Test
    @DisplayName("a line that is no key and value is refused")
    void noEquals() {
        refused("group", ":6: expected 'key = value'");
    }

    @Test
    @DisplayName("a missing key is named with what it is for")
    void missing() throws Exception {
        Path file = Files.write(folder.resolve("kafka.conf"), LEAST.subList(0, 3));
        assertThatThrownBy(() -> KafkaSettings.read(file, Backlog.factory()))
                .hasMessageContaining("'group' is missing; expected the consumer group");
    }

    @Test
    @DisplayName("a variable of the environment stands for a secret, and one that is not set is refused")
    void environment() throws Exception {
        Path file = write("kafka.sasl.jaas.config = login password=\"${env:SECRET}\";");
        KafkaSettings settings = KafkaSettings.read(
                file, Backlog.factory(), name -> name.equals("SECRET") ? Optional.of("a$b\\c") : Optional.empty());
        assertThat(settings.kafka()).containsEntry("sasl.jaas.config", "login password=\"a$b\\c\";");
        assertThatThrownBy(() -> KafkaSettings.read(file, Backlog.factory(), name -> Optional.empty()))
                .hasMessageContaining("environment variable 'SECRET' is not set");
    }

    @Test
    @DisplayName("the command says what is wrong on standard error and ends with 2")
    void exitCode() throws Exception {
        assertThat(refusal(write("topics.lat = x"))).contains("unknown key 'topics.lat'");
    }

    @Test
    @DisplayName("members that share the partitions can't have a control topic, for none could decide for all")
    void sharedControl() throws Exception {
        Path file =
                write("topics.control = control", "topics.control-results = results", "consumer.assignment = shared");
        assertThat(refusal(file, "--consumer"))
                .contains("'topics.control' needs 'consumer.assignment = single'")
                .contains(file.toString());
    }

    /** What the command says on standard error when it ends with 2. */
    private static String refusal(Path file, String... options) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        List<String> all = new ArrayList<>(List.of("kafka", "--config", file.toString()));
        all.addAll(List.of(options));
        int exit = new KafkaMain()
                .run(System.out, new PrintStream(err, true, StandardCharsets.UTF_8), all.toArray(String[]::new));
        assertThat(exit).isEqualTo(2);
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    @DisplayName("the samples for Event Hubs are configurations that can be read")
    void samples() throws Exception {
        for (Path sample : List.of(
                Path.of("src/samples/kafka/event-hubs-connection-string.conf"),
                Path.of("src/samples/kafka/event-hubs-entra-id.conf"))) {
            KafkaSettings settings =
                    KafkaSettings.read(sample, Backlog.factory(), name -> Optional.of("value-of-" + name));
            assertThat(settings.kafka()).containsEntry("security.protocol", "SASL_SSL");
        }
    }

    private KafkaSettings read(String... lines) throws Exception {
        return KafkaSettings.read(write(lines), Backlog.factory());
    }

    private Path write(String... lines) throws Exception {
        List<String> all = new ArrayList<>(LEAST);
        all.addAll(List.of(lines));
        return Files.write(folder.resolve("kafka.conf"), all);
    }

    private void refused(String line, String... parts) {
        assertThatThrownBy(() -> read(line)).isInstanceOf(ConfigProblem.class).hasMessageContainingAll(parts);
    }
}
