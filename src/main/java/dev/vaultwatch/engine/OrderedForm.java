package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.Expressions;
import com.espertech.esper.common.client.soda.FilterStream;
import com.espertech.esper.common.client.soda.PatternEveryDistinctExpr;
import com.espertech.esper.common.client.soda.PatternExpr;
import com.espertech.esper.common.client.soda.PatternStream;
import com.espertech.esper.common.client.soda.Stream;
import com.espertech.esper.common.client.soda.View;
import dev.vaultwatch.rule.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What makes a rule ordered: its alert statement reads a sliding {@code #time} window, a pattern, or {@code match_recognize},
 * none of which looks back further than the reach that {@code rule.json} says.
 */
final class OrderedForm {
    private static final Set<String> SLIDING = Set.of("time", "length", "lastevent", "unique", "firstunique");

    /** Beyond the reach, so that what ends just then still finds the event that it began with. */
    private static final long MARGIN_MILLIS = 1;

    private static final String REBUILT =
            ": where late events, a reload or a restart give the rule its reach again, it may find something else";

    private OrderedForm() {}

    /** What is wrong with a statement of the rule; empty if nothing is. Each text quotes what to look for, if anything. */
    static List<String> faults(EPStatementObjectModel statement, boolean alert, Window.Ordered window) {
        List<String> faults = new ArrayList<>();
        if (statement.getFromClause() == null) {
            return faults;
        }
        if (statement.getContextName() != null) {
            faults.add("The statement has a context, '" + statement.getContextName() + "'; expected none");
        }
        for (Stream stream : statement.getFromClause().getStreams()) {
            if (stream instanceof FilterStream filtered) {
                viewFaults(filtered, alert && statement.getMatchRecognizeClause() == null, window, faults);
            } else if (!(stream instanceof PatternStream)) {
                faults.add(
                        "The statement reads something else than events; expected KeyVaultEvent, a stream of the rule, or"
                                + " a pattern of these");
            }
        }
        return faults;
    }

    private static void viewFaults(FilterStream stream, boolean mustSlide, Window.Ordered window, List<String> faults) {
        List<View> views = stream.getViews() == null ? List.of() : stream.getViews();
        if (views.isEmpty() && mustSlide) {
            faults.add(
                    "The alert statement has no window; expected '#time' of at most the reach that rule.json declares"
                            + " (/window/reach is " + window.reach() + "), a pattern, or match_recognize");
        }
        for (View view : views) {
            if (!SLIDING.contains(view.getName())) {
                faults.add(
                        "The window '" + view.getName() + "' does not slide; expected '#time' of at most the reach that"
                                + " rule.json declares (/window/reach is " + window.reach()
                                + "). For #time_batch declare the window kind \"tumbling\"");
            } else if ("time".equals(view.getName())
                    && !isWithin(
                            Periods.millis(view.getParameters().get(0)),
                            window.reach().toMillis())) {
                faults.add("The window 'time' is longer than the reach that rule.json declares (/window/reach is "
                        + window.reach() + "); expected at most the reach");
            }
        }
    }

    /** A length that can't be read off the rule may be any. */
    private static boolean isWithin(long millis, long reach) {
        return millis >= 0 && millis <= reach;
    }

    /** What runs and is probably not meant. Each text quotes what to look for, if anything. */
    static List<String> warnings(EPStatementObjectModel statement) {
        List<String> warnings = new ArrayList<>();
        if (statement.getOutputLimitClause() != null) {
            warnings.add(
                    "The clause 'output' is left out: findings of one key that are no further apart than the quiet time that"
                            + " rule.json declares are one alert anyway");
        }
        if (statement.getMatchRecognizeClause() != null
                && statement.getMatchRecognizeClause().getIntervalClause() != null) {
            warnings.add(
                    "The clause 'interval' says how long a match waits for more events, and does not bound it: one that"
                            + " is complete only later is found all the same; for a bound compare times under 'define'");
        }
        if (statement.getFromClause() == null) {
            return warnings;
        }
        for (Stream stream : statement.getFromClause().getStreams()) {
            if (stream instanceof FilterStream filtered && filtered.getViews() != null) {
                filtered.getViews().stream()
                        .filter(view -> !"time".equals(view.getName()))
                        .forEach(view -> warnings.add("The window '" + view.getName()
                                + "' holds events however old they are" + REBUILT + "; expected '#time'"));
            } else if (stream instanceof PatternStream pattern) {
                if (distinct(pattern.getExpression())) {
                    warnings.add(
                            "With 'every-distinct' an event begins a match or not by the one that began before it, and that"
                                    + " by the one before" + REBUILT);
                }
                if (!KeyBound.beginsEach(pattern.getExpression())) {
                    warnings.add(
                            "The 'pattern' has no 'every' just before its first event, so that it looks for another first"
                                    + " event only when it has ended, or never, and misses what begins meanwhile"
                                    + REBUILT);
                }
            }
        }
        return warnings;
    }

    private static boolean distinct(PatternExpr pattern) {
        return pattern instanceof PatternEveryDistinctExpr
                || pattern.getChildren().stream().anyMatch(OrderedForm::distinct);
    }

    /**
     * Whether the passing of time alone can make the statement find something. Where it only lets events leave a sliding window,
     * what comes out then repeats, with less, what was found before.
     */
    static boolean speaksOnTime(EPStatementObjectModel alert) {
        return alert.getMatchRecognizeClause() != null
                || alert.getFromClause().getStreams().stream().anyMatch(PatternStream.class::isInstance);
    }

    /**
     * Takes the place of what ordered rules leave to others: {@code output} goes, since findings that are close are one alert
     * anyway; {@code match_recognize} forgets begun matches that are older than the reach. Changes the model; true if it did.
     */
    static boolean complete(EPStatementObjectModel statement, Duration reach) {
        boolean changed = statement.getOutputLimitClause() != null;
        statement.setOutputLimitClause(null);
        if (statement.getMatchRecognizeClause() != null) {
            for (Stream stream : statement.getFromClause().getStreams()) {
                if (stream instanceof FilterStream filtered
                        && (filtered.getViews() == null || filtered.getViews().isEmpty())) {
                    filtered.setViews(new ArrayList<>(List.of(
                            View.create("time", Expressions.constant((reach.toMillis() + MARGIN_MILLIS) / 1000d)))));
                    changed = true;
                }
            }
        }
        return changed;
    }
}
