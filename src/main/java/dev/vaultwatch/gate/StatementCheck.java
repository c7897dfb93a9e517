package dev.vaultwatch.gate;

import com.espertech.esper.common.internal.compile.stage2.StatementSpecCompileSyntaxException;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.AnnotationEnumContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.BuiltinFuncContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ChainableContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ChainableElementsContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ClassIdentifierWithDimensionsContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.CreateVariableExprContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.DistinctExpressionListContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ElementValueEnumContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ElementValuePairEnumContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.EvalRelationalExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.EventFilterExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ExpressionNamedParameterContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.FollowedByExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.GuardWhereExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.InsertIntoExprContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.LibFunctionArgItemContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.MatchRecogMatchesIntervalContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.MatchRecogPatternRepeatContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ObserverExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.PatternFilterExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.RegularJoinContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.SelectClauseContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.SelectExprContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.StreamExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.SubQueryExprContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ViewExpressionsContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ViewWParametersContext;
import com.espertech.esper.compiler.internal.parse.ParseHelper;
import com.espertech.esper.compiler.internal.parse.ParseResult;
import dev.vaultwatch.rule.Nearest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.ParseTree;

/**
 * The first of the gate's three checks, before Esper compiles. Rules come from outside, and Esper's compiler runs code: a
 * constant method chain is evaluated while compiling, a script reaches its engine though scripts are off, and already
 * {@code eplToModel} reads static fields that an annotation names, which runs their class's initializer (all Esper 9.0.0).
 * So this reads the parse tree, which is made by the generated parser alone, and lets pass only what {@link Grammar}
 * lists. Every node is visited; one that is not listed is refused.
 *
 * <p>One instance reads the statements of one rule, in their order. Not thread-safe.
 */
final class StatementCheck {
    private static final Pattern TICKED = Pattern.compile("`[\\w .@:/()-]+`");
    private static final Pattern STATEMENT_NAME = Pattern.compile("['\"][\\w .@:/()-]+['\"]");

    /** Rows that one event may become by the rule's own streams: each is work for every statement that reads it. */
    private static final long MAX_ROWS = 16;

    private final Vocabulary vocabulary;
    private final EplGate.Permissions permissions;
    private final OptionalLong reachMillis;
    private final Names names;

    // Of the statement at hand.

    private Report report;
    private ExpressionCheck expressions;
    private PatternCheck patterns;

    /** Whether the query at hand, and those around it, hold an aggregation. */
    private final Deque<Boolean> aggregates = new ArrayDeque<>();

    private int lambdas;
    private boolean alert;
    private long rows;
    private boolean concatenates;

    StatementCheck(Vocabulary vocabulary, EplGate.Permissions permissions, OptionalLong reachMillis) {
        this.vocabulary = vocabulary;
        this.permissions = permissions;
        this.reachMillis = reachMillis;
        this.names = new Names(vocabulary.properties());
        this.report = new Report(permissions.unboundedState());
        this.expressions = new ExpressionCheck(vocabulary, names, report, permissions.confidential());
        this.patterns = new PatternCheck(report, reachMillis.orElse(0));
    }

    private boolean ordered() {
        return reachMillis.isPresent();
    }

    /** Why the next statement may not pass; see {@link EplGate.Statements#check}. */
    List<Refusal> check(String text) {
        Optional<Refusal> unfit = TextCheck.ofStatement(text);
        if (unfit.isPresent()) {
            return List.of(unfit.get());
        }
        ParseResult parsed;
        try {
            parsed = ParseHelper.parse(text, text, true, EsperEPL2GrammarParser::startEPLExpressionRule, true);
        } catch (StatementSpecCompileSyntaxException e) {
            return List.of();
        }
        report = new Report(permissions.unboundedState());
        expressions = new ExpressionCheck(vocabulary, names, report, permissions.confidential());
        patterns = new PatternCheck(report, reachMillis.orElse(0));
        names.startStatement();
        aggregates.clear();
        lambdas = 0;
        alert = false;
        rows = 0;
        concatenates = false;
        tokens(parsed.getTokenStream());
        ParseTree tree = (ParseTree) parsed.getTree();
        names.declare(tree);
        walk(tree);
        return report.refusals();
    }

    private void walk(ParseTree tree) {
        if (!(tree instanceof ParserRuleContext context)) {
            return;
        }
        String form = EsperEPL2GrammarParser.ruleNames[context.getRuleIndex()];
        if (Grammar.ENDLESS.contains(form)) {
            if (permissions.unboundedState() || (ordered() && Grammar.ORDERED.contains(form))) {
                children(context);
            } else {
                report.endless(
                        context.getStart(),
                        Report.sentence(Grammar.spoken(form)) + " " + Report.quoted(context)
                                + " has no end that can be read off the rule; rules may count in windows");
            }
        } else if (context instanceof AnnotationEnumContext annotation) {
            annotation(annotation);
        } else if (!Grammar.PLAIN.contains(form)
                && !((permissions.unboundedState() || ordered()) && Grammar.WITHIN_ENDLESS.contains(form))) {
            report.refuse(
                    context.getStart(),
                    Report.sentence(Grammar.spoken(form)) + " " + Report.quoted(context)
                            + " is not for rules. A rule declares variables, and selects from " + vocabulary.event()
                            + " or from a stream"
                            + " that it fills itself.");
        } else if (judge(context)) {
            children(context);
        }
    }

    private void children(ParserRuleContext context) {
        for (int i = 0; i < context.getChildCount(); i++) {
            walk(context.getChild(i));
        }
    }

    /** Judges a listed form by more than its name; true to go on within it. */
    private boolean judge(ParserRuleContext context) {
        if (context instanceof SelectExprContext select) {
            select(select);
            return false;
        }
        if (context instanceof SubQueryExprContext query) {
            query(query);
            return false;
        }
        if (context instanceof LibFunctionArgItemContext item && item.expressionLambdaDecl() != null) {
            lambda(item);
            return false;
        }
        if (context instanceof CreateVariableExprContext variable) {
            return variable(variable);
        }
        if (context instanceof ClassIdentifierWithDimensionsContext type) {
            return type(type);
        }
        if (context instanceof EventFilterExpressionContext filter) {
            return source(filter.classIdentifier());
        }
        if (context instanceof PatternFilterExpressionContext filter) {
            return source(filter.classIdentifier());
        }
        if (context instanceof ViewExpressionsContext views) {
            return views(views);
        }
        if (context instanceof RegularJoinContext join) {
            return join(join);
        }
        if (context instanceof SelectClauseContext clause) {
            return direction(clause);
        }
        pattern(context);
        return expression(context);
    }

    private void pattern(ParserRuleContext context) {
        if (!ordered()) {
            return;
        }
        if (context instanceof FollowedByExpressionContext chain) {
            patterns.followedBy(chain);
        } else if (context instanceof GuardWhereExpressionContext guard) {
            patterns.guard(guard);
        } else if (context instanceof ObserverExpressionContext observer) {
            patterns.observer(observer);
        } else if (context instanceof MatchRecogPatternRepeatContext repeat) {
            patterns.repeat(repeat);
        } else if (context instanceof MatchRecogMatchesIntervalContext interval) {
            patterns.interval(interval);
        } else if (context instanceof DistinctExpressionListContext values) {
            patterns.distinct(values);
        }
    }

    private boolean expression(ParserRuleContext context) {
        if (context instanceof BuiltinFuncContext function) {
            if (ExpressionCheck.isAggregation(function)) {
                aggregates();
            }
            return expressions.builtIn(function);
        }
        if (context instanceof ChainableContext chain) {
            if (expressions.isAggregation(chain)) {
                aggregates();
            }
            return expressions.chain(chain);
        }
        if (context instanceof ChainableElementsContext elements) {
            return expressions.elements(elements);
        }
        if (context instanceof EvalRelationalExpressionContext comparison) {
            return expressions.comparison(comparison);
        }
        if (context instanceof ExpressionNamedParameterContext parameter) {
            return expressions.named(parameter);
        }
        return expressions.notNew(context);
    }

    private void lambda(LibFunctionArgItemContext item) {
        if (expressions.lambda(item, lambdas)) {
            lambdas++;
            children(item);
            lambdas--;
        }
    }

    private void aggregates() {
        if (!aggregates.isEmpty()) {
            aggregates.pop();
            aggregates.push(true);
        }
    }

    // Statements.

    private void select(SelectExprContext select) {
        boolean aggregating = query(select) || select.groupByListExpr() != null;
        if (aggregating && !alert && select.fromClause() != null && select.matchRecog() == null) {
            // The alert statement's window is the business of the rule's form.
            StreamExpressionContext stream = select.fromClause().streamExpression();
            if (stream.viewExpressions() == null) {
                report.endless(
                        stream.getStart(),
                        "The statement aggregates " + Report.quoted(stream)
                                + ", which has no window and so never forgets. " + Windows.ALLOWED);
            }
        }
        expressions.columns(select.selectClause(), alert && select.matchRecog() == null);
        if (select.insertIntoExpr() != null) {
            target(select.insertIntoExpr());
        }
    }

    private boolean query(ParserRuleContext query) {
        aggregates.push(false);
        children(query);
        return aggregates.pop();
    }

    /** {@code rstream} tells of events that leave a window, and a finding of what is gone is none. */
    private boolean direction(SelectClauseContext clause) {
        if (clause.RSTREAM() != null || clause.IRSTREAM() != null) {
            report.refuse(
                    clause.getStart(),
                    "'" + clause.s.getText() + "' selects what leaves a window; rules may select what comes.");
        }
        return true;
    }

    private void target(InsertIntoExprContext insert) {
        String stream = Report.plain(insert.classIdentifier().getText());
        Token at = insert.classIdentifier().getStart();
        if (!stream.matches("\\w+") || Grammar.TYPES.contains(stream.toLowerCase(Locale.ROOT))) {
            report.refuse(
                    at,
                    "'" + stream
                            + "' can't name a stream: rules may insert into a stream of their own, named by one word.");
        } else if (vocabulary.event().equals(stream) || vocabulary.reserved().contains(stream)) {
            report.refuse(at, "'" + stream + "' is not filled by rules; they may insert into a stream of their own.");
        } else if (names.readStreams.contains(stream)) {
            report.refuse(
                    at,
                    "The stream '" + stream
                            + "' has been read already, so filling it here may go round for ever; rules may"
                            + " insert into a stream before they select from it.");
        } else {
            long all = names.streams.merge(stream, rows, Long::sum);
            if (all > MAX_ROWS) {
                report.endless(
                        at,
                        "The stream '" + stream + "' gets up to " + all + " rows of one event; expected at most "
                                + MAX_ROWS);
            }
        }
        if (concatenates) {
            report.refuse(
                    at,
                    "A statement that fills a stream may not join texts with '||', which double at each stage; rules may"
                            + " join them in the alert statement.");
        }
    }

    private boolean source(EsperEPL2GrammarParser.ClassIdentifierContext name) {
        String stream = Report.plain(name.getText());
        if (vocabulary.event().equals(stream)) {
            rows++;
            return true;
        }
        Long ofOne = names.streams.get(stream);
        if (ofOne == null) {
            Set<String> known = new HashSet<>(names.streams.keySet());
            known.add(vocabulary.event());
            report.refuse(
                    name.getStart(),
                    "'" + stream
                            + "' is no stream of this rule; rules may select from " + vocabulary.event()
                            + ", or from a stream that an earlier statement of the file inserts into"
                            + Nearest.of(stream, known)
                                    .map(each -> "; did you mean '" + each + "'?")
                                    .orElse(". A stream of another rule's alerts does not exist yet."));
            return false;
        }
        rows += ofOne;
        names.readStreams.add(stream);
        return true;
    }

    private boolean type(ClassIdentifierWithDimensionsContext type) {
        boolean simple = Grammar.TYPES.contains(type.classIdentifier().getText().toLowerCase(Locale.ROOT));
        boolean plainArray = type.dimensions().stream().allMatch(each -> each.p == null);
        if (!simple || !plainArray || type.dimensions().size() > 1) {
            report.refuse(
                    type.getStart(),
                    "'" + type.getText()
                            + "' is no type for rules; they may use string, boolean, int, long, float, double, and"
                            + " arrays of these.");
            return false;
        }
        return true;
    }

    private void annotation(AnnotationEnumContext annotation) {
        String name = annotation.classIdentifier().getText().toLowerCase(Locale.ROOT);
        if (!Grammar.ANNOTATIONS.contains(name)) {
            report.refuse(
                    annotation.getStart(),
                    "The annotation " + Report.quoted(annotation)
                            + " is not for rules; they may use @name, @description and @tag.");
            return;
        }
        List<ElementValueEnumContext> values = new ArrayList<>();
        if (annotation.elementValueEnum() != null) {
            values.add(annotation.elementValueEnum());
        } else if (annotation.elementValuePairsEnum() != null) {
            for (ElementValuePairEnumContext pair :
                    annotation.elementValuePairsEnum().elementValuePairEnum()) {
                values.add(pair.elementValueEnum());
            }
        }
        for (ElementValueEnumContext value : values) {
            if (value.constant() == null || value.constant().stringconstant() == null) {
                report.refuse(
                        value.getStart(),
                        "The annotation's value " + Report.quoted(value)
                                + " is no text: Esper would look for a class of that name."
                                + " Rules may annotate with texts in quotes.");
            } else if ("name".equals(name)) {
                statementName(value);
            }
        }
    }

    private void statementName(ElementValueEnumContext value) {
        String name = value.getText();
        if (!STATEMENT_NAME.matcher(name).matches()) {
            report.refuse(
                    value.getStart(),
                    "The name " + name
                            + " has characters that names may not have; rules may use letters, digits, spaces and"
                            + " . _ - @ : / ( ).");
        } else if (vocabulary.reserved().contains(name.substring(1, name.length() - 1))) {
            report.refuse(
                    value.getStart(),
                    "The name " + name + " is kept for the statement that is derived from the rule; rules may use any"
                            + " other.");
        } else if (vocabulary.alert().equals(name.substring(1, name.length() - 1))) {
            alert = true;
        }
    }

    private boolean variable(CreateVariableExprContext variable) {
        if (variable.c != null && !"constant".equalsIgnoreCase(variable.c.getText())) {
            report.refuse(
                    variable.c,
                    "'" + variable.c.getText() + "' is no kind of variable for rules; they may write 'create constant"
                            + " variable' or 'create variable'.");
            return false;
        }
        names.variables.add(variable.n.getText());
        return true;
    }

    private boolean views(ViewExpressionsContext views) {
        List<ViewWParametersContext> known = new ArrayList<>();
        for (EsperEPL2GrammarParser.ViewExpressionOptNamespaceContext each : views.viewExpressionOptNamespace()) {
            ViewWParametersContext view = each.viewWParameters();
            if (each.ns != null || !Windows.isKnown(view)) {
                report.refuse(
                        each.getStart(), "'#" + each.getText() + "' is no window for rules. " + Windows.ALLOWED + ".");
                return false;
            }
            known.add(view);
        }
        boolean leaks = known.stream().anyMatch(view -> "groupwin".equals(Windows.name(view)));
        if (!known.isEmpty() && (leaks || known.stream().noneMatch(Windows::isBounded))) {
            ViewWParametersContext first = known.get(0);
            report.endless(
                    first.getStart(),
                    "The window '" + first.getText() + "' has no bound that can be read. " + Windows.ALLOWED);
        }
        return true;
    }

    private boolean join(RegularJoinContext join) {
        if (!join.streamExpression().isEmpty()) {
            report.endless(
                    join.streamExpression(0).getStart(),
                    "The join with " + Report.quoted(join.streamExpression(0))
                            + " can put out every pair of events; rules may read one stream, and look others up in a"
                            + " subquery over a window");
        }
        return true;
    }

    private void tokens(CommonTokenStream stream) {
        for (Token token : stream.getTokens()) {
            switch (token.getType()) {
                case EsperEPL2GrammarParser.QUESTION ->
                    report.refuse(
                            token,
                            "The question mark '?' makes a property dynamic, found by reflection while the rule runs; rules"
                                    + " may use the event's properties, and 'is null' where one may be absent.");
                case EsperEPL2GrammarParser.LOR -> concatenates = true;
                case EsperEPL2GrammarParser.ESCAPECHAR ->
                    report.refuse(token, "A backslash in a name; rules may put a name with dots between backticks.");
                case EsperEPL2GrammarParser.TICKED_STRING_LITERAL -> {
                    if (!TICKED.matcher(token.getText()).matches()) {
                        report.refuse(
                                token,
                                "The name " + token.getText().strip()
                                        + " has characters that names may not have; rules may"
                                        + " use letters, digits, spaces and . _ - @ : / ( ) between backticks.");
                    }
                }
                case EsperEPL2GrammarParser.RETAINUNION ->
                    report.endless(
                            token,
                            "A union of windows keeps what the largest keeps; rules may put one window after another");
                default -> {
                    // Judged where it stands.
                }
            }
        }
    }
}
