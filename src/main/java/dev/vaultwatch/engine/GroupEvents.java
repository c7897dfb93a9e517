package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EventBean;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionState;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionStateFactory;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionStateFactoryContext;
import com.espertech.esper.common.internal.epl.expression.core.ExprEvaluatorContext;
import java.util.ArrayDeque;

/**
 * The events of one group. A batch window takes the new batch in before it lets the old one go, and lets go in the order of
 * coming; so leaving is taking from the head. Guarded by the lane. Instantiated by Esper.
 */
public final class GroupEvents implements AggregationMultiFunctionState {
    // Most groups hold a handful of events; the deque's own default of 16 would be paid 100,000 times.
    private final ArrayDeque<EventBean> events = new ArrayDeque<>(3);

    Iterable<EventBean> events() {
        return events;
    }

    @Override
    public void applyEnter(EventBean[] eventsPerStream, ExprEvaluatorContext context) {
        events.addLast(eventsPerStream[0]);
    }

    @Override
    public void applyLeave(EventBean[] eventsPerStream, ExprEvaluatorContext context) {
        // Views that let go in another order, should a rule use one, are served by the search.
        if (events.peekFirst() == eventsPerStream[0]) {
            events.pollFirst();
        } else {
            events.removeFirstOccurrence(eventsPerStream[0]);
        }
    }

    @Override
    public void clear() {
        events.clear();
    }

    /** Makes states. Instantiated by Esper. */
    public static final class Factory implements AggregationMultiFunctionStateFactory {
        @Override
        public AggregationMultiFunctionState newState(AggregationMultiFunctionStateFactoryContext context) {
            return new GroupEvents();
        }
    }
}
