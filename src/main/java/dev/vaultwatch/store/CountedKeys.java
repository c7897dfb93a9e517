package dev.vaultwatch.store;

import dev.vaultwatch.event.KeyVaultEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keys of one window of which only the number and the actions of their events are kept, in some 40 bytes each: an
 * open-addressing hash table with linear probing, without the keys. It is what is left to do with a flood of invented users. A
 * key that has enough events for the rule comes out again with exact counts, so a flood hides no harvest. Only for rules whose
 * conditions are counts of events and of actions, and nothing else.
 *
 * <p>Keys are told apart by a 64-bit hash under a seed of the process: two keys of 2,000,000 share one with a chance of
 * about 1 in 10,000,000, and nobody outside can make them.
 */
final class CountedKeys {
    /** More events than this make a key worth keeping in full, whatever the rule. */
    static final int MOST_READS = 32;

    private static final int FIRST_CAPACITY = 1 << 12;

    private final long seed;
    private final int reads;
    private final Map<String, Byte> codes = new HashMap<>();
    private final List<String> actions = new ArrayList<>();

    private long[] hashes = new long[FIRST_CAPACITY];
    private byte[] counts = new byte[FIRST_CAPACITY];
    private byte[] codesOfReads;
    private int size;

    /**
     * Starts empty.
     *
     * @param comesOutAt the read at which a key comes out, at the latest
     */
    CountedKeys(int comesOutAt, long seed) {
        this.seed = seed;
        this.reads = Math.min(comesOutAt, MOST_READS) - 1;
        this.codesOfReads = new byte[FIRST_CAPACITY * Math.max(reads, 1)];
    }

    /** Heap held, in bytes. */
    long bytes() {
        return (long) hashes.length * (Long.BYTES + 1) + codesOfReads.length;
    }

    /** The number of keys. */
    int size() {
        return size;
    }

    /** The number of keys with so many events. */
    long sizeFrom(int reads) {
        long users = 0;
        for (int i = 0; i < hashes.length; i++) {
            if (counts[i] >= reads) {
                users++;
            }
        }
        return users;
    }

    /**
     * Counts a read.
     *
     * @param comesOutAt the read at which a key comes out; one that is later than that of the start does not hold
     * @return the actions of the key's earlier events, in order, if this is the read that brings the key out; else null
     */
    @Nullable
    List<String> count(Object key, KeyVaultEvent event, int comesOutAt) {
        Byte code = code(event.action());
        long hash = hash(key);
        if (reads == 0 || code == null) {
            return takeOut(find(hash));
        }
        int at = find(hash);
        if (counts[at] >= Math.min(reads, comesOutAt - 1)) {
            return takeOut(at);
        }
        if (hashes[at] == 0) {
            if (size + 1 > hashes.length - (hashes.length >> 2)) {
                grow();
                at = find(hash);
            }
            hashes[at] = hash;
            size++;
        }
        codesOfReads[at * reads + counts[at]++] = code;
        return null;
    }

    /** Whether it was counted. */
    boolean has(Object key) {
        return hashes[find(hash(key))] != 0;
    }

    /** Whether {@link #count} would bring the key out. */
    boolean comesOut(Object key, KeyVaultEvent event, int comesOutAt) {
        return reads == 0 || code(event.action()) == null || counts[find(hash(key))] >= Math.min(reads, comesOutAt - 1);
    }

    /** The events counted so far of a key that comes out; the slot stays taken, with nothing in it. */
    private List<String> takeOut(int at) {
        List<String> taken = new ArrayList<>(counts[at]);
        for (int i = 0; i < counts[at]; i++) {
            taken.add(actions.get(codesOfReads[at * reads + i] & 0xFF));
        }
        counts[at] = 0;
        return taken;
    }

    private @Nullable Byte code(String action) {
        Byte known = codes.get(action);
        if (known != null) {
            return known;
        }
        if (actions.size() == 256) {
            return null;
        }
        byte code = (byte) actions.size();
        actions.add(action);
        codes.put(action, code);
        return code;
    }

    private int find(long hash) {
        int mask = hashes.length - 1;
        int at = (int) (hash >>> 20) & mask;
        while (hashes[at] != 0 && hashes[at] != hash) {
            at = (at + 1) & mask;
        }
        return at;
    }

    private void grow() {
        long[] oldHashes = hashes;
        byte[] oldCounts = counts;
        byte[] oldCodes = codesOfReads;
        hashes = new long[oldHashes.length * 2];
        counts = new byte[hashes.length];
        codesOfReads = new byte[hashes.length * Math.max(reads, 1)];
        for (int i = 0; i < oldHashes.length; i++) {
            if (oldHashes[i] != 0) {
                int at = find(oldHashes[i]);
                hashes[at] = oldHashes[i];
                counts[at] = oldCounts[i];
                System.arraycopy(oldCodes, i * reads, codesOfReads, at * reads, reads);
            }
        }
    }

    /** Never 0, which marks an empty slot. */
    private long hash(Object key) {
        // A text's end is marked, so that a key of several values is not another of the same characters.
        long hash = seed;
        if (key instanceof List<?> values) {
            for (Object value : values) {
                hash = (mix(hash, String.valueOf(value)) ^ 0xFFFF) * 0x9E3779B97F4A7C15L;
            }
        } else {
            hash = mix(hash, key.toString());
        }
        hash = (hash ^ (hash >>> 32)) * 0xD6E8FEB86659FD93L;
        hash ^= hash >>> 32;
        return hash == 0 ? 1 : hash;
    }

    private static long mix(long start, String text) {
        long hash = start;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 29;
        }
        return hash;
    }
}
