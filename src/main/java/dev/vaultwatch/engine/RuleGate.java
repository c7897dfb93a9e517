package dev.vaultwatch.engine;

import dev.vaultwatch.event.Property;
import dev.vaultwatch.gate.EplGate;
import dev.vaultwatch.gate.Vocabulary;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The words that the gate knows rules to be made of. */
final class RuleGate {
    private static final Vocabulary VOCABULARY = new Vocabulary(
            EsperConfiguration.EVENT,
            Property.all().stream().map(Property::epl).collect(Collectors.toSet()),
            Property.all().stream()
                    .filter(Property::isConfidential)
                    .map(Property::epl)
                    .collect(Collectors.toSet()),
            Property.all().stream().collect(Collectors.toMap(Property::ecs, Property::epl)),
            Map.of(
                    DistinctFunctions.VALUES,
                    true,
                    DistinctFunctions.COUNT,
                    true,
                    RuleFunctions.LOWER,
                    false,
                    RuleFunctions.CIDR_MATCH,
                    false),
            RuleCompiler.ALERT,
            Set.of(EarlyStatement.NAME, EarlyStatement.WINDOW_END),
            Set.of(
                    "com/google/re2j/Matcher",
                    "dev/vaultwatch/event/KeyVaultEvent",
                    "dev/vaultwatch/engine/DistinctAccessor$Factory",
                    "dev/vaultwatch/engine/FirstOfGroup$Factory",
                    "dev/vaultwatch/engine/GroupEvents$Factory",
                    "dev/vaultwatch/engine/LinearLike",
                    "dev/vaultwatch/engine/LinearPattern",
                    "dev/vaultwatch/engine/RuleFunctions"));

    private RuleGate() {}

    static EplGate with(EplGate.Permissions permissions) {
        return new EplGate(VOCABULARY, permissions);
    }
}
