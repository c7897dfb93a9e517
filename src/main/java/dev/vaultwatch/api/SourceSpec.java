package dev.vaultwatch.api;

import java.util.Objects;
import java.util.Optional;

/**
 * Which source a host opens: its stable name and, where the host knows it, the epoch in which its offsets count. Immutable.
 */
public final class SourceSpec {
    private final String name;
    private final Optional<String> epoch;

    private SourceSpec(String name, Optional<String> epoch) {
        this.name = name;
        this.epoch = epoch;
    }

    /**
     * A source of that name, without an epoch.
     *
     * @param name the same after a restart, such as {@code hub-3} or a file's path; not empty, which is the default source's
     * @throws IllegalArgumentException if the name is empty
     */
    public static SourceSpec of(String name) {
        Objects.requireNonNull(name, "name");
        if (name.isEmpty()) {
            throw new IllegalArgumentException("A source's name must not be empty: that is the default source's.");
        }
        return new SourceSpec(name, Optional.empty());
    }

    /**
     * The same source, whose offsets count within the given epoch: a topic's id, a file's fingerprint. When a source is opened
     * in another epoch than before, its offsets begin anew and nothing of it counts as repeated.
     */
    public SourceSpec epoch(String id) {
        return new SourceSpec(name, Optional.of(Objects.requireNonNull(id, "epoch")));
    }

    /** The source's name. */
    public String name() {
        return name;
    }

    /** The epoch in which its offsets count; empty if the host does not know one. */
    public Optional<String> epoch() {
        return epoch;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SourceSpec spec && spec.name.equals(name) && spec.epoch.equals(epoch);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, epoch);
    }

    @Override
    public String toString() {
        return epoch.map(id -> name + " (epoch " + id + ")").orElse(name);
    }
}
