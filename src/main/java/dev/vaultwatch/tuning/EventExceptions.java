package dev.vaultwatch.tuning;

import dev.vaultwatch.event.KeyVaultEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which events don't count towards which rule. An exception applies by the event's own time, so that a replay gives the same
 * alerts. Immutable; any thread may ask.
 */
public final class EventExceptions {
    private static final EventExceptions NONE = new EventExceptions(Map.of());

    private final Map<String, List<Exemption>> byRule;

    private EventExceptions(Map<String, List<Exemption>> byRule) {
        this.byRule = Map.copyOf(byRule);
    }

    /** No exception for any rule. */
    public static EventExceptions none() {
        return NONE;
    }

    static EventExceptions of(Map<String, RuleTuning> tunings) {
        Map<String, List<Exemption>> byRule = new HashMap<>();
        tunings.forEach((rule, tuning) -> {
            List<Exemption> its = tuning.exemptions().stream()
                    .filter(each -> each.on() == Exemption.On.EVENTS)
                    .toList();
            if (!its.isEmpty()) {
                byRule.put(rule, its);
            }
        });
        return byRule.isEmpty() ? NONE : new EventExceptions(byRule);
    }

    /** Whether the rule has any exception on events: who offers events asks once per rule. */
    public boolean hasAny(String ruleId) {
        return byRule.containsKey(ruleId);
    }

    /** The id of the exception by which the event does not count towards the rule; empty if it counts. */
    public Optional<String> excepts(String ruleId, KeyVaultEvent event) {
        for (Exemption each : byRule.getOrDefault(ruleId, List.of())) {
            if (each.appliesAt(event.time()) && each.where().hold(event)) {
                return Optional.of(each.id());
            }
        }
        return Optional.empty();
    }
}
