package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.Conjunction;
import com.espertech.esper.common.client.soda.ConstantExpression;
import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.Expression;
import com.espertech.esper.common.client.soda.FilterStream;
import com.espertech.esper.common.client.soda.InExpression;
import com.espertech.esper.common.client.soda.PropertyValueExpression;
import com.espertech.esper.common.client.soda.RelationalOpExpression;
import com.espertech.esper.common.client.soda.Stream;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads off a rule which actions it can ever use, so that decoders refuse the others before they build an event. The rule's
 * own filter stays the judge: whatever is not plainly a list of actions makes every action wanted.
 */
final class WantedActions {
    private static final String PROPERTY = "action";
    private static final Pattern EVENT = Pattern.compile("\\b" + EsperConfiguration.EVENT + "\\b");

    private WantedActions() {}

    /** The actions that the statements' filters let through together; empty for "any". */
    static Optional<Set<String>> of(List<EPStatementObjectModel> statements) {
        Set<String> wanted = new HashSet<>();
        for (EPStatementObjectModel statement : statements) {
            if (mentions(statement) > streams(statement)) {
                // A subquery, pattern or context reads events too, with a filter of its own.
                return Optional.empty();
            }
            if (statement.getFromClause() == null) {
                continue;
            }
            for (Stream stream : statement.getFromClause().getStreams()) {
                if (!(stream instanceof FilterStream filtered)) {
                    return Optional.empty();
                }
                Optional<Set<String>> actions = actions(filtered.getFilter().getFilter());
                if (actions.isEmpty()) {
                    return Optional.empty();
                }
                wanted.addAll(actions.get());
            }
        }
        return Optional.of(wanted);
    }

    private static long mentions(EPStatementObjectModel statement) {
        return EVENT.matcher(statement.toEPL()).results().count();
    }

    private static long streams(EPStatementObjectModel statement) {
        return statement.getFromClause() == null
                ? 0
                : statement.getFromClause().getStreams().size();
    }

    private static Optional<Set<String>> actions(@Nullable Expression filter) {
        if (filter instanceof Conjunction) {
            // One conjunct that lists actions is enough: the others can only narrow it.
            return filter.getChildren().stream()
                    .map(WantedActions::actions)
                    .flatMap(Optional::stream)
                    .findFirst();
        }
        if (filter instanceof InExpression in
                && !in.isNotIn()
                && isAction(in.getChildren().get(0))) {
            return constants(in.getChildren().subList(1, in.getChildren().size()));
        }
        if (filter instanceof RelationalOpExpression equals
                && "=".equals(equals.getOperator())
                && isAction(equals.getChildren().get(0))) {
            return constants(equals.getChildren().subList(1, 2));
        }
        return Optional.empty();
    }

    private static boolean isAction(Expression expression) {
        return expression instanceof PropertyValueExpression property && PROPERTY.equals(property.getPropertyName());
    }

    private static Optional<Set<String>> constants(List<Expression> expressions) {
        Set<String> values = new HashSet<>();
        for (Expression expression : expressions) {
            if (!(expression instanceof ConstantExpression constant)
                    || !(constant.getConstant() instanceof String text)) {
                return Optional.empty();
            }
            values.add(text);
        }
        return Optional.of(values);
    }
}
