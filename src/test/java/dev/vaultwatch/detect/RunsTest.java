package dev.vaultwatch.detect;

import static dev.vaultwatch.detect.DetectorUnderTest.AMPLE;
import static dev.vaultwatch.detect.DetectorUnderTest.START;
import static dev.vaultwatch.detect.DetectorUnderTest.at;
import static dev.vaultwatch.detect.DetectorUnderTest.event;
import static dev.vaultwatch.detect.DetectorUnderTest.settings;
import static dev.vaultwatch.detect.TestRules.ALL;
import static dev.vaultwatch.detect.TestRules.BURSTS;
import static dev.vaultwatch.detect.TestRules.CHAINS;
import static dev.vaultwatch.detect.TestRules.PURGES;
import static dev.vaultwatch.detect.TestRules.THROWS;
import static dev.vaultwatch.detect.TestRules.burst;
import static dev.vaultwatch.detect.TestRules.compile;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.alert.Said;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.TracedEvent.Fate;
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
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What one run, one set of rules or one owner leaves to the next. */
class RunsTest {
    private final DetectorUnderTest it = new DetectorUnderTest(BURSTS);

    private static Map<String, Instant> swap(DetectorUnderTest of, CompiledRules others) {
        Candidate candidate = of.detector.prepare(others);
        candidate.fill();
        Map<String, Instant> incomplete = of.detector.swap(candidate);
        candidate.close();
        return incomplete;
    }

    @Nested
    @DisplayName("A restart")
    class Restarted {
        private void restore(double second) {
            it.detector.restore(it.source, event(second, "SecretGet", "ann"), Long.MIN_VALUE);
        }

        @Test
        @DisplayName("takes nothing for what was settled then, however far its sources have come")
        void settledThen() {
            it.detector.resume(at(665), at(665), List.of(), OptionalLong.empty());

            assertThat(it.get(59.999, "ann")).isEqualTo(Detector.Taken.LATE);
            assertThat(it.get(60, "ann")).isEqualTo(Detector.Taken.KEPT);
        }

        @Test
        @DisplayName("takes nothing for what its sources have settled, where it was not known then")
        void settledNow() {
            it.detector.time().restoreMerged(START + 665_000);
            it.detector.resume(at(665), OptionalLong.empty(), List.of(), OptionalLong.empty());

            assertThat(it.detector.settledTo()).isEqualTo(at(665));
            assertThat(it.get(59.999, "ann")).isEqualTo(Detector.Taken.LATE);
        }

        @Test
        @DisplayName("closes at once what has been due since the mark")
        void dueSince() {
            restore(60);
            restore(61);
            restore(62);
            it.detector.time().restoreMerged(START + 125_000);
            it.detector.resume(at(65), at(65), List.of(), OptionalLong.empty());

            assertThat(it.story()).contains("ON_TIME 0 ann 60-120 3");
        }

        @Test
        @DisplayName("keeps what it restores for the next owner, and for rules to come only where all is kept")
        void kept() {
            for (boolean keepAll : new boolean[] {true, false}) {
                DetectorUnderTest purges = new DetectorUnderTest(PURGES, settings(AMPLE, keepAll));
                purges.detector.restore(purges.source, event(50, "SecretList", "ann"), Long.MIN_VALUE);
                purges.detector.restore(purges.source, event(51, "SecretPurge", "ann"), Long.MIN_VALUE);
                purges.detector.time().restoreMerged(START + 52_000);
                purges.detector.resume(at(52), at(52), List.of(), OptionalLong.empty());
                swap(purges, compile(TestRules.CHAIN, TestRules.PURGE));
                purges.get(55, "ann");
                purges.tick(90);

                assertThat(purges.story()).hasSize(keepAll ? 1 : 0);
                assertThat(purges.detector.share(key -> 1).get(1)).hasSize(keepAll ? 3 : 1);
            }
        }
    }

    @Nested
    @DisplayName("The end of input")
    class Ended {
        @Test
        @DisplayName("leaves time where the sources had come, and tells what was dropped as late")
        void time() {
            it.detector.time().open("silent", 0);
            it.gets(700, "ann", 3);
            it.detector.finish();
            assertThat(it.detector.closedTo()).isEqualTo(at(695.2));
            it.get(1, "ann");
            assertThat(it.notices()).isEmpty();
            it.detector.finish();

            assertThat(it.notices()).containsExactly(Notice.Kind.LATE_LOSS);
        }

        @Test
        @DisplayName("of a detector tells what was dropped as late")
        void closed() {
            it.tick(700);
            it.get(1, "ann");
            it.detector.close(true);

            assertThat(it.notices()).containsExactly(Notice.Kind.LATE_LOSS);
        }

        @Test
        @DisplayName("that suspends a rule lets go of what it has")
        void suspended() {
            DetectorUnderTest chains = new DetectorUnderTest(CHAINS, settings(AMPLE, false, Duration.ofNanos(1)));
            chains.detector.time().open("silent", 0);
            chains.list(1, "ann");
            chains.detector.finish();

            assertThat(chains.notices()).containsExactly(Notice.Kind.RULE_SUSPENDED);
            assertThat(chains.detector.bytes()).isZero();
        }
    }

    @Nested
    @DisplayName("Looking from time to time")
    class Looks {
        @Test
        @DisplayName("tells that time stands still")
        void stalled() {
            it.detector.time().open("slow", 0);
            it.get(1, "ann");
            it.detector.look(10_000, 5_000);
            it.detector.look(15_000, 5_000);

            assertThat(it.notices()).containsExactly(Notice.Kind.TIME_STALLED);
        }
    }

    @Nested
    @DisplayName("A detector beside another")
    class Beside {
        private final List<Notice> notices = new ArrayList<>();

        @Test
        @DisplayName("has the other's time, and leaves that to the other")
        void follows() {
            DetectorUnderTest own = new DetectorUnderTest(CHAINS);
            Detector beside =
                    Detector.following(it.detector, settings(AMPLE, false), own.reporter, notices::add, CHAINS);
            for (KeyVaultEvent event : List.of(event(1, "SecretList", "ann"), event(2, "SecretGet", "ann"))) {
                it.feed(event);
                long held = it.source.held();
                beside.take(it.source, event, false);
                assertThat(it.source.held()).isEqualTo(held);
            }
            it.tick(20);
            beside.advance();
            assertThat(own.story()).containsExactly("ON_TIME 0 ann 2-2.001");
            beside.finish();
            beside.revoke(it.source);

            assertThat(it.source.status()).isEqualTo(SourceClock.Status.ACTIVE);
            assertThat(it.detector.time().sources()).containsExactly(it.source);
            assertThat(beside.bytes()).isZero();
            beside.close(false);
        }

        @Test
        @DisplayName("that takes over what is held there traces it, and says what is not complete")
        void adopts() {
            it.get(1, "ann");
            it.tick(2);
            DetectorUnderTest beside = new DetectorUnderTest(compile(burst("one", 1), TestRules.PURGE));
            List<String> traced = new ArrayList<>();
            beside.detector.trace("one", (rule, event, fate, reason) -> traced.add(event.upn() + " " + fate));
            it.get(3, "bob");

            assertThat(beside.detector.adopt(it.detector, each -> {})).containsOnlyKeys("purge");
            assertThat(traced).containsExactly("ann " + Fate.GIVEN, "bob " + Fate.GIVEN);
            traced.clear();
            DetectorUnderTest purges = new DetectorUnderTest(PURGES);
            purges.detector.trace("purge", (rule, event, fate, reason) -> traced.add(event.upn() + " " + fate));
            purges.detector.adopt(it.detector, each -> {});
            assertThat(traced).containsExactly("ann " + Fate.OTHER_ACTION, "bob " + Fate.OTHER_ACTION);
        }
    }

    @Nested
    @DisplayName("What is counted and not kept")
    class Counted {
        private final DetectorUnderTest four =
                new DetectorUnderTest(BURSTS, settings(new Bounds(1_000, 10_000, 4, 10_000, 64 << 20), false));

        @Test
        @DisplayName("is in the total of a rule that is tuned, and in no share")
        void tuned() {
            four.gets(1, "ann", 6);
            assertThat(four.detector.share(key -> 1).get(1)).hasSize(4);
            four.story();
            swap(four, compile(burst("burst", 2), burst("other", 99)));
            four.tick(65);

            assertThat(four.told())
                    .extracting(alert -> alert.eventCount().orElseThrow())
                    .containsExactly(6L);
        }

        @Test
        @DisplayName("of keys of which no name is kept is told when their rule is tuned")
        void keys() {
            DetectorUnderTest crowd = new DetectorUnderTest(
                    compile(burst("burst", 5)), settings(new Bounds(4, 10_000, 1_000, 10_000, 64 << 20), false));
            for (String user : List.of("a", "b", "c", "d", "e", "f")) {
                crowd.gets(1, user, 3);
            }
            swap(crowd, compile(burst("burst", 4)));
            assertThat(crowd.notices).isEmpty();
            swap(crowd, compile(burst("burst", 2)));

            assertThat(crowd.notices).singleElement().satisfies(notice -> {
                assertThat(notice.kind()).isEqualTo(Notice.Kind.EVIDENCE_CUT);
                assertThat(notice.count()).isEqualTo(2);
                assertThat(notice.message())
                        .startsWith("Rule burst is tuned, and in its window of 2026-11-03T02:00:00Z 2 keys");
            });
        }

        @Test
        @DisplayName("of keys without a name is told of the windows to come as well, and of none where all have one")
        void toCome() {
            DetectorUnderTest crowd = new DetectorUnderTest(
                    compile(burst("burst", 5)), settings(new Bounds(4, 10_000, 1_000, 10_000, 64 << 20), false));
            crowd.tick(30);
            crowd.gets(1, "ann", 3);
            for (String user : List.of("a", "b", "c", "d", "e")) {
                crowd.gets(61, user, 3);
            }
            swap(crowd, compile(burst("burst", 2)));

            assertThat(crowd.notices).singleElement().satisfies(notice -> {
                assertThat(notice.count()).isEqualTo(1);
                assertThat(notice.message()).contains("in its window of 2026-11-03T02:01:00Z 1 keys");
            });
        }
    }

    @Nested
    @DisplayName("Other rules")
    class Others {
        @Test
        @DisplayName("leave one that goes on and tune another")
        void both() {
            DetectorUnderTest two = new DetectorUnderTest(compile(burst("a", 3), burst("b", 9)));
            two.gets(1, "ann", 2);
            swap(two, compile(burst("a", 3), burst("b", 2)));
            two.get(2, "ann");
            two.tick(65);

            assertThat(two.told()).extracting(Alert::ruleId).contains("a", "b");
        }

        @Test
        @DisplayName("let one that was suspended begin again, by itself or tuned")
        void suspended() {
            for (CompiledRules next : List.of(BURSTS, compile(burst("burst", 2)))) {
                DetectorUnderTest failing = new DetectorUnderTest(
                        compile(TestRules.BURST_THROWING.toBuilder().id("burst").build()));
                for (int i = 0; i < 1_000; i++) {
                    failing.feed(DetectorUnderTest.thrown(1 + i / 1_000.0, "x"));
                    failing.get(1, "bob");
                }
                assertThat(failing.detector.keptFor().allTook()).isFalse();

                assertThat(swap(failing, next)).containsOnlyKeys("burst");
                failing.gets(3, "ann", 3);
                assertThat(failing.story()).isNotEmpty();
                assertThat(failing.detector.keptFor().allTook()).isTrue();
            }
        }

        @Test
        @DisplayName("let a suspended one begin again without its text having changed")
        void same() {
            DetectorUnderTest failing = new DetectorUnderTest(THROWS);
            for (int i = 0; i < 1_000; i++) {
                failing.feed(DetectorUnderTest.thrown(1, "x"));
            }
            failing.notices();
            swap(failing, THROWS);
            failing.feed(DetectorUnderTest.thrown(1, "x"));

            assertThat(failing.reporter.failures()).isEqualTo(1_001);
        }
    }

    @Nested
    @DisplayName("For which rules events were kept")
    class Kept {
        private final DetectorUnderTest next = new DetectorUnderTest(BURSTS);

        private Map<String, Instant> from(DetectorUnderTest before) {
            next.detector.restoredFrom(before.detector.keptFor(), START + 30_000);
            return next.detector.completeSince();
        }

        @Test
        @DisplayName("tells the same rule that its history is as incomplete as it was")
        void same() {
            it.detector.restoredFrom(new DetectorUnderTest(PURGES).detector.keptFor(), START + 10_000);
            it.get(20, "ann");

            assertThat(from(it)).containsExactly(Map.entry("burst", Instant.ofEpochMilli(START + 20_000)));
        }

        @Test
        @DisplayName("tells another that asks for the same events as much")
        void another() {
            DetectorUnderTest two = new DetectorUnderTest(compile(burst("two", 2)));
            assertThat(from(two)).isEmpty();
            two.detector.restoredFrom(new DetectorUnderTest(PURGES).detector.keptFor(), START + 10_000);

            assertThat(from(two)).containsExactly(Map.entry("burst", Instant.ofEpochMilli(START + 10_000)));
            next.get(40, "ann");
            assertThat(next.detector.completeSince())
                    .containsExactly(Map.entry("burst", Instant.ofEpochMilli(START + 40_000)));
        }

        @Test
        @DisplayName("tells the same rule that nothing is certain where one had been suspended")
        void suspended() {
            DetectorUnderTest slow = new DetectorUnderTest(BURSTS, settings(AMPLE, false, Duration.ofNanos(1)));
            slow.gets(1, "ann", 3);

            assertThat(from(slow)).containsExactly(Map.entry("burst", Instant.ofEpochMilli(START + 30_000)));
        }

        @Test
        @DisplayName("tells one that asks for any action that all is there, if a rule asked for any")
        void anyAction() {
            Rule any = Rule.builder("any")
                    .epl("@name('alert') select upn, count(*) as n from KeyVaultEvent(upn is not null)"
                            + "#time_batch(1 min, 0L) group by upn having count(*) >= 3;")
                    .build();
            DetectorUnderTest all = new DetectorUnderTest(compile(any));
            DetectorUnderTest other =
                    new DetectorUnderTest(compile(any.toBuilder().id("other").build()));

            other.detector.restoredFrom(all.detector.keptFor(), START);
            assertThat(other.detector.completeSince()).isEmpty();
            other.detector.restoredFrom(it.detector.keptFor(), START);
            assertThat(other.detector.completeSince()).containsOnlyKeys("other");
        }
    }

    @Nested
    @DisplayName("A share that goes to another owner")
    class HandOvers {
        private final DetectorUnderTest old = new DetectorUnderTest(CHAINS);
        private final DetectorUnderTest next = new DetectorUnderTest(CHAINS);

        private List<SharedEvent> share(DetectorUnderTest of) {
            return of.detector.share(key -> 1).getOrDefault(1, List.of());
        }

        @Test
        @DisplayName("names the source of each event")
        void sources() {
            SourceClock other = it.detector.time().open("other", 0);
            it.get(1, "ann");
            it.feed(other, event(2, "SecretGet", "ann"));

            assertThat(share(it)).extracting(SharedEvent::source).containsExactly("", "other");
        }

        @Test
        @DisplayName("is judged from the first window on that the old owner had not closed")
        void border() {
            DetectorUnderTest from = new DetectorUnderTest(BURSTS);
            for (int i = 0; i < 3; i++) {
                from.get(59.999, "bob");
                from.get(60, "ann");
            }
            it.tick(300);
            it.detector.takeOver(share(from), DetectorUnderTest.bySource(it.source), at(120), List.of());

            assertThat(it.story()).containsExactly("REVISED 1 ann 60-120 3");
        }

        @Test
        @DisplayName("with an episode that began long before goes on in it, however far back it reaches")
        void longEpisode() {
            for (int second = 3; second < 95; second += 15) {
                old.list(second, "ann");
                old.get(second + 1, "ann");
            }
            old.tick(100);
            assertThat(old.story()).hasSize(1);
            List<Said> said = old.said();
            next.tick(110);
            next.desk.takeOver(said, false);

            next.detector.takeOver(share(old), DetectorUnderTest.bySource(next.source), at(95), said);
            next.list(108, "ann");
            next.get(109, "ann");
            next.tick(200);

            assertThat(next.story()).containsExactly("REVISED 1 ann 4-109.001");
            assertThat(next.said()).hasSize(1);
        }

        @Test
        @DisplayName("goes on in what was said, where none of its events are left")
        void saidAlone() {
            old.list(50, "ann");
            old.get(51, "ann");
            old.tick(60);
            List<Said> said = old.said();
            next.tick(60);
            next.desk.takeOver(said, false);

            next.detector.takeOver(List.of(), DetectorUnderTest.bySource(next.source), at(55), said);
            next.list(70, "ann");
            next.get(71, "ann");
            next.tick(120);

            assertThat(next.story()).containsExactly("REVISED 1 ann 51-71.001");
        }
    }

    @Nested
    @DisplayName("An exception of the site's")
    class Excepted {
        @Test
        @DisplayName("is traced by its id")
        void traced() {
            DetectorUnderTest excepting =
                    new DetectorUnderTest(BURSTS.each(rule -> rule.excluding(event -> Optional.of("EX-7"))));
            List<String> traced = new ArrayList<>();
            excepting.detector.trace("burst", (rule, event, fate, reason) -> traced.add(fate + " " + reason));
            excepting.get(1, "ann");

            assertThat(traced).containsExactly(Fate.EXCEPTED + " EX-7");
            assertThat(excepting.detector.isUsable(event(1, "SecretGet", "ann")))
                    .isFalse();
        }
    }

    @Nested
    @DisplayName("A rule over single events")
    class Single {
        @Test
        @DisplayName("takes what an earlier run left as far back as late events are taken")
        void border() {
            DetectorUnderTest purges = new DetectorUnderTest(PURGES);
            purges.detector.time().restoreMerged(START + 660_000);
            purges.detector.resume(
                    at(660),
                    at(660),
                    List.of(event(59.999, "SecretPurge", "ann"), event(60, "SecretPurge", "bob")),
                    OptionalLong.empty());

            assertThat(purges.story()).containsExactly("ON_TIME 0 bob 60-60.001");
        }

        @Test
        @DisplayName("has no window, needs nothing and makes no room")
        void nothing() {
            SingleTrack track = new SingleTrack(
                    PURGES.rules().get(0), 600_000, it.reporter, new Track.Budgets(1_000_000_000), Track.UNKNOWN);
            assertThat(track.neededFrom()).isEqualTo(Long.MAX_VALUE);
            assertThat(track.openWindow()).isEqualTo(Track.UNKNOWN);
            assertThat(track.makeRoom()).isFalse();
            assertThat(track.isOverloaded()).isFalse();
            assertThat(track.isDue(START)).isFalse();
            assertThat(track.hasLate()).isFalse();
            track.close();
        }

        @Test
        @DisplayName("is charged for all lanes that it had, and for no more time than has passed")
        void nanos() {
            long begin = System.nanoTime();
            DetectorUnderTest failing = new DetectorUnderTest(compile(TestRules.THROWING));
            long before = 0;
            for (int i = 0; i < 50; i++) {
                failing.feed(DetectorUnderTest.thrown(1, "ann"));
                assertThat(failing.nanos()).isGreaterThan(before);
                before = failing.nanos();
            }

            assertThat(before).isLessThan(System.nanoTime() - begin);
        }
    }

    @Test
    @DisplayName("The heap of an event is charged to the rule that keeps it longest")
    void longest() {
        Rule slow = TestRules.CHAIN.toBuilder()
                .id("a-chain")
                .window(new Window.Ordered(Duration.ofSeconds(31), Duration.ofSeconds(31)))
                .build();
        DetectorUnderTest two = new DetectorUnderTest(compile(
                slow, TestRules.BURST, TestRules.CHAIN.toBuilder().id("z-chain").build()));
        two.feed(KeyVaultEvent.builder(START, "SecretGet")
                .with(Property.UPN, "ann")
                .build());
        List<String> charged = new ArrayList<>();
        two.detector.meter((id, cut, bytes, nanos) -> charged.add(id));

        assertThat(charged).containsExactly("a-chain", "burst", "z-chain");
        assertThat(ALL.ids()).doesNotContainAnyElementsOf(List.of("a-chain"));
    }
}
