package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.AT_02_41;
import static dev.vaultwatch.engine.Events.AT_02_42;
import static dev.vaultwatch.engine.Events.AT_02_43;
import static dev.vaultwatch.engine.Events.MALLORY;
import static dev.vaultwatch.engine.Events.TRENT;
import static dev.vaultwatch.engine.Events.harvest;
import static dev.vaultwatch.engine.Events.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.engine.Lane.RuleFailure;
import dev.vaultwatch.rule.Rule;
import java.util.List;
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
            try (Lane lane = Rules.compile(COUNTING).newLane()) {
                assertThat(lane.hasOpenWindow()).isFalse();
                assertThat(lane.hasOutput()).isFalse();
            }
        }

        @Test
        void givenAFreshLaneWhenClosedThenNothingHappens() {
            try (Lane lane = Rules.compile(COUNTING).newLane()) {
                lane.closeWindow();

                assertThat(lane.hasOutput()).isFalse();
            }
        }

        @Test
        void givenAnEventWhenSentThenItsWindowIsOpenUntilItIsClosed() {
            try (Lane lane = Rules.compile(COUNTING).newLane()) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));
                assertThat(lane.hasOpenWindow()).isTrue();

                lane.closeWindow();

                assertThat(lane.hasOpenWindow()).isFalse();
            }
        }

        @Test
        void givenAnOpenWindowWhenAnEventOfAnotherComesThenItIsRefused() {
            try (Lane lane = Rules.compile(COUNTING).newLane()) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));

                assertThatThrownBy(() -> lane.send(AT_02_42, read(AT_02_42, "SecretGet", MALLORY)))
                        .isInstanceOf(IllegalStateException.class);
            }
        }

        @Test
        void givenAClosedWindowWhenAnEventOfItComesThenItIsRefused() {
            try (Lane lane = Rules.compile(COUNTING).newLane()) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));
                lane.closeWindow();

                assertThatThrownBy(() -> lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY)))
                        .isInstanceOf(IllegalStateException.class);
            }
        }

        @Test
        void givenRowsWhenTakenThenTheyAreGone() {
            try (Lane lane = Rules.compile(COUNTING).newLane()) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));
                assertThat(lane.takeRows()).hasSize(1);

                assertThat(lane.hasOutput()).isFalse();
                assertThat(lane.takeRows()).isEmpty();
            }
        }

        @Test
        void givenTwoLanesOfOneRuleSetWhenOneIsFedThenTheOtherKnowsNothing() {
            CompiledRules rules = Rules.compile(COUNTING);
            try (Lane one = rules.newLane();
                    Lane other = rules.newLane()) {
                one.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));
                other.send(AT_02_42, read(AT_02_42, "SecretGet", MALLORY));
                other.takeRows();

                other.closeWindow();

                assertThat(other.takeRows())
                        .singleElement()
                        .satisfies(row -> assertThat(row.columns()).containsEntry("total", 1L));
            }
        }
    }

    @Nested
    class Rows {

        @Test
        void givenTwoRulesWhenAMinuteClosesThenEachSpeaksForItself() {
            try (Lane lane = Rules.compile(COUNTING, Rules.shipped()).newLane()) {
                harvest(AT_02_41, MALLORY).forEach(event -> lane.send(AT_02_41, event));
                lane.takeRows();
                lane.closeWindow();

                assertThat(lane.takeRows())
                        .extracting(row -> row.rule().id())
                        .containsExactlyInAnyOrder("counting", "excessive-secret-retrieval");
            }
        }

        @Test
        void givenAUserOfTheLastMinuteOnlyWhenTheNextClosesThenThereIsNoRowOfThem() {
            try (Lane lane = Rules.compile(COUNTING).newLane()) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));
                lane.closeWindow();
                lane.takeRows();
                lane.send(AT_02_42, read(AT_02_42, "SecretGet", TRENT));
                lane.takeRows();

                lane.closeWindow();

                assertThat(lane.takeRows())
                        .extracting(row -> row.columns().get("upn"))
                        .containsExactly(TRENT);
            }
        }

        @Test
        void givenTwoRulesThatDeclareTheSameVariableWhenTheyRunThenEachKeepsItsOwn() {
            Rule low = limited("low", 1);
            Rule high = limited("high", 5);
            try (Lane lane = Rules.compile(low, high).newLane()) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));
                lane.takeRows();
                lane.closeWindow();

                assertThat(lane.takeRows()).extracting(row -> row.rule().id()).containsExactly("low");
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

        /** One of the two events has no vault. */
        @Test
        void givenAColumnOfAnArrayWithNullsWhenARowComesOutThenTheyAreLeftOut() {
            assertThat(columnOf("window(vault)")).isEqualTo(List.of("v1"));
        }

        private static Rule limited(String id, int least) {
            return Rules.of(
                    id,
                    "create constant variable int least = " + least + ";\n@name('alert') select upn, count(*) as total"
                            + " from KeyVaultEvent#time_batch(1 min, 0L) group by upn having count(*) >= least;");
        }

        /** The column of the row of two events, as the alert will carry it. */
        private static Object columnOf(String expression) {
            Rule rule = Rules.of(
                    "one-column",
                    "@name('alert') select upn, " + expression
                            + " as x from KeyVaultEvent#time_batch(1 min, 0L) group by upn;");
            try (Lane lane = Rules.compile(rule).newLane()) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, "v1"));
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, null));
                lane.closeWindow();
                List<Row> rows =
                        lane.takeRows().stream().filter(row -> !row.early()).toList();
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
            try (Lane lane = Rules.compile(THROWING).newLane()) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, SECRET));
                lane.takeFailures();

                lane.closeWindow();

                assertThat(lane.hasOutput()).isTrue();
                assertThat(lane.takeFailures())
                        .containsExactly(new RuleFailure(
                                "throwing", "Statement 'alert' threw java.lang.NumberFormatException."));
            }
        }

        @Test
        void givenARuleThatThrowsWhenItWouldSpeakEarlyThenItIsReportedAndSendDoesNotThrow() {
            try (Lane lane = Rules.compile(THROWING).newLane()) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, SECRET));

                assertThat(lane.takeFailures())
                        .containsExactly(new RuleFailure(
                                "throwing", "Statement 'early' threw java.lang.NumberFormatException."));
            }
        }

        @Test
        void givenARuleThatThrowsWhenAnotherRunsBesideItThenTheOtherGoesOn() {
            try (Lane lane = Rules.compile(THROWING, COUNTING).newLane()) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, SECRET));
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, SECRET));
                lane.closeWindow();

                assertThat(lane.takeRows())
                        .filteredOn(row -> !row.early())
                        .singleElement()
                        .satisfies(row -> {
                            assertThat(row.rule().id()).isEqualTo("counting");
                            assertThat(row.columns()).containsEntry("total", 2L);
                        });
            }
        }

        @Test
        void givenARuleThatThrewWhenTheNextMinuteIsSoundThenItSpeaksAgain() {
            try (Lane lane = Rules.compile(THROWING).newLane()) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, SECRET));
                lane.closeWindow();
                lane.send(AT_02_42, read(AT_02_42, "SecretGet", MALLORY, "7"));
                lane.closeWindow();
                lane.takeRows();
                lane.send(AT_02_43, read(AT_02_43, "SecretGet", MALLORY, "8"));
                lane.closeWindow();

                assertThat(lane.takeRows())
                        .filteredOn(row -> !row.early())
                        .singleElement()
                        .satisfies(row -> assertThat(row.columns()).containsEntry("n", 8L));
            }
        }

        @Test
        void givenACastInAFilterWhenCompiledThenItIsRefusedSinceItsFailureWouldKeepEventsFromEveryRule() {
            assertThat(Rules.faults(THROWING_FILTER)).singleElement().satisfies(fault -> {
                assertThat(fault.problem()).contains("cast", "filter", "every rule");
                assertThat(fault.line()).isEqualTo(1);
            });
        }

        @Test
        void givenFailuresWhenTakenThenTheyAreGone() {
            try (Lane lane = Rules.compile(THROWING).newLane()) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, SECRET));
                lane.takeFailures();

                assertThat(lane.hasOutput()).isFalse();
                assertThat(lane.takeFailures()).isEmpty();
            }
        }
    }
}
