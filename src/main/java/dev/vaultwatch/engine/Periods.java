package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.ConstantExpression;
import com.espertech.esper.common.client.soda.Expression;
import com.espertech.esper.common.client.soda.TimePeriodExpression;
import java.util.Map;
import java.util.regex.Pattern;

/** Lengths of time as EPL writes them. */
final class Periods {
    private static final Map<String, Long> UNITS =
            Map.of("days", 86_400_000L, "hours", 3_600_000L, "minutes", 60_000L, "seconds", 1_000L, "milliseconds", 1L);
    private static final Pattern PART = Pattern.compile("([\\d.]+)d? (\\w+)");
    private static final Pattern PERIOD =
            Pattern.compile("(?:[\\d.]+d? (?:days|hours|minutes|seconds|milliseconds) ?)+");

    private Periods() {}

    /** The length in milliseconds; negative if it is not written as a plain period or number of seconds. */
    static long millis(Expression expression) {
        if (expression instanceof ConstantExpression constant && constant.getConstant() instanceof Number seconds) {
            return Math.round(seconds.doubleValue() * 1000);
        }
        // The model has no accessors for a period's parts, but prints each as a number and its unit, a decimal as 1.5d.
        String period = expression instanceof TimePeriodExpression ? Models.asText(expression) : "";
        if (!PERIOD.matcher(period).matches()) {
            return -1;
        }
        return PART.matcher(period)
                .results()
                .mapToLong(
                        part -> Math.round(Double.parseDouble(part.group(1)) * UNITS.getOrDefault(part.group(2), 0L)))
                .sum();
    }
}
