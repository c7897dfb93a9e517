package dev.vaultwatch.plugin;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;

/**
 * The contents that were taken within the allowed lateness, for sources without positions. What one call of {@code accept}
 * brought is one content. Guarded by the plugin's lock.
 */
final class Repetitions {
    static final byte[] NONE = {};

    /** Long enough that two different records never agree. */
    private static final int BYTES = 16;

    private static final long BUCKET_MILLIS = 60_000;

    private final Set<ByteBuffer> seen = new HashSet<>();
    private final TreeMap<Long, Set<ByteBuffer>> byTime = new TreeMap<>();

    static byte[] hash(byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return Arrays.copyOf(digest, BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform must have SHA-256.", e);
        }
    }

    boolean has(byte[] hash) {
        return hash.length > 0 && seen.contains(ByteBuffer.wrap(hash));
    }

    /**
     * Notes a content.
     *
     * @param eventTime of the latest event in it
     */
    void add(byte[] hash, long eventTime) {
        if (hash.length > 0) {
            ByteBuffer content = ByteBuffer.wrap(hash);
            seen.add(content);
            byTime.computeIfAbsent(Math.floorDiv(eventTime, BUCKET_MILLIS), bucket -> new HashSet<>())
                    .add(content);
        }
    }

    /** Forgets contents about times before the given one: their events would be late for good. */
    void forgetBefore(long eventTime) {
        while (!byTime.isEmpty() && (byTime.firstKey() + 1) * BUCKET_MILLIS <= eventTime) {
            seen.removeAll(byTime.pollFirstEntry().getValue());
        }
    }
}
