package dev.vaultwatch.time;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.time.SourceClock.Status;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("The watermark")
class WatermarkTest {
    private static final long MINUTE = 60_000;
    private static final Duration SLACK = Duration.ofSeconds(5);
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final Duration RETENTION = Duration.ofHours(2);

    private final Watermark time = new Watermark(SLACK, false, RETENTION);

    private SourceClock at(String name, long eventTime) {
        SourceClock source = time.open(name, 0);
        time.observe(source, eventTime, 0);
        return source;
    }

    @Nested
    @DisplayName("of one source")
    class OneSource {
        @Test
        @DisplayName("is its greatest event time less the slack")
        void greatest() {
            SourceClock source = at("", 100_000);
            time.observe(source, 99_000, 0);
            assertThat(time.merged()).hasValue(95_000);
        }

        @Test
        @DisplayName("is unknown before the first event")
        void unknown() {
            time.open("", 0);
            assertThat(time.merged()).isEmpty();
            assertThat(time.settled()).isEmpty();
        }

        @Test
        @DisplayName("stops at the year 9999, so that no window's end overflows")
        void farFuture() {
            time.advanceAll(Long.MAX_VALUE);
            assertThat(time.merged()).hasValue(253_402_300_799_999L);
        }
    }

    @Nested
    @DisplayName("of an earlier run")
    class EarlierRun {
        @Test
        @DisplayName("is what it had come to, with what was known of each source")
        void restored() {
            SourceClock source = time.restore("a", OptionalLong.of(100_000), OptionalLong.of(95_000), Status.CLOSED, 0);
            time.restoreMerged(95_000);

            assertThat(time.greatest()).hasValue(100_000);
            assertThat(source.greatest()).hasValue(100_000);
            assertThat(source.watermark()).hasValue(95_000);
            assertThat(source.status()).isEqualTo(Status.CLOSED);
            assertThat(time.merged()).hasValue(95_000);
            assertThat(time.open()).isZero();
            assertThat(time.holder()).isEmpty();
        }

        @Test
        @DisplayName("knows nothing of a source that had brought nothing")
        void nothing() {
            SourceClock source = time.restore("a", OptionalLong.empty(), OptionalLong.empty(), Status.ACTIVE, 0);

            assertThat(time.greatest()).isEmpty();
            assertThat(source.greatest()).isEmpty();
            assertThat(source.watermark()).isEmpty();
            assertThat(time.open()).isEqualTo(1);
            assertThat(time.holder()).contains(source);
            assertThat(time.open("b", 0).index()).isEqualTo(source.index() + 1);
        }
    }

    @Nested
    @DisplayName("of several sources")
    class SeveralSources {
        @Test
        @DisplayName("is the least over the active ones")
        void least() {
            at("fast", 60 * MINUTE);
            SourceClock slow = at("slow", MINUTE);
            assertThat(time.merged().getAsLong()).isLessThanOrEqualTo(60 * MINUTE);
            Watermark both = new Watermark(SLACK, false, RETENTION);
            SourceClock one = both.open("fast", 0);
            SourceClock other = both.open("slow", 0);
            both.observe(one, 60 * MINUTE, 0);
            both.observe(other, MINUTE, 0);
            assertThat(both.merged()).hasValue(MINUTE - 5_000);
            assertThat(slow.status()).isEqualTo(Status.ACTIVE);
        }

        @Test
        @DisplayName("waits for a source that has brought nothing yet")
        void waitsForTheSilent() {
            SourceClock fast = time.open("fast", 0);
            time.open("slow", 0);
            time.observe(fast, 60 * MINUTE, 0);
            assertThat(time.merged()).isEmpty();
        }

        @Test
        @DisplayName("never moves back when a source that is behind is opened")
        void neverBack() {
            at("fast", 60 * MINUTE);
            at("late", MINUTE);
            assertThat(time.merged()).hasValue(60 * MINUTE - 5_000);
        }

        @Test
        @DisplayName("is not moved by one source's record in the future while another is active")
        void futureRecord() {
            SourceClock good = time.open("good", 0);
            SourceClock wild = time.open("wild", 0);
            time.observe(good, 10 * MINUTE, 0);
            time.observe(wild, 20 * MINUTE, 0);
            assertThat(time.merged()).hasValue(10 * MINUTE - 5_000);
        }

        @Test
        @DisplayName("goes on without a source that is closed")
        void closed() {
            SourceClock one = time.open("one", 0);
            SourceClock other = time.open("other", 0);
            time.observe(one, MINUTE, 0);
            time.observe(other, 2 * MINUTE, 0);
            time.close(one);
            assertThat(time.merged()).hasValue(2 * MINUTE - 5_000);
        }

        @Test
        @DisplayName("goes on without a source that is revoked, and forgets it")
        void revoked() {
            SourceClock one = time.open("one", 0);
            SourceClock other = time.open("other", 0);
            time.observe(one, MINUTE, 0);
            time.observe(other, 2 * MINUTE, 0);
            time.revoke(one);
            assertThat(time.merged()).hasValue(2 * MINUTE - 5_000);
            assertThat(time.sources()).containsExactly(other);
        }
    }

    @Nested
    @DisplayName("and silence")
    class Silence {
        @Test
        @DisplayName("leave out a source that is idle, until it speaks again")
        void idle() {
            SourceClock one = time.open("one", 0);
            SourceClock other = time.open("other", 0);
            time.observe(one, MINUTE, 0);
            time.observe(other, 2 * MINUTE, 9_000);
            time.tick(10_000, IDLE);
            assertThat(one.status()).isEqualTo(Status.IDLE);
            assertThat(time.merged()).hasValue(2 * MINUTE - 5_000);
            time.observe(one, MINUTE + 1, 10_000);
            time.observe(other, 3 * MINUTE, 10_000);
            assertThat(one.status()).isEqualTo(Status.ACTIVE);
            assertThat(time.merged()).hasValue(2 * MINUTE - 5_000);
        }

        @Test
        @DisplayName("advance with processing time while no source is active")
        void allIdle() {
            at("", MINUTE);
            time.tick(9_999, IDLE);
            assertThat(time.merged()).hasValue(MINUTE - 5_000);
            time.tick(70_000, IDLE);
            assertThat(time.merged()).hasValue(MINUTE + 70_000 - 5_000);
        }

        @Test
        @DisplayName("change nothing where the host owns time")
        void hostOwns() {
            Watermark owned = new Watermark(SLACK, true, RETENTION);
            SourceClock source = owned.open("", 0);
            owned.observe(source, MINUTE, 0);
            owned.tick(1_000_000, IDLE);
            assertThat(owned.merged()).isEmpty();
            owned.advance(source, 2 * MINUTE);
            assertThat(owned.merged()).hasValue(2 * MINUTE);
        }
    }

    @Nested
    @DisplayName("settles")
    class Settled {
        @Test
        @DisplayName("nothing that an idle source may still bring")
        void idleHolds() {
            SourceClock idle = time.open("idle", 0);
            SourceClock active = time.open("active", 0);
            time.observe(idle, MINUTE, 0);
            time.observe(active, 60 * MINUTE, 0);
            time.idle(idle);
            assertThat(time.merged()).hasValue(60 * MINUTE - 5_000);
            assertThat(time.settled()).hasValue(MINUTE - 5_000);
        }

        @Test
        @DisplayName("what lies further back than the idle retention")
        void retention() {
            SourceClock idle = time.open("idle", 0);
            SourceClock active = time.open("active", 0);
            time.observe(idle, MINUTE, 0);
            time.idle(idle);
            time.observe(active, 300 * MINUTE, 0);
            assertThat(time.settled()).hasValue(300 * MINUTE - 5_000 - 120 * MINUTE);
        }

        @Test
        @DisplayName("all up to the merged watermark once the source is closed")
        void closed() {
            SourceClock one = time.open("one", 0);
            SourceClock other = time.open("other", 0);
            time.observe(one, MINUTE, 0);
            time.observe(other, 60 * MINUTE, 0);
            time.close(one);
            assertThat(time.settled()).isEqualTo(OptionalLong.of(60 * MINUTE - 5_000));
        }
    }

    @Nested
    @DisplayName("counts")
    class Held {
        @Test
        @DisplayName("the events of a source that lie ahead of it, until it passes them")
        void ahead() {
            SourceClock fast = time.open("fast", 0);
            SourceClock slow = time.open("slow", 0);
            time.observe(slow, MINUTE, 0);
            for (int minute = 1; minute <= 10; minute++) {
                time.observe(fast, minute * MINUTE, 0);
                time.count(fast, minute * MINUTE);
            }
            assertThat(fast.held()).isEqualTo(10);
            assertThat(time.holdsBack(slow)).isTrue();
            assertThat(time.holdsBack(fast)).isFalse();
            time.observe(slow, 5 * MINUTE + 5_000, 0);
            assertThat(fast.held()).isEqualTo(5);
            time.close(slow);
            assertThat(time.held()).isEqualTo(1);
        }
    }
}
