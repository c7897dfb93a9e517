package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.ConstantExpression;
import com.espertech.esper.common.client.soda.CreateVariableClause;
import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.FactPlaces;
import dev.vaultwatch.rule.Nearest;
import dev.vaultwatch.rule.Rule;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The EPL variables that {@code rule.json} lets a site set: that they are there, their ranges, and the values that are set. */
final class Parameters {
    private Parameters() {}

    /** What is wrong with the rule's parameters and settings; each at its JSON pointer. */
    static List<RuleFault> faults(Rule rule, List<EPStatementObjectModel> models) {
        List<RuleFault> faults = new ArrayList<>();
        Map<String, Object> variables = Models.variables(models);
        Set<String> names = new TreeSet<>();
        for (Rule.Parameter parameter : rule.parameters()) {
            names.add(parameter.name());
            String at = FactPlaces.member("/parameters", parameter.name());
            Object initial = variables.get(parameter.name());
            if (initial == null) {
                faults.add(FactPlaces.fault(
                        rule,
                        at,
                        at + " names no variable of rule.epl that has a value"
                                + Nearest.asQuestion(parameter.name(), variables.keySet())));
            } else {
                outOfRange(parameter, initial)
                        .ifPresent(problem ->
                                faults.add(FactPlaces.fault(rule, at, at + ": the value in rule.epl, " + problem)));
            }
        }
        rule.settings().forEach((name, value) -> {
            Optional<Rule.Parameter> parameter = rule.parameters().stream()
                    .filter(each -> each.name().equals(name))
                    .findFirst();
            if (parameter.isEmpty()) {
                faults.add(FactPlaces.fault(
                        rule,
                        "/parameters",
                        "The parameter '" + name + "' is set, but /parameters has no such name"
                                + Nearest.asQuestion(name, names)));
            } else {
                outOfRange(parameter.get(), value)
                        .ifPresent(problem -> faults.add(FactPlaces.fault(
                                rule,
                                FactPlaces.member("/parameters", name),
                                "The parameter '" + name + "' is set to " + problem)));
            }
        });
        return faults;
    }

    private static Optional<String> outOfRange(Rule.Parameter parameter, Object value) {
        Object typed = typed(parameter.type(), value);
        if (typed == null) {
            return Optional.of(value + ", which is no " + parameter.type() + ".");
        }
        if (typed instanceof Number) {
            BigDecimal number = new BigDecimal(typed.toString());
            boolean low =
                    parameter.min().filter(min -> number.compareTo(min) < 0).isPresent();
            boolean high =
                    parameter.max().filter(max -> number.compareTo(max) > 0).isPresent();
            if (low || high) {
                return Optional.of(value + ", which is out of range; expected "
                        + parameter.min().map(min -> "at least " + min).orElse("")
                        + (parameter.min().isPresent() && parameter.max().isPresent() ? " and " : "")
                        + parameter.max().map(max -> "at most " + max).orElse("")
                        + ".");
            }
        }
        return Optional.empty();
    }

    /** The value as Esper wants a constant of that type; {@code null} if it is none. */
    private static @Nullable Object typed(String type, Object value) {
        try {
            return switch (type) {
                case "int" -> new BigDecimal(value.toString()).intValueExact();
                case "long" -> new BigDecimal(value.toString()).longValueExact();
                case "double" -> finite(new BigDecimal(value.toString()).doubleValue());
                case "boolean" -> value instanceof Boolean ? value : null;
                default -> value instanceof String ? value : null;
            };
        } catch (ArithmeticException | NumberFormatException e) {
            return null;
        }
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }

    /** Gives a variable's declaration the value that the site has set; true if it did. */
    static boolean set(Rule rule, EPStatementObjectModel model) {
        CreateVariableClause variable = model.getCreateVariable();
        Object setting = variable == null ? null : rule.settings().get(variable.getVariableName());
        if (variable == null || setting == null) {
            return false;
        }
        for (Rule.Parameter parameter : rule.parameters()) {
            if (parameter.name().equals(variable.getVariableName())) {
                variable.setOptionalAssignment(new ConstantExpression(typed(parameter.type(), setting)));
                return true;
            }
        }
        return false;
    }
}
