package dev.vaultwatch.detect;

import static dev.vaultwatch.detect.DetectorUnderTest.AMPLE;
import static dev.vaultwatch.detect.DetectorUnderTest.ONE;
import static dev.vaultwatch.detect.DetectorUnderTest.OTHER;
import static dev.vaultwatch.detect.DetectorUnderTest.START;
import static dev.vaultwatch.detect.DetectorUnderTest.event;
import static dev.vaultwatch.detect.DetectorUnderTest.settings;
import static dev.vaultwatch.detect.TestRules.BURSTS;
import static dev.vaultwatch.detect.TestRules.compile;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.store.Bounds;
import dev.vaultwatch.store.Budget;
import dev.vaultwatch.store.Group;
import dev.vaultwatch.store.Groups;
import dev.vaultwatch.time.SourceClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What reaches the desk of what rules find, and what an operator is told. */
class DeskReporterTest {
    private final DetectorUnderTest it = new DetectorUnderTest(BURSTS);

    @Test
    @DisplayName("What was said of a window that then failed to close confirms nothing of the next")
    void inPart() {
        long next = START + 60_000;
        it.reporter.onTime(found(next));
        it.reporter.closedInPart(List.of(found(START)));
        assertThat(it.story()).hasSize(2);

        it.reporter.closed(TestRules.BURST, next, List.of(), judged(next), List.of());

        assertThat(it.story()).containsExactly("RETRACTED 1 ann 60-120 3");
    }

    /** The one group of a window, of three events. */
    private Iterable<Group> judged(long window) {
        Tracks tracks = new Tracks(settings(AMPLE, false), new Budget(1 << 20), it.reporter);
        Groups groups = ((TumblingTrack) tracks.make(BURSTS.rules().get(0), Optional.empty(), Track.UNKNOWN)).groups();
        for (int i = 0; i < 3; i++) {
            groups.add(window, "ann", event(60, "SecretGet", "ann"), 0, false, false);
        }
        return groups.all(window);
    }

    private static Reporter.Found found(long anchor) {
        Finding finding = new Finding(TestRules.BURST, false, anchor, "ann", Map.of("upn", "ann", "reads", 3L));
        return new Reporter.Found(finding, anchor, "", anchor + 60_000, 0, false, false);
    }

    @Nested
    @DisplayName("An early alert that the close does not confirm is taken back")
    class Unconfirmed {
        @Test
        @DisplayName("and none of another key")
        void oneOfTwo() {
            it.feed(event(1, "SecretGet", "ann", ONE));
            it.feed(event(2, "SecretGet", "ann"));
            it.feed(event(3, "SecretGet", "ann"));
            it.gets(4, "bob", 3);
            it.feed(event(5, "SecretGet", "ann", OTHER));
            it.story();
            it.tick(65);

            assertThat(it.story())
                    .containsExactlyInAnyOrder(
                            "RETRACTED 1 ann 0-60 3",
                            "ON_TIME 0 ann 0-60 3",
                            "ON_TIME 0 ann 0-60 3",
                            "ON_TIME 0 bob 0-60 3");
        }

        @Test
        @DisplayName("by all of a key that has several parts")
        void severalParts() {
            Rule few = Rule.builder("few")
                    .key(GroupingKey.of(Property.UPN, Property.VAULT))
                    .eventCount(Optional.of("reads"))
                    .epl("@name('alert') select upn, vault, count(*) as reads from KeyVaultEvent(action = 'SecretGet',"
                            + " upn is not null, vault is not null)#time_batch(1 min, 0L) group by upn, vault having"
                            + " count(*) >= 3 and count(*) <= 4;")
                    .build();
            DetectorUnderTest two = new DetectorUnderTest(compile(few));
            for (int i = 0; i < 8; i++) {
                two.feed(KeyVaultEvent.builder(START + i, "SecretGet")
                        .with(Property.UPN, "ann")
                        .with(Property.VAULT, i < 5 ? "kv-1" : "kv-2")
                        .build());
            }
            two.story();
            two.tick(65);

            assertThat(two.story())
                    .containsExactlyInAnyOrder("RETRACTED 1 ann/kv-1 0-60 3", "ON_TIME 0 ann/kv-2 0-60 3");
        }
    }

    @Test
    @DisplayName("Windows that close together are told one after the other, crowds included")
    void order() {
        DetectorUnderTest crowd =
                new DetectorUnderTest(BURSTS, settings(new Bounds(8, 10_000, 1_000, 10_000, 64 << 20), false));
        crowd.gets(1, "ann", 3);
        for (String user : List.of("a", "b", "c", "d")) {
            crowd.gets(61, user, 3);
        }
        crowd.story();
        crowd.tick(200);

        assertThat(crowd.story())
                .startsWith("EARLY 0 b 60-120 3", "ON_TIME 0 ann 0-60 3")
                .hasSize(6);
    }

    @Nested
    @DisplayName("A rule that raised more alerts than its cap")
    class Capped {
        private DetectorUnderTest capped(Rule rule) {
            DetectorUnderTest capped = new DetectorUnderTest(compile(
                    rule.toBuilder().cap(new Rule.Cap(1, Duration.ofMinutes(1))).build()));
            return capped;
        }

        @Test
        @DisplayName("says how many it withheld when the period is over, of windows")
        void windows() {
            DetectorUnderTest bursts = capped(TestRules.BURST);
            bursts.gets(1, "ann", 3);
            bursts.gets(2, "bob", 3);
            bursts.tick(64.9);
            assertThat(bursts.notices()).containsExactly(Notice.Kind.ALERT_CAP_REACHED);
            bursts.tick(66);

            assertThat(bursts.notices()).containsExactly(Notice.Kind.ALERTS_WITHHELD);
        }

        @Test
        @DisplayName("says how many it withheld when the period is over, of single events")
        void events() {
            DetectorUnderTest purges = capped(TestRules.PURGE);
            purges.feed(event(1, "SecretPurge", "ann"));
            purges.feed(event(2, "SecretPurge", "bob"));
            purges.feed(event(3, "SecretPurge", "eve"));
            purges.tick(64);
            assertThat(purges.notices()).containsExactly(Notice.Kind.ALERT_CAP_REACHED);
            purges.tick(66);
            purges.outbox.deliver();

            assertThat(purges.notices).singleElement().satisfies(notice -> {
                assertThat(notice.kind()).isEqualTo(Notice.Kind.ALERTS_WITHHELD);
                assertThat(notice.count()).isEqualTo(2);
            });
        }

        @Test
        @DisplayName("says so at its end where no run goes on from there, and else not")
        void closed() {
            for (boolean goesOn : new boolean[] {true, false}) {
                DetectorUnderTest purges = capped(TestRules.PURGE);
                purges.feed(event(1, "SecretPurge", "ann"));
                purges.feed(event(2, "SecretPurge", "bob"));
                purges.notices();
                purges.detector.close(goesOn);

                assertThat(purges.notices()).hasSize(goesOn ? 0 : 1);
            }
        }
    }

    @Nested
    @DisplayName("What is counted and not kept")
    class Cut {
        @Test
        @DisplayName("is told once a window and rule, with its number, and again when it is twice as much")
        void once() {
            it.reporter.cut("burst", START, 0, 0);
            assertThat(it.notices).isEmpty();
            it.reporter.cut("burst", START, 7, 0);
            it.reporter.cut("burst", START, 13, 0);
            it.reporter.cut("other", START, 0, 3);
            it.reporter.cut("burst", START + 1, 2, 1);
            it.reporter.cut("burst", START, 14, 1);
            it.reporter.cut("burst", START, 27, 1);

            assertThat(it.notices)
                    .extracting(notice -> notice.kind() + " " + notice.count())
                    .containsExactly(
                            "EVIDENCE_CUT 7",
                            "RULE_LIMITED 3",
                            "EVIDENCE_CUT 2",
                            "RULE_LIMITED 1",
                            "EVIDENCE_CUT 14",
                            "RULE_LIMITED 1");
        }
    }

    @Test
    @DisplayName("The hits of each exception are counted, and that there were some is told once")
    void excepted() {
        assertThat(it.reporter.takeExcepted()).isFalse();
        it.reporter.excepted("EX-1");
        it.reporter.excepted("EX-1");
        it.reporter.excepted("EX-2");

        assertThat(it.reporter.excepted()).isEqualTo(Map.of("EX-1", 2L, "EX-2", 1L));
        assertThat(it.reporter.takeExcepted()).isTrue();
        assertThat(it.reporter.takeExcepted()).isFalse();
    }

    @Test
    @DisplayName("What an earlier run took back with a source is not taken back again")
    void silently() {
        SourceClock other = it.detector.time().open("other", 0);
        for (int i = 0; i < 3; i++) {
            it.feed(other, event(1 + i, "SecretGet", "bob"));
        }
        it.detector.finish();
        assertThat(it.said()).hasSize(1);
        it.reporter.silently(() -> it.detector.forget(other));

        assertThat(it.said()).hasSize(1);
        assertThat(it.detector.bytes()).isZero();
        it.feed(other, event(101, "SecretGet", "eve"));
        it.feed(other, event(102, "SecretGet", "eve"));
        it.feed(other, event(103, "SecretGet", "eve"));
        it.detector.forget(other);
        assertThat(it.said()).extracting(each -> each.key().get("upn")).containsExactly("bob");
    }

    @Test
    @DisplayName("What was said of single events is known for as long as they may come again")
    void known() {
        DetectorUnderTest purges = new DetectorUnderTest(TestRules.PURGES, settings(AMPLE, false));
        purges.feed(event(1, "SecretPurge", "ann"));
        purges.tick(606);
        assertThat(purges.said()).hasSize(1);
        purges.tick(607.1);
        assertThat(purges.said()).isEmpty();
    }
}
