package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.espertech.esper.common.client.hook.condition.ConditionHandler;
import com.espertech.esper.common.client.hook.condition.ConditionHandlerContext;
import com.espertech.esper.common.client.hook.condition.ConditionHandlerFactoryContext;
import com.espertech.esper.common.client.hook.condition.ConditionMatchRecognizeStatesMax;
import com.espertech.esper.common.client.hook.exception.ExceptionHandler;
import com.espertech.esper.common.client.hook.exception.ExceptionHandlerContext;
import com.espertech.esper.common.client.hook.exception.ExceptionHandlerExceptionType;
import com.espertech.esper.common.client.hook.exception.ExceptionHandlerFactoryContext;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPRuntimeProvider;
import dev.vaultwatch.engine.gate.UngatedEsper;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What Esper tells of a statement that throws, or of a limit that it reached")
class HandlersTest {
    private static final CompiledRule RULE = Rules.compile(Rules.of(
                    "rule", "@name('alert') select upn from KeyVaultEvent#time_batch(1 min, 0L) group by upn;"))
            .rules()
            .get(0);

    private Lane lane;
    private String engine = "";
    private String deployment = "";

    @BeforeEach
    void open() {
        Set<String> before = new TreeSet<>(Set.of(EPRuntimeProvider.getRuntimeURIs()));
        lane = new Lane(new Engines(), EsperConfiguration.create(), RULE.unit());
        Set<String> now = new TreeSet<>(Set.of(EPRuntimeProvider.getRuntimeURIs()));
        now.removeAll(before);
        assertThat(now).hasSize(1);
        engine = now.iterator().next();
        deployment = existing().getDeploymentService().getDeployments()[0];
    }

    private EPRuntime existing() {
        return EPRuntimeProvider.getExistingRuntime(engine);
    }

    @AfterEach
    void close() {
        lane.close();
        existing().destroy();
    }

    private static void threw(String uri, String deployment, String statement) {
        ExceptionHandler handler = new RuleFailureHandler().getHandler(new ExceptionHandlerFactoryContext(uri));
        handler.handle(new ExceptionHandlerContext(
                uri,
                new IllegalStateException("a value of the event's"),
                deployment,
                statement,
                "",
                ExceptionHandlerExceptionType.PROCESS,
                null));
    }

    private static void reached(String uri, String deployment, String statement) {
        ConditionHandler handler = new StateLimitHandler().getHandler(new ConditionHandlerFactoryContext(uri));
        handler.handle(new ConditionHandlerContext(
                uri, statement, deployment, new ConditionMatchRecognizeStatesMax(1, Map.of())));
    }

    @Test
    @DisplayName("What a statement threw comes to its lane, without the message")
    void thrown() {
        threw(engine, deployment, "early");

        assertThat(lane.takeFailures())
                .containsExactly(new RuleFailure(
                        "rule", RuleFailure.Kind.THREW, "Statement 'early' threw java.lang.IllegalStateException."));
        assertThat(lane.isDamaged()).isTrue();
    }

    @Test
    @DisplayName("A limit comes to its lane, once a window")
    void limit() {
        reached(engine, deployment, "early");
        reached(engine, deployment, "early");

        assertThat(lane.takeFailures())
                .containsExactly(new RuleFailure(
                        "rule",
                        RuleFailure.Kind.LIMITED,
                        "It has more begun matches than it may have; no other begins until some end."));
        assertThat(lane.isIncomplete()).isTrue();
        assertThat(lane.isDamaged()).isFalse();
    }

    @Test
    @DisplayName("What is told of an engine or a statement that is gone, or of no lane, does no harm")
    void gone() throws Exception {
        threw("gone", deployment, "early");
        reached("gone", deployment, "early");
        threw(engine, deployment, "gone");
        reached(engine, deployment, "gone");
        threw(engine, "gone", "early");
        reached(engine, "gone", "early");
        String other = existing()
                .getDeploymentService()
                .deploy(UngatedEsper.compile(
                        "@name('alert') select upn from KeyVaultEvent", EsperConfiguration.create()))
                .getDeploymentId();
        threw(engine, other, "alert");
        reached(engine, other, "alert");

        assertThat(lane.takeFailures()).isEmpty();
    }
}
