package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.AnnotationAttribute;
import com.espertech.esper.common.client.soda.AnnotationPart;
import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.Expression;
import com.espertech.esper.common.client.soda.Expressions;
import com.espertech.esper.common.client.soda.FilterStream;
import com.espertech.esper.common.client.soda.PropertyValueExpression;
import com.espertech.esper.common.client.soda.RelationalOpExpression;
import com.espertech.esper.common.client.soda.SelectClause;
import com.espertech.esper.common.client.soda.SelectClauseElement;
import com.espertech.esper.common.client.soda.SelectClauseExpression;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What of a rule's conditions can be read off as numbers: for looking at other thresholds, and for saying how far off one is. */
public final class Measures {
    /** The column of a measuring rule over the order of events that has the number of events in its window. */
    public static final String COUNTED = "counted";

    private Measures() {}

    /**
     * A threshold in which a rule is monotone: an alert that it raises at one value, it raises at each lower one, with the same
     * outputs.
     *
     * @param column the output that is compared with the parameter
     * @param inclusive whether the output may equal the parameter
     * @param value the parameter's
     */
    public record Threshold(String column, boolean inclusive, long value) {

        /** Whether an alert with that output is one at that value of the parameter. */
        public boolean reaches(long output, long parameter) {
            return inclusive ? output >= parameter : output > parameter;
        }
    }

    /**
     * One of the conditions that must all hold.
     *
     * @param text as the rule has it
     * @param operator the comparison; empty if it is none, and then the left column is whether it holds
     * @param left the column with the left side
     * @param right the column with the right side; empty if it is no comparison
     */
    public record Condition(String text, String operator, String left, String right) {}

    /**
     * A rule that puts out the sides of another rule's conditions, whether they hold or not.
     *
     * @param rule to be compiled as any other
     * @param conditions in the other rule's order
     */
    public record Measuring(Rule rule, List<Condition> conditions) {
        /** Copies the list. */
        public Measuring {
            conditions = List.copyOf(conditions);
        }
    }

    /** The thresholds among the parameters of a tumbling rule; a parameter that is none, or of which it is not certain, is missing. */
    static Map<String, Threshold> thresholds(
            Rule rule, EPStatementObjectModel alert, List<EPStatementObjectModel> all) {
        Map<String, Threshold> thresholds = new HashMap<>();
        if (!(rule.window() instanceof Window.Tumbling) || alert.getRowLimitClause() != null) {
            return thresholds;
        }
        Map<String, Object> variables = Models.variables(all);
        StringBuilder text = new StringBuilder();
        all.forEach(statement -> text.append(statement.toEPL()).append('\n'));
        for (Rule.Parameter parameter : rule.parameters()) {
            // Its declaration and one condition: where else it stood, it could do anything.
            long mentions = Pattern.compile("\\b" + Pattern.quote(parameter.name()) + "\\b")
                    .matcher(text)
                    .results()
                    .count();
            Object value = variables.get(parameter.name());
            if (mentions == 2 && (value instanceof Integer || value instanceof Long)) {
                long now = ((Number) value).longValue();
                RuleShape.conjuncts(alert.getHavingClause()).stream()
                        .flatMap(condition -> threshold(condition, parameter.name(), alert, now).stream())
                        .findFirst()
                        .ifPresent(threshold -> thresholds.put(parameter.name(), threshold));
            }
        }
        return thresholds;
    }

    private static Optional<Threshold> threshold(
            Expression condition, String parameter, EPStatementObjectModel alert, long value) {
        if (!(condition instanceof RelationalOpExpression comparison)) {
            return Optional.empty();
        }
        Expression left = comparison.getChildren().get(0);
        Expression right = comparison.getChildren().get(1);
        String operator = comparison.getOperator();
        boolean plain = isVariable(right, parameter) && (operator.equals(">=") || operator.equals(">"));
        boolean turned = isVariable(left, parameter) && (operator.equals("<=") || operator.equals("<"));
        if (!plain && !turned) {
            return Optional.empty();
        }
        Expression counted = plain ? left : right;
        if (!Models.isCountOfAll(counted) && Models.countedDistinct(counted).isEmpty()) {
            return Optional.empty();
        }
        String text = Models.asText(counted);
        for (SelectClauseElement element : alert.getSelectClause().getSelectList()) {
            if (element instanceof SelectClauseExpression selected
                    && Models.asText(selected.getExpression()).equals(text)) {
                return Optional.of(new Threshold(KeyColumns.nameOf(selected), operator.endsWith("="), value));
            }
        }
        return Optional.empty();
    }

    private static boolean isVariable(Expression expression, String name) {
        return expression instanceof PropertyValueExpression value && name.equals(value.getPropertyName());
    }

    /**
     * The measuring rule of one with a single stream of events.
     *
     * @param alert the alert statement's model, which is changed
     * @param others texts of the other statements
     */
    static Optional<Measuring> measuring(Rule rule, EPStatementObjectModel alert, List<String> others) {
        if (alert.getFromClause() == null
                || alert.getFromClause().getStreams().size() != 1
                || !(alert.getFromClause().getStreams().get(0) instanceof FilterStream stream)
                || !EsperConfiguration.EVENT.equals(stream.getFilter().getEventTypeName())
                || alert.getMatchRecognizeClause() != null
                || rule.window() instanceof Window.Single) {
            return Optional.empty();
        }
        List<SelectClauseElement> selected = new ArrayList<>();
        for (SelectClauseElement element : alert.getSelectClause().getSelectList()) {
            if (element instanceof SelectClauseExpression expression
                    && Models.property(expression.getExpression())
                            .filter(rule.key().properties()::contains)
                            .isPresent()) {
                Expression property = expression.getExpression();
                selected.add(new SelectClauseExpression(
                        property, Models.property(property).orElseThrow().epl()));
            }
        }
        List<Condition> conditions = new ArrayList<>();
        for (Expression condition : RuleShape.conjuncts(having(alert))) {
            String name = "condition" + conditions.size();
            if (condition instanceof RelationalOpExpression comparison
                    && comparison.getChildren().size() == 2) {
                selected.add(new SelectClauseExpression(comparison.getChildren().get(0), name + "_left"));
                selected.add(new SelectClauseExpression(comparison.getChildren().get(1), name + "_right"));
                conditions.add(new Condition(
                        Models.asText(condition), comparison.getOperator(), name + "_left", name + "_right"));
            } else {
                selected.add(new SelectClauseExpression(condition, name));
                conditions.add(new Condition(Models.asText(condition), "", name, ""));
            }
        }
        if (rule.window() instanceof Window.Ordered) {
            selected.add(new SelectClauseExpression(Expressions.countStar(), COUNTED));
        }
        SelectClause select = SelectClause.create();
        select.setSelectList(selected);
        alert.setSelectClause(select);
        alert.setHavingClause(null);
        alert.setAnnotations(
                List.of(new AnnotationPart("name", List.of(new AnnotationAttribute("value", RuleCompiler.ALERT)))));
        StringBuilder epl = new StringBuilder();
        others.forEach(other -> epl.append(other).append(";\n"));
        epl.append(alert.toEPL()).append(";\n");
        return Optional.of(new Measuring(
                rule.toBuilder()
                        .epl(epl.toString())
                        .eventCount(Optional.empty())
                        .build(),
                conditions));
    }

    private static @Nullable Expression having(EPStatementObjectModel alert) {
        return alert.getHavingClause();
    }
}
