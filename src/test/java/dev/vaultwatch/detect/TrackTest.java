package dev.vaultwatch.detect;

import static dev.vaultwatch.detect.DetectorUnderTest.START;
import static dev.vaultwatch.detect.DetectorUnderTest.event;
import static dev.vaultwatch.detect.DetectorUnderTest.settings;
import static dev.vaultwatch.detect.TestRules.PURGES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.engine.RuleFailure;
import dev.vaultwatch.engine.RuleFailure.Kind;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What any rule may do wrong before it is suspended, and what it may spend. */
class TrackTest {
    private final DetectorUnderTest it = new DetectorUnderTest(PURGES);
    private final Track track = new SingleTrack(
            PURGES.rules().get(0), 600_000, it.reporter, new Track.Budgets(1_000_000_000), Track.UNKNOWN);

    @AfterEach
    void close() {
        track.close();
    }

    private static RuleFailure failure(Kind kind) {
        return new RuleFailure("purge", kind, "It did something " + kind + ".");
    }

    private boolean fails(Kind... kinds) {
        return track.failed(
                java.util.Arrays.stream(kinds).map(TrackTest::failure).toList());
    }

    @Nested
    @DisplayName("Of failures")
    class Failures {
        @Test
        @DisplayName("one Error may be the host's, and a second within the minute suspends the rule")
        void errors() {
            assertThat(fails(Kind.BROKE, Kind.THREW)).isTrue();
            assertThat(track.isSuspended()).isFalse();
            assertThat(fails(Kind.BROKE)).isTrue();

            assertThat(track.isSuspended()).isTrue();
            assertThat(it.notices)
                    .extracting(Notice::message)
                    .containsExactly(
                            "Rule purge failed and goes on: It did something BROKE.",
                            "Rule purge failed again: It did something BROKE.; it is suspended until the rules are"
                                    + " reloaded. Other rules go on.");
        }

        @Test
        @DisplayName("those of a minute of event time ago do not count")
        void aMinute() {
            track.renewBudget(START);
            fails(Kind.BROKE);
            track.renewBudget(START + 59_999);
            track.renewBudget(START + 60_000);
            fails(Kind.BROKE);

            assertThat(track.isSuspended()).isFalse();
            track.renewBudget(START + 119_999);
            fails(Kind.BROKE);
            assertThat(track.isSuspended()).isTrue();
        }

        @Test
        @DisplayName("a thousand within a minute suspend the rule, once")
        void many() {
            track.failed(Collections.nCopies(999, failure(Kind.THREW)));
            assertThat(track.isSuspended()).isFalse();
            fails(Kind.THREW);
            assertThat(track.isSuspended()).isTrue();
            fails(Kind.THREW);

            assertThat(it.notices()).containsExactly(Notice.Kind.RULE_FAILED, Notice.Kind.RULE_SUSPENDED);
        }

        @Test
        @DisplayName("a bound that was reached is none: it is told once in a minute")
        void limited() {
            assertThat(track.failed(Collections.nCopies(2_000, failure(Kind.LIMITED))))
                    .isFalse();
            fails(Kind.LIMITED);

            assertThat(track.isSuspended()).isFalse();
            assertThat(it.reporter.failures()).isZero();
            assertThat(it.notices).singleElement().satisfies(notice -> {
                assertThat(notice.kind()).isEqualTo(Notice.Kind.RULE_LIMITED);
                assertThat(notice.message())
                        .isEqualTo("Rule purge reached a bound. It did something LIMITED. Its alerts say \"at least\""
                                + " meanwhile.");
            });
            track.renewBudget(START);
            fails(Kind.LIMITED);
            assertThat(it.notices).hasSize(2);
        }

        @Test
        @DisplayName("nothing that went wrong is none")
        void none() {
            assertThat(fails()).isFalse();
            assertThat(it.notices).isEmpty();
        }
    }

    @Nested
    @DisplayName("A rule that is suspended")
    class Suspended {
        @Test
        @DisplayName("is given no lane more, takes nothing, and is told of once")
        void over() {
            assertThat(track.beside()).hasValueSatisfying(dev.vaultwatch.engine.Lane::close);
            fails(Kind.BROKE, Kind.BROKE);

            assertThat(track.beside()).isEmpty();
            assertThat(track.offer(event(1, "SecretPurge", "ann"), 0, false, false))
                    .isEqualTo(Track.Outcome.UNWANTED);
            assertThat(it.notices()).contains(Notice.Kind.RULE_SUSPENDED);
            fails(Kind.BROKE);
            assertThat(it.notices()).isEmpty();
        }
    }

    @Nested
    @DisplayName("Of time")
    class Spent {
        private final DetectorUnderTest few =
                new DetectorUnderTest(PURGES, settings(DetectorUnderTest.AMPLE, false, Duration.ofMillis(30)));

        @Test
        @DisplayName("what a rule spends within a second of event time is told, and what it may spend")
        void told() {
            for (int i = 0; i < 1_000_000 && few.notices.isEmpty(); i++) {
                few.feed(event(1 + i % 900 / 1_000.0, "SecretPurge", "ann"));
            }

            assertThat(few.notices).singleElement().satisfies(notice -> {
                Matcher told = Pattern.compile(
                                "Rule purge spent (\\d+) ms within a second of event time, and may spend 30 ms \\(.*")
                        .matcher(notice.message());
                assertThat(told.matches()).as(notice.message()).isTrue();
                assertThat(Long.parseLong(told.group(1))).isBetween(30L, 60_000L);
            });
        }
    }

    @Test
    @DisplayName("What rests on times before a rule's history is complete is incomplete, to the millisecond")
    void complete() {
        assertThat(track.isIncomplete(START)).isFalse();
        track.completeSince(START);
        assertThat(track.isIncomplete(START - 1)).isTrue();
        assertThat(track.isIncomplete(START)).isFalse();
        track.completeFromNext();
        assertThat(track.isCompleteFromNext()).isTrue();
        track.offer(event(5, "SecretPurge", "ann"), 0, false, false);

        assertThat(track.isCompleteFromNext()).isFalse();
        assertThat(List.of(track.completeSince())).containsExactly(START + 5_000);
    }
}
