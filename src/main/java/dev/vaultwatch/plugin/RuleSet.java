package dev.vaultwatch.plugin;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.tuning.AlertPolicy;
import dev.vaultwatch.tuning.EventExceptions;
import dev.vaultwatch.tuning.Tuning;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

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

    /**
     * The same with other values of parameters.
     *
     * @param settings texts by rule id and parameter
     * @throws RuleException if there is no such rule or a value is no value of its parameter
     */
    RuleSet with(Map<String, Map<String, String>> settings) {
        List<String> ids = rules.stream().map(Rule::id).toList();
        settings.keySet().stream().filter(id -> !ids.contains(id)).findFirst().ifPresent(id -> {
            throw refused("There is no rule " + id + " that runs; there are " + String.join(", ", ids) + ".");
        });
        return new RuleSet(
                rules.stream()
                        .map(rule -> with(rule, settings.getOrDefault(rule.id(), Map.of())))
                        .toList(),
                tuning);
    }

    private static Rule with(Rule rule, Map<String, String> values) {
        if (values.isEmpty()) {
            return rule;
        }
        Map<String, Object> settings = new TreeMap<>(rule.settings());
        values.forEach((name, text) -> {
            Rule.Parameter parameter = rule.parameters().stream()
                    .filter(each -> each.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> refused(name + " is no parameter of " + rule.id() + "; it has "
                            + rule.parameters().stream()
                                    .map(Rule.Parameter::name)
                                    .collect(Collectors.joining(", "))
                            + "."));
            settings.put(name, value(rule, parameter, text));
        });
        return rule.toBuilder().settings(settings).build();
    }

    private static Object value(Rule rule, Rule.Parameter parameter, String text) {
        try {
            return switch (parameter.type()) {
                case "int", "long", "double" -> new BigDecimal(text);
                case "boolean" -> {
                    if (!text.equals("true") && !text.equals("false")) {
                        throw new NumberFormatException();
                    }
                    yield Boolean.valueOf(text);
                }
                default -> text;
            };
        } catch (NumberFormatException e) {
            throw refused(parameter.name() + " of " + rule.id() + " is \"" + text + "\"; expected a value of type "
                    + parameter.type() + ".");
        }
    }

    private static RuleException refused(String problem) {
        return new RuleException(List.of(new RuleFault("", 0, 0, problem)));
    }

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
        return exceptions.of(rule.rule().id()).map(rule::excluding).orElse(rule);
    }
}
