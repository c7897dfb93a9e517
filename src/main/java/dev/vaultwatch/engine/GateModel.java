package dev.vaultwatch.engine;

import com.espertech.esper.common.internal.compile.stage2.StatementSpecCompileSyntaxException;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.AnnotationEnumContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.BuiltinFuncContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.Builtin_castContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ChainableAtomicWithOptContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ChainableContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ChainableElementsContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ChainableWithArgsContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ClassIdentifierWithDimensionsContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ColumnListContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.CreateVariableExprContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ElementValueEnumContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ElementValuePairEnumContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.EvalRelationalExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.EventFilterExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ExpressionLambdaDeclContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.ExpressionNamedParameterContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.IdentOrTickedContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.InsertIntoExprContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.KeywordAllowedIdentContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.LibFunctionArgItemContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.MatchRecogPatternAtomContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.PatternFilterExpressionContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.RegularJoinContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.SelectExprContext;
import com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarParser.SelectionListElementExprContext;
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
import java.util.Set;
import java.util.regex.Pattern;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.RuleContext;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.misc.Interval;
import org.antlr.v4.runtime.tree.ParseTree;
import org.antlr.v4.runtime.tree.ParseTreeWalker;
import org.jspecify.annotations.Nullable;

/**
 * The first of the gate's three checks, before Esper compiles. Rules come from outside, and Esper's compiler runs code: a
 * constant method chain is evaluated while compiling, a script reaches its engine though scripts are off, and already
 * {@code eplToModel} reads static fields that an annotation names, which runs their class's initializer (all Esper 9.0.0).
 * So this reads the parse tree, which is made by the generated parser alone, and lets pass only what {@link GateGrammar}
 * lists. Every node is visited; one that is not listed is refused.
 *
 * <p>One instance reads the statements of one rule, in their order. Not thread-safe.
 */
final class GateModel {
    private static final Pattern TICKED = Pattern.compile("`[\\w .@:/()-]+`");
    private static final Pattern STATEMENT_NAME = Pattern.compile("['\"][\\w .@:/()-]+['\"]");
    private static final Pattern QUANTIFIER_ON_GROUP = Pattern.compile("\\)[*+?{]");
    private static final int MAX_QUANTIFIERS = 2;
    private static final int MAX_PERCENTS = 4;
    private static final Set<Integer> TEXTS =
            Set.of(EsperEPL2GrammarParser.STRING_LITERAL, EsperEPL2GrammarParser.QUOTED_STRING_LITERAL);
    private static final String UNLESS_ALLOWED = ", unless the site allows rules without bounds";

    private final boolean allowUnboundedState;

    /** Whether the rule is ordered, so that patterns and the like have their place in it. */
    private final boolean ordered;

    /** Names that stand for a stream, and columns, variables and properties, of all statements so far. */
    private final Set<String> columns = new HashSet<>(GateGrammar.PROPERTIES);

    private final Set<String> variables = new HashSet<>();
    private final Set<String> streams = new HashSet<>();
    private final Set<String> readStreams = new HashSet<>();

    private Statement statement = new Statement();

    /** What is known of the statement at hand. */
    private static final class Statement {
        private final List<GateRefusal> refusals = new ArrayList<>();
        private final Set<String> aliases = new HashSet<>();

        /** Whether the query at hand, and those around it, hold an aggregation. */
        private final Deque<Boolean> aggregates = new ArrayDeque<>();

        private int lambdas;
        private boolean alert;
    }

    /**
     * Lets pass rules without bounds on their state only if told to; nothing else depends on that.
     *
     * @param ordered whether the rule declares an ordered window
     */
    GateModel(boolean allowUnboundedState, boolean ordered) {
        this.allowUnboundedState = allowUnboundedState;
        this.ordered = ordered;
    }

    /**
     * Why the next statement of the rule may not pass; empty if it may. A statement that can't be parsed passes: the compiler
     * parses the same text by the same rules, and fails before it does anything else.
     */
    List<GateRefusal> check(String text) {
        Optional<GateRefusal> unfit = GateText.ofStatement(text);
        if (unfit.isPresent()) {
            return List.of(unfit.get());
        }
        ParseResult parsed;
        try {
            parsed = ParseHelper.parse(text, text, true, EsperEPL2GrammarParser::startEPLExpressionRule, true);
        } catch (StatementSpecCompileSyntaxException e) {
            return List.of();
        }
        statement = new Statement();
        tokens(parsed.getTokenStream());
        ParseTree tree = (ParseTree) parsed.getTree();
        declare(tree);
        walk(tree);
        return List.copyOf(statement.refusals);
    }

    // What holds for single words, wherever they stand.

    private void tokens(CommonTokenStream stream) {
        for (Token token : stream.getTokens()) {
            switch (token.getType()) {
                case EsperEPL2GrammarParser.QUESTION ->
                    refuse(
                            token,
                            "The question mark '?' makes a property dynamic, found by reflection while the rule runs; rules"
                                    + " may use the properties of KeyVaultEvent, and 'is null' where one may be absent.");
                case EsperEPL2GrammarParser.ESCAPECHAR ->
                    refuse(token, "A backslash in a name; rules may put a name with dots between backticks.");
                case EsperEPL2GrammarParser.TICKED_STRING_LITERAL -> {
                    if (!TICKED.matcher(token.getText()).matches()) {
                        refuse(
                                token,
                                "The name " + token.getText().strip()
                                        + " has characters that names may not have; rules may"
                                        + " use letters, digits, spaces and . _ - @ : / ( ) between backticks.");
                    }
                }
                case EsperEPL2GrammarParser.RETAINUNION ->
                    endless(
                            token,
                            "A union of windows keeps what the largest keeps; rules may put one window after another");
                default -> {
                    // Judged where it stands.
                }
            }
        }
    }

    // Names have to be known before they are used: a select list stands before the from clause that names the streams.

    private void declare(ParseTree tree) {
        if (tree instanceof StreamExpressionContext
                || tree instanceof EsperEPL2GrammarParser.SubSelectFilterExprContext) {
            for (int i = 0; i < tree.getChildCount(); i++) {
                if (tree.getChild(i) instanceof IdentOrTickedContext alias) {
                    statement.aliases.add(plain(alias.getText()));
                }
            }
        } else if (tree instanceof EventFilterExpressionContext filter) {
            statement.aliases.add(plain(filter.classIdentifier().getText()));
            if (filter.i != null) {
                statement.aliases.add(filter.i.getText());
            }
        } else if (tree instanceof PatternFilterExpressionContext filter && filter.i != null) {
            statement.aliases.add(filter.i.getText());
        } else if (tree instanceof MatchRecogPatternAtomContext atom) {
            statement.aliases.add(atom.i.getText());
        } else if (tree instanceof ExpressionLambdaDeclContext lambda) {
            ParseTreeWalker.DEFAULT.walk(new Names(statement.aliases), lambda);
        } else if (tree instanceof SelectionListElementExprContext element && element.keywordAllowedIdent() != null) {
            columns.add(plain(element.keywordAllowedIdent().getText()));
        } else if (tree instanceof ColumnListContext list) {
            list.IDENT().forEach(column -> columns.add(column.getText()));
        }
        for (int i = 0; i < tree.getChildCount(); i++) {
            declare(tree.getChild(i));
        }
    }

    private static final class Names
            extends com.espertech.esper.compiler.internal.generated.EsperEPL2GrammarBaseListener {
        private final Set<String> names;

        Names(Set<String> names) {
            this.names = names;
        }

        @Override
        public void enterKeywordAllowedIdent(KeywordAllowedIdentContext name) {
            names.add(plain(name.getText()));
        }
    }

    // The walk.

    private void walk(ParseTree tree) {
        if (!(tree instanceof ParserRuleContext context)) {
            return;
        }
        String form = EsperEPL2GrammarParser.ruleNames[context.getRuleIndex()];
        if (GateGrammar.ENDLESS.contains(form)) {
            if (allowUnboundedState || (ordered && GateGrammar.ORDERED.contains(form))) {
                children(context);
            } else {
                endless(
                        context.getStart(),
                        sentence(GateGrammar.spoken(form)) + " " + quoted(context)
                                + " has no end that can be read off the rule; rules may count in windows");
            }
        } else if (context instanceof AnnotationEnumContext annotation) {
            annotation(annotation);
        } else if (!GateGrammar.PLAIN.contains(form)
                && !((allowUnboundedState || ordered) && GateGrammar.WITHIN_ENDLESS.contains(form))) {
            refuse(
                    context.getStart(),
                    sentence(GateGrammar.spoken(form)) + " " + quoted(context)
                            + " is not for rules. A rule declares variables, and selects from KeyVaultEvent or from a stream"
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
            subquery(query);
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
        if (context instanceof BuiltinFuncContext function) {
            return builtIn(function);
        }
        if (context instanceof ChainableContext chain) {
            return chain(chain);
        }
        if (context instanceof ChainableElementsContext elements) {
            return elements(elements);
        }
        if (context instanceof ViewExpressionsContext views) {
            return views(views);
        }
        if (context instanceof RegularJoinContext join) {
            return join(join);
        }
        if (context instanceof EvalRelationalExpressionContext comparison) {
            return comparison(comparison);
        }
        if (context instanceof ExpressionNamedParameterContext parameter) {
            return named(parameter);
        }
        return notNew(context);
    }

    // Statements.

    private void select(SelectExprContext select) {
        boolean aggregates = query(select) || select.groupByListExpr() != null;
        if (aggregates && !statement.alert && select.fromClause() != null && select.matchRecog() == null) {
            // The alert statement's window is the business of the rule's form.
            StreamExpressionContext stream = select.fromClause().streamExpression();
            if (stream.viewExpressions() == null) {
                endless(
                        stream.getStart(),
                        "The statement aggregates " + quoted(stream) + ", which has no window and so never forgets. "
                                + GateWindows.ALLOWED);
            }
        }
        if (select.insertIntoExpr() != null) {
            target(select.insertIntoExpr());
        }
    }

    private void subquery(SubQueryExprContext query) {
        query(query);
    }

    private boolean query(ParserRuleContext query) {
        statement.aggregates.push(false);
        children(query);
        return statement.aggregates.pop();
    }

    private void target(InsertIntoExprContext insert) {
        String stream = plain(insert.classIdentifier().getText());
        if (!stream.matches("\\w+") || GateGrammar.TYPES.contains(stream.toLowerCase(Locale.ROOT))) {
            refuse(
                    insert.classIdentifier().getStart(),
                    "'" + stream
                            + "' can't name a stream: rules may insert into a stream of their own, named by one word.");
        } else if (EsperConfiguration.EVENT.equals(stream)) {
            refuse(
                    insert.classIdentifier().getStart(),
                    "'" + stream
                            + "' is what decoders fill, and rules may not add to it; they may insert into a stream of"
                            + " their own.");
        } else if (readStreams.contains(stream)) {
            refuse(
                    insert.classIdentifier().getStart(),
                    "The stream '" + stream
                            + "' has been read already, so filling it here may go round for ever; rules may"
                            + " insert into a stream before they select from it.");
        } else {
            streams.add(stream);
        }
    }

    private boolean source(EsperEPL2GrammarParser.ClassIdentifierContext name) {
        String stream = plain(name.getText());
        if (EsperConfiguration.EVENT.equals(stream)) {
            return true;
        }
        if (!streams.contains(stream)) {
            Set<String> known = new HashSet<>(streams);
            known.add(EsperConfiguration.EVENT);
            refuse(
                    name.getStart(),
                    "'" + stream
                            + "' is no stream of this rule; rules may select from KeyVaultEvent, or from a stream that an"
                            + " earlier statement of the file inserts into"
                            + Nearest.of(stream, known)
                                    .map(each -> "; did you mean '" + each + "'?")
                                    .orElse(". A stream of another rule's alerts does not exist yet."));
            return false;
        }
        readStreams.add(stream);
        return true;
    }

    private boolean variable(CreateVariableExprContext variable) {
        if (variable.c != null && !"constant".equalsIgnoreCase(variable.c.getText())) {
            refuse(
                    variable.c,
                    "'" + variable.c.getText() + "' is no kind of variable for rules; they may write 'create constant"
                            + " variable' or 'create variable'.");
            return false;
        }
        variables.add(variable.n.getText());
        return true;
    }

    private boolean type(ClassIdentifierWithDimensionsContext type) {
        boolean simple =
                GateGrammar.TYPES.contains(type.classIdentifier().getText().toLowerCase(Locale.ROOT));
        boolean plainArray = type.dimensions().stream().allMatch(each -> each.p == null);
        if (!simple || !plainArray || type.dimensions().size() > 1) {
            refuse(
                    type.getStart(),
                    "'" + flat(type)
                            + "' is no type for rules; they may use string, boolean, int, long, float, double, and"
                            + " arrays of these.");
            return false;
        }
        return true;
    }

    private void annotation(AnnotationEnumContext annotation) {
        String name = annotation.classIdentifier().getText().toLowerCase(Locale.ROOT);
        if (!GateGrammar.ANNOTATIONS.contains(name)) {
            refuse(
                    annotation.getStart(),
                    "The annotation " + quoted(annotation)
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
                refuse(
                        value.getStart(),
                        "The annotation's value " + quoted(value)
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
            refuse(
                    value.getStart(),
                    "The name " + name
                            + " has characters that names may not have; rules may use letters, digits, spaces and"
                            + " . _ - @ : / ( ).");
        } else if (EarlyStatement.NAME.equals(name.substring(1, name.length() - 1))) {
            refuse(
                    value.getStart(),
                    "The name " + name + " is kept for the statement that is derived from the rule; rules may use any"
                            + " other.");
        } else if (RuleCompiler.ALERT.equals(name.substring(1, name.length() - 1))) {
            statement.alert = true;
        }
    }

    // Windows and joins.

    private boolean views(ViewExpressionsContext views) {
        List<ViewWParametersContext> known = new ArrayList<>();
        for (EsperEPL2GrammarParser.ViewExpressionOptNamespaceContext each : views.viewExpressionOptNamespace()) {
            ViewWParametersContext view = each.viewWParameters();
            if (each.ns != null || !GateWindows.isKnown(view)) {
                refuse(each.getStart(), "'#" + flat(each) + "' is no window for rules. " + GateWindows.ALLOWED + ".");
                return false;
            }
            known.add(view);
        }
        boolean leaks = known.stream().anyMatch(view -> "groupwin".equals(GateWindows.name(view)));
        if (!known.isEmpty() && (leaks || known.stream().noneMatch(GateWindows::isBounded))) {
            ViewWParametersContext first = known.get(0);
            endless(
                    first.getStart(),
                    "The window '" + flat(first) + "' has no bound that can be read. " + GateWindows.ALLOWED);
        }
        return true;
    }

    private boolean join(RegularJoinContext join) {
        if (!join.streamExpression().isEmpty()) {
            endless(
                    join.streamExpression(0).getStart(),
                    "The join with " + quoted(join.streamExpression(0))
                            + " can put out every pair of events; rules may read one stream, and look others up in a"
                            + " subquery over a window");
        }
        return true;
    }

    // Expressions.

    private boolean notNew(ParserRuleContext context) {
        if (context.getToken(EsperEPL2GrammarParser.NEWKW, 0) != null) {
            refuse(
                    context.getStart(),
                    quoted(context) + " makes an object; rules may use values and the event's properties.");
            return false;
        }
        return true;
    }

    private boolean builtIn(BuiltinFuncContext function) {
        String label = function.getClass().getSimpleName().replaceAll("^Builtin_|Context$", "");
        if (!GateGrammar.BUILT_IN.contains(label)) {
            refuse(
                    function.getStart(),
                    "The function '" + function.getStart().getText() + "' is not for rules. " + functionsAllowed());
            return false;
        }
        if (GateGrammar.BUILT_IN_AGGREGATIONS.contains(label)) {
            aggregates();
        }
        if (function instanceof Builtin_castContext && isInFilter(function)) {
            refuse(
                    function.getStart(),
                    quoted(function)
                            + " may fail, and a filter that fails keeps the event from every rule; cast in the select"
                            + " or having clause.");
            return false;
        }
        if (function instanceof Builtin_castContext cast && cast.expressionNamedParameter() != null) {
            refuse(
                    cast.expressionNamedParameter().getStart(),
                    "A cast with " + quoted(cast.expressionNamedParameter())
                            + " is not for rules; they may cast a value to" + " string, boolean or a kind of number.");
            return false;
        }
        return true;
    }

    private static boolean isInFilter(ParserRuleContext context) {
        for (RuleContext each = context; each != null; each = each.parent) {
            if (each instanceof EventFilterExpressionContext) {
                return true;
            }
        }
        return false;
    }

    private boolean named(ExpressionNamedParameterContext parameter) {
        String name = parameter.IDENT().getText();
        if (!"filter".equals(name)) {
            refuse(
                    parameter.getStart(),
                    "The parameter '" + name + "' is not for rules; an aggregation may have 'filter'.");
            return false;
        }
        return true;
    }

    private boolean chain(ChainableContext chain) {
        ChainableWithArgsContext root = chain.chainableRootWithOpt().chainableWithArgs();
        String name = plain(root.chainableIdent().getText());
        if (root.lp != null) {
            if (!GateGrammar.FUNCTIONS.contains(name.toLowerCase(Locale.ROOT))) {
                refuse(chain.getStart(), "The function '" + name + "' is not for rules. " + functionsAllowed());
                return false;
            }
            if (root.libFunctionArgs() != null
                    && root.libFunctionArgs().libFunctionArgItem().size() == 1) {
                aggregates();
            }
        } else if (!chain.chainableElements().chainableAtomicWithOpt().isEmpty()
                && !statement.aliases.contains(name)
                && !columns.contains(name)
                && !variables.contains(name)) {
            refuse(
                    chain.getStart(),
                    "'" + shortened(flat(chain)) + "' reaches through '" + name
                            + "', which is no property, stream or variable"
                            + " of the rule; it would be a Java class. Rules may not call Java.");
            return false;
        }
        return true;
    }

    /** What follows something with dots. */
    private boolean elements(ChainableElementsContext elements) {
        boolean fields = hasFields(elements);
        for (ChainableAtomicWithOptContext each : elements.chainableAtomicWithOpt()) {
            ChainableWithArgsContext element = each.chainableAtomic().chainableWithArgs();
            if (element == null) {
                // An index in brackets, which the walk refuses by its form.
                return true;
            }
            String name = plain(element.chainableIdent().getText());
            if (element.lp == null) {
                if (!fields || !columns.contains(name)) {
                    refuse(
                            element.getStart(),
                            "'." + name
                                    + "' reaches into a value; rules may write stream.property with the properties of"
                                    + " KeyVaultEvent and the columns of their own streams.");
                    return false;
                }
                fields = false;
            } else if (GateGrammar.ENUMERATIONS.contains(name.toLowerCase(Locale.ROOT))) {
                fields = true;
            } else if (GateGrammar.VALUE_METHODS.contains(name)) {
                fields = false;
            } else {
                refuse(
                        element.getStart(),
                        "The method '" + name + "' is not for rules, which may not call Java. After a dot they may use "
                                + sorted(GateGrammar.VALUE_METHODS)
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
                    && statement.aliases.contains(plain(root.chainableIdent().getText()));
        }
        return true;
    }

    private void lambda(LibFunctionArgItemContext item) {
        if (statement.lambdas > 0) {
            endless(
                    item.getStart(),
                    "The lambda " + quoted(item)
                            + " stands within another, which squares its cost; rules may put one method"
                            + " after another");
            return;
        }
        statement.lambdas++;
        children(item);
        statement.lambdas--;
    }

    private boolean comparison(EvalRelationalExpressionContext comparison) {
        if (comparison.regex == null && comparison.like == null) {
            return true;
        }
        EsperEPL2GrammarParser.ConcatenationExprContext pattern =
                comparison.concatenationExpr(comparison.concatenationExpr().size() - 1);
        Token text = pattern.getStart();
        if (text != pattern.getStop() || !TEXTS.contains(text.getType())) {
            endless(
                    text,
                    "The pattern " + quoted(pattern)
                            + " is not written out, so nobody knows what it costs; rules may compare"
                            + " with a text in quotes");
            return true;
        }
        String written = text.getText();
        if (comparison.like != null && count(written, "%") > MAX_PERCENTS) {
            endless(
                    text,
                    "The pattern " + written + " has more than " + MAX_PERCENTS
                            + " '%', which is slow on long values; rules" + " may use several shorter patterns");
        }
        if (comparison.regex != null
                && (count(written, "*+?{") > MAX_QUANTIFIERS
                        || QUANTIFIER_ON_GROUP.matcher(written).find())) {
            endless(
                    text,
                    "The expression " + written + " may take for ever on a value made for it; rules may repeat at most "
                            + MAX_QUANTIFIERS + " times in an expression, and no group");
        }
        return true;
    }

    private void aggregates() {
        if (!statement.aggregates.isEmpty()) {
            statement.aggregates.pop();
            statement.aggregates.push(true);
        }
    }

    // Words.

    private void endless(Token token, String problem) {
        if (!allowUnboundedState) {
            refuse(token, problem + UNLESS_ALLOWED + ".");
        }
    }

    private void refuse(Token token, String problem) {
        statement.refusals.add(new GateRefusal(token.getLine(), token.getCharPositionInLine(), problem));
    }

    private static String functionsAllowed() {
        return "They may use count, sum, avg, min, max, median, stddev, avedev, first, last, window, distinct_values,"
                + " distinct_count, coalesce, cast and exists.";
    }

    private static String sorted(Set<String> names) {
        return String.join(", ", names.stream().sorted().toList());
    }

    private static long count(String text, String characters) {
        return text.chars().filter(c -> characters.indexOf(c) >= 0).count();
    }

    private static String sentence(String words) {
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    private static String plain(String name) {
        return name.startsWith("`") && name.endsWith("`") && name.length() > 1
                ? name.substring(1, name.length() - 1)
                : name;
    }

    private static String flat(ParserRuleContext context) {
        return context.getText();
    }

    private String quoted(ParserRuleContext context) {
        return "'" + shortened(written(context.getStart(), context.getStop())) + "'";
    }

    private static String shortened(String text) {
        String line = text.replaceAll("\\s+", " ").strip();
        return line.length() > 60 ? line.substring(0, 57) + "..." : line;
    }

    private static String written(Token start, @Nullable Token stop) {
        if (stop == null || stop.getStopIndex() < start.getStartIndex()) {
            return start.getText();
        }
        return start.getInputStream().getText(Interval.of(start.getStartIndex(), stop.getStopIndex()));
    }
}
