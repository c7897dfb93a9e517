package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.espertech.esper.compiler.client.EPCompileException;
import dev.vaultwatch.engine.gate.UngatedEsper;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The window that shows the first event of each group, as Esper is told of it")
class FirstOfGroupTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "1", "'upn', 'vault'"})
    @DisplayName("takes one text, and nothing else")
    void parameters(String given) {
        assertThatThrownBy(() -> UngatedEsper.compile(
                        "select upn from KeyVaultEvent.vaultwatch:first_of_group(" + given + ")",
                        EsperConfiguration.create()))
                .isInstanceOf(EPCompileException.class)
                .hasStackTraceContaining("first_of_group takes one text, the names of the grouping key's properties");
    }

    @Test
    @DisplayName("is made for the event's properties, and for nothing that it does not have")
    void properties() {
        FirstOfGroup.Factory factory = new FirstOfGroup.Factory();
        factory.setProperties("upn,vault");

        assertThatThrownBy(() -> factory.setProperties("upn,upm")).isInstanceOf(NoSuchElementException.class);
        assertThatThrownBy(() -> factory.setProperties("upn,")).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    @DisplayName("goes by the name that the configuration gives it")
    void name() {
        assertThat(new FirstOfGroup.Factory().getViewName()).isEqualTo(FirstOfGroup.NAME);
        assertThat(new FirstOfGroupForge().getViewName()).isEqualTo(FirstOfGroup.NAME);
    }
}
