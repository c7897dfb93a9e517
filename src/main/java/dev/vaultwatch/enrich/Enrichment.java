package dev.vaultwatch.enrich;

import dev.vaultwatch.api.Enricher;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks enrichers, in order, and adds to an event what it lacks. What a record says is never changed, and an enricher that fails
 * costs its own answer only. Thread-safe.
 */
public final class Enrichment {
    private static final Logger LOG = LoggerFactory.getLogger(Enrichment.class);

    /** Names that were reported as unknown; bounds what an enricher with ever new names can take. */
    private static final int REPORTED = 100;

    private final List<Enricher> enrichers;
    private final LongAdder failures = new LongAdder();
    private final Set<String> reported = ConcurrentHashMap.newKeySet();

    /**
     * Opens the way through some enrichers.
     *
     * @param enrichers asked in this order; what an earlier one added a later one sees and does not change
     */
    public Enrichment(List<Enricher> enrichers) {
        this.enrichers = List.copyOf(enrichers);
    }

    /** The event with what the enrichers add; the same object if that is nothing. */
    public KeyVaultEvent enrich(KeyVaultEvent event) {
        KeyVaultEvent enriched = event;
        for (Enricher enricher : enrichers) {
            enriched = enrich(enriched, enricher);
        }
        return enriched;
    }

    /** Answers that were lost: enrichers that threw, and values that were not of their field's type. */
    public long failures() {
        return failures.sum();
    }

    private KeyVaultEvent enrich(KeyVaultEvent event, Enricher enricher) {
        Map<String, String> added;
        try {
            added = enricher.enrich(name -> Property.ofEcs(name)
                    .flatMap(property -> Optional.ofNullable(property.get(event)))
                    .map(Object::toString));
        } catch (RuntimeException | LinkageError e) {
            countFailure("An enricher failed; events go on without what it would have added.", e);
            return event;
        }
        if (added.isEmpty()) {
            return event;
        }
        KeyVaultEvent.Builder builder = event.toBuilder();
        boolean changed = false;
        for (Map.Entry<String, String> field : added.entrySet()) {
            Optional<Property> property = Property.ofEcs(field.getKey());
            if (property.isEmpty()) {
                reportUnknown(field.getKey());
            } else if (property.get().get(event) == null) {
                changed |= set(builder, property.get(), field.getValue());
            }
        }
        return changed ? builder.build() : event;
    }

    private boolean set(KeyVaultEvent.Builder builder, Property property, String value) {
        try {
            builder.with(property, property.parse(value));
            return true;
        } catch (NumberFormatException e) {
            countFailure("An enricher gave " + property.ecs() + " a value that is no number; it is ignored.", e);
            return false;
        }
    }

    private void reportUnknown(String name) {
        if (reported.size() < REPORTED && reported.add(name)) {
            LOG.warn("An enricher adds the field {}, which no rule can see; it is ignored.", name);
        }
    }

    /** Without the message of what was thrown: it may name people. */
    private void countFailure(String problem, Throwable thrown) {
        failures.increment();
        if (failures.sum() == 1) {
            LOG.warn(
                    "{} ({}) Further failures are counted, and logged at DEBUG.",
                    problem,
                    thrown.getClass().getName());
        } else {
            LOG.debug(problem, thrown);
        }
    }
}
