package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.EPCompiledManifest;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.common.client.module.ModuleItem;
import com.espertech.esper.common.client.module.ParseException;
import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.compiler.client.EPCompileException;
import com.espertech.esper.compiler.client.EPCompiler;
import com.espertech.esper.compiler.client.EPCompilerProvider;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import dev.vaultwatch.rule.Window;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
        return rule.toBuilder().epl(epl).build();
    }

    /** A rule of minutes, grouped by user. */
    static Rule of(String id, String epl) {
        return of(id, Duration.ofMinutes(1), epl);
    }

    static Rule of(String id, Duration window, String epl) {
        return Rule.builder(id)
                .window(new Window.Tumbling(window))
                .key(GroupingKey.of(Property.UPN))
                .epl(epl)
                .build();
    }

    /** A rule's statements as Esper's parser reads them, without a compiler run. */
    static List<EPStatementObjectModel> models(Rule rule) {
        Configuration configuration = EsperConfiguration.create();
        EPCompiler compiler = EPCompilerProvider.getCompiler();
        List<EPStatementObjectModel> models = new ArrayList<>();
        try {
            for (ModuleItem item : compiler.parseModule(rule.epl()).getItems()) {
                if (!item.isCommentOnly()) {
                    models.add(compiler.eplToModel(item.getExpression(), configuration));
                }
            }
        } catch (EPCompileException | ParseException | IOException e) {
            throw new AssertionError(rule.epl(), e);
        }
        return models;
    }

    /** A rule as if it had been compiled: without any class, and nothing known of it. */
    static CompiledRule.Unit uncompiled(Rule rule) {
        return new CompiledRule.Unit(
                rule,
                new EPCompiled(Map.of(), new EPCompiledManifest("9.0.0", "generated.Module", null, false)),
                rule.key().properties().stream().map(Property::epl).toList(),
                true,
                false,
                new RuleShape(Optional.empty(), 1, Set.of(), false, Set.copyOf(Property.all()), false, false, false),
                Map.of(),
                List.of(),
                false,
                Map.of());
    }

    /** A lane of one rule. */
    static Lane lane(Rule rule) {
        return compile(rule).rules().get(0).newLane();
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
