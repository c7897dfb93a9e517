package dev.vaultwatch.engine;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Rules for the engine's tests: the shipped one, variants of its text, and small ones of their own. */
final class Rules {
    private Rules() {}

    static Rule shipped() {
        return RuleFolder.packed(List.of("excessive-secret-retrieval")).read().get(0);
    }

    /** The shipped rule with one piece of its text replaced. */
    static Rule shippedWith(String piece, String replacement) {
        Rule rule = shipped();
        if (!rule.epl().contains(piece)) {
            throw new IllegalArgumentException("rule.epl has no " + piece);
        }
        return withEpl(rule, rule.epl().replace(piece, replacement));
    }

    static Rule withEpl(Rule rule, String epl) {
        return with(rule, rule.id(), epl, rule.groupingKey(), rule.eventCount(), rule.window());
    }

    /** A rule of minutes, grouped by a column named upn. */
    static Rule of(String id, String epl) {
        return of(id, Duration.ofMinutes(1), epl);
    }

    static Rule of(String id, Duration window, String epl) {
        return with(shipped(), id, epl, List.of("upn"), Optional.empty(), window);
    }

    static Rule with(
            Rule rule, String id, String epl, List<String> groupingKey, Optional<String> eventCount, Duration window) {
        return new Rule(
                id,
                rule.name(),
                rule.version(),
                rule.description(),
                rule.severity(),
                rule.riskScore(),
                window,
                groupingKey,
                eventCount,
                rule.cap(),
                rule.tags(),
                rule.threats(),
                rule.references(),
                rule.falsePositives(),
                rule.setup(),
                epl,
                "epl/" + id + "/rule.epl");
    }

    static CompiledRules compile(Rule... rules) {
        return new RuleCompiler().compile(List.of(rules));
    }

    /** What the compiler holds against the rules; empty if nothing. */
    static List<RuleFault> faults(Rule... rules) {
        try {
            compile(rules);
            return List.of();
        } catch (RuleException e) {
            return e.faults();
        }
    }
}
