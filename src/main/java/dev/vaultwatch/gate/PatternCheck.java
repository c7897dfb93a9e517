package dev.vaultwatch.gate;

import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.AndExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.DistinctExpressionListContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.FollowedByExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.GuardPostFixContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.GuardWhereExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.MatchRecogMatchesIntervalContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.MatchRecogPatternRepeatContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.MatchUntilExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ObserverExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.OrExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.PatternExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.QualifyExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.TimePeriodContext;
import java.util.Locale;
import java.util.Optional;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.tree.ParseTree;

/**
 * Judges the patterns and the {@code match_recognize} of ordered rules: each atom that waits for another must stop waiting within
 * the rule's reach, or its state grows with every event that could begin a match.
 */
final class PatternCheck {
    private static final int MAX_REPEATS = 1_000;

    private final Report report;
    private final double reachMillis;

    PatternCheck(Report report, double reachMillis) {
        this.report = report;
        this.reachMillis = reachMillis;
    }

    /** Judges {@code a -> b -> c}: what follows must be guarded, itself or as a whole. */
    void followedBy(FollowedByExpressionContext chain) {
        if (chain.followedByRepeat().isEmpty() || isGuarded(chain)) {
            return;
        }
        chain.followedByRepeat().forEach(each -> {
            if (!isBounded(each.orExpression())) {
                report.endless(
                        each.orExpression().getStart(),
                        "The pattern waits for " + Report.quoted(each.orExpression())
                                + " without an end; expected 'where timer:within(…)' after it, or after brackets around all"
                                + " that follows: '-> (b -> c) where timer:within(5 min)'. It binds to the last"
                                + " atom alone");
            }
        });
    }

    /** Whether brackets with a guard stand around it, however far out. */
    private boolean isGuarded(ParserRuleContext inner) {
        for (ParserRuleContext each = inner.getParent(); each != null; each = each.getParent()) {
            if (each instanceof GuardPostFixContext guarded && isTimed(guarded)) {
                return true;
            }
        }
        return false;
    }

    private boolean isTimed(GuardPostFixContext guarded) {
        return guarded.guardWhereExpression() != null && within(guarded.guardWhereExpression());
    }

    private static boolean within(GuardWhereExpressionContext guard) {
        return guard.IDENT().size() == 2
                && "timer".equalsIgnoreCase(guard.IDENT(0).getText())
                && guard.IDENT(1).getText().toLowerCase(Locale.ROOT).startsWith("within");
    }

    private boolean isBounded(OrExpressionContext or) {
        return or.andExpression().stream().allMatch(this::isBounded);
    }

    private boolean isBounded(AndExpressionContext and) {
        // What must not happen ends with what must.
        return and.matchUntilExpression().stream()
                .allMatch(each -> isBounded(each)
                        || (and.matchUntilExpression().size() > 1 && each.qualifyExpression(0).n != null));
    }

    private boolean isBounded(MatchUntilExpressionContext repeated) {
        return repeated.qualifyExpression().stream().allMatch(this::isBounded);
    }

    private boolean isBounded(QualifyExpressionContext qualified) {
        GuardPostFixContext guarded = qualified.guardPostFix();
        if (isTimed(guarded)) {
            return true;
        }
        if (guarded.patternExpression() != null) {
            return isBounded(guarded.patternExpression());
        }
        return guarded.atomicExpression() != null && guarded.atomicExpression().observerExpression() != null;
    }

    private boolean isBounded(PatternExpressionContext inner) {
        FollowedByExpressionContext chain = inner.followedByExpression();
        return isBounded(chain.orExpression())
                && chain.followedByRepeat().stream().allMatch(each -> isBounded(each.orExpression()));
    }

    /** Judges the length of a guard, which must be written out and within the reach. */
    void guard(GuardWhereExpressionContext guard) {
        if (!within(guard)) {
            report.refuse(
                    guard.getStart(),
                    "The guard " + Report.quoted(guard) + " is not for rules; they may use timer:within.");
            return;
        }
        length(guard);
    }

    /** Judges the time after which {@code every-distinct} forgets a value: the last of its parameters. */
    void distinct(DistinctExpressionListContext values) {
        length(values.distinctExpressionAtom(values.distinctExpressionAtom().size() - 1));
    }

    /** Judges {@code interval}. */
    void interval(MatchRecogMatchesIntervalContext interval) {
        length(interval);
    }

    /** Judges a timer that stands for an event: what follows something else, and once for each. */
    void observer(ObserverExpressionContext observer) {
        boolean plain = "timer".equalsIgnoreCase(observer.ns.getText())
                && observer.nm != null
                && "interval".equalsIgnoreCase(observer.nm.getText());
        if (!plain) {
            report.refuse(
                    observer.getStart(),
                    "The timer " + Report.quoted(observer)
                            + " is not for rules; they may use timer:interval after an event.");
            return;
        }
        if (!follows(observer)) {
            report.endless(
                    observer.getStart(),
                    "The timer " + Report.quoted(observer)
                            + " runs whether events come or not; rules may use it after an event, as in 'a ->"
                            + " (timer:interval(5 min) and not b)'");
        }
        length(observer);
    }

    private static boolean follows(ParserRuleContext inner) {
        for (ParserRuleContext each = inner; each.getParent() != null; each = each.getParent()) {
            if (each.getParent().getParent() instanceof FollowedByExpressionContext
                    && !(each.getParent() instanceof OrExpressionContext)) {
                return true;
            }
        }
        return false;
    }

    private void length(ParserRuleContext timed) {
        Optional<TimePeriodContext> period = find(timed);
        double millis = period.map(Windows::millis).orElse(-1d);
        if (millis < Windows.MIN_MILLIS || millis > reachMillis) {
            report.endless(
                    timed.getStart(),
                    "The time of " + Report.quoted(timed)
                            + " must be written out, such as '5 min', at least a second and at most the reach that rule.json"
                            + " declares (" + Math.round(reachMillis / 1_000) + " s)");
        }
    }

    private static Optional<TimePeriodContext> find(ParseTree tree) {
        if (tree instanceof TimePeriodContext period) {
            return Optional.of(period);
        }
        for (int i = 0; i < tree.getChildCount(); i++) {
            Optional<TimePeriodContext> below = find(tree.getChild(i));
            if (below.isPresent()) {
                return below;
            }
        }
        return Optional.empty();
    }

    /** Judges {@code {n,m}}, which Esper writes out: repeats within repeats multiply. */
    void repeat(MatchRecogPatternRepeatContext repeat) {
        double most = 1;
        for (ParserRuleContext each = repeat; each != null; each = each.getParent()) {
            for (int i = 0; i < each.getChildCount(); i++) {
                if (each.getChild(i) instanceof MatchRecogPatternRepeatContext here) {
                    most *= number(here);
                }
            }
        }
        if (!(most <= MAX_REPEATS)) {
            report.refuse(
                    repeat.getStart(),
                    "The repeat " + Report.quoted(repeat) + ", with those around it, is written out " + Math.round(most)
                            + " times; expected numbers, and at most " + MAX_REPEATS + ".");
        }
    }

    private static double number(MatchRecogPatternRepeatContext repeat) {
        double most = 0;
        for (ParserRuleContext each : repeat.expression()) {
            if (!each.getText().matches("\\d{1,6}")) {
                return Double.POSITIVE_INFINITY;
            }
            most = Math.max(most, Double.parseDouble(each.getText()));
        }
        return Math.max(1, most);
    }
}
