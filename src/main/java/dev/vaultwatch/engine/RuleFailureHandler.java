package dev.vaultwatch.engine;

import com.espertech.esper.common.client.hook.exception.ExceptionHandler;
import com.espertech.esper.common.client.hook.exception.ExceptionHandlerContext;
import com.espertech.esper.common.client.hook.exception.ExceptionHandlerFactory;
import com.espertech.esper.common.client.hook.exception.ExceptionHandlerFactoryContext;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPRuntimeProvider;
import com.espertech.esper.runtime.client.EPStatement;

/**
 * Without a handler Esper logs what a statement throws, event and all, and drops the row. This one tells the lane. Esper makes
 * handlers by class name, so the lane is found through the statement it was deployed with. Instantiated by Esper.
 */
public final class RuleFailureHandler implements ExceptionHandlerFactory {

    @Override
    public ExceptionHandler getHandler(ExceptionHandlerFactoryContext context) {
        String uri = context.getRuntimeURI();
        return failure -> tell(uri, failure);
    }

    private static void tell(String uri, ExceptionHandlerContext failure) {
        EPRuntime runtime = EPRuntimeProvider.getExistingRuntime(uri);
        if (runtime == null) {
            return;
        }
        EPStatement statement =
                runtime.getDeploymentService().getStatement(failure.getDeploymentId(), failure.getStatementName());
        if (statement != null && statement.getUserObjectRuntime() instanceof Lane.Link lane) {
            lane.add(failure.getStatementName(), failure.getThrowable());
        }
    }
}
