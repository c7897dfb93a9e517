package dev.vaultwatch.fuzz;

import dev.vaultwatch.fuzz.Generator.Dice;
import dev.vaultwatch.fuzz.Generator.Theme;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Draws rules, and changes of their thresholds. */
final class RuleDice {
    private RuleDice() {}

    static List<FuzzRule> rules(Dice dice, Theme theme) {
        if (theme != Theme.RULES) {
            return List.of(FuzzRule.shipped(dice.oneOf(3, 4, 6, 10), dice.oneOf(1, 2, 2)));
        }
        List<FuzzRule> rules = new ArrayList<>();
        rules.add(rule("random-one", dice));
        if (dice.oneIn(3)) {
            rules.add(dice.coin() ? FuzzRule.shipped(3 + dice.below(8), 2) : rule("random-two", dice));
        }
        return List.copyOf(rules);
    }

    private static FuzzRule rule(String id, Dice dice) {
        List<String> key = dice.oneOf(
                List.of("upn"),
                List.of("objectId"),
                List.of("vault"),
                List.of("sourceIp"),
                List.of("upn", "vault"),
                List.of("sourceIp", "vault"),
                List.of("objectId", "sourceIp"));
        long length = dice.oneOf(1L, 10L, 60L, 60L, 90L, 300L, 3_600L, 86_400L) * 1_000;
        Set<String> actions = dice.oneOf(
                Set.of("SecretGet"),
                Set.of("SecretGet", "SecretList"),
                Set.of("SecretGet", "SecretList", "KeyGet", "CertificateGet"));
        return new FuzzRule(
                id,
                key,
                length,
                actions,
                1 + dice.below(8),
                dice.oneOf("action", "vault", "sourceIp", "upn"),
                1 + dice.below(2),
                100);
    }

    /** The same rules with other thresholds. */
    static List<FuzzRule> changed(List<FuzzRule> rules, Dice dice) {
        return rules.stream()
                .map(rule -> rule.with(Math.max(1, rule.least() + dice.below(5) - 2), 1 + dice.below(2)))
                .toList();
    }
}
