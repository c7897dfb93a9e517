package dev.vaultwatch.api;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/** An alert that a rule's cap withheld: who it is about, though nobody was told of it. Immutable. */
public final class WithheldAlert {
    private final String ruleId;
    private final String alertId;
    private final Map<String, String> groupingKey;
    private final Instant at;
    private final OptionalLong events;

    private WithheldAlert(
            String ruleId, String alertId, Map<String, String> groupingKey, Instant at, OptionalLong events) {
        this.ruleId = Objects.requireNonNull(ruleId, "rule id");
        this.alertId = Objects.requireNonNull(alertId, "alert id");
        this.groupingKey = Map.copyOf(groupingKey);
        this.at = Objects.requireNonNull(at, "at");
        this.events = events;
    }

    /**
     * Such an alert; for hosts' own tests.
     *
     * @param events how many events it counts; empty if the rule does not output it
     */
    public static WithheldAlert of(
            String ruleId, String alertId, Map<String, String> groupingKey, Instant at, OptionalLong events) {
        return new WithheldAlert(ruleId, alertId, groupingKey, at, events);
    }

    /** The rule that found it. */
    public String ruleId() {
        return ruleId;
    }

    /** The id that the alert would have had; no alert with this id was delivered. */
    public String alertId() {
        return alertId;
    }

    /** Who or what was judged, by property; unmodifiable. */
    public Map<String, String> groupingKey() {
        return groupingKey;
    }

    /** The start of its window; of a rule that looks at events in order, the first of what was found. */
    public Instant at() {
        return at;
    }

    /** How many events it counts; empty if the rule does not say. */
    public OptionalLong events() {
        return events;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WithheldAlert that && alertId.equals(that.alertId) && events.equals(that.events);
    }

    @Override
    public int hashCode() {
        return alertId.hashCode();
    }

    /** One line, without an end. */
    @Override
    public String toString() {
        return ruleId + " " + groupingKey + " at " + at
                + Optional.of(events)
                        .filter(OptionalLong::isPresent)
                        .map(count -> ", " + count.getAsLong() + " events")
                        .orElse("")
                + " (" + alertId + ")";
    }
}
