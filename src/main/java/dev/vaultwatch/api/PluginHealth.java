package dev.vaultwatch.api;

import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** A snapshot of a plugin's state and {@link Counter counters}. Immutable. */
public final class PluginHealth {
    private final State state;
    private final List<String> rules;
    private final Optional<Instant> watermark;
    private final Optional<ReloadResult> lastReload;
    private final Map<String, Instant> completeSince;
    private final Map<String, Instant> changingSince;
    private final Optional<Instant> resumeAt;
    private final Optional<Instant> oldestNeeded;
    private final Map<String, Long> oldestPositions;
    private final Map<Counter, Long> totals;
    private final Map<Counter, Map<String, Long>> parts;
    private final List<WithheldAlert> withheldAlerts;

    private PluginHealth(Builder builder) {
        this.state = builder.state;
        this.rules = List.copyOf(builder.rules);
        this.watermark = builder.watermark;
        this.lastReload = builder.lastReload;
        this.completeSince = Map.copyOf(builder.completeSince);
        this.changingSince = Map.copyOf(builder.changingSince);
        this.resumeAt = builder.resumeAt;
        this.oldestNeeded = builder.oldestNeeded;
        this.oldestPositions = Map.copyOf(builder.oldestPositions);
        this.totals = new EnumMap<>(builder.totals);
        this.parts = new EnumMap<>(Counter.class);
        builder.parts.forEach((counter, values) -> parts.put(counter, Map.copyOf(values)));
        this.withheldAlerts = List.copyOf(builder.withheldAlerts);
    }

    /** Where in its life a plugin is. */
    public enum State {
        /** Made and not started: takes no events. */
        NEW,
        /** Takes events. */
        STARTED,
        /** Closed for good. Counters are the last ones. */
        CLOSED
    }

    /** Starts a snapshot of that state with every counter 0; for hosts' own tests. */
    public static Builder builder(State state) {
        return new Builder(state);
    }

    /** Where in its life the plugin is. */
    public State state() {
        return state;
    }

    /** Ids of the rules in force, sorted; unmodifiable. */
    public List<String> rules() {
        return rules;
    }

    /** How far event time has come; empty before the first event. */
    public Optional<Instant> watermark() {
        return watermark;
    }

    /** What the last reload answered; empty before the first. */
    public Optional<ReloadResult> lastReload() {
        return lastReload;
    }

    /**
     * As {@link ReloadResult#completeSince()}, of the rules in force, whether a reload or a start put them in force. Unmodifiable.
     */
    public Map<String, Instant> completeSince() {
        return completeSince;
    }

    /**
     * By rule, the beginning ({@link Alert#windowStart()}) of the earliest alert that was told and goes on, or that late records can still
     * change: of a rule over the order of events, whose alerts end when nothing more is found. A rule that has no such alert is missing, and
     * so are rules of which a window says when its alerts end. Unmodifiable.
     */
    public Map<String, Instant> changingSince() {
        return changingSince;
    }

    /** The plugin's total of a counter; 0 if it was never counted. */
    public long value(Counter counter) {
        return totals.getOrDefault(counter, 0L);
    }

    /** A counter by rule id, source name or exception id, whichever its {@link Counter#scope()} says; unmodifiable. */
    public Map<String, Long> parts(Counter counter) {
        return parts.getOrDefault(counter, Map.of());
    }

    /** {@link Counter#RECORDS}. */
    public long records() {
        return value(Counter.RECORDS);
    }

    /** {@link Counter#KEPT}. */
    public long kept() {
        return value(Counter.KEPT);
    }

    /** {@link Counter#IGNORED}. */
    public long ignored() {
        return value(Counter.IGNORED);
    }

    /** {@link Counter#UNRECOGNISED}. */
    public long unrecognised() {
        return value(Counter.UNRECOGNISED);
    }

    /** {@link Counter#REPEATED}. */
    public long repeated() {
        return value(Counter.REPEATED);
    }

    /** {@link Counter#REOPENED}. */
    public long reopened() {
        return value(Counter.REOPENED);
    }

    /** {@link Counter#LATE}. */
    public long late() {
        return value(Counter.LATE);
    }

    /** {@link Counter#BAD}. */
    public long bad() {
        return value(Counter.BAD);
    }

    /** {@link Counter#OVERLOADED}. */
    public long overloaded() {
        return value(Counter.OVERLOADED);
    }

    /** {@link Counter#CUT}. */
    public long cut() {
        return value(Counter.CUT);
    }

    /** {@link Counter#HELD}. */
    public long held() {
        return value(Counter.HELD);
    }

    /** {@link Counter#ALERTS}. */
    public long alerts() {
        return value(Counter.ALERTS);
    }

    /** {@link Counter#WITHHELD}. */
    public long withheld() {
        return value(Counter.WITHHELD);
    }

    /**
     * The alerts that caps withheld in periods that can still change, by rule and period, those with most events first; a
     * thousand for each rule and period at most. {@link #withheld()} counts all. Unmodifiable.
     */
    public List<WithheldAlert> withheldAlerts() {
        return withheldAlerts;
    }

    /** {@link Counter#RULE_FAILURES}. */
    public long ruleFailures() {
        return value(Counter.RULE_FAILURES);
    }

    /** {@link Counter#LISTENER_FAILURES}. */
    public long listenerFailures() {
        return value(Counter.LISTENER_FAILURES);
    }

    /** {@link Counter#STORE_BYTES}. */
    public long journalBytes() {
        return value(Counter.STORE_BYTES);
    }

    /** {@link Counter#LOG_BYTES}. */
    public long journalDiskBytes() {
        return value(Counter.LOG_BYTES);
    }

    /**
     * The event time before which no source was expected to bring anything when every alert raised had been delivered: the
     * watermark, or where an idle source may still go on from. A host without a journal on disk that starts
     * again after a crash first calls {@link DetectionPlugin#advanceTo} with it, so that windows which were settled then stay
     * so, and then sends again what {@link #oldestNeeded()} and {@link #oldestPositions()} of the same snapshot say; empty
     * before event time is known.
     */
    public Optional<Instant> resumeAt() {
        return resumeAt;
    }

    /**
     * The start of the oldest window that could still change then: a host without positions sends again every record with an
     * event of that time or later; empty if nothing is needed.
     */
    public Optional<Instant> oldestNeeded() {
        return oldestNeeded;
    }

    /**
     * Per source, the oldest position with an event of that time or later: a host with positions sends again from there; of a
     * source that is not listed, nothing of before is needed. Unmodifiable.
     */
    public Map<String, Long> oldestPositions() {
        return oldestPositions;
    }

    /** State and totals; short enough for a log line. */
    @Override
    public String toString() {
        return "PluginHealth[" + state + ", rules=" + rules + ", watermark=" + watermark + ", " + totals + "]";
    }

    /** Collects what a snapshot says. Not thread-safe. */
    public static final class Builder {
        private final State state;
        private List<String> rules = List.of();
        private Optional<Instant> watermark = Optional.empty();
        private Optional<ReloadResult> lastReload = Optional.empty();
        private Map<String, Instant> completeSince = Map.of();
        private Map<String, Instant> changingSince = Map.of();
        private Optional<Instant> resumeAt = Optional.empty();
        private Optional<Instant> oldestNeeded = Optional.empty();
        private Map<String, Long> oldestPositions = Map.of();
        private final Map<Counter, Long> totals = new EnumMap<>(Counter.class);
        private final Map<Counter, Map<String, Long>> parts = new EnumMap<>(Counter.class);
        private List<WithheldAlert> withheldAlerts = List.of();

        private Builder(State state) {
            this.state = Objects.requireNonNull(state, "state");
        }

        /** Sets {@link PluginHealth#rules()}. */
        public Builder rules(List<String> ids) {
            rules = ids;
            return this;
        }

        /** Sets {@link PluginHealth#watermark()}. */
        public Builder watermark(Optional<Instant> time) {
            watermark = time;
            return this;
        }

        /** Sets {@link PluginHealth#lastReload()}. */
        public Builder lastReload(Optional<ReloadResult> result) {
            lastReload = result;
            return this;
        }

        /** Sets {@link PluginHealth#completeSince()}. */
        public Builder completeSince(Map<String, Instant> byRule) {
            completeSince = byRule;
            return this;
        }

        /** Sets {@link PluginHealth#changingSince()}. */
        public Builder changingSince(Map<String, Instant> byRule) {
            changingSince = byRule;
            return this;
        }

        /** Sets where a host without a journal goes on after a crash. */
        public Builder resume(Optional<Instant> resumeTime, Optional<Instant> oldestTime, Map<String, Long> positions) {
            resumeAt = resumeTime;
            oldestNeeded = oldestTime;
            oldestPositions = positions;
            return this;
        }

        /** Sets the plugin's total of a counter. */
        public Builder value(Counter counter, long value) {
            totals.put(counter, value);
            return this;
        }

        /** Sets the part of a counter that is a rule's or a source's. */
        public Builder part(Counter counter, String of, long value) {
            parts.computeIfAbsent(counter, each -> new TreeMap<>()).put(of, value);
            return this;
        }

        /** Sets {@link PluginHealth#withheldAlerts()}. */
        public Builder withheldAlerts(List<WithheldAlert> alerts) {
            withheldAlerts = alerts;
            return this;
        }

        /** Makes the snapshot. */
        public PluginHealth build() {
            return new PluginHealth(this);
        }
    }
}
