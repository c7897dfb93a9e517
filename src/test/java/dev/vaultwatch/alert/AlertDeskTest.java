package dev.vaultwatch.alert;

import static dev.vaultwatch.alert.Judgements.MINUTE;
import static dev.vaultwatch.alert.Judgements.START;
import static dev.vaultwatch.alert.Judgements.changed;
import static dev.vaultwatch.alert.Judgements.judgement;
import static dev.vaultwatch.alert.Judgements.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.rule.Rule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("The desk: stages, revisions, retraction, caps")
class AlertDeskTest {
    private final RuleEdition rule = Judgements.rule(100);
    private final List<Object> told = new ArrayList<>();
    private final Decisions log = new Decisions();
    private final Outbox outbox = new Outbox(new Listeners(
            (alert, receipt) -> {
                told.add(alert);
                receipt.acknowledge();
            },
            told::add));
    private final AlertDesk desk = new AlertDesk(outbox, log, true, true, 100);

    /** What the desk decided, to be taken back by another one. */
    private static final class Decisions implements DecisionLog {
        private final List<Object> all = new ArrayList<>();

        private record Forgotten(String ruleId, long anchor, String id) {}

        private record Taken(Said message) {}

        @Override
        public void said(Said message, boolean isOwed) {
            all.add(isOwed ? message : new Taken(message));
        }

        @Override
        public void withheld(Withheld alert) {
            all.add(alert);
        }

        @Override
        public void decided(dev.vaultwatch.tuning.AlertPolicy.Memo memo) {
            all.add(memo);
        }

        @Override
        public void noticed(CapNotice notice) {
            all.add(notice);
        }

        @Override
        public void forgotten(String ruleId, long anchor, String id) {
            all.add(new Forgotten(ruleId, anchor, id));
        }

        void restore(AlertDesk desk) {
            for (Object each : all) {
                if (each instanceof Said message) {
                    desk.restore(message, true);
                } else if (each instanceof Taken taken) {
                    desk.restore(taken.message, false);
                } else if (each instanceof Withheld alert) {
                    desk.restore(alert);
                } else if (each instanceof CapNotice notice) {
                    desk.restore(notice);
                } else if (each instanceof Forgotten alert) {
                    desk.restoreForgotten(alert.ruleId, alert.anchor, alert.id);
                }
            }
        }
    }

    /** A desk after a restart, which tells the same host. */
    private AlertDesk restarted() {
        AlertDesk next = new AlertDesk(outbox, new Decisions(), true, true, 100);
        log.restore(next);
        return next;
    }

    /** "stage revision user events" of each alert, the kind of each notice; since the last time. */
    private List<String> story() {
        outbox.deliver();
        List<String> story = told.stream()
                .map(each -> each instanceof Alert alert
                        ? alert.stage() + " " + alert.revision() + " "
                                + alert.groupingKey().get("upn") + " "
                                + alert.eventCount().orElse(0L)
                        : ((Notice) each).kind().toString())
                .toList();
        told.clear();
        return story;
    }

    private List<Notice> notices() {
        outbox.deliver();
        return told.stream()
                .filter(Notice.class::isInstance)
                .map(Notice.class::cast)
                .toList();
    }

    private boolean retract(RuleEdition by, String user) {
        return desk.retract(by, key(user), START, "");
    }

    @Nested
    @DisplayName("Stages")
    class Stages {

        @Test
        @DisplayName("An open window is told EARLY, once")
        void early() {
            desk.early(judgement(rule, 0, "ada", 10));
            desk.early(judgement(rule, 0, "ada", 11));

            assertThat(story()).containsExactly("EARLY 0 ada 10");
        }

        @Test
        @DisplayName("Without EARLY, an open window is silent")
        void noEarly() {
            AlertDesk late = new AlertDesk(outbox, log, false, true, 100);

            late.early(judgement(rule, 0, "ada", 10));

            assertThat(story()).isEmpty();
        }

        @Test
        @DisplayName("A close follows EARLY, whatever it shows")
        void onTimeAfterEarly() {
            desk.early(judgement(rule, 0, "ada", 10));
            desk.closed(List.of(judgement(rule, 0, "ada", 10)));

            assertThat(story()).containsExactly("EARLY 0 ada 10", "ON_TIME 0 ada 10");
        }

        @Test
        @DisplayName("A close that is judged again says only what changed")
        void closedAgain() {
            desk.closed(List.of(judgement(rule, 0, "ada", 12)));
            desk.closed(List.of(judgement(rule, 0, "ada", 12)));
            desk.closed(List.of(judgement(rule, 0, "ada", 13)));

            assertThat(story()).containsExactly("ON_TIME 0 ada 12", "REVISED 1 ada 13");
        }

        @Test
        @DisplayName("EARLY does not come after the close")
        void earlyAfterClose() {
            desk.closed(List.of(judgement(rule, 0, "ada", 12)));
            desk.early(judgement(rule, 0, "ada", 13));

            assertThat(story()).containsExactly("ON_TIME 0 ada 12");
        }

        @Test
        @DisplayName("A late alert is REVISED 1")
        void lateAlone() {
            desk.revised(judgement(rule, 0, "ada", 12));

            assertThat(story()).containsExactly("REVISED 1 ada 12");
        }

        @Test
        @DisplayName("A revision that changes nothing is not sent")
        void unchanged() {
            desk.closed(List.of(judgement(rule, 0, "ada", 12)));
            desk.revised(judgement(rule, 0, "ada", 12));
            desk.revised(judgement(rule, 0, "ada", 13));
            desk.revised(judgement(rule, 0, "ada", 13));
            desk.revised(judgement(rule, 0, "ada", 14));

            assertThat(story()).containsExactly("ON_TIME 0 ada 12", "REVISED 1 ada 13", "REVISED 2 ada 14");
        }

        @Test
        @DisplayName("A revision after EARLY is sent even if it shows the same")
        void revisedAfterEarly() {
            desk.early(judgement(rule, 0, "ada", 10));
            desk.revised(judgement(rule, 0, "ada", 10));

            assertThat(story()).containsExactly("EARLY 0 ada 10", "REVISED 1 ada 10");
        }

        @Test
        @DisplayName("What is cut from a list makes no revision")
        void cutLists() {
            AlertDesk two = new AlertDesk(outbox, log, true, true, 2);
            two.closed(List.of(withAddresses("a", "b", "c")));
            two.revised(withAddresses("a", "b", "d"));
            two.revised(withAddresses("a", "b", "c", "d"));

            outbox.deliver();
            assertThat(told)
                    .hasSize(2)
                    .allSatisfy(each -> assertThat(((Alert) each).outputs()).containsEntry("ip", List.of("a", "b")));
            assertThat(((DeskAlert) told.get(1)).truncated()).containsEntry("ip", 4);
        }

        private Judgement withAddresses(String... addresses) {
            return Judgement.ofWindow(
                    rule, key("ada"), START, START + MINUTE, Map.of("upn", "ada", "ip", Arrays.asList(addresses)));
        }

        @Test
        @DisplayName("Totals that become a lower bound make a revision")
        void atLeast() {
            Judgement exact = judgement(rule, 0, "ada", 12);
            desk.closed(List.of(exact));
            desk.revised(new Judgement(
                    rule, exact.key(), START, "", exact.start(), exact.end(), exact.columns(), 0, true, false));

            assertThat(story()).containsExactly("ON_TIME 0 ada 12", "REVISED 1 ada 12");
        }

        @Test
        @DisplayName("Windows that close together come newest first, then by rule and key")
        void order() {
            desk.closed(List.of(
                    judgement(rule, 0, "eve", 1),
                    judgement(rule, 1, "eve", 2),
                    judgement(rule, 0, "ada", 3),
                    judgement(rule, 1, "ada", 4)));

            assertThat(story())
                    .containsExactly("ON_TIME 0 ada 4", "ON_TIME 0 eve 2", "ON_TIME 0 ada 3", "ON_TIME 0 eve 1");
            RuleEdition first = Judgements.edition(Alerts.named(rule.rule(), "a-rule"), "");
            desk.closed(List.of(judgement(rule, 2, "ada", 5), judgement(first, 2, "eve", 6)));
            assertThat(story()).containsExactly("ON_TIME 0 eve 6", "ON_TIME 0 ada 5");
        }
    }

    @Nested
    @DisplayName("Retraction")
    class Retraction {

        @Test
        @DisplayName("An EARLY that the close does not confirm is taken back, as it was said")
        void unconfirmed() {
            desk.early(judgement(rule, 0, "ada", 10));
            desk.early(judgement(rule, 0, "eve", 11));
            desk.closed(List.of(judgement(rule, 0, "eve", 11)));
            for (Said each : desk.said(rule.id(), START)) {
                if (each.stage() == AlertStage.EARLY) {
                    desk.retract(rule, each.key(), each.anchor(), each.discriminator());
                }
            }

            assertThat(story())
                    .containsExactly("EARLY 0 ada 10", "EARLY 0 eve 11", "ON_TIME 0 eve 11", "RETRACTED 1 ada 10");
        }

        @Test
        @DisplayName("What was never said, or is retracted, is not taken back")
        void nothingToRetract() {
            assertThat(retract(rule, "ada")).isFalse();
            desk.closed(List.of(judgement(rule, 0, "ada", 12)));

            assertThat(retract(rule, "ada")).isTrue();
            assertThat(retract(rule, "ada")).isFalse();
            assertThat(story()).containsExactly("ON_TIME 0 ada 12", "RETRACTED 1 ada 12");
        }

        @Test
        @DisplayName("What is found again after a retraction is REVISED, even if it shows the same")
        void foundAgain() {
            desk.closed(List.of(judgement(rule, 0, "ada", 12)));
            retract(rule, "ada");
            desk.revised(judgement(rule, 0, "ada", 12));

            assertThat(story()).containsExactly("ON_TIME 0 ada 12", "RETRACTED 1 ada 12", "REVISED 2 ada 12");
        }

        @Test
        @DisplayName("A window whose EARLY was retracted closes as REVISED")
        void closedAfterRetraction() {
            desk.early(judgement(rule, 0, "ada", 10));
            retract(rule, "ada");
            desk.early(judgement(rule, 0, "ada", 11));
            desk.closed(List.of(judgement(rule, 0, "ada", 12)));

            assertThat(story()).containsExactly("EARLY 0 ada 10", "RETRACTED 1 ada 10", "REVISED 2 ada 12");
        }

        @Test
        @DisplayName("Retractions are counted, where they were made")
        void counted() {
            desk.closed(List.of(judgement(rule, 0, "ada", 12), judgement(rule, 0, "eve", 12)));
            assertThat(desk.retracted(rule.id())).isZero();

            retract(rule, "ada");

            assertThat(desk.retracted(rule.id())).isEqualTo(1);
            assertThat(restarted().retracted(rule.id())).isEqualTo(1);
            AlertDesk other = new AlertDesk(outbox, DecisionLog.NONE, true, true, 100);
            other.takeOver(desk.said(key -> true), false);
            assertThat(other.retracted(rule.id())).isZero();
        }

        @Test
        @DisplayName("Another edition of the rule takes nothing back in a closed window")
        void otherEditionClosed() {
            desk.closed(List.of(judgement(rule, 0, "ada", 12)));

            assertThat(retract(changed(rule), "ada")).isFalse();
            assertThat(story()).containsExactly("ON_TIME 0 ada 12");
        }

        @Test
        @DisplayName("Another edition of the rule takes an EARLY back: its window was open")
        void otherEditionOpen() {
            desk.early(judgement(rule, 0, "ada", 10));

            assertThat(retract(changed(rule), "ada")).isTrue();
            assertThat(story()).containsExactly("EARLY 0 ada 10", "RETRACTED 1 ada 10");
        }
    }

    @Nested
    @DisplayName("Identity")
    class Identity {

        @Test
        @DisplayName("The key's order is no part of the id")
        void keyOrder() {
            Map<String, String> oneWay = new LinkedHashMap<>();
            oneWay.put("upn", "ada");
            oneWay.put("vault", "kv");
            Map<String, String> otherWay = new LinkedHashMap<>();
            otherWay.put("vault", "kv");
            otherWay.put("upn", "ada");

            assertThat(AlertId.of("r", 1, oneWay)).isEqualTo(AlertId.of("r", 1, otherWay));
            assertThat(AlertId.of("r", 1, new TreeMap<>(oneWay))).isEqualTo(AlertId.of("r", 1, oneWay));
        }

        @Test
        @DisplayName("A discriminator tells apart alerts of one key and time")
        void discriminator() {
            Judgement one = event("h1");
            Judgement other = event("h2");

            assertThat(one.id()).isNotEqualTo(other.id());
            assertThat(event("").id()).isEqualTo(AlertId.of(rule.id(), START, key("ada")));
            desk.closed(List.of(one));
            desk.closed(List.of(other));
            assertThat(story()).hasSize(2);
        }

        private Judgement event(String hash) {
            return new Judgement(
                    rule, key("ada"), START, hash, START, START + 1, Map.of("upn", "ada"), 0, false, false);
        }

        @Test
        @DisplayName("A rule's edition is its id and texts")
        void edition() {
            assertThat(Judgements.rule(100).fingerprint()).isEqualTo(rule.fingerprint());
            assertThat(changed(rule).fingerprint()).isNotEqualTo(rule.fingerprint());
        }
    }

    /** Periods of eight minutes from {@link Judgements#START}. With a cap of 2 new keys have 5 places more. */
    @Nested
    @DisplayName("Caps")
    class Caps {
        private final RuleEdition two = Judgements.rule(2);

        /** Users that raised an alert an hour before are not new. */
        private void known(String... users) {
            desk.closed(Arrays.stream(users)
                    .map(user -> Judgement.ofWindow(
                            Judgements.rule(100), key(user), START - 60 * MINUTE, START - 59 * MINUTE, Map.of()))
                    .toList());
            desk.settledBefore(two.id(), START, Set::of);
            story();
        }

        private void close(int minute, String... users) {
            desk.closed(Arrays.stream(users)
                    .map(user -> judgement(two, minute, user, 10 + user.length()))
                    .toList());
        }

        @Test
        @DisplayName("Beyond the cap alerts of known keys are withheld, and that is told once")
        void beyond() {
            known("a", "b", "c", "d");

            close(0, "a", "b", "c", "d");
            close(1, "c");

            assertThat(story()).containsExactly("ON_TIME 0 a 11", "ON_TIME 0 b 11", "ALERT_CAP_REACHED");
            assertThat(desk.withheld(two.id())).isEqualTo(3);
            assertThat(desk.withheld())
                    .extracting(each -> each.key().get("upn"))
                    .containsExactlyInAnyOrder("c", "d", "c");
        }

        @Test
        @DisplayName("A tenth of the cap is kept for keys that raised none in 24 hours, and the cap is never exceeded")
        void reserve() {
            RuleEdition twenty = Judgements.rule(20);
            List<String> known =
                    IntStream.range(0, 25).mapToObj(user -> "known" + user).toList();
            desk.closed(known.stream()
                    .map(user -> new Judgement(
                            Judgements.rule(100),
                            Judgements.key(user),
                            START - 60 * MINUTE,
                            "",
                            START - 60 * MINUTE,
                            START - 59 * MINUTE,
                            Map.of(),
                            0,
                            false,
                            false))
                    .toList());
            story();

            desk.closed(
                    known.stream().map(user -> judgement(twenty, 0, user, 11)).toList());
            assertThat(story()).hasSize(18 + 1).contains("ALERT_CAP_REACHED");
            desk.closed(Stream.of("t1", "t2", "t3")
                    .map(user -> judgement(twenty, 1, user, 12))
                    .toList());

            assertThat(story()).containsExactly("ON_TIME 0 t1 12", "ON_TIME 0 t2 12");
            assertThat(desk.withheld(twenty.id())).isEqualTo(8);
        }

        @Test
        @DisplayName("The reserve is a tenth of the cap, rounded down")
        void reserveSize() {
            assertThat(IntStream.of(1, 9, 10, 100, 1_000_000)
                            .map(cap ->
                                    RuleCaps.reserve(Judgements.rule(cap).rule().cap())))
                    .containsExactly(0, 0, 1, 10, 100_000);
        }

        @Test
        @DisplayName("An alert that is withheld is counted once, however often it is judged")
        void countedOnce() {
            known("a", "b", "c");
            close(0, "a", "b", "c");

            desk.revised(judgement(two, 0, "c", 20));
            desk.revised(judgement(two, 0, "c", 21));

            assertThat(desk.withheld(two.id())).isEqualTo(1);
            assertThat(desk.withheld())
                    .singleElement()
                    .satisfies(each -> assertThat(each.events()).hasValue(21));
        }

        @Test
        @DisplayName("An alert takes one place, whatever its stages")
        void onePlace() {
            known("a", "b", "c");
            desk.early(judgement(two, 0, "a", 10));
            close(0, "a");
            desk.revised(judgement(two, 0, "a", 13));
            close(1, "b");

            assertThat(story()).doesNotContain("ALERT_CAP_REACHED");
            assertThat(desk.alerts(two.id())).isEqualTo(5);
        }

        @Test
        @DisplayName("An alert that has spoken is never withheld")
        void spoken() {
            known("a", "b", "z");
            desk.early(judgement(two, 0, "z", 10));
            close(0, "a", "b", "z");

            assertThat(story())
                    .containsExactly("EARLY 0 z 10", "ON_TIME 0 a 11", "ALERT_CAP_REACHED", "ON_TIME 0 z 11");
        }

        @Test
        @DisplayName("An EARLY beyond the cap is silent, and not counted before the close")
        void earlyBeyond() {
            known("a", "b", "c");
            close(0, "a", "b");
            desk.early(judgement(two, 1, "c", 10));

            assertThat(desk.withheld(two.id())).isZero();
            close(1, "c");
            assertThat(desk.withheld(two.id())).isEqualTo(1);
        }

        @Test
        @DisplayName("A period that is over names what it withheld, those with most events first")
        void named() {
            known("a", "b", "cc", "ddd");
            close(0, "a", "b", "cc", "ddd");
            desk.closedBefore(two, START + 8 * MINUTE - 1);
            assertThat(notices()).hasSize(1);

            desk.closedBefore(two, START + 8 * MINUTE);

            assertThat(notices())
                    .last()
                    .isEqualTo(Notice.of(
                            Notice.Kind.ALERTS_WITHHELD,
                            "Rule excessive-secret-retrieval withheld 2 alerts of the 8 minutes from "
                                    + Instant.ofEpochMilli(START)
                                    + ", beyond its cap of 2: ddd (13 events), cc (12 events).",
                            2));
        }

        @Test
        @DisplayName("Twenty are named, the others counted, and all are listed")
        void manyNamed() {
            String[] users = IntStream.range(0, 30).mapToObj(i -> "u" + i).toArray(String[]::new);
            known(users);
            close(0, users);
            desk.finish(two);

            assertThat(notices()).last().satisfies(notice -> {
                assertThat(notice.count()).isEqualTo(28);
                assertThat(notice.message()).endsWith(" and 8 more.");
                assertThat(notice.message().split(" events\\)", -1)).hasSize(21);
            });
            assertThat(desk.withheld()).hasSize(28);
        }

        @Test
        @DisplayName("What late events withhold after the sum is summed up by itself, once")
        void summedAgain() {
            known("a", "b", "c", "d");
            close(0, "a", "b", "c");
            desk.closedBefore(two, START + 8 * MINUTE);
            desk.closedBefore(two, START + 9 * MINUTE);
            desk.revised(judgement(two, 1, "d", 30));
            desk.closedBefore(two, START + 9 * MINUTE);

            assertThat(notices())
                    .filteredOn(notice -> notice.kind() == Notice.Kind.ALERTS_WITHHELD)
                    .extracting(Notice::count, notice -> notice.message().replaceAll(".*: ", ""))
                    .containsExactly(tuple(1L, "c (11 events)."), tuple(1L, "d (30 events)."));
        }

        @Test
        @DisplayName("The next period begins anew, even in the next minute")
        void nextPeriod() {
            known("a", "b", "c");
            close(7, "a", "b", "c");
            close(8, "a", "b", "c");

            assertThat(story())
                    .containsExactly(
                            "ON_TIME 0 a 11",
                            "ON_TIME 0 b 11",
                            "ALERT_CAP_REACHED",
                            "ON_TIME 0 a 11",
                            "ON_TIME 0 b 11",
                            "ALERT_CAP_REACHED");
        }

        @Test
        @DisplayName("Where caps do not hold, all is raised")
        void uncapped() {
            AlertDesk all = new AlertDesk(outbox, log, true, false, 100);
            all.closed(IntStream.range(0, 150)
                    .mapToObj(i -> judgement(two, 0, "u" + i, 10))
                    .toList());

            assertThat(story()).hasSize(150);
        }

        @Test
        @DisplayName("A longer period after a reload counts what was raised in it")
        void otherPeriod() {
            known("a", "b", "c");
            close(0, "a");
            close(8, "b");
            RuleEdition longer =
                    Judgements.edition(Alerts.capped(two.rule(), new Rule.Cap(2, Duration.ofMinutes(16))), "longer");
            story();

            // START is a multiple of 16 minutes, too.
            desk.closed(List.of(judgement(longer, 9, "c", 11)));

            assertThat(story()).containsExactly("ALERT_CAP_REACHED");
        }
    }

    @Nested
    @DisplayName("Restart")
    class Restart {
        private final RuleEdition two = Judgements.rule(2);

        @Test
        @DisplayName("Nothing is said twice, and revisions go on")
        void said() {
            desk.early(judgement(rule, 0, "ada", 10));
            desk.closed(List.of(judgement(rule, 1, "eve", 12)));
            desk.revised(judgement(rule, 1, "eve", 13));
            story();

            AlertDesk next = restarted();
            next.early(judgement(rule, 0, "ada", 11));
            next.closed(List.of(judgement(rule, 0, "ada", 12)));
            next.revised(judgement(rule, 1, "eve", 13));
            next.revised(judgement(rule, 1, "eve", 14));

            assertThat(story()).containsExactly("ON_TIME 0 ada 12", "REVISED 2 eve 14");
        }

        @Test
        @DisplayName("Cap, counters, names and what was told are as they were")
        void caps() {
            desk.closed(IntStream.range(0, 4)
                    .mapToObj(i -> judgement(two, 0, "u" + i, 10 + i))
                    .toList());
            List<CapState> before = desk.states();
            story();

            AlertDesk next = restarted();

            assertThat(next.states()).isEqualTo(before);
            next.closed(List.of(judgement(two, 1, "u0", 10)));
            assertThat(story()).isEmpty();
            assertThat(next.withheld(two.id())).isEqualTo(3);
            next.closedBefore(two, START + 8 * MINUTE);
            assertThat(notices())
                    .singleElement()
                    .satisfies(notice -> assertThat(notice.message())
                            .endsWith("beyond its cap of 2: u3 (13 events), u2 (12 events), u0 (10 events)."));
        }

        @Test
        @DisplayName("A snapshot of the caps does the same as the decisions")
        void snapshot() {
            desk.closed(IntStream.range(0, 9)
                    .mapToObj(i -> judgement(two, 0, "u" + i, 10 + i))
                    .toList());
            AlertDesk next = new AlertDesk(outbox, log, true, true, 100);
            desk.states().forEach(next::restore);

            assertThat(next.states()).isEqualTo(desk.states());
            assertThat(next.withheld())
                    .isEqualTo(desk.withheld().stream()
                            .sorted(Comparator.comparing(
                                            (Withheld each) -> each.events().getAsLong())
                                    .reversed())
                            .toList());
        }

        @Test
        @DisplayName("The sum that was told is not told again")
        void toldSums() {
            desk.closed(IntStream.range(0, 9)
                    .mapToObj(i -> judgement(two, 0, "u" + i, 10 + i))
                    .toList());
            desk.closedBefore(two, START + 8 * MINUTE);
            story();

            AlertDesk next = restarted();
            next.closed(List.of(judgement(two, 8, "x", 10)));
            next.closedBefore(two, START + 8 * MINUTE);

            assertThat(story()).containsExactly("ON_TIME 0 x 10");
        }
    }

    @Nested
    @DisplayName("Settling and hand-over")
    class Settling {

        @Test
        @DisplayName("What ends before the settled time is forgotten, what ends after it is not")
        void settled() {
            desk.closed(List.of(judgement(rule, 0, "ada", 12), judgement(rule, 1, "ada", 12)));
            Judgement episode = Judgement.ofWindow(rule, key("eve"), START, START + 5 * MINUTE, Map.of("upn", "eve"));
            desk.closed(List.of(episode));

            desk.settledBefore(rule.id(), START + MINUTE, Set::of);

            assertThat(desk.said(key -> true))
                    .extracting(each -> each.key().get("upn"), Said::anchor)
                    .containsExactlyInAnyOrder(tuple("ada", START + MINUTE), tuple("eve", START));
        }

        @Test
        @DisplayName("What was said is found by time")
        void range() {
            desk.closed(List.of(
                    judgement(rule, 0, "ada", 12), judgement(rule, 1, "ada", 12), judgement(rule, 2, "ada", 12)));

            assertThat(desk.said(rule.id(), START, START + 2 * MINUTE))
                    .extracting(Said::anchor)
                    .containsExactly(START, START + MINUTE);
            assertThat(desk.said("unknown", START)).isEmpty();
        }

        @Test
        @DisplayName("A forgotten alert is not delivered, and is said anew if it is found again")
        void forgotten() {
            desk.closed(List.of(judgement(rule, 0, "ada", 12), judgement(rule, 0, "eve", 12)));

            desk.forget(rule.id(), key("ada"), START, "");

            assertThat(story()).containsExactly("ON_TIME 0 eve 12");
            assertThat(restarted().said(rule.id(), START)).extracting(Said::key).containsExactly(key("eve"));
            desk.closed(List.of(judgement(rule, 0, "ada", 13)));
            assertThat(story()).containsExactly("ON_TIME 0 ada 13");
        }

        @Test
        @DisplayName(
                "To forget what was never said changes nothing; what was said, or is owed still, is noted as forgotten")
        void nothingToForget() {
            desk.forget(rule.id(), key("ada"), START, "");
            assertThat(log.all).isEmpty();

            desk.closed(List.of(judgement(rule, 0, "eve", 12)));
            story();
            desk.forget(rule.id(), key("eve"), START, "");
            assertThat(log.all).hasAtLeastOneElementOfType(Decisions.Forgotten.class);

            log.all.clear();
            desk.closed(List.of(judgement(rule, 0, "bob", 12)));
            desk.settledBefore(rule.id(), START + MINUTE, Set::of);
            desk.forget(rule.id(), key("bob"), START, "");
            assertThat(log.all).hasAtLeastOneElementOfType(Decisions.Forgotten.class);
            assertThat(story()).isEmpty();
        }

        @Test
        @DisplayName("Withheld alerts are listed until their period is settled")
        void withheldSettled() {
            RuleEdition one = Judgements.rule(1);
            desk.closed(List.of(judgement(one, 0, "ada", 12), judgement(one, 0, "eve", 12)));
            assertThat(desk.withheld()).hasSize(1);

            desk.settledBefore(one.id(), START + 8 * MINUTE - 1, Set::of);
            assertThat(desk.withheld()).hasSize(1);
            desk.settledBefore(one.id(), START + 16 * MINUTE, Set::of);
            assertThat(desk.withheld()).isEmpty();
            assertThat(desk.withheld(one.id())).isEqualTo(1);
        }

        @Test
        @DisplayName("The rules that the desk knows anything of are those with messages, caps or counts")
        void ruleIds() {
            assertThat(desk.ruleIds()).isEmpty();
            desk.closed(List.of(judgement(rule, 0, "ada", 12)));
            assertThat(desk.ruleIds()).containsExactly(rule.id());
            desk.restore(new CapNotice("capped", START, 0));
            desk.restore(new CapState("counted", 1, 0, 0, Map.of(), Map.of(), List.of(), Map.of(), List.of()));
            assertThat(desk.ruleIds()).containsExactly("capped", "counted", rule.id());
        }

        @Test
        @DisplayName("What another instance owes its host is delivered, counted and logged here")
        void takenOverOwed() {
            desk.closed(List.of(judgement(rule, 0, "ada", 12), judgement(rule, 0, "eve", 12)));
            story();
            Decisions noted = new Decisions();
            AlertDesk other = new AlertDesk(outbox, noted, true, true, 100);
            List<Said> owed = desk.said(key -> key.containsValue("ada"));

            other.takeOver(owed, true);
            other.takeOver(desk.said(key -> key.containsValue("eve")), false);
            other.takeOver(desk.said(key -> true), true);

            assertThat(story()).containsExactly("ON_TIME 0 ada 12");
            assertThat(other.alerts(rule.id())).isEqualTo(1);
            assertThat(noted.all).hasSize(2).startsWith(owed.get(0));
        }

        @Test
        @DisplayName("What another instance said is not said again, and not counted here")
        void takenOver() {
            desk.closed(List.of(judgement(rule, 0, "ada", 12)));
            desk.revised(judgement(rule, 0, "ada", 13));
            story();
            AlertDesk other = new AlertDesk(outbox, DecisionLog.NONE, true, true, 100);

            other.takeOver(desk.said(key -> key.containsValue("ada")), false);
            other.closed(List.of(judgement(rule, 0, "ada", 13)));
            other.revised(judgement(rule, 0, "ada", 14));

            assertThat(story()).containsExactly("REVISED 2 ada 14");
            assertThat(other.alerts(rule.id())).isZero();
        }

        @Test
        @DisplayName("What is owed is given to the outbox again, in order")
        void owed() {
            List<Said> owed = new ArrayList<>();
            Outbox dead = new Outbox(new Listeners((alert, receipt) -> {}, notice -> {}));
            AlertDesk before = new AlertDesk(dead, DecisionLog.NONE, true, true, 100);
            before.early(judgement(rule, 0, "ada", 10));
            before.closed(List.of(judgement(rule, 0, "ada", 12)));
            dead.deliver();
            owed.addAll(before.unacknowledged());

            desk.deliverAgain(owed);

            assertThat(story()).containsExactly("EARLY 0 ada 10", "ON_TIME 0 ada 12");
        }
    }
}
