package dev.vaultwatch.log;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is known of a source. Immutable.
 *
 * @param name empty for the default source
 * @param epoch in which its offsets count; empty if the host does not know one
 * @param highest the highest offset taken
 * @param greatest the greatest event time seen, milliseconds since the epoch
 * @param watermark the source's watermark, milliseconds since the epoch
 * @param state where in its life the source is
 */
public record LoggedSource(
        String name,
        Optional<String> epoch,
        OptionalLong highest,
        OptionalLong greatest,
        OptionalLong watermark,
        State state) {

    /** As in {@link dev.vaultwatch.api.Source}. */
    public enum State {
        ACTIVE,
        IDLE,
        CLOSED,
        REVOKED
    }
}
