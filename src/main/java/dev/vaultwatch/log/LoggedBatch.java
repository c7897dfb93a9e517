package dev.vaultwatch.log;

import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.event.KeyVaultEvent;
import java.util.List;
import java.util.Optional;

/**
 * What one call brought. Immutable.
 *
 * @param source the source's name; empty for the default source
 * @param epoch in which its offsets count; empty if the host does not know one
 * @param range the places that the call covers
 * @param hash of the content, as text; empty if it is not noted
 * @param items the events, in order; may be empty
 */
public record LoggedBatch(
        String source, Optional<String> epoch, Optional<OffsetRange> range, String hash, List<Item> items) {

    /** Copies the list. */
    public LoggedBatch {
        items = List.copyOf(items);
    }

    /**
     * An event, or the time of one that no rule can use but that moves the watermark.
     *
     * @param time milliseconds since the epoch
     * @param event empty for a time alone
     */
    public record Item(long time, Optional<KeyVaultEvent> event) {}
}
