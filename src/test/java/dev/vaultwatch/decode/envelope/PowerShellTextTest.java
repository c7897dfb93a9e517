package dev.vaultwatch.decode.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("What PowerShell writes for an object that lies too deep")
class PowerShellTextTest {

    @Test
    @DisplayName("members by their names, in order; a value may hold semicolons and equals signs")
    void members() {
        assertThat(PowerShellText.members("@{upn=a@b; oid=1; note=x; y = z; http://x/name=n}"))
                .containsExactly(
                        Map.entry("upn", "a@b"),
                        Map.entry("oid", "1"),
                        Map.entry("note", "x; y = z"),
                        Map.entry("http://x/name", "n"));
        assertThat(PowerShellText.members("@{a=b=c}")).containsExactly(Map.entry("a", "b=c"));
        assertThat(PowerShellText.members("@{a=1}")).containsExactly(Map.entry("a", "1"));
    }

    @Test
    @DisplayName("what is lost or empty is no member")
    void lost() {
        assertThat(PowerShellText.members("@{a=System.Object[]; b=; c=System.Collections.Hashtable; d=1}"))
                .containsExactly(Map.entry("d", "1"));
        assertThat(PowerShellText.members("@{=1}")).isEmpty();
        assertThat(PowerShellText.members("@{a}")).isEmpty();
        assertThat(PowerShellText.members("@{}")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a=1", "{a=1}", "@{a=1", "a=1}", "x@{a=1}", "@{a=1}x"})
    @DisplayName("any other text has none")
    void others(String text) {
        assertThat(PowerShellText.members(text)).isEmpty();
    }
}
