package dev.vaultwatch.tool.cases;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.decode.EventSink;
import dev.vaultwatch.decode.IdentityMode;
import dev.vaultwatch.decode.KeyVaultDecoder;
import dev.vaultwatch.event.KeyVaultEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** When a record says that it happened: asked of the plugin's own decoder, so that the two can't disagree. */
final class RecordTime implements EventSink {
    private static final int MAX_RECORD_BYTES = 1 << 20;

    private @Nullable Instant time;

    private RecordTime() {}

    /** The event time of one Key Vault record; empty for anything else. */
    static Optional<Instant> of(String json) {
        RecordTime sink = new RecordTime();
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        new KeyVaultDecoder(IdentityMode.MERGED, MAX_RECORD_BYTES).decode(bytes, 0, bytes.length, any -> true, sink);
        return Optional.ofNullable(sink.time);
    }

    @Override
    public void event(KeyVaultEvent event) {
        if (time == null) {
            time = Instant.ofEpochMilli(event.time());
        }
    }

    @Override
    public void ignored() {}

    @Override
    public void deadLetter(DeadLetter letter) {}
}
