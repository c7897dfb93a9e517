package dev.vaultwatch.decode;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.event.KeyVaultEvent;

/** Takes what a decoder finds: each record ends in exactly one of the three. Called on the decoding thread. */
public interface EventSink {

    /** A record that a rule wants. */
    void event(KeyVaultEvent event);

    /** Comes before an event that has a text of unusual length: whoever keeps it should count what its texts take. */
    default void longTexts() {}

    /**
     * Whether a wanted event that names no user is to come with all it holds. If not, it may come with its time and action
     * alone, which is cheaper.
     *
     * @param time the event's, milliseconds since the epoch
     */
    default boolean needsAnonymous(long time) {
        return true;
    }

    /** A well-formed record that no rule wants. */
    void ignored();

    /** A record that can't be read. */
    void deadLetter(DeadLetter letter);
}
