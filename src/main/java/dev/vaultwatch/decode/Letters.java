package dev.vaultwatch.decode;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DeadLetter.Reason;
import dev.vaultwatch.decode.envelope.FileKind;
import dev.vaultwatch.decode.envelope.LineKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The sentences of dead letters. None quotes what it is about: that is someone's log. */
final class Letters {
    static final String EXPECTED_RECORD =
            "One complete JSON object in UTF-8, such as {\"time\":…,\"operationName\":…}.";

    static final String EXPECTED_OBJECT = "A JSON object, or an array or envelope of objects.";

    static final Fault NO_OBJECT =
            new Fault(Reason.NOT_A_RECORD, "", "This is JSON, but not an object.", EXPECTED_OBJECT);

    static final Fault DAMAGED_ROW = new Fault(
            Reason.MALFORMED,
            "",
            "The row has more or fewer values than there are columns, so that it can't be told which is whose.",
            "One value for each column; in CSV, quotes around a value with a separator in it.");

    static final Fault MORE_MEMBERS = new Fault(
            Reason.TOO_LARGE,
            "",
            "The object has more members that may hold records than are looked into; records in the others are lost.",
            "At most 256 texts, or 10,000 objects or arrays, under names of the sender's own; or an array of records.");

    private Letters() {}

    /** Why one record could not be read, before it is known how far it goes. */
    record Fault(Reason reason, String pointer, String problem, String expected) {

        /** The letter, for a record at a place. */
        DeadLetter at(String outer, String text) {
            return new DeadLetter(reason, outer + pointer, problem, expected, text);
        }
    }

    /** Why the parser gave up. */
    static Fault notWellFormed(IOException notJson, String pointer) {
        if (notJson instanceof StreamConstraintsException) {
            return tooDeep(pointer, Tools.MAX_DEPTH);
        }
        long offset = notJson instanceof JsonProcessingException located && located.getLocation() != null
                ? located.getLocation().getByteOffset()
                : -1;
        String where = offset < 0 ? "" : " at byte " + offset + " of the record";
        return new Fault(
                Reason.MALFORMED,
                pointer,
                notJson instanceof JsonEOFException
                        ? "The record breaks off" + where + "."
                        : "The record is not well-formed JSON" + where + ".",
                EXPECTED_RECORD);
    }

    static Fault tooDeep(String pointer, int levels) {
        return new Fault(
                Reason.TOO_LARGE,
                pointer,
                "The record is nested too deeply, or holds a number that is too long.",
                "At most " + levels + " levels, and numbers of at most " + StreamReadConstraints.DEFAULT_MAX_NUM_LEN
                        + " digits.");
    }

    static Fault internal(Throwable failure) {
        // The class and not the message: messages quote what they stumbled over.
        return new Fault(
                Reason.INTERNAL,
                "",
                "The decoder failed with " + failure.getClass().getName() + ".",
                "Decoder bug; please report it.");
    }

    static DeadLetter badTime(AuditFields fields, String pointer, String text) {
        long time = fields.time();
        String problem = !fields.hasTime()
                ? "The record has no time."
                : time == TimeText.UNREADABLE
                        ? "The time can't be read."
                        : "The time lies before 2014, when there was no Key Vault.";
        String expected = time == TimeText.UNREADABLE ? TimeText.EXPECTED : "A time since 2014. " + TimeText.EXPECTED;
        return new DeadLetter(Reason.BAD_TIME, pointer + fields.timePointer(), problem, expected, text);
    }

    static DeadLetter tooLarge(String pointer, int maxRecordBytes, String text) {
        return new DeadLetter(
                Reason.TOO_LARGE,
                pointer,
                "The record has more than " + maxRecordBytes + " bytes.",
                "A record of at most " + maxRecordBytes + " bytes (record.max-bytes).",
                text);
    }

    static DeadLetter brokenOff(String pointer, String text) {
        return new DeadLetter(
                Reason.MALFORMED,
                pointer,
                "The array of records breaks off; what was complete in it was read.",
                "A closing ']' behind the last record.",
                text);
    }

    /** Why an answer, all of which was read, is not all. */
    static Fault partial(String sentence) {
        return new Fault(
                Reason.MALFORMED,
                "",
                "The answer says that it is partial: " + sentence + ". What is in it was read; records may be missing.",
                "A whole answer: ask again, for less at a time.");
    }

    /** Why something that begins at a place is no JSON: what its line is, where that is known. */
    static Fault notJson(byte[] bytes, int from, int limit) {
        int end = LineShape.endOfLine(bytes, from, Math.min(limit, from + LineKind.HEAD));
        String line = new String(bytes, from, end - from, StandardCharsets.UTF_8);
        return new Fault(
                Reason.MALFORMED,
                "",
                LineKind.of(line).map(LineKind::sentence).orElse("This is not JSON."),
                EXPECTED_RECORD);
    }

    static DeadLetter kind(FileKind kind, String text) {
        return new DeadLetter(
                Reason.NOT_A_RECORD,
                "",
                "This is " + kind.what() + ". " + kind.advice(),
                "JSON or CSV as text in UTF-8 or UTF-16.",
                text);
    }

    static String text(byte[] bytes, int from, int to) {
        // A character takes 4 bytes at most; the letter itself cuts to characters.
        int most = 4 * DeadLetter.MAX_RECORD_CHARS;
        return new String(bytes, from, Math.min(to - from, most), StandardCharsets.UTF_8);
    }
}
