package dev.vaultwatch.host;

import dev.vaultwatch.api.DetectionPlugin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Records in which somebody reads too much. */
final class Harvest {
    static final Instant NOON = Instant.parse("2026-11-03T12:00:30Z");
    static final int READS = 12;

    private Harvest() {}

    /** {@value #READS} reads of two kinds in the minute of {@link #NOON}. */
    static void feed(DetectionPlugin plugin, String upn) {
        for (int i = 0; i < READS; i++) {
            plugin.accept(read(NOON.plusMillis(i), i % 2 == 0 ? "SecretGet" : "KeyGet", upn));
        }
    }

    /** The same as lines in a file. */
    static Path file(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < READS; i++) {
            lines.add(new String(
                    read(NOON.plusMillis(i), i % 2 == 0 ? "SecretGet" : "KeyGet", "a@contoso.example"),
                    StandardCharsets.UTF_8));
        }
        return Files.write(file, lines);
    }

    static byte[] read(Instant time, String action, String upn) {
        return ("{\"time\":\"" + time + "\",\"category\":\"AuditEvent\",\"operationName\":\"" + action
                        + "\",\"resultType\":\"Success\",\"callerIpAddress\":\"192.0.2.7\",\"identity\":{\"claim\":{\"upn\":\""
                        + upn
                        + "\"}},\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V\"}")
                .getBytes(StandardCharsets.UTF_8);
    }
}
