package dev.vaultwatch.nifi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.host.PluginLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.apache.nifi.annotation.behavior.TriggerSerially;
import org.apache.nifi.annotation.behavior.TriggerWhenEmpty;
import org.apache.nifi.annotation.behavior.WritesAttribute;
import org.apache.nifi.annotation.behavior.WritesAttributes;
import org.apache.nifi.components.PropertyDescriptor;
import org.apache.nifi.processor.Processor;
import org.apache.nifi.util.MockFlowFile;
import org.apache.nifi.util.TestRunner;
import org.apache.nifi.util.TestRunners;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The processor in NiFi's own mock of a framework, with the bundle as it is packed. */
class DetectKeyVaultHarvestingTest {
    private static final Path SAMPLES = Path.of("../../samples");
    private static final String NO_THREAD = "PT0S";

    @TempDir
    private Path folder;

    private TestRunner runner;

    @BeforeEach
    void make() {
        runner = runner();
    }

    private TestRunner runner() {
        TestRunner made = TestRunners.newTestRunner(DetectKeyVaultHarvesting.class);
        made.setProperty("journal.dir", folder.toString());
        made.setProperty("time.idle-timeout", NO_THREAD);
        return made;
    }

    private List<MockFlowFile> alerts() {
        return runner.getFlowFilesForRelationship(DetectKeyVaultHarvesting.ALERTS);
    }

    private List<String> stages() {
        return alerts().stream()
                .map(alert -> alert.getAttribute("vaultwatch.alert.stage"))
                .toList();
    }

    private static String reads(int from, int to) {
        StringBuilder lines = new StringBuilder();
        for (int i = from; i < to; i++) {
            lines.append("{\"time\":\"2026-11-03T12:00:58.")
                    .append(100 + i)
                    .append("Z\",\"category\":\"AuditEvent\",\"operationName\":\"")
                    .append(i % 2 == 0 ? "SecretGet" : "KeyGet")
                    .append(
                            "\",\"resultType\":\"Success\",\"callerIpAddress\":\"192.0.2.7\",\"identity\":{\"claim\":{\"upn\":\"mallory@a.example\"}},"
                                    + "\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V\"}\n");
        }
        return lines.toString();
    }

    private static String laterRead() {
        return reads(0, 1).replace("12:00:58", "12:01:30").replace("mallory", "other");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "quiet-hour.auditevent.ndjson",
        "quiet-hour.eventhub.ndjson",
        "quiet-hour.ecs.ndjson",
        "quiet-hour.azurediagnostics.json"
    })
    @DisplayName("A file of records gives each stage of the alert, with its attributes, and passes unchanged")
    void detects(String sample) throws IOException {
        runner.enqueue(SAMPLES.resolve(sample));
        runner.run();

        assertThat(stages()).containsExactly("EARLY", "ON_TIME");
        MockFlowFile onTime = alerts().get(1);
        onTime.assertAttributeEquals("vaultwatch.alert.rule", "excessive-secret-retrieval");
        onTime.assertAttributeEquals("vaultwatch.alert.severity", "medium");
        onTime.assertAttributeEquals("vaultwatch.alert.risk.score", "43");
        onTime.assertAttributeEquals("mime.type", "application/json");
        assertThat(onTime.getContent())
                .contains("\"name\":\"mallory.frost@contoso.example\"", "\"Esql.event_count\":37");
        assertThat(runner.getFlowFilesForRelationship(DetectKeyVaultHarvesting.SUCCESS))
                .singleElement()
                .satisfies(input -> {
                    assertThat(input.toByteArray()).isEqualTo(Files.readAllBytes(SAMPLES.resolve(sample)));
                    assertThat(input.getAttribute("vaultwatch.records.bad")).isEqualTo("0");
                });
        runner.assertTransferCount(DetectKeyVaultHarvesting.FAILURE, 0);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"text, '[MEDIUM 43] EARLY '", "cef, CEF:0|", "ocsf, '{'"})
    @DisplayName("The alert is in the format that is asked for")
    void format(String format, String begins) {
        runner.setProperty(Settings.FORMAT, format);
        runner.enqueue(reads(0, 10));
        runner.run();

        assertThat(alerts())
                .singleElement()
                .satisfies(alert -> assertThat(alert.getContent()).startsWith(begins));
    }

    @Test
    @DisplayName("An alert that time alone raises leaves without a further FlowFile")
    void silence() throws InterruptedException {
        runner.setProperty("time.idle-timeout", "PT1S");
        runner.enqueue(reads(0, 12));
        runner.run(1, false, true);

        // The minute ends 2 s after the reads, and the slack is 5 s.
        long deadline = System.nanoTime() + Duration.ofSeconds(120).toNanos();
        while (!stages().contains("ON_TIME") && System.nanoTime() < deadline) {
            Thread.sleep(200);
            runner.run(1, false, false);
        }

        assertThat(stages()).containsExactly("EARLY", "ON_TIME");
        runner.stop();
    }

    @Test
    @DisplayName("A FlowFile without one readable record goes to failure and says what was wrong")
    void failure() {
        runner.enqueue("this is no record");
        runner.enqueue("{\"hello\":\"world\"}");
        runner.run(2);

        assertThat(runner.getFlowFilesForRelationship(DetectKeyVaultHarvesting.FAILURE))
                .hasSize(2)
                .allSatisfy(input ->
                        assertThat(input.getAttribute("vaultwatch.problem")).isNotBlank());
        runner.assertTransferCount(DetectKeyVaultHarvesting.SUCCESS, 0);
    }

    @Test
    @DisplayName("One bad record among good ones spoils nothing: the FlowFile is a success that names the problem")
    void mixed() {
        runner.enqueue(reads(0, 5) + "this is no record\n" + reads(5, 10));
        runner.run();

        assertThat(stages()).containsExactly("EARLY");
        MockFlowFile input = runner.getFlowFilesForRelationship(DetectKeyVaultHarvesting.SUCCESS)
                .get(0);
        input.assertAttributeEquals("vaultwatch.records.kept", "10");
        input.assertAttributeEquals("vaultwatch.records.bad", "1");
        assertThat(input.getAttribute("vaultwatch.problem")).isNotBlank();
    }

    @Test
    @DisplayName("Stopped in mid-minute and started again it goes on counting where it stopped")
    void restart() {
        runner.enqueue(reads(0, 7));
        runner.run();
        assertThat(alerts()).isEmpty();

        runner = runner();
        runner.enqueue(reads(7, 12) + laterRead());
        runner.run();

        assertThat(stages()).containsExactly("EARLY", "ON_TIME");
        assertThat(alerts().get(1).getContent()).contains("\"Esql.event_count\":12");
    }

    @Test
    @DisplayName(
            "An alert that was raised and had not left when the processor stopped comes after the next start, and only it")
    void acknowledged() throws InterruptedException {
        runner.setProperty("time.idle-timeout", "PT1S");
        runner.setProperty("close.timeout", "PT0.1S");
        runner.enqueue(reads(0, 12));
        runner.run(1, false, true);
        assertThat(stages()).containsExactly("EARLY");
        // Long enough for time alone to close the minute: nobody asks for what that raises.
        Thread.sleep(12_000);
        runner.stop();

        runner = runner();
        runner.run(3);

        assertThat(stages()).containsExactly("ON_TIME");
    }

    @Test
    @DisplayName("NiFi's service loader finds it; it runs serially, and while no FlowFile comes")
    void found() {
        assertThat(ServiceLoader.load(Processor.class))
                .anySatisfy(processor -> assertThat(processor).isInstanceOf(DetectKeyVaultHarvesting.class));
        assertThat(DetectKeyVaultHarvesting.class).hasAnnotations(TriggerSerially.class, TriggerWhenEmpty.class);
    }

    @Test
    @DisplayName("Properties are the descriptor's keys, with defaults and choices")
    void properties() throws IOException {
        List<PropertyDescriptor> properties = runner.getProcessor().getPropertyDescriptors();
        try (PluginLoader loader = Settings.open()) {
            assertThat(properties.stream().map(PropertyDescriptor::getName).collect(Collectors.toSet()))
                    .contains("Alert Format")
                    .containsAll(loader.descriptor().config().stream()
                            .map(key -> key.name())
                            .filter(name -> !name.equals("time.owner"))
                            .toList());
        }
        assertThat(Settings.FORMAT.getAllowableValues())
                .extracting(value -> value.getValue())
                .containsExactlyElementsOf(
                        AlertFormat.all().stream().map(AlertFormat::name).toList());
        runner.assertValid();
    }

    @Test
    @DisplayName("docs/nifi.md names every relationship and every attribute")
    void documented() throws IOException {
        String page = Files.readString(Path.of("../../../docs/nifi.md"));

        assertThat(runner.getProcessor().getRelationships())
                .allSatisfy(each -> assertThat(page).contains("| `" + each.getName() + "` |"));
        assertThat(DetectKeyVaultHarvesting.class
                        .getAnnotation(WritesAttributes.class)
                        .value())
                .extracting(WritesAttribute::attribute)
                .filteredOn(name -> !name.endsWith(".*"))
                .allSatisfy(name -> assertThat(page).contains("`" + name + "`"));
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource({"time.slack, 5 seconds", "alerts.max-values, many", "alerts.early, perhaps", "journal.fsync, sometimes"
    })
    @DisplayName("A value of another type is not valid")
    void invalid(String key, String value) {
        runner.setProperty(key, value);
        runner.assertNotValid();
    }

    @Test
    @DisplayName("A value out of range stops the start, and the message names the key and the range")
    void range() {
        runner.setProperty("alerts.max-values", "0");

        Throwable thrown = null;
        try {
            runner.run();
        } catch (Throwable e) {
            thrown = e;
        }
        assertThat(thrown)
                .hasStackTraceContaining("alerts.max-values is \"0\"; expected a whole number from 1 to 100000");
    }

    @Test
    @DisplayName("A FlowFile that is empty is neither good nor bad")
    void empty() {
        runner.enqueue(new byte[0]);
        runner.run();

        runner.assertAllFlowFilesTransferred(DetectKeyVaultHarvesting.SUCCESS, 1);
    }
}
