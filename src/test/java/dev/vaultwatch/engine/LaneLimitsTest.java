package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.rule.Window;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** How much a lane holds, and from when until when what was left out can be missed. */
class LaneLimitsTest {
    private static final long MINUTE = 60_000;

    private static LaneLimits limits(Window window, long most) {
        LaneLimits limits = new LaneLimits(window);
        limits.limitTo(most);
        return limits;
    }

    @Test
    @DisplayName("Nobody can allow more than a million events")
    void most() {
        assertThat(limits(new Window.Single(), 5).most()).isEqualTo(5);
        assertThat(limits(new Window.Single(), Long.MAX_VALUE).most()).isEqualTo(1_000_000);
    }

    @Test
    @DisplayName("A rule that looks at single events holds none, so it takes any number")
    void single() {
        LaneLimits limits = limits(new Window.Single(), 2);

        for (int i = 0; i < 10; i++) {
            assertThat(limits.admits(i)).isTrue();
        }
    }

    @Nested
    @DisplayName("Of a tumbling window")
    class Tumbling {
        private final LaneLimits limits = limits(new Window.Tumbling(Duration.ofMinutes(1)), 2);

        @Test
        @DisplayName("so many events are taken as may be, whatever their times, and as many again of the next window")
        void most() {
            assertThat(limits.admits(0)).isTrue();
            assertThat(limits.admits(MINUTE - 1)).isTrue();
            assertThat(limits.admits(1)).isFalse();
            assertThat(limits.admits(10 * MINUTE)).isFalse();

            limits.startWindow();

            assertThat(limits.admits(MINUTE)).isTrue();
            assertThat(limits.admits(MINUTE)).isTrue();
            assertThat(limits.admits(MINUTE)).isFalse();
        }

        @Test
        @DisplayName("it is told once that the limit is reached, and once of the next window")
        void told() {
            assertThat(limits.isNewlyReached()).isTrue();
            assertThat(limits.isNewlyReached()).isFalse();

            limits.startWindow();

            assertThat(limits.isNewlyReached()).isTrue();
        }

        @Test
        @DisplayName("what was left out is missing in that window, and in no other")
        void leftOut() {
            assertThat(limits.isIncomplete()).isFalse();

            limits.leftOut(MINUTE);
            assertThat(limits.isIncomplete()).isTrue();
            assertThat(limits.incompleteSince()).isEmpty();

            limits.startWindow();
            assertThat(limits.isIncomplete()).isFalse();
        }
    }

    @Nested
    @DisplayName("Of a rule over the order of events that reaches back a minute")
    class Ordered {
        private final LaneLimits limits = limits(new Window.Ordered(Duration.ofMinutes(1), Duration.ofMinutes(1)), 3);

        @Test
        @DisplayName("events count for the rest of their minute and for the one after it")
        void stretches() {
            assertThat(limits.admits(0)).isTrue();
            assertThat(limits.admits(1)).isTrue();
            assertThat(limits.admits(MINUTE)).isTrue();
            assertThat(limits.admits(MINUTE + 1)).isFalse();
            assertThat(limits.admits(2 * MINUTE - 1)).isFalse();

            // Those two of the first minute are out of reach; the one of the second is not.
            assertThat(limits.admits(2 * MINUTE)).isTrue();
            assertThat(limits.admits(2 * MINUTE)).isTrue();
            assertThat(limits.admits(2 * MINUTE)).isFalse();
        }

        @Test
        @DisplayName("after a pause of two minutes none counts any more")
        void pause() {
            for (int i = 0; i < 3; i++) {
                assertThat(limits.admits(0)).isTrue();
            }
            assertThat(limits.admits(MINUTE)).isFalse();
            assertThat(limits.admits(3 * MINUTE)).isTrue();
            assertThat(limits.admits(3 * MINUTE)).isTrue();
            assertThat(limits.admits(3 * MINUTE)).isTrue();
            assertThat(limits.admits(3 * MINUTE)).isFalse();
        }

        @Test
        @DisplayName("it is told once in each minute that the limit is reached")
        void told() {
            limits.admits(0);
            assertThat(limits.isNewlyReached()).isTrue();
            limits.admits(1);
            assertThat(limits.isNewlyReached()).isFalse();
            limits.admits(MINUTE);
            assertThat(limits.isNewlyReached()).isTrue();
        }

        @Test
        @DisplayName(
                "what was left out can be missed for two minutes; what is left out meanwhile makes that longer, and begins no other time")
        void leftOut() {
            limits.leftOut(0);
            limits.leftOut(MINUTE);
            assertThat(limits.incompleteSince()).hasValue(0);
            assertThat(limits.incompleteUntil()).isEqualTo(3 * MINUTE);

            limits.leftOut(3 * MINUTE);
            assertThat(limits.incompleteSince()).hasValue(3 * MINUTE);
            assertThat(limits.incompleteUntil()).isEqualTo(5 * MINUTE);
        }
    }
}
