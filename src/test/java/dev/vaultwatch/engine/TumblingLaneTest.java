package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.AT_02_41;
import static dev.vaultwatch.engine.Events.AT_02_42;
import static dev.vaultwatch.engine.Events.MALLORY;
import static dev.vaultwatch.engine.Events.MINUTE;
import static dev.vaultwatch.engine.Events.TRENT;
import static dev.vaultwatch.engine.Events.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.gate.EplGate;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A lane of a rule of windows, or of single events")
class TumblingLaneTest {
    /** Its rows are read off the early statement when the window ends. */
    private static final CompiledRule READ_OFF = counting("count(*) as n");

    /** Its rows come from the batch window. */
    private static final CompiledRule BATCHED = counting("count(*) as n, min(time) as first_seen");

    /** Two ways in which a window's rows are had. */
    enum Form {
        READ_OFF,
        BATCHED;

        CompiledRule rule() {
            return this == READ_OFF ? TumblingLaneTest.READ_OFF : TumblingLaneTest.BATCHED;
        }
    }

    private static CompiledRule counting(String columns) {
        return Rules.compile(Rules.of(
                        "counting",
                        "@name('alert') select upn, " + columns
                                + " from KeyVaultEvent(upn is not null)#time_batch(1 min, 0L)"
                                + " group by upn having count(*) >= 2;"))
                .rules()
                .get(0);
    }

    private static final CompiledRule SINGLE = Rules.compile(
                    Rules.of("single", "@name('alert') select upn, action from KeyVaultEvent(action = 'SecretPurge');")
                            .toBuilder()
                            .window(new Window.Single())
                            .build())
            .rules()
            .get(0);

    private static List<KeyVaultEvent> reads(int count, String upn) {
        return IntStream.range(0, count)
                .mapToObj(i -> read(AT_02_41 + i, "SecretGet", upn))
                .toList();
    }

    private static List<String> told(List<Finding> findings) {
        return findings.stream()
                .map(finding -> (finding.early() ? "early " : "close ") + (finding.time() - AT_02_41) + " "
                        + finding.key() + " " + finding.columns().get("n"))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("finds early and at the close, with the window's start, and nothing of the window before")
    void windows(Form form) {
        long before = System.nanoTime();
        try (Lane lane = form.rule().newLane()) {
            reads(3, MALLORY).forEach(event -> lane.send(AT_02_41, event));
            lane.closeWindow();
            lane.closeWindow();
            assertThat(told(lane.takeFindings()))
                    .containsExactly("early 0 " + MALLORY + " 2", "close 0 " + MALLORY + " 3");

            reads(2, TRENT).forEach(event -> lane.send(AT_02_42, event));
            lane.closeWindow();
            assertThat(told(lane.takeFindings()))
                    .containsExactly("early 60000 " + TRENT + " 2", "close 60000 " + TRENT + " 2");
            assertThat(lane.hasOutput()).isFalse();
            assertThat(lane.nanos()).isPositive().isLessThanOrEqualTo(System.nanoTime() - before);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("judges windows that are long closed, in any order, each by its events alone and at its own time")
    void judges(Form form) {
        try (Lane lane = form.rule().newLane()) {
            assertThat(told(lane.judge(AT_02_42, reads(4, MALLORY)))).containsExactly("close 60000 " + MALLORY + " 4");
            assertThat(lane.judge(AT_02_41, reads(1, MALLORY))).isEmpty();
            assertThat(told(lane.judge(AT_02_41, reads(2, TRENT)))).containsExactly("close 0 " + TRENT + " 2");
            assertThat(lane.judge(0, List.of())).isEmpty();
            assertThat(lane.hasOpenWindow()).isFalse();
            assertThat(lane.hasOutput()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "@name('alert') select upn, (select count(*) from KeyVaultEvent#time(1 hour)) as n from KeyVaultEvent",
                "@name('alert') select upn, (select count(*) from KeyVaultEvent#length(9)) as n from KeyVaultEvent",
                "insert into Counted select upn, count(*) as c from KeyVaultEvent#time(1 hour) group by upn;"
                        + "@name('alert') select upn, max(c) as n from Counted"
            })
    @DisplayName("judges each window as if there had been none before, whatever else than its window a rule remembers")
    void judgesAlone(String epl) {
        CompiledRule rule = Rules.compile(Rules.of("remembers", epl + "#time_batch(1 min, 0L) group by upn;"))
                .rules()
                .get(0);
        try (Lane lane = rule.newLane()) {
            assertThat(told(lane.judge(AT_02_42, reads(3, MALLORY)))).containsExactly("close 60000 " + MALLORY + " 3");
            assertThat(told(lane.judge(AT_02_41, reads(2, MALLORY)))).containsExactly("close 0 " + MALLORY + " 2");
            assertThat(told(lane.judge(AT_02_41, reads(4, MALLORY)))).containsExactly("close 0 " + MALLORY + " 4");
        }
    }

    @Test
    @DisplayName("lets what a rule remembers go by the time of the events within a window")
    void timeWithin() {
        CompiledRule rule = Rules.compile(
                        Rules.of(
                                "remembers",
                                "insert into Recent select upn from KeyVaultEvent(action = 'SecretGet') where exists (select * from"
                                        + " KeyVaultEvent(action = 'SecretList')#time(10 sec));"
                                        + "@name('alert') select upn, count(*) as n from Recent#time_batch(1 min, 0L) group by upn;"))
                .rules()
                .get(0);
        List<KeyVaultEvent> events = new ArrayList<>(List.of(read(AT_02_42 + 20_000, "SecretList", TRENT)));
        for (int second : new int[] {10, 25, 29, 30, 50}) {
            events.add(read(AT_02_42 + second * 1_000L, "SecretGet", MALLORY));
        }
        try (Lane lane = rule.newLane()) {
            events.stream()
                    .sorted(Comparator.comparingLong(KeyVaultEvent::time))
                    .forEach(event -> lane.send(AT_02_42, event));
            lane.closeWindow();
            assertThat(told(lane.takeFindings())).containsExactly("close 60000 " + MALLORY + " 2");
        }
        try (Lane late = rule.newLane()) {
            assertThat(told(late.judge(AT_02_42, events))).containsExactly("close 60000 " + MALLORY + " 2");
        }
    }

    @Test
    @DisplayName("lets what a rule remembers go by the time between its windows")
    void timeBetween() {
        CompiledRule rule = Rules.compile(Rules.of(
                        "remembers",
                        "@name('alert') select upn, (select count(*) from KeyVaultEvent#time(5 min)) as n from KeyVaultEvent"
                                + "#time_batch(1 min, 0L) group by upn;"))
                .rules()
                .get(0);
        try (Lane lane = rule.newLane()) {
            for (long start : new long[] {AT_02_41, AT_02_42, AT_02_42 + 10 * MINUTE}) {
                reads(2, MALLORY).forEach(event -> lane.send(start, event));
                lane.closeWindow();
            }
            assertThat(told(lane.takeFindings()).stream().filter(told -> told.startsWith("close")))
                    .containsExactly(
                            "close 0 " + MALLORY + " 2",
                            "close 60000 " + MALLORY + " 4",
                            "close 660000 " + MALLORY + " 2");
        }
    }

    @Test
    @DisplayName("keeps so many findings until they are taken, and says once that it left out more")
    void findings() {
        try (Lane lane = SINGLE.newLane()) {
            KeyVaultEvent event = read(AT_02_41, "SecretPurge", MALLORY);
            for (int i = 0; i < LaneOutput.MAX_FINDINGS; i++) {
                lane.send(event);
            }
            assertThat(lane.takeFailures()).isEmpty();
            lane.send(event);
            lane.send(event);

            assertThat(lane.takeFailures())
                    .containsExactly(new RuleFailure(
                            "single",
                            RuleFailure.Kind.LIMITED,
                            "It found more than 200000 things at once; further ones are left out."));
            assertThat(lane.isIncomplete()).isTrue();
            assertThat(lane.takeFindings()).hasSize(LaneOutput.MAX_FINDINGS);
            lane.send(event);
            assertThat(lane.takeFindings()).hasSize(1);
        }
    }

    @Test
    @DisplayName("whose filter throws keeps to itself what the event says, and takes the next one")
    void filter() {
        CompiledRule rule = Rules.compile(Rules.of(
                        "dividing",
                        "@name('alert') select upn, count(*) as n from KeyVaultEvent(httpStatus % (httpStatus - 200) = 0)"
                                + "#time_batch(1 min, 0L) group by upn;"))
                .rules()
                .get(0);
        try (Lane lane = rule.newLane()) {
            for (int status : new int[] {200, 201}) {
                lane.send(
                        AT_02_41,
                        KeyVaultEvent.builder(AT_02_41, "SecretGet")
                                .with(Property.UPN, MALLORY)
                                .with(Property.HTTP_STATUS, status)
                                .build());
            }

            assertThat(lane.takeFailures())
                    .containsExactly(new RuleFailure(
                            "dividing",
                            RuleFailure.Kind.THREW,
                            "The rule threw com.espertech.esper.common.client.EPException."));
            assertThat(lane.isDamaged()).isTrue();
            assertThat(lane.isBroken()).isFalse();
            assertThat(lane.takeFindings()).hasSize(1);
        }
    }

    @Test
    @DisplayName("takes so many events of a window, says once that it left out more, and takes as many of the next")
    void limit() {
        try (Lane lane = READ_OFF.newLane()) {
            lane.limitTo(3);
            reads(3, MALLORY).forEach(event -> lane.send(AT_02_41, event));
            assertThat(lane.isIncomplete()).isFalse();
            reads(2, MALLORY).forEach(event -> lane.send(AT_02_41, event));
            assertThat(lane.isIncomplete()).isTrue();
            lane.closeWindow();
            assertThat(told(lane.takeFindings()))
                    .containsExactly("early 0 " + MALLORY + " 2", "close 0 " + MALLORY + " 3");
            assertThat(lane.takeFailures())
                    .containsExactly(new RuleFailure(
                            "counting",
                            RuleFailure.Kind.LIMITED,
                            "It was given more than 3 events of one window; further ones are left out."));
            assertThat(lane.incompleteSince()).isEmpty();

            reads(3, MALLORY).forEach(event -> lane.send(AT_02_42, event));
            assertThat(lane.isIncomplete()).isFalse();
            reads(1, MALLORY).forEach(event -> lane.send(AT_02_42, event));
            assertThat(lane.takeFailures()).hasSize(1);
            lane.closeWindow();

            lane.takeFindings();
            assertThat(told(lane.judge(AT_02_41, reads(4, TRENT)))).containsExactly("close 0 " + TRENT + " 3");
            assertThat(lane.isIncomplete()).isTrue();
            assertThat(told(lane.judge(AT_02_41, reads(3, TRENT)))).containsExactly("close 0 " + TRENT + " 3");
            assertThat(lane.isIncomplete()).isFalse();
        }
    }

    @Test
    @DisplayName("refuses a window that is none of its length, or lies before its clock, and says which")
    void wrongWindow() {
        try (Lane lane = READ_OFF.newLane()) {
            KeyVaultEvent event = read(AT_02_41, "SecretGet", MALLORY);

            assertThatThrownBy(() -> lane.send(AT_02_41 + 1, event)).hasMessageContaining("no multiple of");
            assertThatThrownBy(() -> lane.send(-MINUTE, event)).hasMessageContaining("before the lane's clock");
            assertThat(lane.hasOpenWindow()).isFalse();
            lane.send(0, event);
            assertThat(lane.hasOpenWindow()).isTrue();
            assertThatThrownBy(() -> lane.send(MINUTE, event)).hasMessageContaining("Window 0 is open");
        }
    }

    @Test
    @DisplayName("that is closed takes calls and does nothing")
    void closed() {
        Lane lane = BATCHED.newLane();
        reads(1, MALLORY).forEach(event -> lane.send(AT_02_41, event));
        lane.close();

        reads(1, MALLORY).forEach(event -> lane.send(AT_02_41, event));
        lane.send(AT_02_42, read(AT_02_42, "SecretGet", MALLORY));
        lane.closeWindow();
        lane.close();

        assertThat(lane.judge(AT_02_41, reads(2, MALLORY))).isEmpty();
        assertThat(lane.hasOutput()).isFalse();
        assertThat(lane.isDamaged()).isFalse();
    }

    @Test
    @DisplayName("that was closed leaves nothing behind in the engine that the next one is given")
    void next() {
        CompiledRule rule = BATCHED;
        for (int i = 0; i < 3; i++) {
            try (Lane lane = rule.newLane()) {
                reads(2, MALLORY).forEach(event -> lane.send(AT_02_41, event));
                assertThat(told(lane.takeFindings())).containsExactly("early 0 " + MALLORY + " 2");
            }
        }
    }

    @Test
    @DisplayName("of single events takes them in any order and without end, each finding at its event's time")
    void single() {
        try (Lane lane = SINGLE.newLane()) {
            lane.limitTo(1);
            lane.send(read(AT_02_42, "SecretPurge", MALLORY));
            lane.send(read(AT_02_42, "SecretGet", MALLORY));
            lane.send(read(AT_02_41, "SecretPurge", TRENT));

            assertThat(lane.takeFailures()).isEmpty();
            assertThat(lane.takeFindings())
                    .extracting(Finding::time, Finding::key, Finding::early)
                    .containsExactly(tuple(AT_02_42, MALLORY, false), tuple(AT_02_41, TRENT, false));
        }
    }

    @Test
    @DisplayName(
            "finds nothing of a group that has no events any more, and shows no column that the rule does not have")
    void emptied() {
        CompiledRule rule = Rules.compile(
                        Rules.of(
                                "summing",
                                "@name('alert') select upn, sum(httpStatus) as n from KeyVaultEvent#time_batch(1 min, 0L) group by upn;"))
                .rules()
                .get(0);
        try (Lane lane = rule.newLane()) {
            assertThat(lane.columns().keySet()).containsExactly("upn", "n");
            reads(1, MALLORY).forEach(event -> lane.send(AT_02_41, event));
            lane.closeWindow();
            assertThat(told(lane.takeFindings()).get(1)).isEqualTo("close 0 " + MALLORY + " null");
            reads(1, TRENT).forEach(event -> lane.send(AT_02_42, event));
            lane.closeWindow();

            assertThat(lane.takeFindings())
                    .filteredOn(finding -> !finding.early())
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.columns()).containsOnlyKeys("upn"));
        }
    }

    @Test
    @DisplayName("shows an event's columns and those beside it where a rule selects both")
    void star() {
        Rule rule = Rules.of("star", "@name('alert') select *, 'x' || action as marked from KeyVaultEvent;").toBuilder()
                .window(new Window.Single())
                .build();
        RuleCompiler compiler = new RuleCompiler(new EplGate.Permissions(false, true), Optional.empty(), each -> {});
        try (Lane lane = compiler.compile(List.of(rule)).rules().get(0).newLane()) {
            lane.send(read(AT_02_41, "SecretGet", MALLORY));

            assertThat(lane.takeFindings())
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.columns())
                            .containsEntry("marked", "xSecretGet")
                            .containsEntry("action", "SecretGet")
                            .containsEntry("upn", MALLORY));
        }
    }

    @Test
    @DisplayName("knows its rule and the columns that the alert statement puts out, in order")
    void columns() {
        for (CompiledRule compiled : List.of(BATCHED, READ_OFF, SINGLE)) {
            Rule rule = compiled.rule();
            try (Lane lane = compiled.newLane()) {
                assertThat(lane.rule()).isSameAs(rule);
                assertThat(List.copyOf(lane.columns().keySet()))
                        .isEqualTo(
                                compiled == BATCHED
                                        ? List.of("upn", "n", "first_seen")
                                        : compiled == SINGLE ? List.of("upn", "action") : List.of("upn", "n"));
            }
        }
    }
}
