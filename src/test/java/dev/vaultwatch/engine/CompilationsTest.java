package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.gate.EplGate;
import dev.vaultwatch.rule.Rule;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class CompilationsTest {
    private static final String EPL =
            "@name('alert') select upn, count(*) as n from KeyVaultEvent(upn is not null)#time_batch(1 min, 0L)"
                    + " group by upn having count(*) >= 2;";

    private final Compilations shared = new Compilations();

    private CompiledRule compile(Rule rule, boolean unbounded) {
        try (RuleCompiler compiler = new RuleCompiler(
                new EplGate.Permissions(unbounded, false), Optional.empty(), complaint -> {}, shared)) {
            return compiler.compile(List.of(rule)).rules().get(0);
        }
    }

    @Test
    @DisplayName("A rule that another compiler has compiled is not compiled again")
    void shares() {
        CompiledRule first = compile(Rules.of("rule", EPL), false);

        assertThat(compile(Rules.of("rule", EPL), false).compiled()).isSameAs(first.compiled());
    }

    @Test
    @DisplayName("Another text, another setting or another permission is another rule")
    void apart() {
        CompiledRule first = compile(Rules.of("rule", EPL), false);

        assertThat(compile(Rules.of("rule", EPL.replace(">= 2", ">= 3")), false).compiled())
                .isNotSameAs(first.compiled());
        assertThat(compile(Rules.of("rule", "\n" + EPL), false).compiled()).isNotSameAs(first.compiled());
        assertThat(compile(Rules.of("rule", EPL), true).compiled()).isNotSameAs(first.compiled());
    }

    private static final EplGate.Permissions NONE = new EplGate.Permissions(false, false);

    private static Rule rule(int number) {
        return Rules.of("rule" + number, EPL);
    }

    @Test
    @DisplayName("What was kept is found, for the same permissions alone")
    void kept() {
        CompiledRule.Unit unit = Rules.uncompiled(rule(0));
        shared.keep(NONE, unit);

        assertThat(shared.find(rule(0), NONE)).containsSame(unit);
        assertThat(shared.find(rule(0), new EplGate.Permissions(false, true))).isEmpty();
        assertThat(shared.find(rule(1), NONE)).isEmpty();
    }

    @Test
    @DisplayName("Only 32 rules are kept; what was not asked for longest goes first")
    void bounded() {
        for (int i = 0; i < 32; i++) {
            shared.keep(NONE, Rules.uncompiled(rule(i)));
        }
        assertThat(shared.find(rule(0), NONE)).isPresent();

        shared.keep(NONE, Rules.uncompiled(rule(32)));

        assertThat(shared.find(rule(1), NONE)).isEmpty();
        assertThat(shared.find(rule(0), NONE)).isPresent();
        for (int i = 2; i <= 32; i++) {
            assertThat(shared.find(rule(i), NONE)).as("rule %d", i).isPresent();
        }
    }
}
