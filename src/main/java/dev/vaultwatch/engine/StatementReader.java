package dev.vaultwatch.engine;

import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.common.client.module.Module;
import com.espertech.esper.common.client.module.ModuleItem;
import com.espertech.esper.common.client.module.ParseException;
import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.compiler.client.EPCompileException;
import com.espertech.esper.compiler.client.EPCompiler;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.gate.EplGate;
import dev.vaultwatch.gate.Refusal;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads a rule's statements, as far as can be without compiling: each passes the gate, is parsed, and is looked at for what is certainly
 * or probably not meant. Used once, by one thread.
 */
final class StatementReader {
    private final Rule rule;
    private final boolean isFormKnown;
    private final EPCompiler compiler;
    private final Configuration configuration;
    private final FaultFinder finder;
    private final List<RuleFault> faults;

    /**
     * Prepares to read.
     *
     * @param isFormKnown whether the rule's window and key are those of its {@code rule.json}; if not, nothing is held against them
     * @param faults is given what is wrong
     */
    StatementReader(
            Rule rule,
            boolean isFormKnown,
            EPCompiler compiler,
            Configuration configuration,
            FaultFinder finder,
            List<RuleFault> faults) {
        this.rule = rule;
        this.isFormKnown = isFormKnown;
        this.compiler = compiler;
        this.configuration = configuration;
        this.finder = finder;
        this.faults = faults;
    }

    /**
     * A rule's statements, each as its text and its model.
     *
     * @param alertIndex which of them is the alert statement
     * @param remembers {@link Models#remembers}, of a tumbling rule
     */
    record Statements(
            List<ModuleItem> items,
            List<EPStatementObjectModel> models,
            int alertIndex,
            boolean remembers,
            List<RuleFault> warnings) {
        EPStatementObjectModel alert() {
            return models.get(alertIndex);
        }

        ModuleItem alertItem() {
            return items.get(alertIndex);
        }
    }

    /**
     * Reads the statements as far as can be without compiling.
     *
     * @param bounded is asked whether there is time for another statement
     * @return empty if a fault was added
     */
    Optional<Statements> read(EplGate gate, BoundedCompiler bounded) {
        Module module;
        Optional<Refusal> unfit = gate.file(rule.epl());
        if (unfit.isPresent()) {
            faults.add(inFile(unfit.get()));
            return Optional.empty();
        }
        try {
            module = compiler.parseModule(rule.epl());
        } catch (ParseException | IOException | RuntimeException e) {
            faults.add(finder.inFile(e));
            return Optional.empty();
        }
        unfit = gate.module(module, rule.epl());
        if (unfit.isPresent()) {
            faults.add(inFile(unfit.get()));
            return Optional.empty();
        }
        EplGate.Statements gated = gate.statements(reach());
        List<ModuleItem> items = new ArrayList<>();
        List<EPStatementObjectModel> models = new ArrayList<>();
        List<RuleFault> warnings = new ArrayList<>();
        List<Integer> alerts = new ArrayList<>();
        for (ModuleItem item : module.getItems()) {
            if (item.isCommentOnly()) {
                continue;
            }
            bounded.check();
            List<Refusal> refusals = gated.check(item.getExpression());
            refusals.forEach(refusal -> faults.add(finder.inItem(item, refusal.inEspersWords())));
            if (!refusals.isEmpty()) {
                // What was refused is shown to nothing of Esper's that looks for classes.
                continue;
            }
            try {
                EPStatementObjectModel model = compiler.eplToModel(item.getExpression(), configuration);
                items.add(item);
                models.add(model);
                boolean alert = Models.isNamed(model, RuleCompiler.ALERT);
                if (alert) {
                    alerts.add(items.size() - 1);
                }
                if (isFormKnown) {
                    formFaults(model, alert).forEach(fault -> faults.add(finder.inItem(item, fault)));
                    formWarnings(model).forEach(warning -> warnings.add(finder.inItem(item, warning)));
                }
                Pitfalls pitfalls =
                        Pitfalls.of(rule, model, item.getExpression(), alert && isFormKnown, variables(models));
                pitfalls.faults().forEach(fault -> faults.add(finder.inItem(item, fault)));
                pitfalls.warnings().forEach(warning -> warnings.add(finder.inItem(item, warning)));
            } catch (EPCompileException | RuntimeException e) {
                faults.add(finder.inItem(item, e));
            }
        }
        if (!faults.isEmpty()) {
            return Optional.empty();
        }
        Parameters.faults(rule, models).forEach(faults::add);
        if (alerts.size() != 1) {
            String problem = "A rule has exactly one statement with @name('" + RuleCompiler.ALERT + "'); this one has "
                    + alerts.size() + ".";
            int place = alerts.isEmpty() ? items.size() - 1 : alerts.get(1);
            faults.add(
                    place < 0 ? new RuleFault(rule.file(), 0, 0, problem) : finder.atStart(items.get(place), problem));
        }
        if (!faults.isEmpty()) {
            return Optional.empty();
        }
        int alertIndex = alerts.get(0);
        if (isFormKnown) {
            warnings.addAll(NamedColumns.warnings(rule, models.get(alertIndex)));
        }
        boolean remembers = isFormKnown
                && rule.window() instanceof Window.Tumbling
                && Models.remembers(models, models.get(alertIndex));
        if (remembers) {
            warnings.add(finder.atStart(
                    items.get(alertIndex),
                    "The rule looks at more than the events of one window, by a subquery, a context, an output clause or a"
                            + " statement that holds or counts events, so it finds when a window closes and nothing early; what is"
                            + " judged apart is judged by the events of its key and window alone, and may find"
                            + " something else (late events, a user name of several directories, keys beyond bounds.keys), and"
                            + " after a start, a reload or a failure nothing is remembered of the windows before. An ordered"
                            + " window, with a reach, is rebuilt then"));
        }
        return Optional.of(new Statements(items, models, alertIndex, remembers, warnings));
    }

    /** The texts are those that the site has set: an action in the wrong case never comes, whoever wrote it. */
    private Map<String, Object> variables(List<EPStatementObjectModel> models) {
        Map<String, Object> variables = Models.variables(models);
        rule.settings()
                .forEach((name, value) -> variables.computeIfPresent(
                        name,
                        (each, initial) -> initial instanceof String && value instanceof String ? value : initial));
        return variables;
    }

    private OptionalLong reach() {
        if (!isFormKnown) {
            // The longest that there is: what no rule may have is refused, and nothing else.
            return OptionalLong.of(Window.MOST.toMillis());
        }
        return rule.window() instanceof Window.Ordered ordered
                ? OptionalLong.of(ordered.reach().toMillis())
                : OptionalLong.empty();
    }

    private RuleFault inFile(Refusal refusal) {
        return new RuleFault(rule.file(), refusal.line(), refusal.column() + 1, refusal.problem());
    }

    private List<String> formFaults(EPStatementObjectModel model, boolean alert) {
        List<String> faults = new ArrayList<>(KeyColumns.staged(rule, model));
        if (rule.window() instanceof Window.Ordered ordered) {
            faults.addAll(OrderedForm.faults(model, alert, ordered));
        } else if (rule.window() instanceof Window.Single) {
            faults.addAll(SingleForm.timed(model));
        }
        if (alert) {
            if (rule.window() instanceof Window.Tumbling tumbling) {
                faults.addAll(TumblingForm.faults(model, rule, tumbling.length()));
            } else if (rule.window() instanceof Window.Single) {
                faults.addAll(SingleForm.faults(model));
            }
            faults.addAll(KeyColumns.of(rule, model).faults());
        }
        return faults;
    }

    private List<String> formWarnings(EPStatementObjectModel model) {
        return rule.window() instanceof Window.Ordered ? OrderedForm.warnings(model) : List.of();
    }
}
