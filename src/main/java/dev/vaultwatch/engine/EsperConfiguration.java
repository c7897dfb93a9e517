package dev.vaultwatch.engine;

import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.common.client.configuration.common.ConfigurationCommonEventTypeBean;
import com.espertech.esper.common.client.configuration.compiler.ConfigurationCompilerExecution;
import com.espertech.esper.common.client.configuration.compiler.ConfigurationCompilerPlugInAggregationMultiFunction;
import com.espertech.esper.common.client.util.AccessorStyle;
import com.espertech.esper.common.client.util.ClassForNameProvider;
import com.espertech.esper.common.client.util.ClassLoaderProvider;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.HashMap;
import java.util.Map;
import java.util.TimeZone;

/** How Esper is set up, for compiling and for running. */
final class EsperConfiguration {
    /** The name of the event in EPL. */
    static final String EVENT = "KeyVaultEvent";

    /** Some 500 B each: 50 MB of one rule. */
    private static final long MAX_BEGUN_MATCHES = 100_000;

    private EsperConfiguration() {}

    static Configuration create() {
        Configuration configuration = new Configuration();

        ConfigurationCommonEventTypeBean event = new ConfigurationCommonEventTypeBean();
        event.setAccessorStyle(AccessorStyle.EXPLICIT);
        for (Property property : Property.all()) {
            event.addMethodProperty(property.epl(), property.epl());
        }
        configuration.getCommon().addEventType(EVENT, KeyVaultEvent.class.getName(), event);

        configuration.getCommon().addEventType(EarlyStatement.WINDOW_END, new HashMap<>());

        // Esper looks classes up through the calling thread's context loader, which in a host is anybody's; and it
        // looks for any class that a rule names, so it finds only those on a list.
        ClassLoader own = new OwnClasses(EsperConfiguration.class.getClassLoader());
        Map<String, Object> services = new HashMap<>();
        services.put(ClassForNameProvider.NAME, new GateClassNames());
        services.put(ClassLoaderProvider.NAME, (ClassLoaderProvider) () -> own);
        configuration.getCommon().setTransientConfiguration(services);

        // A rule is data from outside: it has no business with Java.
        configuration.getCommon().getImports().clear();
        configuration.getCommon().addAnnotationImport("com.espertech.esper.common.client.annotation.*");
        configuration.getCompiler().getByteCode().setAllowInlinedClass(false);
        configuration.getCompiler().getScripts().setEnabled(false);
        // With "or" within "and" Esper multiplies a filter out before it looks at how wide that is: 18 take nine
        // seconds.
        configuration.getCompiler().getExecution().setFilterServiceMaxFilterWidth(0);
        // The advanced planning of Esper 9.0.0 fails on "not (x is null)".
        configuration
                .getCompiler()
                .getExecution()
                .setFilterIndexPlanning(ConfigurationCompilerExecution.FilterIndexPlanning.BASIC);
        // No threads that nobody asked for, while compiling and while running.
        configuration.getCompiler().getByteCode().setThreadPoolCompilerNumThreads(0);
        configuration.getRuntime().getThreading().setInternalTimerEnabled(false);
        // Esper's getHourOfDay() and its like read the host's zone; a rule must mean the same everywhere.
        // The crontab that ends the early statement's window is not touched by it (measured in Asia/Kathmandu).
        configuration.getRuntime().getExpression().setTimeZone(TimeZone.getTimeZone("UTC"));
        configuration
                .getCompiler()
                .addPlugInAggregationMultiFunction(new ConfigurationCompilerPlugInAggregationMultiFunction(
                        new String[] {DistinctFunctions.VALUES, DistinctFunctions.COUNT},
                        DistinctFunctions.class.getName()));

        configuration
                .getCompiler()
                .addPlugInView(FirstOfGroup.NAMESPACE, FirstOfGroup.NAME, FirstOfGroupForge.class.getName());

        for (String function : new String[] {RuleFunctions.LOWER, RuleFunctions.CIDR_MATCH}) {
            configuration
                    .getCompiler()
                    .addPlugInSingleRowFunction(
                            function,
                            RuleFunctions.class.getName(),
                            function.equals(RuleFunctions.CIDR_MATCH) ? "cidrMatch" : function);
        }

        // Begun matches cost heap until they end; beyond this many no other begins, and the lane is told.
        configuration.getRuntime().getPatterns().setMaxSubexpressions(MAX_BEGUN_MATCHES);
        configuration.getRuntime().getPatterns().setMaxSubexpressionPreventStart(true);
        configuration.getRuntime().getMatchRecognize().setMaxStates(MAX_BEGUN_MATCHES);
        configuration.getRuntime().getMatchRecognize().setMaxStatesPreventStart(true);
        configuration.getRuntime().getConditionHandling().addClass(StateLimitHandler.class.getName());

        // The lane is entered by one thread at a time, so order needs no locks of Esper's.
        configuration.getRuntime().getThreading().setListenerDispatchPreserveOrder(false);
        configuration.getRuntime().getThreading().setInsertIntoDispatchPreserveOrder(false);
        configuration.getRuntime().getExceptionHandling().addClass(RuleFailureHandler.class.getName());
        return configuration;
    }
}
