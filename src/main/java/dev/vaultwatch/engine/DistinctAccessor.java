package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EventBean;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionAccessor;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionAccessorFactory;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionAccessorFactoryContext;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionState;
import com.espertech.esper.common.internal.epl.expression.core.ExprEvaluator;
import com.espertech.esper.common.internal.epl.expression.core.ExprEvaluatorContext;
import dev.vaultwatch.event.Property;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads distinct values off a group's events at the moment a row is put out. */
public final class DistinctAccessor implements AggregationMultiFunctionAccessor {
    private final Reading reading;
    private final boolean count;

    private DistinctAccessor(Reading reading, boolean count) {
        this.reading = reading;
        this.count = count;
    }

    /** How the values are had of a group: in order, unmodifiable. */
    private interface Reading {
        List<Object> of(GroupEvents group, ExprEvaluatorContext context);
    }

    @Override
    public Object getValue(
            AggregationMultiFunctionState state,
            EventBean[] eventsPerStream,
            boolean isNewData,
            ExprEvaluatorContext context) {
        List<Object> distinct = distinct(state, context);
        return count ? (Object) (long) distinct.size() : distinct;
    }

    @Override
    public Collection<Object> getEnumerableScalar(
            AggregationMultiFunctionState state,
            EventBean[] eventsPerStream,
            boolean isNewData,
            ExprEvaluatorContext context) {
        return distinct(state, context);
    }

    private List<Object> distinct(AggregationMultiFunctionState state, ExprEvaluatorContext context) {
        return reading.of((GroupEvents) state, context);
    }

    /** Asks Esper for the value of each event that the filter takes, or of all. */
    private static List<Object> readEach(
            GroupEvents group, ExprEvaluator value, @Nullable ExprEvaluator filter, ExprEvaluatorContext context) {
        EventBean[] event = new EventBean[1];
        DistinctValues distinct = new DistinctValues();
        for (EventBean each : group.events()) {
            event[0] = each;
            if (filter == null || Boolean.TRUE.equals(filter.evaluate(event, true, context))) {
                Object found = value.evaluate(event, true, context);
                if (found != null) {
                    distinct.add(found);
                }
            }
        }
        return distinct.sorted();
    }

    /** Makes accessors. Instantiated, and its properties set, by Esper's generated code. */
    public static final class Factory implements AggregationMultiFunctionAccessorFactory {
        private @Nullable ExprEvaluator value;
        private @Nullable ExprEvaluator filter;
        private boolean count;
        private String property = "";
        private String reads = "";

        /** Sets what is asked of each event; a property that is asked of all is named instead. */
        public void setValue(ExprEvaluator value) {
            this.value = value;
        }

        public void setFilter(ExprEvaluator filter) {
            this.filter = filter;
        }

        public void setCount(boolean count) {
            this.count = count;
        }

        /** Sets the property's name in EPL; empty if the value is none. */
        public void setProperty(String property) {
            this.property = property;
        }

        /** Sets the names of the properties that alone decide what the value is, with commas between; empty if that is not known. */
        public void setReads(String reads) {
            this.reads = reads;
        }

        @Override
        public AggregationMultiFunctionAccessor newAccessor(AggregationMultiFunctionAccessorFactoryContext context) {
            return new DistinctAccessor(reading(), count);
        }

        private Reading reading() {
            if (!property.isEmpty()) {
                // Had without Esper's way to it.
                Property asked = Property.named(property).orElseThrow();
                return (group, its) -> group.distinct(asked, its);
            }
            ExprEvaluator evaluator = Objects.requireNonNull(value);
            ExprEvaluator filtering = filter;
            long mask = 0;
            for (String name : reads.split(",", -1)) {
                mask |= Property.named(name).map(each -> 1L << each.index()).orElse(0L);
            }
            if (mask != 0) {
                GroupEvents.Expression expression = new GroupEvents.Expression(evaluator, mask);
                return (group, its) -> group.distinct(expression, its);
            }
            return (group, its) -> readEach(group, evaluator, filtering, its);
        }
    }
}
