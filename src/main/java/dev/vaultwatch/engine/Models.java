package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.AccessProjectionExpressionBase;
import com.espertech.esper.common.client.soda.AnnotationAttribute;
import com.espertech.esper.common.client.soda.AnnotationPart;
import com.espertech.esper.common.client.soda.ArrayExpression;
import com.espertech.esper.common.client.soda.AvedevProjectionExpression;
import com.espertech.esper.common.client.soda.AvgProjectionExpression;
import com.espertech.esper.common.client.soda.ConstantExpression;
import com.espertech.esper.common.client.soda.CountProjectionExpression;
import com.espertech.esper.common.client.soda.CreateVariableClause;
import com.espertech.esper.common.client.soda.CrontabParameterExpression;
import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.Expression;
import com.espertech.esper.common.client.soda.ExpressionPrecedenceEnum;
import com.espertech.esper.common.client.soda.FilterStream;
import com.espertech.esper.common.client.soda.MaxProjectionExpression;
import com.espertech.esper.common.client.soda.MedianProjectionExpression;
import com.espertech.esper.common.client.soda.MinProjectionExpression;
import com.espertech.esper.common.client.soda.PlugInProjectionExpression;
import com.espertech.esper.common.client.soda.PropertyValueExpression;
import com.espertech.esper.common.client.soda.SelectClauseExpression;
import com.espertech.esper.common.client.soda.StddevProjectionExpression;
import com.espertech.esper.common.client.soda.Stream;
import com.espertech.esper.common.client.soda.SubqueryExistsExpression;
import com.espertech.esper.common.client.soda.SubqueryExpression;
import com.espertech.esper.common.client.soda.SubqueryInExpression;
import com.espertech.esper.common.client.soda.SumProjectionExpression;
import dev.vaultwatch.event.Property;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Questions to statements as Esper's object model has them. */
final class Models {
    private static final Pattern SUBQUERY = Pattern.compile("\\(\\s*select\\b");

    /** Of several values, {@code min} and {@code max} are of one event; they count all the same. */
    private static final List<Class<? extends Expression>> AGGREGATIONS = List.of(
            AccessProjectionExpressionBase.class,
            AvedevProjectionExpression.class,
            AvgProjectionExpression.class,
            CountProjectionExpression.class,
            MaxProjectionExpression.class,
            MedianProjectionExpression.class,
            MinProjectionExpression.class,
            PlugInProjectionExpression.class,
            StddevProjectionExpression.class,
            SumProjectionExpression.class);

    private Models() {}

    static boolean isNamed(EPStatementObjectModel model, String name) {
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

    static String asText(Expression expression) {
        StringWriter text = new StringWriter();
        expression.toEPL(text, ExpressionPrecedenceEnum.MINIMUM);
        return text.toString();
    }

    /** The event's property that an expression is, by itself or as {@code stream.property}. */
    static Optional<Property> property(@Nullable Expression expression) {
        if (!(expression instanceof PropertyValueExpression value)) {
            return Optional.empty();
        }
        String name = value.getPropertyName();
        return Property.named(name.substring(name.lastIndexOf('.') + 1));
    }

    /** The variables that have a constant value, by name; of an array, the list of its constants. */
    static Map<String, Object> variables(List<EPStatementObjectModel> all) {
        Map<String, Object> variables = new HashMap<>();
        for (EPStatementObjectModel statement : all) {
            CreateVariableClause variable = statement.getCreateVariable();
            if (variable != null && variable.getOptionalAssignment() instanceof ConstantExpression constant) {
                variables.put(variable.getVariableName(), constant.getConstant());
            } else if (variable != null && variable.getOptionalAssignment() instanceof ArrayExpression list) {
                variables.put(variable.getVariableName(), values(list, Map.of()));
            }
        }
        return variables;
    }

    /**
     * Whether something in a tumbling rule can remember more than the events of one window: a subquery, a context, an output clause; or a
     * window, a pattern, groups or an aggregation in another statement than the one that alerts.
     */
    static boolean remembers(List<EPStatementObjectModel> all, EPStatementObjectModel alert) {
        return all.stream()
                .anyMatch(each -> subqueries(each) > 0
                        || each.getContextName() != null
                        || each.getOutputLimitClause() != null
                        || (each != alert && each.getFromClause() != null && !isSelection(each)));
    }

    /** Whether each event passes it alone. */
    static boolean isSelection(EPStatementObjectModel statement) {
        return !aggregates(statement)
                && statement.getMatchRecognizeClause() == null
                && statement.getFromClause().getStreams().stream().allMatch(Models::isWithoutWindow);
    }

    /** How many subqueries a statement has, wherever they stand. */
    static long subqueries(EPStatementObjectModel statement) {
        return SUBQUERY.matcher(statement.toEPL()).results().count();
    }

    /** The query that an expression is; not one that stands within it. */
    static Optional<EPStatementObjectModel> subquery(Expression expression) {
        if (expression instanceof SubqueryExpression value) {
            return Optional.of(value.getModel());
        }
        if (expression instanceof SubqueryExistsExpression exists) {
            return Optional.of(exists.getModel());
        }
        return expression instanceof SubqueryInExpression in ? Optional.of(in.getModel()) : Optional.empty();
    }

    static boolean hasSubquery(Expression expression) {
        return SUBQUERY.matcher(asText(expression)).find();
    }

    static boolean isWithoutWindow(Stream stream) {
        return stream instanceof FilterStream filtered
                && (filtered.getViews() == null || filtered.getViews().isEmpty());
    }

    /** Whether a statement counts over several events, or groups them. */
    static boolean aggregates(EPStatementObjectModel statement) {
        return statement.getGroupByClause() != null
                || statement.getHavingClause() != null
                || statement.getSelectClause().getSelectList().stream()
                        .anyMatch(each -> each instanceof SelectClauseExpression selected
                                && hasAggregation(selected.getExpression()));
    }

    private static boolean hasAggregation(Expression expression) {
        return isAggregation(expression) || expression.getChildren().stream().anyMatch(Models::hasAggregation);
    }

    /** Whether an expression counts over several events by itself. */
    static boolean isAggregation(Expression expression) {
        return AGGREGATIONS.stream().anyMatch(each -> each.isInstance(expression));
    }

    /** The value of a constant or a variable; {@code null} for any other expression. */
    static @Nullable Object value(Expression expression, Map<String, Object> variables) {
        if (expression instanceof ConstantExpression constant) {
            return constant.getConstant();
        }
        return expression instanceof PropertyValueExpression name ? variables.get(name.getPropertyName()) : null;
    }

    /** The constants that an expression is or lists, itself or as a variable; empty for any other expression. */
    static List<Object> values(Expression expression, Map<String, Object> variables) {
        if (expression instanceof ArrayExpression list) {
            return list.getChildren().stream()
                    .flatMap(each -> values(each, variables).stream())
                    .toList();
        }
        Object value = value(expression, variables);
        return value == null ? List.of() : value instanceof List<?> many ? List.copyOf(many) : List.of(value);
    }

    /** Equal for constants that are equal for Esper: numbers of several types are. */
    static Object comparable(Object value) {
        return value instanceof Number number && Double.isFinite(number.doubleValue())
                ? new BigDecimal(number.toString()).stripTrailingZeros()
                : value;
    }

    /** {@code count(*)}, without a filter of its own; the parser gives the star as a crontab's. */
    static boolean isCountOfAll(Expression expression) {
        return expression instanceof CountProjectionExpression count
                && !count.isDistinct()
                && count.getChildren().size() == 1
                && count.getChildren().get(0) instanceof CrontabParameterExpression;
    }

    /** {@code count(property)} or {@code count(distinct property)}, without a filter of its own. */
    static Optional<Property> counted(Expression expression) {
        return expression instanceof CountProjectionExpression count
                        && count.getChildren().size() == 1
                ? property(count.getChildren().get(0))
                : Optional.empty();
    }

    /** {@code count(distinct property)}, without a filter of its own. */
    static Optional<Property> countedDistinct(Expression expression) {
        return counted(expression).filter(property -> ((CountProjectionExpression) expression).isDistinct());
    }
}
