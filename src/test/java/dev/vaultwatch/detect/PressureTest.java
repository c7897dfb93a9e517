package dev.vaultwatch.detect;

import static dev.vaultwatch.detect.DetectorUnderTest.START;
import static dev.vaultwatch.detect.DetectorUnderTest.event;
import static dev.vaultwatch.detect.DetectorUnderTest.settings;
import static dev.vaultwatch.detect.TestRules.BURSTS;
import static dev.vaultwatch.detect.TestRules.CHAINS;
import static dev.vaultwatch.detect.TestRules.burst;
import static dev.vaultwatch.detect.TestRules.compile;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import dev.vaultwatch.store.Bounds;
import dev.vaultwatch.time.SourceClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Where a bound is reached: what makes room, and which source waits. */
class PressureTest {
    private static Settings heap(long bytes) {
        return settings(new Bounds(1_000, 10_000, 1_000, 10_000, bytes), false);
    }

    private static Settings hostOwnsTime(Bounds bounds) {
        Settings ours = settings(bounds, false);
        return new Settings(
                ours.slack(),
                true,
                ours.idleTimeout(),
                ours.idleRetention(),
                ours.lateness(),
                bounds,
                ours.ruleTime(),
                false,
                true,
                1);
    }

    private static Rule daily(int least) {
        return Rule.builder("daily")
                .window(new Window.Tumbling(Duration.ofHours(24)))
                .epl("@name('alert') select upn, count(*) as reads from KeyVaultEvent(action = 'SecretPurge', upn is"
                        + " not null)#time_batch(24 hours, 0L) group by upn having count(*) >= " + least + ";")
                .build();
    }

    private static List<KeyVaultEvent> stored(DetectorUnderTest it) {
        return it.detector.share(key -> 1).getOrDefault(1, List.of()).stream()
                .map(SharedEvent::event)
                .toList();
    }

    private static long heapOfStored(DetectorUnderTest it) {
        return stored(it).stream().mapToLong(KeyVaultEvent::heapBytes).sum();
    }

    @Nested
    @DisplayName("Room is made")
    class Room {
        @Test
        @DisplayName("by the rule that keeps the oldest events, and by no other while that is enough")
        void oldest() {
            Rule deletes = Rule.builder("a-deletes")
                    .epl(
                            "@name('alert') select upn, count(*) as n from KeyVaultEvent(action = 'SecretDelete', upn is not"
                                    + " null)#time_batch(1 min, 0L) group by upn having count(*) >= 3;")
                    .build();
            Rule purges = Rule.builder("z-purges")
                    .epl(
                            "@name('alert') select upn, count(*) as n from KeyVaultEvent(action = 'SecretPurge', upn is not"
                                    + " null)#time_batch(1 min, 0L) group by upn having count(*) >= 3;")
                    .build();
            for (boolean deletesFirst : new boolean[] {true, false}) {
                DetectorUnderTest it = new DetectorUnderTest(compile(deletes, purges), heap(1_250));
                it.feed(event(1, deletesFirst ? "SecretDelete" : "SecretPurge", "ann"));
                it.feed(event(61, deletesFirst ? "SecretPurge" : "SecretDelete", "ann"));
                it.feed(event(190, "SecretDelete", "ann"));

                assertThat(it.notices)
                        .singleElement()
                        .satisfies(notice -> assertThat(notice.message())
                                .contains(deletesFirst ? "rule a-deletes" : "rule z-purges"));
            }
        }

        @Test
        @DisplayName("by another rule where the one with the oldest events needs them all, as often as it takes")
        void others() {
            Rule hourly = Rule.builder("hourly")
                    .window(new Window.Tumbling(Duration.ofHours(1)))
                    .epl(
                            "@name('alert') select upn, count(*) as reads from KeyVaultEvent(action = 'SecretPurge', upn is"
                                    + " not null)#time_batch(1 hours, 0L) group by upn having count(*) >= 100;")
                    .build();
            DetectorUnderTest it = new DetectorUnderTest(compile(burst("burst", 3), hourly), heap(4_000));
            it.feed(event(1, "SecretPurge", "ann"));
            for (int minute = 0; minute < 9; minute++) {
                it.gets(60 * minute + 2, "ann", 3);
            }

            assertThat(it.notices)
                    .isNotEmpty()
                    .allSatisfy(notice -> assertThat(notice.message()).contains("rule burst"));
            assertThat(it.detector.bytes()).isLessThanOrEqualTo(4_000);
        }

        @Test
        @DisplayName("by as many windows as it takes, where one event more needs much, and what was theirs is gone")
        void much() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS, heap(3_000));
            for (int minute = 0; minute < 5; minute++) {
                it.get(60 * minute + 2, "ann");
            }
            assertThat(it.notices()).isEmpty();
            it.detector.feed(
                    it.source,
                    KeyVaultEvent.builder(START + 301_000, "SecretGet")
                            .with(Property.UPN, "ann")
                            .with(Property.CLIENT, "b".repeat(1_600))
                            .build(),
                    true,
                    0);

            assertThat(it.notices()).containsOnly(Notice.Kind.LATENESS_CUT).hasSizeGreaterThan(1);
            assertThat(it.detector.bytes()).isLessThanOrEqualTo(3_000);
            assertThat(it.detector.share(key -> 1).get(1)).hasSizeLessThan(5);
        }

        @Test
        @DisplayName("by events that no rule needs any more, and by no window while that is enough")
        void unneeded() {
            DetectorUnderTest it = new DetectorUnderTest(compile(burst("burst", 3), daily(100)), heap(250_000));
            it.feed(event(1, "SecretPurge", "ann"));
            for (int minute = 0; minute < 3 * 60; minute++) {
                for (int user = 0; user < 20; user++) {
                    it.get(60 * minute + 2, "u" + user);
                }
                assertThat(heapOfStored(it)).isLessThanOrEqualTo(it.detector.bytes());
                assertThat(it.detector.bytes()).isLessThanOrEqualTo(250_000);
            }

            assertThat(it.notices()).isEmpty();
            assertThat(stored(it)).extracting(KeyVaultEvent::action).containsOnlyOnce("SecretPurge");
        }

        @Test
        @DisplayName("by events that are kept for rules to come alone")
        void history() {
            DetectorUnderTest it = new DetectorUnderTest(
                    compile(daily(100)), settings(new Bounds(1_000, 10_000, 1_000, 10_000, 100_000), true));
            it.feed(event(1, "SecretPurge", "ann"));
            for (int second = 2; second < 4_000; second++) {
                it.get(second, "ann");
            }

            assertThat(it.detector.bytes()).isLessThanOrEqualTo(100_000);
            assertThat(it.notices()).isEmpty();
            assertThat(stored(it)).extracting(KeyVaultEvent::action).containsExactly("SecretPurge");
        }

        @Test
        @DisplayName("and a rule to come is told so, if it asks for what went")
        void told() {
            DetectorUnderTest it = new DetectorUnderTest(compile(burst("burst", 3), daily(100)), heap(250_000));
            it.feed(event(1, "SecretPurge", "ann"));
            for (int minute = 0; minute < 3 * 60; minute++) {
                for (int user = 0; user < 20; user++) {
                    it.get(60 * minute + 2, "u" + user);
                }
            }
            long oldest = stored(it).stream()
                    .filter(event -> event.action().equals("SecretGet"))
                    .mapToLong(KeyVaultEvent::time)
                    .min()
                    .orElseThrow();
            Rule gets = Rule.builder("gets")
                    .window(new Window.Tumbling(Duration.ofHours(24)))
                    .epl("@name('alert') select upn, count(*) as reads from KeyVaultEvent(action = 'SecretGet', upn is"
                            + " not null)#time_batch(24 hours, 0L) group by upn having count(*) >= 100;")
                    .build();
            CompiledRules others = compile(burst("burst", 4), daily(2), gets);

            assertThat(oldest).isGreaterThan(START + 3_600_000);
            for (int again = 0; again < 2; again++) {
                Candidate candidate = it.detector.prepare(others);
                candidate.fill();
                assertThat(it.detector.swap(candidate))
                        .isEqualTo(again > 0 ? Map.of() : Map.of("gets", Instant.ofEpochMilli(oldest - 2_000)));
                candidate.close();
                assertThat(it.detector.completeSince()).containsOnlyKeys("gets");
            }
        }

        @Test
        @DisplayName("in the middle of a minute, too")
        void within() {
            DetectorUnderTest it = new DetectorUnderTest(CHAINS, heap(6_000));
            for (int i = 0; i < 500; i++) {
                it.list(i / 10.0, "ann");
                assertThat(heapOfStored(it)).isLessThanOrEqualTo(it.detector.bytes());
            }
            it.tick(56);
            it.list(55, "ann");

            assertThat(it.detector.bytes()).isLessThanOrEqualTo(21_000);
        }

        @Test
        @DisplayName("at once where another owner's share is more than fits")
        void takenOver() {
            DetectorUnderTest from = new DetectorUnderTest(BURSTS);
            for (int minute = 0; minute < 3; minute++) {
                from.gets(60 * minute + 2, "ann", 3);
            }
            DetectorUnderTest to = new DetectorUnderTest(BURSTS, heap(1_500));
            to.tick(190);

            to.detector.takeOver(
                    from.detector.share(key -> 1).getOrDefault(1, List.of()),
                    DetectorUnderTest.bySource(to.source),
                    OptionalLong.empty(),
                    List.of());

            assertThat(to.notices()).contains(Notice.Kind.LATENESS_CUT);
            assertThat(to.detector.bytes()).isLessThanOrEqualTo(1_500);
        }
    }

    @Nested
    @DisplayName("A source waits")
    class Waiting {
        private String refused(DetectorUnderTest it, SourceClock source) {
            it.notices.clear();
            assertThat(it.detector.isOverloaded(source)).isTrue();
            return it.notices.get(0).message();
        }

        @Test
        @DisplayName("that has its share of the events ahead, and no sooner")
        void share() {
            DetectorUnderTest it =
                    new DetectorUnderTest(BURSTS, settings(new Bounds(1_000, 9, 1_000, 1, 64 << 20), false));
            SourceClock fast = it.detector.time().open("fast", 0);
            it.get(1, "ann");
            for (int i = 0; i < 4; i++) {
                assertThat(it.detector.isOverloaded(fast)).isFalse();
                it.feed(fast, event(600 + i, "SecretGet", "ann"));
            }

            assertThat(refused(it, fast))
                    .isEqualTo(
                            "More events of source fast wait for their windows than its share of bounds.events allows;"
                                    + " calls of it are rejected until the sources behind it have come further.");
            assertThat(it.detector.isOverloaded(it.source)).isFalse();
        }

        @Test
        @DisplayName("even the only one, where the host has not moved time")
        void hostsTime() {
            DetectorUnderTest it =
                    new DetectorUnderTest(BURSTS, hostOwnsTime(new Bounds(1_000, 3, 1_000, 10_000, 64 << 20)));
            it.gets(1, "ann", 2);
            assertThat(it.detector.isOverloaded(it.source)).isFalse();
            it.get(2, "ann");

            assertThat(refused(it, it.source))
                    .isEqualTo(
                            "More events of the default source wait for their windows than its share of bounds.events"
                                    + " allows; calls of it are rejected until advanceTo moves event time.");
        }

        @Test
        @DisplayName("that is ahead while the open window has as many keys as may be watched")
        void keys() {
            DetectorUnderTest it =
                    new DetectorUnderTest(BURSTS, settings(new Bounds(4, 10_000, 1_000, 10_000, 64 << 20), false));
            SourceClock fast = it.detector.time().open("fast", 0);
            it.feed(fast, event(600, "SecretGet", "ann"));
            it.gets(10, "ann", 2);
            assertThat(it.detector.isOverloaded(fast)).isFalse();
            it.get(11, "ann");

            assertThat(refused(it, fast))
                    .startsWith("The open window of rule burst has more keys to watch than bounds.keys and"
                            + " bounds.counted-keys allow;");
            assertThat(it.detector.isOverloaded(it.source)).isFalse();
        }

        @Test
        @DisplayName("that has events ahead while heap is short, and none that has not")
        void heapIsShort() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS, heap(1_000));
            SourceClock fast = it.detector.time().open("fast", 0);
            SourceClock slow = it.detector.time().open("slow", 0);
            it.feed(slow, event(8, "SecretGet", "x"));
            it.gets(8, "ann", 9);
            it.feed(fast, event(20, "SecretGet", "ann"));
            assertThat(fast.held()).isZero();
            assertThat(it.detector.bytes()).isGreaterThan(1_000);
            assertThat(it.detector.isOverloaded(fast)).isFalse();
            it.feed(fast, event(200, "SecretGet", "ann"));

            assertThat(it.detector.isOverloaded(fast)).isTrue();
            assertThat(it.detector.isOverloaded(it.source)).isFalse();
        }

        @Test
        @DisplayName("for no rule without a window")
        void single() {
            CompiledRules purges = TestRules.PURGES;
            DetectorUnderTest it = new DetectorUnderTest(purges, heap(1));
            SourceClock fast = it.detector.time().open("fast", 0);
            it.get(1, "ann");
            it.feed(fast, event(600, "SecretPurge", "ann"));

            assertThat(it.detector.isOverloaded(fast)).isFalse();
            assertThat(it.detector.hasLate()).isFalse();
            assertThat(it.detector.bytes()).isZero();
        }
    }
}
