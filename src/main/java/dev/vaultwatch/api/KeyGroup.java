package dev.vaultwatch.api;

import java.util.Map;
import java.util.function.Predicate;

/**
 * Which grouping keys belong to a share of the state; for hosts that keep state themselves. Immutable if its predicate is.
 *
 * <p>A key's group is a function of its properties' names and values alone, the same on every machine, so that hosts with
 * another number of instances find each key again.
 */
public final class KeyGroup {
    private static final KeyGroup ALL = new KeyGroup(key -> true);

    private final Predicate<Map<String, String>> keys;

    private KeyGroup(Predicate<Map<String, String>> keys) {
        this.keys = keys;
    }

    /** Every key. */
    public static KeyGroup all() {
        return ALL;
    }

    /**
     * The group of that index, of so many.
     *
     * @param index from 0 to {@code count - 1}
     * @param count at least 1
     */
    public static KeyGroup of(int index, int count) {
        if (count < 1 || index < 0 || index >= count) {
            throw new IllegalArgumentException(
                    "A key group's index must be from 0 to count - 1; it was given " + index + " of " + count + ".");
        }
        return new KeyGroup(key -> indexOf(key, count) == index);
    }

    /**
     * The keys for which a host's own partitioning says yes.
     *
     * @param keys given a key's properties and values; called by the thread that takes or restores a snapshot
     */
    public static KeyGroup where(Predicate<Map<String, String>> keys) {
        return new KeyGroup(keys);
    }

    /** The index of a key's group, of so many: the sum of its entries' hashes as {@link Map#hashCode} defines it, spread. */
    public static int indexOf(Map<String, String> key, int count) {
        // Fibonacci hashing: String.hashCode differs in its low bits only between similar names.
        int spread = key.hashCode() * 0x9E3779B9;
        return Math.floorMod(spread ^ (spread >>> 16), count);
    }

    /** Whether the key belongs to it. */
    public boolean contains(Map<String, String> key) {
        return keys.test(key);
    }
}
