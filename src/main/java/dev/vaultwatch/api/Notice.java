package dev.vaultwatch.api;

import java.util.Objects;

/** Something an operator should know. Immutable. */
public final class Notice {
    private final Kind kind;
    private final String message;
    private final long count;

    private Notice(Kind kind, String message, long count) {
        this.kind = Objects.requireNonNull(kind, "kind");
        this.message = CleanText.line(Objects.requireNonNull(message, "message"));
        this.count = count;
    }

    /**
     * A notice.
     *
     * @param message one sentence for a person; {@link CleanText cleaned} here, since it may name what records and files hold
     * @param count the number it is about; 0 where there is none
     */
    public static Notice of(Kind kind, String message, long count) {
        return new Notice(kind, message, count);
    }

    /** What a notice is about. */
    public enum Kind {
        /** A rule reached its cap; further alerts of that period are withheld. */
        ALERT_CAP_REACHED,
        /** A capped period is over; {@link Notice#count()} alerts were withheld in it. */
        ALERTS_WITHHELD,
        /** A suppression kept back {@link Notice#count()} alerts, and no later one like them has told of it. */
        ALERTS_SUPPRESSED,
        /** A rule was taken out of force; {@link Notice#count()} alerts that it raised early are neither confirmed nor retracted. */
        EARLY_UNCONFIRMED,
        /** Something of the site's tuning is of no use any more, such as an exception that has expired. */
        TUNING,
        /**
         * A bound was reached in a window; {@link Notice#count()} events were counted without keeping what they hold. Said when the window
         * closes, and again if late events make it twice as many.
         */
        EVIDENCE_CUT,
        /** Closed windows had to make room for newer ones; events that still come for them are handed over as late. */
        LATENESS_CUT,
        /**
         * A bound was reached; calls of a source that is ahead, or all calls, are answered with OVERLOADED until what the message
         * names has happened: that the sources behind have come further, or that the listener has taken some alerts.
         */
        OVERLOADED,
        /** The journal on disk can't be written or read in full; what that costs is in the message. */
        JOURNAL,
        /** The rules or their tuning changed and were reloaded, or refused; the message says which. */
        RULES_RELOADED,
        /** A rule that a start put in force asks for events, or for more of them, than the journal holds; see the message. */
        HISTORY_INCOMPLETE,
        /** Of {@code rules.cache-dir} something can't be used; the message says what, and the rule was compiled instead. */
        RULE_CACHE,
        /** Objects came that are no Key Vault records; the message has the names of their first members. */
        UNRECOGNISED,
        /** Something of the input as a whole, such as dates that can be read in two ways. */
        INPUT,
        /** An enricher failed, or a file of {@code enrich.files} can't be read; the message says what events lack for it. */
        ENRICHMENT,
        /** A rule compiles, and part of it is probably not meant; the message has file, line and column. Or no rule is in force. */
        RULE_WARNING,
        /** A rule failed while it ran; its finding is lost, the rule goes on. */
        RULE_FAILED,
        /** A rule took more time than its budget, or failed for good, and is suspended until the next reload. */
        RULE_SUSPENDED,
        /** A rule reached a bound of its own; what that costs is in the message. */
        RULE_LIMITED,
        /** Events were dropped as late; once a window, with source, count and the oldest. */
        LATE_LOSS,
        /** Event time stands still, or creeps, while events wait; the message names the source that holds it back. */
        TIME_STALLED,
        /** A source's offsets began anew, so what it brings counts as repeated until it is opened in another epoch. */
        SOURCE_RECREATED,
        /**
         * A listener threw at every attempt to deliver an alert; it is tried again after a restart. Or another owner's alerts that were not
         * acknowledged are of a rule that is not in force here.
         */
        DELIVERY_FAILED,
        /** A callback has not returned for a while, or the host's executor has begun none; alerts wait. */
        LISTENER_STUCK
    }

    /** What it is about. */
    public Kind kind() {
        return kind;
    }

    /** One sentence for a person. */
    public String message() {
        return message;
    }

    /** The number it is about, such as the alerts withheld; 0 where there is none. */
    public long count() {
        return count;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Notice notice
                && notice.kind == kind
                && notice.message.equals(message)
                && notice.count == count;
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, message, count);
    }

    @Override
    public String toString() {
        return kind + ": " + message;
    }
}
