package dev.vaultwatch.decode;

import dev.vaultwatch.decode.envelope.Carriers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Tells a second record in a wrapper from a copy of the first, in whatever form that is: a copy has the record's correlation id in it, and
 * another record an id of its own. Where there is none, or what is carried is Base64, it is taken for a copy. What has the same id is
 * compared record by record where it is an array, or where neither stands under a name that is known for copies ({@link Copies}).
 */
final class SecondRecord {
    /** In all of the member's names: {@code correlationId}, {@code CorrelationId}, {@code correlation_id}. */
    private static final byte[] NAME = "orrelation".getBytes(StandardCharsets.UTF_8);

    /** Less may stand in a copy, or in another record, by chance. */
    private static final int SHORTEST = 8;

    private SecondRecord() {}

    /** Whether a member may hold another record than the one with that correlation id. */
    static boolean isLikely(String correlation, byte[] bytes, RecordFields.Member member, int end) {
        if (correlation.length() < SHORTEST) {
            return false;
        }
        int to = end(bytes, member, end);
        return contains(bytes, member.from(), to, NAME)
                && !contains(bytes, member.from(), to, correlation.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether a member that is not {@link #isLikely} to hold another record is to be compared with what was read. */
    static boolean isUnsure(String correlation, String read, String other, boolean array) {
        return correlation.length() >= SHORTEST && (array || (!Carriers.isKnown(read) && !Carriers.isKnown(other)));
    }

    /** Whether a member has a correlation id at all, so that it may be a record. */
    static boolean hasCorrelation(byte[] bytes, RecordFields.Member member, int end) {
        return contains(bytes, member.from(), end(bytes, member, end), NAME);
    }

    /** The same of a text, or of a map as one. */
    static boolean hasCorrelation(String value) {
        return value.contains(new String(NAME, StandardCharsets.UTF_8));
    }

    private static int end(byte[] bytes, RecordFields.Member member, int end) {
        return member.to() > member.from()
                ? member.to()
                : Bytes.endOfText(bytes, Math.min(end, member.from() + 1), end);
    }

    /** As {@link #isLikely(String, byte[], RecordFields.Member, int)}, of a text, or of a map as one. */
    static boolean isLikely(String correlation, String value) {
        return correlation.length() >= SHORTEST
                && value.contains(new String(NAME, StandardCharsets.UTF_8))
                && !value.contains(correlation);
    }

    private static boolean contains(byte[] bytes, int from, int to, byte[] text) {
        char first = (char) text[0];
        for (int at = Bytes.indexOf(first, bytes, from, to);
                at <= to - text.length;
                at = Bytes.indexOf(first, bytes, at + 1, to)) {
            if (Arrays.equals(bytes, at, at + text.length, text, 0, text.length)) {
                return true;
            }
        }
        return false;
    }
}
