package dev.vaultwatch.cli;

import dev.vaultwatch.tool.cases.CaseResult;
import dev.vaultwatch.tool.cases.JUnitXml;
import dev.vaultwatch.tool.cases.RuleCases;
import dev.vaultwatch.tool.cases.RunResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options of {@code test}: runs the cases of rules and says what differs. */
@Command(
        name = "test",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        header = "Runs the cases of rules: what they must find and what they must not.",
        synopsisHeading = "%nUsage: ",
        customSynopsis = "java -jar vaultwatch.jar test [OPTION]... [DIR]",
        description = {
            "",
            "Each rule's cases are in cases/*.json in its folder. Each case runs straight, and",
            "once more for each line of its \"also\": a reload or a restart in the middle, late,",
            "repeated or shuffled records, which must give the same alerts. Time is synthetic.",
            ""
        },
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  Test all rules of a folder:",
            "    java -jar vaultwatch.jar test ./epl",
            "",
            "  Test one rule, and leave a report for the build server:",
            "    java -jar vaultwatch.jar test --junit report.xml ./epl/excessive-secret-retrieval"
        })
final class TestCommand implements Callable<Integer> {
    /** Each runs a plugin of its own; beyond a few, the compiler of rules is what all wait for. */
    private static final int MOST_THREADS = 4;

    private final Surroundings surroundings;

    @Parameters(
            arity = "0..1",
            paramLabel = "DIR",
            defaultValue = "epl",
            description = "A folder with one folder per rule, or the folder of one rule. Default: epl.")
    private Path folder = Path.of("epl");

    @Option(names = "--junit", paramLabel = "FILE", description = "Write the results to this file, as JUnit XML.")
    private Optional<Path> junit = Optional.empty();

    TestCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        Screen screen = new Screen(surroundings.err(), surroundings.terminal().err());
        if (surroundings.ownsProcess()) {
            ShortRun.begin();
            Logging.toScreen(screen, false);
        }
        RuleCases cases = RuleCases.readable(folder).tried();
        Stream.concat(cases.ruleFaults().stream(), cases.faults().stream())
                .forEach(fault -> screen.say(fault.toString()));
        cases.warnings().forEach(warning -> screen.say("warning: " + warning));
        List<CaseResult> results = new ArrayList<>();
        Answered answered = new Answered(surroundings.out(), screen);
        try (Stream<RuleCases.RuleTest> tests = cases.tests()) {
            for (Future<CaseResult> each : started(tests.toList())) {
                CaseResult result = result(each);
                results.add(result);
                screen.clear();
                answered.write(text(result));
                screen.progress(results.size() + " cases");
            }
            screen.clear();
        }
        if (junit.isPresent()) {
            try {
                Files.writeString(junit.get(), JUnitXml.of(results, cases.faultsByRule(), untested(cases)));
            } catch (IOException e) {
                screen.say(
                        "vaultwatch: " + junit.get() + ", for the results, can't be written: " + Problem.of(e) + ".");
                return ExitCode.FAILED.code();
            }
        }
        return answered.exitCode(summary(cases, results, screen));
    }

    private static List<String> untested(RuleCases cases) {
        return cases.untested().stream().map(RuleCases::idOf).toList();
    }

    /**
     * Starts the cases, on as many threads as there are cores and at most {@value #MOST_THREADS}; the threads end with the last of them.
     * They take turns by rule, so that two of one rule seldom begin together, and it is compiled once.
     */
    private static List<Future<CaseResult>> started(List<RuleCases.RuleTest> tests) {
        AtomicInteger number = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(
                Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors()), work -> {
                    Thread thread = new Thread(work, "vaultwatch-test-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        List<Future<CaseResult>> results = new ArrayList<>();
        Map<String, List<FutureTask<CaseResult>>> byRule = new LinkedHashMap<>();
        for (RuleCases.RuleTest test : tests) {
            FutureTask<CaseResult> task = new FutureTask<>(test::result);
            results.add(task);
            byRule.computeIfAbsent(test.ruleId(), id -> new ArrayList<>()).add(task);
        }
        int most = byRule.values().stream().mapToInt(List::size).max().orElse(0);
        for (int i = 0; i < most; i++) {
            for (List<FutureTask<CaseResult>> its : byRule.values()) {
                if (i < its.size()) {
                    threads.execute(its.get(i));
                }
            }
        }
        threads.shutdown();
        return results;
    }

    private static CaseResult result(Future<CaseResult> running) {
        try {
            return running.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("The cases were interrupted.", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("A case can't be run: " + e.getCause(), e.getCause());
        }
    }

    private int summary(RuleCases cases, List<CaseResult> results, Screen screen) {
        long failed = results.stream().filter(result -> !result.passed()).count();
        int faults = cases.ruleFaults().size() + cases.faults().size();
        long runs = results.stream().mapToLong(result -> result.runs().size()).sum();
        cases.untested().forEach(rule -> screen.say("warning: " + rule + " has no case."));
        screen.say(results.size() + (results.size() == 1 ? " case" : " cases") + " of "
                + cases.ruleFolders().size() + (cases.ruleFolders().size() == 1 ? " rule" : " rules") + ", " + runs
                + (runs == 1 ? " run" : " runs") + "; " + outcome(failed, faults));
        return failed > 0 || faults > 0 ? ExitCode.FAILED.code() : ExitCode.OK.code();
    }

    private static String outcome(long failed, int faults) {
        String unread = faults + (faults == 1 ? " fault, told above." : " faults, told above.");
        if (failed > 0) {
            return failed + " failed" + (faults > 0 ? ", and " + unread : ".");
        }
        return faults > 0 ? unread + " What is at fault was not tested." : "all as expected.";
    }

    private static String text(CaseResult result) {
        StringBuilder text = new StringBuilder(result.passed() ? "ok    " : "FAIL  ")
                .append(result.ruleId())
                .append(": ")
                .append(result.name());
        if (result.runs().size() > 1) {
            text.append(" (")
                    .append(String.join(
                            ", ", result.runs().stream().map(RunResult::run).toList()))
                    .append(")");
        }
        return text.append('\n').append(result.explanation()).toString();
    }
}
