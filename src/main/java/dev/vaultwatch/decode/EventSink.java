package dev.vaultwatch.decode;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Takes what a decoder finds: each record ends in exactly one of {@link #event}, {@link #ignored(Ignored)}, {@link #unrecognised}
 * and {@link #deadLetter}; the other methods say more of a record or of the input and count none. Called on the decoding thread.
 */
public interface EventSink {

    /** Every property. */
    Set<Property> ALL_PROPERTIES = Collections.unmodifiableSet(EnumSet.allOf(Property.class));

    /** A record that a rule wants. */
    void event(KeyVaultEvent event);

    /** Comes before an event that has a text of unusual length: whoever keeps it should count what its texts take. */
    default void longTexts() {}

    /** Comes before an event that names no user, and says why it doesn't. */
    default void userless(Userless cause) {}

    /**
     * Whether a wanted event that names no user is to come with all it holds. If not, it may come with its time and action
     * alone, which is cheaper.
     *
     * @param time the event's, milliseconds since the epoch
     */
    default boolean needsAnonymous(long time) {
        return true;
    }

    /**
     * Which properties events are to have; asked once for each call. Those that name the action, the caller and the vault, and say what
     * came of it, they have in any case; of the others, what is left out costs no text. Give the same immutable set each time: it is
     * known by its identity. By default all.
     */
    default Set<Property> properties() {
        return ALL_PROPERTIES;
    }

    /** A well-formed record that no rule wants. */
    void ignored();

    /** A well-formed record that no rule wants, and why. By default the reason is not kept. */
    default void ignored(Ignored reason) {
        ignored();
    }

    /**
     * An object without any field of Key Vault or Azure, at any level that was looked at. By default it counts as ignored.
     *
     * @param firstKeys the names of its first members, at most {@value KeyVaultDecoder#FIRST_KEYS}, each cut to
     *     {@value KeyVaultDecoder#MAX_KEY} characters
     */
    default void unrecognised(List<String> firstKeys) {
        ignored();
    }

    /** Comes before the record whose bytes were not all UTF-8; what was not is U+FFFD in it. */
    default void invalidUtf8() {}

    /** Something of the input as a whole that a person should know, in a sentence. Said once for each {@link DayOrder}. */
    default void note(String sentence) {}

    /** A record that can't be read. */
    void deadLetter(DeadLetter letter);
}
