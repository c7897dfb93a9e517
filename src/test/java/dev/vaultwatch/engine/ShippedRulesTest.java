package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.AT_02_41;
import static dev.vaultwatch.engine.Events.MALLORY;
import static dev.vaultwatch.engine.Events.TRENT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.KeyVaultEventBuilder;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import dev.vaultwatch.rule.Window;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules that ship and are off unless a site enables them. */
class ShippedRulesTest {
    private static final long SECOND = 1_000;
    private static final String ROBOT = "509e4652-da8d-478d-a730-e9d4a1996ca4";

    private static Rule rule(String id) {
        return RuleFolder.packed(List.of(id)).read().get(0);
    }

    private static KeyVaultEventBuilder at(long seconds, String action) {
        return KeyVaultEvent.builder(AT_02_41 + seconds * SECOND, action);
    }

    private static List<Finding> find(Rule rule, List<KeyVaultEvent> events) {
        try (Lane lane = Rules.lane(rule)) {
            long length = rule.window().memory().toMillis();
            for (KeyVaultEvent event : events) {
                if (rule.window() instanceof Window.Tumbling) {
                    lane.send(Math.floorDiv(event.time(), length) * length, event);
                } else {
                    lane.send(event);
                }
            }
            if (rule.window() instanceof Window.Tumbling) {
                lane.closeWindow();
            }
            assertThat(lane.takeFailures()).isEmpty();
            return lane.takeFindings().stream()
                    .filter(finding -> !finding.early())
                    .toList();
        }
    }

    private static List<Finding> find(String id, List<KeyVaultEvent> events) {
        return find(rule(id), events);
    }

    private static List<KeyVaultEvent> times(int count, IntFunction<KeyVaultEventBuilder> event) {
        return IntStream.range(0, count).mapToObj(i -> event.apply(i).build()).toList();
    }

    private static List<String> ids() {
        return List.of(
                "excessive-secret-retrieval",
                "principal-excessive-retrieval",
                "sliding-excessive-retrieval",
                "list-then-harvest",
                "mass-retrieval",
                "sensitive-operations",
                "denied-burst",
                "vault-swarm");
    }

    @ParameterizedTest
    @MethodSource("ids")
    @DisplayName("Of each, a format that knows no rule's columns can tell which vaults were read")
    void tellsTheVaults(String id) {
        assertThat(rule(id).key().properties().contains(Property.VAULT)
                        || rule(id).info().fields().containsValue("azure.resource.name"))
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("ids")
    @DisplayName("Each compiles without a warning, has a guide, and labels only columns that it selects")
    void sound(String id) {
        CompiledRule compiled = Rules.compile(rule(id)).rules().get(0);

        assertThat(compiled.warnings()).isEmpty();
        assertThat(Path.of("epl", id, "guide.md")).isNotEmptyFile();
        try (Lane lane = compiled.newLane()) {
            assertThat(lane.columns()).containsKeys(rule(id).labels().keySet().toArray(String[]::new));
        }
        assertThat(Files.exists(Path.of("epl", id, "rule.json"))).isTrue();
    }

    private static KeyVaultEventBuilder byPrincipal(int i, String appId) {
        return at(i, i % 2 == 0 ? "SecretList" : "SecretGet")
                .with(Property.OBJECT_ID, "robot")
                .with(Property.APP_ID, appId);
    }

    @Test
    @DisplayName("principal-excessive-retrieval finds an application's burst, and passes over users and Azure's robots")
    void principal() {
        String id = "principal-excessive-retrieval";

        assertThat(find(id, times(10, i -> byPrincipal(i, "app")))).hasSize(1);
        assertThat(find(id, times(10, i -> byPrincipal(i, "app").with(Property.APP_ID, null))))
                .hasSize(1);
        assertThat(find(id, times(9, i -> byPrincipal(i, "app")))).isEmpty();
        assertThat(find(id, times(10, i -> byPrincipal(i, ROBOT)))).isEmpty();
        assertThat(find(id, times(10, i -> byPrincipal(i, "app").with(Property.UPN, MALLORY))))
                .isEmpty();
    }

    @Test
    @DisplayName("principal-excessive-retrieval takes the thresholds that a site sets")
    void parameters() {
        Rule tuned = rule("principal-excessive-retrieval").toBuilder()
                .settings(Map.of("min_events", 3))
                .build();

        assertThat(find(tuned, times(3, i -> byPrincipal(i, "app")))).hasSize(1);
        assertThat(Rules.compile(tuned).rules().get(0).shape().minEvents()).isEqualTo(3);
    }

    @Test
    @DisplayName("A setting out of range, of another type or of no parameter is refused with what was expected")
    void settingsOutOfRange() {
        Rule rule = rule("principal-excessive-retrieval");
        for (Map<String, Object> settings : List.<Map<String, Object>>of(
                Map.of("min_events", 0), Map.of("min_events", "many"), Map.of("min_event", 3))) {
            assertThat(Rules.faults(rule.toBuilder().settings(settings).build()))
                    .as(settings.toString())
                    .singleElement()
                    .satisfies(fault -> assertThat(fault.problem()).contains("min_event"));
        }
    }

    @Test
    @DisplayName("sliding-excessive-retrieval finds a burst that the minute's edge cuts in two")
    void sliding() {
        List<KeyVaultEvent> events = times(
                18, i -> at(51 + i, i % 2 == 0 ? "SecretList" : "SecretGet").with(Property.UPN, MALLORY));

        List<Finding> findings = find("sliding-excessive-retrieval", events);

        assertThat(findings).hasSize(9);
        assertThat(findings.get(0).columns()).containsEntry("vaultwatch.event_count", 10L);
    }

    @Test
    @DisplayName("list-then-harvest finds five reads within five minutes of a list, and not five in six minutes")
    void listThenHarvest() {
        assertThat(find("list-then-harvest", harvest(50))).singleElement().satisfies(finding -> {
            assertThat(finding.key()).isEqualTo(List.of(MALLORY, "v"));
            assertThat(finding.columns()).containsEntry("vaultwatch.listed_by", "SecretList");
        });
        assertThat(find("list-then-harvest", harvest(70))).isEmpty();
    }

    private static List<KeyVaultEvent> harvest(int gap) {
        return times(
                6,
                i -> at((long) i * gap, i == 0 ? "SecretList" : "SecretGet")
                        .with(Property.UPN, MALLORY)
                        .with(Property.VAULT, "v"));
    }

    @Test
    @DisplayName("mass-retrieval counts different addresses of successful reads and shows none")
    void mass() {
        assertThat(find("mass-retrieval", reads(26, 200)))
                .singleElement()
                .satisfies(finding -> assertThat(finding.columns().toString())
                        .contains("vaultwatch.object_count_distinct=26")
                        .doesNotContain("https://"));
        assertThat(find("mass-retrieval", reads(25, 200))).isEmpty();
        assertThat(find("mass-retrieval", reads(26, 403))).isEmpty();
    }

    private static List<KeyVaultEvent> reads(int different, int status) {
        return times(
                2 * different,
                i -> at(i, "SecretGet")
                        .with(Property.OBJECT_ID, "caller")
                        .with(Property.HTTP_STATUS, status)
                        .with(Property.REQUEST_URI, "https://v.vault.azure.net/secrets/" + i / 2));
    }

    @Test
    @DisplayName("sensitive-operations finds each operation that was not refused")
    void sensitive() {
        List<Finding> findings = find(
                "sensitive-operations",
                List.of(
                        at(0, "SecretBackup").with(Property.HTTP_STATUS, 200).build(),
                        at(1, "SecretBackup").with(Property.HTTP_STATUS, 403).build(),
                        at(2, "SecretGet").build(),
                        at(3, "VaultDelete").build()));

        assertThat(findings).extracting(Finding::time).containsExactly(AT_02_41, AT_02_41 + 3 * SECOND);
    }

    @Test
    @DisplayName("denied-burst counts 401 and 403, but not the challenge that an SDK gets before it has a token")
    void denied() {
        assertThat(find("denied-burst", denials(10, "SecretGet"))).hasSize(1);
        assertThat(find("denied-burst", denials(9, "SecretGet"))).isEmpty();
        assertThat(find("denied-burst", denials(100, "Authentication"))).isEmpty();
    }

    private static List<KeyVaultEvent> denials(int count, String action) {
        return times(
                count,
                i -> at(i % 60, action)
                        .with(Property.SOURCE_IP, "192.0.2.7")
                        .with(Property.HTTP_STATUS, i % 2 == 0 ? 401 : 403));
    }

    @Test
    @DisplayName("vault-swarm finds five users on one vault, and not one user five times")
    void swarm() {
        List<KeyVaultEvent> one =
                times(5, i -> at(i, "SecretGet").with(Property.UPN, TRENT).with(Property.VAULT, "v"));
        List<KeyVaultEvent> five = new ArrayList<>(one);
        five.addAll(times(4, i -> at(i, "KeyGet").with(Property.UPN, "user" + i).with(Property.VAULT, "v")));

        assertThat(find("vault-swarm", one)).isEmpty();
        assertThat(find("vault-swarm", five)).hasSize(1);
    }
}
