package dev.vaultwatch.alert;

import dev.vaultwatch.api.Alert;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** Tells whether two alerts say the same: stage and outputs. */
public final class Fingerprint {

    private Fingerprint() {}

    /** 16 hexadecimal digits. */
    public static String of(Alert alert) {
        byte[] digest = AlertId.sha256()
                .digest((alert.id() + alert.stage() + alert.outputs()).getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(Arrays.copyOf(digest, 8));
    }
}
