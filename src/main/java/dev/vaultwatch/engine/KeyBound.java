package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.Expression;
import com.espertech.esper.common.client.soda.GroupByClauseExpressionSingle;
import com.espertech.esper.common.client.soda.PatternEveryDistinctExpr;
import com.espertech.esper.common.client.soda.PatternEveryExpr;
import com.espertech.esper.common.client.soda.PatternExpr;
import com.espertech.esper.common.client.soda.PatternFilterExpr;
import com.espertech.esper.common.client.soda.PatternStream;
import com.espertech.esper.common.client.soda.ProjectedStream;
import com.espertech.esper.common.client.soda.PropertyValueExpression;
import com.espertech.esper.common.client.soda.RelationalOpExpression;
import com.espertech.esper.common.client.soda.SelectClauseExpression;
import com.espertech.esper.common.client.soda.Stream;
import com.espertech.esper.common.client.soda.View;
import dev.vaultwatch.event.Property;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether what an ordered rule finds of a key rests on the events of that key alone, so that a late event changes nothing that is
 * found of another. Says yes only where that can be read off the rule: each stream is grouped, partitioned or joined by the key.
 */
final class KeyBound {
    private final Set<Property> key;

    private KeyBound(Set<Property> key) {
        this.key = key;
    }

    static boolean holds(Set<Property> key, EPStatementObjectModel alert, List<EPStatementObjectModel> all) {
        KeyBound bound = new KeyBound(key);
        return all.stream()
                .filter(each -> each.getFromClause() != null)
                .allMatch(each ->
                        each == alert ? bound.alert(each) : Models.subqueries(each) == 0 && Models.isSelection(each));
    }

    private boolean alert(EPStatementObjectModel alert) {
        List<Stream> streams = alert.getFromClause().getStreams();
        if (streams.size() != 1 || !subqueries(alert)) {
            return false;
        }
        Stream stream = streams.get(0);
        if (alert.getMatchRecognizeClause() != null) {
            return isOfTime(stream)
                    && names(alert.getMatchRecognizeClause().getPartitionExpressions())
                            .containsAll(key);
        }
        boolean grouped = alert.getGroupByClause() != null
                && alert.getGroupByClause().getGroupByExpressions().stream()
                        .flatMap(each -> each instanceof GroupByClauseExpressionSingle single
                                ? names(List.of(single.getExpression())).stream()
                                : java.util.stream.Stream.<Property>empty())
                        .collect(Collectors.toSet())
                        .containsAll(key);
        if (!grouped && Models.aggregates(alert)) {
            return false;
        }
        return isOfTime(stream) && (!(stream instanceof PatternStream events) || pattern(events.getExpression()));
    }

    /** Whether the stream has no window but one that lets each event go at its own time, whatever else comes. */
    private static boolean isOfTime(Stream stream) {
        return stream instanceof ProjectedStream projected
                && (projected.getViews() == null
                        || projected.getViews().stream().map(View::getName).allMatch("time"::equals));
    }

    private static Set<Property> names(List<Expression> expressions) {
        Set<Property> named = new HashSet<>();
        expressions.forEach(each -> Models.property(each).ifPresent(named::add));
        return named;
    }

    // ---- subqueries

    /** Whether each subquery looks up events of the key alone. */
    private boolean subqueries(EPStatementObjectModel statement) {
        List<EPStatementObjectModel> found = new ArrayList<>();
        collect(statement.getWhereClause(), found);
        collect(statement.getHavingClause(), found);
        statement.getSelectClause().getSelectList().forEach(each -> {
            if (each instanceof SelectClauseExpression selected) {
                collect(selected.getExpression(), found);
            }
        });
        return found.size() == Models.subqueries(statement) && found.stream().allMatch(this::isJoined);
    }

    private static void collect(@Nullable Expression expression, List<EPStatementObjectModel> into) {
        if (expression == null) {
            return;
        }
        Models.subquery(expression).ifPresent(into::add);
        expression.getChildren().forEach(each -> collect(each, into));
    }

    private boolean isJoined(EPStatementObjectModel subquery) {
        List<Stream> streams = subquery.getFromClause().getStreams();
        String own = streams.get(0).getStreamName();
        return streams.size() == 1
                && isOfTime(streams.get(0))
                && own != null
                && key.stream()
                        .allMatch(property -> RuleShape.conjuncts(subquery.getWhereClause()).stream()
                                .anyMatch(condition -> equates(condition, property, Set.of(own, ""))));
    }

    /** Whether a condition says that the property of one of these streams, or tags, is that of an event which is none of them. */
    private static boolean equates(Expression condition, Property property, Set<String> tags) {
        if (!(condition instanceof RelationalOpExpression comparison)
                || !"=".equals(comparison.getOperator())
                || comparison.getChildren().size() != 2
                || !names(List.of(comparison.getChildren().get(0))).contains(property)
                || !names(List.of(comparison.getChildren().get(1))).contains(property)) {
            return false;
        }
        String left = streamOf(comparison.getChildren().get(0));
        String right = streamOf(comparison.getChildren().get(1));
        return tags.contains(left) != tags.contains(right);
    }

    private static String streamOf(Expression expression) {
        String name = ((PropertyValueExpression) expression).getPropertyName();
        int dot = name.indexOf('.');
        return dot < 0 ? "" : name.substring(0, dot);
    }

    // ---- patterns

    /** Whether every event but the first must have the first one's key, and each first one begins anew, whoever else has begun. */
    private boolean pattern(PatternExpr expression) {
        List<PatternFilterExpr> atoms = new ArrayList<>();
        List<PatternExpr> above = new ArrayList<>();
        atoms(expression, expression, atoms, above);
        if (atoms.isEmpty()) {
            return false;
        }
        String first = atoms.get(0).getTagName();
        boolean begins = above.get(0) instanceof PatternEveryExpr
                || (above.get(0) instanceof PatternEveryDistinctExpr distinct
                        && names(distinct.getExpressions()).containsAll(key));
        if (!begins || first == null) {
            return false;
        }
        Set<String> bound = new HashSet<>(Set.of(first));
        for (PatternFilterExpr atom : atoms.subList(1, atoms.size())) {
            List<Expression> conditions = RuleShape.conjuncts(atom.getFilter().getFilter());
            boolean tied = key.stream()
                    .allMatch(
                            property -> conditions.stream().anyMatch(condition -> equates(condition, property, bound)));
            if (!tied) {
                return false;
            }
            if (atom.getTagName() != null) {
                bound.add(atom.getTagName());
            }
        }
        return true;
    }

    /** Whether each first event of a pattern may begin a match, whatever others have begun. */
    static boolean beginsEach(PatternExpr expression) {
        List<PatternExpr> above = new ArrayList<>();
        atoms(expression, expression, new ArrayList<>(), above);
        return !above.isEmpty()
                && (above.get(0) instanceof PatternEveryExpr || above.get(0) instanceof PatternEveryDistinctExpr);
    }

    /** The events of a pattern in order, each with what stands above it. */
    private static void atoms(
            PatternExpr expression, PatternExpr above, List<PatternFilterExpr> atoms, List<PatternExpr> parents) {
        if (expression instanceof PatternFilterExpr atom) {
            atoms.add(atom);
            parents.add(above);
        }
        expression.getChildren().forEach(each -> atoms(each, expression, atoms, parents));
    }
}
