package dev.vaultwatch.tool.cases;

import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.RuleFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
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
    private static final String LOGIC = "rule.epl";
    private static final String FACTS = "rule.json";

    private final List<RuleCase> cases;
    private final List<Path> ruleFolders;
    private final List<RuleFault> ruleFaults;
    private final List<RuleFault> faults;
    private final List<RuleFault> warnings;

    private RuleCases(
            List<Path> ruleFolders,
            List<RuleCase> cases,
            List<RuleFault> ruleFaults,
            List<RuleFault> faults,
            List<RuleFault> warnings) {
        this.ruleFolders = List.copyOf(ruleFolders);
        this.cases = List.copyOf(cases);
        this.ruleFaults = List.copyOf(ruleFaults);
        this.faults = List.copyOf(faults);
        this.warnings = List.copyOf(warnings);
    }

    /**
     * Reads the cases of the rules in a folder: one folder per rule, or the folder of a single rule.
     *
     * @throws RuleException if there is no rule, a file of a rule or of cases is broken, or a rule without a case can't run; with
     *     every fault found
     */
    public static RuleCases in(Path folder) {
        RuleCases read = readable(folder).tried();
        List<RuleFault> all = new ArrayList<>(read.ruleFaults);
        all.addAll(read.faults);
        if (!all.isEmpty()) {
            throw new RuleException(all);
        }
        return read;
    }

    /** The same, with what is wrong in {@link #ruleFaults()} and {@link #faults()}: the cases that can be read are there. */
    public static RuleCases readable(Path folder) {
        List<RuleFault> ruleFaults = new ArrayList<>();
        List<Path> rules = List.of();
        try {
            rules = ruleFolders(folder);
            RuleFolder.at(folder).read();
        } catch (RuleException e) {
            ruleFaults.addAll(e.faults());
        } catch (IOException e) {
            ruleFaults.add(new RuleFault(folder.toString(), 0, 0, "The rules' folder can't be read: " + e + "."));
        }
        List<RuleFault> faults = new ArrayList<>();
        List<RuleFault> warnings = new ArrayList<>();
        List<RuleCase> cases = new ArrayList<>();
        if (!isRule(folder)) {
            warnings.addAll(strayRules(folder));
        }
        rules.forEach(rule -> cases.addAll(CaseReader.read(rule, faults, warnings)));
        return new RuleCases(rules, cases, ruleFaults, faults, warnings);
    }

    /**
     * The same, and in {@link #ruleFaults()} what hosts refuse of the rules without a case, too: each is started as a host starts it,
     * since no case does.
     */
    public RuleCases tried() {
        List<Path> idle = withoutRun();
        if (idle.isEmpty()) {
            return this;
        }
        // A rule's files may have been at fault before.
        Set<RuleFault> all = new LinkedHashSet<>(ruleFaults);
        DetectionPluginFactory factory = factory();
        for (Path rule : idle) {
            try (DetectionPlugin plugin =
                    factory.create(CaseRun.context(rule).onAlert(alert -> {}).build())) {
                plugin.start();
            } catch (RuleException e) {
                all.addAll(e.faults());
            }
        }
        return new RuleCases(ruleFolders, cases, List.copyOf(all), faults, warnings);
    }

    /** The folders of rules of which no case can be run. */
    private List<Path> withoutRun() {
        return ruleFolders.stream()
                .filter(rule ->
                        cases.stream().noneMatch(each -> each.ruleFolder().equals(rule)))
                .toList();
    }

    /** The folders of rules for which nobody has written a case; a case that can't be read is a fault. */
    public List<Path> untested() {
        return withoutRun().stream()
                .filter(rule -> Files.exists(rule.resolve(LOGIC)))
                .filter(rule ->
                        faults.stream().noneMatch(fault -> Path.of(fault.file()).startsWith(rule)))
                .toList();
    }

    /** The folders of rules in a folder, sorted: those in it, or itself; whatever hosts would take for a rule, whole or not. */
    private static List<Path> ruleFolders(Path folder) throws IOException {
        if (isRule(folder)) {
            return List.of(folder);
        }
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(folder)) {
            return children.filter(RuleCases::isRule).sorted().toList();
        }
    }

    private static boolean isRule(Path folder) {
        return Files.exists(folder.resolve(LOGIC)) || Files.exists(folder.resolve(FACTS));
    }

    /**
     * What lies in a folder of rules, looks like a rule, and is none to hosts: one of a folder further below, and one whose files' names
     * have capitals.
     *
     * @return a sentence for each; empty if the folder can't be listed, which others tell
     */
    public static List<RuleFault> strayRules(Path folder) {
        return StrayFiles.rules(folder);
    }

    /** What is wrong with the rules' own files, so that hosts refuse them; empty if nothing is. */
    public List<RuleFault> ruleFaults() {
        return ruleFaults;
    }

    /** What of the cases is probably not meant: files that are not read, actions that nobody knows. */
    public List<RuleFault> warnings() {
        return warnings;
    }

    /** All faults by the id of the rule whose file is at fault; under the folder's own name those of no rule. */
    public Map<String, List<RuleFault>> faultsByRule() {
        Map<String, List<RuleFault>> byRule = new LinkedHashMap<>();
        Stream.concat(ruleFaults.stream(), faults.stream()).forEach(fault -> {
            Path file = Path.of(fault.file());
            Path at = ruleFolders.stream().filter(file::startsWith).findFirst().orElse(file);
            byRule.computeIfAbsent(idOf(at), id -> new ArrayList<>()).add(fault);
        });
        return byRule;
    }

    /** The id of the rule in a folder. */
    public static String idOf(Path ruleFolder) {
        return String.valueOf(ruleFolder.toAbsolutePath().normalize().getFileName());
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
        ScratchFolder scratch = ScratchFolder.make("vaultwatch-cases");
        DetectionPluginFactory factory = factory();
        return cases.stream()
                .map(each -> new RuleTest(each, scratch.path(), factory))
                .onClose(scratch::close);
    }

    private static DetectionPluginFactory factory() {
        return ServiceLoader.load(DetectionPluginFactory.class, RuleCases.class.getClassLoader())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("There is no detection plugin on the class path."));
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
                        e.faults().stream()
                                .map(fault -> placed(fault, its, scratch).toString())
                                .toList(),
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

    private static RuleFault placed(RuleFault fault, RuleCase its, Path scratch) {
        return its.tuning()
                .filter(tuning -> Path.of(fault.file()).startsWith(scratch))
                .map(tuning -> tuning.inCase(fault))
                .orElse(fault);
    }

    private static List<String> compared(Outcome outcome, Outcome straight) {
        List<String> problems = new ArrayList<>(outcome.faults());
        problems.addAll(outcome.differencesFrom(straight));
        return problems;
    }
}
