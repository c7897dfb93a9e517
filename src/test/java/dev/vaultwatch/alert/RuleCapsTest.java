package dev.vaultwatch.alert;

import static dev.vaultwatch.alert.Judgements.MINUTE;
import static dev.vaultwatch.alert.Judgements.START;
import static dev.vaultwatch.alert.Judgements.judgement;
import static dev.vaultwatch.alert.Judgements.key;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The book of one rule's cap: periods, the reserve, names, and what is forgotten when. */
@DisplayName("The cap of a rule")
class RuleCapsTest {
    private static final long DAY = 24 * 60 * MINUTE;
    private static final Rule.Cap OF_EIGHT_MINUTES = new Rule.Cap(2, Duration.ofMinutes(8));
    private static final Rule.Cap OF_SIXTEEN_MINUTES = new Rule.Cap(2, Duration.ofMinutes(16));

    private final RuleCaps caps = new RuleCaps("r");

    private boolean admits(Rule.Cap cap, String id, long anchor) {
        return caps.admits(cap, id, key(id), anchor);
    }

    private void sent(String id, long anchor) {
        caps.sent(id, key(id), anchor);
    }

    private static Withheld withheld(String id, long anchor, long events) {
        return new Withheld("r", id, key(id), anchor, OptionalLong.of(events));
    }

    private CapState state() {
        return caps.state(0, 0, 0);
    }

    @Test
    @DisplayName("The reserve is for keys without an alert for 24 hours, to the millisecond")
    void newKeys() {
        Rule.Cap ten = new Rule.Cap(10, Duration.ofMinutes(8));
        caps.sent("old", key("a day ago"), START - DAY);
        caps.sent("recent", key("less than a day ago"), START - DAY + 1);
        for (int i = 0; i < 9; i++) {
            assertThat(admits(ten, "a" + i, START)).isTrue();
            sent("a" + i, START);
        }

        assertThat(caps.admits(ten, "x", key("less than a day ago"), START)).isFalse();
        assertThat(caps.admits(ten, "y", key("a day ago"), START)).isTrue();
        sent("y", START);
        assertThat(caps.admits(ten, "z", key("never"), START)).isFalse();
        assertThat(caps.admits(ten, "y", key("a day ago"), START)).isTrue();
    }

    @Nested
    @DisplayName("of another period after a reload")
    class OtherPeriod {
        @Test
        @DisplayName("counts each alert once, in its new period")
        void sent() {
            assertThat(admits(OF_EIGHT_MINUTES, "a", START)).isTrue();
            RuleCapsTest.this.sent("a", START);

            assertThat(admits(OF_SIXTEEN_MINUTES, "b", START + 9 * MINUTE)).isTrue();
            RuleCapsTest.this.sent("b", START + 9 * MINUTE);
            assertThat(admits(OF_SIXTEEN_MINUTES, "c", START + 15 * MINUTE)).isFalse();
            assertThat(admits(OF_EIGHT_MINUTES, "c", START + 15 * MINUTE)).isTrue();
        }

        @Test
        @DisplayName("lists what it withheld there, and takes what was told of the old periods as told of the new")
        void withheldThere() {
            admits(OF_EIGHT_MINUTES, "x", START);
            caps.held(withheld("a", START, 11));
            caps.held(withheld("b", START + 9 * MINUTE, 12));
            caps.held(withheld("c", START + 16 * MINUTE, 13));
            caps.noticed(new CapNotice("r", START, 1));
            caps.noticed(new CapNotice("r", START + 8 * MINUTE, 1));

            admits(OF_SIXTEEN_MINUTES, "x", START);

            assertThat(caps.named()).extracting(Withheld::id).containsExactly("b", "a", "c");
            assertThat(state().notices())
                    .containsExactly(new CapNotice("r", START, 2), new CapNotice("r", START + 16 * MINUTE, 1));
            assertThat(caps.sumsBefore(START + 32 * MINUTE, 20)).isEmpty();
            caps.held(withheld("d", START, 14));
            assertThat(caps.sumsBefore(START + 32 * MINUTE, 20))
                    .singleElement()
                    .satisfies(sum ->
                            assertThat(sum.most()).extracting(Withheld::id).containsExactly("d"));
        }
    }

    @Nested
    @DisplayName("knows what it withheld")
    class Withholding {
        @Test
        @DisplayName("by name, a thousand in a period: those with most events")
        void most() {
            admits(OF_EIGHT_MINUTES, "x", START);
            for (int i = 1; i <= 1_000; i++) {
                caps.held(withheld("w" + i, START, i));
            }
            assertThat(caps.named()).hasSize(1_000);

            caps.held(withheld("more", START, 5_000));

            assertThat(caps.named())
                    .hasSize(1_000)
                    .extracting(Withheld::id)
                    .contains("more")
                    .doesNotContain("w1");
            assertThat(caps.isNews(withheld("w1", START, 7))).isFalse();
        }

        @Test
        @DisplayName("the same again is no news, another number of events is")
        void news() {
            admits(OF_EIGHT_MINUTES, "x", START);
            assertThat(caps.isNews(withheld("a", START, 11))).isTrue();
            assertThat(caps.held(withheld("a", START, 11))).isTrue();

            assertThat(caps.isNews(withheld("a", START, 11))).isFalse();
            assertThat(caps.isNews(withheld("a", START, 12))).isTrue();
            assertThat(caps.held(withheld("a", START, 12))).isFalse();
            assertThat(caps.named()).containsExactly(withheld("a", START, 12));
        }

        @Test
        @DisplayName("until it is raised all the same")
        void raised() {
            admits(OF_EIGHT_MINUTES, "x", START);
            caps.held(withheld("a", START, 11));
            caps.held(withheld("b", START, 11));

            sent("a", START);

            assertThat(caps.named()).extracting(Withheld::id).containsExactly("b");
            assertThat(state().named()).extracting(Withheld::id).containsExactly("b");
        }

        @Test
        @DisplayName("after a restart, too, before a period is known")
        void restarted() {
            caps.held(withheld("a", START, 11));
            caps.held(withheld("b", START, 12));
            RuleCaps again = RuleCaps.of(state());

            again.sent("a", key("a"), START);

            assertThat(again.named()).extracting(Withheld::id).containsExactly("b");
        }
    }

    @Nested
    @DisplayName("forgets")
    class Forgetting {
        @Test
        @DisplayName("a period when its end is settled, and nothing of the next")
        void periods() {
            admits(OF_EIGHT_MINUTES, "x", START);
            sent("s", START);
            sent("t", START + 8 * MINUTE);
            caps.held(withheld("a", START + 8 * MINUTE - 1, 11));
            caps.held(withheld("b", START + 8 * MINUTE, 12));
            caps.noticed(new CapNotice("r", START, 0));
            caps.noticed(new CapNotice("r", START + 8 * MINUTE, 0));

            caps.settledBefore(START + 8 * MINUTE);

            assertThat(state().sent()).containsOnlyKeys("t");
            assertThat(state().held()).containsOnlyKeys("b");
            assertThat(state().named()).extracting(Withheld::id).containsExactly("b");
            assertThat(caps.named()).extracting(Withheld::id).containsExactly("b");
            assertThat(state().notices()).containsExactly(new CapNotice("r", START + 8 * MINUTE, 0));
        }

        @Test
        @DisplayName("once in a period, and then at its very end")
        void onceInAPeriod() {
            admits(OF_EIGHT_MINUTES, "x", START);
            sent("s", START);
            caps.settledBefore(START + 4 * MINUTE);

            caps.settledBefore(START + 12 * MINUTE - 1);
            assertThat(state().sent()).containsKey("s");
            caps.settledBefore(START + 12 * MINUTE);
            assertThat(state().sent()).isEmpty();
        }

        @Test
        @DisplayName("a key when its alert is a day old, to the millisecond")
        void keys() {
            sent("a", START);
            sent("b", START + 1);

            caps.settledBefore(START + DAY);

            assertThat(state().recent()).containsOnlyKeys(AlertId.ofKey(key("b")));
        }

        @Test
        @DisplayName("after a restart, before the period is known, what is a day old")
        void beforeThePeriodIsKnown() {
            sent("a", START);
            sent("b", START + 1);
            caps.held(withheld("c", START, 11));
            caps.held(withheld("d", START + 1, 11));

            caps.settledBefore(START + 16 * MINUTE);
            assertThat(state().sent()).containsOnlyKeys("a", "b");
            assertThat(state().held()).containsOnlyKeys("c", "d");
            caps.settledBefore(START + DAY);

            assertThat(state().sent()).containsOnlyKeys("b");
            assertThat(state().held()).containsOnlyKeys("d");
        }
    }

    @Test
    @DisplayName("A period that is no whole number of minutes is told in seconds")
    void seconds() {
        List<Notice> heard = new ArrayList<>();
        Outbox outbox = new Outbox(new Listeners((alert, receipt) -> receipt.acknowledge(), heard::add));
        AlertDesk desk = new AlertDesk(outbox, DecisionLog.NONE, true, true, 100);
        RuleEdition rule =
                Judgements.edition(Alerts.capped(Alerts.shippedRule(), new Rule.Cap(1, Duration.ofSeconds(90))), "");

        desk.closed(List.of(judgement(rule, 0, "ada", 12), judgement(rule, 0, "eve", 12)));
        outbox.deliver();

        assertThat(heard)
                .singleElement()
                .satisfies(notice -> assertThat(notice.message())
                        .contains("its cap of 1 alerts in the 90.0 seconds from 2026-11-03T02:39:"));
    }

    @Test
    @DisplayName("A rule of which nothing but a withheld alert is known has a state")
    void onlyWithheld() {
        AlertDesk desk = new AlertDesk(
                new Outbox(new Listeners((alert, receipt) -> {}, notice -> {})), DecisionLog.NONE, true, true, 100);
        desk.restore(withheld("a", START, 11));

        assertThat(desk.states())
                .singleElement()
                .satisfies(state -> assertThat(state.withheld()).isEqualTo(1));
    }
}
