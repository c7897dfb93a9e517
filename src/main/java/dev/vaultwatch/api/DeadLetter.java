package dev.vaultwatch.api;

import java.util.Objects;

/**
 * A record that could not be read, kept for inspection. It may hold secrets' names: treat it as the log it came from. The
 * plugin itself never logs one.
 *
 * @param reason the kind of fault, for counting
 * @param pointer where in the record, as an RFC 6901 JSON pointer; empty for the whole of it, and {@code /time} for a time that is
 *     impossible, by whatever name the record has it
 * @param problem what was wrong, without any of the record's content
 * @param expected what would have been right
 * @param record the record as text: JSON as it came, with invalid UTF-8 replaced; of a map its {@code toString}; of an event at
 *     an impossible time its fields by ECS name. Cut after {@value #MAX_RECORD_CHARS} characters
 */
public record DeadLetter(Reason reason, String pointer, String problem, String expected, String record) {

    /** The most of a record that is kept, in characters: enough for any record that Azure writes, short of a flood. */
    public static final int MAX_RECORD_CHARS = 65_536;

    /** The kind of fault. */
    public enum Reason {
        /** Not JSON, or JSON that was cut short. */
        MALFORMED,
        /** JSON, but neither a record nor an envelope of records. */
        NOT_A_RECORD,
        /** A record a rule wants, without a time that can be read. */
        BAD_TIME,
        /** A time further ahead of the wall clock than {@code time.max-future}. */
        FAR_FUTURE,
        /** Larger than {@code record.max-bytes}, or nested too deeply. */
        TOO_LARGE,
        /** The decoder failed in a way it should not have: please report it. */
        INTERNAL
    }

    /** Refuses {@code null}, and cuts the record. */
    public DeadLetter {
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(pointer, "pointer");
        Objects.requireNonNull(problem, "problem");
        Objects.requireNonNull(expected, "expected");
        if (record.length() > MAX_RECORD_CHARS) {
            record = record.substring(0, MAX_RECORD_CHARS);
        }
    }
}
