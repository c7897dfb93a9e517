package dev.vaultwatch.engine.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.espertech.esper.common.client.configuration.Configuration;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.engine.RuleCompiler;
import java.io.IOException;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every file of the corpus against the gate, and, to know that the corpus is live, against Esper without one. */
class AttackTest {

    static List<Attack> attacks() throws IOException {
        return Attack.all();
    }

    static List<Attack> attacksOnMoreThanState() throws IOException {
        return Attack.all().stream().filter(attack -> !attack.isOnState()).toList();
    }

    @Test
    void givenTheCorpusWhenCountedThenItIsLargeAndSaysWhatEachTries() throws IOException {
        assertThat(Attack.all())
                .hasSizeGreaterThanOrEqualTo(200)
                .allSatisfy(attack ->
                        assertThat(attack.text()).startsWith("// Tries: ").contains("\n// Effect: "));
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void givenAnAttackWhenCompiledThenItIsRefusedWithItsPlaceAndNothingHappens(Attack attack) throws Exception {
        refuse(attack, new RuleCompiler());
    }

    @ParameterizedTest
    @MethodSource("attacksOnMoreThanState")
    void givenASiteThatAllowsUnboundedStateWhenAttackedThenCodeIsRefusedAllTheSame(Attack attack) throws Exception {
        refuse(attack, new RuleCompiler(true));
    }

    private static void refuse(Attack attack, RuleCompiler compiler) throws Exception {
        try (Effects effects = new Effects()) {
            RuleException refused =
                    catchThrowableOfType(RuleException.class, () -> compiler.compile(List.of(attack.rule(effects))));

            assertThat(effects.seen()).as("effects").isEmpty();
            assertThat(refused).isNotNull();
            assertThat(refused.faults()).allSatisfy(fault -> {
                assertThat(fault.line()).as(fault.toString()).isPositive();
                assertThat(fault.column()).as(fault.toString()).isPositive();
                assertThat(fault.problem())
                        .isNotBlank()
                        .matches("(?s).*[.?]")
                        .doesNotContain(" at line ", "Incorrect syntax");
            });
            // Below the comment of two lines that says what the attack tries.
            assertThat(refused.faults().get(0).line())
                    .as(refused.getMessage())
                    .isGreaterThan(attack.name().equals("bomb-statements") ? 0 : 2);
        }
    }

    @Test
    void givenEsperWithoutAGateWhenAttackedThenTheEffectsHappen() throws Exception {
        NavigableSet<String> live = new TreeSet<>();
        for (Attack attack : attacksOnMoreThanState()) {
            if (attack.isAfterJava()
                    && !attack.name().startsWith("loop-")
                    && !attack.name().startsWith("bomb-")
                    && !List.of("call-exit", "call-on-text", "call-format", "class-new-array", "call-url", "call-sleep")
                            .contains(attack.name())) {
                NavigableSet<String> seen = withoutAGate(attack);
                if (!seen.isEmpty()) {
                    live.add(attack.name());
                }
            }
        }
        assertThat(live).hasSizeGreaterThanOrEqualTo(70);
    }

    private static NavigableSet<String> withoutAGate(Attack attack) throws Exception {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (Effects effects = new Effects();
                CanaryScripts loader = new CanaryScripts()) {
            Thread.currentThread().setContextClassLoader(loader);
            Configuration configuration = UngatedEsper.asItComes();
            try {
                UngatedEsper.run(UngatedEsper.compile(effects.aim(attack.text()), configuration), configuration);
            } catch (Exception e) {
                // Some do their work before they fail; what counts is what is seen.
            }
            return effects.seen();
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }
}
