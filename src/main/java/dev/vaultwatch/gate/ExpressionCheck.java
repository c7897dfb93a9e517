package dev.vaultwatch.gate;

import com.espertech.esper.common.internal.util.StringValue;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.BuiltinFuncContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.Builtin_castContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.Builtin_cntContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.Builtin_coalesceContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ChainableAtomicWithOptContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ChainableContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ChainableElementsContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ChainableWithArgsContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.EvalEqualsExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.EvalRelationalExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.EventFilterExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ExpressionNamedParameterContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.LibFunctionArgItemContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.MatchRecogMeasureItemContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.SelectClauseContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.SelectionListElementContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.SelectionListElementExprContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.WhereClauseContext;
import dev.vaultwatch.rule.Nearest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.RuleContext;
import org.antlr.v4.runtime.Token;

/** Judges expressions: functions, what is reached through a dot, comparisons with patterns, and confidential properties. */
final class ExpressionCheck {
    private static final Set<Integer> TEXTS =
            Set.of(EsperEPL2GrammarParser.STRING_LITERAL, EsperEPL2GrammarParser.QUOTED_STRING_LITERAL);

    /** A pattern is tried on each event in time that grows with its length. */
    private static final int MAX_PATTERN = 500;

    /** Of 38 casts, one within the other, Esper makes 2 GB of heap while it compiles; of ten 15 MB. */
    private static final int MAX_CALLS_DEEP = 10;

    /** Of each value of coalesce Esper makes 1 MB of heap while it compiles, and of one within another 26 MB. */
    private static final int MAX_COALESCED = 20;

    private static final int MAX_COALESCED_IN_ALL = 100;

    /** A text of an event may have a megabyte, and each column may hold one. */
    private static final int MAX_COLUMNS = 100;

    private final Vocabulary vocabulary;
    private final Names names;
    private final Report report;
    private final boolean showsConfidential;

    /** Values of coalesce so far, in the statement. */
    private int coalesced;

    ExpressionCheck(Vocabulary vocabulary, Names names, Report report, boolean showsConfidential) {
        this.vocabulary = vocabulary;
        this.names = names;
        this.report = report;
        this.showsConfidential = showsConfidential;
    }

    /** Whether the function is Esper's own and harmless. */
    boolean builtIn(BuiltinFuncContext function) {
        if (isTooDeep(function)) {
            return false;
        }
        String label = label(function);
        if (!Grammar.BUILT_IN.contains(label)) {
            report.refuse(
                    function.getStart(),
                    "The function '" + function.getStart().getText() + "' is not for rules. " + functionsAllowed());
            return false;
        }
        if (function instanceof Builtin_coalesceContext coalesce && !coalesce(coalesce)) {
            return false;
        }
        if (function instanceof Builtin_castContext && isIn(function, EventFilterExpressionContext.class)) {
            report.refuse(
                    function.getStart(),
                    Report.quoted(function)
                            + " may fail, and a filter that fails keeps the event from the rule; cast in the select"
                            + " or having clause.");
            return false;
        }
        if (function instanceof Builtin_castContext cast && cast.expressionNamedParameter() != null) {
            report.refuse(
                    cast.expressionNamedParameter().getStart(),
                    "A cast with " + Report.quoted(cast.expressionNamedParameter())
                            + " is not for rules; they may cast a value to string or a kind of number.");
            return false;
        }
        return true;
    }

    private boolean coalesce(Builtin_coalesceContext coalesce) {
        int values = coalesce.expression().size();
        coalesced += values;
        if (isIn(coalesce.parent, Builtin_coalesceContext.class)) {
            report.refuse(
                    coalesce.getStart(),
                    "coalesce stands within coalesce, of which Esper makes gigabytes while it compiles; rules may give one"
                            + " coalesce all values.");
            return false;
        }
        if (values > MAX_COALESCED || coalesced > MAX_COALESCED_IN_ALL) {
            report.refuse(
                    coalesce.getStart(),
                    "coalesce has " + values + " values, and " + coalesced
                            + " up to here in the statement; a rule may give it " + MAX_COALESCED + ", and "
                            + MAX_COALESCED_IN_ALL + " in all.");
            return false;
        }
        return true;
    }

    /** Whether the function keeps state. */
    static boolean isAggregation(BuiltinFuncContext function) {
        return Grammar.BUILT_IN_AGGREGATIONS.contains(label(function));
    }

    private static String label(BuiltinFuncContext function) {
        return function.getClass().getSimpleName().replaceAll("^Builtin_|Context$", "");
    }

    private static boolean isIn(RuleContext context, Class<?> form) {
        for (RuleContext each = context; each != null; each = each.parent) {
            if (form.isInstance(each)) {
                return true;
            }
        }
        return false;
    }

    boolean named(ExpressionNamedParameterContext parameter) {
        String name = parameter.IDENT().getText();
        if (!"filter".equals(name)) {
            report.refuse(
                    parameter.getStart(),
                    "The parameter '" + name + "' is not for rules; an aggregation may have 'filter'.");
            return false;
        }
        return true;
    }

    /** Whether a name, or a call, with what follows it after dots, reaches nothing but data. */
    boolean chain(ChainableContext chain) {
        ChainableWithArgsContext root = chain.chainableRootWithOpt().chainableWithArgs();
        String name = Report.plain(root.chainableIdent().getText());
        if (root.lp != null) {
            return function(chain, root, name.toLowerCase(Locale.ROOT));
        }
        confidential(chain, name);
        if (!chain.chainableElements().chainableAtomicWithOpt().isEmpty()
                && !names.aliases.contains(name)
                && !names.columns.contains(name)
                && !names.variables.contains(name)) {
            String property = vocabulary.fields().get(chain.getText());
            report.refuse(
                    chain.getStart(),
                    property != null
                            ? "'" + chain.getText() + "' is a field of ECS; in a rule write '" + property + "'."
                            : "'" + Report.shortened(chain.getText()) + "' reaches through '" + name
                                    + "', which is no property, stream or variable"
                                    + " of the rule; it would be a Java class. Rules may not call Java.");
            return false;
        }
        return true;
    }

    /** Whether the call stands within too many others. */
    private boolean isTooDeep(ParserRuleContext call) {
        int depth = 0;
        for (RuleContext each = call; each != null; each = each.parent) {
            boolean isCall = each instanceof BuiltinFuncContext
                    || (each instanceof ChainableWithArgsContext chained && chained.lp != null);
            depth += isCall ? 1 : 0;
        }
        if (depth > MAX_CALLS_DEEP) {
            report.refuse(
                    call.getStart(),
                    "The call of '" + call.getStart().getText() + "' stands within " + MAX_CALLS_DEEP
                            + " others; a rule may nest calls so deep and no deeper.");
        }
        return depth > MAX_CALLS_DEEP;
    }

    private boolean function(ChainableContext chain, ChainableWithArgsContext root, String name) {
        if (isTooDeep(root)) {
            return false;
        }
        if ("cast".equals(name)) {
            report.refuse(
                    chain.getStart(),
                    "The type of " + Report.quoted(root)
                            + " is in quotes; expected it without, as in 'cast(resultType, int)'.");
            return false;
        }
        if (!Grammar.FUNCTIONS.contains(name) && !vocabulary.functions().containsKey(name)) {
            report.refuse(
                    chain.getStart(),
                    "The function '" + name + "' is not for rules"
                            + Nearest.asQuestion(name, vocabulary.functions().keySet()) + " " + functionsAllowed());
            return false;
        }
        List<ChainableAtomicWithOptContext> behind = chain.chainableElements().chainableAtomicWithOpt();
        if (vocabulary.functions().getOrDefault(name, false) && !behind.isEmpty()) {
            report.refuse(
                    behind.get(0).getStart(),
                    Report.quoted(behind.get(0)) + " follows '" + name
                            + "', of which nothing can be asked."
                            + " Expected a count, as in 'distinct_count(vault) > 2' or 'count(*, filter: vault = \"KV1\") > 0'.");
            return false;
        }
        if ("cidr_match".equals(name)) {
            Token last = root.libFunctionArgs() == null
                    ? root.getStop()
                    : root.libFunctionArgs().getStop();
            if (!TEXTS.contains(last.getType())) {
                report.refuse(
                        root.getStart(),
                        "The network of " + Report.quoted(root)
                                + " is not written out; expected a text such as '10.0.0.0/8'.");
                return false;
            }
        }
        return true;
    }

    /** Whether the call keeps state: an aggregation takes one value, {@code min} and {@code max} of several are none. */
    boolean isAggregation(ChainableContext chain) {
        ChainableWithArgsContext root = chain.chainableRootWithOpt().chainableWithArgs();
        String name = Report.plain(root.chainableIdent().getText()).toLowerCase(Locale.ROOT);
        boolean keepsState =
                Grammar.FUNCTIONS.contains(name) || vocabulary.functions().getOrDefault(name, false);
        return root.lp != null
                && keepsState
                && root.libFunctionArgs() != null
                && root.libFunctionArgs().libFunctionArgItem().size() == 1;
    }

    /** What follows something with dots. */
    boolean elements(ChainableElementsContext elements) {
        boolean fields = hasFields(elements);
        for (ChainableAtomicWithOptContext each : elements.chainableAtomicWithOpt()) {
            ChainableWithArgsContext element = each.chainableAtomic().chainableWithArgs();
            if (element == null) {
                // An index in brackets, which the walk refuses by its form.
                return true;
            }
            String name = Report.plain(element.chainableIdent().getText());
            if (element.lp == null) {
                confidential(element, name);
                if (!fields || !names.columns.contains(name)) {
                    report.refuse(
                            element.getStart(),
                            "'." + name
                                    + "' reaches into a value; rules may write stream.property with the properties of "
                                    + vocabulary.event() + " and the columns of their own streams.");
                    return false;
                }
                fields = false;
            } else if (Grammar.ENUMERATIONS.contains(name.toLowerCase(Locale.ROOT))) {
                fields = true;
            } else if (Grammar.VALUE_METHODS.contains(name)) {
                fields = false;
            } else {
                report.refuse(
                        element.getStart(),
                        "The method '" + name + "' is not for rules, which may not call Java. After a dot they may use "
                                + Report.sorted(Grammar.VALUE_METHODS)
                                + ", and on lists Esper's enumeration methods without"
                                + " aggregate, groupBy and toMap.");
                return false;
            }
        }
        return true;
    }

    /** Whether properties can follow: after a stream's name or a function, not after a value. */
    private boolean hasFields(ChainableElementsContext elements) {
        if (elements.getParent() instanceof ChainableContext chain) {
            ChainableWithArgsContext root = chain.chainableRootWithOpt().chainableWithArgs();
            return root.lp == null
                    && names.aliases.contains(Report.plain(root.chainableIdent().getText()));
        }
        return true;
    }

    /** Refuses a confidential property where it is selected, unless only counted or compared there. */
    private void confidential(ParserRuleContext use, String property) {
        if (showsConfidential || !vocabulary.confidential().contains(property)) {
            return;
        }
        for (RuleContext each = use.parent; each != null; each = each.parent) {
            if (isCountOrComparison(each) || each instanceof WhereClauseContext) {
                return;
            }
            if (each instanceof SelectionListElementExprContext || each instanceof MatchRecogMeasureItemContext) {
                report.refuse(
                        use.getStart(),
                        "'" + property
                                + "' is confidential: a rule may count it, compare it and join by it, and select it"
                                + " only where the site permits that (rules.reveal).");
                return;
            }
        }
    }

    private static boolean isCountOrComparison(RuleContext context) {
        if (context instanceof ChainableWithArgsContext call) {
            return call.lp != null
                    && "distinct_count".equals(call.chainableIdent().getText().toLowerCase(Locale.ROOT));
        }
        boolean comparison =
                context instanceof EvalEqualsExpressionContext || context instanceof EvalRelationalExpressionContext;
        return context instanceof Builtin_cntContext || (comparison && context.getChildCount() > 1);
    }

    /** Judges what a statement selects. A wildcard in the columns of an alert has the confidential properties in it. */
    void columns(SelectClauseContext clause, boolean ofAlert) {
        List<SelectionListElementContext> columns = clause.selectionList().selectionListElement();
        if (columns.size() > MAX_COLUMNS) {
            report.refuse(
                    clause.getStart(),
                    "The statement selects " + columns.size() + " columns; a rule may select " + MAX_COLUMNS
                            + ", since a text of an event may be long.");
        }
        if (ofAlert) {
            columns.stream().filter(each -> each.STAR() != null).forEach(each -> wildcard(each.getStart()));
        }
    }

    private void wildcard(Token star) {
        if (!showsConfidential) {
            report.refuse(
                    star,
                    "'*' selects every property, and " + Report.sorted(vocabulary.confidential())
                            + " are confidential: name the properties, or let the site permit it (rules.reveal).");
        }
    }

    /** Refuses patterns that are not written out, or that no linear matcher takes. */
    boolean comparison(EvalRelationalExpressionContext comparison) {
        if (comparison.regex == null && comparison.like == null) {
            return true;
        }
        EsperEPL2GrammarParser.ConcatenationExprContext pattern =
                comparison.concatenationExpr(comparison.concatenationExpr().size() - 1);
        Token text = pattern.getStart();
        if (text != pattern.getStop() || !TEXTS.contains(text.getType())) {
            report.refuse(
                    text,
                    "The pattern " + Report.quoted(pattern)
                            + " is not written out, so nobody knows what it costs; rules may compare"
                            + " with a text in quotes.");
            return false;
        }
        String written = text.getText();
        if (written.length() > MAX_PATTERN) {
            report.refuse(
                    text, "The pattern has " + written.length() + " characters; expected at most " + MAX_PATTERN + ".");
            return false;
        }
        return comparison.regex == null || regexp(text);
    }

    private boolean regexp(Token at) {
        Optional<String> problem = Patterns.problem(StringValue.parseString(at.getText()));
        problem.ifPresent(text -> report.refuse(at, "The expression " + Report.shortened(at.getText()) + " " + text));
        return problem.isEmpty();
    }

    /** Whether a lambda stands by itself; one within another squares its cost. */
    boolean lambda(LibFunctionArgItemContext item, int outer) {
        if (outer > 0) {
            report.endless(
                    item.getStart(),
                    "The lambda " + Report.quoted(item)
                            + " stands within another, which squares its cost; rules may put one method"
                            + " after another");
            return false;
        }
        return true;
    }

    boolean notNew(ParserRuleContext context) {
        if (context.getToken(EsperEPL2GrammarParser.NEWKW, 0) != null) {
            report.refuse(
                    context.getStart(),
                    Report.quoted(context) + " makes an object; rules may use values and the event's properties.");
            return false;
        }
        return true;
    }

    private String functionsAllowed() {
        return "They may use count, sum, avg, min, max, median, stddev, avedev, first, last, window, "
                + Report.sorted(vocabulary.functions().keySet()) + ", coalesce, cast and exists.";
    }
}
