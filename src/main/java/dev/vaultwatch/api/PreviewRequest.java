package dev.vaultwatch.api;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** Rules to try beside those in force; what is not said is as the plugin's configuration has it. Immutable. */
public final class PreviewRequest {
    /** As many alerts or traced events a preview keeps unless it is told otherwise: some 10 MB of alerts of usual size. */
    public static final int DEFAULT_KEPT = 10_000;

    private final Optional<Path> rules;
    private final Optional<Path> tuning;
    private final Map<String, Map<String, String>> settings;
    private final boolean limited;
    private final int kept;
    private final Optional<Trace> trace;

    private PreviewRequest(Builder builder) {
        this.rules = builder.rules;
        this.tuning = builder.tuning;
        Map<String, Map<String, String>> copy = new TreeMap<>();
        builder.settings.forEach((rule, values) -> copy.put(rule, Map.copyOf(values)));
        this.settings = Collections.unmodifiableMap(copy);
        this.limited = builder.limited;
        this.kept = builder.kept;
        this.trace = builder.trace;
    }

    /** Starts a request for the rules and the tuning that the plugin's configuration names, as their files are now. */
    public static Builder builder() {
        return new Builder();
    }

    /** A folder of rules to take in place of {@code rules.dir}; empty for that. */
    public Optional<Path> rules() {
        return rules;
    }

    /** A tuning to take in place of {@code rules.tuning}; empty for that. */
    public Optional<Path> tuning() {
        return tuning;
    }

    /** Values of parameters, as text, by rule id and parameter; they take precedence over the tuning's. Unmodifiable. */
    public Map<String, Map<String, String>> settings() {
        return settings;
    }

    /** Whether caps and suppressions hold, as they do for alerts that are delivered. */
    public boolean isLimited() {
        return limited;
    }

    /** The most alerts that are kept, and the most traced events; what goes beyond is counted. */
    public int kept() {
        return kept;
    }

    /** What is to be traced; empty for nothing. */
    public Optional<Trace> trace() {
        return trace;
    }

    /**
     * Events of which a preview notes what became of them: those of a key, and those without one, within a span of event time.
     *
     * @param ruleId the rule
     * @param key the grouping key, by property
     * @param from the first event time, inclusive
     * @param to the last, exclusive
     */
    public record Trace(String ruleId, Map<String, String> key, Instant from, Instant to) {
        /** Copies the key. */
        public Trace {
            Objects.requireNonNull(ruleId, "ruleId");
            key = Collections.unmodifiableMap(new LinkedHashMap<>(key));
            Objects.requireNonNull(from, "from");
            Objects.requireNonNull(to, "to");
        }
    }

    @Override
    public String toString() {
        return "PreviewRequest[rules=" + rules + ", tuning=" + tuning + ", settings=" + settings + "]";
    }

    /** Collects what is to be tried. Not thread-safe. */
    public static final class Builder {
        private Optional<Path> rules = Optional.empty();
        private Optional<Path> tuning = Optional.empty();
        private final Map<String, Map<String, String>> settings = new TreeMap<>();
        private boolean limited = true;
        private int kept = DEFAULT_KEPT;
        private Optional<Trace> trace = Optional.empty();

        private Builder() {}

        /** Sets {@link PreviewRequest#rules()}. */
        public Builder rules(Path folder) {
            rules = Optional.of(folder);
            return this;
        }

        /** Sets {@link PreviewRequest#tuning()}. */
        public Builder tuning(Path file) {
            tuning = Optional.of(file);
            return this;
        }

        /** Gives a parameter of a rule a value, as text. */
        public Builder set(String ruleId, String parameter, String value) {
            settings.computeIfAbsent(ruleId, id -> new TreeMap<>()).put(parameter, value);
            return this;
        }

        /** Lets through what caps and suppressions would keep back: for counting what a rule finds. */
        public Builder unlimited() {
            limited = false;
            return this;
        }

        /**
         * Sets {@link PreviewRequest#kept()}.
         *
         * @param most at least 1
         * @throws IllegalArgumentException if it is less
         */
        public Builder kept(int most) {
            if (most < 1) {
                throw new IllegalArgumentException("kept is " + most + "; expected at least 1.");
            }
            kept = most;
            return this;
        }

        /** Sets {@link PreviewRequest#trace()}. */
        public Builder trace(Trace events) {
            trace = Optional.of(events);
            return this;
        }

        /** Makes the request. */
        public PreviewRequest build() {
            return new PreviewRequest(this);
        }
    }
}
