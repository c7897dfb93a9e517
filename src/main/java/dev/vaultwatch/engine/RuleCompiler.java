package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.common.client.module.Module;
import com.espertech.esper.common.client.module.ModuleItem;
import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.Expressions;
import com.espertech.esper.common.client.soda.SelectClauseExpression;
import com.espertech.esper.compiler.client.CompilerArguments;
import com.espertech.esper.compiler.client.EPCompileException;
import com.espertech.esper.compiler.client.EPCompiler;
import com.espertech.esper.compiler.client.EPCompilerProvider;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.gate.EplGate;
import dev.vaultwatch.rule.EplText;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import dev.vaultwatch.rule.Window;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes rules runnable. A rule file holds declarations and exactly one statement named {@code alert}, whose rows become findings;
 * the statement that finds early is derived from it. Any thread may compile.
 *
 * <p>Rule files are data from outside, and Esper's compiler runs code. So each statement passes {@link EplGate} before Esper
 * compiles it, Esper finds no class but {@link GateClassNames}', and what it made passes the gate again before anything is
 * deployed.
 */
public final class RuleCompiler implements AutoCloseable {
    static final String ALERT = "alert";
    private static final Pattern WHOLE = Pattern.compile("(?i)\\b(first|last)\\s*\\(\\s*\\*\\s*\\)\\s*\\.\\s*(\\w+)");
    private static final Pattern TO_BOOLEAN = Pattern.compile("(?i)\\bboolean\\s*\\)");

    private final EplGate gate;
    private final EplGate.Permissions permissions;
    private final Optional<RuleCache> cache;
    private final Compilations shared;
    private final Duration budget;
    private final Engines engines = new Engines();

    /** Refuses rules whose state has no bound. */
    public RuleCompiler() {
        this(false);
    }

    /**
     * Lets pass rules whose state has no bound, or whose cost is not plain, if the site has said so. Nothing else depends on it:
     * rules that could run code are refused either way.
     */
    public RuleCompiler(boolean allowUnboundedState) {
        this(allowUnboundedState, Optional.empty(), complaint -> {});
    }

    /**
     * As above, with a folder that keeps what was compiled for the next start. The gate reads rules all the same.
     *
     * @param cacheFolder made if it is missing; only the host's user, and root, may be able to write to it
     * @param complaints is told by the compiling thread, in a sentence for an operator, what of the folder can't be used; the
     *     rule is compiled then
     */
    public RuleCompiler(boolean allowUnboundedState, Optional<Path> cacheFolder, Consumer<String> complaints) {
        this(new EplGate.Permissions(allowUnboundedState, false), cacheFolder, complaints);
    }

    /** As above, for a site that may permit rules to show confidential properties, too. */
    public RuleCompiler(EplGate.Permissions permissions, Optional<Path> cacheFolder, Consumer<String> complaints) {
        this(permissions, cacheFolder, complaints, new Compilations());
    }

    /** As above, with what other compilers have made of the same rules. */
    public RuleCompiler(
            EplGate.Permissions permissions,
            Optional<Path> cacheFolder,
            Consumer<String> complaints,
            Compilations shared) {
        this(permissions, cacheFolder, complaints, shared, BoundedCompiler.BUDGET);
    }

    RuleCompiler(
            EplGate.Permissions permissions,
            Optional<Path> cacheFolder,
            Consumer<String> complaints,
            Compilations shared,
            Duration budget) {
        this.budget = budget;
        this.permissions = permissions;
        this.shared = shared;
        this.gate = RuleGate.with(permissions);
        this.cache = cacheFolder.map(folder -> new RuleCache(folder, gate, complaints));
    }

    /**
     * Compiles all rules and tries each in an engine.
     *
     * @throws RuleException if any rule can't run; with every fault found, each with file and, where Esper tells, line and
     *     column
     */
    public CompiledRules compile(List<Rule> rules) {
        List<RuleFault> faults = new ArrayList<>();
        List<CompiledRule> compiled = new ArrayList<>();
        for (Rule rule : rules) {
            try {
                compiled.add(compile(rule));
            } catch (RuleException e) {
                faults.addAll(e.faults());
            }
        }
        if (!faults.isEmpty()) {
            throw new RuleException(faults);
        }
        return new CompiledRules(compiled);
    }

    private CompiledRule compile(Rule rule) {
        Optional<CompiledRule.Unit> known = shared.find(rule, permissions);
        if (known.isPresent()) {
            return new CompiledRule(engines, EsperConfiguration.create(), known.get());
        }
        CompiledRule compiled = compileAndTry(rule);
        shared.keep(permissions, compiled.unit());
        return compiled;
    }

    private CompiledRule compileAndTry(Rule rule) {
        CompiledRule compiled = compile(rule, cache);
        try {
            return tried(compiled);
        } catch (LinkageError | RuntimeException e) {
            if (!compiled.fromCache()) {
                throw e;
            }
            // What was kept may be whole and yet no code that runs.
            cache.ifPresent(each -> each.refuse(rule, e));
        }
        CompiledRule afresh = compile(rule, Optional.empty());
        return tried(afresh);
    }

    private CompiledRule compile(Rule rule, Optional<RuleCache> cache) {
        Configuration configuration = EsperConfiguration.create();
        List<RuleFault> faults = new ArrayList<>();
        Optional<CompiledRule.Unit> unit = Optional.empty();
        try {
            unit = compileOne(rule, configuration, cache, faults);
        } catch (StackOverflowError e) {
            faults.add(new RuleFault(rule.file(), 0, 0, "The rule nests too deeply to be compiled."));
        } catch (OutOfMemoryError e) {
            faults.add(new RuleFault(
                    rule.file(), 0, 0, "The heap is too small to compile the rule (" + e.getMessage() + ")."));
        }
        if (unit.isEmpty()) {
            throw new RuleException(faults);
        }
        return new CompiledRule(engines, configuration, unit.get());
    }

    /**
     * The rule that puts out the sides of this one's conditions; empty for one that is no single stream of events.
     *
     * @throws RuleException if the rule can't be read
     */
    public Optional<Measures.Measuring> measuring(Rule rule) {
        Configuration configuration = EsperConfiguration.create();
        EPCompiler compiler = EPCompilerProvider.getCompiler();
        List<RuleFault> faults = new ArrayList<>();
        Optional<StatementReader.Statements> read = new StatementReader(
                        rule, true, compiler, configuration, new FaultFinder(rule), faults)
                .read(gate, new BoundedCompiler(budget));
        if (read.isEmpty()) {
            throw new RuleException(faults);
        }
        StatementReader.Statements statements = read.get();
        List<String> others = new ArrayList<>();
        for (int i = 0; i < statements.items().size(); i++) {
            if (i != statements.alertIndex()) {
                others.add(statements.items().get(i).getExpression());
            }
        }
        try {
            return Measures.measuring(
                    rule, compiler.eplToModel(statements.alertItem().getExpression(), configuration), others);
        } catch (EPCompileException e) {
            throw new RuleException(List.of(new RuleFault(rule.file(), 0, 0, String.valueOf(e.getMessage()))));
        }
    }

    /** Ends the engines that its lanes have given back; lanes that are open yet go on. */
    @Override
    public void close() {
        engines.close();
    }

    private Optional<CompiledRule.Unit> compileOne(
            Rule rule, Configuration configuration, Optional<RuleCache> cache, List<RuleFault> faults) {
        EPCompiler compiler = EPCompilerProvider.getCompiler();
        BoundedCompiler bounded = new BoundedCompiler(budget);
        FaultFinder finder = new FaultFinder(rule);
        Optional<StatementReader.Statements> read = Optional.empty();
        try {
            read = new StatementReader(rule, true, compiler, configuration, finder, faults).read(gate, bounded);
        } catch (BoundedCompiler.Exceeded e) {
            faults.add(finder.inFile(e));
        }
        if (read.isEmpty()) {
            return Optional.empty();
        }
        StatementReader.Statements statements = read.get();
        EPStatementObjectModel alert = statements.alert();
        statements.models().forEach(model -> Parameters.set(rule, model));
        try {
            Optional<EPCompiled> kept = cache.flatMap(each -> each.get(rule));
            EPCompiled compiled =
                    kept.isPresent() ? kept.get() : compileModule(rule, statements, compiler, configuration, bounded);
            NavigableSet<String> foreign = gate.foreign(compiled.getClasses());
            if (!foreign.isEmpty()) {
                faults.add(ofBoolean(foreign, statements, finder)
                        .orElseGet(() -> finder.inItem(
                                statements.alertItem(),
                                "Compiled, the rule uses " + String.join(", ", foreign)
                                        + " of Java, which rules may not; they may use"
                                        + " values, the event's properties, and the functions that guide.md lists.")));
                return Optional.empty();
            }
            if (kept.isEmpty()) {
                cache.ifPresent(each -> each.put(rule, compiled));
            }
            return Optional.of(new CompiledRule.Unit(
                    rule,
                    compiled,
                    KeyColumns.of(rule, alert).columns(),
                    !(rule.window() instanceof Window.Ordered) || OrderedForm.speaksOnTime(alert),
                    statements.remembers(),
                    RuleShape.of(rule, alert, statements.models()),
                    Measures.thresholds(rule, alert, statements.models()),
                    statements.warnings(),
                    kept.isPresent(),
                    Map.of()));
        } catch (EPCompileException e) {
            faults.addAll(told(e, finder, statements));
        } catch (RuntimeException e) {
            faults.add(finder.inFile(e));
        }
        return Optional.empty();
    }

    /** Esper reads a text as true or false by classes that no rule needs otherwise. */
    private static Optional<RuleFault> ofBoolean(
            NavigableSet<String> foreign, StatementReader.Statements statements, FaultFinder finder) {
        if (foreign.stream().noneMatch(name -> name.endsWith(".BoolValue"))) {
            return Optional.empty();
        }
        ModuleItem item = statements.items().stream()
                .filter(each -> TO_BOOLEAN
                        .matcher(EplText.blanked(each.getExpression(), true))
                        .find())
                .findFirst()
                .orElse(statements.alertItem());
        return Optional.of(finder.inItem(
                item,
                "A cast of a text to 'boolean' is not for rules, since most texts are neither true nor false; expected a"
                        + " comparison with a text, such as resultType = \"Success\"."));
    }

    private static List<RuleFault> told(
            EPCompileException thrown, FaultFinder finder, StatementReader.Statements statements) {
        Optional<String> exceeded = exceeded(thrown);
        if (exceeded.isPresent()) {
            return List.of(finder.atStart(statements.alertItem(), exceeded.get()));
        }
        List<RuleFault> faults = new ArrayList<>();
        if (thrown.getItems().isEmpty()) {
            faults.add(finder.inFile(thrown));
        }
        faults.addAll(finder.inCompiled(statements.items(), thrown.getItems()));
        Matcher whole = WHOLE.matcher(EplText.blanked(statements.alertItem().getExpression(), true));
        if (whole.find() && faults.stream().anyMatch(fault -> fault.problem().contains("linear-access"))) {
            return List.of(finder.inItem(
                    statements.alertItem(),
                    "The statement that finds early, which is derived from this rule, cannot ask '" + whole.group()
                            + "' of an event that it takes whole; expected '" + whole.group(1) + "(" + whole.group(2)
                            + ")'"));
        }
        return faults;
    }

    /**
     * What is wrong with the logic of a rule whose {@code rule.json} is at fault, so that an author sees both at once. Where the window
     * or the key is not known, nothing is held against them.
     */
    public List<RuleFault> faults(RuleFolder.Draft draft) {
        try {
            if (draft.isFormKnown()) {
                compile(draft.rule(), Optional.empty());
                return List.of();
            }
            return faultsOfText(draft.rule());
        } catch (RuleException e) {
            return e.faults();
        } catch (LinkageError | RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return List.of(new FaultFinder(draft.rule()).inFile(e));
        }
    }

    private List<RuleFault> faultsOfText(Rule rule) {
        Configuration configuration = EsperConfiguration.create();
        EPCompiler compiler = EPCompilerProvider.getCompiler();
        BoundedCompiler bounded = new BoundedCompiler(budget);
        FaultFinder finder = new FaultFinder(rule);
        List<RuleFault> faults = new ArrayList<>();
        Optional<StatementReader.Statements> read =
                new StatementReader(rule, false, compiler, configuration, finder, faults).read(gate, bounded);
        if (read.isPresent()) {
            try {
                compile(read.get().items(), compiler, configuration, bounded);
            } catch (EPCompileException e) {
                faults.addAll(told(e, finder, read.get()));
            }
        }
        return faults;
    }

    /** What was too much for the compiler, as a sentence; empty if it is something else that is wrong. */
    private static Optional<String> exceeded(EPCompileException thrown) {
        for (Throwable each = thrown; each != null; each = each.getCause()) {
            if (each instanceof BoundedCompiler.Exceeded exceeded) {
                return Optional.ofNullable(exceeded.getMessage());
            }
            if (each instanceof OutOfMemoryError) {
                return Optional.of("The heap is too small to compile the rule.");
            }
        }
        return Optional.empty();
    }

    /**
     * Compiles the statements and what is derived from them. Of a statement that is changed Esper gets the model, and then has no
     * places to tell; so what fails is compiled again as it is written.
     */
    private static EPCompiled compileModule(
            Rule rule,
            StatementReader.Statements statements,
            EPCompiler compiler,
            Configuration configuration,
            BoundedCompiler bounded)
            throws EPCompileException {
        List<ModuleItem> all = new ArrayList<>();
        Map<String, Object> variables = Models.variables(statements.models());
        boolean changed = false;
        boolean early = rule.window() instanceof Window.Tumbling && !statements.remembers();
        boolean earlyAlone = early
                && EarlyStatement.suffices(
                        statements.alert(), RuleShape.of(rule, statements.alert(), statements.models()), rule.key());
        for (int i = 0; i < statements.items().size(); i++) {
            if (earlyAlone && i == statements.alertIndex()) {
                changed = true;
                continue;
            }
            ModuleItem item = statements.items().get(i);
            EPStatementObjectModel model = compiler.eplToModel(item.getExpression(), configuration);
            boolean set = Parameters.set(rule, model);
            boolean repeats = RepeatedValues.drop(model, variables);
            boolean here = complete(rule, statements, i, model) || set || repeats;
            all.add(here ? new ModuleItem(model) : item);
            changed |= here;
        }
        if (early) {
            EPStatementObjectModel alert =
                    compiler.eplToModel(statements.alertItem().getExpression(), configuration);
            RepeatedValues.drop(alert, variables);
            all.add(new ModuleItem(EarlyStatement.context()));
            all.add(new ModuleItem(EarlyStatement.derive(alert, earlyAlone, rule.key())));
        }
        try {
            return compile(all, compiler, configuration, bounded);
        } catch (EPCompileException e) {
            if (changed && exceeded(e).isEmpty()) {
                compile(statements.items(), compiler, configuration, bounded);
            }
            throw e;
        }
    }

    private static boolean complete(
            Rule rule, StatementReader.Statements statements, int index, EPStatementObjectModel model) {
        if (rule.window() instanceof Window.Ordered ordered) {
            return OrderedForm.complete(model, ordered.reach());
        }
        boolean mayBeEmpty = rule.window() instanceof Window.Tumbling
                && index == statements.alertIndex()
                && RuleShape.leastCountOfAll(model.getHavingClause(), Models.variables(statements.models())) < 1;
        if (mayBeEmpty) {
            // A batch window tells of the groups that leave it, too; this column tells them from those that are in it.
            model.getSelectClause()
                    .getSelectList()
                    .add(new SelectClauseExpression(Expressions.countStar(), Columns.GROUP_SIZE));
        }
        return mayBeEmpty;
    }

    private static EPCompiled compile(
            List<ModuleItem> items, EPCompiler compiler, Configuration configuration, BoundedCompiler bounded)
            throws EPCompileException {
        Module module = new Module();
        module.setItems(new ArrayList<>(items));
        CompilerArguments arguments = new CompilerArguments(configuration);
        arguments.getOptions().setCompilerHook(context -> bounded);
        return LinearTime.of(compiler.compile(module, arguments));
    }

    /** Deploys the rule once: what only deployment refuses is refused here, not when the lane is wanted. */
    private static CompiledRule tried(CompiledRule compiled) {
        Rule rule = compiled.rule();
        Map<String, ColumnKind> columns;
        try (Lane lane = compiled.newLane()) {
            columns = lane.columns();
        }
        rule.eventCount().filter(count -> !columns.containsKey(count)).ifPresent(count -> {
            throw new RuleException(List.of(NamedColumns.noCount(rule, count, List.copyOf(columns.keySet()))));
        });
        return compiled.with(columns);
    }
}
