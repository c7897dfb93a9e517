package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.Conjunction;
import com.espertech.esper.common.client.soda.ConstantExpression;
import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.Expression;
import com.espertech.esper.common.client.soda.Filter;
import com.espertech.esper.common.client.soda.FilterStream;
import com.espertech.esper.common.client.soda.InExpression;
import com.espertech.esper.common.client.soda.PatternExpr;
import com.espertech.esper.common.client.soda.PatternFilterExpr;
import com.espertech.esper.common.client.soda.PatternStream;
import com.espertech.esper.common.client.soda.PropertyValueExpression;
import com.espertech.esper.common.client.soda.RelationalOpExpression;
import com.espertech.esper.common.client.soda.Stream;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What can be read off one rule with certainty: which events it can use, and how many of a key it needs. Whatever is not plainly
 * said counts as "any" and "one", since a wrong yes costs time and a wrong no an alert. Immutable; any thread may read.
 *
 * @param actions the only actions it can use; empty for any
 * @param minEvents the least number of events of one key in one window with which it can find anything; at least 1. Counts every
 *     event that {@link #mayMatch} lets through
 * @param required properties without which it can't use an event
 * @param countable whether nothing but the action and the number of a key's events decides: who counts events by key and action
 *     knows exactly what the rule would say
 * @param reads the properties that it may look at; of an event that lacks others it finds the same
 * @param asksForTenant whether the rule's text names the tenant: who shares a user name with whom is its own question then
 * @param ordered whether it may tell in which order the events of one window came: by {@code first}, {@code last} or {@code window},
 *     or by a column that is one event's; of a rule that is not tumbling nothing is said
 * @param keyBound whether what it finds of a key in an ordered rule certainly rests on the events of that key alone; of a rule that is
 *     not ordered nothing is said
 */
public record RuleShape(
        Optional<Set<String>> actions,
        int minEvents,
        Set<Property> required,
        boolean countable,
        Set<Property> reads,
        boolean asksForTenant,
        boolean ordered,
        boolean keyBound) {
    private static final Pattern EVENT = Pattern.compile("\\b" + EsperConfiguration.EVENT + "\\b");

    private static final Pattern WORD = Pattern.compile("\\w+");
    private static final Pattern COUNT_OF_ALL = Pattern.compile("count\\(\\*\\)");
    private static final Pattern OF_ORDER = Pattern.compile("(?i)\\b(first|last|window)\\s*\\(");

    /** A rule of which nothing is known. */
    private static RuleShape any(boolean asksForTenant, boolean ordered, boolean keyBound) {
        return new RuleShape(
                Optional.empty(), 1, Set.of(), false, EnumSet.allOf(Property.class), asksForTenant, ordered, keyBound);
    }

    public RuleShape {
        // Asked of every event; the sets of Set.copyOf divide at each look-up.
        actions = actions.map(each -> Collections.unmodifiableSet(new HashSet<>(each)));
        required = required.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(required));
        reads = Set.copyOf(reads);
    }

    /** Whether the rule can use the event; may say yes too often, never no. */
    public boolean mayMatch(KeyVaultEvent event) {
        if (actions.isPresent() && !actions.get().contains(event.action())) {
            return false;
        }
        for (Property property : required) {
            if (property.get(event) == null) {
                return false;
            }
        }
        return true;
    }

    static RuleShape of(Rule rule, EPStatementObjectModel alert, List<EPStatementObjectModel> all) {
        List<@Nullable Expression> filters = new ArrayList<>();
        long mentions = 0;
        for (EPStatementObjectModel statement : all) {
            // A subquery, a contained event or a context reads events too, with a filter of its own that is not looked
            // for.
            mentions += EVENT.matcher(statement.toEPL()).results().count();
            if (statement.getFromClause() != null) {
                for (Stream stream : statement.getFromClause().getStreams()) {
                    filtersOf(stream, filters);
                }
            }
        }
        boolean ordered = rule.window() instanceof Window.Tumbling && isOrdered(rule, alert, all);
        boolean keyBound = rule.window() instanceof Window.Ordered
                && KeyBound.holds(Set.copyOf(rule.key().properties()), alert, all);
        if (filters.isEmpty() || mentions > filters.size()) {
            return any(asksForTenant(all), ordered, keyBound);
        }
        Map<String, Object> variables = Models.variables(all);
        boolean tumbling = rule.window() instanceof Window.Tumbling;
        boolean single = filters.size() == 1
                && alert.getFromClause().getStreams().size() == 1
                && alert.getFromClause().getStreams().get(0) instanceof FilterStream stream
                && EsperConfiguration.EVENT.equals(stream.getFilter().getEventTypeName());
        return new RuleShape(
                actions(filters),
                tumbling && single ? leastEvents(alert.getHavingClause(), variables) : 1,
                required(filters),
                tumbling && single && isCountable(rule, alert, filters.get(0), variables),
                // An event's alert is told from others by all that the event says.
                single && !(rule.window() instanceof Window.Single)
                        ? reads(rule, alert, all)
                        : EnumSet.allOf(Property.class),
                asksForTenant(all),
                ordered,
                keyBound);
    }

    private static boolean asksForTenant(List<EPStatementObjectModel> all) {
        return all.stream()
                .flatMap(statement -> WORD.matcher(statement.toEPL()).results())
                .anyMatch(word -> Property.named(word.group()).equals(Optional.of(Property.TENANT)));
    }

    private static boolean isOrdered(Rule rule, EPStatementObjectModel alert, List<EPStatementObjectModel> all) {
        return all.stream()
                        .anyMatch(
                                statement -> OF_ORDER.matcher(statement.toEPL()).find())
                || !KeyColumns.ofOneEvent(rule, alert, Models.variables(all)).isEmpty();
    }

    /**
     * Each property whose name stands anywhere in the rule. What may look at an event as a whole, by a star or a name for the stream,
     * reads all.
     */
    private static Set<Property> reads(Rule rule, EPStatementObjectModel alert, List<EPStatementObjectModel> all) {
        Set<Property> reads = EnumSet.noneOf(Property.class);
        for (EPStatementObjectModel statement : all) {
            String text = COUNT_OF_ALL.matcher(statement.toEPL()).replaceAll("");
            if (text.indexOf('*') >= 0) {
                return EnumSet.allOf(Property.class);
            }
            WORD.matcher(text)
                    .results()
                    .map(MatchResult::group)
                    .map(Property::named)
                    .forEach(named -> named.ifPresent(reads::add));
        }
        if (alert.getMatchRecognizeClause() != null
                || alert.getFromClause().getStreams().get(0).getStreamName() != null) {
            return EnumSet.allOf(Property.class);
        }
        reads.addAll(rule.key().properties());
        if (reads.contains(Property.UPN)) {
            // Whose name it is depends on the directory.
            reads.add(Property.TENANT);
        }
        return reads;
    }

    private static void filtersOf(Stream stream, List<@Nullable Expression> filters) {
        if (stream instanceof FilterStream filtered) {
            add(filtered.getFilter(), filters);
        } else if (stream instanceof PatternStream pattern) {
            filtersOf(pattern.getExpression(), filters);
        }
    }

    private static void filtersOf(PatternExpr pattern, List<@Nullable Expression> filters) {
        if (pattern instanceof PatternFilterExpr atom
                && EsperConfiguration.EVENT.equals(atom.getFilter().getEventTypeName())) {
            filters.add(ownOf(atom.getFilter().getFilter()));
        }
        pattern.getChildren().forEach(child -> filtersOf(child, filters));
    }

    private static void add(Filter filter, List<@Nullable Expression> filters) {
        if (EsperConfiguration.EVENT.equals(filter.getEventTypeName())) {
            filters.add(filter.getFilter());
        }
    }

    /**
     * What an atom of a pattern asks of the event that it waits for. What it asks of one that came before ({@code a.action = …}) says
     * nothing of this one.
     */
    private static Expression ownOf(@Nullable Expression filter) {
        List<Expression> own = conjuncts(filter).stream()
                .filter(condition -> condition.getChildren().stream()
                        .noneMatch(each -> each instanceof PropertyValueExpression value
                                && value.getPropertyName().indexOf('.') >= 0))
                .toList();
        Conjunction all = new Conjunction();
        all.setChildren(own);
        return all;
    }

    // ---- actions

    private static Optional<Set<String>> actions(List<@Nullable Expression> filters) {
        Set<String> wanted = new HashSet<>();
        for (Expression filter : filters) {
            Optional<Set<String>> actions = actions(filter);
            if (actions.isEmpty()) {
                return Optional.empty();
            }
            wanted.addAll(actions.get());
        }
        return Optional.of(wanted);
    }

    private static Optional<Set<String>> actions(@Nullable Expression filter) {
        return conjuncts(filter).stream()
                .map(RuleShape::listedActions)
                .flatMap(Optional::stream)
                .reduce((one, other) -> {
                    one.retainAll(other);
                    return one;
                });
    }

    /** The only actions for which the condition holds, as far as it says so by itself. */
    static Optional<Set<String>> listedActions(Expression condition) {
        List<Expression> children = condition.getChildren();
        boolean in = condition instanceof InExpression list && !list.isNotIn();
        boolean equals = condition instanceof RelationalOpExpression comparison && "=".equals(comparison.getOperator());
        if (!in && !equals) {
            return Optional.empty();
        }
        int at = is(Property.ACTION, children.get(0)) ? 0 : equals && is(Property.ACTION, children.get(1)) ? 1 : -1;
        if (at < 0) {
            return Optional.empty();
        }
        Set<String> values = new HashSet<>();
        for (int i = 0; i < children.size(); i++) {
            if (i != at) {
                if (!(children.get(i) instanceof ConstantExpression constant)
                        || !(constant.getConstant() instanceof String text)) {
                    return Optional.empty();
                }
                values.add(text);
            }
        }
        return Optional.of(values);
    }

    private static boolean is(Property property, Expression expression) {
        return Models.property(expression).filter(property::equals).isPresent();
    }

    // ---- properties

    private static Set<Property> required(List<@Nullable Expression> filters) {
        Set<Property> required = EnumSet.allOf(Property.class);
        for (Expression filter : filters) {
            Set<Property> here = EnumSet.noneOf(Property.class);
            for (Expression condition : conjuncts(filter)) {
                required(condition, here);
            }
            required.retainAll(here);
        }
        return required;
    }

    /** What is compared with a constant must be there: EPL's comparisons with null are not true. */
    private static void required(Expression condition, Set<Property> required) {
        List<Expression> children = condition.getChildren();
        if (condition instanceof InExpression in && !in.isNotIn()) {
            boolean nulls = children.stream()
                    .anyMatch(each -> each instanceof ConstantExpression constant && constant.getConstant() == null);
            if (!nulls) {
                Models.property(children.get(0)).ifPresent(required::add);
            }
        } else if (isNotNull(condition)) {
            Models.property(children.get(0)).ifPresent(required::add);
        } else if (condition instanceof RelationalOpExpression comparison
                && Set.of("=", "!=", "<", "<=", ">", ">=").contains(comparison.getOperator())
                && children.get(1) instanceof ConstantExpression constant
                && constant.getConstant() != null) {
            Models.property(children.get(0)).ifPresent(required::add);
        }
    }

    private static boolean isNotNull(Expression condition) {
        return condition instanceof RelationalOpExpression comparison
                && "is not".equals(comparison.getOperator())
                && comparison.getChildren().get(1) instanceof ConstantExpression constant
                && constant.getConstant() == null;
    }

    // ---- counts

    /** The least {@code count(*)}, or count of distinct values, that the condition lets through; 0 or less if it does not say. */
    static long leastCountOfAll(@Nullable Expression having, Map<String, Object> variables) {
        return conjuncts(having).stream()
                .mapToLong(condition -> leastCount(condition, variables))
                .max()
                .orElse(0);
    }

    /** The least number of events that the condition lets through; at least 1. */
    private static int leastEvents(@Nullable Expression having, Map<String, Object> variables) {
        return (int) Math.max(1, Math.min(leastCountOfAll(having, variables), Integer.MAX_VALUE));
    }

    /** The least count that a comparison lets through; 0 if it is none, or has no such bound. */
    private static long leastCount(Expression condition, Map<String, Object> variables) {
        if (!(condition instanceof RelationalOpExpression comparison)) {
            return 0;
        }
        List<Expression> sides = comparison.getChildren();
        boolean left = isCount(sides.get(0));
        if (left == isCount(sides.get(1))) {
            return 0;
        }
        Object bound = Models.value(sides.get(left ? 1 : 0), variables);
        if (!(bound instanceof Integer || bound instanceof Long)) {
            return 0;
        }
        long least = ((Number) bound).longValue();
        String operator = comparison.getOperator();
        if (operator.equals(left ? ">=" : "<=") || operator.equals("=")) {
            return least;
        }
        return operator.equals(left ? ">" : "<") && least < Long.MAX_VALUE ? least + 1 : 0;
    }

    /** A number that no more events can have than there are: of distinct values there are at most as many as events. */
    private static boolean isCount(Expression expression) {
        return Models.isCountOfAll(expression)
                || Models.countedDistinct(expression).isPresent();
    }

    private static boolean isCountable(
            Rule rule, EPStatementObjectModel alert, @Nullable Expression filter, Map<String, Object> variables) {
        boolean plainFilter = conjuncts(filter).stream()
                .allMatch(condition -> listedActions(condition).isPresent()
                        || (isNotNull(condition)
                                && Models.property(condition.getChildren().get(0))
                                        .filter(rule.key().properties()::contains)
                                        .isPresent()));
        boolean plainHaving = conjuncts(alert.getHavingClause()).stream()
                .allMatch(condition -> condition instanceof RelationalOpExpression comparison
                        && isCountOfEventsOrActions(comparison, variables));
        return plainFilter
                && plainHaving
                && alert.getWhereClause() == null
                && alert.getRowLimitClause() == null
                && alert.getMatchRecognizeClause() == null;
    }

    private static boolean isCountOfEventsOrActions(RelationalOpExpression comparison, Map<String, Object> variables) {
        List<Expression> sides = comparison.getChildren();
        int count = isCount(sides.get(0)) ? 0 : 1;
        boolean known = Models.isCountOfAll(sides.get(count))
                || Models.countedDistinct(sides.get(count))
                        .filter(Property.ACTION::equals)
                        .isPresent();
        return known && Models.value(sides.get(1 - count), variables) instanceof Number;
    }

    /** The conditions that must all hold; none for no condition. */
    static List<Expression> conjuncts(@Nullable Expression condition) {
        if (condition == null) {
            return List.of();
        }
        if (condition instanceof Conjunction) {
            List<Expression> all = new ArrayList<>();
            condition.getChildren().forEach(child -> all.addAll(conjuncts(child)));
            return all;
        }
        return List.of(condition);
    }
}
