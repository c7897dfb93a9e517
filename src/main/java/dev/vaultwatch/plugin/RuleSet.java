package dev.vaultwatch.plugin;

import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.tuning.AlertPolicy;
import dev.vaultwatch.tuning.EventExceptions;
import dev.vaultwatch.tuning.Tuning;
import java.time.Instant;
import java.util.List;

/**
 * The rules that are to run, as the site has tuned them.
 *
 * @param rules those that are enabled
 * @param tuning what the site says of them
 */
record RuleSet(List<Rule> rules, Tuning tuning) {

    /**
     * What the engine makes of them, and what becomes of their alerts.
     *
     * @param rules which leave out the events that the site excepts
     * @param policy which has seen no alert yet
     * @param exceptions ids of the site's exceptions of these rules
     * @param warnings what of the tuning is of no use any more, a sentence each
     */
    record Compiled(CompiledRules rules, AlertPolicy policy, List<String> exceptions, List<String> warnings) {}

    /** Compiles the rules; throws as {@link RuleCompiler#compile}. */
    Compiled compile(RuleCompiler compiler, Instant now) {
        EventExceptions exceptions = tuning.eventExceptions();
        CompiledRules compiled = compiler.compile(rules).each(rule -> withExceptions(rule, exceptions));
        return new Compiled(
                compiled,
                tuning.alertPolicy(rules),
                tuning.exceptionIds().values().stream().flatMap(List::stream).toList(),
                tuning.warnings(now).stream().map(RuleFault::toString).toList());
    }

    private static CompiledRule withExceptions(CompiledRule rule, EventExceptions exceptions) {
        String id = rule.rule().id();
        return exceptions.hasAny(id) ? rule.excluding(event -> exceptions.excepts(id, event)) : rule;
    }
}
