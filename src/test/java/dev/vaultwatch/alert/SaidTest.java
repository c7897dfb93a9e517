package dev.vaultwatch.alert;

import static dev.vaultwatch.alert.Judgements.MINUTE;
import static dev.vaultwatch.alert.Judgements.START;
import static dev.vaultwatch.alert.Judgements.judgement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.rule.Rule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What was said of alerts, in whatever order it is heard of again. */
class SaidTest {
    private static final RuleEdition RULE = Judgements.rule(8);

    private static Said said(int minute, String user, AlertStage stage, int revision) {
        Judgement judgement = judgement(RULE, minute, user, 10 + revision);
        return Said.of(judgement, judgement.id(), stage, revision, 3);
    }

    @ParameterizedTest
    @CsvSource({
        "EARLY, 0, ON_TIME, 0, true",
        "ON_TIME, 0, EARLY, 0, false",
        "ON_TIME, 0, ON_TIME, 0, false",
        "ON_TIME, 0, REVISED, 1, true",
        "REVISED, 2, REVISED, 1, false",
        "REVISED, 1, REVISED, 2, true",
        "REVISED, 2, RETRACTED, 3, true",
        "RETRACTED, 3, REVISED, 2, false",
        "RETRACTED, 3, REVISED, 4, true"
    })
    @DisplayName("Revisions out of order: a message is news if its revision, then its stage, is later")
    void order(AlertStage known, int knownRevision, AlertStage other, int otherRevision, boolean news) {
        SaidIndex index = new SaidIndex();
        assertThat(index.isNews(said(0, "a", known, knownRevision))).isTrue();
        assertThat(index.put(said(0, "a", known, knownRevision))).isNull();

        assertThat(index.isNews(said(0, "a", other, otherRevision))).isEqualTo(news);
        assertThat(said(0, "a", other, otherRevision).isAfter(said(0, "a", known, knownRevision)))
                .isEqualTo(news);
    }

    @Test
    @DisplayName("After any messages, removals and passing of time the counts of an anchor are those of its messages")
    void counts() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            SaidIndex index = new SaidIndex();
            for (int step = 0; step < 60; step++) {
                int minute = random.nextInt(3);
                String user = String.valueOf((char) ('a' + random.nextInt(4)));
                Said message =
                        said(minute, user, List.of(AlertStage.values()).get(random.nextInt(4)), random.nextInt(3));
                switch (random.nextInt(8)) {
                    case 0 -> index.remove(RULE.id(), message.anchor(), message.id());
                    case 1 ->
                        index.removeBefore(RULE.id(), message.anchor() + random.nextInt((int) MINUTE * 2), Set::of);
                    default -> index.put(message);
                }
                for (int each = 0; each < 3; each++) {
                    long anchor = START + each * MINUTE;
                    List<AlertStage> stages = index.all(RULE.id(), anchor).stream()
                            .map(Said::stage)
                            .toList();
                    assertThat(index.early(RULE.id(), anchor))
                            .as("seed %s, step %s", seed, step)
                            .isEqualTo(Collections.frequency(stages, AlertStage.EARLY));
                    assertThat(index.standing(RULE.id(), anchor))
                            .as("seed %s, step %s", seed, step)
                            .isEqualTo(Collections.frequency(stages, AlertStage.ON_TIME)
                                    + Collections.frequency(stages, AlertStage.REVISED));
                }
            }
        }
    }

    @Test
    @DisplayName("What is known is found by rule, anchor and id, in a span of anchors, and until its end has passed")
    void index() {
        SaidIndex index = new SaidIndex();
        Said first = said(0, "a", AlertStage.ON_TIME, 0);
        Said second = said(1, "a", AlertStage.ON_TIME, 0);
        index.put(first);
        index.put(second);
        String id = RULE.id();

        assertThat(index.ruleIds()).containsExactly(id);
        assertThat(index.all(id, START, START + MINUTE)).containsExactly(first);
        assertThat(index.all(id, START, START + MINUTE + 1)).containsExactly(first, second);
        assertThat(index.all(id, START, START)).isEmpty();
        assertThat(index.all("other", START, START + MINUTE)).isEmpty();
        assertThat(index.all()).containsExactlyInAnyOrder(first, second);
        assertThat(index.remove(id, START, "none")).isFalse();
        assertThat(index.remove("other", START, first.id())).isFalse();
        assertThat(index.remove(id, START + 7, first.id())).isFalse();

        index.removeBefore(id, START + MINUTE - 1, Set::of);
        assertThat(index.find(id, START, first.id())).isEqualTo(first);
        index.removeBefore(id, START + MINUTE, Set::of);
        assertThat(index.find(id, START, first.id())).isNull();
        assertThat(index.find(id, START + MINUTE, second.id())).isEqualTo(second);
        assertThat(index.remove(id, START + MINUTE, second.id())).isTrue();
        index.put(second);
        index.removeBefore(id, START + 2 * MINUTE, () -> Set.of(START + MINUTE));
        assertThat(index.all()).as("what goes on").containsExactly(second);
        index.removeBefore(id, START + 2 * MINUTE, Set::of);
        assertThat(index.ruleIds()).isEmpty();
    }

    @Test
    @DisplayName("A list that is the only output is cut like any other")
    void onlyList() {
        Judgement judgement = Judgement.ofWindow(
                RULE, Judgements.key("ann"), START, START + MINUTE, Map.of("list", List.of(1, 2, 3, 4)));

        Said said = Said.of(judgement, judgement.id(), AlertStage.ON_TIME, 0, 3);

        assertThat(said.columns()).isEqualTo(Map.of("list", List.of(1, 2, 3)));
        assertThat(said.truncated()).isEqualTo(Map.of("list", 4));
    }

    @Test
    @DisplayName("A judgement ends after it starts, and its key is sorted; a sorted one is not copied")
    void judged() {
        Map<String, String> key = reversed(Map.of("upn", "ann", "vault", "kv"));
        Judgement judgement = Judgement.ofWindow(RULE, new LinkedHashMap<>(key), START, START + 1, Map.of());

        assertThat(judgement.key().keySet()).containsExactly("upn", "vault");
        TreeMap<String, String> sorted = new TreeMap<>(key);
        assertThat(Judgement.ofWindow(RULE, sorted, START, START + 1, Map.of()).key())
                .isSameAs(sorted);
        assertThatThrownBy(() -> Judgement.ofWindow(RULE, key, START, START, Map.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("An alert says what its rule and its judgement say")
    void alert() {
        Judgement judgement = new Judgement(
                RULE,
                Judgements.key("ann"),
                START,
                "",
                START,
                START + MINUTE,
                Map.of("Esql.event_count", 12L, "list", List.of("a", "b", "c", "d"), "short", List.of("a", "b", "c")),
                5,
                true,
                true);
        Alert alert =
                Said.of(judgement, judgement.id(), AlertStage.REVISED, 2, 3).alert();

        assertThat(alert.ruleId()).isEqualTo(RULE.id());
        assertThat(alert.ruleName()).isEqualTo(RULE.rule().name());
        assertThat(alert.ruleVersion()).isEqualTo(RULE.rule().version());
        assertThat(alert.severity()).isEqualTo(RULE.rule().severity());
        assertThat(alert.riskScore()).isEqualTo(RULE.rule().riskScore());
        assertThat(alert.windowStart()).isEqualTo(Instant.ofEpochMilli(START));
        assertThat(alert.windowEnd()).isEqualTo(Instant.ofEpochMilli(START + MINUTE));
        assertThat(alert.eventCount()).contains(12L);
        assertThat(alert.eventsWithoutEvidence()).isEqualTo(5);
        assertThat(alert.isAtLeast()).isTrue();
        assertThat(alert.isHistoryComplete()).isFalse();
        assertThat(alert.isOpen()).isFalse();
        assertThat(alert.revision()).isEqualTo(2);
        assertThat(alert.truncated()).containsExactly(Map.entry("list", 4));
        assertThat(alert.outputs())
                .containsEntry("list", List.of("a", "b", "c"))
                .containsEntry("short", List.of("a", "b", "c"));
        assertThat(alert).hasToString("REVISED " + judgement.id() + " " + RULE.id() + ": [ann]");
        Alert plain = said(0, "ann", AlertStage.ON_TIME, 0).alert();
        assertThat(plain.isAtLeast()).isFalse();
        assertThat(plain.isHistoryComplete()).isTrue();
        assertThat(plain.eventsWithoutEvidence()).isZero();
    }

    @Test
    @DisplayName(
            "What is retracted is what was said last, one revision on; two that differ in a mark alone show different things")
    void marks() {
        Said said = said(0, "ann", AlertStage.REVISED, 2);
        assertThat(said.retracted().revision()).isEqualTo(3);
        assertThat(said.retracted().stage()).isEqualTo(AlertStage.RETRACTED);
        assertThat(said.retracted().showsWhat(said)).isTrue();
        Judgement plain = judgement(RULE, 0, "ann", 12);
        List<Judgement> others = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            others.add(new Judgement(
                    RULE,
                    plain.key(),
                    plain.anchor(),
                    "",
                    i == 0 ? plain.start() - 1 : plain.start(),
                    i == 1 ? plain.end() + 1 : plain.end(),
                    i == 2 ? Map.of("upn", "ann") : plain.columns(),
                    i == 3 ? 1 : 0,
                    i == 4,
                    i == 5));
        }
        assertThat(others)
                .allSatisfy(other -> assertThat(
                                Said.of(other, said.id(), said.stage(), 2, 3).showsWhat(said))
                        .isFalse());
        assertThat(Said.of(plain, said.id(), said.stage(), 2, 3).showsWhat(said))
                .isTrue();
    }

    private static Map<String, String> reversed(Map<String, String> key) {
        TreeMap<String, String> reversed = new TreeMap<>(Comparator.reverseOrder());
        reversed.putAll(key);
        return reversed;
    }

    @Test
    @DisplayName("Ids are those of texts with their lengths, whatever the order of the key")
    void ids() {
        assertThat(AlertId.hash("ab", "c")).isNotEqualTo(AlertId.hash("a", "bc"));
        assertThat(AlertId.hash("a".repeat(256), "b")).isNotEqualTo(AlertId.hash("a".repeat(255), "ab"));
        assertThat(AlertId.of("r", 1, Map.of("a", "x", "b", "y"), ""))
                .isEqualTo(AlertId.of("r", 1, new TreeMap<>(Map.of("b", "y", "a", "x")), ""))
                .isEqualTo(AlertId.of("r", 1, reversed(Map.of("a", "x", "b", "y")), ""))
                .isNotEqualTo(AlertId.of("r", 1, Map.of("a", "x", "b", "y"), "d"));
    }

    @Test
    @DisplayName(
            "State that shrinks after settling: periods, alerts and keys of a cap are forgotten when their time is over, not before")
    void settled() {
        Withheld withheld = new Withheld("r", "w", Judgements.key("ann"), START, OptionalLong.of(12));
        RuleCaps caps = new RuleCaps("r");
        Rule.Cap cap = new Rule.Cap(4, Duration.ofMinutes(8));
        assertThat(caps.admits(cap, "x", Judgements.key("ann"), START)).isTrue();
        caps.sent("x", Judgements.key("ann"), START);
        caps.held(withheld);
        caps.noticed(new CapNotice("r", START, 1));

        caps.settledBefore(START + 8 * MINUTE - 1);
        assertThat(caps.state(1, 1, 0).sent()).containsKey("x");
        assertThat(caps.state(1, 1, 0).held()).containsKey("w");
        assertThat(caps.state(1, 1, 0).notices()).hasSize(1);
        assertThat(caps.state(1, 1, 0).recent()).hasSize(1);
        caps.settledBefore(START + 16 * MINUTE);
        assertThat(caps.state(1, 1, 0).sent()).isEmpty();
        assertThat(caps.state(1, 1, 0).held()).isEmpty();
        assertThat(caps.state(1, 1, 0).named()).isEmpty();
        assertThat(caps.state(1, 1, 0).notices()).isEmpty();
        assertThat(caps.named()).isEmpty();
        assertThat(caps.state(1, 1, 0).recent()).hasSize(1);
        caps.settledBefore(START + 48 * 60 * MINUTE);
        assertThat(caps.state(1, 1, 0).recent()).isEmpty();
    }
}
