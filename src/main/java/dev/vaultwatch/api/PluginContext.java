package dev.vaultwatch.api;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * What a host gives a plugin: configuration, callbacks and the wall clock. Immutable; made by {@link #builder()}.
 *
 * <p>Only the alert listener must be given. The others do nothing by default; the counts are in {@link PluginHealth} all the
 * same.
 */
public final class PluginContext {
    private final Map<String, String> config;
    private final Optional<AlertListener> alerts;
    private final Optional<AcknowledgingAlertListener> acknowledging;
    private final Optional<Executor> delivery;
    private final DeadLetterListener deadLetters;
    private final LateEventListener lateEvents;
    private final NoticeListener notices;
    private final List<Enricher> enrichers;
    private final InstantSource wallClock;

    private PluginContext(Builder builder) {
        this.config = Map.copyOf(builder.config);
        this.alerts = builder.alerts;
        this.acknowledging = builder.acknowledging;
        this.delivery = builder.delivery;
        this.deadLetters = builder.deadLetters;
        this.lateEvents = builder.lateEvents;
        this.notices = builder.notices;
        this.enrichers = List.copyOf(builder.enrichers);
        this.wallClock = builder.wallClock;
    }

    /** Starts a context with no configuration, silent callbacks and the system's clock. */
    public static Builder builder() {
        return new Builder();
    }

    /** Configuration by key; the descriptor lists the keys, their types, defaults and ranges. */
    public Map<String, String> config() {
        return config;
    }

    /** Who is told of alerts; empty if an acknowledging listener is. */
    public Optional<AlertListener> alerts() {
        return alerts;
    }

    /** Who is told of alerts and acknowledges them; empty if a simple listener is. */
    public Optional<AcknowledgingAlertListener> acknowledging() {
        return acknowledging;
    }

    /** Where callbacks about alerts and notices run; empty for the threads that raise them. */
    public Optional<Executor> delivery() {
        return delivery;
    }

    /** Who is given the records that could not be read. */
    public DeadLetterListener deadLetters() {
        return deadLetters;
    }

    /** Who is given the events that came too late. */
    public LateEventListener lateEvents() {
        return lateEvents;
    }

    /** Who is told what an operator should know. */
    public NoticeListener notices() {
        return notices;
    }

    /** Who adds to events what their records do not say, in the order in which they are asked; empty by default. */
    public List<Enricher> enrichers() {
        return enrichers;
    }

    /** The wall clock for the far-future guard and the idle time-out; no window is ever cut by it. */
    public InstantSource wallClock() {
        return wallClock;
    }

    /** Collects what a context holds. Not thread-safe. */
    public static final class Builder {
        private final Map<String, String> config = new HashMap<>();
        private Optional<AlertListener> alerts = Optional.empty();
        private Optional<AcknowledgingAlertListener> acknowledging = Optional.empty();
        private Optional<Executor> delivery = Optional.empty();
        private DeadLetterListener deadLetters = letter -> {};
        private LateEventListener lateEvents = event -> {};
        private NoticeListener notices = notice -> {};
        private final List<Enricher> enrichers = new ArrayList<>();
        private InstantSource wallClock = InstantSource.system();

        private Builder() {}

        /**
         * Sets one configuration key. Keys and values are checked when the plugin is created; the descriptor lists them with
         * their units and ranges. An empty value stands for the default.
         */
        public Builder config(String key, String value) {
            config.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, "value of " + key));
            return this;
        }

        /** Sets several configuration keys. */
        public Builder config(Map<String, String> entries) {
            entries.forEach(this::config);
            return this;
        }

        /** Sets who is told of alerts; this or the next must be called. The last call counts, as for all of these. */
        public Builder onAlert(AlertListener listener) {
            alerts = Optional.of(Objects.requireNonNull(listener, "alert listener"));
            acknowledging = Optional.empty();
            return this;
        }

        /** Sets who is told of alerts and acknowledges them: an alert counts as delivered when it was acknowledged. */
        public Builder onAlertToAcknowledge(AcknowledgingAlertListener listener) {
            acknowledging = Optional.of(Objects.requireNonNull(listener, "alert listener"));
            alerts = Optional.empty();
            return this;
        }

        /**
         * Sets where callbacks about alerts and notices run. The plugin hands it one task at a time, so that order holds on
         * any executor; the host shuts it down after {@link DetectionPlugin#close()}. Without it, callbacks run on the threads
         * that raise alerts. With it, no method of the plugin waits for a callback but {@code close}; while it has begun no task for
         * 10 s, notices come on the threads that call the plugin.
         */
        public Builder deliverOn(Executor executor) {
            delivery = Optional.of(Objects.requireNonNull(executor, "executor"));
            return this;
        }

        /** Sets who is given the records that could not be read; by default they are counted and dropped. */
        public Builder onDeadLetter(DeadLetterListener listener) {
            deadLetters = Objects.requireNonNull(listener, "dead-letter listener");
            return this;
        }

        /** Sets who is given the events that came too late; by default they are counted and dropped. */
        public Builder onLateEvent(LateEventListener listener) {
            lateEvents = Objects.requireNonNull(listener, "late-event listener");
            return this;
        }

        /** Sets who is told what an operator should know; by default nobody is. */
        public Builder onNotice(NoticeListener listener) {
            notices = Objects.requireNonNull(listener, "notice listener");
            return this;
        }

        /**
         * Adds somebody who adds to events what their records do not say. Several are asked in the order of these calls, after the
         * files of {@code enrich.files}: each sees what the ones before it added, and changes none of it.
         */
        public Builder enrichWith(Enricher enricher) {
            enrichers.add(Objects.requireNonNull(enricher, "enricher"));
            return this;
        }

        /** Sets the wall clock, for tests and replays; the system's by default. Any thread may ask it. */
        public Builder wallClock(InstantSource clock) {
            wallClock = Objects.requireNonNull(clock, "wall clock");
            return this;
        }

        /**
         * Makes the context.
         *
         * @throws IllegalStateException if no alert listener was given: alerts would be lost in silence
         */
        public PluginContext build() {
            if (alerts.isEmpty() && acknowledging.isEmpty()) {
                throw new IllegalStateException(
                        "No alert listener: give one with onAlert(…) or onAlertToAcknowledge(…).");
            }
            return new PluginContext(this);
        }
    }
}
