package dev.vaultwatch.detect;

import static dev.vaultwatch.detect.DetectorUnderTest.AMPLE;
import static dev.vaultwatch.detect.DetectorUnderTest.ONE;
import static dev.vaultwatch.detect.DetectorUnderTest.OTHER;
import static dev.vaultwatch.detect.DetectorUnderTest.START;
import static dev.vaultwatch.detect.DetectorUnderTest.at;
import static dev.vaultwatch.detect.DetectorUnderTest.event;
import static dev.vaultwatch.detect.DetectorUnderTest.settings;
import static dev.vaultwatch.detect.DetectorUnderTest.thrown;
import static dev.vaultwatch.detect.TestRules.BURSTS;
import static dev.vaultwatch.detect.TestRules.THROWING_BURSTS;
import static dev.vaultwatch.detect.TestRules.burst;
import static dev.vaultwatch.detect.TestRules.compile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import dev.vaultwatch.store.Bounds;
import dev.vaultwatch.store.Budget;
import dev.vaultwatch.time.SourceClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A tumbling rule at its edges: bounds, lanes that are made anew, the end, other rules. */
class TumblingTrackTest {
    /** Looks at more than key and action: what is beyond a bound can't be counted for it. */
    private static final CompiledRules UNCOUNTABLE =
            compile(burst("burst", 3, "upn is not null, httpStatus is null or httpStatus < 900"));

    private static Bounds bounds(int keys, int perKey) {
        return new Bounds(keys, 10_000, perKey, 10_000, 64 << 20);
    }

    private static DetectorUnderTest bounded(CompiledRules rules, Bounds bounds) {
        return new DetectorUnderTest(rules, settings(bounds, false));
    }

    private static TumblingTrack track(Rule rule) {
        return (TumblingTrack)
                new Tracks(settings(AMPLE, false), new Budget(1 << 20), new DetectorUnderTest(BURSTS).reporter)
                        .make(compile(rule).rules().get(0), Optional.empty(), Track.UNKNOWN);
    }

    @Nested
    @DisplayName("An alert says \"at least\"")
    class AtLeast {
        @Test
        @DisplayName("of a key with more events than are kept, for a rule that looks at them")
        void limitedGroup() {
            DetectorUnderTest it = bounded(UNCOUNTABLE, bounds(1_000, 3));
            it.gets(1, "ann", 4);
            it.tick(65);

            assertThat(it.told())
                    .extracting(Alert::stage, Alert::isAtLeast)
                    .containsExactly(tuple(AlertStage.EARLY, false), tuple(AlertStage.ON_TIME, true));
            assertThat(it.notices).singleElement().satisfies(notice -> {
                assertThat(notice.kind()).isEqualTo(Notice.Kind.RULE_LIMITED);
                assertThat(notice.count()).isEqualTo(1);
                assertThat(notice.message())
                        .startsWith("In the window of 2026-11-03T02:00:00Z rule burst did not see 1 ");
            });
        }

        @Test
        @DisplayName("of every key of a window in which other keys were left out")
        void limitedWindow() {
            DetectorUnderTest it = bounded(UNCOUNTABLE, bounds(4, 1_000));
            it.gets(1, "ann", 3);
            assertThat(it.told()).singleElement().matches(alert -> !alert.isAtLeast());
            for (String user : List.of("b", "c", "d", "e")) {
                it.get(2, user);
            }
            it.gets(61, "ann", 3);
            it.tick(125);

            assertThat(it.told())
                    .extracting(alert -> DetectorUnderTest.text(alert) + " " + alert.isAtLeast())
                    .containsExactlyInAnyOrder(
                            "EARLY 0 ann 60-120 3 false", "ON_TIME 0 ann 0-60 3 true", "ON_TIME 0 ann 60-120 3 false");
        }

        @Test
        @DisplayName("of none of the people of a name whose events are all kept")
        void people() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS);
            for (int i = 0; i < 3; i++) {
                it.feed(event(1 + i, "SecretGet", "ann", ONE));
            }
            it.feed(event(5, "SecretGet", "ann", OTHER));
            it.tick(65);

            assertThat(it.told())
                    .filteredOn(alert -> alert.stage() == AlertStage.ON_TIME)
                    .singleElement()
                    .matches(alert -> !alert.isAtLeast());
        }

        @Test
        @DisplayName("of one of the people of a name whose events were counted, and never of the name alone")
        void counted() {
            DetectorUnderTest it = bounded(BURSTS, bounds(1_000, 4));
            it.gets(1, "bob", 6);
            for (int i = 0; i < 4; i++) {
                it.feed(event(1 + i, "SecretGet", "ann", ONE));
            }
            it.feed(event(5, "SecretList", "ann", OTHER));
            it.feed(event(6, "SecretGet", "ann", ONE));
            it.story();
            it.tick(65);

            assertThat(it.told())
                    .filteredOn(alert -> alert.stage() == AlertStage.ON_TIME)
                    .extracting(alert -> alert.groupingKey().get("upn") + " " + alert.isAtLeast())
                    .containsExactlyInAnyOrder("bob false", "ann true");
        }
    }

    @Nested
    @DisplayName("Events of a group that was found early")
    class FoundEarly {
        @ParameterizedTest(name = "{0} events")
        @CsvSource({"3", "4", "34", "35", "36", "66", "67", "68", "200"})
        @DisplayName("all count at the close, however many the lane was given before")
        void count(int events) {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS);
            it.gets(1, "ann", events);
            it.gets(30, "bob", 3);
            assertThat(it.story()).containsExactly("EARLY 0 ann 0-60 3", "EARLY 0 bob 0-60 3");
            it.tick(65);

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 0-60 " + events, "ON_TIME 0 bob 0-60 3");
        }

        @Test
        @DisplayName("reach the lane together, 32 at a time, and with them the engine's time")
        void together() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS);
            it.gets(10, "ann", 3);
            long spent = it.nanos();
            it.gets(11, "ann", LanedWindow.TOGETHER - 1);
            assertThat(it.nanos()).isEqualTo(spent);
            it.get(20, "ann");

            assertThat(it.nanos()).isGreaterThan(spent);
        }

        @Test
        @DisplayName(
                "reach it sooner where those of more than 256 users wait: those that began to wait first; all count at the close")
        void manyWait() {
            DetectorUnderTest it = new DetectorUnderTest(
                    BURSTS, settings(new Bounds(10_000, 10_000, 1_000, 10_000, 64L << 20), false));
            for (int user = 0; user <= LanedWindow.MOST_WAITING; user++) {
                it.gets(1, "u" + user, 3);
            }
            long spent = it.nanos();
            for (int user = 0; user < LanedWindow.MOST_WAITING; user++) {
                it.gets(2, "u" + user, 2);
            }
            assertThat(it.nanos()).isEqualTo(spent);

            it.get(3, "u" + LanedWindow.MOST_WAITING);
            assertThat(it.nanos()).isGreaterThan(spent);
            spent = it.nanos();
            it.get(4, "u1");
            assertThat(it.nanos()).isEqualTo(spent);
            it.get(5, "u0");
            assertThat(it.nanos()).isGreaterThan(spent);
            it.story();
            it.tick(65);

            assertThat(it.story()).contains("ON_TIME 0 u0 0-60 6", "ON_TIME 0 u1 0-60 6", "ON_TIME 0 u2 0-60 5");
        }

        @Test
        @DisplayName("reach it, one user's with each event of the minute that follows, before the minute closes")
        void ahead() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS);
            it.gets(1, "ann", 3);
            it.gets(2, "bob", 3);
            it.gets(3, "ann", 5);
            it.gets(4, "bob", 6);
            long before = it.nanos();
            it.get(10, "cy");
            assertThat(it.nanos()).as("the minute opens").isEqualTo(before);
            long spent = it.nanos();
            for (String each : List.of("cy", "dee")) {
                it.get(61, each);
                assertThat(it.nanos()).isGreaterThan(spent);
                spent = it.nanos();
            }
            it.get(61, "eve");
            assertThat(it.nanos()).isEqualTo(spent);
            it.story();
            it.tick(65);

            assertThat(it.story()).contains("ON_TIME 0 ann 0-60 8", "ON_TIME 0 bob 0-60 9");
        }

        @Test
        @DisplayName("reach it one by one where its alerts tell the events' order")
        void ordered() {
            Rule first = Rule.builder("first")
                    .eventCount(Optional.of("reads"))
                    .epl(
                            "@name('alert') select upn, count(*) as reads, first(action) as began from"
                                    + " KeyVaultEvent(upn is not null)#time_batch(1 min, 0L) group by upn having count(*) >= 3;")
                    .build();
            DetectorUnderTest it = new DetectorUnderTest(compile(first));
            it.gets(10, "ann", 3);
            long spent = it.nanos();
            it.get(11, "ann");

            assertThat(it.nanos()).isGreaterThan(spent);
        }

        @Test
        @DisplayName("decide whether it is still found: a bound from above takes back what was said")
        void bounded() {
            DetectorUnderTest it =
                    new DetectorUnderTest(compile(burst("few", 3, "upn is not null", " and count(*) <= 20")));
            it.gets(1, "ann", 21);
            it.gets(30, "bob", 20);
            assertThat(it.story()).containsExactly("EARLY 0 ann 0-60 3", "EARLY 0 bob 0-60 3");
            it.tick(65);

            assertThat(it.story()).containsExactlyInAnyOrder("RETRACTED 1 ann 0-60 3", "ON_TIME 0 bob 0-60 20");
        }

        @Test
        @DisplayName("that wait when other rules take over are judged by those")
        void reloaded() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS);
            it.gets(1, "ann", 20);
            it.story();
            it.detector.swap(it.detector.prepare(compile(burst("burst", 4))));
            it.gets(4, "ann", 5);
            it.tick(65);

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 0-60 25");
        }

        @Test
        @DisplayName("are all there for a lane that is made anew")
        void anew() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS);
            SourceClock other = it.detector.time().open("other", 0);
            it.gets(1, "ann", 20);
            it.feed(other, event(3, "SecretGet", "bob"));
            it.story();
            it.detector.revoke(other);
            it.gets(4, "ann", 5);
            it.tick(65);

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 0-60 25");
        }
    }

    @Nested
    @DisplayName("What is counted and not kept")
    class Cut {
        @Test
        @DisplayName("is told once a window, and not of windows without")
        void once() {
            DetectorUnderTest it = bounded(BURSTS, bounds(1_000, 4));
            it.gets(1, "ann", 6);
            it.gets(61, "ann", 4);
            it.gets(121, "ann", 5);
            it.tick(300);

            assertThat(it.notices)
                    .extracting(notice -> notice.kind() + " " + notice.count())
                    .containsExactly("EVIDENCE_CUT 2", "EVIDENCE_CUT 1");
            assertThat(it.notices.get(1).message())
                    .startsWith("In the window of 2026-11-03T02:02:00Z rule burst counted 1 ");
        }
    }

    @Nested
    @DisplayName("A crowd for which the lane has no room")
    class Crowd {
        @Test
        @DisplayName("is told in the order of its keys")
        void order() {
            DetectorUnderTest it = bounded(BURSTS, bounds(8, 1_000));
            for (String user : List.of("b", "a", "zoe", "mia", "noah", "liam", "emma", "kim")) {
                it.gets(1, user, 3);
            }
            it.story();
            it.tick(65);

            assertThat(it.told())
                    .extracting(alert -> alert.groupingKey().get("upn"))
                    .startsWith("emma", "kim", "liam", "mia", "noah", "zoe")
                    .hasSize(8);
        }
    }

    @Nested
    @DisplayName("Late events")
    class Late {
        @Test
        @DisplayName("take back what they make false")
        void retracted() {
            DetectorUnderTest it =
                    new DetectorUnderTest(compile(burst("few", 3, "upn is not null", " and count(*) <= 4")));
            it.gets(1, "ann", 4);
            it.gets(1, "bob", 3);
            it.tick(65);
            it.story();
            it.get(5, "ann");
            it.tick(66);

            assertThat(it.story()).containsExactly("RETRACTED 1 ann 0-60 4");
        }

        @Test
        @DisplayName("of ten thousand keys are judged at once, whatever the time")
        void many() {
            DetectorUnderTest it = bounded(compile(burst("any", 1)), bounds(20_000, 1_000));
            it.tick(65);
            for (int i = 1; i < 10_000; i++) {
                it.get(1, "user" + i);
            }
            assertThat(it.story()).isEmpty();
            assertThat(it.detector.hasLate()).isTrue();
            it.get(1, "user0");

            assertThat(it.story()).isNotEmpty();
            assertThat(it.detector.hasLate()).isFalse();
        }

        @Test
        @DisplayName("are judged at the end of input")
        void atTheEnd() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS);
            it.tick(65);
            it.gets(1, "ann", 3);
            it.detector.finish();

            assertThat(it.story()).containsExactly("REVISED 1 ann 0-60 3");
        }

        @Test
        @DisplayName("are judged before their window makes room")
        void beforeRoom() {
            DetectorUnderTest it =
                    new DetectorUnderTest(BURSTS, settings(new Bounds(1_000, 10_000, 1_000, 10_000, 5_000), false));
            it.tick(65);
            it.gets(1, "ann", 3);
            for (int i = 0; i < 60; i++) {
                it.get(61 + i / 100.0, "bob");
            }

            assertThat(it.story()).contains("REVISED 1 ann 0-60 3");
            assertThat(it.notices()).contains(Notice.Kind.LATENESS_CUT);
        }

        @Test
        @DisplayName("that wait when their rule is suspended are let go with it")
        void suspended() {
            DetectorUnderTest it = new DetectorUnderTest(THROWING_BURSTS);
            it.tick(65);
            it.gets(1, "ann", 3);
            assertThat(it.detector.hasLate()).isTrue();
            for (int i = 0; i < 1_002; i++) {
                it.feed(thrown(61, "bob"));
            }

            assertThat(it.notices()).containsExactly(Notice.Kind.RULE_FAILED, Notice.Kind.RULE_SUSPENDED);
            assertThat(it.detector.hasLate()).isFalse();
            it.tick(68);
            assertThat(it.detector.bytes()).isZero();
        }
    }

    @Nested
    @DisplayName("A lane in which the rule threw")
    class Damaged {
        @Test
        @DisplayName("is used until its window closes, and the next has another")
        void replaced() {
            DetectorUnderTest it = new DetectorUnderTest(THROWING_BURSTS);
            for (int minute = 0; minute < 4; minute++) {
                it.gets(60 * minute + 1, "ann", 3);
                it.feed(thrown(60 * minute + 2, "ann"));
                it.tick(60 * minute + 65);
                assertThat(it.story())
                        .containsExactly(
                                "EARLY 0 ann " + 60 * minute + "-" + (60 * minute + 60) + " 3",
                                "ON_TIME 0 ann " + 60 * minute + "-" + (60 * minute + 60) + " 3");
            }
            assertThat(it.reporter.failures()).isEqualTo(4);
        }

        @Test
        @DisplayName("while late events were judged leaves what was said as it was")
        void late() {
            DetectorUnderTest it = new DetectorUnderTest(THROWING_BURSTS);
            it.gets(1, "ann", 3);
            it.tick(65);
            it.story();
            long before = it.nanos();
            it.feed(thrown(1, "ann"));
            it.get(2, "ann");
            it.tick(66);
            assertThat(it.story()).isEmpty();
            assertThat(it.reporter.failures()).isEqualTo(1);
            assertThat(it.nanos()).isGreaterThan(before);

            it.gets(3, "bob", 3);
            it.tick(67);
            assertThat(it.story()).containsExactly("REVISED 1 bob 0-60 3");
        }
    }

    @Nested
    @DisplayName("The time that a rule takes")
    class Spent {
        @Test
        @DisplayName("is all that its lanes took, and no more than has passed")
        void nanos() {
            long begin = System.nanoTime();
            DetectorUnderTest it = new DetectorUnderTest(THROWING_BURSTS);
            long before = 0;
            for (int minute = 0; minute < 3; minute++) {
                for (int i = 0; i < 500; i++) {
                    it.get(60 * minute + 1 + i / 100.0, "ann");
                    it.get(60 * minute + 61 + i / 200.0, "ann");
                }
                it.feed(thrown(60 * minute + 2, "ann"));
                before = it.nanos();
                it.tick(60 * minute + 65);
                assertThat(it.nanos()).isGreaterThan(before);
                it.get(60 * minute + 3, "ann");
                it.feed(thrown(60 * minute + 3, "ann"));
                it.detector.judgeLate();
                before = it.nanos();
                it.get(60 * minute + 3, "bob");
                it.gets(60 * minute + 4, "bob", 3);
                it.detector.judgeLate();
                assertThat(it.nanos()).isGreaterThan(before);
                before = it.nanos();
            }

            assertThat(before).isLessThan(System.nanoTime() - begin);
        }

        @Test
        @DisplayName("ends it in the middle of a key's events")
        void suspended() {
            CompiledRules rules = compile(burst("burst", LanedWindow.TOGETHER + 1));
            DetectorUnderTest it = new DetectorUnderTest(rules, settings(AMPLE, false, Duration.ofNanos(1)));
            it.gets(1, "ann", LanedWindow.TOGETHER + 1);

            assertThat(it.story()).isEmpty();
            assertThat(it.notices()).containsExactly(Notice.Kind.RULE_SUSPENDED);
            it.detector.takeClosed();
            it.tick(200);
            assertThat(it.detector.takeClosed()).isFalse();
        }
    }

    @Nested
    @DisplayName("The end of input")
    class Ended {
        @Test
        @DisplayName("closes what has events where the host has not moved time")
        void hostOwnsTime() {
            Settings host = new Settings(
                    Duration.ofSeconds(5),
                    true,
                    Duration.ZERO,
                    Duration.ofHours(1),
                    Duration.ofMinutes(10),
                    AMPLE,
                    Duration.ofSeconds(30),
                    false,
                    true,
                    1);
            DetectorUnderTest it = new DetectorUnderTest(BURSTS, host);
            it.gets(1, "ann", 3);
            it.gets(121, "bob", 3);
            it.detector.finish();

            assertThat(it.story())
                    .containsExactlyInAnyOrder(
                            "EARLY 0 ann 0-60 3",
                            "ON_TIME 0 ann 0-60 3",
                            "EARLY 0 bob 120-180 3",
                            "ON_TIME 0 bob 120-180 3");
        }
    }

    @Nested
    @DisplayName("A source that is forgotten")
    class Forgotten {
        @ParameterizedTest
        @CsvSource({"1", "61"})
        @DisplayName("leaves nothing in the lanes of the open window and the next")
        void lanes(double second) {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS);
            SourceClock other = it.detector.time().open("other", 0);
            it.tick(30);
            for (int i = 0; i < 3; i++) {
                it.feed(other, event(second + i, "SecretGet", "bob"));
            }
            it.gets(second, "ann", 3);
            assertThat(it.story()).hasSize(2);
            it.detector.revoke(other);
            it.detector.advance();
            it.get(second + 5, "bob");
            it.tick(200);

            assertThat(it.told())
                    .extracting(alert -> alert.groupingKey().get("upn"))
                    .containsExactly("ann");
        }

        @Test
        @DisplayName("leaves no late event that waits")
        void late() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS);
            SourceClock other = it.detector.time().open("other", 0);
            it.feed(other, event(75, "KeyGet", "bob"));
            it.tick(75);
            for (int i = 0; i < 3; i++) {
                it.feed(other, event(1 + i, "SecretGet", "bob"));
            }
            assertThat(it.detector.hasLate()).isTrue();
            it.detector.forget(other);

            assertThat(it.detector.hasLate()).isFalse();
        }
    }

    @Nested
    @DisplayName("Another run")
    class OtherRuns {
        @Test
        @DisplayName("judges the open window as it is, and no event of it as late")
        void open() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS);
            List<KeyVaultEvent> events = List.of(
                    event(60, "SecretGet", "ann"), event(61, "SecretGet", "ann"), event(62, "SecretGet", "ann"));
            events.forEach(event -> it.detector.restore(it.source, event, Long.MIN_VALUE));
            it.detector.time().restoreMerged(START + 65_000);

            it.detector.resume(at(65), at(65), events, at(65));

            assertThat(it.detector.hasLate()).isFalse();
            assertThat(it.story()).containsExactly("EARLY 0 ann 60-120 3");
        }

        @Test
        @DisplayName("keeps the events of the open window, wherever what it knows is complete")
        void completeLater() {
            DetectorUnderTest it = new DetectorUnderTest(BURSTS);
            it.detector.completeFrom(START + 120_000);
            it.detector.time().restoreMerged(START + 65_000);
            it.detector.resume(at(65), at(65), List.of(), OptionalLong.empty());
            it.gets(66, "ann", 3);
            it.tick(90);
            it.tick(125);

            assertThat(it.story()).containsExactly("EARLY 0 ann 60-120 3", "ON_TIME 0 ann 60-120 3");
        }
    }

    @Nested
    @DisplayName("A share from another owner")
    class Shared {
        private final DetectorUnderTest it = new DetectorUnderTest(BURSTS);

        private void takeOver(double second, int events) {
            DetectorUnderTest from = new DetectorUnderTest(BURSTS);
            from.gets(second, "ann", events);
            it.detector.takeOver(
                    from.detector.share(key -> 1).getOrDefault(1, List.of()),
                    DetectorUnderTest.bySource(it.source),
                    OptionalLong.empty(),
                    List.of());
        }

        @ParameterizedTest
        @CsvSource({"1", "61"})
        @DisplayName("is added to what the lanes of the open window and the next have")
        void added(double second) {
            it.tick(30);
            it.gets(second, "ann", 3);
            takeOver(second + 10, 1);
            it.tick(200);

            assertThat(it.told())
                    .extracting(Alert::stage, alert -> alert.eventCount().orElseThrow())
                    .contains(tuple(AlertStage.ON_TIME, 4L));
        }

        @Test
        @DisplayName("is judged at once where its window is open")
        void atOnce() {
            it.tick(30);
            takeOver(1, 3);

            assertThat(it.story()).containsExactly("EARLY 0 ann 0-60 3");
        }

        @Test
        @DisplayName("waits where time is not known")
        void beforeTime() {
            it.detector.time().open("silent", 0);
            takeOver(1, 3);
            assertThat(it.story()).isEmpty();
            it.detector.finish();

            assertThat(it.story()).contains("ON_TIME 0 ann 0-60 3");
        }
    }

    @Nested
    @DisplayName("Where heap is short")
    class Heap {
        @Test
        @DisplayName("nothing makes room before time is known")
        void beforeTime() {
            DetectorUnderTest it =
                    new DetectorUnderTest(BURSTS, settings(new Bounds(1_000, 10_000, 1_000, 10_000, 100), false));
            it.detector.time().open("silent", 0);
            it.gets(1, "ann", 3);
            assertThat(it.notices()).isEmpty();
            it.detector.finish();

            assertThat(it.story()).contains("ON_TIME 0 ann 0-60 3");
        }
    }

    @Nested
    @DisplayName("Groups serve another rule")
    class HandOvers {
        private static final String READS = "@name('alert') select upn, count(*) as reads from KeyVaultEvent(action in"
                + " ('SecretGet', 'SecretList'), upn is not null)#time_batch(1 min, 0L) group by upn having count(*) >= 9;";

        private boolean serve(Rule.Builder other) {
            TumblingTrack track = track(TestRules.BURST);
            boolean serves = RuleSwap.canHandOver(
                    track.compiled, compile(other.build()).rules().get(0));
            TumblingTrack back = track(other.build());
            assertThat(RuleSwap.canHandOver(back.compiled, BURSTS.rules().get(0)))
                    .isEqualTo(serves);
            track.close();
            back.close();
            return serves;
        }

        private Rule.Builder rule(String from, String to) {
            assertThat(READS).contains(from);
            return Rule.builder("burst").epl(READS.replace(from, to));
        }

        @Test
        @DisplayName("that asks for other counts alone")
        void counts() {
            assertThat(serve(rule("9", "5"))).isTrue();
        }

        @Test
        @DisplayName("not if it has another window, key, action, filter or condition")
        void others() {
            assertThat(serve(rule("1 min", "2 min").window(new Window.Tumbling(Duration.ofMinutes(2)))))
                    .isFalse();
            assertThat(serve(rule("'SecretList'", "'KeyList'"))).isFalse();
            assertThat(serve(rule("upn is not null", "upn is not null, vault is not null")))
                    .isFalse();
            assertThat(serve(rule("count(*) >= 9", "count(*) >= 9 and count(distinct vault) >= 1")))
                    .isFalse();
            assertThat(serve(Rule.builder("burst")
                            .epl(READS.replace("upn", "vault"))
                            .key(GroupingKey.of(Property.VAULT))))
                    .isFalse();
        }

        @Test
        @DisplayName("not if a site has events not count for either")
        void exceptions() {
            TumblingTrack track = track(TestRules.BURST);
            assertThat(RuleSwap.canHandOver(
                            track.compiled, BURSTS.rules().get(0).excluding(event -> Optional.empty())))
                    .isFalse();
            track.close();
            TumblingTrack excluding = (TumblingTrack) new Tracks(
                            settings(AMPLE, false), new Budget(1 << 20), new DetectorUnderTest(BURSTS).reporter)
                    .make(BURSTS.rules().get(0).excluding(event -> Optional.empty()), Optional.empty(), Track.UNKNOWN);
            assertThat(RuleSwap.canHandOver(excluding.compiled, BURSTS.rules().get(0)))
                    .isFalse();
            excluding.close();
        }
    }

    @Test
    @DisplayName("What is needed begins at the oldest window that is kept, or else at the open one")
    void needed() {
        TumblingTrack track = track(TestRules.BURST);
        assertThat(track.neededFrom()).isEqualTo(Long.MAX_VALUE);
        assertThat(track.openWindow()).isEqualTo(Track.UNKNOWN);
        track.advance(START + 70_000);
        assertThat(track.openWindow()).isEqualTo(START + 60_000);
        assertThat(track.neededFrom()).isEqualTo(START + 60_000);
        track.offer(event(1, "SecretGet", "ann"), 0, false, false);
        assertThat(track.neededFrom()).isEqualTo(START);
        assertThat(track.changesFrom(START + 659_999)).isEqualTo(START);
        assertThat(track.isOverloaded()).isFalse();
        assertThat(Map.of(track.ruleId(), track.cut())).containsExactly(Map.entry("burst", 0L));
        track.close();
    }

    @Nested
    @DisplayName("A rule that asks for the order of events has that of time, whatever the order of arrival")
    class ByTime {
        private final DetectorUnderTest it = new DetectorUnderTest(
                compile(burst("burst", 2, "upn is not null", " and first(action) = 'SecretList'")));

        @Test
        @DisplayName("when the window closes")
        void found() {
            it.get(10, "ann");
            it.list(8, "ann");
            it.tick(65);

            assertThat(it.story()).containsExactly("ON_TIME 0 ann 0-60 2");
        }

        @Test
        @DisplayName("so that what was said early is retracted")
        void retracted() {
            it.list(10, "ann");
            it.get(11, "ann");
            assertThat(it.story()).containsExactly("EARLY 0 ann 0-60 2");

            it.get(8, "ann");
            it.get(12, "ann");
            it.tick(65);

            assertThat(it.story()).containsExactly("RETRACTED 1 ann 0-60 2");
        }

        @Test
        @DisplayName("for late events")
        void late() {
            it.get(10, "ann");
            it.tick(65);
            it.list(8, "ann");
            it.tick(70);

            assertThat(it.story()).containsExactly("REVISED 1 ann 0-60 2");
        }

        @Test
        @DisplayName("for a column that is one event's, which is the latest's")
        void column() {
            DetectorUnderTest latest = new DetectorUnderTest(compile(Rule.builder("latest")
                    .epl("@name('alert') select upn, action as latest from KeyVaultEvent(upn is not null)"
                            + "#time_batch(1 min, 0L) group by upn having count(*) >= 2;")
                    .build()));
            latest.get(10, "ann");
            latest.list(8, "ann");
            latest.tick(65);

            assertThat(latest.told())
                    .extracting(alert -> alert.outputs().get("latest"))
                    .last()
                    .isEqualTo("SecretGet");
        }
    }
}
