package dev.vaultwatch.engine;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Events and minutes that the engine's tests share. */
final class Events {
    static final String MALLORY = "mallory@contoso.example";
    static final String TRENT = "trent@contoso.example";

    static final long AT_02_41 = Instant.parse("2026-11-03T02:41:00Z").toEpochMilli();
    static final long MINUTE = 60_000;
    static final long AT_02_42 = AT_02_41 + MINUTE;
    static final long AT_02_43 = AT_02_42 + MINUTE;

    private Events() {}

    /** A read of a vault with nothing but time, action and user. */
    static KeyVaultEvent read(long time, String action, @Nullable String upn) {
        return read(time, action, upn, null);
    }

    /** A read of a named vault. */
    static KeyVaultEvent read(long time, String action, @Nullable String upn, @Nullable String vault) {
        return KeyVaultEvent.builder(time, action)
                .with(Property.UPN, upn)
                .with(Property.VAULT, vault)
                .build();
    }

    /** So many reads of one user, a second apart, going round the given actions. */
    static List<KeyVaultEvent> reads(long from, int count, String upn, String... actions) {
        return IntStream.range(0, count)
                .mapToObj(i -> read(from + i * 1_000L % MINUTE, actions[i % actions.length], upn))
                .toList();
    }

    /** Reads enough to raise an alert: ten, in two ways. */
    static List<KeyVaultEvent> harvest(long from, String upn) {
        return reads(from, 10, upn, "SecretList", "SecretGet");
    }
}
