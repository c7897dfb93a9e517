package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.AT_02_41;
import static dev.vaultwatch.engine.Events.AT_02_42;
import static dev.vaultwatch.engine.Events.MALLORY;
import static dev.vaultwatch.engine.Events.TRENT;
import static dev.vaultwatch.engine.Events.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.gate.EplGate;
import dev.vaultwatch.rule.Rule;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** One engine, one window open at a time: what goes in, what comes out, and what happens when a rule throws. */
class LaneTest {
    private static final Rule COUNTING = Rules.of(
            "counting",
            "@name('alert') select upn, count(*) as total from KeyVaultEvent#time_batch(1 min, 0L) group by upn;");

    @Nested
    class Window {

        @Test
        void givenAFreshLaneWhenAskedThenNoWindowIsOpen() {
            try (Lane lane = Rules.lane(COUNTING)) {
                assertThat(lane.hasOpenWindow()).isFalse();
                assertThat(lane.hasOutput()).isFalse();
            }
        }

        @Test
        void givenAFreshLaneWhenClosedThenNothingHappens() {
            try (Lane lane = Rules.lane(COUNTING)) {
                lane.closeWindow();

                assertThat(lane.hasOutput()).isFalse();
            }
        }

        @Test
        void givenAnEventWhenSentThenItsWindowIsOpenUntilItIsClosed() {
            try (Lane lane = Rules.lane(COUNTING)) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));
                assertThat(lane.hasOpenWindow()).isTrue();

                lane.closeWindow();

                assertThat(lane.hasOpenWindow()).isFalse();
            }
        }

        @Test
        void givenAnOpenWindowWhenAnEventOfAnotherComesThenItIsRefused() {
            try (Lane lane = Rules.lane(COUNTING)) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));

                assertThatThrownBy(() -> lane.send(AT_02_42, read(AT_02_42, "SecretGet", MALLORY)))
                        .isInstanceOf(IllegalStateException.class);
            }
        }

        @Test
        void givenAClosedWindowWhenAnEventOfItComesThenItIsRefused() {
            try (Lane lane = Rules.lane(COUNTING)) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));
                lane.closeWindow();

                assertThatThrownBy(() -> lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY)))
                        .isInstanceOf(IllegalStateException.class);
            }
        }

        @Test
        @DisplayName("counts the events of each group of its window")
        void groups() {
            try (Lane lane = Rules.lane(COUNTING)) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", TRENT));
                lane.send(AT_02_41, read(AT_02_41 + 1, "SecretGet", MALLORY));
                lane.takeFindings();
                lane.closeWindow();

                assertThat(lane.takeFindings())
                        .extracting(row ->
                                row.columns().get("upn") + " " + row.columns().get("total"))
                        .containsExactlyInAnyOrder(MALLORY + " 2", TRENT + " 1");
            }
        }

        @Test
        void givenRowsWhenTakenThenTheyAreGone() {
            try (Lane lane = Rules.lane(COUNTING)) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));
                assertThat(lane.takeFindings()).hasSize(1);

                assertThat(lane.hasOutput()).isFalse();
                assertThat(lane.takeFindings()).isEmpty();
            }
        }

        @Test
        void givenTwoLanesOfOneRuleSetWhenOneIsFedThenTheOtherKnowsNothing() {
            CompiledRule rule = Rules.compile(COUNTING).rules().get(0);
            try (Lane one = rule.newLane();
                    Lane other = rule.newLane()) {
                one.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));
                other.send(AT_02_42, read(AT_02_42, "SecretGet", MALLORY));
                other.takeFindings();

                other.closeWindow();

                assertThat(other.takeFindings())
                        .singleElement()
                        .satisfies(row -> assertThat(row.columns()).containsEntry("total", 1L));
            }
        }
    }

    @Nested
    class Rows {

        @Test
        void givenAUserOfTheLastMinuteOnlyWhenTheNextClosesThenThereIsNoRowOfThem() {
            try (Lane lane = Rules.lane(COUNTING)) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));
                lane.closeWindow();
                lane.takeFindings();
                lane.send(AT_02_42, read(AT_02_42, "SecretGet", TRENT));
                lane.takeFindings();

                lane.closeWindow();

                assertThat(lane.takeFindings())
                        .extracting(row -> row.columns().get("upn"))
                        .containsExactly(TRENT);
            }
        }

        @Test
        void givenColumnsOfEveryTypeWhenARowComesOutThenTheyAreTextsLongsDoublesAndTruths() {
            assertThat(columnOf("count(*)")).isEqualTo(2L);
            assertThat(columnOf("cast(count(*), int)")).isEqualTo(2L);
            assertThat(columnOf("cast(1.5, float)")).isEqualTo(1.5);
            assertThat(columnOf("avg(time)")).isInstanceOf(Double.class);
            assertThat(columnOf("count(*) > 1")).isEqualTo(true);
            assertThat(columnOf("max(vault)")).isEqualTo("v1");
        }

        @Test
        void givenAColumnOfAnArrayWhenARowComesOutThenItIsAList() {
            assertThat(columnOf("{count(*), 7}")).isEqualTo(List.of(2L, 7L));
        }

        /** An event as a whole is shown as ECS has it. */
        @Test
        void givenAColumnOfAWholeEventWhenARowComesOutThenItIsItsEcsForm() {
            Rule rule = Rules.of(
                    "whole",
                    "@name('alert') select upn, last(*) as x, window(*) as y from KeyVaultEvent#time_batch(1 min, 0L)"
                            + " group by upn;");
            RuleCompiler compiler =
                    new RuleCompiler(new EplGate.Permissions(false, true), Optional.empty(), complaint -> {});
            KeyVaultEvent event = read(AT_02_41, "SecretGet", MALLORY, "v1");
            try (Lane lane = compiler.compile(List.of(rule)).rules().get(0).newLane()) {
                lane.send(AT_02_41, event);
                lane.closeWindow();

                assertThat(lane.takeFindings())
                        .isNotEmpty()
                        .allSatisfy(row -> assertThat(row.columns())
                                .containsEntry("x", event.toEcs().toString())
                                .containsEntry("y", List.of(event.toEcs().toString())));
            }
        }

        /** One of the two events has no vault. */
        @Test
        void givenAColumnOfAnArrayWithNullsWhenARowComesOutThenTheyAreLeftOut() {
            assertThat(columnOf("window(vault)")).isEqualTo(List.of("v1"));
        }

        /** The column of the row of two events, as the alert will carry it. */
        private static Object columnOf(String expression) {
            Rule rule = Rules.of(
                    "one-column",
                    "@name('alert') select upn, " + expression
                            + " as x from KeyVaultEvent#time_batch(1 min, 0L) group by upn;");
            try (Lane lane = Rules.lane(rule)) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, "v1"));
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, null));
                lane.closeWindow();
                List<Finding> rows =
                        lane.takeFindings().stream().filter(row -> !row.early()).toList();
                assertThat(rows).as("rows with %s", expression).hasSize(1);
                Object value = rows.get(0).columns().get("x");
                assertThat(value).as(expression).isNotNull();
                return value == null ? "" : value;
            }
        }
    }

    /** A rule that reads a number where an event may have a text. */
    @Nested
    class Failures {
        private static final String SECRET = "kv-with-a-telling-name";
        private static final Rule THROWING = Rules.of(
                "throwing",
                "@name('alert') select upn, cast(max(vault), int) as n from KeyVaultEvent#time_batch(1 min, 0L)"
                        + " group by upn;");
        private static final Rule THROWING_FILTER = Rules.of(
                "throwing-filter",
                "@name('alert') select upn, count(*) as n from KeyVaultEvent(cast(vault, int) >"
                        + " 3)#time_batch(1 min, 0L) group by upn;");

        @Test
        void givenARuleThatThrowsWhenTheMinuteClosesThenItIsReportedByRuleAndKind() {
            try (Lane lane = Rules.lane(THROWING)) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, SECRET));
                lane.takeFailures();

                lane.closeWindow();

                assertThat(lane.hasOutput()).isTrue();
                assertThat(lane.takeFailures())
                        .containsExactly(new RuleFailure(
                                "throwing",
                                RuleFailure.Kind.THREW,
                                "Statement 'alert' threw java.lang.NumberFormatException."));
            }
        }

        @Test
        void givenARuleThatThrowsWhenItWouldSpeakEarlyThenItIsReportedAndSendDoesNotThrow() {
            try (Lane lane = Rules.lane(THROWING)) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, SECRET));

                assertThat(lane.takeFailures())
                        .containsExactly(new RuleFailure(
                                "throwing",
                                RuleFailure.Kind.THREW,
                                "Statement 'early' threw java.lang.NumberFormatException."));
            }
        }

        @Test
        @DisplayName("A lane whose rule threw is damaged, and one that takes its place is not")
        void damaged() {
            CompiledRule rule = Rules.compile(THROWING).rules().get(0);
            try (Lane lane = rule.newLane();
                    Lane next = rule.newLane()) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, SECRET));
                lane.closeWindow();
                assertThat(lane.isDamaged()).isTrue();
                next.send(AT_02_42, read(AT_02_42, "SecretGet", MALLORY, "7"));
                next.closeWindow();

                assertThat(next.isDamaged()).isFalse();
                assertThat(next.takeFindings())
                        .filteredOn(row -> !row.early())
                        .singleElement()
                        .satisfies(row -> assertThat(row.columns()).containsEntry("n", 7L));
            }
        }

        @Test
        void givenACastInAFilterWhenCompiledThenItIsRefusedSinceItsFailureWouldKeepEventsFromTheRule() {
            assertThat(Rules.faults(THROWING_FILTER)).singleElement().satisfies(fault -> {
                assertThat(fault.problem()).contains("cast", "filter", "keeps the event from the rule");
                assertThat(fault.line()).isEqualTo(1);
            });
        }

        @Test
        void givenFailuresWhenTakenThenTheyAreGone() {
            try (Lane lane = Rules.lane(THROWING)) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, SECRET));
                lane.takeFailures();

                assertThat(lane.hasOutput()).isFalse();
                assertThat(lane.takeFailures()).isEmpty();
            }
        }
    }
}
