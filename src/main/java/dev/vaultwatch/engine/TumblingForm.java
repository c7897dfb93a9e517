package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.ConstantExpression;
import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.Expression;
import com.espertech.esper.common.client.soda.ExpressionPrecedenceEnum;
import com.espertech.esper.common.client.soda.FilterStream;
import com.espertech.esper.common.client.soda.GroupByClauseExpression;
import com.espertech.esper.common.client.soda.GroupByClauseExpressionSingle;
import com.espertech.esper.common.client.soda.SelectClauseElement;
import com.espertech.esper.common.client.soda.SelectClauseExpression;
import com.espertech.esper.common.client.soda.TimePeriodExpression;
import com.espertech.esper.common.client.soda.View;
import dev.vaultwatch.rule.Rule;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What makes a rule tumbling: one stream, one {@code #time_batch(length, 0L)} of the length that {@code rule.json} says, grouped
 * by just the columns it names, the user among them. The lane's clock, the early statement and every alert's id stand on it, so a rule that
 * says it is tumbling and is not is refused: it would run and be wrong.
 */
final class TumblingForm {

    /** The property that every rule groups by: hosts may split the stream by it, and the journal keeps events by it. */
    static final String KEY = "upn";

    private static final Map<String, Long> UNITS =
            Map.of("days", 86_400_000L, "hours", 3_600_000L, "minutes", 60_000L, "seconds", 1_000L, "milliseconds", 1L);
    private static final Pattern PART = Pattern.compile("([\\d.]+) (\\w+)");
    private static final Pattern PERIOD = Pattern.compile("(?:[\\d.]+ (?:days|hours|minutes|seconds|milliseconds) ?)+");

    private TumblingForm() {}

    /** What is wrong with the rule's alert statement; empty if nothing is. Each text quotes what to look for, if anything. */
    static List<String> faults(EPStatementObjectModel alert, Rule rule) {
        List<String> faults = new ArrayList<>();
        windowFault(alert, rule.window()).ifPresent(faults::add);
        if (alert.getOutputLimitClause() != null) {
            faults.add(
                    "The alert statement limits its output itself; expected no 'output' clause: a row comes out when the"
                            + " window closes, and once early");
        }
        if (alert.getContextName() != null) {
            faults.add("The alert statement has a context, '" + alert.getContextName()
                    + "'; expected none: the window is #time_batch");
        }
        groupFault(alert, rule.groupingKey()).ifPresent(faults::add);
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
            return Optional.of("The alert statement has the window '" + view.getName() + "'; " + expected);
        }
        List<Expression> parameters = view.getParameters();
        if (parameters.size() != 2 || !isZero(parameters.get(1))) {
            return Optional.of("The window 'time_batch' is not aligned to the epoch; " + expected);
        }
        if (millis(parameters.get(0)) != length.toMillis()) {
            return Optional.of("The window 'time_batch' has another length than rule.json says; " + expected);
        }
        return Optional.empty();
    }

    private static boolean isZero(Expression expression) {
        return expression instanceof ConstantExpression constant
                && constant.getConstant() instanceof Number number
                && number.longValue() == 0;
    }

    /** The length in milliseconds; negative if it is not written as a plain period or number of seconds. */
    private static long millis(Expression expression) {
        if (expression instanceof ConstantExpression constant && constant.getConstant() instanceof Number seconds) {
            return Math.round(seconds.doubleValue() * 1000);
        }
        // The model has no accessors for a period's parts, but prints each as a number and its unit.
        String period = expression instanceof TimePeriodExpression ? asText(expression) : "";
        if (!PERIOD.matcher(period).matches()) {
            return -1;
        }
        return PART.matcher(period)
                .results()
                .mapToLong(
                        part -> Math.round(Double.parseDouble(part.group(1)) * UNITS.getOrDefault(part.group(2), 0L)))
                .sum();
    }

    private static String written(Duration length) {
        return length.toMinutes() + " min";
    }

    /** The column under which the statement selects the user it groups by; null if it does not. */
    static @Nullable String keyColumn(EPStatementObjectModel alert) {
        if (alert.getGroupByClause() != null) {
            for (GroupByClauseExpression each : alert.getGroupByClause().getGroupByExpressions()) {
                if (each instanceof GroupByClauseExpressionSingle single
                        && KEY.equals(asText(single.getExpression()))) {
                    return selectedAs(alert, single.getExpression());
                }
            }
        }
        return null;
    }

    private static Optional<String> groupFault(EPStatementObjectModel alert, List<String> groupingKey) {
        Set<String> grouped = new HashSet<>();
        if (alert.getGroupByClause() != null) {
            for (GroupByClauseExpression each : alert.getGroupByClause().getGroupByExpressions()) {
                if (!(each instanceof GroupByClauseExpressionSingle single)) {
                    return Optional.of("The alert statement groups by sets of columns; expected plain columns");
                }
                String name = selectedAs(alert, single.getExpression());
                if (name == null) {
                    return Optional.of("The alert statement groups by '" + asText(single.getExpression())
                            + "' and does not select it; expected it among the selected columns, named in rule.json under"
                            + " /groupingKey");
                }
                grouped.add(name);
            }
        }
        if (keyColumn(alert) == null) {
            return Optional.of("The alert statement does not group by '" + KEY
                    + "'; expected it in group by, alone or with other columns, and selected");
        }
        if (!grouped.equals(new HashSet<>(groupingKey))) {
            return Optional.of("The alert statement groups by the columns "
                    + grouped.stream().sorted().toList()
                    + ", but rule.json says under /groupingKey " + groupingKey
                    + "; they must agree, since they name the alert");
        }
        return Optional.empty();
    }

    private static @Nullable String selectedAs(EPStatementObjectModel alert, Expression grouped) {
        for (SelectClauseElement element : alert.getSelectClause().getSelectList()) {
            if (element instanceof SelectClauseExpression selected
                    && asText(selected.getExpression()).equals(asText(grouped))) {
                return selected.getAsName() == null ? asText(grouped) : selected.getAsName();
            }
        }
        return null;
    }

    private static String asText(Expression expression) {
        StringWriter text = new StringWriter();
        expression.toEPL(text, ExpressionPrecedenceEnum.MINIMUM);
        return text.toString();
    }
}
