package dev.vaultwatch.alert;

import static dev.vaultwatch.alert.Alerts.AT_02_41;
import static dev.vaultwatch.alert.Alerts.MINUTE;
import static dev.vaultwatch.alert.Alerts.UPN;
import static dev.vaultwatch.alert.Alerts.capped;
import static dev.vaultwatch.alert.Alerts.early;
import static dev.vaultwatch.alert.Alerts.named;
import static dev.vaultwatch.alert.Alerts.onTime;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.alert.Alerts.Host;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.rule.Rule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** From row to alert: stages, order, caps. */
class AlertDeskTest {
    private static final Instant AT_02_42 = AT_02_41.plus(MINUTE);
    private static final Instant AT_02_48 = AT_02_41.plus(MINUTE.multipliedBy(7));

    private final Rule rule = Alerts.shippedRule();
    private final Host host = new Host();
    private final Outbox outbox = new Outbox(host, host);
    private final AlertDesk desk = new AlertDesk(outbox, true, true, 100);

    @Nested
    class Content {

        @Test
        void givenARowWhenRaisedThenTheAlertCarriesTheRulesFacts() {
            raise(desk, onTime(rule, AT_02_41, "mallory"));

            assertThat(host.alerts()).singleElement().satisfies(alert -> {
                assertThat(alert.ruleId()).isEqualTo("excessive-secret-retrieval");
                assertThat(alert.ruleName()).isEqualTo("Excessive secret or key retrieval from Azure Key Vault");
                assertThat(alert.ruleVersion()).isEqualTo(1);
                assertThat(alert.severity()).isEqualTo("medium");
                assertThat(alert.riskScore()).isEqualTo(43);
                assertThat(alert.revision()).isZero();
            });
        }

        @Test
        void givenARowWhenRaisedThenTheAlertSpansItsMinute() {
            raise(desk, onTime(rule, AT_02_41, "mallory"));

            assertThat(host.alerts()).singleElement().satisfies(alert -> {
                assertThat(alert.windowStart()).isEqualTo(AT_02_41);
                assertThat(alert.windowEnd()).isEqualTo(AT_02_42);
            });
        }

        @Test
        void givenARowWhenRaisedThenTheGroupingKeyAndTheCountAreReadOffItsColumns() {
            raise(desk, onTime(rule, AT_02_41, "mallory"));

            assertThat(host.alerts()).singleElement().satisfies(alert -> {
                assertThat(alert.groupingKey()).containsExactly(Map.entry("upn", "mallory"));
                assertThat(alert.eventCount()).hasValue(12L);
            });
        }

        @Test
        void givenARowWithoutItsCountWhenRaisedThenTheAlertHasNone() {
            raise(desk, new Finding(rule, false, AT_02_41.toEpochMilli(), "mallory", Map.of(UPN, "mallory")));

            assertThat(host.alerts())
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).isEmpty());
        }

        @Test
        void givenARowWithoutItsKeyWhenRaisedThenTheKeyIsEmptyText() {
            raise(desk, new Finding(rule, false, AT_02_41.toEpochMilli(), null, Map.of("Esql.event_count", 12L)));

            assertThat(host.alerts())
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.groupingKey()).containsExactly(Map.entry("upn", "")));
        }

        @Test
        void givenARowWhenRaisedThenTheOutputsKeepTheRulesOrder() {
            Map<String, Object> columns = Alerts.harvest();

            raise(desk, Alerts.row(rule, columns));

            assertThat(host.alerts())
                    .singleElement()
                    .satisfies(
                            alert -> assertThat(new ArrayList<>(alert.outputs().entrySet()))
                                    .isEqualTo(new ArrayList<>(columns.entrySet())));
        }

        @Test
        void givenMoreValuesThanTheCapWhenRaisedThenTheListIsCut() {
            AlertDesk short3 = new AlertDesk(outbox, true, true, 3);

            raise(
                    short3,
                    Alerts.row(
                            rule,
                            Map.of(UPN, "mallory", "Esql.source_ip_values", List.of("ip1", "ip2", "ip3", "ip4"))));

            assertThat(host.alerts())
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.outputs().get("Esql.source_ip_values"))
                            .isEqualTo(List.of("ip1", "ip2", "ip3")));
        }

        @Test
        void givenAsManyValuesAsTheCapWhenRaisedThenNothingIsCut() {
            AlertDesk short3 = new AlertDesk(outbox, true, true, 3);

            raise(
                    short3,
                    Alerts.row(rule, Map.of(UPN, "mallory", "Esql.source_ip_values", List.of("ip1", "ip2", "ip3"))));

            assertThat(host.alerts()).singleElement().satisfies(alert -> {
                assertThat(alert.outputs().get("Esql.source_ip_values")).isEqualTo(List.of("ip1", "ip2", "ip3"));
                assertThat(alert.toEcsJson()).doesNotContain("truncated");
            });
        }
    }

    @Nested
    class Stages {

        @Test
        void givenAnEarlyRowWhenItsMinuteClosesThenBothStagesCarryOneId() {
            raise(desk, early(rule, AT_02_41, "mallory"));
            raise(desk, onTime(rule, AT_02_41, "mallory"));

            assertThat(host.stages()).containsExactly(AlertStage.EARLY, AlertStage.ON_TIME);
            assertThat(host.alerts())
                    .extracting(Alert::id)
                    .containsOnly(host.alerts().get(0).id());
        }

        @Test
        void givenTwoStagesOfOneAlertWhenCountedThenItIsOneAlert() {
            raise(desk, early(rule, AT_02_41, "mallory"));
            raise(desk, onTime(rule, AT_02_41, "mallory"));

            assertThat(desk.alerts()).isEqualTo(1);
        }

        @Test
        void givenEarlySwitchedOffWhenAMinuteRunsThenOnlyTheCloseSpeaks() {
            AlertDesk onTimeOnly = new AlertDesk(outbox, false, true, 100);

            raise(onTimeOnly, early(rule, AT_02_41, "mallory"));
            raise(onTimeOnly, onTime(rule, AT_02_41, "mallory"));

            assertThat(host.stages()).containsExactly(AlertStage.ON_TIME);
            assertThat(onTimeOnly.alerts()).isEqualTo(1);
        }

        @Test
        void givenTwoEarlyRowsOfOneAlertWhenRaisedThenTheFirstSpeaksAlone() {
            raise(desk, early(rule, AT_02_41, "mallory"));
            raise(desk, early(rule, AT_02_41, "mallory"));

            assertThat(host.stages()).containsExactly(AlertStage.EARLY);
        }

        @Test
        void givenAnEarlyRowWhenTheNextMinuteHasOneThenItIsAnotherAlert() {
            raise(desk, early(rule, AT_02_41, "mallory"));
            raise(desk, onTime(rule, AT_02_41, "mallory"));
            desk.closedBefore(AT_02_42.toEpochMilli());
            raise(desk, early(rule, AT_02_42, "mallory"));

            assertThat(host.stages()).containsExactly(AlertStage.EARLY, AlertStage.ON_TIME, AlertStage.EARLY);
            assertThat(host.alerts().get(2).id())
                    .isNotEqualTo(host.alerts().get(0).id());
            assertThat(desk.alerts()).isEqualTo(2);
        }

        @Test
        void givenOneUserAndTwoRulesWhenBothSpeakThenTheyAreTwoAlerts() {
            raise(desk, onTime(rule, AT_02_41, "mallory"));
            raise(desk, onTime(named(rule, "another-rule"), AT_02_41, "mallory"));

            assertThat(host.alerts()).extracting(Alert::id).doesNotHaveDuplicates();
            assertThat(desk.alerts()).isEqualTo(2);
        }
    }

    @Nested
    class Order {

        @Test
        void givenSeveralMinutesClosedInOneStepWhenRaisedThenTheNewestComesFirst() {
            raise(
                    desk,
                    onTime(rule, AT_02_41, "first"),
                    onTime(rule, AT_02_48, "third"),
                    onTime(rule, AT_02_42, "second"));

            assertThat(host.story()).containsExactly("ON_TIME third", "ON_TIME second", "ON_TIME first");
        }

        @Test
        void givenOneMinuteWhenRaisedThenUsersComeInTheOrderOfTheirNames() {
            raise(desk, onTime(rule, AT_02_41, "trent"), onTime(rule, AT_02_41, "mallory"));

            assertThat(host.story()).containsExactly("ON_TIME mallory", "ON_TIME trent");
        }

        @Test
        void givenBothStagesOfAnAlertInOneStepWhenRaisedThenEarlyComesFirst() {
            raise(
                    desk,
                    early(rule, AT_02_41, "mallory"),
                    early(rule, AT_02_41, "trent"),
                    onTime(rule, AT_02_41, "trent"),
                    onTime(rule, AT_02_41, "mallory"));

            assertThat(host.story())
                    .containsExactly("EARLY mallory", "ON_TIME mallory", "EARLY trent", "ON_TIME trent");
        }

        @Test
        void givenNoRowsWhenRaisedThenNothingHappens() {
            raise(desk);

            assertThat(host.story()).isEmpty();
        }

        @Test
        void givenACapAndSeveralMinutesInOneStepWhenRaisedThenTheCapKeepsTheNewest() {
            Rule one = capped(rule, 1);

            raise(desk, onTime(one, AT_02_41, "old"), onTime(one, AT_02_42, "new"));

            assertThat(host.story()).containsExactly("ON_TIME new", "ALERT_CAP_REACHED");
        }
    }

    /** Periods of eight minutes: 02:40 to 02:48 is one. */
    @Nested
    class Caps {
        private final Rule two = capped(rule, 2);

        @Test
        void givenAsManyAlertsAsTheCapWhenRaisedThenAllGoOut() {
            raise(desk, onTime(two, AT_02_41, "a"), onTime(two, AT_02_41, "b"));

            assertThat(host.story()).containsExactly("ON_TIME a", "ON_TIME b");
        }

        @Test
        void givenMoreAlertsThanTheCapWhenRaisedThenTheRestIsWithheldAndTheCapIsToldOnce() {
            raise(
                    desk,
                    onTime(two, AT_02_41, "a"),
                    onTime(two, AT_02_41, "b"),
                    onTime(two, AT_02_41, "c"),
                    onTime(two, AT_02_41, "d"));

            assertThat(host.story()).containsExactly("ON_TIME a", "ON_TIME b", "ALERT_CAP_REACHED");
            assertThat(desk.alerts()).isEqualTo(2);
            assertThat(desk.withheld()).isEqualTo(2);
        }

        @Test
        void givenACapReachedWhenToldThenTheNoticeNamesRuleNumberAndPeriod() {
            raise(desk, onTime(two, AT_02_41, "a"), onTime(two, AT_02_41, "b"), onTime(two, AT_02_41, "c"));

            assertThat(host.notices())
                    .containsExactly(Notice.of(
                            Notice.Kind.ALERT_CAP_REACHED,
                            "Rule excessive-secret-retrieval has raised 2 alerts in the 8 minutes from"
                                    + " 2026-11-03T02:40:00Z, its cap; further alerts of that time are withheld and"
                                    + " counted.",
                            2));
        }

        @Test
        void givenBothStagesOfAnAlertWhenRaisedThenTheyTakeOnePlaceUnderTheCap() {
            raise(desk, early(two, AT_02_41, "a"), onTime(two, AT_02_41, "a"), onTime(two, AT_02_41, "b"));

            assertThat(host.story()).containsExactly("EARLY a", "ON_TIME a", "ON_TIME b");
        }

        @Test
        void givenAnAlertThatSpokeEarlyWhenTheCapIsReachedThenItsCloseStillSpeaks() {
            raise(desk, early(two, AT_02_41, "z"));
            raise(
                    desk,
                    onTime(two, AT_02_41, "a"),
                    onTime(two, AT_02_41, "b"),
                    onTime(two, AT_02_41, "c"),
                    onTime(two, AT_02_41, "z"));

            assertThat(host.story()).containsExactly("EARLY z", "ON_TIME a", "ALERT_CAP_REACHED", "ON_TIME z");
            assertThat(desk.withheld()).isEqualTo(2);
        }

        @Test
        void givenAnAlertWithheldEarlyWhenItsMinuteClosesThenItIsCountedOnce() {
            raise(desk, early(two, AT_02_41, "a"));
            raise(desk, early(two, AT_02_41, "b"));
            raise(desk, early(two, AT_02_41, "c"));
            raise(desk, onTime(two, AT_02_41, "a"), onTime(two, AT_02_41, "b"), onTime(two, AT_02_41, "c"));

            assertThat(host.story())
                    .containsExactly("EARLY a", "EARLY b", "ALERT_CAP_REACHED", "ON_TIME a", "ON_TIME b");
            assertThat(desk.withheld()).isEqualTo(1);
        }

        @Test
        void givenAPeriodThatIsOverWhenSomeWereWithheldThenTheirNumberIsTold() {
            raise(
                    desk,
                    onTime(two, AT_02_41, "a"),
                    onTime(two, AT_02_41, "b"),
                    onTime(two, AT_02_41, "c"),
                    onTime(two, AT_02_41, "d"));

            close(AT_02_48);

            assertThat(host.notices())
                    .last()
                    .isEqualTo(Notice.of(
                            Notice.Kind.ALERTS_WITHHELD,
                            "Rule excessive-secret-retrieval withheld 2 alerts of the 8 minutes from"
                                    + " 2026-11-03T02:40:00Z, beyond its cap of 2.",
                            2));
        }

        @Test
        void givenAPeriodThatIsNotOverWhenAMinuteClosesThenNothingIsToldYet() {
            raise(desk, onTime(two, AT_02_41, "a"), onTime(two, AT_02_41, "b"), onTime(two, AT_02_41, "c"));

            close(AT_02_48.minus(MINUTE));

            assertThat(host.story()).doesNotContain("ALERTS_WITHHELD");
        }

        @Test
        void givenAPeriodThatIsOverWhenNothingWasWithheldThenNothingIsTold() {
            raise(desk, onTime(two, AT_02_41, "a"), onTime(two, AT_02_41, "b"));

            close(AT_02_48);

            assertThat(host.notices()).isEmpty();
        }

        @Test
        void givenACapReachedWhenTheNextPeriodBeginsThenAlertsGoOutAgain() {
            raise(desk, onTime(two, AT_02_41, "a"), onTime(two, AT_02_41, "b"), onTime(two, AT_02_41, "c"));
            close(AT_02_48);

            raise(desk, onTime(two, AT_02_48, "c"));

            assertThat(host.story())
                    .containsExactly("ON_TIME a", "ON_TIME b", "ALERT_CAP_REACHED", "ALERTS_WITHHELD", "ON_TIME c");
        }

        @Test
        void givenAnotherMinuteOfTheSamePeriodWhenTheCapIsReachedThenItIsWithheldToo() {
            raise(desk, onTime(two, AT_02_41, "a"), onTime(two, AT_02_41, "b"));
            close(AT_02_42);

            raise(desk, onTime(two, AT_02_42, "a"));

            assertThat(host.story()).containsExactly("ON_TIME a", "ON_TIME b", "ALERT_CAP_REACHED");
        }

        @Test
        void givenTwoRulesWhenOneReachesItsCapThenTheOtherGoesOn() {
            Rule other = named(two, "another-rule");

            raise(desk, onTime(two, AT_02_41, "a"), onTime(two, AT_02_41, "b"), onTime(two, AT_02_41, "c"));
            raise(desk, onTime(other, AT_02_41, "d"));

            assertThat(host.story()).containsExactly("ON_TIME a", "ON_TIME b", "ALERT_CAP_REACHED", "ON_TIME d");
        }

        @Test
        void givenCapsSwitchedOffWhenAFloodComesThenAllGoOut() {
            AlertDesk uncapped = new AlertDesk(outbox, true, false, 100);

            for (int i = 0; i < 150; i++) {
                raise(uncapped, onTime(rule, AT_02_41, "user" + i));
            }

            assertThat(host.alerts()).hasSize(150);
            assertThat(host.notices()).isEmpty();
        }

        @Test
        void givenTheShippedRuleWhenAFloodComesThenAHundredGoOut() {
            for (int i = 0; i < 150; i++) {
                raise(desk, onTime(rule, AT_02_41, "user" + i));
            }

            assertThat(host.alerts()).hasSize(100);
            assertThat(desk.withheld()).isEqualTo(50);
        }

        @Test
        void givenAPeriodThatIsNotOverWhenTheDeskFinishesThenTheWithheldAreTold() {
            raise(desk, onTime(two, AT_02_41, "a"), onTime(two, AT_02_41, "b"), onTime(two, AT_02_41, "c"));

            desk.finish();
            outbox.deliver();

            assertThat(host.notices()).last().satisfies(notice -> {
                assertThat(notice.kind()).isEqualTo(Notice.Kind.ALERTS_WITHHELD);
                assertThat(notice.count()).isEqualTo(1);
            });
        }

        @Test
        void givenAFinishedDeskWhenItFinishesAgainThenNothingIsToldTwice() {
            raise(desk, onTime(two, AT_02_41, "a"), onTime(two, AT_02_41, "b"), onTime(two, AT_02_41, "c"));

            desk.finish();
            desk.finish();
            outbox.deliver();

            assertThat(host.story()).containsOnlyOnce("ALERTS_WITHHELD");
        }
    }

    private void raise(AlertDesk to, Finding... rows) {
        to.raise(List.of(rows));
        outbox.deliver();
    }

    private void close(Instant before) {
        desk.closedBefore(before.toEpochMilli());
        outbox.deliver();
    }
}
