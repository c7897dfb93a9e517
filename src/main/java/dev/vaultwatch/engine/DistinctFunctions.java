package dev.vaultwatch.engine;

import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionAccessorMode;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionAccessorModeManaged;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionAgentMode;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionAggregationMethodContext;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionAggregationMethodMode;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionForge;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionHandler;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionStateKey;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionStateMode;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionStateModeManaged;
import com.espertech.esper.common.client.hook.aggmultifunc.AggregationMultiFunctionValidationContext;
import com.espertech.esper.common.client.hook.forgeinject.InjectionStrategyClassNewInstance;
import com.espertech.esper.common.client.type.EPTypePremade;
import com.espertech.esper.common.internal.epl.expression.core.ExprIdentNode;
import com.espertech.esper.common.internal.epl.expression.core.ExprNode;
import com.espertech.esper.common.internal.epl.expression.core.ExprNodeUtilityPrint;
import com.espertech.esper.common.internal.epl.expression.core.ExprWildcard;
import com.espertech.esper.common.internal.rettype.EPChainableType;
import com.espertech.esper.common.internal.rettype.EPChainableTypeHelper;
import org.jspecify.annotations.Nullable;

/**
 * The two functions that EPL gets from us: {@code distinct_values(x)}, the sorted distinct values of x in the group, and
 * {@code distinct_count(x)}, their number. Both pass over nulls, as ES|QL's {@code VALUES} and {@code COUNT_DISTINCT} do.
 *
 * <p>All uses in one statement share one state a group, which holds nothing but the group's events, and work is done only when
 * a row that passed {@code having} is put out. A set a column would cost a hash insertion a column and event for groups of
 * which one in thousands ever becomes a row. Instantiated by Esper.
 */
public final class DistinctFunctions implements AggregationMultiFunctionForge {
    static final String VALUES = "distinct_values";
    static final String COUNT = "distinct_count";

    /** Equal for all uses in a statement with one filter, which is how Esper is told to share the state. */
    private record SharedByStatement(String filter) implements AggregationMultiFunctionStateKey {}

    @Override
    public AggregationMultiFunctionHandler validateGetHandler(AggregationMultiFunctionValidationContext context) {
        String function = context.getFunctionName();
        if (context.getParameterExpressions().length != 1) {
            throw new IllegalArgumentException("'" + function + "("
                    + ExprNodeUtilityPrint.toExpressionStringMinPrecedenceAsList(context.getParameterExpressions())
                    + ")' has " + context.getParameterExpressions().length
                    + " parameters; it takes one, the property whose distinct values are wanted");
        }
        if (context.getParameterExpressions()[0] instanceof ExprWildcard) {
            throw new IllegalArgumentException("'" + function + "(*)' asks for whole events; it takes a property");
        }
        return new Handler(
                context.getParameterExpressions()[0], context.getOptionalFilterExpression(), COUNT.equals(function));
    }

    private record Handler(ExprNode parameter, @Nullable ExprNode filter, boolean count)
            implements AggregationMultiFunctionHandler {

        @Override
        public EPChainableType getReturnType() {
            return count
                    ? EPChainableTypeHelper.singleValue(EPTypePremade.LONGBOXED.getEPType())
                    : EPChainableTypeHelper.collectionOfSingleValue(EPTypePremade.OBJECT.getEPType());
        }

        @Override
        public AggregationMultiFunctionStateKey getAggregationStateUniqueKey() {
            return new SharedByStatement(
                    filter == null ? "" : ExprNodeUtilityPrint.toExpressionStringMinPrecedenceSafe(filter));
        }

        @Override
        public AggregationMultiFunctionStateMode getStateMode() {
            return new AggregationMultiFunctionStateModeManaged(
                    new InjectionStrategyClassNewInstance(GroupEvents.Factory.class));
        }

        @Override
        public AggregationMultiFunctionAccessorMode getAccessorMode() {
            InjectionStrategyClassNewInstance accessor = new InjectionStrategyClassNewInstance(
                            DistinctAccessor.Factory.class)
                    .addExpression("value", parameter)
                    .addConstant("property", property())
                    .addConstant("count", count);
            if (filter != null) {
                accessor.addExpression("filter", filter);
            }
            return new AggregationMultiFunctionAccessorModeManaged(accessor);
        }

        /** The parameter's name if it is a property of the one stream there is, else empty. */
        private String property() {
            return parameter instanceof ExprIdentNode ident && ident.getStreamId() == 0
                    ? ident.getResolvedPropertyName()
                    : "";
        }

        @Override
        public AggregationMultiFunctionAgentMode getAgentMode() {
            throw new UnsupportedOperationException("distinct values are not kept in tables");
        }

        @Override
        public AggregationMultiFunctionAggregationMethodMode getAggregationMethodMode(
                AggregationMultiFunctionAggregationMethodContext context) {
            throw new UnsupportedOperationException("distinct values are not kept in tables");
        }
    }
}
