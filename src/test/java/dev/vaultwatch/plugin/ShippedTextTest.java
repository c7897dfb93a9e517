package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One bad hour under every shipped rule: what a person reads of each, as src/test/resources/alerts/rules has it
 * ({@code -Dvaultwatch.golden=write} writes it anew), and what a SIEM can search by.
 */
class ShippedTextTest {
    private static final Path FOLDER = Path.of("src/test/resources/alerts/rules");

    /** The first alert of each rule that is final. */
    private static final Map<String, Alert> ALERTS = new LinkedHashMap<>();

    @BeforeAll
    static void run() {
        try (DetectionPlugin plugin = new VaultwatchPluginFactory()
                .create(PluginContext.builder()
                        .config("rules.enabled", "*")
                        .config("alerts.early", "false")
                        .config("time.idle-timeout", "PT0S")
                        .wallClock(() -> NOON.plusSeconds(7200))
                        .onAlert(alert -> ALERTS.putIfAbsent(alert.ruleId(), alert))
                        .build())) {
            plugin.start();
            String mallory = "\"upn\":\"mallory@contoso.example\",\"oid\":\"00000000-0000-4000-8000-0000000f4057\","
                    + "\"appid\":\"04b07795-8ddb-461a-bbee-02f9e1bf7b46\",\"idtyp\":\"user\"";
            int at = 0;
            send(plugin, at++, "SecretList", "", 200, "203.0.113.9", mallory);
            for (int i = 0; i < 30; i++) {
                send(plugin, at++, "SecretGet", "secrets/s" + i, 200, "203.0.113.9", mallory);
            }
            for (int i = 0; i < 12; i++) {
                send(plugin, at++, "SecretGet", "secrets/t" + i, 403, "203.0.113.9", mallory);
            }
            send(plugin, at++, "SecretBackup", "secrets/s1", 200, "203.0.113.9", mallory);
            for (int i = 0; i < 4; i++) {
                String other = "\"upn\":\"user" + i + "@contoso.example\",\"oid\":\"o" + i + "\"";
                send(plugin, at++, "SecretGet", "secrets/s1", 200, "198.51.100." + i, other);
            }
            String robot =
                    "\"oid\":\"00000000-0000-4000-8000-000000000316\",\"appid\":\"00000000-0000-4000-8000-000000000317\","
                            + "\"idtyp\":\"app\"";
            for (int i = 0; i < 12; i++) {
                send(plugin, at++, i == 0 ? "KeyList" : "KeyGet", "keys/k" + i, 200, "203.0.113.91", robot);
            }
            plugin.endOfInput();
        }
    }

    private static void send(
            DetectionPlugin plugin, int at, String action, String object, int status, String address, String claims) {
        String uri = "https://kv-pay.vault.azure.net/" + object;
        plugin.accept(("{\"time\":\"" + NOON.plusMillis(100L * at)
                        + "\",\"category\":\"AuditEvent\",\"operationName\":\"" + action
                        + "\",\"resultType\":\"Success\",\"resultSignature\":\"" + (status == 403 ? "Forbidden" : "OK")
                        + "\",\"callerIpAddress\":\"" + address + "\",\"correlationId\":\"c" + at
                        + "\",\"identity\":{\"claim\":{" + claims + "}},\"properties\":{\"httpStatusCode\":" + status
                        + ",\"id\":\""
                        + uri + "\",\"requestUri\":\"" + uri
                        + "?api-version=7.4\"},\"resourceId\":\"/SUBSCRIPTIONS/00000000-0000-4000-8000-0000000005B1/RESOURCEGROUPS"
                        + "/RG-PAY/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV-PAY\"}")
                .getBytes(StandardCharsets.UTF_8));
    }

    static Stream<String> rules() {
        return new VaultwatchPluginFactory().descriptor().rules().stream();
    }

    private static Alert alert(String rule) {
        return Optional.ofNullable(ALERTS.get(rule))
                .orElseThrow(() -> new AssertionError(rule + " raises no alert; those that do: " + ALERTS.keySet()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    @DisplayName("The text of each shipped rule is as its golden file has it")
    void golden(String rule) throws IOException {
        String written = alert(rule).toText() + "\n";
        Path file = FOLDER.resolve(rule + ".txt");
        if ("write".equals(System.getProperty("vaultwatch.golden"))) {
            Files.createDirectories(FOLDER);
            Files.writeString(file, written);
        }

        assertThat(written).isEqualTo(Files.readString(file));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    @DisplayName("No line of a shipped rule's text shows a column's name, and none says again what the first line says")
    void labelled(String rule) {
        Alert alert = alert(rule);
        String first = alert.toText().lines().findFirst().orElseThrow();

        assertThat(alert.toText().lines().skip(1))
                .as("the label column is eight wide")
                .allMatch(line -> line.matches("  \\S.{6} \\S.*"));
        assertThat(alert.groupingKey().values()).allMatch(first::contains);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    @DisplayName("The ECS document of each shipped rule names who, what and from where in ECS's own fields")
    void searchable(String rule) throws IOException {
        JsonNode document = new ObjectMapper().readTree(alert(rule).toEcsJson());

        assertThat(document.at("/user/name").isMissingNode()
                        && document.at("/user/id").isMissingNode())
                .isFalse();
        assertThat(document.at("/event/action").isMissingNode()).isFalse();
        assertThat(document.at("/source/ip").isMissingNode()).isFalse();
        assertThat(document.at("/related/user").size()).isPositive();
        assertThat(document.at("/related/ip").size()).isPositive();
        assertThat(alert(rule).toText()).contains("203.0.113.9");
    }

    @Test
    @DisplayName("Every alert here is settled, not early")
    void stages() {
        assertThat(List.copyOf(ALERTS.values()))
                .extracting(Alert::stage)
                .doesNotContain(AlertStage.EARLY, AlertStage.RETRACTED);
    }
}
