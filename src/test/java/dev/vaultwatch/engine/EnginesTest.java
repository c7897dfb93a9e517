package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPRuntimeProvider;
import dev.vaultwatch.api.RuleException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Engines that lanes take and give back")
class EnginesTest {
    private final Set<String> before = uris();

    private static Set<String> uris() {
        return new TreeSet<>(List.of(EPRuntimeProvider.getRuntimeURIs()));
    }

    /** How many engines there are that were not there at the start. */
    private int alive() {
        Set<String> now = uris();
        now.removeAll(before);
        return now.size();
    }

    @Test
    @DisplayName("are used again one after the other, each with its clock at the start of time")
    void again() {
        Engines engines = new Engines();
        EPRuntime first = engines.take(EsperConfiguration.create());
        assertThat(first.getEventService().getCurrentTime()).isZero();
        first.getEventService().advanceTime(1_000);
        engines.giveBack(first, false);

        EPRuntime again = engines.take(EsperConfiguration.create());

        assertThat(again).isSameAs(first);
        assertThat(again.getEventService().getCurrentTime()).isZero();
        assertThat(alive()).isEqualTo(1);
        engines.giveBack(again, false);
        engines.close();
        assertThat(alive()).isZero();
    }

    @Test
    @DisplayName(
            "wait for the next lane in a small number; what is more is ended, and what an error went through at once")
    void kept() {
        Engines engines = new Engines();
        List<EPRuntime> taken = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            taken.add(engines.take(EsperConfiguration.create()));
        }
        assertThat(alive()).isEqualTo(9);

        engines.giveBack(taken.remove(0), true);
        assertThat(alive()).isEqualTo(8);
        taken.forEach(each -> engines.giveBack(each, false));
        assertThat(alive()).isEqualTo(6);

        EPRuntime late = engines.take(EsperConfiguration.create());
        engines.close();
        assertThat(alive()).isEqualTo(1);
        engines.giveBack(late, false);
        assertThat(alive()).isZero();
    }

    @Test
    @DisplayName("come back from lanes that are closed, and from those that could not be deployed")
    void lanes() {
        RuleCompiler compiler = new RuleCompiler();
        CompiledRule rule = compiler.compile(
                        List.of(
                                Rules.of(
                                        "counting",
                                        "@name('alert') select upn, count(*) as n from KeyVaultEvent#time_batch(1 min, 0L) group by upn;")))
                .rules()
                .get(0);
        for (int i = 0; i < 3; i++) {
            Lane lane = rule.newLane();
            lane.close();
            lane.close();
        }
        assertThat(alive()).isEqualTo(1);

        compiler.close();
        assertThat(alive()).isZero();

        CompiledRule.Unit unit = rule.unit();
        EPCompiled empty = new EPCompiled(Map.of(), unit.compiled().getManifest());
        CompiledRule.Unit undeployable = new CompiledRule.Unit(
                unit.rule(), empty, unit.keyColumns(), true, false, unit.shape(), Map.of(), List.of(), false, Map.of());
        Engines engines = new Engines();
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> new Lane(engines, EsperConfiguration.create(), undeployable))
                    .isInstanceOf(RuleException.class)
                    .hasMessageContaining("can't be deployed");
        }
        assertThat(alive()).isEqualTo(1);
        engines.close();
        assertThat(alive()).isZero();
    }

    @Test
    @DisplayName("are empty when they are taken, and alive, even once all that waited were ended")
    void taken() {
        Engines engines = new Engines();
        CompiledRule.Unit unit = Rules.compile(
                        Rules.of(
                                "counting",
                                "@name('alert') select upn, count(*) as n from KeyVaultEvent#time_batch(1 min, 0L) group by upn;"))
                .rules()
                .get(0)
                .unit();
        new Lane(engines, EsperConfiguration.create(), unit).close();
        EPRuntime again = engines.take(EsperConfiguration.create());
        assertThat(again.getDeploymentService().getDeployments()).isEmpty();
        engines.giveBack(again, false);
        engines.close();

        EPRuntime fresh = engines.take(EsperConfiguration.create());

        assertThat(fresh.isDestroyed()).isFalse();
        engines.giveBack(fresh, false);
        assertThat(fresh.isDestroyed()).isTrue();
    }
}
