package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.plugin.DrawnReads.Read;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Rules whose kind, key, window and threshold are drawn at random, through reloads, restarts and kills, with events that are late
 * or too late, against an oracle that counts by hand for each rule, key and scope. Seeds are in each message; {@code
 * -Drules.seed} begins at another, {@code -Drules.runs} makes more.
 */
class RandomRulesTest {
    private static final long FIRST_SEED = Long.getLong("rules.seed", 1);
    private static final int RUNS = Integer.getInteger("rules.runs", 16);
    private static final int READS = 200;
    private static final long SLACK = 5_000;

    @TempDir
    Path temp;

    private final VaultwatchPluginFactory factory = new VaultwatchPluginFactory();

    private static SortedSet<String> standing(List<Alert> alerts) {
        Map<String, Alert> last = new HashMap<>();
        alerts.forEach(alert -> last.put(alert.id(), alert));
        return last.values().stream()
                .filter(alert -> alert.stage() != AlertStage.RETRACTED)
                .map(alert -> String.join("|", new TreeMap<>(alert.groupingKey()).values()) + " " + alert.windowStart())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Whether the read was later than its scope may change, by the newest read that had come. */
    private static boolean mayBeDropped(Read read, long newest, DrawnRule rule, long lateness) {
        long length = rule.kind() == DrawnRule.Kind.TUMBLING ? rule.window() * 1_000 : 0;
        long end = length == 0 ? read.time() + 1 : Math.floorDiv(read.time(), length) * length + length;
        return end + lateness <= newest - SLACK;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("What stands is what the events deserve, whatever happens meanwhile")
    void deserved(DrawnRule.Kind kind) throws IOException {
        int alerts = 0;
        int dropped = 0;
        int faults = 0;
        for (long seed : LongStream.range(FIRST_SEED, FIRST_SEED + RUNS).toArray()) {
            Random random = new Random(seed);
            DrawnRule rule = DrawnRule.of("drawn", kind, random);
            List<Read> reads = DrawnReads.of(READS, 300_000, random);
            DrawnLife life = DrawnLife.of(READS, random);
            String story = "seed " + seed + ", " + rule + ", " + life;
            Path rules = temp.resolve(kind + "" + seed);
            rule.write(rules);

            DrawnLife.Heard heard = life.live(factory, rules, reads, temp);

            Set<Read> late = new HashSet<>(heard.late());
            assertThat(standing(heard.alerts()))
                    .as(story)
                    .isEqualTo(rule.deserved(
                            reads.stream().filter(read -> !late.contains(read)).toList()));
            long newest = NOON.toEpochMilli();
            List<Read> wronglyDropped = new ArrayList<>();
            for (Read read : reads) {
                newest = Math.max(newest, read.time());
                if (late.contains(read) && !mayBeDropped(read, newest, rule, life.latenessMillis())) {
                    wronglyDropped.add(read);
                }
            }
            assertThat(wronglyDropped).as(story).isEmpty();
            assertThat(heard.dropped()).as(story).hasSameSizeAs(late);
            alerts += standing(heard.alerts()).size();
            dropped += late.size();
            faults += life.faults().size();
        }
        assertThat(alerts).as("alerts in all runs").isGreaterThan(RUNS);
        assertThat(RUNS < 10 || (dropped > 0 && faults > 0))
                .as("late reads were dropped, and faults happened")
                .isTrue();
    }
}
