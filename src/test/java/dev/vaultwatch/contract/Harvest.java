package dev.vaultwatch.contract;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Reads that the shipped rule alerts on. */
final class Harvest {
    private static final Instant NOON = Instant.parse("2026-11-03T12:00:00Z");

    private Harvest() {}

    /** Twelve reads of a user, of two kinds, so many seconds after noon. */
    static byte[] of(String upn, int second) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            lines.append("{\"time\":\"")
                    .append(NOON.plusSeconds(second).plusMillis(i))
                    .append("\",\"category\":\"AuditEvent\",\"operationName\":\"")
                    .append(i % 2 == 0 ? "SecretGet" : "KeyGet")
                    .append("\",\"identity\":{\"claim\":{\"upn\":\"")
                    .append(upn)
                    .append("\"}}}\n");
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }
}
