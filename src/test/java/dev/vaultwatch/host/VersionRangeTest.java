package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VersionRangeTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[0.1,0.2) | 0.1.0 | true", "[0.1,0.2) | 0.1.99 | true", "[0.1,0.2) | 0.2.0 | false",
                "[0.1,0.2) | 0.0.9 | false", "(0.1,0.2] | 0.1.0 | false", "(0.1,0.2] | 0.2 | true",
                "[1,)      | 12.3  | true", "(,2)      | 1.9.9 | true", "(,2)      | 2.0   | false",
                "[0.9,0.10] | 0.10 | true"
            })
    void givenARangeThenItHoldsWhatItSays(String range, String version, boolean inside) {
        assertThat(VersionRange.parse(range).orElseThrow().contains(version)).isEqualTo(inside);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0.1", "[0.1]", "[0.1,0.2", "[a,b)", "[0.1-beta,1)", "^0.1", "[1..2,3)"})
    void givenWhatIsNoRangeThenNoneIsRead(String text) {
        assertThat(VersionRange.parse(text)).isEmpty();
    }
}
