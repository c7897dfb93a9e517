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

/** When a record says that it happened, and what: asked of the plugin's own decoder, so that the two can't disagree. */
final class RecordEvent implements EventSink {
    private static final int MAX_RECORD_BYTES = 1 << 20;

    private @Nullable KeyVaultEvent first;

    private RecordEvent() {}

    /** One Key Vault record as an event of a case; empty for anything else. */
    static Optional<CaseEvent> of(String json) {
        RecordEvent sink = new RecordEvent();
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        new KeyVaultDecoder(IdentityMode.MERGED, MAX_RECORD_BYTES).decode(bytes, 0, bytes.length, any -> true, sink);
        return Optional.ofNullable(sink.first)
                .map(event -> new CaseEvent(Instant.ofEpochMilli(event.time()), event.action(), json));
    }

    @Override
    public void event(KeyVaultEvent event) {
        if (first == null) {
            first = event;
        }
    }

    @Override
    public void ignored() {}

    @Override
    public void deadLetter(DeadLetter letter) {}
}
