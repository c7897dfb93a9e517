package dev.vaultwatch.detect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.fuzz.Dice;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.store.Budget;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Findings to episodes, ten milliseconds apart at most. */
@DisplayName("Episodes")
class EpisodesTest {
    private static final Rule RULE = Rule.builder("r").build();
    private static final Rule COUNTING =
            Rule.builder("r").eventCount(Optional.of("n")).build();

    private final List<String> heard = new ArrayList<>();
    private final Budget budget = new Budget(1 << 20);

    private final Episodes episodes = new Episodes(10, 20, budget, new Episodes.Voice() {
        @Override
        public void first(Finding finding, long end, boolean afterwards) {
            heard.add("first " + finding.key() + " " + finding.time() + "-" + end + (afterwards ? " afterwards" : ""));
        }

        @Override
        public void changed(long anchor, Finding finding, long end) {
            heard.add("changed " + finding.key() + " " + anchor + ": "
                    + finding.columns().get("n") + " at " + finding.time() + "-" + end);
        }

        @Override
        public void gone(@Nullable Object key, String directory, long anchor) {
            heard.add("gone " + key + directory + " " + anchor);
        }
    });

    private static Finding finding(long time, String key, int n) {
        return new Finding(RULE, false, time, key, Map.of("n", n));
    }

    /** Of a finding with one column. */
    private static final long HEAP = Episodes.FINDING_BYTES + Episodes.COLUMN_BYTES;

    @Test
    @DisplayName("charge keys and findings, with the lists that these show, and give back what is let go of")
    void heap() {
        add(100, 1);
        add(105, 2);
        assertThat(budget.used()).isEqualTo(Episodes.KEY_BYTES + 2 * HEAP);
        add(105, 3);
        assertThat(budget.used()).isEqualTo(Episodes.KEY_BYTES + 2 * HEAP);
        episodes.add(new Finding(RULE, false, 107, "bob", Map.of("vaults", List.of("a", "b", "c"))));
        assertThat(budget.used())
                .isEqualTo(2 * Episodes.KEY_BYTES + 3 * HEAP + Episodes.LIST_BYTES + 3 * Episodes.REFERENCE_BYTES);
        episodes.forget("bob", "");
        assertThat(budget.used()).isEqualTo(Episodes.KEY_BYTES + 2 * HEAP).isEqualTo(episodes.bytes());
        episodes.said(100, finding(108, "ann", 4));
        episodes.said(90, finding(95, "eve", 4));
        assertThat(budget.used()).isEqualTo(2 * Episodes.KEY_BYTES + 5 * HEAP);
        episodes.ended(200);
        assertThat(budget.used()).isEqualTo(2 * Episodes.KEY_BYTES + episodes.size() * HEAP);
        episodes.clear();

        assertThat(budget.used()).isZero();
        assertThat(episodes.size()).isZero();
        assertThat(episodes.hasOpen()).isFalse();
    }

    private void add(long time, int n) {
        episodes.add(finding(time, "ann", n));
    }

    private List<String> heard() {
        List<String> all = List.copyOf(heard);
        heard.clear();
        return all;
    }

    @Test
    @DisplayName("begin with their first finding, and say their last when they are over, to the millisecond")
    void one() {
        add(100, 1);
        assertThat(heard()).containsExactly("first ann 100-101");
        add(105, 2);
        add(115, 3);
        assertThat(heard()).isEmpty();
        assertThat(episodes.hasOpen()).isTrue();
        episodes.ended(125);
        assertThat(heard()).isEmpty();
        episodes.ended(126);

        assertThat(heard()).containsExactly("changed ann 100: 3 at 115-116");
        assertThat(episodes.hasOpen()).isFalse();
        episodes.ended(200);
        assertThat(heard()).isEmpty();
    }

    @Test
    @DisplayName(
            "are two where findings lie further apart, and say nothing at their end but what was not said: the end at least")
    void two() {
        add(100, 1);
        add(110, 1);
        add(121, 2);
        episodes.ended(200);

        assertThat(heard()).containsExactly("first ann 100-101", "changed ann 100: 1 at 110-111", "first ann 121-122");
    }

    @Test
    @DisplayName("are of one key each, and of one person")
    void keys() {
        episodes.add(finding(100, "ann", 1));
        episodes.add(finding(101, "bob", 1));
        episodes.add(finding(102, "ann", 1).of("d1"));
        episodes.add(finding(103, "ann", 1).of("d2"));

        assertThat(heard())
                .containsExactly("first ann 100-101", "first bob 101-102", "first ann 102-103", "first ann 103-104");
        assertThat(episodes.forget("ann", "")).containsExactly(100L);
        assertThat(episodes.forget("ann", "")).isEmpty();
        assertThat(episodes.forget("ann", "d2")).containsExactly(103L);
        assertThat(episodes.hasTold()).isTrue();
        episodes.forget("bob", "");
        episodes.forget("ann", "d1");
        assertThat(episodes.hasTold()).isFalse();
    }

    @Test
    @DisplayName("that late events take apart are gone, and those that they make come afterwards")
    void replaced() {
        add(100, 1);
        add(120, 2);
        episodes.ended(200);
        heard();

        episodes.replace(
                "ann", "", 95, 110, List.of(finding(98, "ann", 5), finding(99, "bob", 5), finding(94, "ann", 5)), 200);

        assertThat(heard()).containsExactly("gone ann 100", "first ann 98-99 afterwards");
        episodes.replace("ann", "", 120, 120, List.of(), 200);
        assertThat(heard()).containsExactly("gone ann 120");
        episodes.replace("ann", "", 98, 98, List.of(finding(98, "ann", 6)), 200);
        assertThat(heard()).containsExactly("changed ann 98: 6 at 98-99");
        episodes.replace("ann", "", 98, 98, List.of(), 200);
        assertThat(heard()).containsExactly("gone ann 98");
        assertThat(episodes.hasTold()).isFalse();
    }

    @Test
    @DisplayName("of one person are replaced alone")
    void replacedPerson() {
        episodes.add(finding(100, "ann", 1).of("d1"));
        episodes.add(finding(100, "ann", 1));
        heard();

        episodes.replace("ann", "d1", 90, 110, List.of(finding(100, "ann", 1)), 105);

        assertThat(heard()).containsExactly("gone annd1 100");
        assertThat(episodes.forget("ann", "")).containsExactly(100L);
    }

    @Test
    @DisplayName("that are made late and are not over yet are no afterthought")
    void lateButOpen() {
        episodes.replace("ann", "", 90, 100, List.of(finding(95, "ann", 1)), 105);
        assertThat(heard()).containsExactly("first ann 95-96");
        episodes.replace("bob", "", 90, 100, List.of(finding(95, "bob", 1)), 106);
        assertThat(heard()).containsExactly("first bob 95-96 afterwards");
        assertThat(episodes.hasOpen()).isTrue();
    }

    @Test
    @DisplayName("of an earlier run go on, and end with what is found since")
    void said() {
        episodes.said(100, finding(105, "ann", 3));
        assertThat(episodes.hasOpen()).isTrue();
        assertThat(episodes.hasTold()).isTrue();
        episodes.judgedBefore(106);
        add(114, 4);
        assertThat(heard()).isEmpty();
        episodes.ended(125);

        assertThat(heard()).containsExactly("changed ann 100: 4 at 114-115");
    }

    @Test
    @DisplayName("of an earlier run whose findings between are not known stay one")
    void joined() {
        episodes.said(100, finding(150, "ann", 3));
        episodes.judgedBefore(151);
        episodes.ended(200);

        assertThat(heard()).isEmpty();
        assertThat(episodes.forget("ann", "")).containsExactly(100L);
    }

    @Test
    @DisplayName("of an earlier owner that are not found here, when their time is judged, are not true")
    void refuted() {
        episodes.said(100, finding(100, "ann", 3));
        episodes.said(100, finding(100, "bob", 3));
        episodes.ended(100);
        assertThat(heard()).isEmpty();
        episodes.add(finding(100, "bob", 3));
        episodes.ended(101);

        assertThat(heard()).containsExactly("gone ann 100");
        episodes.ended(300);
        assertThat(heard()).isEmpty();
        episodes.replace("ann", "", 100, 100, List.of(finding(100, "ann", 4)), 300);
        assertThat(heard()).containsExactly("first ann 100-101 afterwards");
        episodes.ended(400);
        assertThat(heard()).isEmpty();
    }

    @Test
    @DisplayName("take up what was found before, where it belongs to one that was told")
    void foundBefore() {
        episodes.said(100, finding(100, "ann", 1));
        episodes.judgedBefore(101);

        episodes.foundBefore(
                List.of(finding(99, "ann", 0), finding(110, "ann", 2), finding(121, "ann", 9), finding(105, "bob", 9)),
                0);
        episodes.ended(121);

        assertThat(heard()).containsExactly("changed ann 100: 2 at 110-111");
        episodes.ended(300);
        assertThat(heard()).isEmpty();
    }

    @Test
    @DisplayName("take up what was found right after a time that is not known in full")
    void foundAfterAGap() {
        episodes.said(100, finding(100, "ann", 1));
        episodes.judgedBefore(101);

        episodes.foundBefore(List.of(finding(149, "ann", 9), finding(160, "ann", 2), finding(171, "ann", 9)), 150);
        episodes.ended(171);

        assertThat(heard()).containsExactly("changed ann 100: 2 at 160-161");
    }

    @Test
    @DisplayName("are forgotten when nothing changes them any more, and not before")
    void forgotten() {
        add(100, 1);
        add(105, 2);
        add(130, 3);
        episodes.ended(500);
        heard();

        episodes.forgetBefore(115);
        episodes.replace("ann", "", 100, 105, List.of(), 500);
        assertThat(heard()).containsExactly("gone ann 100");
        assertThat(episodes.size()).isEqualTo(1);
        episodes.forgetBefore(140);
        assertThat(episodes.hasTold()).isTrue();
        episodes.forgetBefore(141);
        assertThat(episodes.hasTold()).isFalse();
        assertThat(episodes.size()).isZero();
    }

    @Test
    @DisplayName("that are forgotten are not said to be gone")
    void forgottenInSilence() {
        add(100, 1);
        add(130, 3);
        episodes.ended(500);
        heard();

        episodes.forgetBefore(111);
        episodes.replace("ann", "", 0, 125, List.of(), 500);

        assertThat(heard()).isEmpty();
        assertThat(episodes.forget("ann", "")).containsExactly(130L);
    }

    @Test
    @DisplayName("that are forgotten do not begin again with what comes")
    void forgottenForGood() {
        add(100, 1);
        add(130, 3);
        episodes.ended(500);
        heard();

        episodes.forgetBefore(111);
        add(600, 1);

        assertThat(heard()).containsExactly("first ann 600-601");
    }

    @Test
    @DisplayName("begin with a finding before those that are known, too")
    void before() {
        add(130, 1);
        add(100, 2);
        add(121, 3);

        assertThat(heard())
                .containsExactly("first ann 130-131", "first ann 100-101", "gone ann 130", "first ann 121-122");
    }

    @Test
    @DisplayName("that are over go on where a finding comes within the quiet time after all")
    void again() {
        add(100, 1);
        episodes.ended(Long.MAX_VALUE);
        add(105, 2);
        assertThat(episodes.hasOpen()).isTrue();
        episodes.ended(116);

        assertThat(heard()).containsExactly("first ann 100-101", "changed ann 100: 2 at 105-106");
    }

    @Test
    @DisplayName("that late events shorten end as much sooner")
    void shortened() {
        add(100, 1);
        add(110, 2);
        add(120, 3);
        episodes.ended(115);
        episodes.replace("ann", "", 111, 120, List.of(), 120);
        assertThat(heard()).containsExactly("first ann 100-101");
        episodes.ended(121);

        assertThat(heard()).containsExactly("changed ann 100: 2 at 110-111");
    }

    @Test
    @DisplayName("that are let go of while they are open are not waited for")
    void forgottenOpen() {
        add(100, 1);
        episodes.forget("ann", "");
        assertThat(episodes.hasOpen()).isFalse();
        add(100, 1);
        episodes.forgetBefore(200);

        assertThat(episodes.hasOpen()).isFalse();
    }

    @Test
    @DisplayName("of an earlier run that lie together, or that what was found brings together, are one")
    void saidTogether() {
        episodes.said(100, finding(100, "ann", 1));
        episodes.said(105, finding(105, "ann", 1));
        episodes.said(100, finding(100, "bob", 1));
        episodes.said(115, finding(115, "bob", 1));
        episodes.judgedBefore(116);
        episodes.foundBefore(List.of(finding(108, "bob", 2)), 0);
        episodes.ended(126);

        assertThat(heard())
                .containsExactlyInAnyOrder(
                        "gone ann 105",
                        "changed ann 100: 1 at 105-106",
                        "gone bob 115",
                        "changed bob 100: 1 at 115-116");
    }

    @Test
    @DisplayName("that were over take up what was found before, too")
    void foundAfterTheEnd() {
        episodes.said(100, finding(100, "ann", 1));
        episodes.judgedBefore(101);
        episodes.ended(111);
        episodes.foundBefore(List.of(finding(105, "ann", 2)), 0);
        episodes.ended(116);

        assertThat(heard()).containsExactly("changed ann 100: 2 at 105-106");
    }

    @Test
    @DisplayName("that were over and that what was found before brings together are one")
    void foundTogetherAfterTheEnd() {
        episodes.said(100, finding(100, "ann", 1));
        episodes.said(115, finding(115, "ann", 1));
        episodes.judgedBefore(116);
        episodes.ended(126);
        episodes.foundBefore(List.of(finding(108, "ann", 2)), 0);
        episodes.ended(127);

        assertThat(heard()).containsExactly("gone ann 115", "changed ann 100: 1 at 115-116");
    }

    @Test
    @DisplayName("of an earlier owner are not true where others were told since, either")
    void refutedLater() {
        episodes.said(100, finding(100, "ann", 3));
        add(80, 1);
        episodes.ended(101);

        assertThat(heard()).containsExactly("first ann 80-81", "gone ann 100");
    }

    @Test
    @DisplayName("that go on for ever keep their first finding and the late ones, and stay one")
    void endless() {
        for (int n = 0; n < 100_000; n++) {
            add(100 + n * 10L, n);
            episodes.forgetBefore(n * 10L);
        }
        assertThat(heard()).containsExactly("first ann 100-101");
        assertThat(episodes.size()).isLessThan(20);
        episodes.replace("ann", "", 1_000_000, 1_000_080, List.of(), 1_000_090);
        assertThat(heard()).containsExactly("changed ann 100: 99989 at 999990-999991", "first ann 1000090-1000091");
    }

    private static Finding counted(long time, int n) {
        return new Finding(COUNTING, false, time, "ann", Map.of("n", n));
    }

    @Test
    @DisplayName("of a rule that counts events say at their end what they were at their height, not what their tail is")
    void height() {
        episodes.add(counted(100, 10));
        episodes.add(counted(105, 50));
        episodes.add(counted(110, 50));
        episodes.add(counted(115, 10));
        episodes.ended(200);

        assertThat(heard()).containsExactly("first ann 100-101", "changed ann 100: 50 at 115-116");
        episodes.replace("ann", "", 105, 110, List.of(counted(105, 51)), 200);
        assertThat(heard()).containsExactly("changed ann 100: 51 at 115-116");
        episodes.replace("ann", "", 105, 105, List.of(counted(105, 5)), 200);
        assertThat(heard()).containsExactly("changed ann 100: 10 at 115-116");
    }

    @Test
    @DisplayName(
            "tell their height while they go on, at each step since they began, and still know it when it is forgotten")
    void heightOfTheEndless() {
        episodes.add(counted(100, 10));
        episodes.add(counted(105, 50));
        episodes.add(counted(110, 11));
        episodes.add(counted(119, 12));
        episodes.add(counted(120, 60));
        episodes.ended(119);
        assertThat(heard()).containsExactly("first ann 100-101");
        episodes.ended(120);
        assertThat(heard()).containsExactly("changed ann 100: 50 at 119-120");
        episodes.add(counted(129, 13));
        episodes.forgetBefore(129);
        assertThat(episodes.size()).isEqualTo(3);
        episodes.ended(139);
        assertThat(heard()).isEmpty();
        episodes.add(counted(139, 14));
        episodes.ended(140);
        assertThat(heard()).containsExactly("changed ann 100: 60 at 139-140");
        episodes.ended(200);
        assertThat(heard()).isEmpty();
        assertThat(budget.used()).isEqualTo(episodes.bytes());
    }

    @Test
    @DisplayName("tell the same in whatever steps time is told")
    void heightsInSteps() {
        for (int n = 0; n < 100; n++) {
            episodes.add(counted(100 + n * 7L, 10 + n / 3));
        }
        episodes.ended(Long.MAX_VALUE);
        List<String> atOnce = heard();
        episodes.clear();
        for (int n = 0; n < 100; n++) {
            long time = 100 + n * 7L;
            for (long clock = time - 6; clock <= time; clock++) {
                episodes.ended(clock);
            }
            episodes.add(counted(time, 10 + n / 3));
        }
        episodes.ended(Long.MAX_VALUE);

        assertThat(heard()).isEqualTo(atOnce).hasSizeGreaterThan(20);
    }

    @Test
    @DisplayName("of an earlier run whose height is not found again keep it")
    void heightSaid() {
        episodes.said(100, counted(150, 50));
        episodes.judgedBefore(151);
        episodes.foundBefore(List.of(counted(150, 11), counted(155, 12)), 140);
        episodes.ended(200);

        assertThat(heard()).containsExactly("changed ann 100: 50 at 155-156");
    }

    @Test
    @DisplayName("are the sessions that all findings make, whatever came late and was forgotten (drawn at random)")
    void random() {
        for (long seed = 0; seed < 700; seed++) {
            new Sessions(new Dice(seed), seed % 2 == 0 ? RULE : COUNTING).run("seed " + seed);
        }
    }

    /** Findings drawn at random, and beside them the sessions that all of them make, each time from the beginning. */
    private static final class Sessions {
        private static final long QUIET = 10;
        private static final int MOST = 5;
        private static final List<String> KEYS = List.of("ann", "bob", "cy");

        private final Dice dice;
        private final Rule rule;
        private final Budget budget = new Budget(1 << 20);
        private final Map<String, NavigableMap<Long, Integer>> findings = new HashMap<>();
        private final Map<String, NavigableMap<Long, Integer>> heard = new HashMap<>();
        private final List<String> wrong = new ArrayList<>();
        private long clock = 100;
        private long forgotten;

        private final Episodes episodes = new Episodes(QUIET, 2 * QUIET, budget, new Episodes.Voice() {
            @Override
            public void first(Finding finding, long end, boolean afterwards) {
                if (of(heard, finding.key()).put(finding.time(), code(finding)) != null) {
                    wrong.add("begun twice: " + finding);
                }
            }

            @Override
            public void changed(long anchor, Finding finding, long end) {
                if (of(heard, finding.key()).replace(anchor, code(finding)) == null || end != finding.time() + 1) {
                    wrong.add("changed before it began: " + finding);
                }
            }

            @Override
            public void gone(@Nullable Object key, String directory, long anchor) {
                if (of(heard, key).remove(anchor) == null) {
                    wrong.add("gone before it began: " + key + " " + anchor);
                }
            }
        });

        Sessions(Dice dice, Rule rule) {
            this.dice = dice;
            this.rule = rule;
        }

        private Finding finding(long time, String key, int n) {
            return new Finding(rule, false, time, key, Map.of("n", n));
        }

        void run(String name) {
            for (int step = 0; step < 60; step++) {
                String key = KEYS.get(dice.below(KEYS.size()));
                switch (dice.below(6)) {
                    case 0 -> late(key);
                    case 1 -> {
                        clock += dice.below(40);
                        episodes.ended(clock);
                        over();
                    }
                    case 2 -> {
                        episodes.ended(clock);
                        forgotten = Math.max(forgotten, clock - dice.below(40));
                        episodes.forgetBefore(forgotten);
                    }
                    default -> {
                        clock += dice.below(2 * (int) QUIET);
                        int number = dice.below(MOST);
                        Finding finding = finding(clock, key, number);
                        of(findings, key).put(clock, number);
                        episodes.add(finding);
                    }
                }
                KEYS.forEach(each -> assertThat(of(heard, each).keySet())
                        .as(name + " " + each)
                        .isEqualTo(sessions(of(findings, each)).keySet()));
                assertThat(wrong).as(name).isEmpty();
                assertThat(budget.used()).as(name).isEqualTo(episodes.bytes());
                assertThat((budget.used() - episodes.size() * HEAP) % Episodes.KEY_BYTES)
                        .as(name)
                        .isZero();
            }
            clock += 100;
            episodes.ended(clock);
            over();
            assertThat(wrong).as(name).isEmpty();
            assertThat(episodes.hasOpen()).as(name).isFalse();
            if (dice.below(2) == 0) {
                episodes.clear();
            } else {
                episodes.forgetBefore(clock + 100);
            }
            assertThat(budget.used()).as(name).isZero();
            assertThat(episodes.bytes()).as(name).isZero();
        }

        private void late(String key) {
            long from = Math.max(forgotten, clock - dice.below(60));
            long to = Math.min(clock, from + dice.below(30));
            if (to < from) {
                return;
            }
            Map<Long, Integer> instead = new TreeMap<>();
            for (int i = dice.below(4); i > 0; i--) {
                instead.put(from + dice.below((int) (to - from) + 1), dice.below(MOST));
            }
            of(findings, key).subMap(from, true, to, true).clear();
            of(findings, key).putAll(instead);
            List<Finding> found = new ArrayList<>();
            instead.forEach((time, n) -> found.add(finding(time, key, n)));
            episodes.replace(key, "", from, to, found, clock);
        }

        /** Of what is over the last finding was told, or the one with the most events if the rule counts them. */
        private void over() {
            for (String key : KEYS) {
                sessions(of(findings, key)).forEach((anchor, last) -> {
                    int n = rule.eventCount().isEmpty()
                            ? Objects.requireNonNull(of(findings, key).get(last))
                            : Collections.max(of(findings, key)
                                    .subMap(anchor, true, last, true)
                                    .values());
                    if (last + QUIET < clock && !Objects.equals(of(heard, key).get(anchor), code(last, n))) {
                        wrong.add(key + " " + anchor + " ended with " + n + ", told " + heard.get(key));
                    }
                });
            }
        }

        /** Last finding by first. */
        private static Map<Long, Long> sessions(Map<Long, Integer> findings) {
            TreeMap<Long, Long> sessions = new TreeMap<>();
            for (long time : findings.keySet()) {
                Map.Entry<Long, Long> last = sessions.lastEntry();
                boolean goesOn = last != null && time - last.getValue() <= QUIET;
                sessions.put(goesOn ? last.getKey() : Long.valueOf(time), time);
            }
            return sessions;
        }

        /** What was found, and when, in one number. */
        private static int code(Finding finding) {
            return code(finding.time(), (int)
                    Objects.requireNonNull(finding.columns().get("n")));
        }

        private static int code(long time, int n) {
            return Math.toIntExact(time) * MOST + n;
        }

        private static NavigableMap<Long, Integer> of(
                Map<String, NavigableMap<Long, Integer>> all, @Nullable Object key) {
            return all.computeIfAbsent(String.valueOf(key), each -> new TreeMap<>());
        }
    }

    @Test
    @DisplayName("take up what was found at the very time from which all is known")
    void foundAtTheEdge() {
        episodes.said(100, finding(100, "ann", 1));
        episodes.judgedBefore(101);

        episodes.foundBefore(List.of(finding(150, "ann", 2)), 150);
        episodes.ended(161);

        assertThat(heard()).containsExactly("changed ann 100: 2 at 150-151");
    }
}
