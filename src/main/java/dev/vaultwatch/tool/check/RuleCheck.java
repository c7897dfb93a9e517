package dev.vaultwatch.tool.check;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.engine.RuleShape;
import dev.vaultwatch.rule.EplText;
import dev.vaultwatch.rule.FactPlaces;
import dev.vaultwatch.rule.Nearest;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import dev.vaultwatch.rule.Window;
import dev.vaultwatch.tool.AttackList;
import dev.vaultwatch.tool.cases.RuleCases;
import dev.vaultwatch.tool.check.CheckFinding.Level;
import dev.vaultwatch.tuning.JsonFile;
import dev.vaultwatch.tuning.Tuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Checks rules without running them: their files, their logic by the engine's own compiler and gate, what belongs to a rule beside
 * them, and a site's tuning. Finds everything at once. Used once, by one thread.
 */
public final class RuleCheck {
    private static final Pattern OUTPUT = Pattern.compile("\\bas\\s+(?:`([^`]+)`|(\\w+))");
    private static final Pattern VARIABLE = Pattern.compile("create\\s+constant\\s+variable\\s+\\w+\\s+(\\w+)");

    private final AttackList attack = AttackList.packed();
    private final List<CheckFinding> findings = new ArrayList<>();
    private final List<Rule> rules = new ArrayList<>();
    private final List<CompiledRule> compiledRules = new ArrayList<>();

    private final RuleCompiler compiler;

    private RuleCheck(RuleCompiler compiler) {
        this.compiler = compiler;
    }

    /**
     * Checks the rules in a folder, and the tuning that is laid over them.
     *
     * @param folder one folder per rule, or the folder of a single rule
     * @param tuning a {@code tuning.json}; if there is none, one that lies in the folder
     * @param now for what has expired
     * @return sorted by file and line
     */
    public static List<CheckFinding> of(Path folder, Optional<Path> tuning, Instant now) {
        try (RuleCompiler compiler = new RuleCompiler()) {
            return new RuleCheck(compiler).findings(folder, tuning, now);
        }
    }

    private List<CheckFinding> findings(Path folder, Optional<Path> tuning, Instant now) {
        folders(folder).forEach(this::rule);
        CompiledRules.clashes(compiledRules).forEach(fault -> add(Level.WARNING, "columns", fault));
        Optional<Path> laidOver =
                tuning.or(() -> Optional.of(folder.resolve("tuning.json")).filter(Files::exists));
        laidOver.ifPresent(file -> tuning(file, now));
        findings.sort(
                Comparator.comparing((CheckFinding finding) -> finding.fault().file())
                        .thenComparing(finding -> finding.fault().line())
                        .thenComparing(finding -> finding.fault().column()));
        return List.copyOf(findings);
    }

    /** Whether a rule can't be read: what a tuning says of it is not checked then. */
    private boolean isRuleMissing;

    private List<Path> folders(Path folder) {
        if (isRule(folder)) {
            return List.of(folder);
        }
        List<Path> folders = List.of();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> children = Files.list(folder)) {
                List<Path> all = children.sorted().toList();
                folders = all.stream().filter(RuleCheck::isRule).toList();
                List<RuleFault> closed = RuleFolder.closed(all);
                closed.forEach(fault -> add(Level.ERROR, "rule-file", fault));
                isRuleMissing |= !closed.isEmpty();
                RuleCases.strayRules(folder).forEach(fault -> add(Level.WARNING, "rule-file", fault));
            } catch (IOException e) {
                error("rule-file", folder.toString(), "The rules' folder can't be read: " + e + ".");
                return List.of();
            }
        }
        if (folders.isEmpty() && !isRuleMissing) {
            error(
                    "rule-file",
                    folder.toString(),
                    "There is no rule here: expected one folder per rule, each with rule.epl and rule.json.");
        }
        return folders;
    }

    private static boolean isRule(Path folder) {
        return Files.exists(folder.resolve("rule.epl")) || Files.exists(folder.resolve("rule.json"));
    }

    private void rule(Path folder) {
        RuleFolder.Reading reading = RuleFolder.at(folder).reading();
        isRuleMissing |= !reading.faults().isEmpty();
        reading.faults().forEach(fault -> add(Level.ERROR, "rule-file", fault));
        reading.drafts().forEach(draft -> compiler.faults(draft).forEach(fault -> add(Level.ERROR, "epl", fault)));
        Optional<Rule> read = reading.rules().stream().findFirst();
        read.ifPresent(rule -> {
            rules.add(rule);
            compile(rule);
            metadata(folder, rule);
        });
        if (!Files.exists(folder.resolve("guide.md"))) {
            warning(
                    "guide",
                    folder.resolve("guide.md").toString(),
                    "There is no guide: expected what to look at when the rule raises an alert.");
        }
        boolean runs = findings.stream()
                .noneMatch(each -> each.level() == Level.ERROR
                        && Path.of(each.fault().file()).startsWith(folder));
        cases(folder, read, runs);
    }

    private void compile(Rule rule) {
        try {
            CompiledRules compiled = compiler.compile(List.of(rule));
            for (RuleFault warning : compiled.warnings()) {
                add(Level.WARNING, "epl", warning);
            }
            compiledRules.addAll(compiled.rules());
            compiled.rules().forEach(this::cost);
        } catch (RuleException e) {
            e.faults().forEach(fault -> add(Level.ERROR, "epl", fault));
        }
    }

    /** What the rule costs per event, as far as it can be read off the rule. */
    private void cost(CompiledRule compiled) {
        RuleShape shape = compiled.shape();
        String actions = shape.actions()
                .map(all -> all.size() + (all.size() == 1 ? " action" : " actions"))
                .orElse("every action");
        String cost;
        if (shape.actions().isEmpty()) {
            cost = "high: every event reaches the engine, since no list of actions can be read off the rule";
        } else if (shape.minEvents() > 1) {
            cost = "low: only keys with at least " + shape.minEvents() + " events of " + actions + " reach the engine";
        } else {
            cost = "medium: each event of " + actions + " reaches the engine";
        }
        add(
                shape.actions().isEmpty() ? Level.WARNING : Level.NOTE,
                "cost",
                new RuleFault(compiled.rule().file(), 0, 0, "Cost " + cost + "."));
    }

    private void metadata(Path folder, Rule rule) {
        List<RuleFault> ignored = new ArrayList<>();
        Optional<JsonFile> json = JsonFile.read(
                folder.resolve("rule.json"), folder.resolve("rule.json").toString(), ignored);
        json.ifPresent(facts -> {
            threats(facts, rule);
            parameters(facts, rule);
            labels(facts, rule);
            if (rule.falsePositives().isEmpty()) {
                add(
                        Level.WARNING,
                        "metadata",
                        facts.fault("/falsePositives", "is empty: expected what looks like it and is harmless"));
            }
        });
    }

    private void threats(JsonFile facts, Rule rule) {
        if (rule.threats().isEmpty()) {
            add(
                    Level.WARNING,
                    "attack-id",
                    facts.fault("/threat", "is empty: expected where the rule stands in ATT&CK"));
        }
        for (int t = 0; t < rule.threats().size(); t++) {
            Rule.Threat threat = rule.threats().get(t);
            String at = "/threat/" + t;
            attack(facts, at + "/tactic", threat.tactic());
            for (int i = 0; i < threat.techniques().size(); i++) {
                Rule.Technique technique = threat.techniques().get(i);
                String where = at + "/techniques/" + i;
                attack(facts, where, technique.attack());
                for (int j = 0; j < technique.subtechniques().size(); j++) {
                    Rule.Attack sub = technique.subtechniques().get(j);
                    attack(facts, where + "/subtechniques/" + j, sub);
                    if (!sub.id().startsWith(technique.attack().id() + ".")) {
                        add(
                                Level.ERROR,
                                "attack-id",
                                facts.fault(
                                        where + "/subtechniques/" + j + "/id",
                                        "is \"" + sub.id() + "\", which is no sub-technique of "
                                                + technique.attack().id()));
                    }
                }
            }
        }
    }

    private void attack(JsonFile facts, String pointer, Rule.Attack given) {
        Optional<String> name = attack.name(given.id());
        if (name.isEmpty()) {
            add(
                    Level.ERROR,
                    "attack-id",
                    facts.fault(
                            pointer + "/id",
                            "is \"" + given.id() + "\", which ATT&CK 18.0 does not have"
                                    + Nearest.asQuestion(given.id(), attack.ids())));
        } else if (!name.get().equals(given.name())) {
            add(
                    Level.WARNING,
                    "attack-name",
                    facts.fault(
                            pointer + "/name",
                            "is \"" + given.name() + "\"; " + given.id() + " is \"" + name.get()
                                    + "\" in ATT&CK 18.0"));
        }
    }

    private void parameters(JsonFile facts, Rule rule) {
        Set<String> named = new LinkedHashSet<>();
        for (Rule.Parameter parameter : rule.parameters()) {
            named.add(parameter.name());
            boolean number = Set.of("int", "long", "double").contains(parameter.type());
            if (number && (parameter.min().isEmpty() || parameter.max().isEmpty())) {
                add(
                        Level.WARNING,
                        "parameter-range",
                        facts.fault(
                                "/parameters/" + parameter.name(),
                                "has no range: expected \"min\" and \"max\", so that a site's slip is refused"));
            }
        }
        Matcher variables = VARIABLE.matcher(EplText.blanked(rule.epl(), true));
        while (variables.find()) {
            if (!named.contains(variables.group(1))) {
                int line = (int)
                        rule.epl().substring(0, variables.start(1)).lines().count();
                add(
                        Level.WARNING,
                        "parameter",
                        new RuleFault(
                                rule.file(),
                                Math.max(1, line),
                                variables.start(1) - rule.epl().lastIndexOf('\n', variables.start(1)),
                                "The variable " + variables.group(1)
                                        + " is not under /parameters of rule.json, so that no site can set it."));
            }
        }
    }

    private void labels(JsonFile facts, Rule rule) {
        Set<String> outputs = new LinkedHashSet<>();
        Matcher matcher = OUTPUT.matcher(EplText.blanked(rule.epl(), true));
        while (matcher.find()) {
            outputs.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
        }
        rule.key().properties().forEach(property -> outputs.add(property.epl()));
        for (String label : rule.labels().keySet()) {
            if (!outputs.contains(label)) {
                add(
                        Level.WARNING,
                        "label",
                        facts.fault(
                                FactPlaces.member("/labels", label),
                                "names no output of the rule" + Nearest.asQuestion(label, outputs)));
            }
        }
    }

    private void cases(Path folder, Optional<Rule> rule, boolean runs) {
        if (!Files.exists(folder.resolve("rule.epl"))) {
            return;
        }
        RuleCases cases = RuleCases.readable(folder);
        cases.faults().forEach(fault -> add(Level.ERROR, "case", fault));
        cases.warnings().forEach(warning -> add(Level.WARNING, "case", warning));
        if (runs) {
            run(cases);
        }
        RuleCases.Count count = cases.count(folder);
        String place = folder.resolve("cases").toString();
        if (count.positive() == 0 && cases.faults().isEmpty()) {
            warning("case", place, "No case expects an alert: expected at least one that the rule must find.");
        }
        if (count.negative() == 0 && cases.faults().isEmpty()) {
            warning("case", place, "No case expects none: expected at least one that the rule must not find.");
        }
        boolean ordered =
                rule.filter(its -> its.window() instanceof Window.Ordered).isPresent();
        if (ordered && count.rebuilding() == 0) {
            warning(
                    "reach",
                    place,
                    "Nothing proves the window's reach: expected a case with \"also\": a reload or a restart in the middle,"
                            + " and late events.");
        }
    }

    /** A case that is there and does not hold proves nothing. */
    private void run(RuleCases cases) {
        try (Stream<RuleCases.RuleTest> tests = cases.tests()) {
            tests.map(RuleCases.RuleTest::result)
                    .filter(result -> !result.passed())
                    .forEach(result -> add(
                            Level.ERROR,
                            "case",
                            new RuleFault(
                                    result.file(),
                                    result.line(),
                                    0,
                                    "The case \"" + result.name()
                                            + "\" does not hold; vaultwatch test shows what differs.")));
        }
    }

    private void tuning(Path file, Instant now) {
        try {
            Tuning tuning = Tuning.read(file);
            if (!isRuleMissing) {
                tuning.faults(rules).forEach(fault -> add(Level.ERROR, "tuning", fault));
            }
            tuning.warnings(now).forEach(fault -> add(Level.WARNING, "tuning", fault));
            List.copyOf(compiledRules).forEach(each -> tuned(tuning.apply(each.rule())));
        } catch (RuleException e) {
            e.faults().forEach(fault -> add(Level.ERROR, "tuning", fault));
        }
    }

    /** A text that the site sets may be one that no event says. */
    private void tuned(Rule rule) {
        if (rule.settings().values().stream().noneMatch(String.class::isInstance)) {
            return;
        }
        try {
            compiler.compile(List.of(rule)).warnings().stream()
                    .filter(warning ->
                            findings.stream().noneMatch(each -> each.fault().equals(warning)))
                    .forEach(warning -> add(Level.WARNING, "tuning", warning));
        } catch (RuleException e) {
            e.faults().stream()
                    .filter(fault ->
                            findings.stream().noneMatch(each -> each.fault().equals(fault)))
                    .forEach(fault -> add(Level.ERROR, "tuning", fault));
        }
    }

    private void error(String code, String file, String problem) {
        add(Level.ERROR, code, new RuleFault(file, 0, 0, problem));
    }

    private void warning(String code, String file, String problem) {
        add(Level.WARNING, code, new RuleFault(file, 0, 0, problem));
    }

    private void add(Level level, String code, RuleFault fault) {
        findings.add(new CheckFinding(level, code, fault));
    }
}
