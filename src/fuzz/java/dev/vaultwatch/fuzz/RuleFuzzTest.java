package dev.vaultwatch.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.assertj.core.api.Assertions;

/** Any text at all as a rule file: it is compiled, or refused with faults; nothing else is thrown. Jazzer watches for the rest. */
class RuleFuzzTest {
    private final Rule shipped =
            RuleFolder.packed(List.of("excessive-secret-retrieval")).read().get(0);
    private final RuleCompiler compiler = new RuleCompiler();

    @FuzzTest(maxDuration = "5m")
    void aRuleIsCompiledOrRefused(byte[] bytes) {
        String epl = new String(bytes, StandardCharsets.UTF_8);
        Rule rule = shipped.toBuilder().epl(epl).build();
        try {
            compiler.compile(List.of(rule));
        } catch (RuleException e) {
            Assertions.assertThat(e.faults()).isNotEmpty();
        }
    }
}
