package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.rule.Rule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which events need not be built: yes too often is slow, no too often is blind. */
class WantedActionsTest {

    @ParameterizedTest
    @ValueSource(strings = {"VaultGet", "SecretGet", "KeyListVersions", "CertificateIssuersList"})
    void givenTheShippedRuleWhenAskedForAnActionItListsThenItIsWanted(String action) {
        assertThat(Rules.compile(Rules.shipped()).wants(action)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SecretSet", "secretget", "SecretGet ", "Authentication", ""})
    void givenTheShippedRuleWhenAskedForAnotherActionThenItIsNot(String action) {
        assertThat(Rules.compile(Rules.shipped()).wants(action)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(action = 'SecretGet')",
                "('SecretGet' = action)",
                "(action in ('SecretGet'))",
                "(action in ('SecretGet', 'KeyGet'), upn is not null)",
                "(upn is not null, action = 'SecretGet')",
                "(upn is not null and vault is not null and action = 'SecretGet')"
            })
    void givenAFilterThatListsActionsWhenAskedThenOnlyThoseAreWanted(String filter) {
        CompiledRules rules = Rules.compile(filtered(filter));

        assertThat(rules.wants("SecretGet")).isTrue();
        assertThat(rules.wants("Another")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "(upn is not null)",
                "(action not in ('SecretGet'))",
                "(action != 'SecretGet')",
                "(not (action = 'SecretGet'))",
                "(action = 'SecretGet' or upn = 'mallory')",
                "(action like 'Another%')",
                "(action is 'Another')",
                "(action = upn)",
                "(action in ('SecretGet', upn))",
                "(vault = 'SecretGet')",
                "(action.toLowerCase() = 'another')"
            })
    void givenAFilterThatDoesNotPlainlyListActionsWhenAskedThenEveryActionIsWanted(String filter) {
        assertThat(Rules.compile(filtered(filter)).wants("Another")).isTrue();
    }

    @Test
    void givenAListInAVariableWhenAskedThenEveryActionIsWanted() {
        Rule rule = Rules.of(
                "variable",
                "create constant variable string wanted = 'Another';\n"
                        + filtered("(action = wanted)").epl());

        assertThat(Rules.compile(rule).wants("Another")).isTrue();
    }

    @Test
    void givenTwoRulesWhenAskedThenWhatEitherListsIsWanted() {
        CompiledRules rules =
                Rules.compile(filtered("first", "(action = 'SecretGet')"), filtered("second", "(action = 'KeyGet')"));

        assertThat(rules.wants("SecretGet")).isTrue();
        assertThat(rules.wants("KeyGet")).isTrue();
        assertThat(rules.wants("Another")).isFalse();
    }

    @Test
    void givenARuleThatListsAndOneThatDoesNotWhenAskedThenEveryActionIsWanted() {
        CompiledRules rules = Rules.compile(filtered("first", "(action = 'SecretGet')"), filtered("second", ""));

        assertThat(rules.wants("Another")).isTrue();
    }

    @Test
    void givenASubqueryThatReadsOtherEventsWhenAskedThenTheirActionsAreWanted() {
        Rule rule = Rules.of(
                "subquery",
                "@name('alert') select upn, (select count(*) from KeyVaultEvent(action = 'Another')#length(9)) as n"
                        + " from KeyVaultEvent(action = 'SecretGet')#time_batch(1 min, 0L) group by upn;");

        assertThat(Rules.compile(rule).wants("Another")).isTrue();
    }

    private static Rule filtered(String filter) {
        return filtered("filtered", filter);
    }

    private static Rule filtered(String id, String filter) {
        return Rules.of(
                id,
                "@name('alert') select upn, count(*) as n from KeyVaultEvent" + filter
                        + "#time_batch(1 min, 0L) group by upn;");
    }
}
