package dev.vaultwatch.alert;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Names an alert by what it is about: rule, anchor, grouping key and, where several alerts may share these, a discriminator.
 * Totals and versions stay out, so that a replay, a reload or a late event finds the same name again.
 */
final class AlertId {
    // 128 bits: a thousand million alerts collide with a chance of about 1 in 10^21.
    private static final int BYTES = 16;

    private AlertId() {}

    static String of(String ruleId, long anchor, Map<String, String> groupingKey) {
        return of(ruleId, anchor, groupingKey, "");
    }

    /**
     * The alert's name.
     *
     * @param groupingKey in any order
     * @param discriminator empty for none
     */
    static String of(String ruleId, long anchor, Map<String, String> groupingKey, String discriminator) {
        MessageDigest digest = sha256();
        update(digest, ruleId);
        update(digest, Long.toString(anchor));
        update(digest, groupingKey);
        if (!discriminator.isEmpty()) {
            update(digest, discriminator);
        }
        return hex(digest);
    }

    /** Names a grouping key, whatever it was alerted for. */
    static String ofKey(Map<String, String> groupingKey) {
        MessageDigest digest = sha256();
        update(digest, groupingKey);
        return hex(digest);
    }

    /** Names a list of texts. */
    static String hash(String... texts) {
        MessageDigest digest = sha256();
        for (String text : texts) {
            update(digest, text);
        }
        return hex(digest);
    }

    private static void update(MessageDigest digest, Map<String, String> key) {
        Map<String, String> sorted =
                key.size() == 1 || (key instanceof SortedMap<String, String> map && map.comparator() == null)
                        ? key
                        : new TreeMap<>(key);
        sorted.forEach((column, value) -> {
            update(digest, column);
            update(digest, value);
        });
    }

    /** Length first, so that no two lists of texts give the same bytes. */
    private static void update(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = bytes.length;
        digest.update(
                new byte[] {(byte) (length >>> 24), (byte) (length >>> 16), (byte) (length >>> 8), (byte) length});
        digest.update(bytes);
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(Arrays.copyOf(digest.digest(), BYTES));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform must have SHA-256.", e);
        }
    }
}
