package dev.vaultwatch.detect;

import dev.vaultwatch.api.TracedEvent;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.event.KeyVaultEvent;
import java.util.List;

/** Is told what became of each event on its way to one rule, under the lock. */
public interface Tracer {
    /** One event that was offered to the rule. */
    void traced(CompiledRule rule, KeyVaultEvent event, TracedEvent.Fate fate, String reason);

    /** Keeps the events that were traced, for tools in this jar: {@code api} has them without their confidential values. */
    interface Traces {
        /** The events, in the order in which they were traced; a copy. */
        List<KeyVaultEvent> tracedEvents();
    }
}
