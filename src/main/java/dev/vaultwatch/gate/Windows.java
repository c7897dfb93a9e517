package dev.vaultwatch.gate;

import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ExpressionWithTimeInclLastContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.TimePeriodContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ViewWParametersContext;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.antlr.v4.runtime.tree.ParseTree;

/** Which data windows (Esper: views) have an end that can be read off the rule. */
final class Windows {
    /** What to write instead, for messages. */
    static final String ALLOWED = "Rules may use #time_batch(n min, 0L), #time(n min) up to a day, #length(n) and"
            + " #length_batch(n) up to 100000, #lastevent and #firstevent, with numbers written out";

    private static final Set<String> BY_TIME = Set.of("time_batch", "time");
    private static final Set<String> BY_LENGTH = Set.of("length", "length_batch");
    private static final Set<String> BY_NATURE = Set.of("lastevent", "firstevent");

    /** Esper's others. They run no code, but their state has no end, or none that can be read here. */
    private static final Set<String> ENDLESS = Set.of(
            "keepall",
            "unique",
            "firstunique",
            "groupwin",
            "sort",
            "rank",
            "expr",
            "expr_batch",
            "ext_timed",
            "ext_timed_batch",
            "time_accum",
            "time_order",
            "time_to_live",
            "time_length_batch",
            "timetolive",
            "firsttime",
            "firstlength",
            "merge",
            "size",
            "uni",
            "linest",
            "correl",
            "weighted_avg");

    private static final double MAX_LENGTH = 100_000;
    static final double MIN_MILLIS = 1_000;
    private static final double MAX_MILLIS = 86_400_000;
    private static final Map<Character, Double> LONG_UNITS =
            Map.of('w', 604_800_000d, 'd', 86_400_000d, 'h', 3_600_000d, 's', 1_000d);
    private static final Pattern NUMBER = Pattern.compile("\\d+(?:\\.\\d+)?[lLfFdD]?");

    private Windows() {}

    /** Whether Esper has such a view; what it does not have may be a plug-in's, that is, anybody's class. */
    static boolean isKnown(ViewWParametersContext view) {
        String name = name(view);
        return BY_TIME.contains(name) || BY_LENGTH.contains(name) || BY_NATURE.contains(name) || ENDLESS.contains(name);
    }

    /** Whether its state has an end. */
    static boolean isBounded(ViewWParametersContext view) {
        String name = name(view);
        List<ExpressionWithTimeInclLastContext> parameters = view.expressionWithTimeList() == null
                ? List.of()
                : view.expressionWithTimeList().expressionWithTimeInclLast();
        if (BY_NATURE.contains(name)) {
            return parameters.isEmpty();
        }
        if (parameters.isEmpty() || !parameters.stream().skip(1).allMatch(each -> isNumber(each.getText()))) {
            // Keywords such as START_EAGER make a batch window wake up without events: 1.3 s for 30 idle days.
            return false;
        }
        if (BY_LENGTH.contains(name)) {
            String length = parameters.get(0).getText();
            return isNumber(length) && number(length) >= 1 && number(length) <= MAX_LENGTH;
        }
        if (BY_TIME.contains(name)) {
            double millis = millis(parameters.get(0));
            return millis >= MIN_MILLIS && millis <= MAX_MILLIS;
        }
        return false;
    }

    static String name(ViewWParametersContext view) {
        return view.getStart().getText().toLowerCase(Locale.ROOT);
    }

    private static double millis(ExpressionWithTimeInclLastContext parameter) {
        TimePeriodContext period = parameter.expressionWithTime() == null
                ? null
                : parameter.expressionWithTime().timePeriod();
        if (period == null) {
            return isNumber(parameter.getText()) ? number(parameter.getText()) * 1_000 : -1;
        }
        return millis(period);
    }

    /** A period in milliseconds; negative if one of its numbers is not written out. */
    static double millis(TimePeriodContext period) {
        double millis = 0;
        for (ParseTree part : period.children) {
            String amount = part.getChild(0).getText();
            if (!isNumber(amount)) {
                return -1;
            }
            millis += number(amount) * millisOf(part.getChild(1).getText().toLowerCase(Locale.ROOT));
        }
        return millis;
    }

    private static double millisOf(String unit) {
        if (unit.startsWith("mic") || unit.startsWith("u")) {
            return 0.001;
        }
        if (unit.startsWith("mil") || unit.startsWith("ms")) {
            return 1;
        }
        if (unit.startsWith("min")) {
            return 60_000;
        }
        // Months and years are longer than any window may be.
        return LONG_UNITS.getOrDefault(unit.charAt(0), Double.MAX_VALUE);
    }

    private static boolean isNumber(String text) {
        return NUMBER.matcher(text).matches();
    }

    private static double number(String text) {
        return Double.parseDouble(text.replaceAll("[lLfFdD]$", ""));
    }
}
