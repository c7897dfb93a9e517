package dev.vaultwatch.journal;

import dev.vaultwatch.event.KeyVaultEvent;
import org.jspecify.annotations.Nullable;

/** Events for the journal's tests, with something in a text, an address and a number. */
final class Reads {
    private Reads() {}

    static KeyVaultEvent read(long time, @Nullable String upn, String action) {
        return read(time, upn, action, "vault");
    }

    static KeyVaultEvent read(long time, @Nullable String upn, String action, String vault) {
        return new KeyVaultEvent(
                time,
                action,
                upn,
                null,
                null,
                "192.0.2.7",
                null,
                null,
                null,
                null,
                null,
                vault,
                null,
                null,
                200,
                null,
                null,
                null,
                null,
                null);
    }
}
