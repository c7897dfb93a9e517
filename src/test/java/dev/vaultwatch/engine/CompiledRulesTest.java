package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Compiled rules, each and together")
class CompiledRulesTest {
    private static final KeyVaultEvent MALLORYS = Events.read(Events.AT_02_41, "SecretGet", Events.MALLORY);
    private static final KeyVaultEvent TRENTS = Events.read(Events.AT_02_41, "SecretGet", Events.TRENT);

    private static Optional<String> ofMallory(KeyVaultEvent event) {
        return Events.MALLORY.equals(event.upn()) ? Optional.of("break-glass") : Optional.empty();
    }

    private static RuleShape shape(Optional<Set<String>> actions, Property... required) {
        return new RuleShape(
                actions, 1, Set.of(required), false, Set.of(Property.UPN, Property.ACTION), false, false, false);
    }

    private static CompiledRule rule(String id, RuleShape shape) {
        CompiledRule.Unit unit = Rules.uncompiled(Rules.of(id, "select 1"));
        return new CompiledRule(
                new Engines(),
                EsperConfiguration.create(),
                new CompiledRule.Unit(
                        unit.rule(),
                        unit.compiled(),
                        unit.keyColumns(),
                        unit.speaksOnTime(),
                        unit.remembers(),
                        shape,
                        Map.of("least", new Measures.Threshold("n", true, 10)),
                        List.of(new RuleFault(unit.rule().file(), 1, 1, "It is odd.")),
                        true,
                        Map.of()));
    }

    private static final RuleShape GETS_OF_USERS = shape(Optional.of(Set.of("SecretGet")), Property.UPN);

    @Test
    @DisplayName("A rule takes an event that it can use, and no other")
    void takes() {
        CompiledRule rule = rule("a", GETS_OF_USERS);

        assertThat(rule.takes(MALLORYS)).isTrue();
        assertThat(rule.takes(Events.read(Events.AT_02_41, "KeyGet", Events.MALLORY)))
                .isFalse();
        assertThat(rule.takes(Events.read(Events.AT_02_41, "SecretGet", null))).isFalse();
        assertThat(rule.excludesAny()).isFalse();
        assertThat(rule.excludedBy(MALLORYS)).isEmpty();
    }

    @Test
    @DisplayName(
            "An event that the site excludes is not taken, by the name of the exception; the rule itself is unchanged")
    void excluded() {
        CompiledRule rule = rule("a", GETS_OF_USERS);
        CompiledRule excluding = rule.excluding(CompiledRulesTest::ofMallory);

        assertThat(excluding.excludesAny()).isTrue();
        assertThat(excluding.takes(MALLORYS)).isFalse();
        assertThat(excluding.excludedBy(MALLORYS)).contains("break-glass");
        assertThat(excluding.takes(TRENTS)).isTrue();
        assertThat(rule.takes(MALLORYS)).isTrue();
    }

    @Test
    @DisplayName("Exceptions go over to another rule, and are compared")
    void excludedAlike() {
        CompiledRule one = rule("a", GETS_OF_USERS).excluding(CompiledRulesTest::ofMallory);
        CompiledRule other = rule("b", GETS_OF_USERS);
        CompiledRule alike = other.excludingAs(one);

        assertThat(one.excludesAs(other)).isFalse();
        assertThat(one.excludesAs(alike)).isTrue();
        assertThat(alike.takes(MALLORYS)).isFalse();
        assertThat(alike.rule().id()).isEqualTo("b");
        assertThat(alike.excludingAs(other).excludesAny()).isFalse();
    }

    @Test
    @DisplayName("A rule looks at what its text names; with exceptions it may look at everything")
    void reads() {
        CompiledRule rule = rule("a", GETS_OF_USERS);

        assertThat(rule.reads()).containsExactlyInAnyOrder(Property.UPN, Property.ACTION);
        assertThat(rule.excluding(CompiledRulesTest::ofMallory).reads())
                .containsExactlyInAnyOrderElementsOf(Property.all());
    }

    @Test
    @DisplayName("A rule says what was made of it")
    void says() {
        CompiledRule rule = rule("a", GETS_OF_USERS);

        assertThat(rule.shape()).isEqualTo(GETS_OF_USERS);
        assertThat(rule.threshold("least")).contains(new Measures.Threshold("n", true, 10));
        assertThat(rule.threshold("most")).isEmpty();
        assertThat(rule.warnings()).hasSize(1);
        assertThat(rule.fromCache()).isTrue();
        assertThat(new CompiledRule(new Engines(), EsperConfiguration.create(), Rules.uncompiled(rule.rule()))
                        .fromCache())
                .isFalse();
        assertThat(rule.compiled()).isSameAs(rule.unit().compiled());
    }

    @Test
    @DisplayName("A rule makes lanes, each a fresh one")
    void lanes() {
        CompiledRule rule = Rules.compile(Rules.of(
                        "a", "@name('alert') select upn from KeyVaultEvent#time_batch(1 min, 0L) group by upn;"))
                .rules()
                .get(0);
        try (Lane one = rule.newLane();
                Lane other = rule.newLane()) {
            assertThat(one).isNotSameAs(other);
            assertThat(other.rule()).isEqualTo(rule.rule());
        }
    }

    @Test
    @DisplayName("Rules stay in their order, their ids are sorted, and each one's warnings are told")
    void together() {
        CompiledRules rules = new CompiledRules(List.of(rule("b", GETS_OF_USERS), rule("a", GETS_OF_USERS)));

        assertThat(rules.rules()).extracting(each -> each.rule().id()).containsExactly("b", "a");
        assertThat(rules.ids()).containsExactly("a", "b");
        assertThat(rules.warnings()).extracting(RuleFault::file).containsExactly("epl/b/rule.epl", "epl/a/rule.epl");
    }

    @Test
    @DisplayName("The fingerprint is the same in any order, and another for other rules")
    void fingerprint() {
        CompiledRule a = rule("a", GETS_OF_USERS);
        CompiledRule b = rule("b", GETS_OF_USERS);
        String both = new CompiledRules(List.of(a, b)).fingerprint();

        assertThat(both).matches("[0-9a-f]{32}");
        assertThat(new CompiledRules(List.of(b, a)).fingerprint()).isEqualTo(both);
        assertThat(new CompiledRules(List.of(a)).fingerprint()).isNotEqualTo(both);
        assertThat(new CompiledRules(List.of(a, rule("c", GETS_OF_USERS))).fingerprint())
                .isNotEqualTo(both);
    }

    @Test
    @DisplayName("An action is wanted that one of the rules can use; any, if one of them may use any")
    void wants() {
        CompiledRule gets = rule("a", GETS_OF_USERS);
        CompiledRule lists = rule("b", shape(Optional.of(Set.of("SecretList"))));
        CompiledRules both = new CompiledRules(List.of(gets, lists));

        assertThat(both.wants("SecretGet")).isTrue();
        assertThat(both.wants("SecretList")).isTrue();
        assertThat(both.wants("KeyGet")).isFalse();
        assertThat(new CompiledRules(List.of(gets, rule("c", shape(Optional.empty())))).wants("KeyGet"))
                .isTrue();
    }

    @Test
    @DisplayName("A user is needed if each rule needs one")
    void needUpn() {
        CompiledRule users = rule("a", GETS_OF_USERS);
        CompiledRule any = rule("b", shape(Optional.empty()));

        assertThat(new CompiledRules(List.of(users, users)).needUpn()).isTrue();
        assertThat(new CompiledRules(List.of(users, any)).needUpn()).isFalse();
    }

    @Test
    @DisplayName("What all look at is what any looks at, also once a site changes one of them")
    void readsOfAll() {
        RuleShape vaults =
                new RuleShape(Optional.empty(), 1, Set.of(), false, Set.of(Property.VAULT), false, false, false);
        CompiledRules rules = new CompiledRules(List.of(rule("a", GETS_OF_USERS), rule("b", vaults)));

        assertThat(rules.reads()).containsExactlyInAnyOrder(Property.UPN, Property.ACTION, Property.VAULT);

        CompiledRules changed =
                rules.each(each -> each.rule().id().equals("b") ? each.excluding(CompiledRulesTest::ofMallory) : each);

        assertThat(changed.reads()).containsExactlyInAnyOrderElementsOf(Property.all());
        assertThat(changed.rules()).extracting(CompiledRule::excludesAny).containsExactly(false, true);
    }
}
