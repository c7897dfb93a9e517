package dev.vaultwatch.decode;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.event.KeyVaultEvent;

/** Takes what a decoder finds: each record ends in exactly one of the three. Called on the decoding thread. */
public interface EventSink {

    /** A record that a rule wants. */
    void event(KeyVaultEvent event);

    /** A well-formed record that no rule wants. */
    void ignored();

    /** A record that can't be read. */
    void deadLetter(DeadLetter letter);
}
