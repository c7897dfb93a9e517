package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.ArithmaticExpression;
import com.espertech.esper.common.client.soda.CaseSwitchExpression;
import com.espertech.esper.common.client.soda.CaseWhenThenExpression;
import com.espertech.esper.common.client.soda.ConstantExpression;
import com.espertech.esper.common.client.soda.CreateVariableClause;
import com.espertech.esper.common.client.soda.DotExpression;
import com.espertech.esper.common.client.soda.DotExpressionItem;
import com.espertech.esper.common.client.soda.DotExpressionItemCall;
import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.Expression;
import com.espertech.esper.common.client.soda.FilterStream;
import com.espertech.esper.common.client.soda.FromClause;
import com.espertech.esper.common.client.soda.MatchRecognizeDefine;
import com.espertech.esper.common.client.soda.NotExpression;
import com.espertech.esper.common.client.soda.PatternExpr;
import com.espertech.esper.common.client.soda.PatternFilterExpr;
import com.espertech.esper.common.client.soda.PatternGuardExpr;
import com.espertech.esper.common.client.soda.PatternStream;
import com.espertech.esper.common.client.soda.PropertyValueExpression;
import com.espertech.esper.common.client.soda.RelationalOpExpression;
import com.espertech.esper.common.client.soda.SelectClauseElement;
import com.espertech.esper.common.client.soda.SelectClauseExpression;
import com.espertech.esper.common.client.soda.SingleRowMethodExpression;
import com.espertech.esper.common.client.soda.Stream;
import com.espertech.esper.common.client.soda.SubqueryExistsExpression;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.EplText;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What Esper accepts and nobody means: rules that can never find anything, or find something in everything. What is certain is a
 * fault, what is likely a warning; each text quotes what to look for.
 */
final class Pitfalls {
    private static final Pattern NETWORK = Pattern.compile("(?i)\\bcidr_match\\s*\\([^,;]*,\\s*(['\"])(.*?)\\1");
    private static final Pattern STDDEV = Pattern.compile("(?i)\\bstddev\\s*\\(");

    /** A method of Esper's that takes what its condition does not deny: an event of which nobody knows, too (Esper 9.0.0). */
    private static final Pattern PASSING =
            Pattern.compile("\\.\\s*(countOf|where|firstOf|lastOf|takeWhile|takeWhileLast)\\s*\\(\\s*(\\w+)\\s*=>");

    private static final Pattern GUARD = Pattern.compile("(?i)\\bis\\s+(not\\s+)?null\\b|\\bcoalesce\\s*\\(");
    private static final Set<String> NUMBERS = Set.of("int", "integer", "long", "short", "byte", "float", "double");

    private final List<String> faults = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    private final ComparedTexts texts;

    private final Map<String, Object> variables;

    /** How many conditionals stand around the expression at hand: they may ask for what would be wrong without them. */
    private int cases;

    /** The name of the one stream whose conditions are read; empty if it has none, or there are several. */
    private String own = "";

    private Pitfalls(Map<String, Object> variables) {
        this.variables = variables;
        texts = new ComparedTexts(variables, faults, warnings);
    }

    List<String> faults() {
        return faults;
    }

    List<String> warnings() {
        return warnings;
    }

    /** Looks at one statement. */
    static Pitfalls of(
            Rule rule, EPStatementObjectModel statement, String text, boolean alert, Map<String, Object> variables) {
        Pitfalls found = new Pitfalls(variables);
        found.variable(statement.getCreateVariable());
        found.networks(EplText.blanked(text, false));
        String code = EplText.blanked(text, true);
        found.unknowns(code);
        if (STDDEV.matcher(code).find()) {
            found.warnings.add(
                    "'stddev' is worked out step by step, and values that have left leave traces (Esper 9.0.0): where all are"
                            + " alike it may be above 0, or no number; expected 'avedev', or a condition that such an error doesn't turn");
        }
        found.own = nameOf(statement);
        found.streams(statement);
        if (statement.getMatchRecognizeClause() != null) {
            for (MatchRecognizeDefine define :
                    statement.getMatchRecognizeClause().getDefines()) {
                found.expression(define.getExpression());
            }
        }
        found.askedAgain(statement);
        found.askedOfItself(statement.getFromClause(), statement.getWhereClause());
        found.clauses(statement);
        if (alert) {
            found.alert(rule, statement, variables);
        }
        return found;
    }

    private static String nameOf(EPStatementObjectModel statement) {
        List<Stream> streams = statement.getFromClause() == null
                ? List.of()
                : statement.getFromClause().getStreams();
        return streams.size() == 1 && streams.get(0).getStreamName() != null
                ? streams.get(0).getStreamName()
                : "";
    }

    private void streams(EPStatementObjectModel statement) {
        if (statement.getFromClause() != null) {
            for (Stream stream : statement.getFromClause().getStreams()) {
                if (stream instanceof FilterStream filtered) {
                    condition(filtered.getFilter().getFilter());
                } else if (stream instanceof PatternStream pattern) {
                    pattern(pattern.getExpression());
                }
            }
        }
    }

    private void clauses(EPStatementObjectModel statement) {
        for (SelectClauseElement selected : statement.getSelectClause().getSelectList()) {
            if (selected instanceof SelectClauseExpression column) {
                expression(column.getExpression());
            }
        }
        condition(statement.getWhereClause());
        condition(statement.getHavingClause());
    }

    /** What must hold as a whole. */
    private void condition(@Nullable Expression condition) {
        expression(condition);
        Unmeetable.of(condition, variables).forEach(this::warn);
    }

    private void subquery(EPStatementObjectModel query) {
        String outer = own;
        own = nameOf(query);
        streams(query);
        clauses(query);
        own = outer;
    }

    private void alert(Rule rule, EPStatementObjectModel alert, Map<String, Object> variables) {
        if (alert.getRowLimitClause() != null) {
            faults.add(
                    "The alert statement has 'limit', which hides findings in silence; expected none: rule.json caps alerts"
                            + " under /cap, and says when it does");
        }
        if (rule.window() instanceof Window.Tumbling && alert.getHavingClause() == null) {
            warnings.add("The alert statement has no 'having', so a single event of a key is a finding");
        }
        if (rule.window() instanceof Window.Tumbling) {
            KeyColumns.ofOneEvent(rule, alert, variables)
                    .forEach(column -> warnings.add("The column '" + column
                            + "' is neither of the key nor an aggregation, so it tells the value of one event, the latest of the"
                            + " window; expected distinct_values(...), or last(...) if that is meant"));
        }
        if (rule.window() instanceof Window.Ordered && rule.eventCount().isEmpty()) {
            uncounted(alert.getSelectClause().getSelectList());
        }
        if (alert.getHavingClause() instanceof RelationalOpExpression comparison
                && Models.isCountOfAll(comparison.getChildren().get(0))
                && Set.of(">=", ">").contains(comparison.getOperator())
                && Models.value(comparison.getChildren().get(1), variables) instanceof Number bound
                && bound.doubleValue() <= (comparison.getOperator().equals(">") ? 0 : 1)) {
            warnings.add("The condition 'count(*) " + comparison.getOperator() + "' " + bound
                    + " is always true, so a single event of a key is a finding");
        }
    }

    private void uncounted(List<SelectClauseElement> selected) {
        selected.stream()
                .filter(SelectClauseExpression.class::isInstance)
                .map(SelectClauseExpression.class::cast)
                .filter(column -> column.getAsName() != null && Models.isCountOfAll(column.getExpression()))
                .findFirst()
                .ifPresent(column -> warnings.add("The column '" + column.getAsName() + "' counts events, and rule.json"
                        + " doesn't say so, so an alert that goes on shows its last finding in the end, however much more"
                        + " it was before; expected \"eventCount\": \"" + column.getAsName() + "\""));
    }

    /** Esper asks 'where' again when an event leaves a window: one whose answer has changed leaves totals that it is no part of, or stays. */
    private void askedAgain(EPStatementObjectModel statement) {
        if (statement.getWhereClause() != null
                && Models.hasSubquery(statement.getWhereClause())
                && Models.aggregates(statement)
                && !statement.getFromClause().getStreams().stream().allMatch(Models::isWithoutWindow)) {
            faults.add(
                    "The statement aggregates events of a window, and its 'where' has a subquery, which may answer otherwise when"
                            + " an event leaves the window than when it came, so that totals would be wrong; expected the subquery in a"
                            + " statement before it (insert into S select ... where ...), in the stream's filter, or in 'having'");
        }
    }

    /** The window of a subquery takes an event before the statement is asked about it: so the event at hand is in it, too. */
    private void askedOfItself(@Nullable FromClause from, @Nullable Expression where) {
        if (from == null
                || from.getStreams().size() != 1
                || !(from.getStreams().get(0) instanceof FilterStream outer)) {
            return;
        }
        for (Expression condition : RuleShape.conjuncts(where)) {
            boolean isNot = condition instanceof NotExpression;
            Expression asked = isNot ? condition.getChildren().get(0) : condition;
            if (asked instanceof SubqueryExistsExpression exists
                    && exists.getModel().getFromClause().getStreams().size() == 1
                    && exists.getModel().getFromClause().getStreams().get(0) instanceof FilterStream inner
                    && inner.getFilter()
                            .getEventTypeName()
                            .equals(outer.getFilter().getEventTypeName())
                    && !Models.isWithoutWindow(inner)
                    && holdsForItself(inner, exists.getModel().getWhereClause(), outer)) {
                String name = inner.getStreamName() == null ? "p" : inner.getStreamName();
                warnings.add(
                        "The condition '" + (isNot ? "not exists" : "exists") + "' is " + (isNot ? "never" : "always")
                                + " true of an event that has what is compared: the subquery's window holds that event, too;"
                                + " expected a condition that leaves it out, such as " + name + ".time < "
                                + (outer.getStreamName() == null ? "e" : outer.getStreamName()) + ".time");
            }
        }
    }

    /** Whether an event that the one stream takes certainly meets all that a subquery over the other asks. */
    private static boolean holdsForItself(FilterStream inner, @Nullable Expression where, FilterStream outer) {
        List<Expression> taken = RuleShape.conjuncts(outer.getFilter().getFilter());
        List<Expression> asked =
                new ArrayList<>(RuleShape.conjuncts(inner.getFilter().getFilter()));
        asked.addAll(RuleShape.conjuncts(where));
        return asked.stream()
                .allMatch(condition -> isOfOneProperty(condition)
                        || taken.stream().anyMatch(each -> Models.asText(each).equals(Models.asText(condition)))
                        || RuleShape.listedActions(condition)
                                .filter(all -> taken.stream()
                                        .flatMap(each -> RuleShape.listedActions(each).stream())
                                        .anyMatch(all::containsAll))
                                .isPresent());
    }

    /** Whether a condition compares a property with itself, of two streams. */
    private static boolean isOfOneProperty(Expression condition) {
        return condition instanceof RelationalOpExpression comparison
                && "=".equals(comparison.getOperator())
                && Models.property(comparison.getChildren().get(0)).isPresent()
                && Models.property(comparison.getChildren().get(0))
                        .equals(Models.property(comparison.getChildren().get(1)));
    }

    private void variable(@Nullable CreateVariableClause variable) {
        if (variable != null
                && NUMBERS.contains(variable.getVariableType().toLowerCase(Locale.ROOT))
                && variable.getOptionalAssignment() instanceof ConstantExpression constant
                && constant.getConstant() instanceof String text) {
            faults.add("The variable '" + variable.getVariableName() + "' is a number and is given the text '" + text
                    + "'; expected the number without quotes");
        }
    }

    private void networks(String text) {
        for (MatchResult each : NETWORK.matcher(text).results().toList()) {
            try {
                RuleFunctions.network(each.group(2));
            } catch (IllegalArgumentException e) {
                faults.add(String.valueOf(e.getMessage()));
            }
        }
    }

    private void unknowns(String text) {
        for (MatchResult each : PASSING.matcher(text).results().toList()) {
            String condition = inBrackets(text, each.end());
            Pattern asked = Pattern.compile("\\b" + Pattern.quote(each.group(2)) + "\\.(\\w+)\\b(?!\\s*\\()");
            asked.matcher(condition)
                    .results()
                    .map(found -> found.group(1))
                    .filter(name -> Property.named(name)
                            .filter(property -> property != Property.TIME && property != Property.ACTION)
                            .isPresent())
                    .filter(name -> !GUARD.matcher(condition).find())
                    .findFirst()
                    .ifPresent(name -> warnings.add("The condition of '" + each.group(1) + "' holds for events without "
                            + name + ", too (Esper 9.0.0 takes what is unknown for true there); expected '"
                            + each.group(2)
                            + "." + name + " is not null and ...'"));
        }
    }

    /** The text from there to the end of the bracket that it stands in. */
    private static String inBrackets(String text, int from) {
        int open = 1;
        int at = from;
        for (; at < text.length() && open > 0; at++) {
            char each = text.charAt(at);
            open += each == '(' ? 1 : each == ')' ? -1 : 0;
        }
        return text.substring(from, at);
    }

    private void pattern(PatternExpr pattern) {
        if (pattern instanceof PatternFilterExpr atom) {
            condition(atom.getFilter().getFilter());
        }
        if (pattern instanceof PatternGuardExpr guard
                && "within".equals(guard.getName())
                && guard.getChildren().get(0) instanceof PatternFilterExpr) {
            warnings.add(
                    "The guard 'within' binds to the event before it alone, and begins when the pattern waits for it;"
                            + " for a time that several events have together put them in brackets");
        }
        pattern.getChildren().forEach(this::pattern);
    }

    private void expression(@Nullable Expression expression) {
        if (expression == null) {
            return;
        }
        List<Expression> children = expression.getChildren();
        texts.look(expression);
        RepeatedValues.of(expression, variables)
                .forEach(value -> warn("The list of '" + Models.asText(children.get(0)) + " in' has '" + value
                        + "' more than once; an event that has it counts once"));
        boolean isCase = expression instanceof CaseWhenThenExpression || expression instanceof CaseSwitchExpression;
        cases += isCase ? 1 : 0;
        if (cases == 0 && expression instanceof ArithmaticExpression arithmetic) {
            division(arithmetic);
        }
        if (expression instanceof RelationalOpExpression comparison
                && Set.of("=", "!=").contains(comparison.getOperator())
                && children.stream()
                        .anyMatch(each ->
                                each instanceof ConstantExpression constant && constant.getConstant() == null)) {
            faults.add("The condition '" + Models.asText(expression)
                    + "' is never true, since nothing equals null and nothing"
                    + " differs from it; did you mean '" + Models.asText(children.get(0)) + " is "
                    + (comparison.getOperator().equals("=") ? "" : "not ") + "null'?");
        }
        withItself(expression);
        children.forEach(this::expression);
        Models.subquery(expression).ifPresent(this::subquery);
        called(expression).forEach(this::expression);
        cases -= isCase ? 1 : 0;
    }

    /** A name without a stream is one of the subquery's own events where it stands in one, whatever the statement around it reads. */
    private void withItself(Expression expression) {
        if (expression instanceof RelationalOpExpression comparison
                && comparison.getChildren().size() == 2
                && comparison.getChildren().get(0) instanceof PropertyValueExpression left
                && comparison.getChildren().get(1) instanceof PropertyValueExpression right
                && Models.property(left).isPresent()
                && ownName(left).equals(ownName(right))) {
            warn("The condition '" + Models.asText(expression)
                    + "' compares an event with itself, since a name without a stream"
                    + " is that of the nearest 'from'; expected the other event's name before one of the two, such as e."
                    + ownName(left) + " of 'from KeyVaultEvent(...) as e'");
        }
    }

    private String ownName(PropertyValueExpression value) {
        String name = value.getPropertyName();
        return !own.isEmpty() && name.startsWith(own + ".") ? name.substring(own.length() + 1) : name;
    }

    private void division(ArithmaticExpression arithmetic) {
        Expression divisor =
                arithmetic.getChildren().get(arithmetic.getChildren().size() - 1);
        if (!"/".equals(arithmetic.getOperator()) || isNeverZero(divisor)) {
            return;
        }
        String written = Models.asText(divisor);
        warn("The division '" + Models.asText(arithmetic) + "' gives infinity where " + written
                + " is 0, which a condition takes for more than any number, and no number where both are 0, which meets no"
                + " condition; an alert leaves both out. Expected a divisor that is never 0, such as count(*), or"
                + " a case that asks for it first");
    }

    /** Says it once, though a column and a condition may be the same. */
    private void warn(String warning) {
        if (!warnings.contains(warning)) {
            warnings.add(warning);
        }
    }

    private boolean isNeverZero(Expression divisor) {
        return Models.isCountOfAll(divisor)
                || (Models.value(divisor, variables) instanceof Number number && number.doubleValue() != 0);
    }

    /** What is given to the methods of an expression, which are no children of it for Esper. */
    private static List<Expression> called(Expression expression) {
        List<DotExpressionItem> chain = expression instanceof DotExpression dot
                ? dot.getChain()
                : expression instanceof SingleRowMethodExpression method ? method.getChain() : List.of();
        return chain.stream()
                .filter(DotExpressionItemCall.class::isInstance)
                .flatMap(call -> ((DotExpressionItemCall) call).getParameters().stream())
                .toList();
    }
}
