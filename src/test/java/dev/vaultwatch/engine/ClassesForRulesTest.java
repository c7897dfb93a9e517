package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.event.KeyVaultEvent;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The classes that compiled rules are given")
class ClassesForRulesTest {
    @Test
    @DisplayName("by name: the event, values, and what the configuration names")
    void byName() throws ClassNotFoundException {
        GateClassNames names = new GateClassNames();

        assertThat(names.classForName("java.lang.String")).isEqualTo(String.class);
        assertThat(names.classForName(KeyVaultEvent.class.getName())).isEqualTo(KeyVaultEvent.class);
        assertThat(names.classForName(RuleFunctions.class.getName())).isEqualTo(RuleFunctions.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"java.lang.Runtime", "java.lang.System", "dev.vaultwatch.engine.Lane"})
    @DisplayName("by name: no other")
    void noOther(String name) {
        assertThatThrownBy(() -> new GateClassNames().classForName(name))
                .isInstanceOf(ClassNotFoundException.class)
                .hasMessage(name + " is none of the classes that rules may name");
    }

    @Test
    @DisplayName("by loader: the plugin's own, and what Esper generates is not even looked for there")
    void byLoader() throws ClassNotFoundException {
        ClassLoader asked = new ClassLoader(ClassesForRulesTest.class.getClassLoader()) {
            @Override
            protected Class<?> findClass(String name) {
                return Object.class;
            }
        };
        OwnClasses own = new OwnClasses(asked);

        assertThat(own.loadClass(KeyVaultEvent.class.getName())).isEqualTo(KeyVaultEvent.class);
        assertThat(own.loadClass("another.Name")).isEqualTo(Object.class);
        assertThatThrownBy(() -> own.loadClass("generated.Name")).isInstanceOf(ClassNotFoundException.class);
    }

    @Test
    @DisplayName("for patterns: one that is matched in linear time, by both names that compiled rules ask for")
    void patterns() {
        assertThat(LinearPattern.compile("a+b").matcher("aab").matches()).isTrue();
        assertThat(LinearPattern.compile("a+b").matcher("aac").matches()).isFalse();
        assertThat(LinearPattern.exprRegexNodeCompilePattern("a+b")
                        .matcher("aab")
                        .matches())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"(?=a)b", "(a{100}){100}", "("})
    @DisplayName("for patterns: none that RE2 does not take, or that is written out to a large program")
    void noPattern(String expression) {
        assertThatThrownBy(() -> LinearPattern.compile(expression))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("The expression ");
    }

    @Test
    @DisplayName("for time: what a thread has worked grows while it works")
    void time() {
        long before = ThreadTime.used();
        double sum = 0;
        while (ThreadTime.used() <= before && sum < 1e9) {
            sum += Math.sqrt(sum) + 1;
        }
        assertThat(ThreadTime.used()).isGreaterThan(before);
        assertThat(before).isPositive();
    }
}
