package dev.vaultwatch.decode;

import com.fasterxml.jackson.core.JsonParser;
import dev.vaultwatch.api.DeadLetter.Reason;
import dev.vaultwatch.decode.Letters.Fault;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What reading an object came to: where it ends, or in what it stopped, or why it could not be read. */
record Read(
        int end,
        RecordFields.@Nullable Envelope envelope,
        @Nullable Fault fault) {

    /** Reads the object that starts at a place. */
    static Read of(Tools tools, RecordFields into, byte[] bytes, int start, int limit, boolean intoEnvelopes) {
        try (JsonParser parser = tools.json.createParser(bytes, start, limit - start)) {
            parser.nextToken();
            RecordFields.Envelope envelope = into.read(parser, bytes, start, intoEnvelopes);
            long offset = parser.currentLocation().getByteOffset();
            if (offset < 0) {
                // What looks like UTF-16 or 32 is read by characters, and nobody knows where in the bytes it ends.
                return new Read(
                        start,
                        null,
                        new Fault(Reason.MALFORMED, "", "The record is not in UTF-8.", Letters.EXPECTED_RECORD));
            }
            return new Read(start + (int) offset, envelope, null);
        } catch (IOException notJson) {
            return new Read(start, null, Letters.notWellFormed(notJson, into.pointer()));
        } catch (RuntimeException | StackOverflowError failure) {
            return new Read(start, null, Letters.internal(failure));
        }
    }
}
