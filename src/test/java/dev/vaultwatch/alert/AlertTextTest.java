package dev.vaultwatch.alert;

import static dev.vaultwatch.alert.Alerts.AT_02_41;
import static dev.vaultwatch.alert.Alerts.UPN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.rule.Rule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An alert for a person. */
class AlertTextTest {
    private final Rule rule = Alerts.shippedRule();

    @Test
    void givenAnAlertWhenWrittenThenItReadsWhoWhenWhatFromWhereToWhat() {
        Alert alert = Alerts.alert(rule, Alerts.harvest(), 100);

        assertThat(alert.toText()).isEqualTo("""
                        [MEDIUM 43] mallory@contoso.example: 34 events, 3 distinct actions, 2 vaults, 2026-11-03 02:41 to 02:42 UTC
                          rule    Excessive secret or key retrieval from Azure Key Vault
                          from    198.51.100.7, 203.0.113.9
                          place   Lisbon; Lisboa; Portugal
                          network Example Hosting
                          vaults  KV-PAY, KV-PROD
                          did     KeyList, SecretGet, SecretList
                          result  Success
                          app     04b07795-8ddb-461a-bbee-02f9e1bf7b46
                          object  5f1c-oid
                          group   RG-PAY
                          subscr. sub-1
                          region  westeurope
                          agent   filebeat-1
                          attack  T1555.006 Cloud Secrets Management Stores (Credential Access)
                          next    "The first five minutes" in epl/excessive-secret-retrieval/guide.md
                          alert   74742ae6bda53810e649c41b6f3afc5e""");
    }

    @Test
    void givenAnEarlyAlertWhenWrittenThenItIsShort() {
        Finding early = new Finding(rule, true, AT_02_41.toEpochMilli(), "mallory@contoso.example", Alerts.harvest());

        assertThat(Alerts.alertOf(early, 100).toText()).isEqualTo("""
                        [MEDIUM 43] EARLY mallory@contoso.example: 34 events, 3 distinct actions, 2 vaults, since 2026-11-03 02:41 UTC
                          rule    Excessive secret or key retrieval from Azure Key Vault
                          from    198.51.100.7, 203.0.113.9
                          vaults  KV-PAY, KV-PROD
                          did     KeyList, SecretGet, SecretList
                          alert   74742ae6bda53810e649c41b6f3afc5e; the totals follow when the window closes""");
    }

    @Test
    void givenAnAlertWhenWrittenThenThereIsNoLineEndAtTheEnd() {
        assertThat(text(Alerts.harvest())).doesNotEndWith("\n");
    }

    @Test
    void givenFieldsThatAreAbsentWhenWrittenThenTheirLinesAreLeftOut() {
        assertThat(text(Map.of(UPN, "mallory", "Esql.source_ip_values", List.of()))
                        .lines())
                .noneMatch(line -> line.startsWith("  from") || line.startsWith("  place"));
    }

    @Test
    void givenOneOfEachWhenWrittenThenTheWordsAreSingular() {
        assertThat(text(Map.of(
                        UPN,
                        "mallory",
                        "Esql.event_count",
                        1L,
                        "Esql.event_action_count_distinct",
                        1L,
                        "Esql.azure_resource_name_count_distinct",
                        1L)))
                .contains("1 event, 1 distinct action, 1 vault, ");
    }

    // ---- lists

    @Test
    void givenTwentyValuesWhenWrittenThenAllAreShown() {
        assertThat(fromLine(20, 100)).endsWith("ip17, ip18, ip19, ip20");
    }

    @Test
    void givenTwentyOneValuesWhenWrittenThenTheLastIsCounted() {
        assertThat(fromLine(21, 100)).endsWith("ip20, and 1 more");
    }

    @Test
    void givenAListThatTheDeskHasCutWhenWrittenThenTheValuesItHadAreCounted() {
        assertThat(fromLine(250, 100)).endsWith("ip20, and 230 more");
    }

    @Test
    void givenACapBelowWhatTextShowsWhenWrittenThenTheRestIsStillCounted() {
        assertThat(fromLine(5, 3)).endsWith("ip1, ip2, ip3, and 2 more");
    }

    @Test
    void givenACapBelowWhatTextShowsAndALongListWhenWrittenThenTheCountIsRight() {
        assertThat(fromLine(20, 3)).endsWith("ip1, ip2, ip3, and 17 more");
    }

    // ---- what a rule adds

    @Test
    void givenAColumnThatNoLabelCoversWhenWrittenThenItIsListedUnderItsOwnName() {
        Map<String, Object> columns = new LinkedHashMap<>(Alerts.harvest());
        columns.put("denied", 7L);

        assertThat(text(columns).lines()).contains("  denied  7");
    }

    @Test
    void givenAColumnWithALongNameWhenWrittenThenNameAndValueStandApart() {
        Map<String, Object> columns = new LinkedHashMap<>(Alerts.harvest());
        columns.put("denied_reads_of_the_user", 7L);

        assertThat(text(columns).lines()).anyMatch(line -> line.matches("  denied_reads_of_the_user\\s+7"));
    }

    @Test
    void givenARuleWithoutAttackWhenWrittenThenThereIsNoSuchLine() {
        assertThat(Alerts.alert(Alerts.bare(rule), Alerts.harvest(), 100).toText())
                .doesNotContain("  attack");
    }

    // ---- the reader's terminal

    @ParameterizedTest
    @ValueSource(
            strings = {"\u001b[2J", "\n  who     alice", "\r", "\u0007", "\u0000", "\u007f", "\u009b31m", "\u0085"})
    void givenControlCharactersInALogsFieldWhenWrittenThenTheyReachNoTerminal(String attack) {
        String written = text(Map.of(UPN, "mal" + attack + "lory", "Esql.source_ip_values", List.of("ip" + attack)));

        assertThat(written.replace("\n", "").chars().filter(Character::isISOControl))
                .isEmpty();
        assertThat(written).contains("mal\uFFFD", "ip\uFFFD");
    }

    @Test
    void givenALineEndInALogsFieldWhenWrittenThenItForgesNoLine() {
        String written = text(Map.of(UPN, "mallory\n  count   0 events"));

        assertThat(written.lines()).noneMatch(line -> line.startsWith("  count"));
    }

    @Test
    void givenAControlCharacterInAnEarlyAlertWhenWrittenThenItReachesNoTerminal() {
        Finding early =
                new Finding(rule, true, AT_02_41.toEpochMilli(), "mal\u001b[2Jlory", Map.of(UPN, "mal\u001b[2Jlory"));

        assertThat(Alerts.alertOf(early, 100).toText()).doesNotContain("\u001b").contains("mal\uFFFD[2Jlory");
    }

    @Test
    void givenTextOfAnyScriptWhenWrittenThenItIsLeftAlone() {
        assertThat(text(Map.of(UPN, "жанна@contoso.example", "Esql.geo_city_values", List.of("Zürich", "東京"))))
                .contains("жанна@contoso.example", "Zürich, 東京");
    }

    private String text(Map<String, Object> columns) {
        return Alerts.alert(rule, columns, 100).toText();
    }

    private String fromLine(int values, int maxValues) {
        List<String> ips =
                IntStream.rangeClosed(1, values).mapToObj(i -> "ip" + i).toList();
        return Alerts.alert(rule, Map.of(UPN, "mallory", "Esql.source_ip_values", ips), maxValues)
                .toText()
                .lines()
                .filter(line -> line.startsWith("  from"))
                .findFirst()
                .orElseThrow();
    }
}
