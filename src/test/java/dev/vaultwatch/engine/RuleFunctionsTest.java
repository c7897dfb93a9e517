package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The functions that rules get from us")
class RuleFunctionsTest {
    @Test
    @DisplayName("lower: the text in lower case whatever the machine's language, and nothing for nothing")
    void lower() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("tr"));
            assertThat(RuleFunctions.lower("INVITED")).isEqualTo("invited");
        } finally {
            Locale.setDefault(before);
        }
        assertThat(RuleFunctions.lower(null)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3, 10.0.0.0/8, true",
        "11.1.2.3, 10.0.0.0/8, false",
        "::ffff:10.1.2.3, 10.0.0.0/8, true",
        "2001:db8::1, 2001:db8::/32, true",
        "2001:db9::1, 2001:db8::/32, false",
        "no address, 10.0.0.0/8, false",
        ", 10.0.0.0/8, false",
    })
    @DisplayName("cidr_match: whether an address is in a network; what is none is in no network")
    void cidrMatch(String address, String network, boolean expected) {
        assertThat(RuleFunctions.cidrMatch(address, network)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0", "10.0.0.0/33", "/8", "office"})
    @DisplayName("cidr_match: a network that is none is an error, whatever the address")
    void noNetwork(String network) {
        assertThatThrownBy(() -> RuleFunctions.cidrMatch("10.0.0.1", network))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'" + network + "' is no network; expected one such as '10.0.0.0/8' or '2001:db8::/32'");
        assertThatThrownBy(() -> RuleFunctions.cidrMatch(null, network)).isInstanceOf(IllegalArgumentException.class);
    }
}
