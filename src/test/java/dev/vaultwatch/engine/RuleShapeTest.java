package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.MALLORY;
import static dev.vaultwatch.engine.Events.read;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Rule;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read off a rule. */
class RuleShapeTest {
    private static RuleShape shape(String filter, String having) {
        return shape(Rules.of(
                "shaped",
                "create constant variable int least = 7;\n@name('alert') select upn, count(*) as n from KeyVaultEvent"
                        + filter + "#time_batch(1 min, 0L) group by upn" + (having.isEmpty() ? "" : " having ") + having
                        + ";"));
    }

    private static RuleShape shape(Rule rule) {
        return Rules.compile(rule).rules().get(0).shape();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                count(*) >= 10                                    | 10
                10 <= count(*)                                    | 10
                count(*) > 10                                     | 11
                10 < count(*)                                     | 11
                count(*) = 10                                     | 10
                10 = count(*)                                     | 10
                count(*) >= least                                 | 7
                least <= count(*)                                 | 7
                count(*) >= 3 and count(*) >= 10                  | 10
                count(distinct vault) >= 4                        | 4
                4 < count(distinct vault)                         | 5
                count(*) >= 10 or count(distinct action) >= 2     | 1
                not count(*) < 10                                 | 1
                count(*) <= 10                                    | 1
                10 >= count(*)                                    | 1
                10 > count(*)                                     | 1
                count(*) != 10                                    | 1
                count(vault) >= 10                                | 1
                count(*, vault = 'v') >= 10                       | 1
                sum(httpStatus) >= 10                             | 1
                count(*) >= 0                                     | 1
                count(*) >= -5                                    | 1
                """)
    @DisplayName("The least number of events is read off having, whichever side the number stands on")
    void minEvents(String having, int least) {
        assertThat(shape("", having).minEvents()).isEqualTo(least);
    }

    @Test
    @DisplayName("Properties that the filter compares with constants are required")
    void required() {
        assertThat(shape("(upn is not null, httpStatus >= 400, vault in ('a', 'b'), city != 'x')", "")
                        .required())
                .containsExactlyInAnyOrder(Property.UPN, Property.HTTP_STATUS, Property.VAULT, Property.CITY);
        assertThat(shape("(upn is null, httpStatus is 400, vault not in ('a'), region = country)", "")
                        .required())
                .isEmpty();
        assertThat(shape("(upn is not null or vault = 'a')", "").required()).isEmpty();
    }

    @Test
    @DisplayName("An event without a required property, or with another action, can't match")
    void mayMatch() {
        RuleShape shape = shape("(action in ('SecretGet'), upn is not null)", "");

        assertThat(shape.mayMatch(read(0, "SecretGet", MALLORY))).isTrue();
        assertThat(shape.mayMatch(read(0, "KeyGet", MALLORY))).isFalse();
        assertThat(shape.mayMatch(read(0, "SecretGet", null))).isFalse();
    }

    @Test
    @DisplayName("The shipped rule can be counted exactly, by key and action")
    void shipped() {
        RuleShape shape = shape(Rules.shipped());

        assertThat(shape.countable()).isTrue();
        assertThat(shape.minEvents()).isEqualTo(10);
        assertThat(shape.required()).isEqualTo(Set.of(Property.ACTION, Property.UPN));
        assertThat(shape.actions())
                .hasValueSatisfying(actions -> assertThat(actions).hasSize(20));
    }

    @ParameterizedTest
    @ValueSource(strings = {"count(distinct vault) >= 2", "max(httpStatus) > 2", "count(*) >= 1 or upn is null"})
    @DisplayName("A rule whose condition asks for more than counts can't be counted")
    void notCountable(String having) {
        assertThat(shape("(action = 'SecretGet', upn is not null)", having).countable())
                .isFalse();
    }

    @Test
    @DisplayName("A rule whose filter asks for more than action and key can't be counted")
    void notCountableByFilter() {
        assertThat(shape("(action = 'SecretGet', httpStatus = 200)", "count(*) > 1")
                        .countable())
                .isFalse();
        assertThat(shape("(action = 'SecretGet', vault is not null)", "count(*) > 1")
                        .countable())
                .isFalse();
        assertThat(shape("(action = 'SecretGet')", "count(*) > 1").countable()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "@name('alert') select upn, (select count(*) from KeyVaultEvent(action = 'KeyGet')#length(9)) as x"
                        + " from KeyVaultEvent(action = 'SecretGet')#time_batch(1 min, 0L) group by upn having count(*) > 9;",
                "insert into Reads select * from KeyVaultEvent;\n@name('alert') select upn, count(*) as n"
                        + " from Reads#time_batch(1 min, 0L) group by upn having count(*) > 9;"
            })
    @DisplayName("Where another statement or a subquery reads events, nothing is held back")
    void unsafe(String epl) {
        RuleShape shape = shape(Rules.of("unsafe", epl));

        assertThat(shape.minEvents()).isEqualTo(1);
        assertThat(shape.countable()).isFalse();
        assertThat(shape.mayMatch(read(0, "Another", null))).isTrue();
    }
}
