package dev.vaultwatch.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two million events in a minute in a process of 512 MB: it lives, and a real harvest among them is seen with exact totals. */
@Timeout(value = 240, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class FloodTest {
    private static final int EVENTS = 2_000_000;
    private static final String BOTH_ACTIONS = RecordTemplate.action(0) + "," + RecordTemplate.action(1);

    @TempDir
    private Path folder = Path.of("");

    private List<String> flood(String kind, int events) throws IOException, InterruptedException {
        File out = folder.resolve("out").toFile();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FloodHost.class.getName(),
                        kind,
                        Integer.toString(events))
                .redirectOutput(out)
                .redirectError(folder.resolve("err").toFile())
                .start();
        try {
            int exitCode = process.waitFor();
            List<String> facts = Files.readAllLines(out.toPath());
            facts.stream()
                    .filter(fact -> fact.startsWith("HEAP") || fact.startsWith("SUM"))
                    .forEach(fact -> System.out.println("flood " + kind + ": " + fact));
            assertThat(exitCode).as(Files.readString(folder.resolve("err"))).isZero();
            assertThat(facts).as("the host lives").contains("DONE");
            return facts;
        } finally {
            process.destroyForcibly();
        }
    }

    private static List<String> only(String kind, List<String> facts) {
        return facts.stream().filter(fact -> fact.startsWith(kind + " ")).toList();
    }

    @Test
    void givenTwoMillionInventedUsersInAMinuteThenBothHarvestsAreSeenWithExactTotalsAndOneNoticeAWindow()
            throws IOException, InterruptedException {
        List<String> facts = flood("users", EVENTS);

        assertThat(only("ALERT", facts))
                .hasSize(2)
                .anySatisfy(alert -> assertThat(alert)
                        .matches("ALERT " + RecordTemplate.upn(FloodHost.BEFORE) + " " + FloodHost.BEFORE_READS
                                + " \\d+ " + BOTH_ACTIONS))
                // Its first nine reads were counted only: nothing said then that they would be ten.
                .contains("ALERT " + RecordTemplate.upn(FloodHost.AFTER) + " " + FloodHost.AFTER_READS + " "
                        + withoutEvidenceOfAfter(facts) + " " + BOTH_ACTIONS);
        assertThat(withoutEvidenceOfAfter(facts)).isGreaterThanOrEqualTo(9);
        assertThat(only("NOTICE EVIDENCE_CUT", facts))
                .as("two windows, each with a notice")
                .hasSize(2);
        assertThat(only("SUM", facts))
                .singleElement()
                .asString()
                .contains((EVENTS + EVENTS / 10 + FloodHost.BEFORE_READS + FloodHost.AFTER_READS)
                        + " kept, 0 overloaded");
    }

    private static long withoutEvidenceOfAfter(List<String> facts) {
        return only("ALERT " + RecordTemplate.upn(FloodHost.AFTER), facts).stream()
                .mapToLong(alert -> Long.parseLong(alert.split(" ", -1)[3]))
                .findFirst()
                .orElseThrow();
    }

    /** Each of them has enough events for a rule, so the engine must look at it, and counting is no way out. */
    @Test
    void givenTwoHundredThousandInventedUsersWithTenReadsEachThenBothHarvestsAreSeenAndWhatIsNotSeenIsSaid()
            throws IOException, InterruptedException {
        List<String> facts = flood("suspects", EVENTS);

        assertThat(only("SUM", facts))
                .singleElement()
                .asString()
                .contains((EVENTS + EVENTS / 10 + FloodHost.BEFORE_READS + FloodHost.AFTER_READS)
                        + " kept, 0 overloaded");
        assertThat(only("ALERT", facts))
                .extracting(alert -> alert.split(" ", -1)[1] + " " + alert.split(" ", -1)[2])
                .containsExactlyInAnyOrder(
                        RecordTemplate.upn(FloodHost.BEFORE) + " " + FloodHost.BEFORE_READS,
                        RecordTemplate.upn(FloodHost.AFTER) + " " + FloodHost.AFTER_READS);
        assertThat(only("NOTICE RULE_LIMITED", facts))
                .as("who could not come out any more")
                .hasSize(1);
    }

    @Test
    void givenOneUserWithTwoMillionEventsInAMinuteThenTheTotalIsExactAndTheAlertSaysWhatIsMissing()
            throws IOException, InterruptedException {
        List<String> facts = flood("one", EVENTS);

        assertThat(only("ALERT", facts))
                .containsExactly("ALERT " + RecordTemplate.upn(FloodHost.BEFORE) + " " + EVENTS + " "
                        + (EVENTS - 100_000) + " " + BOTH_ACTIONS);
        assertThat(only("NOTICE EVIDENCE_CUT", facts))
                .singleElement()
                .asString()
                .contains(" " + (EVENTS - 100_000) + " ");
    }

    @Test
    void givenOneUserWhoseSecondActionBeginsWhereTheBoundIsThenTheFloodTakesNoLonger()
            throws IOException, InterruptedException {
        List<String> facts = flood("two-phases", EVENTS);

        assertThat(only("ALERT", facts))
                .containsExactly("ALERT " + RecordTemplate.upn(FloodHost.BEFORE) + " " + EVENTS + " "
                        + (EVENTS - 100_000) + " " + BOTH_ACTIONS);
    }
}
