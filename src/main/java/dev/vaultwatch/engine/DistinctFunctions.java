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
import com.espertech.esper.common.internal.epl.expression.core.ExprConstantNode;
import com.espertech.esper.common.internal.epl.expression.core.ExprIdentNode;
import com.espertech.esper.common.internal.epl.expression.core.ExprNode;
import com.espertech.esper.common.internal.epl.expression.core.ExprNodeUtilityPrint;
import com.espertech.esper.common.internal.epl.expression.core.ExprWildcard;
import com.espertech.esper.common.internal.epl.expression.funcs.ExprCaseNode;
import com.espertech.esper.common.internal.epl.expression.ops.ExprAndNode;
import com.espertech.esper.common.internal.epl.expression.ops.ExprEqualsNode;
import com.espertech.esper.common.internal.epl.expression.ops.ExprInNode;
import com.espertech.esper.common.internal.epl.expression.ops.ExprNotNode;
import com.espertech.esper.common.internal.epl.expression.ops.ExprOrNode;
import com.espertech.esper.common.internal.rettype.EPChainableType;
import com.espertech.esper.common.internal.rettype.EPChainableTypeHelper;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
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

    /** What is the same again whenever its parts are. */
    private static final List<Class<?>> PLAIN = List.of(
            ExprConstantNode.class,
            ExprCaseNode.class,
            ExprInNode.class,
            ExprEqualsNode.class,
            ExprAndNode.class,
            ExprOrNode.class,
            ExprNotNode.class);

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
                    .addConstant("reads", reads())
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

        /** The properties that alone decide what the parameter is; empty if something else may have a say in it. */
        private String reads() {
            Set<String> names = new TreeSet<>();
            return readsAlone(parameter, names) ? String.join(",", names) : "";
        }

        private static boolean readsAlone(ExprNode node, Set<String> names) {
            if (node instanceof ExprIdentNode ident && ident.getStreamId() == 0) {
                names.add(ident.getResolvedPropertyName());
                return true;
            }
            return PLAIN.stream().anyMatch(plain -> plain.isInstance(node))
                    && Arrays.stream(node.getChildNodes()).allMatch(child -> readsAlone(child, names));
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
