package dev.vaultwatch.api;

import java.util.Map;
import java.util.Optional;

/**
 * Adds to an event what its record does not say: where an address lies, whose machine it is, what team a user belongs to. What it
 * adds is kept with the event, so that a replay of the journal says the same, whatever the enricher would say by then.
 *
 * <p>Called for each event that a rule may want, before rules and journal see it, by the thread that feeds the plugin, and by several
 * at a time: an enricher is thread-safe and answers in microseconds. One that asks a network service must answer from a cache of its
 * own. It may be asked again about one event if rules change at that moment. What it throws is caught, counted
 * ({@link Counter#ENRICHER_FAILURES}) and said in a notice ({@link Notice.Kind#ENRICHMENT}) for the 1st, 10th, 100th … time; the event
 * goes on without it.
 *
 * <p>{@link KeyReader} sees records without what enrichers add, so a rule that groups by such a field can't be split over instances.
 */
@FunctionalInterface
public interface Enricher {

    /**
     * What to add.
     *
     * @return ECS field name to value, as text; a field that the event has already is left as it is, and one that no rule can see
     *     is ignored and said once in the log. Empty if there is nothing to add.
     */
    Map<String, String> enrich(Event event);

    /** An event as an enricher sees it. Valid during the call. */
    @FunctionalInterface
    interface Event {

        /**
         * A field's value as text, such as that of {@code source.ip}; empty if the event has none.
         *
         * @param ecsName a field's name in the Elastic Common Schema or the Azure integration, as alerts and the guide use it
         */
        Optional<String> get(String ecsName);
    }
}
