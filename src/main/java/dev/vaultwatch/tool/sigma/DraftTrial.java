package dev.vaultwatch.tool.sigma;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.rule.RuleFolder;
import dev.vaultwatch.tool.cases.CaseResult;
import dev.vaultwatch.tool.cases.RuleCases;
import dev.vaultwatch.tool.cases.RunResult;
import dev.vaultwatch.tool.cases.ScratchFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Tries a rule before it is written: whether it can run is what the engine's own compiler and gate say, and a case is as good as its
 * run. Both happen in a temporary folder.
 */
final class DraftTrial {
    private static final String OWN = "write cases of your own in its folder \"cases\".";

    private final RuleDraft draft;
    private final YamlNode at;
    private final Faults faults;

    private DraftTrial(RuleDraft draft, YamlNode at, Faults faults) {
        this.draft = draft;
        this.at = at;
        this.faults = faults;
    }

    /**
     * The draft with those of its cases that hold.
     *
     * @param at where the rule stands in its file
     * @param faults is given what the compiler says against the rule, and is warned of cases that are left out
     */
    static RuleDraft of(RuleDraft draft, YamlNode at, Faults faults) throws IOException {
        try (ScratchFolder scratch = ScratchFolder.make("vaultwatch-sigma")) {
            Path folder = scratch.path().resolve(draft.id());
            draft.write(folder);
            return new DraftTrial(draft, at, faults).tried(folder);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private RuleDraft tried(Path folder) {
        try {
            new RuleCompiler().compile(RuleFolder.at(folder).read());
        } catch (RuleException e) {
            e.faults().forEach(fault -> faults.error(at, "The rule that is made of it can't run: " + said(fault)));
            return draft;
        }
        if (!draft.hasCases()) {
            faults.warning(at, "No event that the rule finds could be made up, so that it has no case; " + OWN);
            return draft;
        }
        List<String> failed = failed(folder);
        if (failed.isEmpty()) {
            return draft;
        }
        // All of them: a case that finds nothing proves nothing where the one that finds something is wrong.
        faults.warning(
                at,
                "The cases that were made up don't come out as they say (" + String.join(", ", failed)
                        + "), so that none is written; " + OWN);
        return draft.withoutCases();
    }

    private static List<String> failed(Path folder) {
        RuleCases cases = RuleCases.readable(folder);
        if (!cases.faults().isEmpty()) {
            return cases.faults().stream().map(DraftTrial::said).toList();
        }
        try (Stream<RuleCases.RuleTest> tests = cases.tests()) {
            return tests.map(RuleCases.RuleTest::result)
                    .filter(result -> !result.passed())
                    .map(DraftTrial::said)
                    .toList();
        }
    }

    /** The case, and which of its runs fail: what a rule finds should depend on none of them. */
    private static String said(CaseResult result) {
        String name = "\"" + result.name() + "\"";
        // The straight run is the case itself.
        return result.runs().get(0).passed()
                ? result.runs().stream()
                        .filter(run -> !run.passed())
                        .map(RunResult::run)
                        .collect(Collectors.joining(", ", name + " with ", ""))
                : name;
    }

    /** Without the temporary folder, which is gone when it is read. */
    private static String said(RuleFault fault) {
        return Path.of(fault.file()).getFileName() + ":" + fault.line() + ":" + fault.column() + ": " + fault.problem();
    }
}
