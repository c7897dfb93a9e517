package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.AT_02_41;
import static dev.vaultwatch.engine.Events.MALLORY;
import static dev.vaultwatch.engine.Events.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The two functions that EPL gets from us. */
class DistinctFunctionsTest {
    private static final CompiledRule SLIDING = Rules.compile(Rule.builder("sliding")
                    .window(new Window.Ordered(Duration.ofMinutes(1), Duration.ofMinutes(1)))
                    .key(GroupingKey.of(Property.UPN))
                    .epl("@name('alert') select upn, distinct_values(vault) as x, distinct_count(vault) as n,"
                            + " distinct_values(vault || '!') as y, distinct_values(action) as z,"
                            + " distinct_values(case when action = 'SecretGet' then vault end) as w,"
                            + " distinct_values(case when city is not null then 'known' else 'unknown' end) as c"
                            + " from KeyVaultEvent#time(1 min) group by upn")
                    .build())
            .rules()
            .get(0);

    @Test
    void givenValuesWhenCollectedThenTheyAreDistinctAndSorted() {
        assertThat(columns("distinct_values(vault) as x", "b", "a", "b", "c", "a"))
                .containsEntry("x", List.of("a", "b", "c"));
    }

    @Test
    void givenValuesWhenCountedThenEachCountsOnce() {
        assertThat(columns("distinct_count(vault) as x", "b", "a", "b", "c", "a"))
                .containsEntry("x", 3L);
    }

    @Test
    void givenNullsWhenCollectedAndCountedThenTheyArePassedOver() {
        assertThat(columns("distinct_values(vault) as x, distinct_count(vault) as n", null, "a", null, "a"))
                .containsEntry("x", List.of("a"))
                .containsEntry("n", 1L);
    }

    @Test
    void givenNothingButNullsWhenCollectedAndCountedThenThereIsNone() {
        assertThat(columns("distinct_values(vault) as x, distinct_count(vault) as n", null, null))
                .containsEntry("x", List.of())
                .containsEntry("n", 0L);
    }

    @Test
    void givenAnExpressionWhenCollectedThenItsValuesAre() {
        assertThat(columns("distinct_values(vault || '!') as x", "b", "a")).containsEntry("x", List.of("a!", "b!"));
    }

    @Test
    void givenNumbersWhenCollectedThenTheyAreSortedAsNumbers() {
        assertThat(columns("distinct_values(cast(vault, int)) as x", "10", "9", "10"))
                .containsEntry("x", List.of(9L, 10L));
    }

    @Test
    @DisplayName("A filter leaves out events, be it a property or an expression that is asked for")
    void filtered() {
        assertThat(columns(
                        "distinct_values(vault, filter: vault != 'b') as x,"
                                + " distinct_count(case when vault = 'a' then 'is' else 'not' end, filter: vault != 'a') as n,"
                                + " distinct_values(case when vault = 'a' then 'is' else 'not' end) as y",
                        "b",
                        "a",
                        "c",
                        "b"))
                .containsEntry("x", List.of("a", "c"))
                .containsEntry("n", 1L)
                .containsEntry("y", List.of("is", "not"));
    }

    @Test
    @DisplayName("Each filter is for its own use alone")
    void filteredApart() {
        assertThat(columns(
                        "distinct_values(vault, filter: vault != 'b') as x,"
                                + " distinct_values(vault, filter: vault != 'a') as y,"
                                + " distinct_values(vault, filter: vault = 'd') as none, distinct_values(vault) as z",
                        "b",
                        "a",
                        "c",
                        "b"))
                .containsEntry("x", List.of("a", "c"))
                .containsEntry("y", List.of("b", "c"))
                .containsEntry("none", List.of())
                .containsEntry("z", List.of("a", "b", "c"));
    }

    @Test
    @DisplayName(
            "An expression is read of each event in which a property differs that it depends on, however deep it stands")
    void deep() {
        Rule rule = rule("upn, distinct_values(case when vault is not null then vault || action end) as x", "");
        try (Lane lane = Rules.lane(rule)) {
            for (String action : List.of("SecretGet", "KeyGet", "SecretGet")) {
                lane.send(AT_02_41, read(AT_02_41, action, MALLORY, "v"));
            }
            lane.closeWindow();

            assertThat(lane.takeFindings())
                    .filteredOn(finding -> !finding.early())
                    .singleElement()
                    .satisfies(finding ->
                            assertThat(finding.columns()).containsEntry("x", List.of("vKeyGet", "vSecretGet")));
        }
    }

    @Test
    void givenTheWindowBesideThemWhenReadThenBothAgree() {
        assertThat(columns(
                        "distinct_values(vault) as x,"
                                + " window(*).selectFrom(e => e.vault).distinctOf().orderBy() as y",
                        "b",
                        "a",
                        "b"))
                .containsEntry("x", List.of("a", "b"))
                .containsEntry("y", List.of("a", "b"));
    }

    @Test
    void givenAHavingClauseWhenItCountsDistinctThenTheRowComesOrNot() {
        assertThat(rows("upn, count(*) as n", "having distinct_count(vault) >= 2", "a", "a"))
                .isEmpty();
        assertThat(rows("upn, count(*) as n", "having distinct_count(vault) >= 2", "a", "b"))
                .hasSize(1);
    }

    @Test
    void givenRandomValuesWhenCollectedThenASetSaysTheSame() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 10; i++) {
            String[] values = random.ints(random.nextInt(1, 300), 0, 40)
                    .mapToObj(n -> "v" + n)
                    .toArray(String[]::new);
            TreeSet<String> expected = new TreeSet<>(List.of(values));

            assertThat(columns("distinct_values(vault) as x, distinct_count(vault) as n", values))
                    .as("seed %d, round %d", seed, i)
                    .containsEntry("x", List.copyOf(expected))
                    .containsEntry("n", (long) expected.size());
        }
    }

    @Test
    @DisplayName("While events leave a sliding window, each row has the values of those that are in it")
    void sliding() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        try (Lane lane = SLIDING.newLane()) {
            List<KeyVaultEvent> sent = new ArrayList<>();
            long time = AT_02_41;
            for (int i = 0; i < 3_000; i++) {
                time += random.nextInt(4) == 0 ? random.nextInt(20_000) : random.nextInt(900);
                int most = i % 600 < 300 ? 40 : 3;
                // The very text of the event before, as decoders hand it out, or another one.
                String vault = random.nextInt(5) == 0 ? null : "v" + random.nextInt(most);
                if (!sent.isEmpty() && random.nextBoolean()) {
                    vault = sent.get(sent.size() - 1).vault();
                }
                KeyVaultEvent event = KeyVaultEvent.builder(time, random.nextBoolean() ? "SecretGet" : "KeyGet")
                        .with(Property.UPN, random.nextInt(3) == 0 ? MALLORY : Events.TRENT)
                        .with(Property.VAULT, vault)
                        .with(Property.CITY, i / 100 % 2 == 0 ? "Ghent" : null)
                        .build();
                lane.send(event);
                sent.add(event);
                long now = time;
                sent.removeIf(each -> each.time() <= now - Events.MINUTE);
                TreeSet<Object> vaults = new TreeSet<>();
                TreeSet<Object> marked = new TreeSet<>();
                TreeSet<Object> actions = new TreeSet<>();
                TreeSet<Object> got = new TreeSet<>();
                TreeSet<Object> cities = new TreeSet<>();
                for (KeyVaultEvent each : sent) {
                    if (Objects.equals(Property.UPN.get(event), Property.UPN.get(each))) {
                        actions.add(each.action());
                        cities.add(Property.CITY.get(each) == null ? "unknown" : "known");
                        if (Property.VAULT.get(each) != null) {
                            vaults.add(Property.VAULT.get(each));
                            marked.add(Property.VAULT.get(each) + "!");
                            if (each.action().equals("SecretGet")) {
                                got.add(Property.VAULT.get(each));
                            }
                        }
                    }
                }
                List<Finding> findings = lane.takeFindings();
                assertThat(findings.get(findings.size() - 1).columns())
                        .as("seed %d, event %d", seed, i)
                        .containsEntry("x", List.copyOf(vaults))
                        .containsEntry("n", (long) vaults.size())
                        .containsEntry("y", List.copyOf(marked))
                        .containsEntry("z", List.copyOf(actions))
                        .containsEntry("w", List.copyOf(got))
                        .containsEntry("c", List.copyOf(cities));
            }
        }
    }

    @Test
    @DisplayName("A window that lets events go in another order than they came is served as well")
    void otherOrder() {
        Rule rule = Rule.builder("unique")
                .window(new Window.Ordered(Duration.ofMinutes(1), Duration.ofMinutes(1)))
                .key(GroupingKey.of(Property.UPN))
                .epl(
                        "@name('alert') select upn, distinct_values(action) as x from KeyVaultEvent#unique(vault) group by upn")
                .build();
        try (Lane lane =
                new RuleCompiler(true).compile(List.of(rule)).rules().get(0).newLane()) {
            lane.send(read(AT_02_41, "SecretGet", MALLORY, "a"));
            lane.send(read(AT_02_41, "KeyGet", MALLORY, "b"));
            lane.send(read(AT_02_41, "KeyList", MALLORY, "c"));
            lane.send(read(AT_02_41, "SecretList", MALLORY, "b"));
            lane.send(read(AT_02_41, "SecretList", MALLORY, "a"));

            List<Finding> findings = lane.takeFindings();
            assertThat(findings)
                    .extracting(finding -> finding.columns().get("x"))
                    .endsWith(List.of("KeyList", "SecretGet", "SecretList"), List.of("KeyList", "SecretList"));
        }
    }

    @Test
    @DisplayName(
            "Of a stream that another statement fills, its columns' values: those that are named as the event's, too")
    void derived() {
        Rule rule = ordered(
                "insert into Reads select upn as upn, action as what, vault as vault from KeyVaultEvent; @name('alert') select upn, distinct_values(what) as x, distinct_values(vault) as y,"
                        + " distinct_values(case when vault = 'a' then 'is' else 'not' end) as z,"
                        + " distinct_count(vault, filter: what = 'KeyGet') as n from Reads#time(1 min) group by upn");
        assertThat(last(rule))
                .containsEntry("x", List.of("KeyGet", "SecretGet"))
                .containsEntry("y", List.of("a", "b"))
                .containsEntry("z", List.of("is", "not"))
                .containsEntry("n", 1L);
    }

    @Test
    @DisplayName("Of a join, the first stream's values; another's are refused, with what to write instead")
    void joined() {
        String join =
                " from KeyVaultEvent#time(1 min) as a, KeyVaultEvent#length(1) as b where a.upn = b.upn group by a.upn";

        assertThat(last(ordered("@name('alert') select a.upn as upn, distinct_values(a.action) as x" + join)))
                .containsEntry("x", List.of("KeyGet", "SecretGet"));
        for (String other : List.of(
                "distinct_values(b.action)",
                "distinct_count(a.action || b.action)",
                "distinct_values(a.action, filter: b.vault = 'a')")) {
            assertThatThrownBy(() -> new RuleCompiler(true)
                            .compile(List.of(ordered("@name('alert') select a.upn as upn, " + other + " as x" + join))))
                    .hasMessageContaining("asks for another stream than the first of its query");
        }
    }

    private static Rule ordered(String epl) {
        return Rule.builder("ordered")
                .window(new Window.Ordered(Duration.ofMinutes(1), Duration.ofMinutes(1)))
                .key(GroupingKey.of(Property.UPN))
                .epl(epl)
                .build();
    }

    /** The last row when a key was read in vault a, and secrets in it and in b. */
    private static Map<String, Object> last(Rule rule) {
        try (Lane lane =
                new RuleCompiler(true).compile(List.of(rule)).rules().get(0).newLane()) {
            lane.send(read(AT_02_41, "KeyGet", MALLORY, "a"));
            lane.send(read(AT_02_41, "SecretGet", MALLORY, "b"));
            lane.send(read(AT_02_41, "SecretGet", MALLORY, "a"));
            assertThat(lane.takeFailures()).isEmpty();
            List<Finding> findings = lane.takeFindings();
            return findings.get(findings.size() - 1).columns();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "distinct_values()",
                "distinct_values(vault, city)",
                "distinct_count()",
                "distinct_count(vault, city)"
            })
    void givenAWrongNumberOfParametersWhenCompiledThenItSaysHowManyAreTaken(String call) {
        assertThat(Rules.faults(rule("upn, " + call + " as x", "")))
                .singleElement()
                .satisfies(fault -> assertThat(fault.problem())
                        .endsWith("parameters; it takes one, the property whose distinct values are wanted."));
    }

    @ParameterizedTest
    @ValueSource(strings = {"distinct_values(*)", "distinct_count(*)"})
    void givenAStarWhenCompiledThenItIsRefused(String call) {
        assertThat(Rules.faults(rule("upn, " + call + " as x", ""))).isNotEmpty();
    }

    private static Map<String, Object> columns(String selected, @Nullable String... vaults) {
        return rows("upn, " + selected, "", vaults).get(0).columns();
    }

    private static List<Finding> rows(String selected, String having, @Nullable String... vaults) {
        try (Lane lane = Rules.lane(rule(selected, having))) {
            for (String vault : vaults) {
                lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY, vault));
            }
            lane.closeWindow();
            return lane.takeFindings().stream().filter(row -> !row.early()).toList();
        }
    }

    private static Rule rule(String selected, String having) {
        return Rules.of(
                "custom",
                "@name('alert') select " + selected + " from KeyVaultEvent#time_batch(1 min, 0L) group by upn " + having
                        + ";");
    }
}
