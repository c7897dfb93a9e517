package dev.vaultwatch.detect;

import static dev.vaultwatch.detect.DetectorUnderTest.thrown;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.rule.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Users at whose events a rule throws")
class ThrowingGroupsTest {
    private static final int AT_LEAST = 3;

    /** Where the rule throws at what {@link DetectorUnderTest#thrown} gives: behind its filter. */
    private enum Throwing {
        /** When a row is put out; the early statement is read off when the window closes. */
        IN_ROWS("distinct_values(case when httpStatus is not null then durationMs else 0.5 end) as x", ""),
        /** When a row is put out; the window is a batch. */
        IN_BATCHES("max(httpStatus) % (max(httpStatus) - max(httpStatus)) as x", ""),
        /** The same, and the order of events may matter: groups whose events come in another are judged apart. */
        IN_ORDER("window(*).countOf(e => e.httpStatus % (e.httpStatus - e.httpStatus) = 0) as x", ""),
        /** When it is looked whether a group is to be put out. */
        IN_HAVING(
                "count(*) as m",
                " and coalesce(sum(case when httpStatus is not null then httpStatus % (httpStatus - httpStatus) end), 0) = 0");

        private final String column;
        private final String having;

        Throwing(String column, String having) {
            this.column = column;
            this.having = having;
        }

        CompiledRules rules() {
            return TestRules.compile(Rule.builder("burst")
                    .eventCount(Optional.of("n"))
                    .epl("@name('alert') select upn, count(*) as n, " + column
                            + " from KeyVaultEvent(action = 'SecretGet', upn is not null)#time_batch(1 min, 0L)"
                            + " group by upn having count(*) >= " + AT_LEAST + having + ";")
                    .build());
        }
    }

    private static void story(DetectorUnderTest it, Map<String, List<String>> byUser) {
        for (String each : it.story()) {
            String[] words = each.split(" ", -1);
            byUser.computeIfAbsent(words[2], user -> new ArrayList<>()).add(words[0] + " " + words[4]);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "falsify nothing of others, who are found early, when the window closes and late; what was said of themselves stands")
    void others(Throwing throwing) {
        long seed = new Random().nextLong();
        CompiledRules rules = throwing.rules();
        for (int round = 0; round < 8; round++) {
            Random random = new Random(seed + round);
            DetectorUnderTest it = new DetectorUnderTest(rules);
            int bad = random.nextInt(14);
            Map<String, Integer> counts = new HashMap<>();
            List<String> soon = new ArrayList<>();
            List<Runnable> reads = new ArrayList<>();
            List<Runnable> late = new ArrayList<>();
            for (int user = 0; user < 20; user++) {
                // In an order of keys that tells nothing.
                String name = "u" + (user * 7 % 20);
                int inTime = random.nextInt(3) == 0 ? random.nextInt(90) : random.nextInt(6);
                int after = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 0;
                counts.put(name, inTime + after);
                if (throwing != Throwing.IN_ORDER
                        && user >= bad
                        && bad <= TumblingTrack.MOST_THROWS
                        && inTime >= AT_LEAST) {
                    soon.add(name);
                }
                IntStream.range(0, inTime).forEach(i -> reads.add(() -> it.get(1 + random.nextInt(500) / 10.0, name)));
                IntStream.range(0, after).forEach(i -> late.add(() -> it.get(1 + random.nextInt(500) / 10.0, name)));
                if (user < bad) {
                    (random.nextInt(4) == 0 ? late : reads).add(() -> it.feed(thrown(30, name)));
                }
            }
            Collections.shuffle(reads, random);
            Collections.shuffle(late, random);
            reads.forEach(Runnable::run);
            // What follows in the next minute has a lane beside it.
            it.gets(61, "next", AT_LEAST);
            it.tick(66);
            Map<String, List<String>> said = new HashMap<>();
            story(it, said);
            late.forEach(Runnable::run);
            it.tick(126);
            story(it, said);

            assertThat(said).as("seed %d", seed + round).containsEntry("next", List.of("EARLY 3", "ON_TIME 3"));
            for (int user = 0; user < 20; user++) {
                String name = "u" + (user * 7 % 20);
                List<String> its = said.getOrDefault(name, List.of());
                String where = name + ", seed " + (seed + round) + ": " + said;
                if (user < bad) {
                    assertThat(its).as(where).noneMatch(each -> each.startsWith("RETRACTED"));
                } else if (counts.getOrDefault(name, 0) < AT_LEAST) {
                    assertThat(its).as(where).isEmpty();
                } else {
                    assertThat(its).as(where).last().asString().matches("(ON_TIME|REVISED) " + counts.get(name));
                    assertThat(its).as(where).noneMatch(each -> each.startsWith("RETRACTED"));
                }
            }
            for (String name : soon) {
                assertThat(said.getOrDefault(name, List.of()))
                        .as("%s, seed %d: %s", name, seed + round, said)
                        .startsWith("EARLY " + AT_LEAST);
            }
            assertThat(it.notices()).doesNotContain(Notice.Kind.RULE_SUSPENDED);
        }
    }
}
