package dev.vaultwatch.engine.gate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The shipped rule with words of it replaced by nasty ones: it compiles or is refused with a place, and nothing happens. */
class MutationTest {
    private static final Pattern WORD = Pattern.compile("`[^`]*`|'[^']*'|\\w+(?:\\([^()]*\\))?");
    private static final int MUTANTS = 80;

    private static final List<String> NASTY = List.of(
            "class",
            "class?",
            "`class`",
            "getClass()",
            "upn.getClass()",
            "upn.getClass().forName('dev.vaultwatch.engine.gate.CanaryInit')",
            "upn.class.classLoader",
            "dev.vaultwatch.engine.gate.Canary.touch('m')",
            "dev.vaultwatch.engine.gate.CanaryInit.FIELD",
            "dev.vaultwatch.engine.gate.CanaryInit",
            "new dev.vaultwatch.engine.gate.CanaryInit()",
            "`dev`.`vaultwatch`.`engine`.`gate`.`Canary`.`touch`('m')",
            "`a\"+dev.vaultwatch.engine.gate.Canary.touch(1)+\"b`",
            "`*/ dev.vaultwatch.engine.gate.Canary.plain(); /*`",
            "'\\u0022+dev.vaultwatch.engine.gate.Canary.touch(\\u0022m\\u0022)+\\u0022'",
            "'\\\\\"+dev.vaultwatch.engine.gate.Canary.touch(null)+\\\\\"'",
            "'*/'",
            "\"'\"",
            "'\\\\u000a dev.vaultwatch.engine.gate.Canary.plain();'",
            "generated",
            "java",
            "this",
            "int",
            "null",
            "$",
            "a$b",
            "_",
            "é",
            "K",
            "\u0000",
            "\u202e",
            "''",
            "``",
            "`",
            "'",
            ";",
            "@",
            "#keepall",
            "?",
            "?:x:dev.vaultwatch.engine.gate.CanaryInit",
            "9999999999999999999",
            "1e999",
            "-0x1",
            "create",
            "select",
            "(select * from KeyVaultEvent)",
            "{}",
            "{'a'}",
            "window(*)",
            "count(*)",
            "prev(1, upn)",
            "EarlyStatement",
            "VaultwatchOpenWindow");

    @Test
    void givenTheShippedRuleWhenAWordBecomesANastyOneThenNothingHappens() throws Exception {
        Rule shipped =
                RuleFolder.packed(List.of("excessive-secret-retrieval")).read().get(0);
        int statements = shipped.epl().indexOf("create constant");
        List<MatchResult> words = WORD.matcher(shipped.epl())
                .results()
                .filter(word -> word.start() >= statements)
                .toList();
        long seed = Long.getLong("vaultwatch.seed", 3_413_812_416_514_186_605L);
        Random random = new Random(seed);
        RuleCompiler compiler = new RuleCompiler();
        int refused = 0;
        try (Effects effects = new Effects()) {
            for (int i = 0; i < MUTANTS; i++) {
                MatchResult word = words.get(random.nextInt(words.size()));
                String nasty = NASTY.get(random.nextInt(NASTY.size()));
                String epl = shipped.epl().substring(0, word.start())
                        + nasty
                        + shipped.epl().substring(word.end());
                String description = "seed " + seed + ": " + word.group() + " -> " + nasty;
                for (RuleFault fault :
                        faults(compiler, Rule.builder("mutant").epl(epl).build())) {
                    refused++;
                    assertThat(fault.file()).as(description).isEqualTo("epl/mutant/rule.epl");
                    assertThat(fault.problem()).as(description).isNotBlank();
                }
                assertThat(effects.seen()).as(description).isEmpty();
            }
        }
        assertThat(refused).isGreaterThan(MUTANTS / 3);
    }

    private static List<RuleFault> faults(RuleCompiler compiler, Rule rule) {
        try {
            compiler.compile(List.of(rule));
            return new ArrayList<>();
        } catch (RuleException e) {
            return e.faults();
        }
    }
}
