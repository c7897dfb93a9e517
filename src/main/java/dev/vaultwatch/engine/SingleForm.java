package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.FilterStream;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What makes a rule one of single events: its alert statement reads one stream, without a window and without memory. */
final class SingleForm {
    /** A window, a guard or an observer that goes by time, as Esper writes statements down. */
    private static final Pattern TIMED = Pattern.compile("#(?:first)?time\\w*|\\btimer:\\w+");

    private static final Pattern TEXT = Pattern.compile("'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\"");

    private SingleForm() {}

    /** What is wrong with any statement of the rule: each event is judged when it comes, and no time passes between them. */
    static List<String> timed(EPStatementObjectModel statement) {
        Matcher timed = TIMED.matcher(TEXT.matcher(statement.toEPL()).replaceAll("''"));
        return timed.find()
                ? List.of(
                        "The statement has '" + timed.group()
                                + "', which goes by time, and for a rule of the window kind \"event\""
                                + " none passes: what it holds would never end; expected a rule of the kind \"ordered\", with a reach")
                : List.of();
    }

    /** What is wrong with the rule's alert statement; empty if nothing is. */
    static List<String> faults(EPStatementObjectModel alert) {
        List<String> faults = new ArrayList<>();
        String expected = "; rule.json declares the window kind \"event\", where each event stands for itself";
        if (alert.getFromClause() == null
                || alert.getFromClause().getStreams().size() != 1
                || !(alert.getFromClause().getStreams().get(0) instanceof FilterStream stream)
                || alert.getMatchRecognizeClause() != null) {
            faults.add("The alert statement reads something else than one stream" + expected);
        } else if (stream.getViews() != null && !stream.getViews().isEmpty()) {
            faults.add("The alert statement has the window '"
                    + stream.getViews().get(0).getName() + "'" + expected);
        }
        if (alert.getGroupByClause() != null || alert.getHavingClause() != null) {
            faults.add("The alert statement has 'group by' or 'having'" + expected);
        }
        if (alert.getOutputLimitClause() != null) {
            faults.add("The alert statement limits its output itself; expected no 'output' clause" + expected);
        }
        if (alert.getContextName() != null) {
            faults.add("The alert statement has a context, '" + alert.getContextName() + "'; expected none");
        }
        return faults;
    }
}
