package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.AT_02_41;
import static dev.vaultwatch.engine.Events.AT_02_42;
import static dev.vaultwatch.engine.Events.MALLORY;
import static dev.vaultwatch.engine.Events.MINUTE;
import static dev.vaultwatch.engine.Events.TRENT;
import static dev.vaultwatch.engine.Events.harvest;
import static dev.vaultwatch.engine.Events.read;
import static dev.vaultwatch.engine.Events.reads;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the shipped rule says when a minute closes. */
class ShippedRuleTest {
    private static final String UPN = "azure.platformlogs.identity.claim.upn";

    /** Immutable, and compiled once because compiling takes longer than any of these tests. */
    private static final CompiledRule SHIPPED =
            Rules.compile(Rules.shipped()).rules().get(0);

    private final Lane lane = SHIPPED.newLane();

    @AfterEach
    void close() {
        lane.close();
    }

    // ---- thresholds

    @ParameterizedTest
    @CsvSource({"9, 2, false", "10, 2, true", "11, 2, true", "10, 1, false", "1000, 1, false", "10, 3, true"})
    void givenReadsOfSoManyKindsWhenTheMinuteClosesThenTheRuleSpeaksFromTenOfTwo(
            int events, int kinds, boolean speaks) {
        String[] actions =
                List.of("SecretList", "SecretGet", "KeyGet").subList(0, kinds).toArray(String[]::new);

        List<Finding> rows = closed(AT_02_41, reads(AT_02_41, events, MALLORY, actions));

        assertThat(rows).hasSize(speaks ? 1 : 0);
    }

    @Test
    void givenTenReadsOfTwoKindsWhenTheMinuteClosesThenTheTotalsAreThoseOfTheMinute() {
        List<Finding> rows = closed(AT_02_41, harvest(AT_02_41, MALLORY));

        assertThat(rows).singleElement().satisfies(row -> {
            assertThat(row.early()).isFalse();
            assertThat(row.time()).isEqualTo(AT_02_41);
            assertThat(row.rule().id()).isEqualTo("excessive-secret-retrieval");
            assertThat(row.columns())
                    .containsEntry(UPN, MALLORY)
                    .containsEntry("Esql.event_count", 10L)
                    .containsEntry("Esql.event_action_count_distinct", 2L);
        });
    }

    @Test
    void givenEqualEventsWhenTheMinuteClosesThenEachCounts() {
        KeyVaultEvent list = read(AT_02_41, "SecretList", MALLORY);
        KeyVaultEvent get = read(AT_02_41, "SecretGet", MALLORY);

        List<Finding> rows = closed(AT_02_41, List.of(list, list, list, list, list, get, get, get, get, get));

        assertThat(rows)
                .singleElement()
                .satisfies(row -> assertThat(row.columns()).containsEntry("Esql.event_count", 10L));
    }

    // ---- which events count

    @ParameterizedTest
    @FieldSource("dev.vaultwatch.samples.Operations#READS")
    void givenAnActionOfTheSourceWhenTheMinuteClosesThenItCounts(String action) {
        String other = action.equals("SecretGet") ? "SecretList" : "SecretGet";
        List<KeyVaultEvent> events = Stream.concat(
                        reads(AT_02_41, 9, MALLORY, other).stream(), Stream.of(read(AT_02_41, action, MALLORY)))
                .toList();

        assertThat(closed(AT_02_41, events)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "secretget",
                "SECRETGET",
                "SecretGet ",
                " SecretGet",
                "SecretGets",
                "SecretSet",
                "SecretDelete",
                "SecretBackup",
                "KeySign",
                "KeyDecrypt",
                "KeyUnwrap",
                "VaultPut",
                "CertificateCreate",
                "CertificatePolicySet",
                "Authentication",
                ""
            })
    void givenAnActionThatOnlyLooksLikeOneWhenTheMinuteClosesThenItDoesNotCount(String action) {
        List<KeyVaultEvent> events = Stream.concat(
                        reads(AT_02_41, 9, MALLORY, "SecretList", "KeyGet").stream(),
                        Stream.of(read(AT_02_41, action, MALLORY)))
                .toList();

        assertThat(closed(AT_02_41, events)).isEmpty();
    }

    @Test
    void givenAThousandReadsWithoutAUserWhenTheMinuteClosesThenTheRuleIsSilent() {
        for (int i = 0; i < 1_000; i++) {
            lane.send(AT_02_41, read(AT_02_41, i % 2 == 0 ? "SecretList" : "SecretGet", null));
        }

        lane.closeWindow();

        assertThat(lane.takeFindings()).isEmpty();
    }

    // ---- groups

    @Test
    void givenTwoUsersBelowTheThresholdWhenTheMinuteClosesThenTheyAreNotAddedUp() {
        sendAll(AT_02_41, reads(AT_02_41, 9, MALLORY, "SecretList", "SecretGet"));

        List<Finding> rows = closed(AT_02_41, reads(AT_02_41, 9, TRENT, "SecretList", "SecretGet"));

        assertThat(rows).isEmpty();
    }

    @Test
    void givenTwoUsersAboveTheThresholdWhenTheMinuteClosesThenEachHasARow() {
        sendAll(AT_02_41, harvest(AT_02_41, MALLORY));

        List<Finding> rows = closed(AT_02_41, harvest(AT_02_41, TRENT));

        assertThat(rows).extracting(row -> row.columns().get(UPN)).containsExactlyInAnyOrder(MALLORY, TRENT);
    }

    @Test
    void givenUsersWhoseNamesDifferInCaseWhenTheMinuteClosesThenTheyAreTwo() {
        sendAll(AT_02_41, harvest(AT_02_41, "Mallory@contoso.example"));

        List<Finding> rows = closed(AT_02_41, harvest(AT_02_41, "mallory@contoso.example"));

        assertThat(rows)
                .extracting(row -> row.columns().get(UPN))
                .containsExactlyInAnyOrder("Mallory@contoso.example", "mallory@contoso.example");
    }

    @Test
    void givenAnEmptyUserNameWhenTheMinuteClosesThenItIsANameLikeAnother() {
        assertThat(closed(AT_02_41, harvest(AT_02_41, "")))
                .singleElement()
                .satisfies(row -> assertThat(row.columns()).containsEntry(UPN, ""));
    }

    // ---- minutes

    @Test
    void givenTenReadsAcrossTheBoundaryWhenBothMinutesCloseThenNeitherSpeaks() {
        List<Finding> first = closed(AT_02_41, reads(AT_02_41 + 50_000, 9, MALLORY, "SecretList", "SecretGet"));
        List<Finding> second = closed(AT_02_42, List.of(read(AT_02_42, "SecretGet", MALLORY)));

        assertThat(first).isEmpty();
        assertThat(second).isEmpty();
    }

    @Test
    void givenEventsOnTheFirstAndLastMillisecondWhenTheMinuteClosesThenBothCount() {
        List<KeyVaultEvent> events = Stream.concat(
                        reads(AT_02_41, 5, MALLORY, "SecretList").stream(),
                        reads(AT_02_42 - 1, 1, MALLORY, "SecretGet").stream())
                .toList();
        sendAll(AT_02_41, events);

        List<Finding> rows = closed(AT_02_41, reads(AT_02_41, 4, MALLORY, "SecretGet"));

        assertThat(rows)
                .singleElement()
                .satisfies(row -> assertThat(row.columns()).containsEntry("Esql.event_count", 10L));
    }

    @Test
    void givenEventsInAnyOrderWhenTheMinuteClosesThenTheTotalsAreTheSame() {
        List<KeyVaultEvent> backwards = Stream.iterate(9, i -> i - 1)
                .limit(10)
                .map(i -> read(AT_02_41 + i * 5_000L, i % 2 == 0 ? "SecretList" : "SecretGet", MALLORY))
                .toList();

        assertThat(closed(AT_02_41, backwards))
                .singleElement()
                .satisfies(row -> assertThat(row.columns()).containsEntry("Esql.event_count", 10L));
    }

    @Test
    void givenAnAlertInTheLastMinuteWhenTheNextIsQuietThenItIsSilent() {
        closed(AT_02_41, harvest(AT_02_41, MALLORY));

        assertThat(closed(AT_02_42, reads(AT_02_42, 9, MALLORY, "SecretList", "SecretGet")))
                .isEmpty();
    }

    @Test
    void givenAnAlertInTheLastMinuteWhenTheNextHasOneThenNothingOfTheLastIsInIt() {
        closed(
                AT_02_41,
                Stream.concat(
                                harvest(AT_02_41, MALLORY).stream(),
                                Stream.of(read(AT_02_41, "VaultGet", MALLORY, "old-vault")))
                        .toList());

        List<Finding> rows = closed(
                AT_02_42,
                Stream.concat(
                                reads(AT_02_42, 11, MALLORY, "KeyGet").stream(),
                                Stream.of(read(AT_02_42, "KeyList", MALLORY, "new-vault")))
                        .toList());

        assertThat(rows)
                .singleElement()
                .satisfies(row -> assertThat(row.columns())
                        .containsEntry("Esql.event_count", 12L)
                        .containsEntry("Esql.event_action_values", List.of("KeyGet", "KeyList"))
                        .containsEntry("Esql.azure_resource_name_values", List.of("new-vault"))
                        .containsEntry("Esql.azure_resource_name_count_distinct", 1L));
    }

    @Test
    void givenAMonthOfSilenceWhenAnotherHarvestComesThenTheRuleSpeaksOfThatAlone() {
        closed(AT_02_41, harvest(AT_02_41, MALLORY));
        long monthLater = AT_02_41 + Duration.ofDays(30).toMillis();

        List<Finding> rows = closed(monthLater, harvest(monthLater, MALLORY));

        assertThat(rows).singleElement().satisfies(row -> {
            assertThat(row.time()).isEqualTo(monthLater);
            assertThat(row.columns()).containsEntry("Esql.event_count", 10L);
        });
    }

    @Test
    void givenAHundredMinutesInARowWhenEachClosesThenEachSpeaksOnce() {
        for (int i = 0; i < 100; i++) {
            long minute = AT_02_41 + i * MINUTE;

            assertThat(closed(minute, harvest(minute, MALLORY)))
                    .as("minute %d", i)
                    .hasSize(1);
        }
    }

    // ---- outputs

    @Test
    void givenFullEventsWhenTheMinuteClosesThenEveryOutputOfTheSourceIsThere() {
        for (int i = 0; i < 12; i++) {
            lane.send(AT_02_41, full(i));
        }
        lane.closeWindow();

        assertThat(onTime())
                .singleElement()
                .satisfies(row -> assertThat(row.columns())
                        .containsEntry(UPN, MALLORY)
                        .containsEntry("Esql_priv.azure_platformlogs_identity_claim_upn_values", List.of(MALLORY))
                        .containsEntry("Esql.azure_platformlogs_identity_claim_upn_count_distinct", 1L)
                        .containsEntry("Esql.azure_platformlogs_identity_claim_appid_values", List.of("app0", "app1"))
                        .containsEntry(
                                "Esql.azure_platformlogs_identity_claim_objectid_values", List.of("oid0", "oid1"))
                        .containsEntry("Esql.source_ip_values", List.of("198.51.100.0", "198.51.100.1"))
                        .containsEntry("Esql.geo_city_values", List.of("city0", "city1"))
                        .containsEntry("Esql.geo_region_values", List.of("region0", "region1"))
                        .containsEntry("Esql.geo_country_values", List.of("country0", "country1"))
                        .containsEntry("Esql.source_as_organization_name_values", List.of("org0", "org1"))
                        .containsEntry("Esql.event_action_values", List.of("SecretGet", "SecretList"))
                        .containsEntry("Esql.event_action_count_distinct", 2L)
                        .containsEntry("Esql.event_count", 12L)
                        .containsEntry("Esql.azure_resource_name_values", List.of("vault0", "vault1"))
                        .containsEntry("Esql.azure_resource_name_count_distinct", 2L)
                        .containsEntry("Esql.azure_platformlogs_result_type_values", List.of("Success", "Unauthorized"))
                        .containsEntry("Esql.cloud_region_values", List.of("cloud0", "cloud1"))
                        .containsEntry("Esql.agent_name_values", List.of("agent0", "agent1"))
                        .containsEntry("Esql.azure_subscription_id_values", List.of("sub0", "sub1"))
                        .containsEntry("Esql.azure_resource_group_values", List.of("group0", "group1"))
                        .containsEntry("Esql.azure_resource_id_values", List.of("id0", "id1")));
    }

    @Test
    void givenFieldsThatSomeEventsLackWhenTheMinuteClosesThenNullIsNoValue() {
        sendAll(AT_02_41, harvest(AT_02_41, MALLORY));

        List<Finding> rows = closed(AT_02_41, List.of(full(1)));

        assertThat(rows)
                .singleElement()
                .satisfies(row -> assertThat(row.columns())
                        .containsEntry("Esql.azure_resource_name_values", List.of("vault1"))
                        .containsEntry("Esql.azure_resource_name_count_distinct", 1L));
    }

    @Test
    void givenFieldsThatEveryEventLacksWhenTheMinuteClosesThenTheirListsAreEmpty() {
        assertThat(closed(AT_02_41, harvest(AT_02_41, MALLORY)))
                .singleElement()
                .satisfies(row -> assertThat(row.columns())
                        .containsEntry("Esql.source_ip_values", List.of())
                        .containsEntry("Esql.azure_resource_name_count_distinct", 0L));
    }

    @Test
    void givenValuesInAnyOrderWhenTheMinuteClosesThenTheyAreSortedAndDistinct() {
        List<KeyVaultEvent> events = Stream.of("v3", "v1", "v2", "v1", "v3", "v10", "V1", "v2", "v1", "v3")
                .map(vault -> read(AT_02_41, vault.equals("v1") ? "SecretList" : "SecretGet", MALLORY, vault))
                .toList();

        assertThat(closed(AT_02_41, events))
                .singleElement()
                .satisfies(row -> assertThat(row.columns())
                        .containsEntry("Esql.azure_resource_name_values", List.of("V1", "v1", "v10", "v2", "v3"))
                        .containsEntry("Esql.azure_resource_name_count_distinct", 5L));
    }

    @Test
    void givenARowWhenItComesOutThenItsColumnsStandInTheRulesOrder() {
        Map<String, Object> columns =
                closed(AT_02_41, harvest(AT_02_41, MALLORY)).get(0).columns();

        String epl = Rules.shipped().epl();
        assertThat(columns.keySet().stream().map(column -> epl.indexOf("`" + column + "`")))
                .isSorted()
                .doesNotContain(-1);
    }

    private static KeyVaultEvent full(int i) {
        int n = i % 2;
        return KeyVaultEvent.builder(AT_02_41 + i, n == 0 ? "SecretList" : "SecretGet")
                .with(Property.UPN, MALLORY)
                .with(Property.APP_ID, "app" + n)
                .with(Property.OBJECT_ID, "oid" + n)
                .with(Property.SOURCE_IP, "198.51.100." + n)
                .with(Property.CITY, "city" + n)
                .with(Property.REGION, "region" + n)
                .with(Property.COUNTRY, "country" + n)
                .with(Property.ORGANIZATION, "org" + n)
                .with(Property.VAULT, "vault" + n)
                .with(Property.RESULT_TYPE, n == 0 ? "Success" : "Unauthorized")
                .with(Property.RESULT_SIGNATURE, "OK")
                .with(Property.HTTP_STATUS, 200)
                .with(Property.CLOUD_REGION, "cloud" + n)
                .with(Property.AGENT, "agent" + n)
                .with(Property.SUBSCRIPTION_ID, "sub" + n)
                .with(Property.RESOURCE_GROUP, "group" + n)
                .with(Property.RESOURCE_ID, "id" + n)
                .build();
    }

    private void sendAll(long window, List<KeyVaultEvent> events) {
        events.forEach(event -> lane.send(window, event));
    }

    /** Sends, closes, and gives the rows of the close. */
    private List<Finding> closed(long window, List<KeyVaultEvent> events) {
        sendAll(window, events);
        lane.closeWindow();
        return onTime();
    }

    private List<Finding> onTime() {
        return lane.takeFindings().stream().filter(row -> !row.early()).toList();
    }
}
