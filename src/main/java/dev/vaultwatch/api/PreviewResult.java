package dev.vaultwatch.api;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What rules in a {@link Preview} have found. Immutable. */
public final class PreviewResult {
    private final List<String> rules;
    private final Optional<Instant> since;
    private final Optional<Instant> until;
    private final Map<String, Instant> completeSince;
    private final List<Alert> alerts;
    private final long notKept;
    private final List<TracedEvent> traced;
    private final long notTraced;
    private final Optional<String> failure;

    private PreviewResult(Builder builder) {
        this.rules = List.copyOf(builder.rules);
        this.since = builder.since;
        this.until = builder.until;
        this.completeSince = Collections.unmodifiableMap(new TreeMap<>(builder.completeSince));
        this.alerts = List.copyOf(builder.alerts);
        this.notKept = builder.notKept;
        this.traced = List.copyOf(builder.traced);
        this.notTraced = builder.notTraced;
        this.failure = builder.failure;
    }

    /** Starts an empty result; for hosts' own tests. */
    public static Builder builder() {
        return new Builder();
    }

    /** The ids of the rules that run; sorted, unmodifiable. */
    public List<String> rules() {
        return rules;
    }

    /** The time of the oldest event that the rules were offered; empty before the first. */
    public Optional<Instant> since() {
        return since;
    }

    /** The time of the newest event that the rules were offered; empty before the first. */
    public Optional<Instant> until() {
        return until;
    }

    /**
     * By rule, the event time from which on its history is complete, for rules that want events which the plugin did not keep
     * before. An alert about an earlier time may be missing, or too low. Unmodifiable.
     */
    public Map<String, Instant> completeSince() {
        return completeSince;
    }

    /**
     * What would have been said last of each alert, those that would have been retracted left out; in order of their windows,
     * unmodifiable. Of windows that were over when the preview began, the stage is {@link AlertStage#REVISED}.
     */
    public List<Alert> alerts() {
        return alerts;
    }

    /** How often an alert was forgotten since there were more than {@link PreviewRequest#kept()}, the oldest first; 0 if all are here. */
    public long notKept() {
        return notKept;
    }

    /** What became of the events that were to be traced, in the order of their coming; unmodifiable. */
    public List<TracedEvent> traced() {
        return traced;
    }

    /** How many traced events there were beyond {@link PreviewRequest#kept()}: the last are left out. */
    public long notTraced() {
        return notTraced;
    }

    /** Why the preview ended by itself, a sentence; empty if it did not. The plugin goes on either way. */
    public Optional<String> failure() {
        return failure;
    }

    /** How many alerts each rule would have raised, 0 for those with none; a copy, in order of the ids. */
    public Map<String, Long> counts() {
        Map<String, Long> counts = new LinkedHashMap<>();
        rules.forEach(rule -> counts.put(rule, 0L));
        alerts.forEach(alert -> counts.merge(alert.ruleId(), 1L, Long::sum));
        return counts;
    }

    @Override
    public String toString() {
        return "PreviewResult[since=" + since + ", alerts=" + counts() + ", notKept=" + notKept + "]";
    }

    /** Collects a result. Not thread-safe. */
    public static final class Builder {
        private List<String> rules = List.of();
        private Optional<Instant> since = Optional.empty();
        private Optional<Instant> until = Optional.empty();
        private Map<String, Instant> completeSince = Map.of();
        private List<Alert> alerts = List.of();
        private long notKept;
        private List<TracedEvent> traced = List.of();
        private long notTraced;
        private Optional<String> failure = Optional.empty();

        private Builder() {}

        /** Sets {@link PreviewResult#rules()}. */
        public Builder rules(List<String> ids) {
            rules = ids;
            return this;
        }

        /** Sets {@link PreviewResult#since()}, {@link PreviewResult#until()} and {@link PreviewResult#completeSince()}. */
        public Builder history(Optional<Instant> oldest, Optional<Instant> newest, Map<String, Instant> complete) {
            since = oldest;
            until = newest;
            completeSince = complete;
            return this;
        }

        /** Sets {@link PreviewResult#alerts()} and {@link PreviewResult#notKept()}. */
        public Builder alerts(List<? extends Alert> standing, long beyond) {
            alerts = List.copyOf(standing);
            notKept = beyond;
            return this;
        }

        /** Sets {@link PreviewResult#traced()} and {@link PreviewResult#notTraced()}. */
        public Builder traced(List<TracedEvent> events, long beyond) {
            traced = events;
            notTraced = beyond;
            return this;
        }

        /** Sets {@link PreviewResult#failure()}. */
        public Builder failure(Optional<String> why) {
            failure = why;
            return this;
        }

        /** Makes the result. */
        public PreviewResult build() {
            return new PreviewResult(this);
        }
    }
}
