package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.AT_02_41;
import static dev.vaultwatch.engine.Events.MALLORY;
import static dev.vaultwatch.engine.Events.MINUTE;
import static dev.vaultwatch.engine.Events.TRENT;
import static dev.vaultwatch.engine.Events.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("A lane of a rule that looks at events in the order of their times")
class OrderedLaneTest {
    private static final long REACH = 10_000;

    private static final CompiledRule SLIDING = compiled(
            "sliding",
            "@name('alert') select upn, count(*) as n from KeyVaultEvent#time(10 sec) group by upn having count(*) >= 2;");

    /** Finds a read after which the user does nothing for five seconds. */
    private static final CompiledRule SILENCE = compiled(
            "silence",
            "@name('alert') select a.upn as upn from pattern [every a=KeyVaultEvent ->"
                    + " (timer:interval(5 sec) and not KeyVaultEvent(upn = a.upn))];");

    private static CompiledRule compiled(String id, String epl) {
        Rule rule = Rules.of(id, epl).toBuilder()
                .window(new Window.Ordered(Duration.ofMillis(REACH), Duration.ofMillis(REACH)))
                .build();
        return Rules.compile(rule).rules().get(0);
    }

    private static void send(Lane lane, long... offsets) {
        for (long offset : offsets) {
            lane.send(read(AT_02_41 + offset, "SecretGet", MALLORY));
        }
    }

    private static List<Long> times(Lane lane) {
        return lane.takeFindings().stream()
                .map(finding -> finding.time() - AT_02_41)
                .toList();
    }

    @Nested
    @DisplayName("Its clock")
    class Clock {
        @Test
        @DisplayName(
                "is the time of the last event, at which the finding stands; events of one time may follow each other")
        void time() {
            try (Lane lane = SLIDING.newLane()) {
                send(lane, 0, 4_000, 4_000, 9_999);

                assertThat(times(lane)).containsExactly(4_000L, 4_000L, 9_999L);
                assertThat(lane.takeFailures()).isEmpty();
            }
        }

        @Test
        @DisplayName("never goes back: what lies before it is refused, and changes nothing")
        void back() {
            try (Lane lane = SLIDING.newLane()) {
                send(lane, 5_000);

                assertThatThrownBy(() -> send(lane, 4_999))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("before the lane's clock");
                assertThatThrownBy(() -> lane.advanceTo(AT_02_41)).isInstanceOf(IllegalStateException.class);
                send(lane, 5_000);
                assertThat(lane.takeFindings())
                        .singleElement()
                        .satisfies(finding -> assertThat(finding.columns()).containsEntry("n", 2L));
            }
        }

        @Test
        @DisplayName("lets events leave at the end of their time, which alone is no finding")
        void leaves() {
            try (Lane lane = SLIDING.newLane()) {
                send(lane, 0, 1, 2);
                lane.takeFindings();

                lane.advanceTo(AT_02_41 + REACH);
                assertThat(lane.takeFindings()).isEmpty();
                send(lane, REACH, REACH + 2);

                assertThat(lane.takeFindings())
                        .extracting(finding -> finding.columns().get("n"))
                        .containsExactly(3L, 2L);
            }
        }

        @Test
        @DisplayName("finds by what does not come, each at its own time however far time goes at once")
        void silence() {
            try (Lane lane = SILENCE.newLane()) {
                send(lane, 0, 1_000);
                lane.send(read(AT_02_41 + 2_000, "SecretGet", TRENT));
                assertThat(lane.takeFindings()).isEmpty();

                lane.advanceTo(AT_02_41 + 10 * MINUTE);

                assertThat(times(lane)).containsExactly(6_000L, 7_000L);
            }
        }

        @Test
        @DisplayName("begins anywhere, before the epoch too")
        void epoch() {
            for (long start : new long[] {-5_000, 0, AT_02_41}) {
                try (Lane lane = SLIDING.newLane()) {
                    lane.advanceTo(start);
                    lane.send(read(start + 1, "SecretGet", MALLORY));
                    lane.send(read(start + 2, "SecretGet", MALLORY));

                    assertThat(lane.takeFindings()).as("from %d", start).hasSize(1);
                }
            }
        }
    }

    @Nested
    @DisplayName("Its limit")
    class Limit {
        private Lane limited(long events) {
            Lane lane = SLIDING.newLane();
            lane.limitTo(events);
            return lane;
        }

        @Test
        @DisplayName(
                "takes as many events as it is; the next one is left out, said once, and what is found then is less")
        void most() {
            try (Lane lane = limited(3)) {
                send(lane, 0, 1, 2);
                assertThat(lane.isIncomplete()).isFalse();
                assertThat(lane.incompleteSince()).isEmpty();
                assertThat(lane.takeFailures()).isEmpty();

                send(lane, 3, 4);

                assertThat(lane.takeFailures())
                        .containsExactly(new RuleFailure(
                                "sliding",
                                RuleFailure.Kind.LIMITED,
                                "It was given more than 3 events of one window; further ones are left out."));
                assertThat(lane.isIncomplete()).isTrue();
                assertThat(lane.isDamaged()).isFalse();
                assertThat(times(lane)).containsExactly(1L, 2L);
            }
        }

        @Test
        @DisplayName("counts what the reach before had as well, and no more once two reaches have passed")
        void passes() {
            try (Lane lane = limited(3)) {
                send(lane, 0, 1);
                send(lane, REACH, REACH + 1);
                assertThat(lane.takeFailures()).hasSize(1);
                assertThat(lane.incompleteSince()).hasValue(AT_02_41 + REACH + 1);
                assertThat(lane.incompleteUntil()).isEqualTo(AT_02_41 + REACH + 1 + 2 * REACH);
                lane.takeFindings();

                // The stretch before has the one event that was taken.
                send(lane, 2 * REACH, 2 * REACH + 1, 2 * REACH + 2);
                assertThat(lane.takeFailures()).hasSize(1);
                assertThat(times(lane)).containsExactly(2 * REACH + 1);

                send(lane, 4 * REACH, 4 * REACH + 1, 4 * REACH + 2);
                assertThat(lane.takeFailures()).isEmpty();
                assertThat(times(lane)).containsExactly(4 * REACH + 1, 4 * REACH + 2);
            }
        }

        @Test
        @DisplayName("is told again for each stretch; what can be missed runs on from the first while it does not end")
        void since() {
            try (Lane lane = limited(2)) {
                send(lane, 0, 1, 2);
                assertThat(lane.incompleteSince()).hasValue(AT_02_41 + 2);
                assertThat(lane.incompleteUntil()).isEqualTo(AT_02_41 + 2 + 2 * REACH);
                send(lane, REACH);
                assertThat(lane.takeFailures()).hasSize(2);
                assertThat(lane.incompleteSince()).hasValue(AT_02_41 + 2);
                assertThat(lane.incompleteUntil()).isEqualTo(AT_02_41 + 3 * REACH);

                send(lane, LongStream.of(0, 1, 2).map(i -> 3 * REACH + i).toArray());
                assertThat(lane.incompleteSince()).hasValue(AT_02_41 + 3 * REACH + 2);
            }
        }

        @Test
        @DisplayName("can be missed no more at the time that it was told for, which begins anew there")
        void until() {
            try (Lane lane = limited(2)) {
                send(lane, 0, 1, 2);
                assertThat(lane.incompleteUntil()).isEqualTo(AT_02_41 + 2 + 2 * REACH);

                send(lane, 2 * REACH, 2 * REACH + 1, 2 * REACH + 2);

                assertThat(lane.incompleteSince()).hasValue(AT_02_41 + 2 * REACH + 2);
            }
        }

        @Test
        @DisplayName("on begun matches is told once as well, and no other begins")
        void begunMatches() {
            CompiledRule rule = compiled(
                    "begins",
                    "@name('alert') select a.upn as upn from pattern [every a=KeyVaultEvent(action = 'SecretGet') ->"
                            + " (KeyVaultEvent(action = 'SecretPurge') where timer:within(5 sec))];");
            try (Lane lane = rule.newLane()) {
                for (int i = 0; i < 100_003; i++) {
                    lane.send(read(AT_02_41, "SecretGet", MALLORY));
                }
                assertThat(lane.takeFailures())
                        .containsExactly(new RuleFailure(
                                "begins",
                                RuleFailure.Kind.LIMITED,
                                "It has more begun matches than it may have; no other begins until some end."));
                assertThat(lane.isIncomplete()).isTrue();
                assertThat(lane.incompleteSince()).hasValue(AT_02_41);
                assertThat(lane.isDamaged()).isFalse();
            }
        }
    }

    @Test
    @DisplayName("An ordered lane has no windows, and a tumbling one no clock of its own")
    void kinds() {
        CompiledRule tumbling = Rules.compile(
                        Rules.of(
                                "tumbling",
                                "@name('alert') select upn, count(*) as n from KeyVaultEvent#time_batch(1 min, 0L) group by upn;"))
                .rules()
                .get(0);
        try (Lane ordered = SLIDING.newLane();
                Lane windows = tumbling.newLane()) {
            for (Runnable wrong : List.<Runnable>of(
                    () -> ordered.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY)),
                    ordered::closeWindow,
                    () -> ordered.judge(AT_02_41, List.of()))) {
                assertThatThrownBy(wrong::run)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("Rule sliding has no tumbling window");
            }
            assertThatThrownBy(() -> windows.send(read(AT_02_41, "SecretGet", MALLORY)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Rule tumbling is tumbling");
            assertThatThrownBy(() -> windows.advanceTo(AT_02_41))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Rule tumbling is not ordered");
        }
    }

    @Test
    @DisplayName("A lane that is closed takes calls and does nothing")
    void closed() {
        Lane lane = SILENCE.newLane();
        send(lane, 0);
        lane.close();

        lane.advanceTo(AT_02_41 + MINUTE);
        send(lane, MINUTE);
        lane.close();

        assertThat(lane.hasOutput()).isFalse();
        assertThat(lane.isDamaged()).isFalse();
    }
}
