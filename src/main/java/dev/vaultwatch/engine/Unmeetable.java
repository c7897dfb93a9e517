package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.Expression;
import com.espertech.esper.common.client.soda.InExpression;
import com.espertech.esper.common.client.soda.RelationalOpExpression;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Conditions that must all hold and can't: {@code action = 'SecretGet', action = 'KeyGet'}, {@code httpStatus > 500 and httpStatus < 400},
 * {@code count(*) >= 5 and count(*) < 3}. Each is right by itself, so that no compiler refuses them, and together they find nothing. What
 * stands in an {@code or} is not looked at.
 */
final class Unmeetable {
    private static final Set<String> ORDERS = Set.of("<", "<=", ">", ">=");

    private final Map<String, Object> variables;

    /** What is asked of each expression, by its text. */
    private final Map<String, Asked> asked = new LinkedHashMap<>();

    /** What conditions leave of one expression's values. */
    private static final class Asked {
        private final List<String> conditions = new ArrayList<>();

        /** The only values that meet an equality or a list; absent where none is asked. */
        private @Nullable Set<Object> values;

        private final List<Predicate<Object>> bounds = new ArrayList<>();
        private @Nullable BigDecimal least;
        private @Nullable BigDecimal most;

        /** Whether the least, or the most, is itself left out. */
        private boolean leastIsOut;

        private boolean mostIsOut;

        void only(Set<Object> some) {
            if (values == null) {
                values = new HashSet<>(some);
            } else {
                values.retainAll(some);
            }
        }

        void bound(String operator, BigDecimal bound) {
            boolean upper = operator.startsWith("<");
            boolean strict = operator.length() == 1;
            bounds.add(value -> !(value instanceof BigDecimal number) || meets(number.compareTo(bound), upper, strict));
            int tighter =
                    upper ? (most == null ? 1 : most.compareTo(bound)) : least == null ? 1 : bound.compareTo(least);
            if (upper && tighter >= 0) {
                mostIsOut = strict || (tighter == 0 && mostIsOut);
                most = bound;
            } else if (tighter >= 0) {
                leastIsOut = strict || (tighter == 0 && leastIsOut);
                least = bound;
            }
        }

        private static boolean meets(int compared, boolean upper, boolean strict) {
            return compared == 0 ? !strict : upper == compared < 0;
        }

        boolean isImpossible() {
            if (values != null) {
                return values.stream().noneMatch(value -> bounds.stream().allMatch(bound -> bound.test(value)));
            }
            return least != null
                    && most != null
                    && (least.compareTo(most) > 0 || (least.compareTo(most) == 0 && (leastIsOut || mostIsOut)));
        }
    }

    private Unmeetable(Map<String, Object> variables) {
        this.variables = variables;
    }

    /**
     * A sentence for each expression of which too much is asked.
     *
     * @param condition its conjuncts are looked at
     * @param variables those of the rule that have a value
     */
    static List<String> of(@Nullable Expression condition, Map<String, Object> variables) {
        Unmeetable all = new Unmeetable(variables);
        RuleShape.conjuncts(condition).forEach(all::add);
        return all.asked.values().stream()
                .filter(Asked::isImpossible)
                .map(each -> "The conditions "
                        + each.conditions.stream().map(text -> "'" + text + "'").collect(Collectors.joining(" and "))
                        + " never hold at once, so that nothing is found; did you mean 'or', or a list?")
                .toList();
    }

    private void add(Expression condition) {
        List<Expression> sides = condition.getChildren();
        if (condition instanceof InExpression list && !list.isNotIn()) {
            List<Expression> some = sides.subList(1, sides.size());
            if (some.stream().allMatch(this::isConstant)) {
                Asked its = about(sides.get(0), condition);
                its.only(some.stream()
                        .flatMap(each -> Models.values(each, variables).stream())
                        .map(Models::comparable)
                        .collect(Collectors.toSet()));
            }
        } else if (condition instanceof RelationalOpExpression comparison && sides.size() == 2) {
            boolean turned = isConstant(sides.get(0)) && !isConstant(sides.get(1));
            Expression of = sides.get(turned ? 1 : 0);
            value(sides.get(turned ? 0 : 1)).ifPresent(value -> compared(of, condition, comparison, value, turned));
        }
    }

    private void compared(
            Expression of, Expression condition, RelationalOpExpression comparison, Object value, boolean turned) {
        String operator = comparison.getOperator();
        if (operator.equals("=")) {
            about(of, condition).only(Set.of(value));
        } else if (ORDERS.contains(operator) && value instanceof BigDecimal number) {
            about(of, condition).bound(turned ? turned(operator) : operator, number);
        }
    }

    private static String turned(String operator) {
        return (operator.startsWith("<") ? ">" : "<") + operator.substring(1);
    }

    private Asked about(Expression of, Expression condition) {
        Asked its = asked.computeIfAbsent(Models.asText(of), text -> new Asked());
        its.conditions.add(Models.asText(condition));
        return its;
    }

    private boolean isConstant(Expression expression) {
        return !Models.values(expression, variables).isEmpty();
    }

    private Optional<Object> value(Expression expression) {
        return Optional.ofNullable(Models.value(expression, variables)).map(Models::comparable);
    }
}
