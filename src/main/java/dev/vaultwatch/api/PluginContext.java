package dev.vaultwatch.api;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What a host gives a plugin: configuration, callbacks and the wall clock. Immutable; made by {@link #builder()}.
 *
 * <p>Only the alert listener must be given. The others do nothing by default; the counts are in {@link PluginHealth} all the
 * same.
 */
public final class PluginContext {
    private final Map<String, String> config;
    private final AlertListener alerts;
    private final DeadLetterListener deadLetters;
    private final LateEventListener lateEvents;
    private final NoticeListener notices;
    private final InstantSource wallClock;

    private PluginContext(Builder builder, AlertListener alerts) {
        this.config = Map.copyOf(builder.config);
        this.alerts = alerts;
        this.deadLetters = builder.deadLetters;
        this.lateEvents = builder.lateEvents;
        this.notices = builder.notices;
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

    /** Who is told of alerts. */
    public AlertListener alerts() {
        return alerts;
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

    /** The wall clock for the far-future guard and the idle time-out; no window is ever cut by it. */
    public InstantSource wallClock() {
        return wallClock;
    }

    /** Collects what a context holds. Not thread-safe. */
    public static final class Builder {
        private final Map<String, String> config = new HashMap<>();
        private AlertListener alerts = alert -> {};
        private boolean listening;
        private DeadLetterListener deadLetters = letter -> {};
        private LateEventListener lateEvents = event -> {};
        private NoticeListener notices = notice -> {};
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

        /** Sets who is told of alerts; must be called. The last call counts, as for all of these. */
        public Builder onAlert(AlertListener listener) {
            alerts = Objects.requireNonNull(listener, "alert listener");
            listening = true;
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
            if (!listening) {
                throw new IllegalStateException("No alert listener: give one with onAlert(…).");
            }
            return new PluginContext(this, alerts);
        }
    }
}
