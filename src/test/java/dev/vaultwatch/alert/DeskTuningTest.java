package dev.vaultwatch.alert;

import static dev.vaultwatch.alert.Judgements.MINUTE;
import static dev.vaultwatch.alert.Judgements.START;
import static dev.vaultwatch.alert.Judgements.judgement;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.tuning.AlertPolicy;
import dev.vaultwatch.tuning.Tuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a site's tuning makes of what the desk says, and what is remembered of it. */
@DisplayName("The desk under a site's tuning")
class DeskTuningTest {
    private static final String SUPPRESS = "'suppress': {'by': ['upn'], 'for': 'PT10M'}";

    private final RuleEdition rule = Judgements.rule(100);
    private final List<Alert> alerts = new ArrayList<>();
    private final List<Notice> notices = new ArrayList<>();
    private final List<AlertPolicy.Memo> memos = new ArrayList<>();
    private final Outbox outbox = new Outbox(new Listeners(
            (alert, receipt) -> {
                alerts.add(alert);
                receipt.acknowledge();
            },
            notices::add));
    private AlertDesk desk = new AlertDesk(outbox, log(), true, true, 100);

    @TempDir
    private Path folder = Path.of("");

    private DecisionLog log() {
        return new DecisionLog() {
            @Override
            public void said(Said message, boolean isOwed) {}

            @Override
            public void withheld(Withheld alert) {}

            @Override
            public void noticed(CapNotice notice) {}

            @Override
            public void decided(AlertPolicy.Memo memo) {
                memos.add(memo);
            }

            @Override
            public void forgotten(String ruleId, long anchor, String id) {}
        };
    }

    @BeforeEach
    void tune() throws IOException {
        desk.policy(policy(SUPPRESS), Long.MIN_VALUE);
    }

    /** With ' for ". */
    private AlertPolicy policy(String ofTheRule) throws IOException {
        Path file = folder.resolve("tuning.json");
        Files.writeString(file, ("{'rules': {'" + rule.id() + "': {" + ofTheRule + "}}}").replace('\'', '"'));
        Tuning tuning = Tuning.read(file);
        return tuning.alertPolicy(List.of(tuning.apply(rule.rule())));
    }

    private void close(int minute, String user) {
        desk.closed(List.of(judgement(rule, minute, user, 12)));
        outbox.deliver();
    }

    /** "user minute" of each alert. */
    private List<String> said() {
        return alerts.stream()
                .map(alert -> alert.groupingKey().get("upn") + " "
                        + (alert.windowStart().toEpochMilli() - START) / MINUTE)
                .toList();
    }

    @Test
    @DisplayName("An alert is delivered with the severity that the site gives it; the rule's edition is the same")
    void severity() throws IOException {
        desk.policy(policy("'severity': [{'where': {'upn': 'eve'}, 'is': 'critical'}]"), Long.MIN_VALUE);

        close(0, "eve");
        close(0, "ada");

        assertThat(alerts)
                .extracting(Alert::severity)
                .containsExactly("critical", rule.rule().severity());
        assertThat(desk.said(key -> key.containsValue("eve")))
                .extracting(each -> each.rule().fingerprint())
                .containsExactly(rule.fingerprint());
        assertThat(rule.withSeverity("high")).hasToString(rule.rule().toString());
    }

    @Test
    @DisplayName("One like an alert is kept back for the period, and the next after it tells how many were")
    void suppressed() {
        close(0, "ada");
        close(1, "ada");
        close(1, "eve");
        close(9, "ada");
        close(10, "ada");

        assertThat(said()).containsExactly("ada 0", "eve 1", "ada 10");
        assertThat(alerts.get(0).outputs()).doesNotContainKey(AlertPolicy.SUPPRESSED_BEFORE);
        assertThat(alerts.get(2).outputs())
                .containsEntry(AlertPolicy.SUPPRESSED_BEFORE, 2L)
                .containsEntry("upn", "ada");
        assertThat(desk.alerts(rule.id())).isEqualTo(3);
        assertThat(desk.policy().keptBack(AlertPolicy.Outcome.SUPPRESSED)).containsEntry(rule.id(), 2L);
    }

    @Test
    @DisplayName("What is kept back stays so at every stage, and a late one is kept back too")
    void stages() {
        close(0, "ada");
        desk.early(judgement(rule, 1, "ada", 10));
        desk.revised(judgement(rule, 1, "ada", 12));
        desk.revised(judgement(rule, 2, "ada", 12));
        outbox.deliver();

        assertThat(said()).containsExactly("ada 0");
        assertThat(desk.withheld()).isEmpty();
    }

    @Test
    @DisplayName("What no later alert told of is told when its key is forgotten, or at the end")
    void untold() {
        close(0, "ada");
        close(1, "ada");
        close(0, "eve");
        close(2, "eve");
        close(3, "eve");
        desk.settledBefore(rule.id(), START + 19 * MINUTE, Set::of);
        outbox.deliver();
        assertThat(notices).isEmpty();

        desk.finish(rule);
        outbox.deliver();

        assertThat(notices)
                .extracting(Notice::message)
                .containsExactlyInAnyOrder(
                        "Rule " + rule.id()
                                + " kept back 1 alerts like the last one of ada, and no later one told of it.",
                        "Rule " + rule.id()
                                + " kept back 2 alerts like the last one of eve, and no later one told of it.");
        notices.clear();
        desk.settledBefore(rule.id(), START + 20 * MINUTE, Set::of);
        outbox.deliver();
        assertThat(notices).extracting(Notice::count).containsExactlyInAnyOrder(1L, 2L);
    }

    @Test
    @DisplayName("Of a rule whose alerts are all kept back nothing is remembered for longer than it can change")
    void forgotten() throws IOException {
        desk.policy(
                policy(
                        "'except': [{'id': 'EX-1', 'on': 'alerts', 'where': {'upn': 'ada'}, 'why': 'a test', 'by': 'eve',"
                                + " 'until': '2999-12-31'}]"),
                Long.MIN_VALUE);
        close(0, "ada");
        assertThat(desk.policy().memos()).hasSize(1);

        desk.ruleIds().forEach(id -> desk.settledBefore(id, START + 60 * MINUTE, Set::of));

        assertThat(desk.policy().memos()).isEmpty();
    }

    @Test
    @DisplayName("An alert that a cap withholds begins no period of a suppression: the next one like it goes out")
    void withheldByACap() throws IOException {
        RuleEdition capped = RuleEdition.of(
                rule.rule().toBuilder()
                        .cap(new Rule.Cap(1, Duration.ofMinutes(1)))
                        .build(),
                rule.json());
        desk.closed(List.of(judgement(capped, 0, "eve", 12)));
        desk.closed(List.of(judgement(capped, 0, "ada", 12)));
        desk.closed(List.of(judgement(capped, 2, "ada", 12)));
        desk.closed(List.of(judgement(capped, 3, "ada", 12)));
        outbox.deliver();

        assertThat(said()).containsExactly("eve 0", "ada 2");
        assertThat(desk.withheld()).hasSize(1);

        desk = new AlertDesk(outbox, DecisionLog.NONE, true, true, 100);
        desk.policy(policy(SUPPRESS), Long.MIN_VALUE);
        memos.subList(0, 3).forEach(desk::restore);
        desk.closed(List.of(judgement(capped, 2, "ada", 12)));
        outbox.deliver();

        assertThat(said()).containsExactly("eve 0", "ada 2", "ada 2");
    }

    @Test
    @DisplayName("A policy that takes over goes on with the periods that run")
    void takenOver() throws IOException {
        close(0, "ada");
        AlertPolicy next = policy(SUPPRESS);
        desk.policy(next, START);

        close(1, "ada");

        assertThat(desk.policy()).isSameAs(next);
        assertThat(said()).containsExactly("ada 0");
    }

    @Test
    @DisplayName("After a restart what was decided is remembered")
    void restarted() throws IOException {
        close(0, "ada");
        close(1, "ada");
        desk = new AlertDesk(outbox, DecisionLog.NONE, true, true, 100);
        desk.policy(policy(SUPPRESS), Long.MIN_VALUE);
        memos.forEach(desk::restore);

        close(2, "ada");
        close(10, "ada");

        assertThat(said()).containsExactly("ada 0", "ada 10");
        assertThat(alerts.get(1).outputs()).containsEntry(AlertPolicy.SUPPRESSED_BEFORE, 2L);
    }

    @Test
    @DisplayName(
            "An alert that is taken back ends its period: the next one like it goes out, and tells what was kept back")
    void takenBack() throws IOException {
        close(0, "ada");
        close(1, "ada");
        desk.retract(rule, Map.of("upn", "ada"), START, "");
        List<AlertPolicy.Memo> before = List.copyOf(memos);

        close(2, "ada");
        close(3, "ada");

        assertThat(said()).containsExactly("ada 0", "ada 0", "ada 2");
        assertThat(alerts.get(1).stage()).isEqualTo(AlertStage.RETRACTED);
        assertThat(alerts.get(2).outputs()).containsEntry(AlertPolicy.SUPPRESSED_BEFORE, 1L);

        desk = new AlertDesk(outbox, DecisionLog.NONE, true, true, 100);
        desk.policy(policy(SUPPRESS), Long.MIN_VALUE);
        before.forEach(desk::restore);
        close(2, "ada");

        assertThat(said()).as("after a restart").endsWith("ada 2", "ada 2");
    }

    @Test
    @DisplayName("An alert that is taken back does not end the period of a later one")
    void takenBackLate() {
        close(0, "ada");
        close(10, "ada");
        desk.retract(rule, Map.of("upn", "ada"), START, "");

        close(11, "ada");

        assertThat(said()).containsExactly("ada 0", "ada 10", "ada 0");
    }

    @Test
    @DisplayName("What another instance said and took back begins no period here")
    void takenBackElsewhere() throws IOException {
        close(0, "ada");
        desk.retract(rule, Map.of("upn", "ada"), START, "");
        outbox.deliver();
        List<Said> known = desk.said(key -> true);
        desk = new AlertDesk(outbox, log(), true, true, 100);
        desk.policy(policy(SUPPRESS), Long.MIN_VALUE);
        desk.takeOver(known, false);

        close(1, "ada");

        assertThat(said()).containsExactly("ada 0", "ada 0", "ada 1");
    }

    @Test
    @DisplayName("What another instance said begins a period here, which is remembered")
    void saidElsewhere() throws IOException {
        close(0, "ada");
        List<Said> known = desk.said(key -> true);
        memos.clear();
        desk = new AlertDesk(outbox, log(), true, true, 100);
        desk.policy(policy(SUPPRESS), Long.MIN_VALUE);
        desk.takeOver(known, false);

        close(1, "ada");

        assertThat(said()).containsExactly("ada 0");

        desk = new AlertDesk(outbox, DecisionLog.NONE, true, true, 100);
        desk.policy(policy(SUPPRESS), Long.MIN_VALUE);
        memos.forEach(desk::restore);

        close(2, "ada");

        assertThat(said()).containsExactly("ada 0");
    }

    private static final String EXCEPT = "'except': [{'id': 'EX', 'on': 'alerts', 'where': {'upn': 'ada'}, 'why': 'w',"
            + " 'by': 'b', 'until': '2099-01-01'}]";

    @ParameterizedTest
    @ValueSource(strings = {EXCEPT, "'enabled': 'shadow'"})
    @DisplayName("What was told before an exception or the shadow came goes on, and is not counted as kept back")
    void toldBefore(String keepsBack) throws IOException {
        desk.policy(policy("'riskScore': 50"), Long.MIN_VALUE);
        desk.early(judgement(rule, 0, "ada", 10));
        desk.policy(policy(keepsBack), Long.MIN_VALUE);

        close(0, "ada");
        desk.revised(judgement(rule, 0, "ada", 13));
        close(1, "ada");

        assertThat(said()).containsExactly("ada 0", "ada 0", "ada 0");
        assertThat(keptBack()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {EXCEPT, "'enabled': 'shadow'"})
    @DisplayName("What was taken back stays so where an exception or the shadow came, and is counted")
    void takenBackBefore(String keepsBack) throws IOException {
        desk.policy(policy("'riskScore': 50"), Long.MIN_VALUE);
        close(0, "ada");
        desk.retract(rule, Map.of("upn", "ada"), START, "");
        desk.policy(policy(keepsBack), Long.MIN_VALUE);

        desk.revised(judgement(rule, 0, "ada", 12));
        outbox.deliver();

        assertThat(alerts).extracting(Alert::stage).containsExactly(AlertStage.ON_TIME, AlertStage.RETRACTED);
        assertThat(keptBack()).isEqualTo(1);
    }

    @Test
    @DisplayName("What was told before a suppression came begins its period")
    void toldBeforeASuppression() throws IOException {
        desk.policy(policy("'riskScore': 50"), Long.MIN_VALUE);
        desk.early(judgement(rule, 0, "ada", 10));
        desk.policy(policy(SUPPRESS), Long.MIN_VALUE);

        close(0, "ada");
        close(1, "ada");
        close(10, "ada");

        assertThat(said()).containsExactly("ada 0", "ada 0", "ada 10");
        assertThat(keptBack()).isEqualTo(1);
    }

    private long keptBack() {
        return Stream.of(AlertPolicy.Outcome.values())
                .flatMap(why -> desk.policy().keptBack(why).values().stream())
                .mapToLong(count -> count)
                .sum();
    }
}
