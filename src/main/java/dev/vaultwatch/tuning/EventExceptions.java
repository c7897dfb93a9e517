package dev.vaultwatch.tuning;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.rule.Fingerprints;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Which events don't count towards which rule. An exception applies by the event's own time, so that a replay gives the same
 * alerts. Immutable; any thread may ask.
 */
public final class EventExceptions {
    private static final EventExceptions NONE = new EventExceptions(Map.of());

    private final Map<String, OfRule> byRule;

    /** Those of one rule. Equal if the same events are left out by the same exceptions: what else is said of these does not matter. */
    private record OfRule(List<Exemption> exemptions) implements Function<KeyVaultEvent, Optional<String>> {
        private OfRule {
            exemptions = exemptions.stream()
                    .map(each -> new Exemption(each.id(), each.on(), each.where(), "", "", each.until(), ""))
                    .toList();
        }

        @Override
        public Optional<String> apply(KeyVaultEvent event) {
            for (Exemption each : exemptions) {
                if (each.appliesAt(event.time()) && each.where().hold(event)) {
                    return Optional.of(each.id());
                }
            }
            return Optional.empty();
        }

        @Override
        public String toString() {
            List<String> texts = new ArrayList<>();
            exemptions.forEach(each -> texts.addAll(
                    List.of(each.id(), each.where().text(), each.until().toString())));
            return Fingerprints.of(texts);
        }
    }

    private EventExceptions(Map<String, OfRule> byRule) {
        this.byRule = Map.copyOf(byRule);
    }

    /** No exception for any rule. */
    public static EventExceptions none() {
        return NONE;
    }

    static EventExceptions of(Map<String, RuleTuning> tunings) {
        Map<String, OfRule> byRule = new HashMap<>();
        tunings.forEach((rule, tuning) -> {
            List<Exemption> its = tuning.exemptions().stream()
                    .filter(each -> each.on() == Exemption.On.EVENTS)
                    .toList();
            if (!its.isEmpty()) {
                byRule.put(rule, new OfRule(its));
            }
        });
        return byRule.isEmpty() ? NONE : new EventExceptions(byRule);
    }

    /**
     * What gives the id of the exception by which an event does not count towards the rule; empty if the rule has no exception on
     * events. Equal to another that leaves out the same events by the same exceptions, and of the same text, on every machine.
     */
    public Optional<Function<KeyVaultEvent, Optional<String>>> of(String ruleId) {
        return Optional.ofNullable(byRule.get(ruleId));
    }
}
