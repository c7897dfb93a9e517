package dev.vaultwatch.enrich;

import dev.vaultwatch.api.Enricher;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.KeyVaultEventBuilder;
import dev.vaultwatch.event.Property;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
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

    private final List<Asked> enrichers;
    private final Consumer<String> notices;
    private final LongAdder failures = new LongAdder();
    private final Set<String> reported = ConcurrentHashMap.newKeySet();

    /** An enricher and how often it failed. */
    private record Asked(Enricher enricher, AtomicLong failures) {}

    /**
     * Opens the way through some enrichers.
     *
     * @param enrichers asked in this order; what an earlier one added a later one sees and does not change
     * @param notices told in a sentence when an enricher fails: for the 1st, 10th, 100th … time
     */
    public Enrichment(List<Enricher> enrichers, Consumer<String> notices) {
        this.enrichers = enrichers.stream()
                .map(each -> new Asked(each, new AtomicLong()))
                .toList();
        this.notices = notices;
    }

    /** Whether there is nobody to ask. */
    public boolean isEmpty() {
        return enrichers.isEmpty();
    }

    /** The event with what the enrichers add; the same object if that is nothing. */
    public KeyVaultEvent enrich(KeyVaultEvent event) {
        KeyVaultEvent enriched = event;
        for (Asked asked : enrichers) {
            enriched = enrich(enriched, asked);
        }
        return enriched;
    }

    /** Answers that were lost: enrichers that threw, and values that were not of their field's type. */
    public long failures() {
        return failures.sum();
    }

    private KeyVaultEvent enrich(KeyVaultEvent event, Asked asked) {
        try {
            Map<String, String> added = asked.enricher()
                    .enrich(name -> Property.ofEcs(name)
                            .flatMap(property -> Optional.ofNullable(property.get(event)))
                            .map(Object::toString));
            return added.isEmpty() ? event : add(event, added, asked);
        } catch (Throwable e) {
            // Foreign code: an error of it must not stop the stream either.
            countFailure(asked, "events go on without what it would have added", e);
            return event;
        }
    }

    private KeyVaultEvent add(KeyVaultEvent event, Map<String, String> added, Asked asked) {
        KeyVaultEventBuilder builder = event.toBuilder();
        boolean changed = false;
        for (Map.Entry<String, String> field : added.entrySet()) {
            Optional<Property> property = Property.ofEcs(field.getKey());
            if (property.isEmpty()) {
                reportUnknown(field.getKey());
            } else if (property.get().get(event) == null) {
                changed |= set(builder, property.get(), Objects.requireNonNull(field.getValue()), asked);
            }
        }
        return changed ? builder.build() : event;
    }

    private boolean set(KeyVaultEventBuilder builder, Property property, String value, Asked asked) {
        try {
            builder.with(property, property.parse(value));
            return true;
        } catch (NumberFormatException e) {
            countFailure(asked, "its " + property.ecs() + " is no number and is ignored", e);
            return false;
        }
    }

    private void reportUnknown(String name) {
        if (reported.size() < REPORTED && reported.add(name)) {
            LOG.warn("An enricher adds the field {}, which no rule can see; it is ignored.", name);
        }
    }

    /** Without the message of what was thrown: it may name people. */
    private void countFailure(Asked asked, String consequence, Throwable thrown) {
        failures.increment();
        long times = asked.failures().incrementAndGet();
        LOG.debug("An enricher failed.", thrown);
        if (isPowerOfTen(times)) {
            notices.accept("An enricher failed" + (times == 1 ? "" : " for the " + times + "th time") + " with "
                    + thrown.getClass().getName() + " at " + place(asked, thrown) + "; " + consequence + ".");
        }
    }

    private static String place(Asked asked, Throwable thrown) {
        StackTraceElement[] frames = thrown.getStackTrace();
        return frames.length == 0 ? asked.enricher().getClass().getName() : frames[0].toString();
    }

    private static boolean isPowerOfTen(long number) {
        long rest = number;
        while (rest % 10 == 0) {
            rest /= 10;
        }
        return rest == 1;
    }
}
