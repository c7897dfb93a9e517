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
        @DisplayName("wait for a source that is opened again as long as for a new one")
        void openedAgain() {
            SourceClock one = time.open("one", 0);
            SourceClock other = time.open("other", 0);
            time.observe(one, MINUTE, 0);
            time.close(one);
            time.open("one", 60_000);
            time.observe(other, 2 * MINUTE, 60_000);
            time.tick(69_999, IDLE);
            assertThat(one.status()).isEqualTo(Status.ACTIVE);
            assertThat(time.merged()).hasValue(MINUTE - 5_000);

            time.tick(70_000, IDLE);

            assertThat(one.status()).isEqualTo(Status.IDLE);
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
        @DisplayName("are told by how long they are silent, though the wall clock is set back")
        void clockSetBack() {
            SourceClock source = time.open("", 3_600_000);
            time.observe(source, MINUTE, 3_600_000);
            time.tick(3_601_000, IDLE);
            time.tick(1_000, IDLE);
            time.tick(9_999, IDLE);
            assertThat(source.status()).isEqualTo(Status.ACTIVE);

            time.tick(10_000, IDLE);

            assertThat(source.status()).isEqualTo(Status.IDLE);
            assertThat(time.merged()).hasValue(MINUTE + 10_000 - 5_000);
        }

        @Test
        @DisplayName("begin no sooner because threads that wait for their turn read the clock in another order")
        void unordered() {
            SourceClock silent = time.open("silent", 100_000);
            time.observe(silent, MINUTE, 100_000);
            SourceClock other = time.open("other", 100_000);
            for (int i = 0; i < 100; i++) {
                time.observe(other, MINUTE + i, 105_000);
                time.observe(other, MINUTE + i, 100_000);
            }
            time.tick(109_999, IDLE);
            assertThat(silent.status()).isEqualTo(Status.ACTIVE);
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
        @DisplayName(
                "what a source may bring that is idle and has brought nothing yet; while it is active, it holds time back")
        void nothingYet() {
            SourceClock active = time.open("active", 0);
            time.observe(active, 300 * MINUTE, 0);
            SourceClock silent = time.open("silent", 0);
            assertThat(time.settled()).hasValue(300 * MINUTE - 5_000);

            time.idle(silent);
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

    @Nested
    @DisplayName("with silence")
    class SilenceToTheMillisecond {
        @Test
        @DisplayName("advances with processing time from the very end of the time-out, measured from the last word")
        void edge() {
            SourceClock source = time.open("a", 0);
            time.observe(source, 100_000, 3_000);
            time.tick(12_999, IDLE);
            assertThat(source.status()).isEqualTo(Status.ACTIVE);
            assertThat(time.merged()).hasValue(95_000);

            time.tick(13_000, IDLE);

            assertThat(source.status()).isEqualTo(Status.IDLE);
            assertThat(time.merged()).hasValue(105_000);
            time.tick(14_000, IDLE);
            assertThat(time.merged()).hasValue(106_000);
        }

        @Test
        @DisplayName("of one source leaves it to the others")
        void others() {
            SourceClock one = at("one", 100_000);
            SourceClock other = at("other", 200_000);
            time.observe(other, 201_000, 9_000);
            time.tick(10_000, IDLE);

            assertThat(one.status()).isEqualTo(Status.IDLE);
            assertThat(other.status()).isEqualTo(Status.ACTIVE);
            assertThat(time.merged()).hasValue(196_000);
        }

        @Test
        @DisplayName("is counted from the last word, also of a source that is closed")
        void closed() {
            SourceClock source = time.open("a", 0);
            time.observe(source, 100_000, 3_000);
            time.close(source);
            time.tick(9_000, IDLE);
            assertThat(time.merged()).hasValue(95_000);
            time.tick(13_000, IDLE);
            assertThat(time.merged()).hasValue(105_000);
        }

        @Test
        @DisplayName("ends when a source that was closed is opened again")
        void openedAgain() {
            SourceClock source = at("a", 100_000);
            time.close(source);

            assertThat(time.open("a", 5)).isSameAs(source);
            assertThat(source.status()).isEqualTo(Status.ACTIVE);
            assertThat(time.holder()).contains(source);
        }
    }

    @Nested
    @DisplayName("hears of")
    class Hears {
        @Test
        @DisplayName("a restored run what its sources had come to, once all are known")
        void restoredSources() {
            time.restore("a", OptionalLong.of(100_000), OptionalLong.of(95_000), Status.ACTIVE, 0);
            time.restore("b", OptionalLong.of(80_000), OptionalLong.of(75_000), Status.ACTIVE, 0);
            assertThat(time.merged()).isEmpty();

            time.restored();

            assertThat(time.merged()).hasValue(75_000);
        }

        @Test
        @DisplayName("a source's own steps forward only, and of its greatest event once")
        void steps() {
            SourceClock source = time.open("a", 0);
            assertThat(source.observe(100, 7)).isTrue();
            assertThat(source.observe(100, 6)).isFalse();
            assertThat(source.observe(99, 8)).isFalse();
            assertThat(source.greatest()).hasValue(100);
            assertThat(source.spokeAt()).isEqualTo(8);
            assertThat(source.advance(50)).isTrue();
            assertThat(source.advance(50)).isFalse();
            assertThat(source.watermark()).hasValue(50);
        }

        @Test
        @DisplayName("a source that was ahead and has caught up, and waits for it no longer")
        void caughtUp() {
            SourceClock slow = at("slow", 100_000);
            SourceClock fast = at("fast", 500_000);
            assertThat(time.merged()).hasValue(95_000);
            time.observe(fast, 600_000, 0);
            assertThat(time.merged()).hasValue(95_000);
            time.observe(slow, 300_000, 0);
            assertThat(time.merged()).hasValue(295_000);
        }

        @Test
        @DisplayName("no event as waiting that lies in the minute that time has come to")
        void sameMinute() {
            SourceClock source = time.open("a", 0);
            time.count(source, 10 * MINUTE);
            assertThat(source.held()).isEqualTo(1);
            time.observe(source, 10 * MINUTE + 10_000, 0);
            assertThat(source.held()).isZero();
            time.count(source, 10 * MINUTE + 30_000);
            assertThat(source.held()).isZero();
            time.count(source, 11 * MINUTE);
            assertThat(source.held()).isEqualTo(1);
        }
    }
}
