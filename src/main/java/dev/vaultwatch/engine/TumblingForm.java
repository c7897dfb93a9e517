package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.ConstantExpression;
import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.Expression;
import com.espertech.esper.common.client.soda.FilterStream;
import com.espertech.esper.common.client.soda.GroupByClauseExpression;
import com.espertech.esper.common.client.soda.GroupByClauseExpressionSingle;
import com.espertech.esper.common.client.soda.View;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import dev.vaultwatch.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What makes a rule tumbling: one stream, one {@code #time_batch(length, 0L)} of the length that {@code rule.json} says, grouped
 * by just the properties of its key, which it selects. The lane's clock, the early statement and every alert's id stand on it, so a
 * rule that says it is tumbling and is not is refused: it would run and be wrong.
 */
final class TumblingForm {
    private TumblingForm() {}

    /** What is wrong with the rule's alert statement; empty if nothing is. Each text quotes what to look for, if anything. */
    static List<String> faults(EPStatementObjectModel alert, Rule rule, Duration length) {
        List<String> faults = new ArrayList<>();
        windowFault(alert, length).ifPresent(faults::add);
        if (alert.getOutputLimitClause() != null) {
            faults.add(
                    "The alert statement limits its output itself; expected no 'output' clause: a finding comes out when the"
                            + " window closes, and once early");
        }
        if (alert.getContextName() != null) {
            faults.add("The alert statement has a context, '" + alert.getContextName()
                    + "'; expected none: the window is #time_batch");
        }
        groupFault(alert, rule.key()).ifPresent(faults::add);
        return faults;
    }

    private static Optional<String> windowFault(EPStatementObjectModel alert, Duration length) {
        String expected = "expected one stream with one #time_batch(" + written(length)
                + ", 0L), the tumbling window that rule.json declares (/window/length is " + length + ")";
        if (alert.getFromClause() == null
                || alert.getFromClause().getStreams().size() != 1
                || !(alert.getFromClause().getStreams().get(0) instanceof FilterStream stream)) {
            return Optional.of("The alert statement reads something else than one stream; " + expected);
        }
        if (stream.getViews() == null || stream.getViews().size() != 1) {
            return Optional.of("The alert statement has no window, or several; " + expected);
        }
        View view = stream.getViews().get(0);
        if (!"time_batch".equals(view.getName())) {
            return Optional.of("The alert statement has the window '" + view.getName() + "'; " + expected
                    + ". For a sliding window declare the window kind \"ordered\"");
        }
        List<Expression> parameters = view.getParameters();
        if (parameters.size() != 2 || !isZero(parameters.get(1))) {
            return Optional.of("The window 'time_batch' is not aligned to the epoch; " + expected);
        }
        if (Periods.millis(parameters.get(0)) != length.toMillis()) {
            return Optional.of("The window 'time_batch' has another length than rule.json says; " + expected);
        }
        return Optional.empty();
    }

    private static boolean isZero(Expression expression) {
        return expression instanceof ConstantExpression constant
                && constant.getConstant() instanceof Number number
                && number.longValue() == 0;
    }

    private static String written(Duration length) {
        long seconds = length.toSeconds();
        if (seconds % 3600 == 0) {
            return seconds / 3600 + " hours";
        }
        return seconds % 60 == 0 ? seconds / 60 + " min" : seconds + " sec";
    }

    private static Optional<String> groupFault(EPStatementObjectModel alert, GroupingKey key) {
        String expected = "; expected 'group by " + key
                + "', the properties that rule.json names under /groupingKey, in any order";
        if (alert.getGroupByClause() == null
                || alert.getGroupByClause().getGroupByExpressions().isEmpty()) {
            return Optional.of("The alert statement does not group" + expected);
        }
        Set<Property> grouped = EnumSet.noneOf(Property.class);
        for (GroupByClauseExpression each : alert.getGroupByClause().getGroupByExpressions()) {
            if (!(each instanceof GroupByClauseExpressionSingle single)) {
                return Optional.of("The alert statement groups by sets of columns" + expected);
            }
            Optional<Property> property = Models.property(single.getExpression());
            if (property.isEmpty()) {
                return Optional.of(
                        "The alert statement groups by '" + Models.asText(single.getExpression()) + "'" + expected);
            }
            if (!key.properties().contains(property.get())) {
                return Optional.of(
                        "The alert statement groups by '" + property.get().epl() + "' too" + expected);
            }
            grouped.add(property.get());
        }
        return grouped.containsAll(key.properties())
                ? Optional.empty()
                : Optional.of("The alert statement groups by less than the key" + expected);
    }
}
