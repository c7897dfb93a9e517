package dev.vaultwatch.detect;

import static dev.vaultwatch.detect.DetectorUnderTest.ONE;
import static dev.vaultwatch.detect.DetectorUnderTest.OTHER;
import static dev.vaultwatch.detect.DetectorUnderTest.START;
import static dev.vaultwatch.detect.DetectorUnderTest.at;
import static dev.vaultwatch.detect.DetectorUnderTest.event;
import static dev.vaultwatch.detect.DetectorUnderTest.settings;
import static dev.vaultwatch.detect.TestRules.ALL;
import static dev.vaultwatch.detect.TestRules.BURSTS;
import static dev.vaultwatch.detect.TestRules.CHAINS;
import static dev.vaultwatch.detect.TestRules.PURGES;
import static dev.vaultwatch.detect.TestRules.SLIDES;
import static dev.vaultwatch.detect.TestRules.THROWS;
import static dev.vaultwatch.detect.TestRules.burst;
import static dev.vaultwatch.detect.TestRules.compile;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.alert.Said;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.TracedEvent;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import dev.vaultwatch.store.Bounds;
import dev.vaultwatch.time.SourceClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Rules on their way through time, by the detector's own face: no plugin, no thread, no clock. */
class DetectorTest {
    @Nested
    @DisplayName("A rule over tumbling windows")
    class Tumbling {
        private final DetectorUnderTest it = new DetectorUnderTest(BURSTS);

        @Test
        @DisplayName("alerts early at the event that crosses the threshold, and again when the window closes")
        void stages() {
            it.gets(0, "ann", 2);
            assertThat(it.story()).isEmpty();
            it.get(1, "ann");
            assertThat(it.story()).containsExactly("EARLY 0 ann 0-60 3");
            it.gets(2, "ann", 2);
            it.get(20, "bob");

            it.tick(64.999);
            assertThat(it.story()).isEmpty();
            it.tick(65);

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 0-60 5");
            assertThat(it.detector.takeClosed()).isTrue();
            assertThat(it.detector.takeClosed()).isFalse();
        }

        @Test
        @DisplayName("judges the window that follows early as well, while the one before still waits for stragglers")
        void following() {
            it.gets(58, "ann", 2);
            it.gets(61, "ann", 3);
            assertThat(it.story()).containsExactly("EARLY 0 ann 60-120 3");
            it.get(59, "ann");
            assertThat(it.story()).containsExactly("EARLY 0 ann 0-60 3");

            it.tick(125);

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 60-120 3", "ON_TIME 0 ann 0-60 3");
        }

        @Test
        @DisplayName("that remembers windows before sees each of them, with the events of every key")
        void remembering() {
            DetectorUnderTest remembering = new DetectorUnderTest(compile(burst(
                    "burst",
                    3,
                    "upn is not null",
                    " and (select count(*) from KeyVaultEvent(action = 'SecretGet')#time(5 min)) >= 8")));
            remembering.gets(0, "bob", 2);
            remembering.gets(60, "ann", 3);
            remembering.gets(121, "ann", 2);
            remembering.get(119, "bob");
            assertThat(remembering.story()).isEmpty();
            remembering.get(122, "ann");
            assertThat(remembering.story()).isEmpty();

            remembering.tick(185);

            assertThat(remembering.story()).containsExactly("ON_TIME 0 ann 120-180 3");
        }

        @Test
        @DisplayName("that remembers is given its window in the order of time")
        void rememberingByTime() {
            DetectorUnderTest remembering = new DetectorUnderTest(compile(Rule.builder("after")
                    .eventCount(Optional.of("reads"))
                    .epl(
                            "insert into Soon select upn from KeyVaultEvent(action = 'SecretGet') where exists (select * from"
                                    + " KeyVaultEvent(action = 'SecretList')#time(10 sec)); @name('alert') select upn, count(*) as"
                                    + " reads from Soon#time_batch(1 min, 0L) group by upn having count(*) >= 3;")
                    .build()));
            remembering.gets(10, "eve", 3);
            remembering.gets(22, "ann", 3);
            remembering.list(20, "bob");
            remembering.gets(31, "eve", 3);
            remembering.tick(65);

            assertThat(remembering.story()).containsExactly("ON_TIME 0 ann 0-60 3");
        }

        @Test
        @DisplayName("that remembers finds in a window without events what a statement before brings there")
        void rememberingNothing() {
            DetectorUnderTest remembering = new DetectorUnderTest(compile(Rule.builder("stages")
                    .window(new Window.Tumbling(Duration.ofMinutes(2)))
                    .epl(
                            "insert into Busy select upn, count(*) as c from KeyVaultEvent(upn is not null)#time_batch(1 min, 0L)"
                                    + " group by upn having count(*) >= 2; @name('alert') select upn, count(*) as n from"
                                    + " Busy#time_batch(2 min, 0L) group by upn having count(*) >= 1;")
                    .build()));
            remembering.gets(10, "bob", 1);
            remembering.gets(50, "bob", 2);
            remembering.gets(70, "ann", 1);
            remembering.gets(119, "ann", 2);
            remembering.gets(1_000, "eve", 1);
            remembering.tick(2_000);

            assertThat(remembering.story()).containsExactlyInAnyOrder("ON_TIME 0 bob 0-120", "ON_TIME 0 ann 120-240");
        }

        @Test
        @DisplayName("keeps events of windows still to come until theirs is the next")
        void toCome() {
            it.get(1, "eve");
            SourceClock slow = it.detector.time().open("slow", 0);
            it.feed(slow, event(2, "SecretGet", "eve"));
            it.gets(300, "ann", 4);
            assertThat(it.story()).isEmpty();
            assertThat(it.detector.hasUnfinished()).isTrue();

            it.feed(slow, event(250, "SecretGet", "bob"));

            assertThat(it.story()).containsExactly("EARLY 0 ann 300-360 3");
        }

        @Test
        @DisplayName("closes every window that has events at the end of input, and what still comes for them is late")
        void finished() {
            it.gets(0, "ann", 3);
            it.gets(300, "bob", 3);
            it.gets(302, "ann", 1);
            it.story();

            it.detector.finish();

            assertThat(it.story()).containsExactly("ON_TIME 0 bob 300-360 3");
            assertThat(it.detector.hasUnfinished()).isFalse();
            assertThat(it.get(303, "bob")).isEqualTo(Detector.Taken.KEPT);
            it.detector.judgeLate();
            assertThat(it.story()).containsExactly("REVISED 1 bob 300-360 4");
        }

        @Test
        @DisplayName("says at the end of input what no time has closed")
        void finishedBeforeTime() {
            it.detector.finish();
            assertThat(it.story()).isEmpty();
            DetectorUnderTest host = new DetectorUnderTest(BURSTS);
            SourceClock silent = host.detector.time().open("silent", 0);
            host.gets(0, "ann", 3);
            assertThat(host.story()).isEmpty();
            assertThat(host.detector.closedTo()).isEmpty();
            assertThat(silent.status()).isEqualTo(SourceClock.Status.ACTIVE);

            host.detector.finish();

            assertThat(host.story()).contains("ON_TIME 0 ann 0-60 3");
            assertThat(silent.status()).isEqualTo(SourceClock.Status.CLOSED);
        }

        @Test
        @DisplayName("counts an event of no use to it nowhere")
        void unwanted() {
            assertThat(it.feed(event(1, "KeyGet", "ann"))).isEqualTo(Detector.Taken.KEPT);
            assertThat(it.feed(event(1, "SecretGet", null))).isEqualTo(Detector.Taken.KEPT);

            assertThat(it.detector.hasUnfinished()).isFalse();
            assertThat(it.detector.bytes()).isZero();
            assertThat(it.detector.isUsable(event(1, "KeyGet", "ann"))).isFalse();
            assertThat(it.detector.isUsable(event(1, "SecretGet", "ann"))).isTrue();
            assertThat(it.source.held()).isZero();
        }

        @Test
        @DisplayName("tells the people of one name apart, when its window closes")
        void people() {
            it.feed(event(1, "SecretGet", "ann", ONE));
            it.feed(event(2, "SecretGet", "ann", ONE));
            it.feed(event(3, "SecretGet", "ann", OTHER));
            it.feed(event(4, "SecretGet", "ann", OTHER));
            it.tick(65);
            assertThat(it.story()).isEmpty();

            it.feed(event(5, "SecretGet", "ann", ONE));
            it.detector.judgeLate();

            assertThat(it.story()).containsExactly("REVISED 1 ann 0-60 3");
            assertThat(it.said()).extracting(each -> each.discriminator()).containsExactly(ONE);
        }

        @Test
        @DisplayName("takes back an early alert of a name that turns out to be two people's")
        void dividedLate() {
            it.feed(event(1, "SecretGet", "ann", ONE));
            it.feed(event(2, "SecretGet", "ann", ONE));
            it.feed(event(3, "SecretGet", "ann"));
            assertThat(it.story()).containsExactly("EARLY 0 ann 0-60 3");
            it.feed(event(4, "SecretGet", "ann", OTHER));

            it.tick(65);

            assertThat(it.story()).containsExactlyInAnyOrder("RETRACTED 1 ann 0-60 3", "ON_TIME 0 ann 0-60 3");
        }
    }

    @Nested
    @DisplayName("A late event")
    class Late {
        private final DetectorUnderTest it = new DetectorUnderTest(BURSTS);

        @Test
        @DisplayName("changes what was said of a closed window, when event time goes on by a second")
        void revised() {
            it.gets(0, "ann", 3);
            it.tick(70.5);
            it.story();

            assertThat(it.get(10, "ann")).isEqualTo(Detector.Taken.KEPT);
            it.gets(11, "bob", 3);
            assertThat(it.detector.hasLate()).isTrue();
            assertThat(it.detector.lateSince()).isEqualTo(at(65.5));
            it.tick(70.9);
            assertThat(it.story()).isEmpty();
            it.tick(71);

            assertThat(it.story()).containsExactlyInAnyOrder("REVISED 1 ann 0-60 4", "REVISED 1 bob 0-60 3");
            assertThat(it.detector.hasLate()).isFalse();
            assertThat(it.detector.lateSince()).isEmpty();
            assertThat(it.detector.reopened()).isEqualTo(4);
        }

        @Test
        @DisplayName("is taken until its window is older than the lateness, to the millisecond, and lost afterwards")
        void lost() {
            it.gets(0, "ann", 3);
            it.tick(664.999);
            assertThat(it.get(59, "ann")).isEqualTo(Detector.Taken.KEPT);
            it.tick(665);
            assertThat(it.get(59, "ann")).isEqualTo(Detector.Taken.LATE);
            assertThat(it.get(60, "ann")).isEqualTo(Detector.Taken.KEPT);
            it.story();

            assertThat(it.detector.lateLosses().owed()).containsExactly(new LateLoss("", 1, START + 59_000));
            assertThat(it.detector.hasUnfinished()).isTrue();
            it.detector.look(0, 60_000);
            assertThat(it.notices()).containsExactly(Notice.Kind.LATE_LOSS);
            assertThat(it.notices()).isEmpty();
        }

        @Test
        @DisplayName("that is lost is told when the next window closes, without anybody having looked")
        void toldAtTheClose() {
            it.tick(665);
            it.get(59, "ann");
            assertThat(it.notices()).isEmpty();
            it.tick(724.999);
            assertThat(it.notices()).isEmpty();
            it.tick(725);

            assertThat(it.notices()).containsExactly(Notice.Kind.LATE_LOSS);
        }

        @Test
        @DisplayName("can change nothing that is settled: what was said of it is forgotten")
        void settled() {
            it.gets(0, "ann", 3);
            it.tick(664);
            assertThat(it.said()).hasSize(1);
            it.tick(665);
            assertThat(it.said()).isEmpty();
        }

        @Test
        @DisplayName("is judged at the end, and when the detector is closed")
        void closing() {
            it.gets(0, "ann", 3);
            it.tick(70);
            it.get(10, "ann");
            it.story();

            it.detector.close(true);

            assertThat(it.story()).containsExactly("REVISED 1 ann 0-60 4");
        }

        @Test
        @DisplayName("of a source that is forgotten is forgotten with it")
        void revoked() {
            SourceClock other = it.detector.time().open("other", 0);
            it.gets(0, "ann", 3);
            it.feed(other, event(1, "SecretGet", "bob"));
            it.feed(other, event(75, "KeyGet", "bob"));
            it.tick(75);
            it.story();
            it.feed(other, event(2, "SecretGet", "bob"));
            it.feed(other, event(3, "SecretGet", "bob"));
            assertThat(it.detector.hasLate()).isTrue();

            it.detector.revoke(other);
            it.detector.judgeLate();

            assertThat(it.story()).isEmpty();
            assertThat(it.detector.time().sources()).containsExactly(it.source);
        }
    }

    @Nested
    @DisplayName("A source that is forgotten")
    class Forgotten {
        @Test
        @DisplayName("takes with it what it alone brought of the open window; nothing of that is said")
        void open() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS);
            SourceClock other = it.detector.time().open("other", 0);
            it.gets(0, "ann", 3);
            it.feed(other, event(1, "SecretGet", "bob"));
            it.feed(other, event(2, "SecretGet", "bob"));
            it.feed(other, event(3, "SecretGet", "bob"));
            it.detector.finish();
            assertThat(it.story()).contains("ON_TIME 0 ann 0-60 3", "ON_TIME 0 bob 0-60 3");

            it.detector.forget(other);

            assertThat(it.said()).extracting(each -> each.key().get("upn")).containsExactly("ann");
            assertThat(it.detector.share(key -> 0).get(0)).hasSize(3);
        }

        @Test
        @DisplayName("takes with it what was said of each of the people of a name")
        void people() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS);
            SourceClock other = it.detector.time().open("other", 0);
            for (int i = 0; i < 3; i++) {
                it.feed(other, event(1 + i, "SecretGet", "ann", ONE));
                it.feed(other, event(1 + i, "SecretGet", "ann", OTHER));
            }
            it.get(2, "bob");
            it.detector.finish();
            assertThat(it.said()).hasSize(2);

            it.detector.forget(other);

            assertThat(it.said()).isEmpty();
        }
    }

    @Nested
    @DisplayName("A rule over the order of events")
    class Ordered {
        private final DetectorUnderTest it = new DetectorUnderTest(CHAINS);

        @Test
        @DisplayName("alerts once time has passed its events, whatever their order of arrival")
        void inOrder() {
            it.get(4, "ann");
            it.list(2, "ann");
            it.tick(9);
            assertThat(it.story()).isEmpty();
            it.tick(9.001);

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 4-4.001");
        }

        @Test
        @DisplayName("does not alert of what lies further apart than its reach, or in the other order")
        void outOfReach() {
            it.get(1, "ann");
            it.list(2, "ann");
            it.get(12.5, "ann");
            it.list(20, "bob");
            it.get(21, "eve");
            it.tick(60);

            assertThat(it.story()).isEmpty();
        }

        @Test
        @DisplayName("has one alert for findings no further apart than its quiet time")
        void episodes() {
            it.list(2, "ann");
            it.get(3, "ann");
            it.list(22, "ann");
            it.get(23, "ann");
            it.list(43, "ann");
            it.get(43.001, "ann");
            it.tick(120);

            assertThat(it.story())
                    .containsExactly("ON_TIME 0 ann 3-3.001", "REVISED 1 ann 3-23.001", "ON_TIME 0 ann 43.001-43.002");
        }

        @Test
        @DisplayName("judges anew what lies around a late event, later and earlier")
        void late() {
            it.get(4, "ann");
            it.tick(60);
            assertThat(it.story()).isEmpty();

            assertThat(it.list(2, "ann")).isEqualTo(Detector.Taken.KEPT);
            assertThat(it.detector.hasLate()).isTrue();
            it.tick(61);

            assertThat(it.story()).containsExactly("REVISED 1 ann 4-4.001");
            assertThat(it.detector.reopened()).isEqualTo(1);
        }

        @Test
        @DisplayName("finds what a late event begins and the present goes on with")
        void lateNow() {
            it.tick(60);
            it.list(54, "ann");
            it.get(58, "ann");
            it.tick(70);

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 58-58.001");
        }

        @Test
        @DisplayName("judges late events of one key together")
        void lateTogether() {
            it.tick(60);
            it.get(22, "ann");
            it.list(20, "ann");
            it.get(21, "ann");
            it.tick(61);

            assertThat(it.story()).containsExactly("REVISED 1 ann 21-21.001");
            assertThat(it.detector.takeClosed()).isFalse();
        }

        @Test
        @DisplayName("says the last of what an episode shows when it is over")
        void changed() {
            DetectorUnderTest slide = new DetectorUnderTest(SLIDES);
            slide.gets(1, "ann", 5);
            slide.tick(7);
            assertThat(slide.story()).containsExactly("ON_TIME 0 ann 1.2-1.201");
            slide.tick(26.4);
            assertThat(slide.story()).isEmpty();
            slide.tick(40);

            slide.outbox.deliver();
            assertThat(slide.alerts).singleElement().satisfies(alert -> {
                assertThat(DetectorUnderTest.text(alert)).startsWith("REVISED 1 ann 1.2-1.4");
                assertThat(alert.outputs()).containsEntry("n", 5L);
            });
        }

        @Test
        @DisplayName("takes late events for the lateness, to the millisecond")
        void tooLate() {
            it.list(0, "ann");
            it.tick(665);
            assertThat(it.list(60, "ann")).isEqualTo(Detector.Taken.KEPT);
            assertThat(it.list(59.999, "ann")).isEqualTo(Detector.Taken.LATE);
        }

        @Test
        @DisplayName("says at the end of input what waits, and goes on from there")
        void finished() {
            it.list(2, "ann");
            it.get(3, "ann");
            assertThat(it.story()).isEmpty();
            assertThat(it.detector.hasUnfinished()).isTrue();

            it.detector.finish();

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 3-3.001");
            it.detector.time().open("", 0);
            it.list(30, "ann");
            it.get(31, "ann");
            it.detector.finish();
            assertThat(it.story()).containsExactly("ON_TIME 0 ann 31-31.001");
        }

        @Test
        @DisplayName("tells the people of one name apart")
        void people() {
            it.feed(event(1, "SecretList", "ann", ONE));
            it.feed(event(2, "SecretGet", "ann", OTHER));
            it.tick(30);
            assertThat(it.story()).isEmpty();

            it.feed(event(40, "SecretList", "ann", OTHER));
            it.feed(event(41, "SecretList", "ann", ONE));
            it.feed(event(42, "SecretGet", "ann", OTHER));
            it.tick(60);

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 42-42.001");
            assertThat(it.said()).extracting(each -> each.discriminator()).containsExactly(OTHER);
        }

        @Test
        @DisplayName("takes back what it said of a name when a late event shows that it is two people's")
        void dividedLate() {
            it.feed(event(1, "SecretList", "ann", ONE));
            it.feed(event(2, "SecretGet", "ann"));
            it.tick(60);
            assertThat(it.story()).containsExactly("ON_TIME 0 ann 2-2.001");

            it.feed(event(1.5, "SecretList", "ann", OTHER));
            it.tick(70);

            assertThat(it.story())
                    .containsExactlyInAnyOrder(
                            "RETRACTED 1 ann 2-2.001", "REVISED 1 ann 2-2.001", "REVISED 1 ann 2-2.001");
        }

        @Test
        @DisplayName("forgets with a source what it alone brought")
        void revoked() {
            SourceClock other = it.detector.time().open("other", 0);
            it.list(2, "ann");
            it.get(3, "ann");
            it.feed(other, event(2, "SecretList", "bob"));
            it.feed(other, event(3, "SecretGet", "bob"));
            it.feed(other, event(40, "SecretList", "bob"));
            it.tick(30);
            assertThat(it.story()).contains("ON_TIME 0 bob 3-3.001");

            it.detector.revoke(other);
            it.detector.advance();
            it.get(41, "bob");
            it.tick(60);

            assertThat(it.said()).extracting(each -> each.key().get("upn")).containsExactly("ann");
            assertThat(it.story()).isEmpty();
        }

        @Test
        @DisplayName("lets go of events that nothing needs any more")
        void settled() {
            it.list(0, "ann");
            long one = it.detector.bytes();
            assertThat(one).isPositive();
            it.tick(600);
            assertThat(it.detector.bytes()).isEqualTo(one);
            it.tick(700);
            assertThat(it.detector.bytes()).isZero();
        }
    }

    @Nested
    @DisplayName("A rule over single events")
    class Single {
        private final DetectorUnderTest it = new DetectorUnderTest(PURGES);

        @Test
        @DisplayName("alerts at once, of each event once")
        void atOnce() {
            it.feed(event(1, "SecretPurge", "ann"));
            assertThat(it.story()).containsExactly("ON_TIME 0 ann 1-1.001");
            it.feed(event(1, "SecretPurge", "ann"));
            assertThat(it.story()).isEmpty();
            it.feed(event(1, "SecretPurge", "ann", ONE));
            assertThat(it.story()).containsExactly("ON_TIME 0 ann 1-1.001");
            it.feed(event(1, "SecretGet", "ann"));
            assertThat(it.story()).isEmpty();
            assertThat(it.detector.hasUnfinished()).isFalse();
        }

        @Test
        @DisplayName("takes late events for the lateness, to the millisecond")
        void late() {
            it.tick(665);
            assertThat(it.feed(event(60, "SecretPurge", "ann"))).isEqualTo(Detector.Taken.KEPT);
            assertThat(it.story()).containsExactly("ON_TIME 0 ann 60-60.001");
            assertThat(it.feed(event(59.999, "SecretPurge", "ann"))).isEqualTo(Detector.Taken.LATE);
            assertThat(it.story()).isEmpty();
        }

        @Test
        @DisplayName("judges what an earlier run had not")
        void resumed() {
            KeyVaultEvent purge = event(1, "SecretPurge", "ann");
            it.detector.restore(it.source, purge, Long.MIN_VALUE);
            assertThat(it.story()).isEmpty();

            it.detector.resume(
                    at(0), OptionalLong.empty(), List.of(purge, event(1, "SecretGet", "ann")), OptionalLong.empty());

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 1-1.001");
        }
    }

    @Nested
    @DisplayName("Several rules")
    class Several {
        private final DetectorUnderTest it = new DetectorUnderTest(ALL);

        @Test
        @DisplayName("see the same events, and each finds its own")
        void each() {
            it.list(1, "ann");
            it.gets(2, "ann", 2);
            it.feed(event(3, "SecretPurge", "ann"));
            it.tick(70);

            assertThat(it.story())
                    .containsExactlyInAnyOrder(
                            "EARLY 0 ann 0-60 3",
                            "ON_TIME 0 ann 3-3.001",
                            "ON_TIME 0 ann 2-2.001",
                            "ON_TIME 0 ann 0-60 3");
        }

        @Test
        @DisplayName("are metered one by one")
        void meters() {
            it.list(1, "ann");
            it.get(2, "ann");
            List<String> metered = new ArrayList<>();
            it.detector.meter((id, cut, bytes, nanos) -> metered.add(id + " " + cut + " " + (bytes > 0)));

            assertThat(metered).containsExactlyInAnyOrder("burst 0 true", "chain 0 true", "purge 0 false");
            assertThat(it.detector.bytes()).isPositive();
            assertThat(it.detector.closeNanos()).isPositive();
        }

        @Test
        @DisplayName("are traced one by one")
        void traced() {
            List<String> told = new ArrayList<>();
            it.detector.trace(
                    "burst", (rule, event, fate, reason) -> told.add(event.action() + " " + fate + " " + reason));

            it.get(1, "ann");
            it.feed(event(2, "SecretPurge", "ann"));
            it.feed(event(3, "SecretGet", null));
            it.tick(70);
            it.get(4, "ann");
            it.tick(700);
            it.get(5, "ann");

            assertThat(told)
                    .containsExactly(
                            "SecretGet " + TracedEvent.Fate.GIVEN + " ",
                            "SecretPurge " + TracedEvent.Fate.OTHER_ACTION + " ",
                            "SecretGet " + TracedEvent.Fate.INCOMPLETE + " upn",
                            "SecretGet " + TracedEvent.Fate.GIVEN_LATE + " ",
                            "SecretGet " + TracedEvent.Fate.LATE + " ");
        }
    }

    @Nested
    @DisplayName("Other rules")
    class OtherRules {
        private final DetectorUnderTest it = new DetectorUnderTest(BURSTS);

        private Map<String, Instant> swap(CompiledRules others) {
            Candidate candidate = it.detector.prepare(others);
            candidate.fill();
            Map<String, Instant> incomplete = it.detector.swap(candidate);
            candidate.close();
            return incomplete;
        }

        @Test
        @DisplayName("of another count judge the window that is open as a whole")
        void tuned() {
            it.gets(0, "ann", 2);
            assertThat(swap(compile(burst("burst", 2)))).isEmpty();
            assertThat(it.detector.rules().ids()).containsExactly("burst");
            it.tick(65);

            assertThat(it.story()).containsExactly("EARLY 0 ann 0-60 2", "ON_TIME 0 ann 0-60 2");
        }

        @Test
        @DisplayName("that do not change go on undisturbed")
        void same() {
            it.gets(0, "ann", 2);
            swap(compile(burst("burst", 3), burst("more", 2)));
            it.get(1, "ann");
            it.tick(65);

            assertThat(it.story())
                    .containsExactlyInAnyOrder(
                            "EARLY 0 ann 0-60 2", "EARLY 0 ann 0-60 3", "ON_TIME 0 ann 0-60 3", "ON_TIME 0 ann 0-60 3");
        }

        @Test
        @DisplayName("that are new are given what was kept, and what came while they were made ready")
        void fresh() {
            it.get(1, "ann");
            Candidate candidate = it.detector.prepare(compile(burst("other", 3)));
            candidate.fill();
            it.get(2, "ann");
            it.get(3, "ann");
            it.story();
            assertThat(it.detector.swap(candidate)).isEmpty();
            candidate.close();
            it.tick(65);

            assertThat(it.story()).contains("EARLY 0 ann 0-60 3", "ON_TIME 0 ann 0-60 3");
        }

        @Test
        @DisplayName("that ask for events which were not kept say since when their history is complete")
        void incomplete() {
            it.get(1, "ann");

            assertThat(swap(compile(TestRules.BURST, TestRules.PURGE))).containsOnlyKeys("purge");
            assertThat(it.detector.completeSince()).containsOnlyKeys("purge");
            it.feed(event(9, "SecretPurge", "ann"));
            assertThat(it.detector.completeSince())
                    .containsExactly(Map.entry("purge", Instant.ofEpochMilli(START + 9_000)));
        }

        @Test
        @DisplayName("find everything where everything is kept")
        void keepAll() {
            DetectorUnderTest all = new DetectorUnderTest(BURSTS, settings(DetectorUnderTest.AMPLE, true));
            all.feed(event(1, "SecretPurge", "ann"));
            assertThat(all.detector.isUsable(event(1, "SecretPurge", "ann"))).isTrue();
            Candidate candidate = all.detector.prepare(ALL);
            candidate.fill();

            assertThat(all.detector.swap(candidate)).isEmpty();
        }

        @Test
        @DisplayName("that look further back than an earlier run left events for say since when these are complete")
        void furtherBackThanARestart() {
            it.detector.completeFrom(START + 60_000);
            it.detector.time().restoreMerged(START + 700_000);
            it.detector.resume(at(700), at(700), List.of(), OptionalLong.empty());
            Rule other = TestRules.CHAIN.toBuilder()
                    .id("long")
                    .window(new Window.Ordered(Duration.ofMinutes(10), Duration.ofMinutes(10)))
                    .build();

            assertThat(swap(compile(TestRules.BURST, burst("more", 2), other)))
                    .containsExactly(Map.entry("long", Instant.ofEpochMilli(START + 60_000)));
        }

        @Test
        @DisplayName("take nothing for windows that are settled")
        void settledBefore() {
            it.tick(665);
            swap(compile(burst("other", 2)));

            assertThat(it.get(59, "ann")).isEqualTo(Detector.Taken.LATE);
            assertThat(it.get(60, "ann")).isEqualTo(Detector.Taken.KEPT);
        }

        @Test
        @DisplayName("free the heap of those that go")
        void freed() {
            it.gets(0, "ann", 3);
            assertThat(it.detector.bytes()).isPositive();
            swap(PURGES);
            it.tick(8);

            assertThat(it.detector.bytes()).isZero();
            assertThat(it.detector.rules().ids()).containsExactly("purge");
        }

        @Test
        @DisplayName("of any form free it, reload for reload")
        void freedAgain() {
            DetectorUnderTest all = new DetectorUnderTest(ALL);
            all.list(0, "ann");
            all.gets(1, "ann", 5);
            long before = all.detector.bytes();
            for (int i = 0; i < 4; i++) {
                Rule chain = TestRules.CHAIN.toBuilder()
                        .window(new Window.Ordered(Duration.ofSeconds(10), Duration.ofSeconds(20 + i % 2)))
                        .build();
                Candidate candidate = all.detector.prepare(compile(burst("burst", 3 + i % 2), chain, TestRules.PURGE));
                candidate.fill();
                all.detector.swap(candidate);
                candidate.close();
            }

            assertThat(all.detector.bytes()).isEqualTo(before);
        }

        @Test
        @DisplayName("take no heap that counts before they take over, nor if they do not")
        void notCounted() {
            it.gets(0, "ann", 3);
            long before = it.detector.bytes();
            Candidate candidate = it.detector.prepare(CHAINS);
            candidate.fill();
            assertThat(it.detector.bytes()).isEqualTo(before);
            it.detector.abandon();
            candidate.close();

            assertThat(it.detector.bytes()).isEqualTo(before);
        }

        @Test
        @DisplayName("judge late events that wait before they take over")
        void lateFirst() {
            it.gets(0, "ann", 3);
            it.tick(70);
            it.get(5, "ann");
            it.story();
            swap(compile(burst("burst", 9)));

            assertThat(it.story()).containsExactly("REVISED 1 ann 0-60 4");
        }

        /** As of a site that has a user's events not count. */
        private CompiledRules excepting(String upn) {
            return BURSTS.each(rule -> rule.excluding(new Excepted(upn)));
        }

        private record Excepted(String upn) implements Function<KeyVaultEvent, Optional<String>> {
            @Override
            public Optional<String> apply(KeyVaultEvent event) {
                return upn.equals(event.upn()) ? Optional.of("EX-" + upn) : Optional.empty();
            }
        }

        @Test
        @DisplayName("that are the same but for a new exception leave out its events, those of the open window too")
        void newException() {
            it.gets(0, "ann", 2);
            it.gets(0, "bob", 2);

            // An exception may look at what was not read of the events so far.
            assertThat(swap(excepting("ann"))).containsOnlyKeys("burst");
            it.get(1, "ann");
            it.get(1, "bob");

            assertThat(it.story()).containsExactly("EARLY 0 bob 0-60 3");
            assertThat(it.reporter.excepted()).containsExactly(Map.entry("EX-ann", 1L));
        }

        @Test
        @DisplayName(
                "that are the same but for an exception that is gone count its events, and say which were left out")
        void droppedException() {
            swap(excepting("ann"));
            it.gets(0, "ann", 3);

            assertThat(swap(BURSTS)).containsOnlyKeys("burst");
            it.gets(2, "ann", 3);

            it.outbox.deliver();
            assertThat(it.alerts).singleElement().satisfies(alert -> {
                assertThat(alert.eventCount()).contains(3L);
                assertThat(alert.isHistoryComplete()).isFalse();
            });
        }

        @Test
        @DisplayName("with the same exceptions go on undisturbed")
        void sameExceptions() {
            swap(excepting("ann"));
            it.gets(0, "bob", 2);

            assertThat(swap(excepting("ann"))).isEmpty();
            it.get(1, "bob");

            it.outbox.deliver();
            assertThat(it.alerts).singleElement().matches(Alert::isHistoryComplete);
        }

        @Test
        @DisplayName("that ask for events which lack what the rules so far required say since when they are complete")
        void otherRequirements() {
            CompiledRules inOneDirectory = compile(burst("other", 3, "upn is not null, tenant is not null"));
            DetectorUnderTest before = new DetectorUnderTest(inOneDirectory);
            before.feed(event(1, "SecretGet", "ann"));
            Candidate candidate = before.detector.prepare(BURSTS);
            candidate.fill();

            assertThat(before.detector.swap(candidate)).containsOnlyKeys("burst");
        }

        @Test
        @DisplayName("that look further back than any so far say since when their history is complete")
        void furtherBack() {
            it.gets(1, "ann", 5);
            it.get(1_700, "ann");
            it.tick(1_800);
            Rule hourly = Rule.builder("hourly")
                    .window(new Window.Tumbling(Duration.ofHours(1)))
                    .epl(
                            "@name('alert') select upn, count(*) as reads from KeyVaultEvent(action = 'SecretGet', upn is not"
                                    + " null)#time_batch(1 hours, 0L) group by upn having count(*) >= 3;")
                    .build();
            assertThat(new DetectorUnderTest(compile(hourly)).detector.adopt(it.detector, each -> {}))
                    .containsOnlyKeys("hourly");

            assertThat(swap(compile(TestRules.BURST, hourly)))
                    .containsExactly(Map.entry("hourly", Instant.ofEpochMilli(START + 60_000)));
            it.story();
            it.gets(1_801, "ann", 2);

            assertThat(it.told()).singleElement().matches(alert -> !alert.isHistoryComplete());
        }

        @Test
        @DisplayName("that are given up change nothing")
        void abandoned() {
            it.gets(0, "ann", 2);
            Candidate candidate = it.detector.prepare(compile(burst("other", 2)));
            it.detector.abandon();
            candidate.close();
            it.get(1, "ann");

            assertThat(it.story()).containsExactly("EARLY 0 ann 0-60 3");
            assertThat(it.detector.rules()).isSameAs(BURSTS);
        }

        @Test
        @DisplayName("of the order of events go on from what was kept within their reach")
        void ordered() {
            DetectorUnderTest all = new DetectorUnderTest(BURSTS, settings(DetectorUnderTest.AMPLE, true));
            all.list(50, "ann");
            all.tick(57);
            Candidate candidate = all.detector.prepare(ALL);
            candidate.fill();
            assertThat(all.detector.swap(candidate)).isEmpty();
            all.get(55, "ann");
            all.tick(90);

            assertThat(all.story()).containsExactly("ON_TIME 0 ann 55-55.001");
        }
    }

    @Nested
    @DisplayName("Another run")
    class OtherRuns {
        private final DetectorUnderTest it = new DetectorUnderTest(BURSTS);

        private void restore(double second, String upn) {
            it.detector.restore(it.source, event(second, "SecretGet", upn), Long.MIN_VALUE);
        }

        @Test
        @DisplayName("goes on in the window that was open, and says nothing of those that were closed")
        void resumed() {
            for (double second : new double[] {1, 2, 3, 61, 62}) {
                restore(second, "ann");
            }
            it.detector.time().restoreMerged(START + 60_000);

            it.detector.resume(at(60), at(60), List.of(), OptionalLong.empty());
            assertThat(it.story()).isEmpty();
            it.get(63, "ann");
            assertThat(it.story()).containsExactly("EARLY 0 ann 60-120 3");
            assertThat(it.detector.closedTo()).isEqualTo(at(60));
            assertThat(it.detector.settledTo()).isEqualTo(at(60));
        }

        @Test
        @DisplayName("judges late events that waited, when they would have been judged without the restart")
        void waiting() {
            for (double second : new double[] {1, 2, 3}) {
                restore(second, "ann");
            }
            it.detector.time().restoreMerged(START + 65_500);
            List<KeyVaultEvent> unjudged = List.of(event(3, "SecretGet", "ann"));

            it.detector.resume(at(65.5), at(65.5), unjudged, at(65.5));
            assertThat(it.story()).isEmpty();
            assertThat(it.detector.lateSince()).isEqualTo(at(65.5));
            it.tick(71);

            assertThat(it.story()).containsExactly("REVISED 1 ann 0-60 3");
        }

        @Test
        @DisplayName("judges late events at once where none were waiting")
        void notWaiting() {
            for (double second : new double[] {1, 2, 3}) {
                restore(second, "ann");
            }
            it.detector.time().restoreMerged(START + 65_500);

            it.detector.resume(at(65.5), at(65.5), List.of(event(3, "SecretGet", "ann")), OptionalLong.empty());

            assertThat(it.story()).containsExactly("REVISED 1 ann 0-60 3");
        }

        @Test
        @DisplayName("takes nothing for windows of which events may be missing")
        void incomplete() {
            it.detector.completeFrom(START + 120_000);
            it.detector.completeFrom(START + 60_000);
            it.detector.time().restoreMerged(START + 180_000);
            it.detector.resume(at(180), at(180), List.of(), OptionalLong.empty());

            assertThat(it.get(119, "ann")).isEqualTo(Detector.Taken.LATE);
            assertThat(it.get(120, "ann")).isEqualTo(Detector.Taken.KEPT);
        }

        @Test
        @DisplayName("that kept events for other rules marks what rests on them as incomplete")
        void otherRules() {
            DetectorUnderTest before = new DetectorUnderTest(PURGES);
            it.detector.restoredFrom(before.detector.keptFor(), START + 30_000);

            it.gets(31, "ann", 3);
            it.outbox.deliver();

            assertThat(it.alerts).extracting(Alert::isHistoryComplete).containsExactly(false);
            assertThat(it.detector.completeSince())
                    .containsExactly(Map.entry("burst", Instant.ofEpochMilli(START + 31_000)));
        }

        @Test
        @DisplayName("that ran the same rules leaves its history complete")
        void sameRules() {
            it.detector.restoredFrom(new DetectorUnderTest(BURSTS).detector.keptFor(), START + 30_000);

            it.gets(31, "ann", 3);
            it.outbox.deliver();

            assertThat(it.alerts).extracting(Alert::isHistoryComplete).containsExactly(true);
        }

        @Test
        @DisplayName("of an ordered rule goes on within its reach, and does not say again what was said")
        void ordered() {
            DetectorUnderTest before = new DetectorUnderTest(CHAINS);
            before.list(50, "ann");
            before.get(51, "ann");
            before.list(56, "bob");
            before.tick(62);
            assertThat(before.story()).hasSize(1);
            DetectorUnderTest next = new DetectorUnderTest(CHAINS);
            for (KeyVaultEvent event : List.of(
                    event(50, "SecretList", "ann"), event(51, "SecretGet", "ann"), event(56, "SecretList", "bob"))) {
                next.detector.restore(next.source, event, Long.MIN_VALUE);
            }
            before.said().forEach(each -> next.desk.restore(each, false));
            next.detector.said(before.said());
            next.detector.time().restoreMerged(START + 57_000);

            next.detector.resume(at(57), at(57), List.of(), OptionalLong.empty());
            next.get(60, "bob");
            next.list(62, "ann");
            next.get(63, "ann");
            next.tick(120);

            assertThat(next.story()).containsExactly("ON_TIME 0 bob 60-60.001", "REVISED 1 ann 51-63.001");
        }

        @Test
        @DisplayName("that runs other rules over what is kept finds what they would have found")
        void adopted() {
            it.gets(1, "ann", 2);
            it.gets(61, "bob", 2);
            it.tick(80);
            DetectorUnderTest beside = new DetectorUnderTest(compile(burst("two", 2)));
            List<KeyVaultEvent> given = new ArrayList<>();

            assertThat(beside.detector.adopt(it.detector, given::add)).isEmpty();

            assertThat(given).hasSize(4);
            assertThat(beside.story()).contains("EARLY 0 bob 60-120 2");
        }

        @Test
        @DisplayName(
                "that runs other rules over one event at a time judges what is kept, though no more could come for its time")
        void adoptedBeforeTheHorizon() {
            Rule hourly = Rule.builder("hourly")
                    .window(new Window.Tumbling(Duration.ofHours(1)))
                    .epl("@name('alert') select upn, count(*) as reads from KeyVaultEvent(upn is not"
                            + " null)#time_batch(1 hours, 0L) group by upn having count(*) >= 100;")
                    .build();
            DetectorUnderTest first = new DetectorUnderTest(compile(hourly));
            first.feed(event(1, "SecretPurge", "ann"));
            first.tick(1_800);
            DetectorUnderTest beside = new DetectorUnderTest(PURGES);

            beside.detector.adopt(first.detector, each -> {});

            assertThat(beside.story())
                    .singleElement()
                    .satisfies(told -> assertThat(told).endsWith(" ann 1-1.001"));
        }
    }

    @Nested
    @DisplayName("A share that goes to another owner")
    class HandOvers {
        private final DetectorUnderTest from = new DetectorUnderTest(BURSTS);
        private final DetectorUnderTest to = new DetectorUnderTest(BURSTS);

        private List<SharedEvent> share() {
            return from.detector.share(key -> key.containsValue("ann") ? 1 : 2).getOrDefault(1, List.of());
        }

        @Test
        @DisplayName("is the events of its keys, and what was said of them is not said again")
        void taken() {
            from.gets(1, "ann", 3);
            from.gets(2, "bob", 3);
            from.story();
            List<SharedEvent> share = share();
            assertThat(share).hasSize(3).allMatch(each -> each.rules().equals(List.of("burst")));
            List<Said> said = from.desk.said(key -> key.containsValue("ann"));
            to.desk.takeOver(said, false);

            to.detector.takeOver(share, DetectorUnderTest.bySource(to.source), OptionalLong.empty(), said);
            assertThat(to.story()).isEmpty();
            to.get(5, "ann");
            to.tick(65);

            assertThat(to.story()).containsExactly("ON_TIME 0 ann 0-60 4");
        }

        @Test
        @DisplayName("is kept, and can go on to the next owner")
        void onwards() {
            from.gets(1, "ann", 3);
            to.detector.takeOver(share(), DetectorUnderTest.bySource(to.source), OptionalLong.empty(), List.of());

            assertThat(to.detector.share(key -> 1).get(1))
                    .hasSize(3)
                    .allMatch(each -> each.source().isEmpty());
        }

        @Test
        @DisplayName("with an episode that is under way goes on in it")
        void underWay() {
            DetectorUnderTest old = new DetectorUnderTest(CHAINS);
            DetectorUnderTest next = new DetectorUnderTest(CHAINS);
            old.list(2, "ann");
            old.get(3, "ann");
            old.list(15, "ann");
            old.get(16, "ann");
            old.tick(25);
            assertThat(old.story()).hasSize(1);
            next.tick(25);
            next.desk.takeOver(old.said(), false);

            next.detector.takeOver(
                    old.detector.share(key -> 1).getOrDefault(1, List.of()),
                    DetectorUnderTest.bySource(next.source),
                    at(20),
                    old.said());
            next.list(30, "ann");
            next.get(31, "ann");
            next.tick(120);

            assertThat(next.story()).containsExactly("REVISED 1 ann 3-31.001");
            assertThat(next.said()).hasSize(1);
        }

        @Test
        @DisplayName("leaves out what is here already; two equal events are two")
        void missing() {
            from.get(1, "ann");
            from.get(1, "ann");
            from.get(2, "ann");
            to.get(1, "ann");

            List<SharedEvent> missing = to.detector.missing(share());

            assertThat(missing).extracting(each -> each.event().time() - START).containsExactly(1_000L, 2_000L);
        }

        @Test
        @DisplayName("is judged where the new owner is further, for what the old one had not closed")
        void further() {
            from.gets(1, "ann", 2);
            from.tick(30);
            to.get(2, "ann");
            to.tick(90);
            to.story();

            to.detector.takeOver(share(), DetectorUnderTest.bySource(to.source), at(25), List.of());

            assertThat(to.story()).containsExactly("REVISED 1 ann 0-60 3");
        }

        @Test
        @DisplayName("of windows that both had closed is not judged again")
        void bothClosed() {
            from.gets(1, "ann", 3);
            from.tick(300);
            to.tick(300);
            to.story();

            to.detector.takeOver(share(), DetectorUnderTest.bySource(to.source), at(295), List.of());

            assertThat(to.story()).isEmpty();
        }
    }

    @Nested
    @DisplayName("Where a bound is reached")
    class Bounded {
        @Test
        @DisplayName("events beyond it are counted, and the alert says how many have no evidence")
        void counted() {
            DetectorUnderTest it =
                    new DetectorUnderTest(BURSTS, settings(new Bounds(1_000, 10_000, 4, 10_000, 64 << 20), false));
            it.gets(0, "ann", 9);
            it.story();
            it.detector.finish();

            it.outbox.deliver();
            assertThat(it.alerts).hasSize(1);
            assertThat(it.alerts.get(0).eventCount()).contains(9L);
            assertThat(it.alerts.get(0).eventsWithoutEvidence()).isEqualTo(5);
            assertThat(it.notices()).contains(Notice.Kind.EVIDENCE_CUT);
            List<Long> cut = new ArrayList<>();
            it.detector.meter((id, each, bytes, nanos) -> cut.add(each));
            assertThat(cut).containsExactly(5L);
        }

        @Test
        @DisplayName("what is cut is traced as cut")
        void traced() {
            DetectorUnderTest it =
                    new DetectorUnderTest(BURSTS, settings(new Bounds(1_000, 10_000, 3, 10_000, 64 << 20), false));
            List<TracedEvent.Fate> told = new ArrayList<>();
            it.detector.trace("burst", (rule, event, fate, reason) -> told.add(fate));
            it.gets(0, "ann", 4);

            assertThat(told)
                    .containsExactly(
                            TracedEvent.Fate.GIVEN,
                            TracedEvent.Fate.GIVEN,
                            TracedEvent.Fate.GIVEN,
                            TracedEvent.Fate.CUT);
        }

        @Test
        @DisplayName("the heap makes the sources wait that are ahead, and say so once at a time")
        void heap() {
            DetectorUnderTest it =
                    new DetectorUnderTest(BURSTS, settings(new Bounds(1_000, 10_000, 1_000, 10_000, 2_000), false));
            SourceClock fast = it.detector.time().open("fast", 0);
            it.get(1, "ann");
            for (int i = 0; i < 40; i++) {
                it.feed(fast, event(600 + i, "SecretGet", "ann"));
            }

            assertThat(it.detector.isOverloaded(fast)).isTrue();
            assertThat(it.detector.isOverloaded(it.source)).isFalse();
            assertThat(it.notices)
                    .extracting(Notice::message)
                    .anySatisfy(
                            message -> assertThat(message)
                                    .startsWith(
                                            "The events that wait take more heap than bounds.journal-megabytes allows; calls of it"));
        }

        @Test
        @DisplayName("keys for which the lane has no room are judged when the window closes")
        void crowd() {
            DetectorUnderTest it =
                    new DetectorUnderTest(BURSTS, settings(new Bounds(8, 10_000, 1_000, 10_000, 64 << 20), false));
            for (String user : List.of("a", "b", "c", "d", "e")) {
                it.gets(1, user, 3);
            }
            assertThat(it.story()).hasSize(2);

            it.tick(65);

            assertThat(it.story())
                    .containsExactlyInAnyOrder(
                            "ON_TIME 0 a 0-60 3",
                            "ON_TIME 0 b 0-60 3",
                            "ON_TIME 0 c 0-60 3",
                            "ON_TIME 0 d 0-60 3",
                            "ON_TIME 0 e 0-60 3");
        }

        @Test
        @DisplayName("closed windows make room, the oldest first, and what still comes for them is late")
        void room() {
            DetectorUnderTest it =
                    new DetectorUnderTest(BURSTS, settings(new Bounds(1_000, 10_000, 1_000, 10_000, 3_000), false));
            for (int minute = 0; minute < 8; minute++) {
                it.gets(minute * 60, "ann", 3);
            }

            assertThat(it.notices()).contains(Notice.Kind.LATENESS_CUT);
            assertThat(it.get(1, "ann")).isEqualTo(Detector.Taken.LATE);
            assertThat(it.detector.bytes()).isLessThan(4_000);
        }

        @Test
        @DisplayName("a source that is ahead of the others waits, and the one that holds time back never does")
        void overloaded() {
            DetectorUnderTest it =
                    new DetectorUnderTest(BURSTS, settings(new Bounds(1_000, 10, 1_000, 10_000, 64 << 20), false));
            SourceClock fast = it.detector.time().open("fast", 0);
            for (int i = 0; i < 4; i++) {
                it.feed(fast, event(600 + i, "SecretGet", "ann"));
            }
            assertThat(it.detector.isOverloaded(fast)).isFalse();
            it.get(1, "ann");
            it.feed(fast, event(605, "SecretGet", "ann"));

            assertThat(it.detector.isOverloaded(fast)).isTrue();
            assertThat(it.detector.isOverloaded(fast)).isTrue();
            assertThat(it.detector.isOverloaded(it.source)).isFalse();
            assertThat(it.notices()).containsExactly(Notice.Kind.OVERLOADED);
        }
    }

    @Nested
    @DisplayName("A rule that fails")
    class Failing {
        private final DetectorUnderTest it = new DetectorUnderTest(THROWS);

        private void fail(double second, int times) {
            for (int i = 0; i < times; i++) {
                it.feed(KeyVaultEvent.builder(START + Math.round(second * 1_000), "SecretGet")
                        .with(Property.HTTP_STATUS, 200)
                        .build());
            }
        }

        @Test
        @DisplayName("is told of once in a minute, and suspended after a thousand failures; others go on")
        void suspended() {
            fail(1, 999);
            assertThat(it.notices()).containsExactly(Notice.Kind.RULE_FAILED);
            assertThat(it.reporter.failures()).isEqualTo(999);
            fail(2, 1);
            assertThat(it.notices()).containsExactly(Notice.Kind.RULE_SUSPENDED);
            fail(3, 5);

            assertThat(it.notices()).isEmpty();
            assertThat(it.reporter.failuresByRule()).containsExactly(Map.entry("throwing", 1_000L));
            it.feed(event(4, "SecretPurge", "ann"));
            assertThat(it.story()).containsExactly("ON_TIME 0 ann 4-4.001");
        }

        @Test
        @DisplayName("begins anew after a minute of event time")
        void anew() {
            fail(10, 999);
            fail(71, 999);

            assertThat(it.notices()).containsExactly(Notice.Kind.RULE_FAILED, Notice.Kind.RULE_FAILED);
        }

        @Test
        @DisplayName("by the time that it takes is suspended, and keeps nothing")
        void slow() {
            DetectorUnderTest slow =
                    new DetectorUnderTest(BURSTS, settings(DetectorUnderTest.AMPLE, false, Duration.ofNanos(1)));
            slow.gets(1, "ann", 4);

            assertThat(slow.notices()).containsExactly(Notice.Kind.RULE_SUSPENDED);
            slow.tick(8);
            assertThat(slow.detector.bytes()).isZero();
            slow.detector.finish();
            assertThat(slow.story()).doesNotContain("ON_TIME 0 ann 0-60 4");
            assertThat(slow.detector.keptFor().allTook()).isFalse();
        }
    }

    @Nested
    @DisplayName("What is needed")
    class Needed {
        @Test
        @DisplayName("reaches back to the oldest window that can still change")
        void since() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS);
            assertThat(it.detector.neededSince()).isEmpty();
            it.get(1, "ann");
            it.tick(65);
            assertThat(it.detector.neededSince()).isEqualTo(at(-540));
            it.tick(725);
            assertThat(it.detector.neededSince()).isEqualTo(at(120));
        }

        @Test
        @DisplayName("of an ordered rule reaches back over its reach and its quiet time")
        void ordered() {
            DetectorUnderTest it = new DetectorUnderTest(CHAINS);
            it.list(700, "ann");
            assertThat(it.detector.neededSince()).isEqualTo(at(65));
        }
    }

    @Nested
    @DisplayName("Time that stands still")
    class Stalled {
        private final DetectorUnderTest it = new DetectorUnderTest(BURSTS);

        @Test
        @DisplayName("while events wait is told once, with the source that holds it back")
        void told() {
            it.detector.time().open("slow", 0);
            it.get(1, "ann");
            it.detector.lookForStall(10_000, 5_000);
            it.detector.lookForStall(14_500, 5_000);
            it.detector.lookForStall(15_499, 5_000);
            assertThat(it.notices).isEmpty();
            it.detector.lookForStall(15_500, 5_000);
            it.detector.lookForStall(16_500, 5_000);
            it.detector.lookForStall(99_000, 5_000);

            assertThat(it.notices).singleElement().satisfies(notice -> {
                assertThat(notice.kind()).isEqualTo(Notice.Kind.TIME_STALLED);
                assertThat(notice.count()).isEqualTo(1);
                assertThat(notice.message())
                        .startsWith("1 events wait, and event time has stood still for 5 s; source slow holds it back:"
                                + " it was opened and has brought nothing yet.");
            });
        }

        @Test
        @DisplayName("is told as well where it creeps, as a source can make it that brings a record at a time")
        void creeps() {
            SourceClock slow = it.detector.time().open("slow", 0);
            it.get(200, "ann");
            for (int i = 0; i < 10; i++) {
                it.detector.time().observe(slow, event(1, "SecretGet", "ann").time() + i, 10_000 + i * 1_000);
                it.detector.advance();
                it.detector.lookForStall(10_000 + i * 1_000, 5_000);
            }

            assertThat(it.notices).singleElement().satisfies(notice -> {
                assertThat(notice.kind()).isEqualTo(Notice.Kind.TIME_STALLED);
                assertThat(notice.message())
                        .contains("event time has come on by 5 ms in 5 s")
                        .contains("source slow holds");
            });
        }

        @Test
        @DisplayName("is told again after it has moved, with where it stands")
        void again() {
            SourceClock slow = it.detector.time().open("slow", 0);
            it.get(100, "ann");
            it.feed(slow, event(10, "SecretGet", "ann"));
            it.detector.lookForStall(10_000, 5_000);
            it.detector.lookForStall(15_000, 5_000);
            assertThat(it.notices).hasSize(1);
            assertThat(it.notices.get(0).message())
                    .contains("stood still for 5 s at 2026-11-03T02:00:05Z; source slow holds it back: it has brought"
                            + " nothing newer than 2026-11-03T02:00:10Z.");
            it.feed(slow, event(20, "SecretGet", "ann"));
            it.detector.lookForStall(16_000, 5_000);
            it.detector.lookForStall(20_999, 5_000);
            assertThat(it.notices).hasSize(1);
            it.detector.lookForStall(22_000, 5_000);

            assertThat(it.notices).hasSize(2);
        }

        @Test
        @DisplayName("without events that wait is no news")
        void nothingWaits() {
            it.detector.lookForStall(10_000, 5_000);
            it.detector.lookForStall(30_000, 5_000);

            assertThat(it.notices).isEmpty();
        }
    }
}
