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
import com.espertech.esper.common.client.type.EPTypeClass;
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
import com.espertech.esper.common.internal.util.JavaClassHelper;
import dev.vaultwatch.event.KeyVaultEvent;
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
        ExprNode parameter = context.getParameterExpressions()[0];
        ExprNode filter = context.getOptionalFilterExpression();
        if (readsOther(parameter) || (filter != null && readsOther(filter))) {
            throw new IllegalArgumentException("'" + function + "("
                    + ExprNodeUtilityPrint.toExpressionStringMinPrecedenceSafe(parameter)
                    + ")' asks for another stream than the first of its query; it takes that one's properties alone, so name the"
                    + " stream that it is to read first");
        }
        boolean ofEvents = context.getEventTypes()[0].getUnderlyingType() == KeyVaultEvent.class;
        return new Handler(parameter, filter, COUNT.equals(function), ofEvents);
    }

    /** Whether it asks for anything of a stream behind a join's first, whose events are all that a state keeps. */
    private static boolean readsOther(ExprNode node) {
        return (node instanceof ExprIdentNode ident && ident.getStreamId() > 0)
                || Arrays.stream(node.getChildNodes()).anyMatch(DistinctFunctions::readsOther);
    }

    /**
     * One use of a function.
     *
     * @param ofEvents whether the stream is of the events themselves, and not of rows that another statement fills it with
     */
    private record Handler(ExprNode parameter, @Nullable ExprNode filter, boolean count, boolean ofEvents)
            implements AggregationMultiFunctionHandler {

        @Override
        public EPChainableType getReturnType() {
            return count
                    ? EPChainableTypeHelper.singleValue(EPTypePremade.LONGBOXED.getEPType())
                    : EPChainableTypeHelper.collectionOfSingleValue(elements());
        }

        /** What kind its values are, by which a column is compared with other rules'. */
        private EPTypeClass elements() {
            return parameter.getForge().getEvaluationType() instanceof EPTypeClass type
                    ? JavaClassHelper.getBoxedType(type)
                    : EPTypePremade.OBJECT.getEPType();
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
            String property = property();
            InjectionStrategyClassNewInstance accessor =
                    new InjectionStrategyClassNewInstance(DistinctAccessor.Factory.class).addConstant("count", count);
            if (filter != null) {
                accessor.addExpression("value", parameter).addExpression("filter", filter);
            } else if (property.isEmpty()) {
                accessor.addExpression("value", parameter).addConstant("reads", reads());
            } else {
                // An expression is a class that is written, compiled and loaded; most columns need none.
                accessor.addConstant("property", property);
            }
            return new AggregationMultiFunctionAccessorModeManaged(accessor);
        }

        /** The parameter's name if it is a property of the event, else empty. */
        private String property() {
            return ofEvents && parameter instanceof ExprIdentNode ident ? ident.getResolvedPropertyName() : "";
        }

        /** The properties that alone decide what the parameter is; empty if something else may have a say in it. */
        private String reads() {
            Set<String> names = new TreeSet<>();
            return ofEvents && readsAlone(parameter, names) ? String.join(",", names) : "";
        }

        private static boolean readsAlone(ExprNode node, Set<String> names) {
            if (node instanceof ExprIdentNode ident) {
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
