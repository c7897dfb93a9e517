package dev.vaultwatch.alert;

import static dev.vaultwatch.alert.Alerts.UPN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.rule.Rule;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An alert for a person. */
class AlertTextTest {
    private final Rule rule = Alerts.shippedRule();

    @Test
    void givenAnAlertWhenWrittenThenItReadsWhoWhenWhatFromWhereToWhat() {
        Alert alert = Alerts.alert(rule, Alerts.harvest(), 100);

        assertThat(alert.toText()).isEqualTo("""
                        [MEDIUM 43] mallory@contoso.example: 34 events, 3 distinct actions, 2 vaults, 2026-11-03 02:41 to 02:42 UTC
                          rule    Excessive Secret or Key Retrieval from Azure Key Vault
                          from    198.51.100.7, 203.0.113.9
                          place   Lisbon; Lisboa; Portugal
                          network Example Hosting
                          vaults  KV-PAY, KV-PROD
                          did     KeyList, SecretGet, SecretList
                          app     04b07795-8ddb-461a-bbee-02f9e1bf7b46
                          object  5f1c-oid
                          group   RG-PAY
                          subscr. sub-1
                          region  westeurope
                          agent   filebeat-1
                          attack  T1555.006 Cloud Secrets Management Stores (Credential Access); T1213 Data from Information Repositories (Collection)
                          next    "The first five minutes" in epl/excessive-secret-retrieval/guide.md
                          alert   74742ae6bda53810e649c41b6f3afc5e""");
    }

    @Test
    void givenAnEarlyAlertWhenWrittenThenItSaysThatTheTotalsGrow() {
        assertThat(Alerts.early(rule, Alerts.harvest(), 100).toText()).isEqualTo("""
                        [MEDIUM 43] EARLY mallory@contoso.example: 34 events, 3 distinct actions, 2 vaults, since 2026-11-03 02:41 UTC
                          rule    Excessive Secret or Key Retrieval from Azure Key Vault
                          note    the window is open: the totals grow and are final when it closes
                          from    198.51.100.7, 203.0.113.9
                          place   Lisbon; Lisboa; Portugal
                          network Example Hosting
                          vaults  KV-PAY, KV-PROD
                          did     KeyList, SecretGet, SecretList
                          app     04b07795-8ddb-461a-bbee-02f9e1bf7b46
                          object  5f1c-oid
                          group   RG-PAY
                          subscr. sub-1
                          region  westeurope
                          agent   filebeat-1
                          next    "The first five minutes" in epl/excessive-secret-retrieval/guide.md
                          alert   74742ae6bda53810e649c41b6f3afc5e""");
    }

    @Test
    void givenAnAlertWhenWrittenThenThereIsNoLineEndAtTheEnd() {
        assertThat(text(Alerts.harvest())).doesNotEndWith("\n");
    }

    @Test
    void givenFieldsThatAreAbsentWhenWrittenThenTheirLinesAreLeftOut() {
        assertThat(text(Map.of(UPN, "mallory")).lines()).noneMatch(line -> line.startsWith("  place"));
    }

    @Test
    @DisplayName("An address is never missing: where the records bring none, the line says so")
    void noAddress() {
        assertThat(text(Map.of(UPN, "mallory", "Esql.source_ip_values", List.of()))
                        .lines())
                .contains("  from    no address in the records");
    }

    @Test
    @DisplayName("What stood where an address should have been is shown in its place")
    void sourceAddress() {
        assertThat(text(Map.of(UPN, "mallory", "vaultwatch.source_address_values", List.of("unavailable")))
                        .lines())
                .contains("  from    unavailable");
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
            strings = {
                "\u001b[2J",
                "\n  who     alice",
                "\r",
                "\u0007",
                "\u0000",
                "\u007f",
                "\u009b31m",
                "\u0085",
                "\u2028",
                "\u2029",
                "\u202e",
                "\u2066",
                "\u200b",
                "\ud800"
            })
    void givenControlCharactersInALogsFieldWhenWrittenThenTheyReachNoTerminal(String attack) {
        String written = text(Map.of(UPN, "mal" + attack + "lory", "Esql.source_ip_values", List.of("ip" + attack)));

        assertThat(written.replace("\n", "").codePoints().filter(AlertTextTest::steers))
                .isEmpty();
        assertThat(written).contains("mal\uFFFD", "ip\uFFFD");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u034f",
                "\u115f",
                "\u1160",
                "\u17b4",
                "\u17b5",
                "\u180b",
                "\u180d",
                "\u180f",
                "\u2065",
                "\u3164",
                "\ufe00",
                "\ufe0f",
                "\uffa0",
                "\ufff0",
                "\ufff8",
                "\udb40\udc00",
                "\udb40\uddef",
                "\udb43\udfff"
            })
    @DisplayName("What is not seen shows, so that no two users look alike")
    void unseen(String sign) {
        assertThat(text(Map.of(UPN, "mal" + sign + "lory"))).contains("mal\uFFFDlory: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u034e", "\u0350", "\u3163", "\ufdff", "\ufe10", "\uff9f", "\uffef"})
    @DisplayName("Their neighbours are left alone")
    void seen(String sign) {
        assertThat(text(Map.of(UPN, "mal" + sign + "lory"))).doesNotContain("\uFFFD");
    }

    @Test
    void givenALineEndInALogsFieldWhenWrittenThenItForgesNoLine() {
        String written = text(Map.of(UPN, "mallory\n  count   0 events"));

        assertThat(written.lines()).noneMatch(line -> line.startsWith("  count"));
    }

    @Test
    void givenAControlCharacterInAnEarlyAlertWhenWrittenThenItReachesNoTerminal() {
        assertThat(Alerts.early(rule, Map.of(UPN, "mal\u001b[2Jlory"), 100).toText())
                .doesNotContain("\u001b")
                .contains("mal\uFFFD[2Jlory");
    }

    @Test
    void givenTextOfAnyScriptWhenWrittenThenItIsLeftAlone() {
        assertThat(text(Map.of(UPN, "жанна@contoso.example", "Esql.geo_city_values", List.of("Zürich", "東京"))))
                .contains("жанна@contoso.example", "Zürich, 東京");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\u2028", "\u2029", "\u0085", "\r"})
    @DisplayName("A rule's name forges no first line of a graver alert")
    void ruleName(String lineEnd) {
        Rule forged = Alerts.calledBy(rule, "Harmless" + lineEnd + "[CRITICAL 99] boss@contoso.example");

        assertThat(Alerts.alert(forged, Alerts.harvest(), 100).toText().split("\\R|\u2028|\u2029"))
                .filteredOn(line -> line.startsWith("[CRITICAL"))
                .isEmpty();
    }

    @Test
    @DisplayName("An output's own name can't steer the terminal either")
    void outputName() {
        assertThat(text(Map.of(UPN, "mallory", "den\u001b[2Jied", 7L))).doesNotContain("\u001b");
    }

    @Test
    @DisplayName("A value of a megabyte is cut, and the line says how long it is")
    void longValue() {
        assertThat(text(Map.of(UPN, "mallory", "Esql.agent_name_values", List.of("a".repeat(1_000_000)))))
                .contains("a… (1000000 characters)")
                .hasSizeLessThan(2_000);
    }

    @ParameterizedTest
    @CsvSource({
        "02:41:00, 02:42:00, 2026-11-03 02:41 to 02:42 UTC",
        "02:41:30, 02:42:00, 2026-11-03 02:41:30 to 02:42:00 UTC",
        "02:41:00, 02:42:30, 2026-11-03 02:41:00 to 02:42:30 UTC",
        "02:41:30, 02:41:30.001, 2026-11-03 02:41:30 UTC",
        "02:41:00, 02:41:00.001, 2026-11-03 02:41 UTC"
    })
    @DisplayName("Seconds are shown where the window has any, and an instant as one time")
    void when(LocalTime start, LocalTime end, String expected) {
        assertThat(said(start, end, AlertStage.ON_TIME)).isEqualTo("[MEDIUM 43] mallory: " + expected);
    }

    @Test
    @DisplayName("Of an open window the start alone is shown, with seconds if it has any")
    void since() {
        assertThat(said(LocalTime.parse("02:41:00"), LocalTime.parse("02:42:30"), AlertStage.EARLY))
                .isEqualTo("[MEDIUM 43] EARLY mallory: since 2026-11-03 02:41 UTC");
        assertThat(said(LocalTime.parse("02:41:30"), LocalTime.parse("02:42:00"), AlertStage.EARLY))
                .isEqualTo("[MEDIUM 43] EARLY mallory: since 2026-11-03 02:41:30 UTC");
    }

    private String said(LocalTime start, LocalTime end, AlertStage stage) {
        LocalDate day = LocalDate.parse("2026-11-03");
        Judgement judgement = Judgement.ofWindow(
                RuleEdition.of(rule, rule.json()),
                Map.of("upn", "mallory"),
                day.atTime(start).toInstant(ZoneOffset.UTC).toEpochMilli(),
                day.atTime(end).toInstant(ZoneOffset.UTC).toEpochMilli(),
                Map.of(UPN, "mallory"));
        return Said.of(judgement, judgement.id(), stage, 0, 100)
                .alert()
                .toText()
                .lines()
                .findFirst()
                .orElseThrow();
    }

    @Test
    @DisplayName("An output that is named as a label stands in its line")
    void namedAsALabel() {
        assertThat(text(Map.of(UPN, "mallory", "Esql.source_ip_values", List.of("ip1"), "from", "the Moon"))
                        .lines())
                .contains("  from    ip1; the Moon");
    }

    @Test
    @DisplayName("The longest value that is shown whole is counted in characters, not in halves of them")
    void longestValue() {
        String whole = "😀".repeat(400);

        assertThat(text(Map.of(UPN, whole))).contains(" " + whole + ": ");
        assertThat(text(Map.of(UPN, whole + "a"))).contains(" " + whole + "… (401 characters): ");
    }

    private static boolean steers(int c) {
        int type = Character.getType(c);
        return Character.isISOControl(c)
                || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                || type == Character.SURROGATE;
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
