package dev.vaultwatch.store;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import org.jspecify.annotations.Nullable;

/** Events for the store's tests, with something in a text, an address and a number. */
final class Reads {
    private Reads() {}

    static KeyVaultEvent read(long time, @Nullable String upn, String action) {
        return read(time, upn, action, "vault");
    }

    static KeyVaultEvent read(long time, @Nullable String upn, String action, String vault) {
        return KeyVaultEvent.builder(time, action)
                .with(Property.UPN, upn)
                .with(Property.SOURCE_IP, "192.0.2.7")
                .with(Property.VAULT, vault)
                .with(Property.HTTP_STATUS, 200)
                .build();
    }
}
