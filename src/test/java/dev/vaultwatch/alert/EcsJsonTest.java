package dev.vaultwatch.alert;

import static dev.vaultwatch.alert.Alerts.UPN;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.rule.Rule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An alert as one line of ECS-shaped JSON, read back by another program. */
class EcsJsonTest {
    private static final ObjectMapper JSON = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private final Rule rule = Alerts.shippedRule();

    @Test
    void givenAnAlertWhenWrittenThenItIsOneLine() {
        assertThat(Alerts.alert(rule, Alerts.harvest(), 100).toEcsJson()).doesNotContain("\n", "\r");
    }

    @Test
    void givenAnAlertWhenWrittenThenItsTimestampIsTheMinute() throws Exception {
        assertThat(read(Alerts.harvest()).path("@timestamp").textValue()).isEqualTo("2026-11-03T02:41:00.000Z");
    }

    @Test
    void givenAnAlertWhenWrittenThenItSaysWhichEcsItFollows() throws Exception {
        assertThat(read(Alerts.harvest()).at("/ecs/version").textValue()).isEqualTo("8.17.0");
    }

    @Test
    void givenAnAlertWhenWrittenThenTheMessageSaysItInOneLine() throws Exception {
        assertThat(read(Alerts.harvest()).path("message").textValue())
                .isEqualTo("Excessive Secret or Key Retrieval from Azure Key Vault: mallory@contoso.example, 34 events,"
                        + " 3 distinct actions, 2 vaults, 2026-11-03 02:41 to 02:42 UTC.");
    }

    @Test
    void givenOneOfEachWhenWrittenThenTheMessageIsSingular() throws Exception {
        Map<String, Object> one = Map.of(
                UPN,
                "mallory",
                "Esql.event_count",
                1L,
                "Esql.event_action_count_distinct",
                1L,
                "Esql.azure_resource_name_count_distinct",
                1L);

        assertThat(read(one).path("message").textValue())
                .contains(": mallory, 1 event, 1 distinct action, 1 vault, 2026");
    }

    @Test
    void givenAnAlertWhenWrittenThenTheEventIsAnAlertWithTheMinuteAndTheRisk() throws Exception {
        Alert alert = Alerts.alert(rule, Alerts.harvest(), 100);

        assertThat(JSON.readTree(alert.toEcsJson()).path("event")).isEqualTo(JSON.readTree("""
                        {
                          "kind": "alert",
                          "category": ["intrusion_detection"],
                          "type": ["info"],
                          "module": "vaultwatch",
                          "dataset": "vaultwatch.alerts",
                          "provider": "vaultwatch",
                          "id": "%s",
                          "action": ["KeyList", "SecretGet", "SecretList"],
                          "start": "2026-11-03T02:41:00.000Z",
                          "end": "2026-11-03T02:42:00.000Z",
                          "created": "2026-11-03T02:42:00.000Z",
                          "duration": 60000000000,
                          "severity": 47,
                          "risk_score": 43,
                          "sequence": 1,
                          "reason": "The events of the window met the condition of rule excessive-secret-retrieval version 1.",
                          "reference": "https://www.inversecos.com/2022/05/detection-and-compromise-azure-key.html"
                        }
                        """.formatted(alert.id())));
    }

    @Test
    void givenAnAlertWhenWrittenThenTheRuleIsNamed() throws Exception {
        JsonNode written = read(Alerts.harvest()).path("rule");

        assertThat(written.path("id").textValue()).isEqualTo("excessive-secret-retrieval");
        assertThat(written.path("name").textValue())
                .isEqualTo("Excessive Secret or Key Retrieval from Azure Key Vault");
        assertThat(written.path("version").textValue()).isEqualTo("1");
        assertThat(written.path("ruleset").textValue()).isEqualTo("vaultwatch");
        assertThat(written.path("description").textValue()).isEqualTo(rule.description());
        assertThat(written.path("reference").textValue())
                .isEqualTo("https://www.inversecos.com/2022/05/detection-and-compromise-azure-key.html");
    }

    @Test
    void givenAnAlertWhenWrittenThenItsPlaceInAttackIsNamed() throws Exception {
        assertThat(read(Alerts.harvest()).path("threat")).isEqualTo(JSON.readTree("""
                        {
                          "framework": "MITRE ATT&CK",
                          "tactic": {
                            "id": ["TA0006", "TA0009"],
                            "name": ["Credential Access", "Collection"],
                            "reference": [
                              "https://attack.mitre.org/tactics/TA0006/",
                              "https://attack.mitre.org/tactics/TA0009/"
                            ]
                          },
                          "technique": {
                            "id": ["T1555", "T1213"],
                            "name": ["Credentials from Password Stores", "Data from Information Repositories"],
                            "reference": [
                              "https://attack.mitre.org/techniques/T1555/",
                              "https://attack.mitre.org/techniques/T1213/"
                            ],
                            "subtechnique": {
                              "id": ["T1555.006"],
                              "name": ["Cloud Secrets Management Stores"],
                              "reference": ["https://attack.mitre.org/techniques/T1555/006/"]
                            }
                          }
                        }
                        """));
    }

    @Test
    void givenTheRulesColumnsWhenWrittenThenEachStandsFlatUnderItsOwnName() throws Exception {
        JsonNode written = read(Alerts.harvest());
        JsonNode columns = JSON.readTree(JSON.writeValueAsString(Alerts.harvest()));

        columns.properties()
                .forEach(column -> assertThat(written.get(column.getKey()))
                        .as(column.getKey())
                        .isEqualTo(column.getValue()));
    }

    @Test
    void givenAnAlertWhenWrittenThenTheMinuteStandsUnderUpstreamsName() throws Exception {
        assertThat(read(Alerts.harvest()).path("Esql.time_window_date_trunc").textValue())
                .isEqualTo("2026-11-03T02:41:00.000Z");
    }

    @Test
    void givenAnAlertWhenWrittenThenOursStandsUnderVaultwatch() throws Exception {
        Alert alert = Alerts.alert(rule, Alerts.harvest(), 100);

        assertThat(JSON.readTree(alert.toEcsJson()).at("/vaultwatch/alert"))
                .isEqualTo(JSON.readTree("""
                        {
                          "id": "%s", "stage": "ON_TIME", "revision": 0, "sequence": 1, "severity": "medium",
                          "open": false, "window_end": "2026-11-03T02:42:00.000Z"
                        }
                        """.formatted(alert.id())));
    }

    @Test
    void givenAnEarlyAlertWhenWrittenThenItsStageSaysSo() throws Exception {
        Alert alert = Alerts.early(rule, Map.of(UPN, "mallory", "Esql.event_count", 10L), 100);

        assertThat(JSON.readTree(alert.toEcsJson())
                        .at("/vaultwatch/alert/stage")
                        .textValue())
                .isEqualTo("EARLY");
    }

    @Test
    void givenListsThatWereCutWhenWrittenThenTruncatedTellsHowManyTheyHad() throws Exception {
        Alert alert = Alerts.alert(
                rule,
                Map.of(
                        UPN,
                        "mallory",
                        "Esql.source_ip_values",
                        List.of("ip1", "ip2", "ip3", "ip4", "ip5"),
                        "Esql.geo_city_values",
                        List.of("Lisbon")),
                2);

        JsonNode written = JSON.readTree(alert.toEcsJson());

        assertThat(written.path("Esql.source_ip_values")).isEqualTo(JSON.readTree("[\"ip1\", \"ip2\"]"));
        assertThat(written.at("/vaultwatch/alert/truncated"))
                .isEqualTo(JSON.readTree("{\"Esql.source_ip_values\": 5}"));
    }

    @Test
    void givenSpecialCharactersWhenWrittenThenTheyAreReadBackUnchanged() throws Exception {
        String nasty = "\"o'br\\ien\"\n\t\u0000\u001b[31m\u2028<b>ü€😀@contoso.example";

        JsonNode written = read(Map.of(UPN, nasty, "Esql.source_ip_values", List.of(nasty)));

        assertThat(written.path(UPN).textValue()).isEqualTo(nasty);
        assertThat(written.path("Esql.source_ip_values").get(0).textValue()).isEqualTo(nasty);
    }

    @Test
    void givenValuesOfEveryKindWhenWrittenThenTheyKeepTheirKind() throws Exception {
        JsonNode written = read(Map.of(UPN, "mallory", "count", 34L, "mean", 1.5, "denied", true));

        assertThat(written.path("count").isIntegralNumber()).isTrue();
        assertThat(written.path("mean").doubleValue()).isEqualTo(1.5);
        assertThat(written.path("denied").booleanValue()).isTrue();
    }

    @Test
    void givenAMeanOfNothingWhenWrittenThenItIsStillJson() throws Exception {
        assertThat(read(Map.of(UPN, "mallory", "mean", Double.NaN)).path("mean").textValue())
                .isEqualTo("NaN");
    }

    @Test
    void givenARuleThatSelectsTheMinuteItselfWhenWrittenThenTheFieldStandsOnce() throws Exception {
        Map<String, Object> columns = new LinkedHashMap<>(Alerts.harvest());
        columns.put("Esql.time_window_date_trunc", "2026-11-03T02:41:00.000Z");

        assertThat(read(columns).path("Esql.time_window_date_trunc").textValue())
                .isEqualTo("2026-11-03T02:41:00.000Z");
    }

    @Test
    void givenARuleWithoutAttackOrReferencesWhenWrittenThenThoseFieldsAreAbsent() throws Exception {
        Rule bare = Alerts.bare(rule);

        JsonNode written =
                JSON.readTree(Alerts.alert(bare, Alerts.harvest(), 100).toEcsJson());

        assertThat(written.has("threat")).isFalse();
        assertThat(written.path("rule").has("reference")).isFalse();
    }

    // ---- what an own rule may select

    @ParameterizedTest
    @ValueSource(
            strings = {
                "message",
                "event",
                "event.id",
                "rule",
                "tags",
                "vaultwatch",
                "vaultwatch.alert",
                "vaultwatch.",
                "vaultwatch..x",
                "vaultwatch.output",
                "vaultwatch.a.b",
                "Esql",
                "a..b",
                ".a",
                "_id"
            })
    @DisplayName("A column named as a field of the document is not swallowed and does not stand twice")
    void clash(String name) throws Exception {
        Map<String, Object> columns = new LinkedHashMap<>(Alerts.harvest());
        columns.put(name, "mine");

        JsonNode written = read(columns);

        assertThat(written.at("/vaultwatch/output").path(name).textValue()).isEqualTo("mine");
        assertThat(read(Alerts.harvest()).path("message")).isEqualTo(written.path("message"));
    }

    @Test
    @DisplayName("A column that is the beginning of another's name would be a value and an object: it moves")
    void prefix() throws Exception {
        Map<String, Object> shortFirst = new LinkedHashMap<>();
        shortFirst.put("denied", 7L);
        shortFirst.put("denied.names", List.of("a"));
        Map<String, Object> longFirst = new LinkedHashMap<>();
        longFirst.put("denied.names", List.of("a"));
        longFirst.put("denied", 7L);

        for (Map<String, Object> columns : List.of(shortFirst, longFirst)) {
            JsonNode written = read(columns);
            assertThat(written.has("denied")).isFalse();
            assertThat(written.at("/vaultwatch/output/denied").longValue()).isEqualTo(7);
            assertThat(written.path("denied.names").path(0).textValue()).isEqualTo("a");
        }
    }

    @Test
    @DisplayName("A column that is the beginning of a field of the document's moves, too")
    void prefixOfTheWindow() throws Exception {
        JsonNode written = read(Map.of(UPN, "mallory", "Esql", "mine"));

        assertThat(written.has("Esql")).isFalse();
        assertThat(written.at("/vaultwatch/output/Esql").textValue()).isEqualTo("mine");
    }

    @Test
    @DisplayName("A column that is named as an ECS field is that field")
    void named() throws Exception {
        JsonNode written = read(Map.of(UPN, "mallory", "source.ip", "198.51.100.7"));

        assertThat(written.at("/source/ip").textValue()).isEqualTo("198.51.100.7");
        assertThat(written.at("/vaultwatch/output").isMissingNode()).isTrue();
    }

    @Test
    @DisplayName("Our own columns stand inside our object, not beside it")
    void ours() throws Exception {
        JsonNode written = read(Map.of(UPN, "mallory", "vaultwatch.result_signature_values", List.of("OK")));

        assertThat(written.at("/vaultwatch/result_signature_values/0").textValue())
                .isEqualTo("OK");
        assertThat(written.has("vaultwatch.result_signature_values")).isFalse();
    }

    @Test
    @DisplayName("NaN and infinity, which JSON has not, are texts")
    void notANumber() throws Exception {
        JsonNode written = read(Map.of(UPN, "mallory", "ratio", Double.NaN, "rate", Double.POSITIVE_INFINITY));

        assertThat(written.path("ratio").textValue()).isEqualTo("NaN");
        assertThat(written.path("rate").textValue()).isEqualTo("Infinity");
    }

    private JsonNode read(Map<String, Object> columns) throws JsonProcessingException {
        return JSON.readTree(Alerts.alert(rule, columns, 100).toEcsJson());
    }
}
