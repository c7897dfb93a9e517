package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EventBean;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionState;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionStateFactory;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionStateFactoryContext;
import com.espertech.esper.common.internal.epl.expression.core.ExprEvaluator;
import com.espertech.esper.common.internal.epl.expression.core.ExprEvaluatorContext;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The events of one group. A batch window takes the new batch in before it lets the old one go, and lets go in the order of
 * coming; so leaving is taking from the head. Guarded by the lane. Instantiated by Esper.
 */
public final class GroupEvents implements AggregationMultiFunctionState {
    private static final int PROPERTIES = Property.all().size();

    // Most groups hold a handful of events; the deque's own default of 16 would be paid 100,000 times.
    private final ArrayDeque<EventBean> events = new ArrayDeque<>(3);

    private final Asked asked;

    /** By {@link Property#index}, behind them the expressions, for the events that there are; absent until a row is read off. A value counts once for each run of events that have it. */
    private @Nullable DistinctValues @Nullable [] read;

    /** What was asked for when it was read. */
    private long readFor;

    private int readExpressions;

    /** The properties that rows of a statement ask for, a bit each: learned from its first row, the same for all that follow. */
    private static final class Asked {
        private long properties;
        private final List<Expression> expressions = new ArrayList<>();
    }

    /** An expression that some properties alone decide. One for each use in a statement. */
    static final class Expression {
        private final ExprEvaluator value;
        private final long reads;

        /** The place among those that are asked for; below zero until the first row. */
        private int place = -1;

        /**
         * An expression.
         *
         * @param reads the properties, a bit each
         */
        Expression(ExprEvaluator value, long reads) {
            this.value = value;
            this.reads = reads;
        }
    }

    private GroupEvents(Asked asked) {
        this.asked = asked;
    }

    Iterable<EventBean> events() {
        return events;
    }

    /**
     * The distinct values of a property, in order. A row asks for a score of properties, so all that rows ask for are read in one pass,
     * which looks at what differs from one event to the next and at nothing else.
     */
    List<Object> distinct(Property property, ExprEvaluatorContext context) {
        long bit = 1L << property.index();
        asked.properties |= bit;
        if (read == null || (readFor & bit) == 0) {
            read = readAll(context);
        }
        DistinctValues values = read[property.index()];
        if (values == null) {
            return List.of();
        }
        // An alert carries them as long numbers, which are other objects.
        return property.type() == Integer.class ? values.sorted() : values.ofProperty();
    }

    /** The distinct values of an expression, likewise. */
    List<Object> distinct(Expression expression, ExprEvaluatorContext context) {
        if (expression.place < 0) {
            expression.place = asked.expressions.size();
            asked.expressions.add(expression);
        }
        if (read == null || expression.place >= readExpressions) {
            read = readAll(context);
        }
        DistinctValues values = read[PROPERTIES + expression.place];
        return values == null ? List.of() : values.sorted();
    }

    private @Nullable DistinctValues[] readAll(ExprEvaluatorContext context) {
        readFor = asked.properties;
        readExpressions = asked.expressions.size();
        @Nullable DistinctValues[] values = new DistinctValues[PROPERTIES + readExpressions];
        KeyVaultEvent before = null;
        for (EventBean each : events) {
            add(values, each, before, context);
            before = (KeyVaultEvent) each.getUnderlying();
        }
        return values;
    }

    private void add(
            @Nullable DistinctValues[] values,
            EventBean bean,
            @Nullable KeyVaultEvent before,
            ExprEvaluatorContext context) {
        KeyVaultEvent event = (KeyVaultEvent) bean.getUnderlying();
        long differing = before == null ? -1 : event.differing(before);
        for (long each = differing & readFor; each != 0; each &= each - 1) {
            int index = Long.numberOfTrailingZeros(each);
            add(values, index, Property.all().get(index).get(event));
        }
        for (int i = 0; i < readExpressions; i++) {
            Expression expression = asked.expressions.get(i);
            if ((differing & expression.reads) != 0) {
                add(values, PROPERTIES + i, expression.value.evaluate(new EventBean[] {bean}, true, context));
            }
        }
    }

    private static void add(@Nullable DistinctValues[] values, int index, @Nullable Object value) {
        if (value != null) {
            DistinctValues known = values[index];
            if (known == null) {
                known = new DistinctValues();
                values[index] = known;
            }
            known.add(value);
        }
    }

    @Override
    public void applyEnter(EventBean[] eventsPerStream, ExprEvaluatorContext context) {
        EventBean before = events.peekLast();
        events.addLast(eventsPerStream[0]);
        if (read != null) {
            // Who was asked once is asked again when the window ends; by then the event would have to be fetched from
            // afar.
            add(read, eventsPerStream[0], before == null ? null : (KeyVaultEvent) before.getUnderlying(), context);
        }
    }

    @Override
    public void applyLeave(EventBean[] eventsPerStream, ExprEvaluatorContext context) {
        if (events.peekFirst() == eventsPerStream[0]) {
            events.pollFirst();
            leave(eventsPerStream[0], context);
        } else {
            // Views that let go in another order, should a rule use one, are served by the search.
            events.removeFirstOccurrence(eventsPerStream[0]);
            read = null;
        }
    }

    /** Takes back the runs that ended with the first event: where the next one has another value. */
    private void leave(EventBean gone, ExprEvaluatorContext context) {
        EventBean next = events.peekFirst();
        if (read == null || next == null) {
            read = null;
            return;
        }
        KeyVaultEvent event = (KeyVaultEvent) gone.getUnderlying();
        long differing = ((KeyVaultEvent) next.getUnderlying()).differing(event);
        for (long each = differing & readFor; each != 0; each &= each - 1) {
            int index = Long.numberOfTrailingZeros(each);
            remove(read, index, Property.all().get(index).get(event));
        }
        for (int i = 0; i < readExpressions; i++) {
            Expression expression = asked.expressions.get(i);
            if ((differing & expression.reads) != 0) {
                remove(read, PROPERTIES + i, expression.value.evaluate(new EventBean[] {gone}, true, context));
            }
        }
    }

    private static void remove(@Nullable DistinctValues[] values, int index, @Nullable Object value) {
        DistinctValues known = values[index];
        if (value != null && known != null) {
            known.remove(value);
        }
    }

    @Override
    public void clear() {
        events.clear();
        read = null;
    }

    /** Makes states. Instantiated by Esper. */
    public static final class Factory implements AggregationMultiFunctionStateFactory {
        private final Asked asked = new Asked();

        @Override
        public AggregationMultiFunctionState newState(AggregationMultiFunctionStateFactoryContext context) {
            return new GroupEvents(asked);
        }
    }
}
