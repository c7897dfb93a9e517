package dev.vaultwatch.alert;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;

/**
 * Names an alert by what it is about: rule, window start and grouping key. Totals and versions stay out, so that a replay, a
 * reload or a late event finds the same name again.
 */
final class AlertId {
    // 128 bits: a thousand million alerts collide with a chance of about 1 in 10^21.
    private static final int BYTES = 16;

    private AlertId() {}

    static String of(String ruleId, long windowStart, Map<String, String> groupingKey) {
        MessageDigest digest = sha256();
        update(digest, ruleId);
        update(digest, Long.toString(windowStart));
        groupingKey.forEach((column, value) -> {
            update(digest, column);
            update(digest, value);
        });
        return HexFormat.of().formatHex(Arrays.copyOf(digest.digest(), BYTES));
    }

    /** Length first, so that no two lists of texts give the same bytes. */
    private static void update(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = bytes.length;
        digest.update(
                new byte[] {(byte) (length >>> 24), (byte) (length >>> 16), (byte) (length >>> 8), (byte) length});
        digest.update(bytes);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform must have SHA-256.", e);
        }
    }
}
