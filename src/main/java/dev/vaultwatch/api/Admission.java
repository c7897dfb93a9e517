package dev.vaultwatch.api;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The answer to {@code accept}: what became of the records in it. Every record that was read is counted once:
 * {@code records() = kept + ignored + unrecognised + repeated + late + bad}. Immutable.
 */
public final class Admission {
    private final Status status;
    private final int kept;
    private final int ignored;
    private final int unrecognised;
    private final int repeated;
    private final int late;
    private final int bad;
    private final Optional<Instant> greatestEventTime;
    private final OptionalLong safeOffset;

    private Admission(Builder builder) {
        this.status = builder.status;
        this.kept = builder.kept;
        this.ignored = builder.ignored;
        this.unrecognised = builder.unrecognised;
        this.repeated = builder.repeated;
        this.late = builder.late;
        this.bad = builder.bad;
        this.greatestEventTime = builder.greatestEventTime;
        this.safeOffset = builder.safeOffset;
    }

    /** Whether the plugin took the call. */
    public enum Status {
        /** Taken: the counts say what became of each record. */
        TAKEN,
        /** Not taken: all of it was taken before. */
        REPEATED,
        /**
         * Not taken: a bound is reached that counting is no way out of, or the journal can't be written. Nothing of the call was
         * kept; send it again when {@link Source#ready()} says so, or after a while.
         */
        OVERLOADED
    }

    /** Starts an answer of that status with every count 0; for hosts' own tests. */
    public static Builder builder(Status status) {
        return new Builder(status);
    }

    /** Whether the plugin took the call. */
    public Status status() {
        return status;
    }

    /** Records that a rule wants and that reached their window. */
    public int kept() {
        return kept;
    }

    /** Records that were understood and that no rule wants. */
    public int ignored() {
        return ignored;
    }

    /** Objects without any field of a Key Vault record, at any level. */
    public int unrecognised() {
        return unrecognised;
    }

    /** Records that were taken before. */
    public int repeated() {
        return repeated;
    }

    /** Records a rule wants whose window can't change any more; they went to the {@link LateEventListener}. */
    public int late() {
        return late;
    }

    /** Records that could not be read; they went to the {@link DeadLetterListener}. */
    public int bad() {
        return bad;
    }

    /** The number of records read. */
    public int records() {
        return kept + ignored + unrecognised + repeated + late + bad;
    }

    /** The greatest event time of the source so far; empty before its first event. */
    public Optional<Instant> greatestEventTime() {
        return greatestEventTime;
    }

    /**
     * The offset behind which a host may commit: everything of the source up to it survives a crash, or is needed no longer.
     * Empty without offsets, and where nothing is safe yet.
     */
    public OptionalLong safeOffset() {
        return safeOffset;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Admission admission
                && admission.status == status
                && admission.kept == kept
                && admission.ignored == ignored
                && admission.unrecognised == unrecognised
                && admission.repeated == repeated
                && admission.late == late
                && admission.bad == bad;
    }

    @Override
    public int hashCode() {
        return Objects.hash(status, kept, ignored, unrecognised, repeated, late, bad);
    }

    @Override
    public String toString() {
        return "Admission[" + status + ", kept=" + kept + ", ignored=" + ignored + ", unrecognised=" + unrecognised
                + ", repeated=" + repeated + ", late=" + late + ", bad=" + bad + "]";
    }

    /** Collects what an answer says. Not thread-safe. */
    public static final class Builder {
        private final Status status;
        private int kept;
        private int ignored;
        private int unrecognised;
        private int repeated;
        private int late;
        private int bad;
        private Optional<Instant> greatestEventTime = Optional.empty();
        private OptionalLong safeOffset = OptionalLong.empty();

        private Builder(Status status) {
            this.status = Objects.requireNonNull(status, "status");
        }

        /** Sets {@link Admission#kept()}. */
        public Builder kept(int records) {
            kept = records;
            return this;
        }

        /** Sets {@link Admission#ignored()}. */
        public Builder ignored(int records) {
            ignored = records;
            return this;
        }

        /** Sets {@link Admission#unrecognised()}. */
        public Builder unrecognised(int records) {
            unrecognised = records;
            return this;
        }

        /** Sets {@link Admission#repeated()}. */
        public Builder repeated(int records) {
            repeated = records;
            return this;
        }

        /** Sets {@link Admission#late()}. */
        public Builder late(int records) {
            late = records;
            return this;
        }

        /** Sets {@link Admission#bad()}. */
        public Builder bad(int records) {
            bad = records;
            return this;
        }

        /** Sets {@link Admission#greatestEventTime()}. */
        public Builder greatestEventTime(Instant time) {
            greatestEventTime = Optional.of(time);
            return this;
        }

        /** Sets {@link Admission#safeOffset()}. */
        public Builder safeOffset(long offset) {
            safeOffset = OptionalLong.of(offset);
            return this;
        }

        /** Makes the answer. */
        public Admission build() {
            return new Admission(this);
        }
    }
}
