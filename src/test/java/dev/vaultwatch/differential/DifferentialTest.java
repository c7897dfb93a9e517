package dev.vaultwatch.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.differential.PluginHost.Delivery;
import dev.vaultwatch.differential.PluginHost.TimeOwner;
import dev.vaultwatch.differential.SqlOracle.Question;
import dev.vaultwatch.differential.SqlOracle.Size;
import dev.vaultwatch.differential.SqlOracle.Standing;
import dev.vaultwatch.fuzz.Dice;
import dev.vaultwatch.fuzz.FuzzRule;
import dev.vaultwatch.fuzz.FuzzRule.Kind;
import dev.vaultwatch.fuzz.Group;
import dev.vaultwatch.fuzz.RuleDice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The whole way, from bytes to alerts, against the same question asked of DuckDB in SQL. Neither engine knows the other, and
 * the facts reach SQL without passing the plugin's decoder, so that a fault must be made twice to hide.
 *
 * <p>Each stream comes from a seed alone. A failure names the seed, and {@code -Dvaultwatch.seed=…} runs that one and no
 * other.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DifferentialTest {
    private static final String SEED = "vaultwatch.seed";
    private static final int MANY = 240;
    private static final int SOME = 24;
    private static final int FEW = 10;
    private static final int RULES = Integer.getInteger("vaultwatch.rules", 6);
    private static final int STREAMS = 4;
    private static final boolean SEED_IS_ONE = Long.getLong(SEED) != null;

    @TempDir
    Path temp;

    private SqlOracle oracle;

    @BeforeAll
    void open() throws SQLException {
        oracle = new SqlOracle();
    }

    @AfterAll
    void close() throws SQLException {
        oracle.close();
    }

    @Test
    void givenStreams_whenTheyHavePassed_thenTheAlertsAreThoseOfSql() throws SQLException {
        try (PluginHost host = new PluginHost("merged", TimeOwner.EVENTS)) {
            for (long seed : seeds(MANY)) {
                EventStream stream = StreamGenerator.stream(seed);
                oracle.load(stream.facts());
                Delivery delivery = host.feed(stream);
                assertSame(seed, delivery, AlertStage.ON_TIME, oracle.onTime(Question.MERGED));
                assertSame(seed, delivery, AlertStage.EARLY, oracle.early(Question.MERGED));
                assertEachSpokeEarlyOnce(seed, delivery);
            }
        }
    }

    /** Which record crosses the threshold depends on who comes first; what holds at the close does not. */
    @Test
    void givenEightThreads_whenTheyFeedStreamsAndEventsOwnTime_thenTheAlertsAreThoseOfSql()
            throws SQLException, InterruptedException {
        assertThreadsMakeNoDifference(TimeOwner.EVENTS);
    }

    @Test
    void givenEightThreads_whenTheyFeedStreamsAndTheHostOwnsTime_thenTheAlertsAreThoseOfSql()
            throws SQLException, InterruptedException {
        assertThreadsMakeNoDifference(TimeOwner.HOST);
    }

    private void assertThreadsMakeNoDifference(TimeOwner owner) throws SQLException, InterruptedException {
        try (PluginHost host = new PluginHost("merged", owner)) {
            for (long seed : seeds(SOME)) {
                EventStream stream = StreamGenerator.stream(seed);
                oracle.load(stream.facts());
                Delivery delivery = host.feedByManyThreads(stream);
                assertSame(seed, delivery, AlertStage.ON_TIME, oracle.onTime(Question.MERGED));
                assertEachSpokeEarlyOnce(seed, delivery);
            }
        }
    }

    @Test
    void givenUpstreamIdentity_whenStreamsHavePassed_thenTheClaimUpnAloneNamesThePerson() throws SQLException {
        try (PluginHost host = new PluginHost("upstream", TimeOwner.EVENTS)) {
            for (long seed : seeds(SOME)) {
                EventStream stream = StreamGenerator.stream(seed);
                oracle.load(stream.facts());
                Delivery delivery = host.feed(stream);
                assertSame(seed, delivery, AlertStage.ON_TIME, oracle.onTime(Question.UPSTREAM));
                assertSame(seed, delivery, AlertStage.EARLY, oracle.early(Question.UPSTREAM));
                assertEachSpokeEarlyOnce(seed, delivery);
            }
        }
    }

    /** Time runs by the slowest slack of all streams; then all that happened in them is asked about at once. */
    @ParameterizedTest
    @EnumSource
    @DisplayName("What stands of a rule drawn at random, alone or beside another, is what SQL finds of it")
    void drawn(Kind kind) throws SQLException, IOException {
        long found = 0;
        int foundOut = 0;
        for (long seed : seeds(RULES)) {
            Random random = new Random(seed);
            List<FuzzRule> rules = rules(kind, random);
            Path folder = Files.createTempDirectory(temp, "rules");
            for (FuzzRule rule : rules) {
                rule.write(folder, "");
            }
            List<Fact> facts = new ArrayList<>();
            List<Alert> alerts = new ArrayList<>();
            try (PluginHost host = new PluginHost(
                    "merged", TimeOwner.EVENTS, Map.of("rules.dir", folder.toString(), "time.slack", "PT3M"))) {
                for (long i = 1; i <= STREAMS; i++) {
                    EventStream stream = StreamGenerator.stream(seed * STREAMS + i);
                    facts.addAll(stream.facts());
                    Delivery delivery = host.feed(stream);
                    assertThat(delivery.complaints()).as(alone(seed)).isEmpty();
                    alerts.addAll(delivery.alerts());
                }
                alerts.addAll(host.finish().alerts());
            }
            oracle.load(facts);
            for (FuzzRule rule : rules) {
                Set<Standing> expected = oracle.standing(rule);
                assertThat(standing(rule, alerts))
                        .as(alone(seed) + ", " + rule + " of " + rules)
                        .isEqualTo(expected);
                found += expected.size();
                foundOut += expected.equals(oracle.standing(rule.with(rule.least() + 1, rule.leastDistinct()))) ? 0 : 1;
            }
        }
        assertThat(found).as("alerts of all rules").isGreaterThan(SEED_IS_ONE ? -1 : 2L * RULES);
        assertThat(foundOut)
                .as("rules whose least count would be found to be wrong")
                .isGreaterThan(SEED_IS_ONE || kind == Kind.EVENT ? -1 : RULES / 6);
    }

    private static List<FuzzRule> rules(Kind kind, Random random) {
        Dice dice = new Dice(random);
        FuzzRule first = withActions(RuleDice.rule("drawn-one", kind, dice), random);
        if (random.nextInt(3) > 0) {
            return List.of(first);
        }
        Kind other = dice.oneOf(Kind.values());
        return List.of(first, withActions(RuleDice.rule("drawn-two", other, dice), random));
    }

    /** Streams have twenty actions: one of four at most would rarely be an alert. */
    private static FuzzRule withActions(FuzzRule rule, Random random) {
        List<String> actions = new ArrayList<>(StreamGenerator.ACTIONS);
        Collections.shuffle(actions, random);
        return new FuzzRule(
                rule.id(),
                rule.kind(),
                rule.key(),
                rule.length(),
                rule.quiet(),
                Set.copyOf(actions.subList(0, rule.kind() == Kind.EVENT ? 3 : 8 + random.nextInt(13))),
                rule.least(),
                rule.distinct(),
                rule.leastDistinct(),
                true,
                rule.cap());
    }

    private static Set<Standing> standing(FuzzRule rule, List<Alert> alerts) {
        Map<String, Alert> last = new HashMap<>();
        alerts.stream().filter(alert -> alert.ruleId().equals(rule.id())).forEach(alert -> last.put(alert.id(), alert));
        return last.values().stream()
                .filter(alert -> alert.stage() != AlertStage.RETRACTED)
                .map(alert -> new Standing(
                        new Group(
                                rule.id(),
                                alert.windowStart().toEpochMilli(),
                                Group.keyOf(alert.groupingKey().values())),
                        rule.kind() == Kind.EVENT ? 0 : number(alert, "event_count"),
                        rule.kind() == Kind.EVENT ? 0 : number(alert, "distinct_count")))
                .collect(Collectors.toSet());
    }

    private static long number(Alert alert, String output) {
        return ((Number) Objects.requireNonNull(alert.outputs().get(output))).longValue();
    }

    /** A comparison that can't fail proves nothing. */
    @Test
    @DisabledIfSystemProperty(named = SEED, matches = ".+")
    void givenAWrongQuestion_whenSqlAnswersIt_thenTheComparisonFails() throws SQLException {
        Map<String, Question> wrong = Map.of(
                "eleven events", Question.MERGED.withMinEvents(11),
                "nine events", Question.MERGED.withMinEvents(9),
                "three actions", Question.MERGED.withMinActions(3),
                "one action", Question.MERGED.withMinActions(1),
                "claim.upn alone", Question.UPSTREAM);
        Map<String, Integer> foundOut = new TreeMap<>();
        try (PluginHost host = new PluginHost("merged", TimeOwner.EVENTS)) {
            for (long seed = 1; seed <= FEW; seed++) {
                EventStream stream = StreamGenerator.stream(seed);
                oracle.load(stream.facts());
                Delivery delivery = host.feed(stream);
                List<AlertRow> inPlugin = delivery.rows(AlertStage.ON_TIME);
                // Else any question would be found out.
                assertSame(seed, delivery, AlertStage.ON_TIME, oracle.onTime(Question.MERGED));
                for (Map.Entry<String, Question> question : wrong.entrySet()) {
                    List<AlertRow> inSql = oracle.onTime(question.getValue());
                    if (AlertRow.difference(inSql, inPlugin).isPresent()) {
                        foundOut.merge(question.getKey(), 1, Integer::sum);
                    }
                }
            }
        }
        assertThat(foundOut).containsOnlyKeys(wrong.keySet());
    }

    /** Streams that stay away from the thresholds prove little. */
    @Test
    @DisabledIfSystemProperty(named = SEED, matches = ".+")
    void givenAllStreams_whenCounted_thenEachSideOfEachThresholdIsMetOften() throws SQLException {
        Map<Size, Long> met = new HashMap<>();
        for (long seed = 1; seed <= MANY; seed++) {
            oracle.load(StreamGenerator.stream(seed).facts());
            oracle.sizes().forEach((size, times) -> met.merge(size, times, Long::sum));
        }
        for (int events = 9; events <= 11; events++) {
            for (int actions = 1; actions <= 3; actions++) {
                Size size = new Size(events, actions);
                assertThat(met.getOrDefault(size, 0L)).as("%s", size).isGreaterThanOrEqualTo(10);
            }
        }
    }

    /** Ascending, as a plugin that takes one stream after the other needs them. */
    private static long[] seeds(int count) {
        Long one = Long.getLong(SEED);
        return one != null ? new long[] {one} : LongStream.rangeClosed(1, count).toArray();
    }

    private static void assertSame(long seed, Delivery delivery, AlertStage stage, List<AlertRow> inSql) {
        assertThat(delivery.complaints()).as(alone(seed)).isEmpty();
        assertThat(AlertRow.difference(inSql, delivery.rows(stage)))
                .as(alone(seed))
                .isEmpty();
    }

    /** One EARLY and then one ON_TIME of each id, one id for each minute and person, and totals that only grow. */
    private static void assertEachSpokeEarlyOnce(long seed, Delivery delivery) {
        Map<String, AlertRow> early = new HashMap<>();
        Map<String, AlertRow> onTime = new HashMap<>();
        for (Alert alert : delivery.alerts()) {
            AlertRow row = AlertRow.of(alert);
            assertThat(alert.stage()).as(alone(seed)).isNotEqualTo(AlertStage.REVISED);
            if (alert.stage() == AlertStage.EARLY) {
                assertThat(onTime).as(alone(seed)).doesNotContainKey(alert.id());
                assertThat(early.put(alert.id(), row)).as(alone(seed)).isNull();
            } else {
                assertThat(onTime.put(alert.id(), row)).as(alone(seed)).isNull();
            }
        }
        assertThat(onTime.keySet()).as(alone(seed)).isEqualTo(early.keySet());
        onTime.forEach((id, last) -> {
            AlertRow first = Objects.requireNonNull(early.get(id));
            assertThat(first.minute()).as(alone(seed)).isEqualTo(last.minute());
            assertThat(first.upn()).as(alone(seed)).isEqualTo(last.upn());
            assertThat(first.eventCount()).as(alone(seed)).isBetween(10L, last.eventCount());
        });
    }

    private static String alone(long seed) {
        return "seed %d; alone: mvn -o test -Dtest=%s -D%s=%d"
                .formatted(seed, DifferentialTest.class.getSimpleName(), SEED, seed);
    }
}
