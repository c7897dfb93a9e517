package dev.vaultwatch.fuzz;

import dev.vaultwatch.fuzz.FuzzRule.Kind;
import dev.vaultwatch.fuzz.Generator.Theme;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Draws rules, and changes of their thresholds. */
public final class RuleDice {
    private RuleDice() {}

    static List<FuzzRule> rules(Dice dice, Theme theme) {
        if (theme != Theme.RULES) {
            return List.of(FuzzRule.shipped(dice.oneOf(3, 4, 6, 10), dice.oneOf(1, 2, 2)));
        }
        List<FuzzRule> rules = new ArrayList<>();
        rules.add(rule("random-one", Kind.TUMBLING, dice));
        if (dice.oneIn(3)) {
            rules.add(dice.coin() ? FuzzRule.shipped(3 + dice.below(8), 2) : rule("random-two", Kind.TUMBLING, dice));
        }
        return List.copyOf(rules);
    }

    /** A rule of which all but the kind is drawn. */
    public static FuzzRule rule(String id, Kind kind, Dice dice) {
        List<String> key = dice.oneOf(
                List.of("upn"),
                List.of("objectId"),
                List.of("vault"),
                List.of("sourceIp"),
                List.of("upn", "vault"),
                List.of("sourceIp", "vault"),
                List.of("objectId", "sourceIp"));
        long length = kind == Kind.TUMBLING
                ? dice.oneOf(1L, 10L, 60L, 60L, 90L, 300L, 3_600L, 86_400L) * 1_000
                : (1 + dice.below(dice.coin() ? 90 : 10)) * 1_000L;
        Set<String> actions = dice.oneOf(
                Set.of("SecretGet"),
                Set.of("SecretGet", "SecretList"),
                Set.of("SecretGet", "SecretList", "KeyGet", "CertificateGet"));
        int least = 1 + dice.below(8);
        String distinct = dice.oneOf("action", "vault", "sourceIp", "upn");
        int leastDistinct = 1 + dice.below(2);
        boolean others = kind != Kind.TUMBLING;
        return new FuzzRule(
                id,
                kind,
                key,
                length,
                others ? length + dice.below(60) * 1_000L : 0,
                actions,
                least,
                distinct,
                leastDistinct,
                !others || dice.coin(),
                100);
    }

    /** The same rules with other thresholds. */
    public static List<FuzzRule> changed(List<FuzzRule> rules, Dice dice) {
        return rules.stream()
                .map(rule -> rule.with(Math.max(1, rule.least() + dice.below(5) - 2), 1 + dice.below(2)))
                .toList();
    }
}
