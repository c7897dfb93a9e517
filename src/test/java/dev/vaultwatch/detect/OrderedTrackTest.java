package dev.vaultwatch.detect;

import static dev.vaultwatch.detect.DetectorUnderTest.AMPLE;
import static dev.vaultwatch.detect.DetectorUnderTest.ONE;
import static dev.vaultwatch.detect.DetectorUnderTest.OTHER;
import static dev.vaultwatch.detect.DetectorUnderTest.START;
import static dev.vaultwatch.detect.DetectorUnderTest.at;
import static dev.vaultwatch.detect.DetectorUnderTest.event;
import static dev.vaultwatch.detect.DetectorUnderTest.settings;
import static dev.vaultwatch.detect.DetectorUnderTest.thrown;
import static dev.vaultwatch.detect.TestRules.ALL;
import static dev.vaultwatch.detect.TestRules.BURSTS;
import static dev.vaultwatch.detect.TestRules.CHAINS;
import static dev.vaultwatch.detect.TestRules.MISSES;
import static dev.vaultwatch.detect.TestRules.PURGES;
import static dev.vaultwatch.detect.TestRules.SLIDES;
import static dev.vaultwatch.detect.TestRules.THROWING_SLIDES;
import static dev.vaultwatch.detect.TestRules.compile;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import dev.vaultwatch.store.Bounds;
import dev.vaultwatch.time.SourceClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** An ordered rule at its edges: time that brings findings, lanes that are made anew, limits, heap, restarts. */
class OrderedTrackTest {
    private final DetectorUnderTest chains = new DetectorUnderTest(CHAINS);

    /** A detector that goes on where one with these events stopped. */
    private static DetectorUnderTest restored(CompiledRules rules, List<KeyVaultEvent> events) {
        DetectorUnderTest next = new DetectorUnderTest(rules);
        events.forEach(event -> next.detector.restore(next.source, event, Long.MIN_VALUE));
        return next;
    }

    private static void resume(DetectorUnderTest it, double second, KeyVaultEvent... unjudged) {
        it.detector.time().restoreMerged(at(second).getAsLong());
        it.detector.resume(at(second), at(second), List.of(unjudged), OptionalLong.empty());
    }

    @Nested
    @DisplayName("Time that passes")
    class Passing {
        private final DetectorUnderTest it = new DetectorUnderTest(MISSES);

        @Test
        @DisplayName("brings out what an event that does not come makes true")
        void missing() {
            it.list(1, "ann");
            it.tick(11);
            assertThat(it.story()).isEmpty();
            it.tick(12);

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 6-6.001");
        }

        @Test
        @DisplayName("brings it out for a late event as well, as far as time has come")
        void late() {
            it.tick(65);
            it.list(20, "ann");
            it.detector.judgeLate();
            assertThat(it.story()).containsExactly("REVISED 1 ann 25-25.001");
            it.list(55, "bob");
            it.detector.judgeLate();
            assertThat(it.story()).isEmpty();
            it.tick(66);

            assertThat(it.story()).containsExactly("ON_TIME 0 bob 60-60.001");
        }

        @Test
        @DisplayName("is passed at the end of input as far as the rule reaches")
        void finished() {
            it.list(2, "ann");

            it.detector.finish();

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 7-7.001");
            DetectorUnderTest ten = new DetectorUnderTest(compile(TestRules.MISSED.toBuilder()
                    .epl(TestRules.MISSED.epl().replace("5 sec", "10 sec"))
                    .build()));
            ten.list(2, "ann");
            ten.detector.finish();
            assertThat(ten.story()).containsExactly("ON_TIME 0 ann 12-12.001");
        }

        @Test
        @DisplayName("that an earlier run judged is not judged again")
        void judgedBefore() {
            DetectorUnderTest next = restored(MISSES, List.of(event(50, "SecretList", "ann")));
            resume(next, 57);
            next.tick(70);

            assertThat(next.story()).isEmpty();
        }

        @Test
        @DisplayName("goes on after a restart at the millisecond where it stood")
        void goesOn() {
            DetectorUnderTest next = restored(MISSES, List.of(event(52, "SecretList", "ann")));
            resume(next, 57);
            next.tick(63);

            assertThat(next.story()).containsExactly("ON_TIME 0 ann 57-57.001");
        }

        @Test
        @DisplayName("to the very time of an event leaves it in time")
        void inTime() {
            chains.tick(62);
            assertThat(chains.list(57, "ann")).isEqualTo(Detector.Taken.KEPT);
            assertThat(chains.detector.hasLate()).isFalse();
            chains.list(56.999, "ann");
            assertThat(chains.detector.hasLate()).isTrue();
        }
    }

    @Nested
    @DisplayName("The end of input")
    class Ended {
        @Test
        @DisplayName("judges late events, and says the last of what is found")
        void judgesLate() {
            DetectorUnderTest slide = new DetectorUnderTest(SLIDES);
            slide.tick(60);
            slide.gets(30, "ann", 3);
            slide.gets(56, "bob", 4);
            slide.detector.finish();

            assertThat(slide.told())
                    .extracting(alert -> DetectorUnderTest.text(alert) + " "
                            + alert.outputs().get("n"))
                    .containsExactly(
                            "REVISED 1 ann 30.2-30.201 3",
                            "ON_TIME 0 bob 56.2-56.201 3",
                            "REVISED 1 bob 56.2-56.301 4");
            assertThat(slide.detector.hasLate()).isFalse();
        }

        @Test
        @DisplayName("leaves time just behind the last event, where more may go on")
        void goesOn() {
            chains.list(2, "ann");
            chains.detector.finish();
            chains.detector.time().open("", 0);

            chains.get(2.001, "ann");
            assertThat(chains.detector.hasLate()).isFalse();
            chains.list(2, "bob");
            assertThat(chains.detector.hasLate()).isTrue();
            chains.detector.finish();

            assertThat(chains.story()).containsExactly("ON_TIME 0 ann 2.001-2.002");
        }

        @Test
        @DisplayName("leaves the lane where time is, so that what comes next is in its order")
        void lane() {
            chains.list(2, "ann");
            chains.detector.finish();
            chains.detector.time().open("", 0);
            chains.get(2.5, "ann");
            chains.detector.finish();

            assertThat(chains.story()).containsExactly("ON_TIME 0 ann 2.5-2.501");
        }

        @Test
        @DisplayName("has nothing to end where nothing has come")
        void nothing() {
            assertThat(chains.detector.hasUnfinished()).isFalse();
            chains.tick(10);
            assertThat(chains.detector.hasUnfinished()).isFalse();
            chains.list(20, "ann");
            assertThat(chains.detector.hasUnfinished()).isTrue();
        }
    }

    @Nested
    @DisplayName("Late events")
    class Late {
        @Test
        @DisplayName("of several keys are judged in the order of their times")
        void severalKeys() {
            chains.tick(60);
            assertThat(chains.detector.hasLate()).isFalse();
            chains.list(20, "ann");
            chains.list(19, "bob");
            chains.get(21, "bob");
            chains.get(22, "ann");
            chains.tick(61);

            assertThat(chains.story()).containsExactlyInAnyOrder("REVISED 1 bob 21-21.001", "REVISED 1 ann 22-22.001");
            assertThat(chains.detector.hasLate()).isFalse();
            chains.tick(70);
            assertThat(chains.story()).isEmpty();
        }

        @Test
        @DisplayName("go on in an episode that was told, for as long as they are taken")
        void oldEpisode() {
            chains.list(64, "ann");
            chains.get(65, "ann");
            chains.tick(665);
            chains.story();

            chains.list(65.5, "ann");
            chains.get(66, "ann");
            chains.tick(666);

            assertThat(chains.story()).containsExactly("REVISED 1 ann 65-66.001");
            assertThat(chains.said()).hasSize(1);
        }

        @Test
        @DisplayName("go on in an episode that ended as long before as episodes are one")
        void quiet() {
            chains.list(44, "ann");
            chains.get(45, "ann");
            chains.tick(665);
            chains.story();

            chains.list(60, "ann");
            chains.get(61, "ann");
            chains.tick(666);

            assertThat(chains.story()).containsExactly("REVISED 1 ann 45-61.001");
        }
    }

    @Nested
    @DisplayName("The people of a name")
    class People {
        @Test
        @DisplayName("of whom one alone was seen within the reach are told of once, as the name")
        void oneAlone() {
            chains.feed(event(1, "SecretList", "ann", OTHER));
            chains.feed(event(40, "SecretList", "ann", ONE));
            chains.feed(event(41, "SecretGet", "ann", ONE));
            chains.tick(60);

            assertThat(chains.story()).containsExactly("ON_TIME 0 ann 41-41.001");
            assertThat(chains.said()).extracting(each -> each.discriminator()).containsExactly("");
        }

        @Test
        @DisplayName("beyond sixteen are not judged, which is said, and that what is found meanwhile is \"at least\"")
        void tooMany() {
            for (int i = 10; i < 27; i++) {
                String tenant = "000000" + i + ONE.substring(8);
                chains.feed(event(1, "SecretList", "ann", tenant));
                chains.feed(event(2, "SecretGet", "ann", tenant));
            }
            chains.tick(20);

            assertThat(chains.told()).hasSize(16);
            assertThat(chains.notices).singleElement().satisfies(notice -> {
                assertThat(notice.kind()).isEqualTo(Notice.Kind.RULE_LIMITED);
                assertThat(notice.message()).contains("people of more than 16 directories at once");
            });
            for (double second : new double[] {21.999, 22}) {
                chains.list(21, "bob" + second);
                chains.get(second, "bob" + second);
            }
            chains.tick(60);
            assertThat(chains.told()).extracting(Alert::isAtLeast).containsExactly(true, false);
        }

        @Test
        @DisplayName("that turn out to be two are each judged with what came before")
        void dividedInTime() {
            chains.feed(event(1, "SecretList", "ann", ONE));
            chains.tick(7);
            chains.feed(event(3, "SecretGet", "ann", OTHER));
            chains.feed(event(4, "SecretGet", "ann", ONE));
            chains.tick(20);

            assertThat(chains.story()).containsExactly("ON_TIME 0 ann 4-4.001");
            assertThat(chains.said()).extracting(each -> each.discriminator()).containsExactly(ONE);
        }

        @Test
        @DisplayName("are judged apart where time alone brings a finding out")
        void byTime() {
            DetectorUnderTest it = new DetectorUnderTest(MISSES);
            it.feed(event(1, "SecretList", "ann", ONE));
            it.feed(event(2, "SecretList", "ann", OTHER));
            it.feed(event(3, "SecretGet", "ann", OTHER));
            it.tick(30);

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 6-6.001");
            assertThat(it.said()).extracting(each -> each.discriminator()).containsExactly(ONE);
        }

        @Test
        @DisplayName("are forgotten with the source that alone brought them")
        void revoked() {
            SourceClock other = chains.detector.time().open("other", 0);
            chains.list(2, "bob");
            for (String person : List.of(ONE, OTHER)) {
                chains.feed(other, event(1, "SecretList", "ann", person));
                chains.feed(other, event(2, "SecretGet", "ann", person));
            }
            chains.feed(other, event(20, "SecretPurge", "x"));
            chains.tick(20);
            assertThat(chains.story()).hasSize(2);

            chains.detector.revoke(other);

            assertThat(chains.said()).isEmpty();
            chains.get(21, "bob");
            chains.tick(60);
            assertThat(chains.story()).isEmpty();
        }
    }

    @Nested
    @DisplayName("A source that is forgotten")
    class Forgotten {
        @Test
        @DisplayName("leaves nothing in the lane with which what comes could be found")
        void noTrace() {
            SourceClock other = chains.detector.time().open("other", 0);
            chains.feed(other, event(50, "SecretList", "ann"));
            chains.feed(other, event(58, "SecretPurge", "x"));
            chains.tick(58);
            chains.detector.revoke(other);
            chains.get(54, "ann");
            chains.tick(70);

            assertThat(chains.story()).isEmpty();
        }
    }

    @Nested
    @DisplayName("A history that is not complete")
    class Incomplete {
        @Test
        @DisplayName("marks what rests on it, as far as the rule reaches")
        void reach() {
            chains.detector.restoredFrom(new DetectorUnderTest(PURGES).detector.keptFor(), START + 30_000);
            chains.list(31, "ann");
            chains.get(40.999, "ann");
            chains.list(40, "bob");
            chains.get(41, "bob");
            chains.tick(60);

            assertThat(chains.told())
                    .satisfiesExactly(
                            ann -> {
                                assertThat(ann.isHistoryComplete()).isFalse();
                                assertThat(ann.isAtLeast()).isTrue();
                            },
                            bob -> {
                                assertThat(bob.isHistoryComplete()).isTrue();
                                assertThat(bob.isAtLeast()).isFalse();
                            });
        }
    }

    @Nested
    @DisplayName("A lane that holds as many events as it may")
    class Limited {
        private final Settings five = settings(new Bounds(1_000, 5, 1_000, 10_000, 64 << 20), false);
        private final DetectorUnderTest it = new DetectorUnderTest(SLIDES, five);

        private void fill(DetectorUnderTest of, double second) {
            of.gets(second, "bob", 2);
            of.gets(second, "eve", 2);
        }

        @Test
        @DisplayName("says so once, and that what it finds meanwhile is \"at least\"")
        void said() {
            fill(it, 1);
            it.gets(2, "ann", 4);
            it.tick(15);
            // One of ann's was left out, and then all.
            assertThat(it.story()).isEmpty();
            assertThat(it.notices()).containsExactly(Notice.Kind.RULE_LIMITED);
            it.gets(21, "ann", 3);
            it.gets(60, "ann", 3);
            it.tick(90);

            assertThat(it.told()).extracting(Alert::isAtLeast).containsExactly(true, false);
        }

        @Test
        @DisplayName("marks what late events show there as well, for as long as these are taken")
        void late() {
            fill(it, 1);
            it.gets(2, "ann", 4);
            it.tick(622);
            it.gets(19, "ann", 3);
            it.tick(623);

            assertThat(it.told()).isNotEmpty().allMatch(Alert::isAtLeast);
        }

        @Test
        @DisplayName("that judges late events marks what it finds")
        void judgingLate() {
            it.tick(60);
            it.gets(5, "ann", 9);
            it.gets(30, "bob", 3);
            it.tick(61);

            assertThat(it.told())
                    .extracting(alert -> DetectorUnderTest.text(alert) + " " + alert.isAtLeast())
                    .containsExactlyInAnyOrder(
                            "REVISED 1 ann 5.2-5.201 true",
                            "REVISED 2 ann 5.2-5.401 true",
                            "REVISED 1 bob 30.2-30.201 false");
        }

        @Test
        @DisplayName("of one of the people of a name leaves out as much")
        void ofPeople() {
            it.feed(event(1, "SecretGet", "ann", OTHER));
            for (int i = 0; i < 9; i++) {
                it.feed(event(2 + i / 10.0, "SecretGet", "ann", ONE));
            }
            it.tick(60);

            assertThat(it.told()).last().satisfies(alert -> {
                assertThat(alert.outputs()).containsEntry("n", 5L);
                assertThat(alert.isAtLeast()).isTrue();
            });
        }

        @Test
        @DisplayName("of one of the people of a name marks what is found later than the limit of all says")
        void untilPeople() {
            it.feed(event(1, "SecretGet", "ann", OTHER));
            it.gets(1, "bob", 5);
            for (int i = 0; i < 6; i++) {
                it.feed(event(i < 5 ? 2 + i / 10.0 : 9, "SecretGet", "ann", ONE));
            }
            it.gets(25, "eve", 3);
            it.tick(70);

            assertThat(it.told())
                    .filteredOn(alert -> alert.groupingKey().containsValue("eve"))
                    .singleElement()
                    .matches(Alert::isAtLeast);
        }

        @Test
        @DisplayName("marks nothing from two reaches on, to the millisecond")
        void until() {
            for (double second : new double[] {22.099, 22.1}) {
                DetectorUnderTest each = new DetectorUnderTest(SLIDES, five);
                fill(each, 1);
                each.gets(2, "ann", 2);
                each.gets(21.5, "kim", 2);
                each.get(second, "kim");
                each.tick(60);

                assertThat(each.told()).extracting(Alert::isAtLeast).containsExactly(second < 22.1);
            }
        }

        @Test
        @DisplayName("and is made anew, marks what it finds as the one before it would")
        void rebuilt() {
            DetectorUnderTest next = new DetectorUnderTest(SLIDES, five);
            SourceClock other = next.detector.time().open("other", 0);
            for (int i = 0; i < 8; i++) {
                next.detector.restore(next.source, event(50 + i / 10.0, "SecretGet", "bob" + i % 4), Long.MIN_VALUE);
            }
            resume(next, 52);
            next.feed(other, event(69, "SecretGet", "x"));
            next.tick(69);
            next.detector.revoke(other);
            next.gets(70, "ann", 3);
            next.tick(90);

            assertThat(next.told()).singleElement().matches(Alert::isAtLeast);
        }

        @Test
        @DisplayName("after a restart marks what it finds as without one")
        void resumed() {
            DetectorUnderTest next = new DetectorUnderTest(SLIDES, five);
            for (int i = 0; i < 8; i++) {
                next.detector.restore(next.source, event(50 + i / 10.0, "SecretGet", "bob" + i % 4), Long.MIN_VALUE);
            }
            resume(next, 52);
            next.gets(70, "ann", 3);
            next.tick(90);

            assertThat(next.told()).singleElement().matches(Alert::isAtLeast);
        }
    }

    @Nested
    @DisplayName("A lane in which the rule threw")
    class Damaged {
        @Test
        @DisplayName("is made anew, where the same event throws again, and goes on")
        void anew() {
            DetectorUnderTest it = new DetectorUnderTest(THROWING_SLIDES);
            it.gets(1, "ann", 2);
            it.feed(thrown(1.3, "ann"));
            it.tick(10);
            assertThat(it.reporter.failures()).isEqualTo(2);
            it.get(6, "ann");
            it.tick(30);

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 6-6.001");
            assertThat(it.notices()).containsExactly(Notice.Kind.RULE_FAILED);
        }

        @Test
        @DisplayName("for one of the people of a name counts as often as it threw")
        void ofPeople() {
            DetectorUnderTest it = new DetectorUnderTest(THROWING_SLIDES);
            it.feed(event(1, "SecretGet", "ann", ONE));
            it.feed(event(1, "SecretGet", "ann", OTHER));
            it.feed(thrown(1.3, "ann"));
            it.tick(10);

            // In the lane of all and in that of each of the two, and once more in those that take their place.
            assertThat(it.reporter.failures()).isEqualTo(6);
        }

        @Test
        @DisplayName("too often lets go of all that the rule has")
        void tooOften() {
            DetectorUnderTest it = new DetectorUnderTest(THROWING_SLIDES);
            it.tick(63.1);
            it.get(20, "ann");
            assertThat(it.detector.hasLate()).isTrue();
            for (int i = 0; i < 1_001; i++) {
                it.feed(thrown(58.2 + i / 10_000.0, "bob"));
            }
            it.tick(63.9);

            assertThat(it.notices()).contains(Notice.Kind.RULE_SUSPENDED);
            assertThat(it.detector.hasLate()).isFalse();
            it.tick(66);
            assertThat(it.detector.bytes()).isZero();
        }

        @Test
        @DisplayName("while late events were judged leaves what was said as it was")
        void late() {
            DetectorUnderTest it = new DetectorUnderTest(THROWING_SLIDES);
            it.gets(1, "ann", 3);
            it.tick(60);
            assertThat(it.story()).hasSize(1);
            it.feed(thrown(1.05, "ann"));
            it.tick(61);

            assertThat(it.story()).isEmpty();
            assertThat(it.said()).hasSize(1);
        }
    }

    @Nested
    @DisplayName("The time that a rule takes")
    class Spent {
        @Test
        @DisplayName("is all that its lanes took, one after the other, and no more than has passed")
        void nanos() {
            long begin = System.nanoTime();
            DetectorUnderTest it = new DetectorUnderTest(SLIDES);
            for (int i = 0; i < 2_000; i++) {
                it.get(1 + i / 1_000.0, "user" + i % 7);
            }
            it.tick(60);
            long before = it.nanos();
            assertThat(before).isPositive();
            // Judged beside the lane, which it does not touch.
            for (int i = 0; i < 50; i++) {
                it.get(2, "user1");
                it.detector.judgeLate();
            }
            long judged = it.nanos();
            assertThat(judged).isGreaterThan(before);
            SourceClock other = it.detector.time().open("other", 0);
            it.feed(other, event(58, "SecretGet", "x"));
            it.detector.revoke(other);
            long rebuilt = it.nanos();
            assertThat(rebuilt).isGreaterThan(judged);
            for (int i = 0; i < 8; i++) {
                it.feed(event(61, "SecretGet", "ann", "0000000" + i + ONE.substring(8)));
            }
            it.gets(62, "ann", 300);
            it.tick(120);

            assertThat(it.nanos()).isGreaterThan(rebuilt).isLessThan(System.nanoTime() - begin);
        }

        @Test
        @DisplayName("ends the rule in the middle of its events, and it keeps nothing")
        void suspended() {
            DetectorUnderTest it = new DetectorUnderTest(CHAINS, settings(AMPLE, false, Duration.ofNanos(1)));
            it.list(1, "ann");
            it.get(2, "ann");
            it.list(3, "bob");
            it.tick(30);

            assertThat(it.story()).isEmpty();
            assertThat(it.notices()).containsExactly(Notice.Kind.RULE_SUSPENDED);
            assertThat(it.detector.bytes()).isZero();
            assertThat(it.detector.neededSince()).isNotEqualTo(at(30));
            it.tick(60);
            it.list(58, "ann");
            assertThat(it.detector.hasUnfinished()).isFalse();
            assertThat(it.detector.hasLate()).isFalse();
        }
    }

    @Nested
    @DisplayName("Where heap is short")
    class Heap {
        private final DetectorUnderTest it =
                new DetectorUnderTest(CHAINS, settings(new Bounds(1_000, 10_000, 1_000, 10_000, 6_670), false));

        @Test
        @DisplayName("the oldest events go, and what still comes for their time is late")
        void room() {
            for (int i = 0; i < 60; i++) {
                it.list(2 * i, "ann");
            }

            assertThat(it.detector.bytes()).isLessThanOrEqualTo(6_670);
            assertThat(it.notices)
                    .hasSize(2)
                    .allMatch(notice -> notice.kind() == Notice.Kind.LATENESS_CUT)
                    .last()
                    .satisfies(
                            notice -> assertThat(notice.message()).contains("up to that of 2026-11-03T02:00:16.500Z"));
            assertThat(it.list(16.499, "ann")).isEqualTo(Detector.Taken.LATE);
            assertThat(it.list(16.5, "ann")).isEqualTo(Detector.Taken.KEPT);
            assertThat(it.cut()).isPositive();
            it.get(119, "ann");
            it.tick(140);
            assertThat(it.told()).singleElement().matches(Alert::isHistoryComplete);
        }

        @Test
        @DisplayName("what was said stands, where the events that it rests on are gone")
        void said() {
            it.list(4, "ann");
            it.get(8, "ann");
            for (int i = 0; i < 60; i++) {
                it.list(20 + i / 10.0, "bob");
            }
            it.tick(60);
            assertThat(it.notices()).contains(Notice.Kind.LATENESS_CUT);
            it.story();
            it.get(7.5, "ann");
            it.tick(70);

            assertThat(it.story()).isEmpty();
            assertThat(it.said()).hasSize(1);
        }

        @Test
        @DisplayName("what was found counts as well, of an episode that goes on, too")
        void found() {
            Rule never = TestRules.SLIDE.toBuilder()
                    .epl(TestRules.SLIDE.epl().replace(">= 3", ">= 1000000"))
                    .build();
            DetectorUnderTest none = new DetectorUnderTest(compile(never));
            DetectorUnderTest each = new DetectorUnderTest(SLIDES);
            for (DetectorUnderTest slide : List.of(none, each)) {
                for (int i = 0; i < 300; i++) {
                    slide.get(100 + i, "ann");
                }
            }
            assertThat(each.detector.bytes()).isGreaterThan(none.detector.bytes() + 290 * 150);
            List<Long> metered = new ArrayList<>();
            each.detector.meter((id, cut, bytes, nanos) -> metered.add(bytes));
            assertThat(metered.get(0))
                    .isGreaterThan(
                            290L * 150 + 290L * event(1, "SecretGet", "ann").heapBytes());
            each.tick(2_000);
            assertThat(each.detector.bytes()).isZero();

            DetectorUnderTest bounded =
                    new DetectorUnderTest(SLIDES, settings(new Bounds(1_000, 10_000, 1_000, 10_000, 40_000), false));
            for (int i = 0; i < 1_000; i++) {
                bounded.get(100 + i, "ann");
                assertThat(bounded.detector.bytes()).isLessThanOrEqualTo(40_000);
            }
            assertThat(bounded.notices()).containsOnly(Notice.Kind.LATENESS_CUT).isNotEmpty();
        }

        @Test
        @DisplayName("nothing goes that the present can still go on with, and the source waits")
        void present() {
            for (int i = 0; i < 60; i++) {
                it.list(100 + i / 10.0, "ann");
            }

            assertThat(it.detector.bytes()).isGreaterThan(6_670);
            assertThat(it.notices()).isEmpty();
            assertThat(it.cut()).isZero();
            it.get(107, "ann");
            it.tick(130);
            assertThat(it.story()).containsExactly("ON_TIME 0 ann 107-107.001");
        }

        @Test
        @DisplayName("nothing goes before time is known")
        void beforeTime() {
            it.detector.time().open("silent", 0);
            for (int i = 0; i < 60; i++) {
                it.list(100 + i / 10.0, "ann");
            }

            assertThat(it.detector.bytes()).isGreaterThan(6_670);
            assertThat(it.notices()).isEmpty();
        }

        @Test
        @DisplayName("events go that lie further back than the reach, and alerts near them say so")
        void reach() {
            for (int i = 0; i < 60; i++) {
                it.list(i == 0 ? 95 : 99 + i / 1_000.0, "ann");
            }
            it.tick(110);
            it.list(106, "bob");
            assertThat(it.notices()).isEmpty();
            it.tick(111);
            it.list(106, "bob");

            assertThat(it.notices()).containsExactly(Notice.Kind.LATENESS_CUT);
            assertThat(it.detector.completeSince())
                    .containsExactly(java.util.Map.entry("chain", java.time.Instant.ofEpochMilli(START + 97_500)));
            it.get(107.499, "bob");
            it.list(107, "eve");
            it.get(107.5, "eve");
            it.tick(130);
            assertThat(it.told()).extracting(Alert::isHistoryComplete).containsExactly(false, true);
        }

        @Test
        @DisplayName("late events that were taken are judged before their time goes")
        void late() {
            it.tick(65);
            it.list(20, "ann");
            it.get(21, "ann");
            for (int i = 0; i < 60; i++) {
                it.list(60 + i / 1_000.0, "bob");
            }

            assertThat(it.story()).containsExactly("REVISED 1 ann 21-21.001");
            assertThat(it.notices()).containsOnly(Notice.Kind.LATENESS_CUT);
        }
    }

    @Nested
    @DisplayName("What is needed")
    class Needed {
        @Test
        @DisplayName("reaches back by lateness, reach and quiet time")
        void from() {
            OrderedTrack track = (OrderedTrack) new Tracks(
                            settings(AMPLE, false),
                            new dev.vaultwatch.store.Budget(1 << 20),
                            new DetectorUnderTest(CHAINS).reporter)
                    .make(CHAINS.rules().get(0), java.util.Optional.empty(), Track.UNKNOWN);
            assertThat(track.neededFrom()).isEqualTo(Long.MAX_VALUE);
            assertThat(track.openWindow()).isEqualTo(Track.UNKNOWN);
            track.advance(START);
            assertThat(track.neededFrom()).isEqualTo(START - 30_000);
            assertThat(track.openWindow()).isEqualTo(START);
            track.settle(START - 1_000);

            assertThat(track.neededFrom()).isEqualTo(START - 631_000);
            assertThat(track.changesFrom(START - 1_000)).isEqualTo(START - 631_000);
            assertThat(track.isOverloaded()).isFalse();
            track.close();
        }
    }

    @Nested
    @DisplayName("Another run")
    class OtherRuns {
        private final List<KeyVaultEvent> events = new ArrayList<>();

        @Test
        @DisplayName("goes on in an episode that is under way, and says its last")
        void underWay() {
            DetectorUnderTest before = new DetectorUnderTest(SLIDES);
            for (int i = 0; i < 5; i++) {
                events.add(event(50 + i / 10.0, "SecretGet", "ann"));
            }
            events.forEach(before::feed);
            before.tick(58);
            assertThat(before.story()).containsExactly("ON_TIME 0 ann 50.2-50.201");
            DetectorUnderTest next = restored(SLIDES, events);
            before.said().forEach(each -> next.desk.restore(each, false));
            next.detector.said(before.said());
            resume(next, 53);
            assertThat(next.story()).isEmpty();
            next.tick(90);

            assertThat(next.told()).singleElement().satisfies(alert -> {
                assertThat(DetectorUnderTest.text(alert)).isEqualTo("REVISED 1 ann 50.2-50.401");
                assertThat(alert.outputs()).containsEntry("n", 5L);
            });
        }

        @Test
        @DisplayName("knows to the millisecond how far an episode had come")
        void end() {
            DetectorUnderTest before = new DetectorUnderTest(CHAINS);
            before.list(50, "ann");
            before.get(51, "ann");
            before.tick(60);
            for (double second : new double[] {71, 71.001}) {
                DetectorUnderTest next = new DetectorUnderTest(CHAINS);
                before.said().forEach(each -> next.desk.restore(each, false));
                next.detector.said(before.said());
                resume(next, 55);
                next.list(70, "ann");
                next.get(second, "ann");
                next.tick(90);

                assertThat(next.story()).hasSize(second > 71 ? 1 : 0);
            }
        }

        @Test
        @DisplayName("judges late events that were not, and no others")
        void unjudged() {
            KeyVaultEvent list = event(20, "SecretList", "ann");
            KeyVaultEvent late = event(21, "SecretGet", "ann");
            KeyVaultEvent told = event(31, "SecretGet", "bob");
            KeyVaultEvent now = event(58, "SecretGet", "eve");
            DetectorUnderTest next = restored(
                    CHAINS,
                    List.of(list, late, event(30, "SecretList", "bob"), told, event(56, "SecretList", "eve"), now));

            resume(next, 57, event(19, "SecretPurge", "ann"), late, now);

            assertThat(next.story()).containsExactly("REVISED 1 ann 21-21.001");
            next.tick(70);
            assertThat(next.story()).containsExactly("ON_TIME 0 eve 58-58.001");
        }

        @Test
        @DisplayName("does not judge what it may have dropped as late")
        void dropped() {
            for (double second : new double[] {60, 59.999}) {
                KeyVaultEvent late = event(second, "SecretGet", "ann");
                DetectorUnderTest next = restored(CHAINS, List.of(event(55, "SecretList", "ann"), late));

                resume(next, 660, late);

                assertThat(next.story()).hasSize(second < 60 ? 0 : 1);
            }
        }

        @Test
        @DisplayName("has nothing of what came too late then, as if there had been none")
        void tooLate() {
            for (double settled : new double[] {659, 660}) {
                DetectorUnderTest next = new DetectorUnderTest(CHAINS);
                next.detector.restore(
                        next.source,
                        event(59.5, "SecretList", "ann"),
                        at(settled).getAsLong());
                resume(next, 660);
                next.get(60.5, "ann");
                next.detector.judgeLate();

                assertThat(next.story()).hasSize(settled < 660 ? 1 : 0);
            }
        }

        @Test
        @DisplayName("has an event of the very time where it stood before it")
        void border() {
            KeyVaultEvent get = event(57, "SecretGet", "ann");
            DetectorUnderTest next = restored(CHAINS, List.of(event(56, "SecretList", "ann"), get));
            resume(next, 57, get);
            assertThat(next.detector.hasLate()).isFalse();
            next.tick(70);

            assertThat(next.story()).containsExactly("ON_TIME 0 ann 57-57.001");
        }
    }

    @Nested
    @DisplayName("A rule that comes")
    class Coming {
        @Test
        @DisplayName("says nothing of times that were over")
        void over() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS, settings(AMPLE, true));
            it.list(40, "ann");
            it.get(41, "ann");
            it.list(52, "bob");
            it.get(53, "bob");
            it.tick(58);
            Candidate candidate = it.detector.prepare(ALL);
            candidate.fill();
            it.detector.swap(candidate);
            it.tick(90);

            assertThat(it.story()).containsExactly("ON_TIME 0 bob 53-53.001");
        }

        @Test
        @DisplayName("before time is known judges all that there is")
        void beforeTime() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS, settings(AMPLE, true));
            it.detector.time().open("silent", 0);
            it.list(40, "ann");
            it.get(41, "ann");
            Candidate candidate = it.detector.prepare(CHAINS);
            candidate.fill();
            it.detector.swap(candidate);
            it.detector.finish();

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 41-41.001");
        }
    }

    @Nested
    @DisplayName("A share from another owner")
    class Shared {
        @Test
        @DisplayName("that lies ahead waits for its time, and what lies behind is judged as late")
        void rejoined() {
            DetectorUnderTest old = new DetectorUnderTest(CHAINS);
            for (double second : new double[] {20, 56}) {
                old.list(second, "ann");
                old.get(second + 1, "ann");
            }
            chains.tick(62);

            chains.detector.takeOver(
                    old.detector.share(key -> 1).getOrDefault(1, List.of()),
                    DetectorUnderTest.bySource(chains.source),
                    OptionalLong.empty(),
                    List.of());

            assertThat(chains.story()).containsExactly("REVISED 1 ann 21-21.001");
            chains.tick(90);
            assertThat(chains.story()).containsExactly("ON_TIME 0 ann 57-57.001");
        }

        @Test
        @DisplayName("has nothing of what was too late there, though another rule has it")
        void tooLate() {
            DetectorUnderTest old = new DetectorUnderTest(compile(TestRules.CHAIN, TestRules.BURST));
            old.tick(664.9);
            old.list(59.8, "ann");
            old.list(59.9, "ann");

            assertThat(old.detector.share(key -> 1).get(1))
                    .extracting(SharedEvent::rules)
                    .containsExactly(
                            List.of(TestRules.BURST.id()), List.of(TestRules.BURST.id(), TestRules.CHAIN.id()));
        }
    }

    @Nested
    @DisplayName("Late events, where what is found of a key rests on events of others as well")
    class OfOthers {
        private final DetectorUnderTest beside = new DetectorUnderTest(compile(rule("exists")));

        private static Rule rule(String exists) {
            return Rule.builder("beside")
                    .window(new Window.Ordered(Duration.ofSeconds(10), Duration.ofSeconds(20)))
                    .epl("@name('alert') select upn from KeyVaultEvent(action = 'SecretGet')#time(1 sec) where "
                            + exists + " (select * from KeyVaultEvent(action = 'SecretPurge')#time(10 sec));")
                    .build();
        }

        @Test
        @DisplayName("are judged with them")
        void judged() {
            beside.feed(event(1, "SecretPurge", "bob"));
            beside.tick(65);
            beside.get(5, "ann");
            beside.tick(66);

            assertThat(beside.story()).containsExactly("REVISED 1 ann 5-5.001");
        }

        @Test
        @DisplayName("add to what is found of others")
        void added() {
            beside.get(2, "eve");
            beside.get(5, "ann");
            beside.get(50, "bob");
            beside.tick(65);
            beside.feed(event(4, "SecretPurge", "bob"));
            beside.tick(66);

            assertThat(beside.story()).containsExactly("REVISED 1 ann 5-5.001");
        }

        @Test
        @DisplayName("take from it")
        void taken() {
            DetectorUnderTest without = new DetectorUnderTest(compile(rule("not exists")));
            without.get(2, "eve");
            without.get(5, "ann");
            without.tick(65);
            assertThat(without.story()).containsExactly("ON_TIME 0 eve 2-2.001", "ON_TIME 0 ann 5-5.001");
            without.feed(event(4, "SecretPurge", "bob"));
            without.tick(66);

            assertThat(without.story()).containsExactly("RETRACTED 1 ann 5-5.001");
        }
    }
}
