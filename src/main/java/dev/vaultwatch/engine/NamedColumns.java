package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.SelectClauseElement;
import com.espertech.esper.common.client.soda.SelectClauseExpression;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.FactPlaces;
import dev.vaultwatch.rule.Nearest;
import dev.vaultwatch.rule.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The columns of the alert statement that {@code rule.json} names: one that is misspelt there would fill nothing, and say nothing. */
final class NamedColumns {
    private NamedColumns() {}

    /** What is told of fields of columns that the statement doesn't select. Of labels, which only a person sees, {@code check} tells. */
    static List<RuleFault> warnings(Rule rule, EPStatementObjectModel alert) {
        Set<String> columns = new TreeSet<>();
        for (SelectClauseElement selected : alert.getSelectClause().getSelectList()) {
            if (!(selected instanceof SelectClauseExpression column)) {
                // A wildcard's columns are the event's.
                return List.of();
            }
            columns.add(column.getAsName() == null ? Models.asText(column.getExpression()) : column.getAsName());
        }
        List<RuleFault> warnings = new ArrayList<>();
        for (String name : rule.about().fields().keySet()) {
            if (!columns.contains(name)) {
                String pointer = FactPlaces.member("/fields", name);
                warnings.add(FactPlaces.fault(
                        rule,
                        pointer,
                        pointer + " names no column of the alert statement, so it is never used"
                                + Nearest.asQuestion(name, columns)));
            }
        }
        return warnings;
    }

    /** The fault of a rule whose {@code eventCount} is none of the columns that the compiled statement has. */
    static RuleFault noCount(Rule rule, String count, List<String> columns) {
        return FactPlaces.fault(
                rule,
                "/eventCount",
                "/eventCount is '" + count + "', and the alert statement selects no such column"
                        + Nearest.asQuestion(count, columns) + " It selects "
                        + String.join(", ", columns) + ".");
    }
}
