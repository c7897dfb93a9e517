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
import dev.vaultwatch.rule.Rule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A rule speaks at the very event that crosses its threshold, once a user and window. */
class EarlyTest {
    /** Immutable, and compiled once because compiling takes longer than any of these tests. */
    private static final CompiledRule SHIPPED =
            Rules.compile(Rules.shipped()).rules().get(0);

    @Test
    void givenNineReadsWhenTheTenthComesThenTheRuleSpeaksAtOnce() {
        try (Lane lane = SHIPPED.newLane()) {
            reads(AT_02_41, 9, MALLORY, "SecretList", "SecretGet").forEach(event -> lane.send(AT_02_41, event));
            assertThat(lane.hasOutput()).isFalse();

            lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));

            assertThat(lane.takeFindings()).singleElement().satisfies(row -> {
                assertThat(row.early()).isTrue();
                assertThat(row.time()).isEqualTo(AT_02_41);
                assertThat(row.columns())
                        .containsEntry("Esql.event_count", 10L)
                        .containsEntry("Esql.event_action_values", List.of("SecretGet", "SecretList"));
            });
        }
    }

    @Test
    void givenManyReadsOfOneKindWhenASecondKindComesThenTheRuleSpeaksAtThatEvent() {
        try (Lane lane = SHIPPED.newLane()) {
            reads(AT_02_41, 30, MALLORY, "SecretGet").forEach(event -> lane.send(AT_02_41, event));
            assertThat(lane.hasOutput()).isFalse();

            lane.send(AT_02_41, read(AT_02_41, "KeyGet", MALLORY));

            assertThat(lane.takeFindings())
                    .singleElement()
                    .satisfies(row -> assertThat(row.columns()).containsEntry("Esql.event_count", 31L));
        }
    }

    @Test
    void givenAnEarlyRowWhenMoreReadsComeThenTheRuleIsSilentUntilTheClose() {
        try (Lane lane = SHIPPED.newLane()) {
            harvest(AT_02_41, MALLORY).forEach(event -> lane.send(AT_02_41, event));
            lane.takeFindings();

            for (int i = 0; i < 20_000; i++) {
                lane.send(AT_02_41, read(AT_02_41 + i, "SecretGet", MALLORY));
            }
            assertThat(lane.hasOutput()).isFalse();
            lane.closeWindow();

            assertThat(lane.takeFindings()).singleElement().satisfies(row -> {
                assertThat(row.early()).isFalse();
                assertThat(row.columns()).containsEntry("Esql.event_count", 20_010L);
            });
        }
    }

    @Test
    void givenTwoUsersWhenEachCrossesThenEachSpeaksOnce() {
        try (Lane lane = SHIPPED.newLane()) {
            for (int i = 0; i < 50; i++) {
                lane.send(AT_02_41, read(AT_02_41, i % 4 < 2 ? "SecretGet" : "KeyGet", i % 2 == 0 ? MALLORY : TRENT));
            }

            assertThat(lane.takeFindings())
                    .extracting(row -> row.columns().get("azure.platformlogs.identity.claim.upn"))
                    .containsExactly(MALLORY, TRENT);
        }
    }

    @Test
    void givenAnEarlyRowInTheLastMinuteWhenTheNextCrossesThenTheRuleSpeaksAgainWithItsOwnTotals() {
        try (Lane lane = SHIPPED.newLane()) {
            reads(AT_02_41, 30, MALLORY, "SecretList", "SecretGet").forEach(event -> lane.send(AT_02_41, event));
            lane.closeWindow();
            lane.takeFindings();

            harvest(AT_02_42, MALLORY).forEach(event -> lane.send(AT_02_42, event));

            assertThat(lane.takeFindings()).singleElement().satisfies(row -> {
                assertThat(row.early()).isTrue();
                assertThat(row.time()).isEqualTo(AT_02_42);
                assertThat(row.columns()).containsEntry("Esql.event_count", 10L);
            });
        }
    }

    @Test
    void givenAlmostEnoughInTheLastMinuteWhenTheNextBeginsThenItCountsFromNothing() {
        try (Lane lane = SHIPPED.newLane()) {
            reads(AT_02_41, 9, MALLORY, "SecretList", "SecretGet").forEach(event -> lane.send(AT_02_41, event));
            lane.closeWindow();

            reads(AT_02_42, 9, MALLORY, "SecretList", "SecretGet").forEach(event -> lane.send(AT_02_42, event));

            assertThat(lane.hasOutput()).isFalse();
        }
    }

    @Test
    void givenAMonthOfSilenceWhenAHarvestComesThenTheRuleSpeaksEarly() {
        try (Lane lane = SHIPPED.newLane()) {
            harvest(AT_02_41, MALLORY).forEach(event -> lane.send(AT_02_41, event));
            lane.closeWindow();
            lane.takeFindings();
            long monthLater = AT_02_41 + Duration.ofDays(30).toMillis();

            harvest(monthLater, MALLORY).forEach(event -> lane.send(monthLater, event));

            assertThat(lane.takeFindings())
                    .singleElement()
                    .satisfies(row -> assertThat(row.early()).isTrue());
        }
    }

    // ---- other windows

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 60, 420, 3_600, 7_200, 86_400})
    @DisplayName("A window of any length finds early and at its close")
    void anyLength(int seconds) {
        assertThat(story(seconds)).containsExactly("early 2", "close 4", "early 2", "close 4");
    }

    /** Four reads in each of two windows, of which two are enough. */
    private static List<String> story(int seconds) {
        long length = seconds * 1_000L;
        long window = Math.floorDiv(AT_02_41, length) * length;
        List<String> story = new ArrayList<>();
        try (Lane lane = Rules.lane(twoAreEnough(seconds))) {
            for (long start : new long[] {window, window + length}) {
                for (long at : new long[] {0, length / 3, length / 2, length - 1}) {
                    lane.send(start, read(start + at, "SecretGet", MALLORY));
                }
                lane.closeWindow();
                lane.takeFindings()
                        .forEach(row -> story.add((row.early() ? "early " : "close ")
                                + row.columns().get("total")));
            }
        }
        return story;
    }

    /** The night on which summer time ends has an hour that clocks show twice. Event time has no such hour. */
    @ParameterizedTest
    @ValueSource(strings = {"UTC", "America/New_York", "Asia/Kolkata"})
    void givenAMachineInAnyTimeZoneWhenClocksAreSetBackThenEveryMinuteStillSpeaksEarly(String zone) {
        long beforeTheChange = Instant.parse("2026-11-01T05:30:00Z").toEpochMilli();
        TimeZone own = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone(zone));
        try (Lane lane = Rules.lane(Rules.shipped())) {
            for (int i = 0; i < 90; i++) {
                long minute = beforeTheChange + i * MINUTE;
                harvest(minute, MALLORY).forEach(event -> lane.send(minute, event));

                assertThat(lane.takeFindings())
                        .as("early rows of %s", Instant.ofEpochMilli(minute))
                        .hasSize(1);
                lane.closeWindow();
                lane.takeFindings();
            }
        } finally {
            TimeZone.setDefault(own);
        }
    }

    // ---- other rules

    @Test
    void givenARuleThatReadsTheWindowWhenItCrossesThenTheEarlyRowHasTheEventsSoFar() {
        Rule rule = Rules.of(
                "reads-window",
                "@name('alert') select upn, window(*).selectFrom(e => e.vault).distinctOf() as vaults"
                        + " from KeyVaultEvent#time_batch(1 min, 0L) group by upn having count(*) >= 2;");
        try (Lane lane = Rules.lane(rule)) {
            lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, "v1"));
            lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, "v2"));

            assertThat(lane.takeFindings())
                    .singleElement()
                    .satisfies(row -> assertThat(row.columns()).containsEntry("vaults", List.of("v1", "v2")));
        }
    }

    @Test
    void givenEventsThatTheRuleFiltersOutWhenTheyOpenTheWindowThenTheRuleStillSpeaksEarly() {
        try (Lane lane = SHIPPED.newLane()) {
            lane.send(AT_02_41, read(AT_02_41, "SecretSet", TRENT));
            for (KeyVaultEvent event : harvest(AT_02_41, MALLORY)) {
                lane.send(AT_02_41, event);
            }

            assertThat(lane.takeFindings()).hasSize(1);
        }
    }

    private static Rule twoAreEnough(int seconds) {
        return Rules.of(
                "two-are-enough",
                Duration.ofSeconds(seconds),
                "@name('alert') select upn, count(*) as total from KeyVaultEvent#time_batch(" + seconds
                        + " sec, 0L) group by upn having count(*) >= 2;");
    }
}
