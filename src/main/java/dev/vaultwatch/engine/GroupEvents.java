package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EventBean;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionState;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionStateFactory;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionStateFactoryContext;
import com.espertech.esper.common.internal.epl.expression.core.ExprEvaluatorContext;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The events of one group. A batch window takes the new batch in before it lets the old one go, and lets go in the order of
 * coming; so leaving is taking from the head. Guarded by the lane. Instantiated by Esper.
 */
public final class GroupEvents implements AggregationMultiFunctionState {
    // Most groups hold a handful of events; the deque's own default of 16 would be paid 100,000 times.
    private final ArrayDeque<EventBean> events = new ArrayDeque<>(3);

    private final Asked asked;

    /** By {@link Property#index}, for the events that there are; absent once these change. */
    private @Nullable DistinctValues @Nullable [] read;

    /** The properties that rows of a statement ask for, a bit each: learned from its first row, the same for all that follow. */
    private static final class Asked {
        private long properties;
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
    List<Object> distinct(Property property) {
        long bit = 1L << property.index();
        if (read == null || (asked.properties & bit) == 0) {
            asked.properties |= bit;
            read = readAll(asked.properties);
        }
        DistinctValues values = read[property.index()];
        return values == null ? List.of() : values.sorted();
    }

    private @Nullable DistinctValues[] readAll(long properties) {
        @Nullable DistinctValues[] values = new DistinctValues[Property.all().size()];
        KeyVaultEvent before = null;
        for (EventBean each : events) {
            KeyVaultEvent event = (KeyVaultEvent) each.getUnderlying();
            long differing = before == null ? properties : event.differing(before) & properties;
            for (; differing != 0; differing &= differing - 1) {
                int index = Long.numberOfTrailingZeros(differing);
                Object value = Property.all().get(index).get(event);
                if (value != null) {
                    DistinctValues known = values[index];
                    if (known == null) {
                        known = new DistinctValues();
                        values[index] = known;
                    }
                    known.add(value);
                }
            }
            before = event;
        }
        return values;
    }

    @Override
    public void applyEnter(EventBean[] eventsPerStream, ExprEvaluatorContext context) {
        events.addLast(eventsPerStream[0]);
        read = null;
    }

    @Override
    public void applyLeave(EventBean[] eventsPerStream, ExprEvaluatorContext context) {
        read = null;
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
