package dev.vaultwatch.engine;

import com.espertech.esper.common.client.hook.condition.ConditionHandler;
import com.espertech.esper.common.client.hook.condition.ConditionHandlerContext;
import com.espertech.esper.common.client.hook.condition.ConditionHandlerFactory;
import com.espertech.esper.common.client.hook.condition.ConditionHandlerFactoryContext;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPRuntimeProvider;
import com.espertech.esper.runtime.client.EPStatement;

/**
 * Tells the lane that a pattern or {@code match_recognize} has so many begun matches that no other begins. Esper makes handlers by
 * class name, so the lane is found through the statement. Instantiated by Esper.
 */
public final class StateLimitHandler implements ConditionHandlerFactory {

    @Override
    public ConditionHandler getHandler(ConditionHandlerFactoryContext context) {
        return StateLimitHandler::tell;
    }

    private static void tell(ConditionHandlerContext reached) {
        EPRuntime runtime = EPRuntimeProvider.getExistingRuntime(reached.getRuntimeURI());
        EPStatement statement = runtime == null
                ? null
                : runtime.getDeploymentService().getStatement(reached.getDeploymentId(), reached.getStatementName());
        if (statement != null && statement.getUserObjectRuntime() instanceof Lane.Link lane) {
            lane.limit();
        }
    }
}
