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

    public AlertListener alerts() {
        return alerts;
    }

    public DeadLetterListener deadLetters() {
        return deadLetters;
    }

    public LateEventListener lateEvents() {
        return lateEvents;
    }

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

        /** Sets one configuration key. Keys are checked when the plugin is created. */
        public Builder config(String key, String value) {
            config.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, "value of " + key));
            return this;
        }

        /** Sets several configuration keys. */
        public Builder config(Map<String, String> entries) {
            entries.forEach(this::config);
            return this;
        }

        public Builder onAlert(AlertListener listener) {
            alerts = Objects.requireNonNull(listener, "alert listener");
            listening = true;
            return this;
        }

        public Builder onDeadLetter(DeadLetterListener listener) {
            deadLetters = Objects.requireNonNull(listener, "dead-letter listener");
            return this;
        }

        public Builder onLateEvent(LateEventListener listener) {
            lateEvents = Objects.requireNonNull(listener, "late-event listener");
            return this;
        }

        public Builder onNotice(NoticeListener listener) {
            notices = Objects.requireNonNull(listener, "notice listener");
            return this;
        }

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
