package dev.vaultwatch.decode.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("Kinds of text, by a line")
class LineKindTest {

    @ParameterizedTest
    @CsvSource(delimiter = '#', textBlock = """
            CEF:0|Microsoft|KeyVault|1.0|x|y|3|z=1 # CEF
            <134>Nov  3 hub LEEF:2.0|a|b|c|d # LEEF
            <Event xmlns="urn:x"> # XML
            +----+----+ # TABLE
            OperationName : SecretGet # LIST
            "time": x # YAML
            time=1 operation=2 # PAIRS
            1;2;3;4 # ROW
            """)
    @DisplayName("is told without the white space around it")
    void kinds(String line, LineKind kind) {
        assertThat(LineKind.of("\t" + line + "\r\n")).contains(kind);
    }

    @Test
    @DisplayName("has a sentence on what it is and one on what to do; other lines are of no kind")
    void sentence() {
        assertThat(LineKind.CEF.sentence()).isEqualTo("This is CEF. Send the Key Vault record itself, as JSON.");
        assertThat(LineKind.of("something else")).isEmpty();
        assertThat(LineKind.of("{\"a\": 1, \"b\": 2, \"c\": 3, \"d\": 4}")).isEmpty();
    }
}
