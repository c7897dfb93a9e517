package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.Conjunction;
import com.espertech.esper.common.client.soda.ConstantExpression;
import com.espertech.esper.common.client.soda.CountProjectionExpression;
import com.espertech.esper.common.client.soda.CreateVariableClause;
import com.espertech.esper.common.client.soda.CrontabParameterExpression;
import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.Expression;
import com.espertech.esper.common.client.soda.FilterStream;
import com.espertech.esper.common.client.soda.PropertyValueExpression;
import com.espertech.esper.common.client.soda.RelationalOpExpression;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads off a rule what a group must have before the rule can speak of it: so many events, and a user. A group that can't is
 * not sent to the engine. Whatever is not plainly such a condition counts as none, since a wrong yes costs time and a wrong
 * no an alert.
 *
 * @param minEvents the least number of events; at least 1
 * @param needsUpn whether events without a user are refused by the rule's own filter
 */
record Threshold(int minEvents, boolean needsUpn) {
    private static final Threshold NONE = new Threshold(1, false);

    static Threshold of(EPStatementObjectModel alert, List<EPStatementObjectModel> all) {
        if (!(alert.getFromClause().getStreams().get(0) instanceof FilterStream stream)
                || !EsperConfiguration.EVENT.equals(stream.getFilter().getEventTypeName())) {
            // A derived stream may carry an event twice, so its rows are not the events.
            return NONE;
        }
        return new Threshold(
                Math.max(1, leastCount(alert.getHavingClause(), variables(all))),
                excludesNullUpn(stream.getFilter().getFilter()));
    }

    /** What passes for both rules. */
    Threshold or(Threshold other) {
        return new Threshold(Math.min(minEvents, other.minEvents), needsUpn && other.needsUpn);
    }

    private static Map<String, Object> variables(List<EPStatementObjectModel> all) {
        Map<String, Object> variables = new HashMap<>();
        for (EPStatementObjectModel statement : all) {
            CreateVariableClause variable = statement.getCreateVariable();
            if (variable != null && variable.getOptionalAssignment() instanceof ConstantExpression constant) {
                variables.put(variable.getVariableName(), constant.getConstant());
            }
        }
        return variables;
    }

    /** The least {@code count(*)} that the condition lets through; 0 if it does not say. */
    private static int leastCount(@Nullable Expression having, Map<String, Object> variables) {
        if (having instanceof Conjunction) {
            return having.getChildren().stream()
                    .mapToInt(each -> leastCount(each, variables))
                    .max()
                    .orElse(0);
        }
        if (!(having instanceof RelationalOpExpression comparison)
                || !isCountOfAll(comparison.getChildren().get(0))) {
            return 0;
        }
        Object bound = value(comparison.getChildren().get(1), variables);
        if (!(bound instanceof Integer || bound instanceof Long)) {
            return 0;
        }
        long least = ((Number) bound).longValue();
        return switch (comparison.getOperator()) {
            case ">=", "=" -> clamp(least);
            case ">" -> clamp(least + 1);
            default -> 0;
        };
    }

    /** {@code count(*)}, without a filter of its own; the parser gives the star as a crontab's. */
    private static boolean isCountOfAll(Expression expression) {
        return expression instanceof CountProjectionExpression count
                && !count.isDistinct()
                && count.getChildren().size() == 1
                && count.getChildren().get(0) instanceof CrontabParameterExpression;
    }

    private static int clamp(long least) {
        return (int) Math.max(0, Math.min(least, Integer.MAX_VALUE));
    }

    private static @Nullable Object value(Expression expression, Map<String, Object> variables) {
        if (expression instanceof ConstantExpression constant) {
            return constant.getConstant();
        }
        return expression instanceof PropertyValueExpression name ? variables.get(name.getPropertyName()) : null;
    }

    private static boolean excludesNullUpn(@Nullable Expression filter) {
        if (filter instanceof Conjunction) {
            return filter.getChildren().stream().anyMatch(Threshold::excludesNullUpn);
        }
        return filter instanceof RelationalOpExpression comparison
                && "is not".equals(comparison.getOperator())
                && comparison.getChildren().get(0) instanceof PropertyValueExpression property
                && TumblingForm.KEY.equals(property.getPropertyName())
                && comparison.getChildren().get(1) instanceof ConstantExpression constant
                && constant.getConstant() == null;
    }
}
