package dev.vaultwatch.tool.cases;

import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/**
 * The cases of rules: {@code cases/*.json} in each rule's folder. Each is fed to a plugin of its own, through the interface that
 * hosts use, straight and once more for each line of {@code also}; time is synthetic, and nothing sleeps.
 *
 * <p>In a build with JUnit 5, with Vaultwatch and a folder of rules:
 *
 * <pre>{@code
 *   @TestFactory
 *   Stream<DynamicTest> rules() {
 *       return RuleCases.in(Path.of("rules")).tests().map(test ->
 *               DynamicTest.dynamicTest(test.name(), test.source(), test::run));
 *   }
 * }</pre>
 *
 * <p>Immutable and thread-safe; cases may run side by side.
 */
public final class RuleCases {
    private static final String RULE = "rule.epl";

    private final List<RuleCase> cases;
    private final List<Path> ruleFolders;
    private final List<RuleFault> faults;

    private RuleCases(List<Path> ruleFolders, List<RuleCase> cases, List<RuleFault> faults) {
        this.ruleFolders = List.copyOf(ruleFolders);
        this.cases = List.copyOf(cases);
        this.faults = List.copyOf(faults);
    }

    /**
     * Reads the cases of the rules in a folder: one folder per rule, or the folder of a single rule.
     *
     * @throws RuleException if there is no rule, or a file of cases is broken; with every fault found
     */
    public static RuleCases in(Path folder) {
        RuleCases read = readable(folder);
        if (!read.faults.isEmpty()) {
            throw new RuleException(read.faults);
        }
        return read;
    }

    /** The same, with what is wrong in {@link #faults()}: the cases that can be read are there. */
    public static RuleCases readable(Path folder) {
        List<RuleFault> faults = new ArrayList<>();
        List<Path> rules = ruleFolders(folder, faults);
        List<RuleCase> cases = new ArrayList<>();
        rules.forEach(rule -> cases.addAll(CaseReader.read(rule, faults)));
        return new RuleCases(rules, cases, faults);
    }

    /** The folders of rules in a folder, sorted: those in it, or itself. */
    private static List<Path> ruleFolders(Path folder, List<RuleFault> faults) {
        if (Files.exists(folder.resolve(RULE))) {
            return List.of(folder);
        }
        List<Path> rules = List.of();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> children = Files.list(folder)) {
                rules = children.filter(child -> Files.exists(child.resolve(RULE)))
                        .sorted()
                        .toList();
            } catch (IOException e) {
                faults.add(new RuleFault(folder.toString(), 0, 0, "The rules' folder can't be read: " + e + "."));
            }
        }
        if (rules.isEmpty()) {
            faults.add(new RuleFault(
                    folder.toString(),
                    0,
                    0,
                    "There is no rule here: expected one folder per rule, each with rule.epl and rule.json."));
        }
        return rules;
    }

    /** What is wrong with the files of cases; empty if nothing is. */
    public List<RuleFault> faults() {
        return faults;
    }

    /** The folders of the rules, with or without cases; sorted. */
    public List<Path> ruleFolders() {
        return ruleFolders;
    }

    /** How many cases of a rule must find something, and how many must not. */
    public Count count(Path ruleFolder) {
        List<RuleCase> its = cases.stream()
                .filter(each -> each.ruleFolder().equals(ruleFolder))
                .toList();
        int found = (int) its.stream().filter(RuleCase::isTrue).count();
        int disturbed = (int)
                its.stream().filter(each -> !each.disturbances().isEmpty()).count();
        int rebuilding = (int) its.stream()
                .filter(each -> each.disturbances().stream()
                        .anyMatch(one -> one instanceof Disturbance.Reload || one instanceof Disturbance.Restart))
                .count();
        int bounded = (int) its.stream()
                .filter(each -> !each.notices().isEmpty()
                        || each.expectations().stream()
                                .anyMatch(one -> one.totals().containsKey(Expectation.AT_LEAST)))
                .count();
        return new Count(found, its.size() - found, disturbed, rebuilding, bounded);
    }

    /**
     * How many cases a rule has.
     *
     * @param positive those that expect an alert
     * @param negative those that expect none
     * @param disturbed those of either kind that are repeated under a fault
     * @param rebuilding those of either kind in which a rule's memory is rebuilt: by a reload or a restart
     * @param bounded those of either kind in which a bound is reached, and which say what is told then
     */
    public record Count(int positive, int negative, int disturbed, int rebuilding, int bounded) {}

    /**
     * Each case as a test, in the order of rules and files. The stream deletes its temporary folder when it is closed, as JUnit
     * does.
     */
    public Stream<RuleTest> tests() {
        Path scratch = newScratch();
        DetectionPluginFactory factory = ServiceLoader.load(
                        DetectionPluginFactory.class, RuleCases.class.getClassLoader())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("There is no detection plugin on the class path."));
        return cases.stream().map(each -> new RuleTest(each, scratch, factory)).onClose(() -> delete(scratch));
    }

    /** One case as a test. */
    public static final class RuleTest {
        private final RuleCase its;
        private final Path scratch;
        private final DetectionPluginFactory factory;

        private RuleTest(RuleCase its, Path scratch, DetectionPluginFactory factory) {
            this.its = its;
            this.scratch = scratch;
            this.factory = factory;
        }

        /** The rule's id and the case's name. */
        public String name() {
            return its.ruleId() + ": " + its.name();
        }

        /** The rule's id. */
        public String ruleId() {
            return its.ruleId();
        }

        /** The file that the case stands in, for an IDE to open. */
        public java.net.URI source() {
            return its.file().toUri();
        }

        /**
         * Runs the case.
         *
         * @throws AssertionError if it does not go as expected, with what differs
         * @throws RuleException if its rule can't run
         */
        public void run() {
            CaseResult result = RuleCases.run(its, its.ruleFolder(), scratch, factory);
            if (!result.passed()) {
                throw new AssertionError(name() + "\n" + result.explanation());
            }
        }

        /** Runs the case and says how it went. */
        public CaseResult result() {
            return RuleCases.run(its, its.ruleFolder(), scratch, factory);
        }

        /** Runs the case straight, with another rule in place of its own: the rule in the given folder, which has the same id. */
        public CaseResult resultWith(Path otherRule) {
            RuleCase straight = new RuleCase(
                    its.ruleFolder(),
                    its.file(),
                    its.shownFile(),
                    its.line(),
                    its.name(),
                    its.events(),
                    List.of(),
                    its.expectations(),
                    its.notices(),
                    its.config(),
                    its.tuning());
            return RuleCases.run(straight, otherRule, scratch, factory);
        }
    }

    private static CaseResult run(RuleCase its, Path ruleFolder, Path scratch, DetectionPluginFactory factory) {
        List<RunResult> results = new ArrayList<>();
        Outcome straight = null;
        for (Disturbance disturbance : its.runs()) {
            long before = System.nanoTime();
            Outcome outcome;
            List<String> problems;
            try {
                outcome = new CaseRun(its, ruleFolder, scratch, factory).run(disturbance);
                problems = straight == null ? Judgement.of(its, outcome) : compared(outcome, straight);
            } catch (RuleException e) {
                results.add(new RunResult(
                        disturbance.text(),
                        e.faults().stream().map(RuleFault::toString).toList(),
                        Duration.ofNanos(System.nanoTime() - before)));
                break;
            } catch (IllegalArgumentException e) {
                results.add(new RunResult(
                        disturbance.text(),
                        List.of("config: " + e.getMessage()),
                        Duration.ofNanos(System.nanoTime() - before)));
                break;
            }
            straight = straight == null ? outcome : straight;
            results.add(new RunResult(disturbance.text(), problems, Duration.ofNanos(System.nanoTime() - before)));
        }
        return new CaseResult(its.ruleId(), its.name(), its.shownFile(), its.line(), results);
    }

    private static List<String> compared(Outcome outcome, Outcome straight) {
        List<String> problems = new ArrayList<>(outcome.faults());
        problems.addAll(outcome.differencesFrom(straight));
        return problems;
    }

    private static Path newScratch() {
        try {
            return Files.createTempDirectory("vaultwatch-cases");
        } catch (IOException e) {
            throw new UncheckedIOException("The temporary folder can't be made: " + e.getMessage(), e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The temporary folder " + folder + " can't be deleted.", e);
        }
    }
}
