package dev.vaultwatch.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.vaultwatch.fuzz.OpenFindings;
import dev.vaultwatch.model.Oracle.Mistake;
import dev.vaultwatch.model.Scenario.Memory;
import dev.vaultwatch.model.Scenario.Source;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever happens to the order of events, the rule files, the sources or the process, the alerts are those that the events
 * deserve: under the shipped rule, or under one or two drawn at random. 1,000 runs, and others with {@code
 * -Dvaultwatch.model.runs=N} and {@code -Dvaultwatch.model.from=S}. A seed alone: {@code -Dvaultwatch.seed=S}.
 *
 * <p>The fuzzers of the package {@code fuzz} draw what the exact oracle of this model can't follow: bounds, caps, listeners that
 * acknowledge, sources that come and go. Disks that are full or torn are this model's.
 */
class FaultModelTest {
    private static final int RUNS_A_SCENARIO = 40;
    private static final int ATTEMPTS_TO_SHRINK = Integer.getInteger("vaultwatch.model.shrink", 100);

    @TempDir
    Path folder;

    /** Those that no scenario uses: a rule is compiled once for each folder, and there is one for each thread. */
    private final Queue<Path> ruleFolders = new ConcurrentLinkedQueue<>();

    @Test
    void givenManyFaultsThenTheAlertsAreThoseTheEventsDeserve() {
        List<Long> seeds = seeds().parallel()
                .filter(seed -> !differences(Scenario.of(seed, RUNS_A_SCENARIO)).isEmpty())
                .boxed()
                .toList();

        if (!seeds.isEmpty()) {
            Scenario least = shrunk(Scenario.of(seeds.get(0), RUNS_A_SCENARIO));
            fail(seeds.size() + " seeds: " + seeds
                    + "; the first alone: mvn -o test -Dtest=FaultModelTest -Dvaultwatch.seed=" + seeds.get(0) + "\n"
                    + least + "\n" + String.join("\n", differences(least)));
        }
    }

    @Test
    void givenAKillAtEveryStepOfTheJournalThenTheAlertsAreThoseOfAnUndisturbedRun() {
        assertThat(differences(Scenario.killedAtEveryStep(Memory.JOURNAL))).isEmpty();
    }

    @Test
    void givenAKillAtEveryStepWithoutAJournalWhenTheHostSendsAgainThenTheLastWordsAreThoseOfAnUndisturbedRun() {
        assertThat(differences(Scenario.killedAtEveryStep(Memory.HEALTH))).isEmpty();
    }

    @Test
    void givenADiskThatIsFullAtEveryStepOfTheJournalThenTheAlertsAreThoseOfAnUndisturbedRun() {
        assertThat(differences(Scenario.fullAtEveryStep())).isEmpty();
    }

    @Test
    void givenADiskThatWasFullWhenTheProcessIsKilledAfterThatThenNothingThatWasTakenIsLost() {
        assertThat(differences(Scenario.fullAndThenKilled())).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Source.class,
            names = {"NOTHING", "POSITIONS"})
    void givenASettledMinuteWhenOnlyLateRecordsOfItAreSentAgainThenItIsNotRaisedAnew(Source source) {
        assertThat(differences(Scenario.settledAndThenKilled(source))).isEmpty();
    }

    @Test
    void givenAnOracleThatIsWrongThenTheComparisonFindsIt() {
        Set<Mistake> unnoticed = EnumSet.allOf(Mistake.class);
        unnoticed.remove(Mistake.NONE);
        for (long seed = 1; seed <= 40 && !unnoticed.isEmpty(); seed++) {
            Scenario scenario = Scenario.of(seed, RUNS_A_SCENARIO);
            Host host = lived(scenario);
            unnoticed.removeIf(mistake -> !differences(scenario, mistake, host).isEmpty());
        }
        assertThat(unnoticed).isEmpty();
    }

    private static LongStream seeds() {
        Long one = Long.getLong("vaultwatch.seed");
        int runs = Integer.getInteger("vaultwatch.model.runs", 1_000);
        Set<Long> open = OpenFindings.of("MODEL");
        return one != null
                ? LongStream.of(one)
                : LongStream.range(0, (runs + RUNS_A_SCENARIO - 1) / RUNS_A_SCENARIO)
                        .map(each -> each + Long.getLong("vaultwatch.model.from", 1))
                        .filter(seed -> !open.contains(seed));
    }

    private List<String> differences(Scenario scenario) {
        try {
            return differences(scenario, Mistake.NONE, lived(scenario));
        } catch (RuntimeException | AssertionError e) {
            return List.of("thrown: " + e + "\n"
                    + String.join(
                            "\n",
                            Stream.of(e.getStackTrace())
                                    .limit(12)
                                    .map(Object::toString)
                                    .toList()));
        }
    }

    private static List<String> differences(Scenario scenario, Mistake mistake, Host host) {
        Oracle oracle = new Oracle(scenario, mistake);
        List<String> differences = new ArrayList<>(
                scenario.memory() == Memory.HEALTH
                        ? Message.settledDifferences(oracle.expected(), host.heard())
                        : Message.differences(oracle.expected(), host.heard()));
        if (scenario.memory() == Memory.NONE
                && scenario.source() != Source.CONTENT
                && host.tooLate() != oracle.tooLate()) {
            differences.add(host.tooLate() + " events in the side output, expected " + oracle.tooLate());
        }
        return differences;
    }

    private Host lived(Scenario scenario) {
        try {
            Path own = Files.createTempDirectory(folder, "scenario");
            Path rules = Objects.requireNonNullElseGet(ruleFolders.poll(), () -> newRuleFolder());
            try {
                Host host = new Host(scenario, own, rules);
                host.live();
                return host;
            } finally {
                Host.remove(own);
                ruleFolders.add(rules);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path newRuleFolder() {
        try {
            return Files.createTempDirectory(folder, "rules");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Leaves out what the difference does not need, halves first. */
    private Scenario shrunk(Scenario scenario) {
        Scenario least = scenario;
        int attempts = 0;
        for (int size = least.steps().size() / 2; size > 0; size /= 2) {
            for (int from = 0; from < least.steps().size() && attempts < ATTEMPTS_TO_SHRINK; ) {
                List<Step> fewer = new ArrayList<>(least.steps());
                fewer.subList(from, Math.min(fewer.size(), from + size)).clear();
                Scenario smaller = least.with(fewer);
                attempts++;
                if (differences(smaller).isEmpty()) {
                    from += size;
                } else {
                    least = smaller;
                }
            }
        }
        return least;
    }
}
