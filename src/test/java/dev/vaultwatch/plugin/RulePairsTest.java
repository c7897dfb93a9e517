package dev.vaultwatch.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.fuzz.Dice;
import dev.vaultwatch.fuzz.FuzzRule;
import dev.vaultwatch.fuzz.RuleDice;
import dev.vaultwatch.plugin.DrawnReads.Read;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a rule says with another beside it is what it says alone: for each alert the same stages, revisions, totals and flags, in
 * the same order, where time is the same; and the same alerts in the end, where time is moved by the events that either
 * wants. Between alerts no order is promised, and none compared. The pairs are drawn from random rules, those that ship and
 * hostile ones; seeds are in each message, {@code -Drules.seed} begins at another, {@code -Drules.runs} makes more.
 */
class RulePairsTest {
    private static final long FIRST_SEED = Long.getLong("rules.seed", 1);
    private static final int RUNS = Integer.getInteger("rules.runs", 40);
    private static final int READS = 150;

    private static final String TUMBLING = "{\"kind\": \"tumbling\", \"length\": \"PT1M\"}";
    private static final String ORDERED = "{\"kind\": \"ordered\", \"reach\": \"PT1M\", \"quiet\": \"PT1M\"}";

    @TempDir
    Path temp;

    private final VaultwatchPluginFactory factory = new VaultwatchPluginFactory();

    /** A rule to be put beside another. */
    private interface Written {
        void to(Path rules) throws IOException;
    }

    /** Rules that throw, that take long, that speak of everything, and that hold much. */
    private static final Map<String, String> HOSTILE_BY_MINUTE = Map.of(
            "throws-in-filter",
            "KeyVaultEvent(httpStatus is null, 1 % (time % 2) = 0)#time_batch(1 min, 0L) group by upn having count(*) > 0",
            "throws-in-having",
            "KeyVaultEvent#time_batch(1 min, 0L) group by upn having 1 / (count(*) % 3) > 0 and 5 % (count(*) % 4) >= 0",
            "speaks-of-all",
            "KeyVaultEvent#time_batch(1 min, 0L) group by upn",
            "matches-slowly",
            "KeyVaultEvent(upn not regexp '(a|a)*(a|b|a)*(x+x+)+y')#time_batch(1 min, 0L) group by upn having count(*) > 0",
            "asks-itself",
            "KeyVaultEvent((select count(*) from KeyVaultEvent#length(5000) as k where k.action = 'SecretGet') > 1)"
                    + "#time_batch(1 min, 0L) group by upn having count(*) > 1");

    private static Written hostile(Random random) {
        List<String> names = HOSTILE_BY_MINUTE.keySet().stream().sorted().toList();
        int which = random.nextInt(names.size() + 2);
        if (which < names.size()) {
            String id = names.get(which);
            return rules -> Rules.write(
                    rules,
                    id,
                    "@name('alert') select upn, count(*) as n from " + HOSTILE_BY_MINUTE.get(id) + ";",
                    TUMBLING);
        }
        String id = which == names.size() ? "begins-matches" : "counts-everything";
        String from = which == names.size()
                ? "select a.upn as upn from pattern [every a=KeyVaultEvent"
                        + " -> ([3] b=KeyVaultEvent(upn = a.upn)) where timer:within(1 min)]"
                : "select upn, count(*) as n from KeyVaultEvent#time(1 min) group by upn having count(*) > 0";
        return rules -> Rules.write(rules, id, "@name('alert') " + from + ";", ORDERED);
    }

    private static Written shipped(String id) {
        return rules -> {
            Path to = Files.createDirectories(rules.resolve(id));
            for (String file : List.of("rule.epl", "rule.json")) {
                Files.copy(Path.of("epl", id, file), to.resolve(file));
            }
        };
    }

    private static List<String> shippedIds() throws IOException {
        try (Stream<Path> folders = Files.list(Path.of("epl"))) {
            return folders.map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    /** What was said of each alert of a rule, in order; what comes again after a kill counts once. */
    private static Map<String, List<String>> said(List<Alert> alerts, String rule) {
        Map<String, List<String>> said = new TreeMap<>();
        for (Alert alert : alerts) {
            if (alert.ruleId().equals(rule)) {
                String message = alert.stage() + " " + alert.revision() + " " + alert.windowStart() + " "
                        + alert.windowEnd() + " " + alert.groupingKey() + alert.outputs() + alert.isAtLeast()
                        + alert.isHistoryComplete() + alert.eventsWithoutEvidence() + alert.truncated();
                List<String> of = said.computeIfAbsent(alert.id(), id -> new ArrayList<>());
                if (!of.contains(message)) {
                    of.add(message);
                }
            }
        }
        return said;
    }

    /** What stands in the end: the last word of each alert, without how many words it took. */
    private static Map<String, String> standing(List<Alert> alerts, String rule) {
        Map<String, String> standing = new TreeMap<>();
        for (Alert alert : alerts) {
            if (alert.ruleId().equals(rule)) {
                standing.put(
                        alert.id(),
                        alert.stage() == AlertStage.RETRACTED ? "" : alert.groupingKey() + "" + alert.outputs());
            }
        }
        standing.values().removeIf(String::isEmpty);
        return standing;
    }

    /** A rule, and another beside it, in folders of rules. */
    private record Pair(String id, String told, Path alone, Path both) {}

    private static FuzzRule drawn(String id, Random random) {
        Dice dice = new Dice(random);
        return RuleDice.rule(id, dice.oneOf(FuzzRule.Kind.values()), dice);
    }

    private Pair pair(long seed, Random random) throws IOException {
        List<String> shipped = shippedIds();
        FuzzRule drawn = drawn("drawn", random);
        boolean isDrawn = random.nextInt(4) > 0;
        String id = isDrawn ? drawn.id() : shipped.get(random.nextInt(shipped.size()));
        Written its = isDrawn ? rules -> drawn.write(rules, "") : shipped(id);
        FuzzRule otherDrawn = drawn("other", random);
        String otherShipped = shipped.get(random.nextInt(shipped.size()));
        Written other = switch (random.nextInt(3)) {
            case 0 -> rules -> otherDrawn.write(rules, "");
            case 1 -> otherShipped.equals(id) ? rules -> otherDrawn.write(rules, "") : shipped(otherShipped);
            default -> hostile(random);
        };
        Path folder = Files.createTempDirectory(temp, "pair");
        its.to(folder.resolve("alone"));
        its.to(folder.resolve("both"));
        other.to(folder.resolve("both"));
        try (Stream<Path> both = Files.list(folder.resolve("both"))) {
            String names = both.map(each -> each.getFileName().toString())
                    .sorted()
                    .toList()
                    .toString();
            String told = "seed " + seed + ", " + (isDrawn ? drawn : id) + " in " + names + " " + otherDrawn;
            return new Pair(id, told, folder.resolve("alone"), folder.resolve("both"));
        }
    }

    private static List<Read> reads(Random random) {
        return DrawnReads.of(READS, List.of(300_000, 40_000, 15_000).get(random.nextInt(3)), random);
    }

    private static long[] seeds(int runs) {
        return LongStream.range(FIRST_SEED, FIRST_SEED + runs).toArray();
    }

    @Test
    @DisplayName("Every word about an alert of A is the same with B beside it, where time is the same")
    void words() throws IOException {
        int words = 0;
        for (long seed : seeds(RUNS)) {
            Random random = new Random(seed);
            List<Read> reads = reads(random);
            DrawnLife life = DrawnLife.of(READS, random);
            Pair pair = pair(seed, random);

            Map<String, List<String>> expected = said(
                    life.live(factory, pair.alone(), reads, temp, "rules.history", "all")
                            .alerts(),
                    pair.id());

            assertThat(said(
                            life.live(factory, pair.both(), reads, temp, "rules.history", "all")
                                    .alerts(),
                            pair.id()))
                    .as(pair.told() + ", " + life)
                    .isEqualTo(expected);
            words += expected.values().stream().mapToInt(List::size).sum();
        }
        assertThat(words).as("words in all runs").isGreaterThan(2 * RUNS);
    }

    @Test
    @DisplayName("What stands of A in the end is the same with B beside it, though B's events move time, too")
    void standing() throws IOException {
        int alerts = 0;
        for (long seed : seeds(RUNS / 2)) {
            Random random = new Random(-seed);
            List<Read> reads = reads(random);
            DrawnLife life = DrawnLife.of(READS, random).with("PT30M");
            Pair pair = pair(-seed, random);

            Map<String, String> expected =
                    standing(life.live(factory, pair.alone(), reads, temp).alerts(), pair.id());

            assertThat(standing(life.live(factory, pair.both(), reads, temp).alerts(), pair.id()))
                    .as(pair.told() + ", " + life)
                    .isEqualTo(expected);
            alerts += expected.size();
        }
        assertThat(alerts).as("alerts in all runs").isGreaterThan(RUNS);
    }
}
