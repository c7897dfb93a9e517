package dev.vaultwatch.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.fuzz.Generator.Theme;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The oracle on its own: it accepts what a perfect plugin says, and nothing else. */
class JudgeTest {
    private static final Scenario SCENARIO = LongStream.range(1, 1_000)
            .mapToObj(seed -> Generator.scenario(seed, Theme.SOURCES))
            .filter(scenario ->
                    !scenario.settings().cap() && perfect(scenario).heard.size() > 2)
            .findFirst()
            .orElseThrow();

    /** Every event is taken, and every alert comes once, when its window closes. */
    private static Account perfect(Scenario scenario) {
        Account account = new Account();
        account.eras.add(new Era(scenario.rules(), Long.MIN_VALUE, Long.MIN_VALUE));
        Map<String, List<Item>> groups = new TreeMap<>();
        FuzzRule rule = scenario.rules().get(0);
        scenario.feeders()
                .forEach(feeder -> feeder.items().stream().filter(Item::isEvent).forEach(item -> {
                    account.taken.put(item.number(), new Account.Taken(0, Long.MIN_VALUE));
                    if (rule.wants(item)) {
                        groups.computeIfAbsent(rule.group(item).toString(), none -> new ArrayList<>())
                                .add(item);
                    }
                }));
        groups.values().stream()
                .filter(rule::isAlert)
                .forEach(events -> account.heard.add(message(rule, events, AlertStage.ON_TIME)));
        return account;
    }

    private static Message message(FuzzRule rule, List<Item> events, AlertStage stage) {
        Group group = rule.group(events.get(0));
        return new Message(
                0,
                0,
                "id of " + group,
                group,
                group.start() + rule.length(),
                stage,
                0,
                events.size(),
                rule.distinct(events),
                false,
                0,
                true,
                events.stream().map(Item::number).sorted().toList());
    }

    private static List<String> with(UnaryOperator<Message> change) {
        Account account = perfect(SCENARIO);
        Message first = account.heard.get(0);
        account.heard.set(0, change.apply(first));
        return Judge.differences(SCENARIO, account);
    }

    private static Message like(Message of, AlertStage stage, int revision, long count, List<Integer> marks) {
        return new Message(
                0, 0, of.id(), of.group(), of.end(), stage, revision, count, of.distinct(), false, 0, true, marks);
    }

    @Test
    @DisplayName("What a perfect plugin says is accepted")
    void perfect() {
        assertThat(Judge.differences(SCENARIO, perfect(SCENARIO))).isEmpty();
    }

    @Test
    @DisplayName("A missing alert is found")
    void missing() {
        Account account = perfect(SCENARIO);
        account.heard.remove(0);
        assertThat(Judge.differences(SCENARIO, account))
                .singleElement()
                .asString()
                .startsWith("missing");
    }

    @Test
    @DisplayName("An alert that came twice is found")
    void twice() {
        Account account = perfect(SCENARIO);
        account.heard.add(account.heard.get(0));
        assertThat(Judge.differences(SCENARIO, account))
                .singleElement()
                .asString()
                .startsWith("came twice");
    }

    @Test
    @DisplayName("An alert of a lost event is found")
    void undeserved() {
        Account account = perfect(SCENARIO);
        account.heard.get(0).marks().forEach(account.taken::remove);
        assertThat(Judge.differences(SCENARIO, account)).anyMatch(what -> what.startsWith("not deserved"));
    }

    @Test
    @DisplayName("A wrong total is found")
    void total() {
        assertThat(with(alert -> like(alert, alert.stage(), 0, alert.count() + 1, alert.marks())))
                .anyMatch(what -> what.startsWith("wrong totals"));
    }

    @Test
    @DisplayName("An event that is not counted is found")
    void uncounted() {
        assertThat(with(alert -> like(
                        alert,
                        alert.stage(),
                        0,
                        alert.count() - 1,
                        alert.marks().subList(1, alert.marks().size()))))
                .anyMatch(what -> what.startsWith("wrong totals"));
    }

    @Test
    @DisplayName("An EARLY without a close is found")
    void early() {
        assertThat(with(alert -> like(alert, AlertStage.EARLY, 0, alert.count(), alert.marks())))
                .anyMatch(what -> what.startsWith("only EARLY") || what.startsWith("EARLY though"));
    }

    @Test
    @DisplayName("A retraction that is not deserved is found")
    void retracted() {
        assertThat(with(alert -> like(alert, AlertStage.RETRACTED, 1, alert.count(), alert.marks())))
                .anyMatch(what -> what.startsWith("missing"));
    }

    @Test
    @DisplayName("A revision that changes nothing, or skips a number, is found")
    void revision() {
        for (int revision : new int[] {1, 2}) {
            Account account = perfect(SCENARIO);
            Message first = account.heard.get(0);
            account.heard.add(like(first, AlertStage.REVISED, revision, first.count(), first.marks()));
            assertThat(Judge.differences(SCENARIO, account)).isNotEmpty();
        }
    }

    @Test
    @DisplayName(
            "A revision that says nothing but that the totals may be too low, or that a list or the history is not whole, changes something")
    void trust() {
        Account account = perfect(SCENARIO);
        Message first = account.heard.get(0);
        Message next = like(first, AlertStage.REVISED, 1, first.count(), first.marks());

        assertThat(first.showsTheSameAs(next)).isTrue();
        assertThat(first.showsTheSameAs(trusted(next, true, 0, true))).isFalse();
        assertThat(first.showsTheSameAs(trusted(next, false, 1, true))).isFalse();
        assertThat(first.showsTheSameAs(trusted(next, false, 0, false))).isFalse();
    }

    private static Message trusted(Message of, boolean atLeast, long withoutEvidence, boolean complete) {
        return new Message(
                0,
                0,
                of.id(),
                of.group(),
                of.end(),
                of.stage(),
                of.revision(),
                of.count(),
                of.distinct(),
                atLeast,
                withoutEvidence,
                complete,
                of.marks());
    }
}
