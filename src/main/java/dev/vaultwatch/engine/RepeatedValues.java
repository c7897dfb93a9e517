package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.ConstantExpression;
import com.espertech.esper.common.client.soda.Disjunction;
import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.Expression;
import com.espertech.esper.common.client.soda.Filter;
import com.espertech.esper.common.client.soda.FilterStream;
import com.espertech.esper.common.client.soda.InExpression;
import com.espertech.esper.common.client.soda.PatternExpr;
import com.espertech.esper.common.client.soda.PatternFilterExpr;
import com.espertech.esper.common.client.soda.PatternStream;
import com.espertech.esper.common.client.soda.RelationalOpExpression;
import com.espertech.esper.common.client.soda.SelectClauseExpression;
import com.espertech.esper.common.client.soda.Stream;
import com.espertech.esper.common.client.soda.SubqueryQualifiedExpression;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Values that a filter names more than once: {@code action in ('SecretGet', 'KeyGet', 'SecretGet')}, and {@code or} with one equality
 * twice, of which Esper makes such a list. Esper 9.0.0 looks filters up in an index by value, enters the filter once for each time that
 * the value is written, and gives the statement the event as often: each would count twice.
 */
final class RepeatedValues {
    private final Map<String, Object> variables;
    private boolean dropped;

    private RepeatedValues(Map<String, Object> variables) {
        this.variables = variables;
    }

    /**
     * Leaves each value in a statement's filters once.
     *
     * @param variables those of the rule that have a value, which is a site's where it has set one
     * @return whether there was one to leave out
     */
    static boolean drop(EPStatementObjectModel statement, Map<String, Object> variables) {
        RepeatedValues repeated = new RepeatedValues(variables);
        repeated.statement(statement);
        return repeated.dropped;
    }

    /** The values that a list has more than once, as they are written there; empty for any other expression. */
    static List<Object> of(Expression expression, Map<String, Object> variables) {
        if (!(expression instanceof InExpression)) {
            return List.of();
        }
        Set<Object> seen = new HashSet<>();
        return expression.getChildren().stream()
                .skip(1)
                .flatMap(each -> Models.values(each, variables).stream())
                .filter(each -> !seen.add(Models.comparable(each)))
                .distinct()
                .toList();
    }

    private void statement(EPStatementObjectModel statement) {
        if (statement.getFromClause() != null) {
            for (Stream stream : statement.getFromClause().getStreams()) {
                if (stream instanceof FilterStream filtered) {
                    filter(filtered.getFilter());
                } else if (stream instanceof PatternStream pattern) {
                    pattern(pattern.getExpression());
                }
            }
        }
        if (statement.getSelectClause() != null) {
            statement.getSelectClause().getSelectList().stream()
                    .filter(SelectClauseExpression.class::isInstance)
                    .map(each -> ((SelectClauseExpression) each).getExpression())
                    .forEach(this::subqueries);
        }
        subqueries(statement.getWhereClause());
        subqueries(statement.getHavingClause());
    }

    private void pattern(PatternExpr pattern) {
        if (pattern instanceof PatternFilterExpr atom) {
            filter(atom.getFilter());
        }
        pattern.getChildren().forEach(this::pattern);
    }

    private void filter(Filter filter) {
        if (filter.getFilter() != null) {
            subqueries(filter.getFilter());
            filter.setFilter(once(filter.getFilter()));
        }
    }

    private void subqueries(@Nullable Expression expression) {
        if (expression == null) {
            return;
        }
        Models.subquery(expression).ifPresent(this::statement);
        if (expression instanceof SubqueryQualifiedExpression subquery) {
            statement(subquery.getModel());
        }
        expression.getChildren().forEach(this::subqueries);
    }

    /** The expression with each value once: itself, or what is left of it. */
    private Expression once(Expression expression) {
        List<Expression> children = expression.getChildren();
        for (int i = 0; i < children.size(); i++) {
            Expression child = once(children.get(i));
            if (child != children.get(i)) {
                children.set(i, child);
            }
        }
        if (!of(expression, variables).isEmpty()) {
            listed((InExpression) expression);
        }
        return expression instanceof Disjunction either ? alternatives(either) : expression;
    }

    private void listed(InExpression list) {
        List<Expression> children = list.getChildren();
        List<Expression> once = new ArrayList<>(children.subList(0, 1));
        Set<Object> seen = new HashSet<>();
        for (Expression child : children.subList(1, children.size())) {
            List<Object> values = Models.values(child, variables);
            if (values.isEmpty()) {
                once.add(child);
            }
            for (Object value : values) {
                if (seen.add(Models.comparable(value))) {
                    once.add(new ConstantExpression(value));
                }
            }
        }
        list.setChildren(once);
        dropped = true;
    }

    private Expression alternatives(Disjunction either) {
        List<Expression> all = new ArrayList<>();
        flatten(either, all);
        Set<Object> seen = new HashSet<>();
        List<Expression> once =
                all.stream().filter(each -> seen.add(meaning(each))).toList();
        if (once.size() == all.size()) {
            return either;
        }
        dropped = true;
        if (once.size() == 1) {
            return once.get(0);
        }
        either.setChildren(new ArrayList<>(once));
        return either;
    }

    private static void flatten(Expression expression, List<Expression> into) {
        if (expression instanceof Disjunction) {
            expression.getChildren().forEach(each -> flatten(each, into));
        } else {
            into.add(expression);
        }
    }

    /** Equal for conditions that ask the same, as far as Esper makes one list of them. */
    private Object meaning(Expression condition) {
        if (condition instanceof RelationalOpExpression comparison && "=".equals(comparison.getOperator())) {
            List<Expression> sides = comparison.getChildren();
            for (int i = 0; i < 2; i++) {
                Optional<Object> value = Optional.ofNullable(Models.value(sides.get(i), variables));
                if (value.isPresent()) {
                    return List.of(Models.asText(sides.get(1 - i)), Models.comparable(value.get()));
                }
            }
        }
        return Models.asText(condition);
    }
}
