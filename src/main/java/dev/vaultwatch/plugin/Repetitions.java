package dev.vaultwatch.plugin;

import dev.vaultwatch.event.KeyVaultEvent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;

/**
 * The events that were taken within the allowed lateness, for inputs that bring a record twice: two diagnostic settings,
 * overlapping exports. Two records are of one operation if they agree in correlation id, action, time and object, whatever
 * shape they came in; where there is no correlation id, if they agree in everything. Guarded by the plugin's lock.
 */
final class Repetitions {
    /** Long enough that two different events never agree. */
    private static final int BYTES = 16;

    private static final long BUCKET_MILLIS = 60_000;

    private final Set<ByteBuffer> seen = new HashSet<>();
    private final TreeMap<Long, Set<ByteBuffer>> byTime = new TreeMap<>();
    private final MessageDigest digest;

    Repetitions() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform must have SHA-256.", e);
        }
    }

    private ByteBuffer identity(KeyVaultEvent event) {
        String correlation = event.correlationId();
        String text = correlation == null || correlation.isEmpty()
                ? event.toEcs().toString()
                : String.join("\n", correlation, event.action(), Long.toString(event.time()), object(event));
        return ByteBuffer.wrap(Arrays.copyOf(digest.digest(text.getBytes(StandardCharsets.UTF_8)), BYTES));
    }

    private static String object(KeyVaultEvent event) {
        String name = event.objectName();
        String uri = event.requestUri();
        String vault = event.vault();
        return name != null ? vault + "/" + name : uri != null ? uri : String.valueOf(vault);
    }

    boolean has(KeyVaultEvent event) {
        return seen.contains(identity(event));
    }

    /** Notes an event that was taken. */
    void add(KeyVaultEvent event) {
        ByteBuffer identity = identity(event);
        if (seen.add(identity)) {
            byTime.computeIfAbsent(Math.floorDiv(event.time(), BUCKET_MILLIS), bucket -> new HashSet<>())
                    .add(identity);
        }
    }

    /** Forgets events before the given time: their like would be late for good. */
    void forgetBefore(long eventTime) {
        while (!byTime.isEmpty() && (byTime.firstKey() + 1) * BUCKET_MILLIS <= eventTime) {
            seen.removeAll(byTime.pollFirstEntry().getValue());
        }
    }
}
