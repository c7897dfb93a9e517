package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.AnnotationAttribute;
import com.espertech.esper.common.client.soda.AnnotationPart;
import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.Expression;
import com.espertech.esper.common.client.soda.Expressions;
import com.espertech.esper.common.client.soda.FilterStream;
import com.espertech.esper.common.client.soda.OutputLimitClause;
import com.espertech.esper.common.client.soda.OutputLimitSelector;
import com.espertech.esper.common.client.soda.OutputLimitUnit;
import com.espertech.esper.common.client.soda.PlugInProjectionExpression;
import com.espertech.esper.common.client.soda.SelectClauseExpression;
import com.espertech.esper.common.client.soda.StreamSelector;
import com.espertech.esper.common.client.soda.View;
import com.espertech.esper.common.client.util.EventUnderlyingType;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Derives from a tumbling rule the statement that finds early: the same query, but over the events of the open window so far, and a
 * group's first row only. A batch window counts when it closes and not before, so the rule itself can't; and an analyst who
 * had to write the query twice would one day change one of the two.
 *
 * <p>The window becomes a context that the first event of a window starts and an event of the lane's own ends, so it is exact for
 * windows of any length, and costs nothing while no event comes. {@code output first} within it lets each group speak once.
 */
final class EarlyStatement {
    static final String NAME = "early";
    static final String CONTEXT = "VaultwatchOpenWindow";

    /** The type of the event that the lane sends at the end of a window; rules can't name it. */
    static final String WINDOW_END = "VaultwatchWindowEnd";

    /** More events than a window can hold, so that "first every" means once. */
    private static final double ONCE = Integer.MAX_VALUE;

    private static final Set<String> OURS = Set.of(DistinctFunctions.VALUES, DistinctFunctions.COUNT);

    private EarlyStatement() {}

    /** The context's declaration. */
    static String context() {
        return "create context " + CONTEXT + " start " + EsperConfiguration.EVENT + " end " + WINDOW_END;
    }

    /**
     * Whether the early statement can serve for the alert statement as well: who reads it off when its window ends finds what the batch
     * would put out. So it is where a row is of a group as a whole, and not of an event in it; each event is then sent to one
     * statement and not to two, and none leaves it again when its window is over. Nothing in it can throw at one event of many, either,
     * of which the others would then be missing.
     */
    static boolean suffices(EPStatementObjectModel alert, RuleShape shape, GroupingKey key) {
        return shape.countable()
                && !alert.getSelectClause().isDistinct()
                && alert.getSelectClause().getStreamSelector() == StreamSelector.ISTREAM_ONLY
                && (alert.getOrderByClause() == null
                        || alert.getOrderByClause().getOrderByExpressions().isEmpty())
                && alert.getInsertInto() == null
                && alert.getSelectClause().getSelectList().stream()
                        .allMatch(each -> each instanceof SelectClauseExpression column
                                && isOfGroup(column.getExpression(), key));
    }

    private static boolean isOfGroup(Expression column, GroupingKey key) {
        return Models.property(column).filter(key.properties()::contains).isPresent()
                || Models.isCountOfAll(column)
                || Models.counted(column).isPresent()
                || (column instanceof PlugInProjectionExpression ours && OURS.contains(ours.getFunctionName()));
    }

    /**
     * The early statement for an alert statement of tumbling form ({@link TumblingForm}), changing the model it is given.
     *
     * @param readOff whether its rows can be read off while its window is open
     * @param key the rule's
     */
    static EPStatementObjectModel derive(EPStatementObjectModel alert, boolean readOff, GroupingKey key) {
        FilterStream stream = (FilterStream) alert.getFromClause().getStreams().get(0);
        boolean readsWindow = alert.toEPL().contains("window(");
        stream.getViews().clear();
        if (readsWindow) {
            // Aggregations keep what they need by themselves; only window(*) wants the events kept beside them.
            stream.getViews().add(View.create("keepall"));
        } else if (readOff) {
            String properties = key.properties().stream().map(Property::epl).collect(Collectors.joining(","));
            stream.getViews()
                    .add(View.create(
                            FirstOfGroup.NAMESPACE, FirstOfGroup.NAME, List.of(Expressions.constant(properties))));
        }
        alert.setContextName(CONTEXT);
        List<AnnotationPart> annotations = new ArrayList<>();
        annotations.add(new AnnotationPart("name", List.of(new AnnotationAttribute("value", NAME))));
        if (readOff) {
            // A row as an array: a window may close with a hundred thousand, and a map each would be most of what they
            // take.
            annotations.add(new AnnotationPart(
                    "EventRepresentation", List.of(new AnnotationAttribute("value", EventUnderlyingType.OBJECTARRAY))));
        }
        alert.setAnnotations(annotations);
        OutputLimitClause first = new OutputLimitClause(OutputLimitSelector.FIRST, ONCE);
        first.setUnit(OutputLimitUnit.EVENTS);
        alert.setOutputLimitClause(first);
        return alert;
    }
}
