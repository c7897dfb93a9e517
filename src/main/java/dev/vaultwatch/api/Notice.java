package dev.vaultwatch.api;

import java.util.Objects;

/**
 * Something an operator should know.
 *
 * @param kind what it is about
 * @param message one sentence for a person
 * @param count the number it is about, such as the alerts withheld; 0 where there is none
 */
public record Notice(Kind kind, String message, long count) {

    /** What a notice is about. */
    public enum Kind {
        /** A rule reached its cap; further alerts of that period are withheld. */
        ALERT_CAP_REACHED,
        /** A capped period is over; {@link Notice#count()} alerts were withheld in it. */
        ALERTS_WITHHELD,
        /** A bound was reached in a window; {@link Notice#count()} events were counted without keeping what they hold. */
        EVIDENCE_CUT,
        /** Closed windows had to make room for newer ones; events that still come for them are handed over as late. */
        LATENESS_CUT,
        /**
         * A bound was reached that counting can't get round; calls are answered with OVERLOADED until what the message names has
         * happened: the window's close, or the listener's taking some alerts.
         */
        OVERLOADED,
        /** The journal on disk can't be written or read in full; what that costs is in the message. */
        JOURNAL,
        /** The rules' folder changed and was reloaded, or refused; the message says which. */
        RULES_RELOADED,
        /** Of {@code rules.cache-dir} something can't be used; the message says what, and the rule was compiled instead. */
        RULE_CACHE,
        /** A rule failed while it ran; its row is gone, the rule goes on. */
        RULE_FAILED
    }

    /** Refuses {@code null}. */
    public Notice {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(message, "message");
    }
}
