package dev.vaultwatch.soak;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;

/**
 * Raw records as fast as memory takes them: one record as bytes, over which time, user and action are written. Lines collect in
 * a buffer that is used again, as {@code accept} allows. One thread.
 */
final class RecordTemplate {
    /** The start of the minute in which records happen. */
    static final Instant NOON = Instant.parse("2026-11-03T12:00:00Z");

    private static final byte[][] ACTIONS = {ascii("CertificateGet"), ascii("KeyListDeleted")};
    private static final String TIME = "2026-11-03T12:00:00.000Z";
    private static final String USER = "u0000000@contoso.example";
    private static final byte[] LINE = ascii("{\"time\":\"" + TIME
            + "\",\"category\":\"AuditEvent\",\"operationName\":\""
            + "CertificateGet\",\"resultType\":\"Success\",\"resultSignature\":\"OK\",\"callerIpAddress\":\"192.0.2.7\","
            + "\"identity\":{\"claim\":{\"upn\":\"" + USER + "\"}},\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/"
            + "PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V\"}\n");
    private static final int TIME_AT = find(TIME);
    private static final int USER_AT = find(USER) + 1;
    private static final int ACTION_AT = find("CertificateGet");

    private byte[] buffer = new byte[0];
    private int lines;

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static int find(String text) {
        return new String(LINE, StandardCharsets.US_ASCII).indexOf(text);
    }

    /** The name of the user with a number of up to seven digits. */
    static String upn(int user) {
        return "u%07d@contoso.example".formatted(user);
    }

    /** The name of the even or the odd action. */
    static String action(int number) {
        return new String(ACTIONS[number & 1], StandardCharsets.US_ASCII);
    }

    /** Adds a line; the time is in the same month. */
    void add(long millisSinceNoon, int user, int action) {
        int at = lines * LINE.length;
        if (at + LINE.length > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(LINE.length * 16, buffer.length * 2));
        }
        System.arraycopy(LINE, 0, buffer, at, LINE.length);
        long minute = millisSinceNoon / 60_000;
        long hour = 12 + minute / 60;
        digits(at + TIME_AT + 8, 3 + hour / 24, 2);
        digits(at + TIME_AT + 11, hour % 24, 2);
        digits(at + TIME_AT + 14, minute % 60, 2);
        digits(at + TIME_AT + 17, millisSinceNoon / 1000 % 60, 2);
        digits(at + TIME_AT + 20, millisSinceNoon % 1000, 3);
        digits(at + USER_AT, user, 7);
        System.arraycopy(ACTIONS[action & 1], 0, buffer, at + ACTION_AT, ACTIONS[0].length);
        lines++;
    }

    int lines() {
        return lines;
    }

    /** The lines added since the last call. */
    byte[] take() {
        byte[] taken = Arrays.copyOf(buffer, lines * LINE.length);
        lines = 0;
        return taken;
    }

    private void digits(int at, long number, int width) {
        long rest = number;
        for (int i = at + width - 1; i >= at; i--) {
            buffer[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}
