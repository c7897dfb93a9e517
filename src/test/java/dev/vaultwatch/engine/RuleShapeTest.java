package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.MALLORY;
import static dev.vaultwatch.engine.Events.read;
import static org.assertj.core.api.Assertions.assertThat;

import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
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

    /** As the compiler reads it; the rule is parsed, and not compiled. */
    private static RuleShape shape(Rule rule) {
        List<EPStatementObjectModel> models = Rules.models(rule);
        EPStatementObjectModel alert = models.stream()
                .filter(model -> Models.isNamed(model, "alert"))
                .findFirst()
                .orElseThrow();
        return RuleShape.of(rule, alert, models);
    }

    private static Rule ordered(String epl) {
        return Rules.of("ordered", epl).toBuilder()
                .window(new Window.Ordered(Duration.ofMinutes(5), Duration.ofMinutes(5)))
                .build();
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
                count(*) >= 1                                     | 1
                count(*) > 0                                      | 1
                count(*) >= 2147483647                            | 2147483647
                count(*) >= 2147483648L                           | 2147483647
                count(*) > 9223372036854775807L                   | 1
                count(*) > 9223372036854775806L                   | 2147483647
                count(*) >= 10.0                                  | 1
                count(*) >= unknown                               | 1
                count(*) >= httpStatus                            | 1
                count(*) >= count(distinct vault)                 | 1
                count(distinct vault, httpStatus = 1) >= 4        | 1
                10 > least                                        | 1
                count(*) + 1 >= 10                                | 1
                count(*) >= 10 and upn is not null                | 10
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

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                httpStatus = 1            | true
                httpStatus != 1           | true
                httpStatus < 1            | true
                httpStatus <= 1           | true
                httpStatus > 1            | true
                httpStatus >= 1           | true
                httpStatus in (1, 2)      | true
                httpStatus is not null    | true
                httpStatus is 1           | false
                httpStatus is not 1       | false
                httpStatus is null        | false
                httpStatus in (1, null)   | false
                httpStatus not in (1, 2)  | false
                httpStatus = null         | false
                httpStatus = durationMs   | false
                httpStatus between 1 and 2 | false
                """)
    @DisplayName("A property is required by what an absent one can't fulfil, and only where that is plain")
    void requiredBy(String condition, boolean required) {
        assertThat(shape("(" + condition + ")", "").required().contains(Property.HTTP_STATUS))
                .isEqualTo(required);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                action = 'A'                           | A
                'A' = action                           | A
                action in ('A', 'B')                   | A B
                action = 'A' and vault = 'v'           | A
                vault = 'v', action in ('A', 'B')      | A B
                vault = 'A'                            |
                'A' = vault                            |
                vault in ('A')                         |
                action in ('A', 'B') and action in ('B', 'C') | B
                action in ('A', 'B') and upn is not null and action = 'B' | B
                action != 'A'                          |
                action is 'A'                          |
                action not in ('A')                    |
                action in ('A', vault)                 |
                action in ('A', null)                  |
                action = vault                         |
                action = 'A' or vault = 'v'            |
                not action = 'A'                       |
                'A' in (action, vault)                 |
                action > 'A'                           |
                """)
    @DisplayName("The actions of a rule are those that its filter lists, and any where it does not plainly list them")
    void actions(String filter, @Nullable String actions) {
        Optional<Set<String>> expected = Optional.ofNullable(actions).map(names -> Set.of(names.split(" ")));

        assertThat(shape("(" + filter + ")", "").actions()).isEqualTo(expected);
    }

    @Test
    @DisplayName("A pattern can use what any of its atoms can use, and requires what all of them require")
    void pattern() {
        RuleShape shape = shape(ordered("@name('alert') select a.upn as upn from pattern [every"
                + " a=KeyVaultEvent(action = 'SecretList', upn is not null, vault is not null) ->"
                + " b=KeyVaultEvent(action = 'SecretGet', upn is not null)];"));

        assertThat(shape.actions()).contains(Set.of("SecretList", "SecretGet"));
        assertThat(shape.required()).containsExactlyInAnyOrder(Property.ACTION, Property.UPN);
        assertThat(shape.minEvents()).isEqualTo(1);
        assertThat(shape.countable()).isFalse();
        assertThat(shape.reads()).containsAll(Property.all());
        assertThat(shape(ordered("@name('alert') select a.upn as upn from pattern [every"
                                + " a=KeyVaultEvent(action = 'SecretList') -> b=KeyVaultEvent];"))
                        .actions())
                .as("one of the atoms can use any")
                .isEmpty();
    }

    @Test
    @DisplayName("What an atom of a pattern asks of an earlier event is asked of no event that it waits for")
    void earlierEvent() {
        RuleShape shape = shape(
                ordered(
                        "@name('alert') select a.upn as upn from pattern [every"
                                + " a=KeyVaultEvent(action in ('SecretList', 'KeyList'), upn is not null) -> (b=KeyVaultEvent("
                                + "a.action = 'SecretList', action = 'SecretGet', vault = a.vault, a.upn != 'x', a.sourceIp is not null)"
                                + " or c=KeyVaultEvent(a.action in ('KeyList'), action in ('KeyGet'), vault = a.vault, a.upn in ('y')))];"));

        assertThat(shape.actions()).contains(Set.of("SecretList", "KeyList", "SecretGet", "KeyGet"));
        assertThat(shape.required()).containsExactly(Property.ACTION);
        assertThat(shape.mayMatch(KeyVaultEvent.bare(0, "SecretGet", null))).isTrue();
    }

    @Test
    @DisplayName("Of a join, nothing is counted; it can use what either stream can use")
    void join() {
        RuleShape shape = shape(ordered("@name('alert') select a.upn as upn, count(*) as n"
                + " from KeyVaultEvent(action = 'A')#length(9) as a, KeyVaultEvent(action = 'B')#length(9) as b"
                + " where a.upn = b.upn group by a.upn having count(*) > 9;"));

        assertThat(shape.actions()).contains(Set.of("A", "B"));
        assertThat(shape.minEvents()).isEqualTo(1);
        assertThat(shape.countable()).isFalse();
        assertThat(shape.reads()).containsAll(Property.all());
    }

    @Test
    @DisplayName("Only in windows of a fixed length is a threshold the least number of events")
    void windows() {
        String epl = "@name('alert') select upn, count(*) as n from KeyVaultEvent(action = 'A')%s"
                + " group by upn having count(*) > 9;";
        Rule tumbling = Rules.of("r", epl.formatted("#time_batch(1 min, 0L)"));
        Rule single = Rules.of("r", epl.formatted("")).toBuilder()
                .window(new Window.Single())
                .build();

        assertThat(shape(tumbling).minEvents()).isEqualTo(10);
        assertThat(shape(tumbling).countable()).isTrue();
        assertThat(shape(tumbling).reads()).doesNotContain(Property.VAULT);
        assertThat(shape(ordered(epl.formatted("#time(1 min)"))).minEvents()).isEqualTo(1);
        assertThat(shape(ordered(epl.formatted("#time(1 min)"))).countable()).isFalse();
        assertThat(shape(ordered(epl.formatted("#time(1 min)"))).reads()).doesNotContain(Property.VAULT);
        assertThat(shape(single).minEvents()).isEqualTo(1);
        assertThat(shape(single).countable()).isFalse();
        assertThat(shape(single).reads()).containsAll(Property.all());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "@name('alert') select upn, count(*) as n from KeyVaultEvent(action = 'A')#time_batch(1 min, 0L)"
                        + " where vault = 'v' group by upn having count(*) > 9;",
                "@name('alert') select upn, count(*) as n from KeyVaultEvent(action = 'A')#time_batch(1 min, 0L)"
                        + " group by upn having count(*) > 9 limit 1;",
                "@name('alert') select upn, count(*) as n from KeyVaultEvent(action = 'A')#time_batch(1 min, 0L)"
                        + " group by upn having count(*) > httpStatus;",
                "@name('alert') select upn, count(*) as n from KeyVaultEvent(action = 'A')#time_batch(1 min, 0L)"
                        + " group by upn having max(httpStatus) > count(distinct vault);",
                "@name('alert') select upn, count(*) as n from KeyVaultEvent(action = 'A', vault is not 'v')"
                        + "#time_batch(1 min, 0L) group by upn having count(*) > 9;"
            })
    @DisplayName("A rule that selects among the events or groups that were counted can't be counted")
    void notCountableByText(String epl) {
        assertThat(shape(Rules.of("r", epl)).countable()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "count(*) > 9",
                "9 < count(*)",
                "count(*) > least",
                "count(distinct action) > 2",
                "count(*) > 9 and count(distinct action) > 2"
            })
    @DisplayName("A rule that asks for numbers of events and of actions can be counted")
    void countableByHaving(String having) {
        assertThat(shape("(action = 'A', upn is not null)", having).countable()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                select upn, count(*) as n from KeyVaultEvent#time_batch(1 min, 0L) group by upn                     | tenant upn
                select vault, max(httpStatus) as n from KeyVaultEvent#time_batch(1 min, 0L) group by vault          | httpStatus tenant upn vault
                select upn from KeyVaultEvent#time_batch(1 min, 0L) group by upn having count(distinct city) > 1    | city tenant upn
                """)
    @DisplayName("It reads the properties that its text names, and those of its key; with a user's name, the tenant")
    void reads(String select, String names) {
        assertThat(shape(Rules.of("r", "@name('alert') " + select + ";")).reads())
                .extracting(Property::epl)
                .containsExactlyInAnyOrder(names.split(" "));
    }

    @Test
    @DisplayName("Without a user's name it reads no tenant")
    void readsNoTenant() {
        Rule rule = Rules.of(
                        "r",
                        "@name('alert') select vault, count(*) as n from KeyVaultEvent#time_batch(1 min, 0L) group by vault;")
                .toBuilder()
                .key(GroupingKey.of(Property.VAULT))
                .build();

        assertThat(shape(rule).reads()).containsExactly(Property.VAULT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select upn, window(*) as n from KeyVaultEvent#time_batch(1 min, 0L) group by upn",
                "select e.upn as upn, last(e) as n from KeyVaultEvent#time_batch(1 min, 0L) as e group by e.upn",
                "select upn, 2 * count(*) as n from KeyVaultEvent#time_batch(1 min, 0L) group by upn",
                "select * from KeyVaultEvent match_recognize (partition by upn measures A.upn as upn pattern (A)"
                        + " define A as A.action = 'x')"
            })
    @DisplayName("What may look at an event as a whole reads all properties")
    void readsAll(String select) {
        assertThat(shape(Rules.of("r", "@name('alert') " + select + ";")).reads())
                .containsAll(Property.all());
    }

    @Test
    @DisplayName("It is known whether any of a rule's statements names the tenant")
    void asksForTenant() {
        assertThat(shape("(tenant = 't')", "").asksForTenant()).isTrue();
        assertThat(shape("(upn = 'tenants')", "").asksForTenant()).isFalse();
        assertThat(shape(Rules.of(
                                "r",
                                "insert into Reads select upn, tenant from KeyVaultEvent;\n@name('alert') select upn"
                                        + " from Reads#time_batch(1 min, 0L) group by upn;"))
                        .asksForTenant())
                .isTrue();
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

        assertThat(shape.reads()).containsAll(Property.all());
        assertThat(shape.minEvents()).isEqualTo(1);
        assertThat(shape.countable()).isFalse();
        assertThat(shape.mayMatch(read(0, "Another", null))).isTrue();
    }
}
