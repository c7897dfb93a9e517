package dev.vaultwatch.detect;

import dev.vaultwatch.api.TracedEvent.Fate;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.Optional;
import java.util.Set;

/** Says of one rule what becomes of each event that is offered to it, and why. */
final class Trace {
    /** Of no rule. */
    static final Trace NONE = new Trace("", (rule, event, fate, reason) -> {});

    private final String ruleId;
    private final Tracer told;

    Trace(String ruleId, Tracer told) {
        this.ruleId = ruleId;
        this.told = told;
    }

    /** An event was offered to a rule. */
    void offered(Track track, KeyVaultEvent event, Track.Outcome outcome) {
        if (!ruleId.equals(track.ruleId())) {
            return;
        }
        CompiledRule rule = track.compiled;
        switch (outcome) {
            case TAKEN -> told.traced(rule, event, Fate.GIVEN, "");
            case REOPENED, COUNTED_AGAIN -> told.traced(rule, event, Fate.GIVEN_LATE, "");
            case COUNTED, LIMITED -> told.traced(rule, event, Fate.CUT, "");
            case LATE -> told.traced(rule, event, Fate.LATE, "");
            case UNWANTED -> unwanted(rule, event);
        }
    }

    private void unwanted(CompiledRule rule, KeyVaultEvent event) {
        Optional<Set<String>> actions = rule.shape().actions();
        if (actions.isPresent() && !actions.get().contains(event.action())) {
            told.traced(rule, event, Fate.OTHER_ACTION, "");
            return;
        }
        for (Property property : rule.shape().required()) {
            if (property.get(event) == null) {
                told.traced(rule, event, Fate.INCOMPLETE, property.epl());
                return;
            }
        }
        told.traced(rule, event, Fate.EXCEPTED, rule.excludedBy(event).orElse(""));
    }
}
