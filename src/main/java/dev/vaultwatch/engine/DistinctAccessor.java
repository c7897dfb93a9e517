package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EventBean;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionAccessor;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionAccessorFactory;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionAccessorFactoryContext;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionState;
import com.espertech.esper.common.internal.epl.expression.core.ExprEvaluator;
import com.espertech.esper.common.internal.epl.expression.core.ExprEvaluatorContext;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads distinct values off a group's events at the moment a row is put out. */
public final class DistinctAccessor implements AggregationMultiFunctionAccessor {
    private final ExprEvaluator value;
    private final @Nullable ExprEvaluator filter;
    private final boolean count;

    DistinctAccessor(ExprEvaluator value, @Nullable ExprEvaluator filter, boolean count) {
        this.value = value;
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
        EventBean[] event = new EventBean[1];
        Object last = null;
        // Most columns of a group hold one value; a minute's close reads a score of columns for each alert.
        TreeSet<Object> distinct = null;
        for (EventBean each : ((GroupEvents) state).events()) {
            event[0] = each;
            if (filter != null && !Boolean.TRUE.equals(filter.evaluate(event, true, context))) {
                continue;
            }
            Object found = value.evaluate(event, true, context);
            // Runs of one value are the rule in a burst, and decoders hand out the same string for them.
            if (found != null && found != last) {
                if (last != null && distinct == null && !found.equals(last)) {
                    distinct = new TreeSet<>();
                    distinct.add(last);
                }
                if (distinct != null) {
                    distinct.add(found);
                }
                last = found;
            }
        }
        if (distinct != null) {
            return List.copyOf(distinct);
        }
        return last == null ? List.of() : List.of(last);
    }

    /** Makes accessors. Instantiated, and its properties set, by Esper's generated code. */
    public static final class Factory implements AggregationMultiFunctionAccessorFactory {
        private @Nullable ExprEvaluator value;
        private @Nullable ExprEvaluator filter;
        private boolean count;

        public void setValue(ExprEvaluator value) {
            this.value = value;
        }

        public void setFilter(ExprEvaluator filter) {
            this.filter = filter;
        }

        public void setCount(boolean count) {
            this.count = count;
        }

        @Override
        public AggregationMultiFunctionAccessor newAccessor(AggregationMultiFunctionAccessorFactoryContext context) {
            return new DistinctAccessor(Objects.requireNonNull(value), filter, count);
        }
    }
}
