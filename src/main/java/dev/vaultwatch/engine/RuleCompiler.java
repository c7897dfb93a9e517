package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.common.client.module.Module;
import com.espertech.esper.common.client.module.ModuleItem;
import com.espertech.esper.common.client.module.ParseException;
import com.espertech.esper.common.client.soda.AnnotationAttribute;
import com.espertech.esper.common.client.soda.AnnotationPart;
import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.compiler.client.CompilerArguments;
import com.espertech.esper.compiler.client.EPCompileException;
import com.espertech.esper.compiler.client.EPCompiler;
import com.espertech.esper.compiler.client.EPCompilerProvider;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.Rule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Makes rules runnable. A rule file holds declarations and exactly one statement named {@code alert}, whose rows become alerts;
 * the statement that speaks early is derived from it. Any thread may compile.
 *
 * <p>Rule files are data from outside, and Esper's compiler runs code. So each statement passes {@link GateModel} before Esper
 * compiles it, Esper finds no class but {@link GateClassNames}', and what it made passes {@link GateClassPool} before anything
 * is deployed.
 */
public final class RuleCompiler implements AutoCloseable {
    static final String ALERT = "alert";

    private final boolean allowUnboundedState;
    private final Optional<RuleCache> cache;
    private final Engines engines = new Engines();

    /** Refuses rules whose state has no end. */
    public RuleCompiler() {
        this(false);
    }

    /**
     * Lets pass rules whose state has no end, or whose cost is not plain, if the site has said so. Nothing else depends on it:
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
        this.allowUnboundedState = allowUnboundedState;
        this.cache = cacheFolder.map(folder -> new RuleCache(folder, complaints));
    }

    /**
     * Compiles all rules and tries them in an engine.
     *
     * @throws RuleException if any rule can't run; with every fault found, each with file and, where Esper tells, line and
     *     column
     */
    public CompiledRules compile(List<Rule> rules) {
        CompiledRules compiled = compile(rules, cache);
        try {
            tryOut(compiled);
            return compiled;
        } catch (LinkageError | RuntimeException e) {
            List<CompiledRules.Unit> kept = compiled.fromCache();
            if (kept.isEmpty()) {
                throw e;
            }
            // What was kept may be whole and yet no code that runs.
            cache.ifPresent(each -> kept.forEach(unit -> each.refuse(unit.rule(), e)));
        }
        CompiledRules afresh = compile(rules, Optional.empty());
        tryOut(afresh);
        return afresh;
    }

    private CompiledRules compile(List<Rule> rules, Optional<RuleCache> cache) {
        Configuration configuration = EsperConfiguration.create();
        List<RuleFault> faults = new ArrayList<>();
        List<CompiledRules.Unit> units = new ArrayList<>();
        Optional<Set<String>> wanted = Optional.of(new HashSet<>());
        for (Rule rule : rules) {
            List<EPStatementObjectModel> models = new ArrayList<>();
            compileOne(rule, configuration, cache, models, faults).ifPresent(units::add);
            wanted = union(wanted, WantedActions.of(models));
        }
        if (!faults.isEmpty()) {
            throw new RuleException(faults);
        }
        return new CompiledRules(engines, configuration, units, wanted);
    }

    /** Ends the engines that its lanes have given back; lanes that are open yet go on. */
    @Override
    public void close() {
        engines.close();
    }

    private static Optional<Set<String>> union(Optional<Set<String>> one, Optional<Set<String>> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return Optional.empty();
        }
        Set<String> both = new HashSet<>(one.get());
        both.addAll(other.get());
        return Optional.of(both);
    }

    private Optional<CompiledRules.Unit> compileOne(
            Rule rule,
            Configuration configuration,
            Optional<RuleCache> cache,
            List<EPStatementObjectModel> models,
            List<RuleFault> faults) {
        EPCompiler compiler = EPCompilerProvider.getCompiler();
        FaultFinder finder = new FaultFinder(rule);
        int before = faults.size();
        Module module;
        Optional<GateRefusal> unfit = GateText.ofFile(rule.epl());
        if (unfit.isPresent()) {
            faults.add(inFile(rule, unfit.get()));
            return Optional.empty();
        }
        try {
            module = compiler.parseModule(rule.epl());
        } catch (ParseException | IOException | RuntimeException e) {
            faults.add(finder.inFile(e));
            return Optional.empty();
        }
        unfit = GateText.ofModule(module, rule.epl());
        if (unfit.isPresent()) {
            faults.add(inFile(rule, unfit.get()));
            return Optional.empty();
        }
        GateModel gate = new GateModel(allowUnboundedState);
        List<ModuleItem> items = new ArrayList<>();
        List<ModuleItem> alerts = new ArrayList<>();
        List<EPStatementObjectModel> alertModels = new ArrayList<>();
        for (ModuleItem item : module.getItems()) {
            if (item.isCommentOnly()) {
                continue;
            }
            items.add(item);
            List<GateRefusal> refusals = gate.check(item.getExpression());
            refusals.forEach(refusal -> faults.add(finder.inItem(item, refusal.inEspersWords())));
            if (!refusals.isEmpty()) {
                // What was refused is shown to nothing of Esper's that looks for classes.
                continue;
            }
            try {
                EPStatementObjectModel model = compiler.eplToModel(item.getExpression(), configuration);
                models.add(model);
                if (isNamed(model, ALERT)) {
                    alerts.add(item);
                    alertModels.add(model);
                    TumblingForm.faults(model, rule).forEach(fault -> faults.add(finder.inItem(item, fault)));
                }
            } catch (EPCompileException | RuntimeException e) {
                faults.add(finder.inItem(item, e));
            }
        }
        if (faults.size() > before) {
            return Optional.empty();
        }
        if (alerts.size() != 1) {
            String problem =
                    "A rule has exactly one statement with @name('" + ALERT + "'); this one has " + alerts.size();
            faults.add(
                    alerts.isEmpty()
                            ? new RuleFault(rule.file(), 0, 0, problem + ".")
                            : finder.atStart(alerts.get(1), problem));
            return Optional.empty();
        }
        try {
            Optional<EPCompiled> kept = cache.flatMap(each -> each.get(rule));
            EPCompiled compiled = kept.isPresent()
                    ? kept.get()
                    : compiler.compile(
                            withEarly(rule, items, alerts.get(0), compiler, configuration),
                            new CompilerArguments(configuration));
            NavigableSet<String> foreign = GateClassPool.foreign(compiled.getClasses());
            if (foreign.isEmpty()) {
                if (kept.isEmpty()) {
                    cache.ifPresent(each -> each.put(rule, compiled));
                }
                return Optional.of(new CompiledRules.Unit(
                        rule,
                        compiled,
                        Objects.requireNonNull(TumblingForm.keyColumn(alertModels.get(0))),
                        Threshold.of(alertModels.get(0), models),
                        kept.isPresent()));
            }
            faults.add(finder.inItem(
                    alerts.get(0),
                    "Compiled, the rule uses " + String.join(", ", foreign)
                            + " of Java, which rules may not; they may use"
                            + " values, the event's properties, and the functions that guide.md lists."));
        } catch (EPCompileException e) {
            if (e.getItems().isEmpty()) {
                faults.add(finder.inFile(e));
            }
            faults.addAll(finder.inCompiled(items, e.getItems()));
        } catch (RuntimeException e) {
            faults.add(finder.inFile(e));
        }
        return Optional.empty();
    }

    private static RuleFault inFile(Rule rule, GateRefusal refusal) {
        return new RuleFault(rule.file(), refusal.line(), refusal.column() + 1, refusal.problem());
    }

    private static Module withEarly(
            Rule rule, List<ModuleItem> items, ModuleItem alert, EPCompiler compiler, Configuration configuration)
            throws EPCompileException {
        List<ModuleItem> all = new ArrayList<>(items);
        long minutes = rule.window().toMinutes();
        if (EarlyStatement.supports(minutes)) {
            all.add(new ModuleItem(EarlyStatement.context(minutes)));
            all.add(new ModuleItem(EarlyStatement.derive(compiler.eplToModel(alert.getExpression(), configuration))));
        }
        Module module = new Module();
        module.setItems(all);
        return module;
    }

    private static boolean isNamed(EPStatementObjectModel model, String name) {
        if (model.getAnnotations() == null) {
            return false;
        }
        for (AnnotationPart annotation : model.getAnnotations()) {
            if ("name".equalsIgnoreCase(annotation.getName())) {
                for (AnnotationAttribute attribute : annotation.getAttributes()) {
                    if (name.equals(attribute.getValue())) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Deploys the rules once: what only deployment refuses is refused here, not when the lane is wanted. */
    private static void tryOut(CompiledRules compiled) {
        List<RuleFault> faults = new ArrayList<>();
        try (Lane lane = compiled.newLane()) {
            Map<String, List<String>> columns = lane.columnsByRule();
            for (Rule rule : compiled.rules()) {
                List<String> has = columns.getOrDefault(rule.id(), List.of());
                for (String key : rule.groupingKey()) {
                    requireColumn(rule, "groupingKey", key, has, faults);
                }
                rule.eventCount().ifPresent(count -> requireColumn(rule, "eventCount", count, has, faults));
            }
        }
        if (!faults.isEmpty()) {
            throw new RuleException(faults);
        }
    }

    private static void requireColumn(Rule rule, String fact, String column, List<String> has, List<RuleFault> faults) {
        if (!has.contains(column)) {
            faults.add(new RuleFault(
                    rule.file(),
                    0,
                    0,
                    "rule.json names `" + column + "` as " + fact + ", but the alert statement selects no such column."
                            + " It selects " + String.join(", ", has) + "."));
        }
    }
}
