package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.Expression;
import com.espertech.esper.common.client.soda.PropertyValueExpression;
import com.espertech.esper.common.client.soda.SelectClauseElement;
import com.espertech.esper.common.client.soda.SelectClauseExpression;
import com.espertech.esper.common.client.soda.SelectClauseWildcard;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which output columns of a rule hold its grouping key, in the key's order. A column holds a property if it is selected as it is:
 * {@code upn}, {@code upn as who}, {@code a.upn as who}; or if a wildcard or a measure gives a column of the property's name.
 */
final class KeyColumns {
    private final List<String> columns;
    private final List<String> faults;

    private KeyColumns(List<String> columns, List<String> faults) {
        this.columns = columns;
        this.faults = faults;
    }

    /** One column for each property of the key; only where there are no faults. */
    List<String> columns() {
        return columns;
    }

    /** What is missing; each quotes what to look for. */
    List<String> faults() {
        return faults;
    }

    static KeyColumns of(Rule rule, EPStatementObjectModel alert) {
        List<String> columns = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        for (Property property : rule.key().properties()) {
            Optional<String> column = columnOf(property, alert);
            if (column.isPresent()) {
                columns.add(column.get());
            } else {
                faults.add("The alert statement does not select '" + property.epl()
                        + "', which rule.json names under /groupingKey; expected '" + property.epl()
                        + "' or, of a pattern's event, 'a." + property.epl() + " as " + property.epl()
                        + "' among the selected columns");
            }
        }
        return new KeyColumns(columns, faults);
    }

    private static Optional<String> columnOf(Property property, EPStatementObjectModel alert) {
        boolean wildcard = false;
        for (SelectClauseElement element : alert.getSelectClause().getSelectList()) {
            if (element instanceof SelectClauseExpression selected
                    && Models.property(selected.getExpression())
                            .filter(property::equals)
                            .isPresent()) {
                return Optional.of(nameOf(selected));
            }
            wildcard |= element instanceof SelectClauseWildcard;
        }
        boolean measured = alert.getMatchRecognizeClause() != null
                && alert.getMatchRecognizeClause().getMeasures().stream()
                        .anyMatch(measure -> property.epl().equals(measure.getAsName())
                                && Models.property(measure.getExpression())
                                        .filter(property::equals)
                                        .isPresent());
        boolean all = wildcard && alert.getMatchRecognizeClause() == null;
        return measured || all ? Optional.of(property.epl()) : Optional.empty();
    }

    static String nameOf(SelectClauseExpression selected) {
        Expression expression = selected.getExpression();
        return selected.getAsName() == null ? Models.asText(expression) : selected.getAsName();
    }

    /**
     * Columns of a statement that groups by the rule's key which are not of a group as a whole but of one event in it: Esper puts out
     * a row for each event then, and of a group's rows the last one stands.
     */
    static List<String> ofOneEvent(Rule rule, EPStatementObjectModel alert, Map<String, Object> variables) {
        List<String> columns = new ArrayList<>();
        for (SelectClauseElement element : alert.getSelectClause().getSelectList()) {
            if (element instanceof SelectClauseExpression selected) {
                if (isOfOneEvent(selected.getExpression(), rule, variables)) {
                    columns.add(nameOf(selected));
                }
            } else {
                columns.add("*");
            }
        }
        return columns;
    }

    private static boolean isOfOneEvent(Expression expression, Rule rule, Map<String, Object> variables) {
        if (Models.isAggregation(expression)) {
            return false;
        }
        if (expression instanceof PropertyValueExpression value && !variables.containsKey(value.getPropertyName())) {
            return Models.property(value)
                    .filter(rule.key().properties()::contains)
                    .isEmpty();
        }
        return expression.getChildren().stream().anyMatch(each -> isOfOneEvent(each, rule, variables));
    }

    /**
     * What is wrong with the columns of the rule's own streams: one that has a name of the key and is something else would pass for
     * it in the statements after.
     */
    static List<String> staged(Rule rule, EPStatementObjectModel statement) {
        List<String> faults = new ArrayList<>();
        if (statement.getInsertInto() != null && statement.getSelectClause() != null) {
            List<String> named = statement.getInsertInto().getColumnNames();
            List<SelectClauseElement> elements = statement.getSelectClause().getSelectList();
            for (int i = 0; i < elements.size(); i++) {
                if (elements.get(i) instanceof SelectClauseExpression selected) {
                    String name = named != null && i < named.size() ? named.get(i) : nameOf(selected);
                    for (Property property : rule.key().properties()) {
                        if (property.epl().equals(name)
                                && Models.property(selected.getExpression())
                                        .filter(property::equals)
                                        .isEmpty()) {
                            faults.add("The column '" + name + "' of the stream '"
                                    + statement.getInsertInto().getStreamName()
                                    + "' is not the event's " + name
                                    + ", by which alerts are grouped; expected the property itself, or another name");
                        }
                    }
                }
            }
        }
        return faults;
    }
}
