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
    private final ExprEvaluator value;

    /** What the value is, if it is a property and no expression: then it is had without Esper's way to it. */
    private final @Nullable Property property;

    /** What the value is, if all that it depends on is known. */
    private final GroupEvents.@Nullable Expression expression;

    private final @Nullable ExprEvaluator filter;
    private final boolean count;

    private DistinctAccessor(
            ExprEvaluator value,
            @Nullable Property property,
            GroupEvents.@Nullable Expression expression,
            @Nullable ExprEvaluator filter,
            boolean count) {
        this.value = value;
        this.property = property;
        this.expression = expression;
        this.filter = filter;
        this.count = count;
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

    /** The values in order, unmodifiable. */
    private List<Object> distinct(AggregationMultiFunctionState state, ExprEvaluatorContext context) {
        GroupEvents group = (GroupEvents) state;
        if (filter == null && property != null) {
            return group.distinct(property, context);
        }
        if (filter == null && expression != null) {
            return group.distinct(expression, context);
        }
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
            ExprEvaluator evaluator = Objects.requireNonNull(value);
            long mask = 0;
            for (String name : reads.split(",", -1)) {
                mask |= Property.named(name).map(each -> 1L << each.index()).orElse(0L);
            }
            return new DistinctAccessor(
                    evaluator,
                    Property.named(property).orElse(null),
                    mask == 0 ? null : new GroupEvents.Expression(evaluator, mask),
                    filter,
                    count);
        }
    }
}
