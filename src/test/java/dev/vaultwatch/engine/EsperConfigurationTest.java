package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.common.client.configuration.common.ConfigurationCommonEventTypeBean;
import com.espertech.esper.common.client.configuration.compiler.ConfigurationCompilerExecution;
import com.espertech.esper.common.client.util.AccessorStyle;
import com.espertech.esper.common.client.util.ClassForNameProvider;
import com.espertech.esper.common.client.util.ClassLoaderProvider;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.Objects;
import java.util.TimeZone;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Esper is set up so that")
class EsperConfigurationTest {
    private final Configuration configuration = EsperConfiguration.create();

    @Test
    @DisplayName("rules reach no Java: no imports but annotations, no code within, and no classes but those on a list")
    void noJava() {
        assertThat(configuration.getCommon().getImports()).isEmpty();
        assertThat(configuration.getCommon().getAnnotationImports()).hasSize(1);
        assertThat(configuration.getCompiler().getByteCode().isAllowInlinedClass())
                .isFalse();
        assertThat(configuration.getCompiler().getScripts().isEnabled()).isFalse();
        ClassForNameProvider names = (ClassForNameProvider) Objects.requireNonNull(
                configuration.getCommon().getTransientConfiguration().get(ClassForNameProvider.NAME));
        assertThatThrownBy(() -> names.classForName("java.lang.Runtime")).isInstanceOf(ClassNotFoundException.class);
    }

    @Test
    @DisplayName("it finds its own classes whatever the calling thread's class loader is, and none that it generated")
    void ownClasses() throws ClassNotFoundException {
        ClassLoader loader = ((ClassLoaderProvider) Objects.requireNonNull(
                        configuration.getCommon().getTransientConfiguration().get(ClassLoaderProvider.NAME)))
                .classloader();

        assertThat(loader.loadClass(RuleFunctions.class.getName())).isSameAs(RuleFunctions.class);
        assertThatThrownBy(() -> loader.loadClass("generated.Any")).isInstanceOf(ClassNotFoundException.class);
    }

    @Test
    @DisplayName("an event has the properties that rules may name, and no other")
    void properties() {
        ConfigurationCommonEventTypeBean event = Objects.requireNonNull(
                configuration.getCommon().getEventTypesBean().get(EsperConfiguration.EVENT));

        assertThat(configuration.getCommon().getEventTypeNames())
                .containsEntry(EsperConfiguration.EVENT, KeyVaultEvent.class.getName());
        assertThat(event.getAccessorStyle()).isEqualTo(AccessorStyle.EXPLICIT);
        assertThat(event.getMethodProperties())
                .extracting(property -> property.getName())
                .containsExactlyInAnyOrderElementsOf(
                        Property.all().stream().map(Property::epl).toList());
        assertThat(configuration.getCommon().getEventTypesNestableMapEvents()).containsKey(EarlyStatement.WINDOW_END);
    }

    @Test
    @DisplayName("no thread is started, and dispatching takes no locks that order threads")
    void threads() {
        assertThat(configuration.getCompiler().getByteCode().getThreadPoolCompilerNumThreads())
                .isZero();
        assertThat(configuration.getRuntime().getThreading().isInternalTimerEnabled())
                .isFalse();
        assertThat(configuration.getRuntime().getThreading().isListenerDispatchPreserveOrder())
                .isFalse();
        assertThat(configuration.getRuntime().getThreading().isInsertIntoDispatchPreserveOrder())
                .isFalse();
    }

    @Test
    @DisplayName("a rule reads the hour in UTC on a host of any zone")
    void zone() {
        assertThat(configuration.getRuntime().getExpression().getTimeZone()).isEqualTo(TimeZone.getTimeZone("UTC"));
    }

    @Test
    @DisplayName("filters are compared as they are written")
    void filters() {
        assertThat(configuration.getCompiler().getExecution().getFilterServiceMaxFilterWidth())
                .isZero();
        assertThat(configuration.getCompiler().getExecution().getFilterIndexPlanning())
                .isEqualTo(ConfigurationCompilerExecution.FilterIndexPlanning.BASIC);
    }

    @Test
    @DisplayName("begun matches are at most 100,000, and the lane is told of those that do not begin, and of failures")
    void bounds() {
        assertThat(configuration.getRuntime().getPatterns().getMaxSubexpressions())
                .isEqualTo(100_000);
        assertThat(configuration.getRuntime().getPatterns().isMaxSubexpressionPreventStart())
                .isTrue();
        assertThat(configuration.getRuntime().getMatchRecognize().getMaxStates())
                .isEqualTo(100_000);
        assertThat(configuration.getRuntime().getMatchRecognize().isMaxStatesPreventStart())
                .isTrue();
        assertThat(configuration.getRuntime().getConditionHandling().getHandlerFactories())
                .containsExactly(StateLimitHandler.class.getName());
        assertThat(configuration.getRuntime().getExceptionHandling().getHandlerFactories())
                .containsExactly(RuleFailureHandler.class.getName());
    }

    @Test
    @DisplayName("rules have the functions that the guide lists")
    void functions() {
        assertThat(configuration.getCompiler().getPlugInSingleRowFunctions())
                .extracting(function -> function.getName(), function -> function.getFunctionMethodName())
                .containsExactlyInAnyOrder(tuple("lower", "lower"), tuple("cidr_match", "cidrMatch"));
        assertThat(configuration.getCompiler().getPlugInAggregationMultiFunctions())
                .singleElement()
                .satisfies(functions ->
                        assertThat(functions.getFunctionNames()).containsExactly("distinct_values", "distinct_count"));
        assertThat(configuration.getCompiler().getPlugInViews())
                .singleElement()
                .satisfies(view -> assertThat(view.getName()).isEqualTo(FirstOfGroup.NAME));
    }
}
