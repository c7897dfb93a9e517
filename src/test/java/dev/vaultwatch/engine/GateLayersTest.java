package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.common.client.module.Module;
import com.espertech.esper.common.client.module.ModuleItem;
import com.espertech.esper.common.client.util.ClassLoaderProvider;
import com.espertech.esper.compiler.client.EPCompilerProvider;
import dev.vaultwatch.engine.gate.Attack;
import dev.vaultwatch.engine.gate.CanaryScripts;
import dev.vaultwatch.engine.gate.Effects;
import dev.vaultwatch.engine.gate.UngatedEsper;
import dev.vaultwatch.gate.EplGate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What each of the gate's three checks catches with the other two off. */
class GateLayersTest {
    /** Those that would take the test's JVM with them if they ran. */
    private static boolean isSafeToRun(Attack attack) {
        return attack.isAfterJava()
                && !attack.name().startsWith("loop-")
                && !attack.name().startsWith("bomb-")
                && !List.of("call-exit", "call-on-text", "call-format", "class-new-array", "call-url", "call-sleep")
                        .contains(attack.name());
    }

    @Test
    void givenTheCorpusWhenTheModelIsCheckedAloneThenItRefusesEveryFile() throws Exception {
        NavigableSet<String> passed = new TreeSet<>();
        for (Attack attack : Attack.all()) {
            try (Effects effects = new Effects()) {
                // What is only mute is the business of the rule's form.
                if (!attack.name().startsWith("mute-") && !modelRefuses(effects.aim(attack.text()))) {
                    passed.add(attack.name());
                }
                assertThat(effects.seen()).as(attack.name()).isEmpty();
            }
        }
        assertThat(passed).isEmpty();
    }

    @Test
    void givenTheCorpusWhenTheConfigurationIsAloneThenItStopsMostOfIt() throws Exception {
        NavigableSet<String> happened = new TreeSet<>();
        int tried = 0;
        for (Attack attack : Attack.all()) {
            if (isSafeToRun(attack)) {
                tried++;
                try (Effects effects = new Effects();
                        CanaryScripts loader = new CanaryScripts()) {
                    attempt(effects.aim(attack.text()), configured(loader), loader);
                    if (!effects.seen().isEmpty()) {
                        happened.add(attack.name() + effects.seen());
                    }
                }
            }
        }
        // Constant reflection is evaluated while compiling, and a script is compiled though scripts are off (Esper
        // 9.0.0).
        assertThat(tried).isGreaterThan(100);
        assertThat(happened)
                .hasSizeLessThanOrEqualTo(14)
                .allSatisfy(each -> assertThat(each).containsAnyOf("reflect-", "script-"));
    }

    @Test
    void givenTheCorpusWhenThePoolIsCheckedAloneThenItRefusesMostOfWhatCompiles() throws Exception {
        NavigableSet<String> passed = new TreeSet<>();
        int compiled = 0;
        for (Attack attack : Attack.all()) {
            if (isSafeToRun(attack)) {
                try (Effects effects = new Effects();
                        CanaryScripts loader = new CanaryScripts()) {
                    NavigableSet<String> foreign = poolRefuses(effects.aim(attack.text()), loader);
                    if (foreign != null) {
                        compiled++;
                        if (foreign.isEmpty()) {
                            passed.add(attack.name());
                        }
                    }
                }
            }
        }
        assertThat(compiled).isGreaterThan(80);
        // These do their work before there is a class, or are about something else than Java.
        assertThat(passed)
                .isSubsetOf(
                        "class-annotation-constant",
                        "class-module",
                        "class-name-early",
                        "class-new-struct",
                        "class-schema-variant",
                        "script-unused",
                        "statement-grouped-delivery",
                        "statement-window-end");
    }

    private static boolean modelRefuses(String text) throws Exception {
        EplGate gate = RuleGate.with(new EplGate.Permissions(false, false));
        if (gate.file(text).isPresent()) {
            return true;
        }
        Module module = EPCompilerProvider.getCompiler().parseModule(text);
        if (gate.module(module, text).isPresent()) {
            return true;
        }
        EplGate.Statements statements = gate.statements(
                text.contains("\n// Window: ordered") ? OptionalLong.of(300_000) : OptionalLong.empty());
        for (ModuleItem item : module.getItems()) {
            if (!item.isCommentOnly() && !statements.check(item.getExpression()).isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private static Configuration configured(ClassLoader loader) {
        Configuration configuration = EsperConfiguration.create();
        Map<String, Object> services = new HashMap<>(configuration.getCommon().getTransientConfiguration());
        services.put(ClassLoaderProvider.NAME, (ClassLoaderProvider) () -> loader);
        configuration.getCommon().setTransientConfiguration(services);
        return configuration;
    }

    private static void attempt(String epl, Configuration configuration, ClassLoader loader) {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(loader);
        try {
            UngatedEsper.run(UngatedEsper.compile(epl, configuration), configuration);
        } catch (Exception e) {
            // What counts is what is seen.
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    private static @Nullable NavigableSet<String> poolRefuses(String epl, ClassLoader loader) {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(loader);
        try {
            EPCompiled compiled = UngatedEsper.compile(epl, UngatedEsper.asItComes());
            return RuleGate.with(new EplGate.Permissions(false, false)).foreign(compiled.getClasses());
        } catch (Exception e) {
            return null;
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }
}
