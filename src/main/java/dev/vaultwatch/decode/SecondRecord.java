package dev.vaultwatch.decode;

import dev.vaultwatch.decode.envelope.Carriers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Tells a second record in a wrapper from a copy of the first, in whatever form that is, as far as can be told without reading it: a copy
 * has the record's correlation id in it, and another record an id of its own. Where the record has none, what stands beside it is taken for
 * its copy. What can't be told, or may be both, as an array or Base64 may, is compared record by record ({@link Copies}).
 */
final class SecondRecord {
    /** In all of the member's names: {@code correlationId}, {@code CorrelationId}, {@code correlation_id}. */
    private static final byte[] NAME = "orrelation".getBytes(StandardCharsets.UTF_8);

    /** Less may stand in a copy, or in another record, by chance. */
    private static final int SHORTEST = 8;

    /** What the Base64 of an object or an array begins with, by what stands behind the bracket. */
    private static final List<String> BASE64 = List.of("ey", "ew", "W3", "Ww", "Wy", "Cn", "Cl");

    /** The same where it stands somewhere inside: of what begins with a bracket and a quote, or two brackets. */
    private static final List<byte[]> BASE64_INSIDE =
            List.of("eyJ".getBytes(StandardCharsets.UTF_8), "W3s".getBytes(StandardCharsets.UTF_8));

    /** What stands beside a record that was read. */
    enum Verdict {
        NOTHING,
        COPY,
        /** Another record. */
        OTHER,
        /** To be compared with all that was read. */
        UNSURE
    }

    private SecondRecord() {}

    /**
     * Judges a member beside the one that was read.
     *
     * @param correlation the id of the first record that was read; empty if it has none
     * @param one whether that is the only record that was read
     * @param read the name of the member in which it was
     */
    static Verdict of(String correlation, boolean one, String read, byte[] bytes, RecordFields.Member member, int end) {
        boolean text = member.to() <= member.from();
        int to = text ? Bytes.endOfText(bytes, Math.min(end, member.from() + 1), end) : member.to();
        return of(correlation, one, read, member.name(), bytes, member.from() + (text ? 1 : 0), to);
    }

    /** The same of a member that a host has as a map, a list or a text. */
    static Verdict of(String correlation, boolean one, String read, String name, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return of(correlation, one, read, name, bytes, 0, bytes.length);
    }

    private static Verdict of(
            String correlation, boolean one, String read, String name, byte[] bytes, int from, int to) {
        if (correlation.length() < SHORTEST || from >= to) {
            return Verdict.NOTHING;
        }
        int first = indexOf(bytes, from, to, NAME);
        if (first < 0) {
            return mayHoldBase64(bytes, from, to) ? Verdict.UNSURE : Verdict.NOTHING;
        }
        boolean several = bytes[from] == '[' || indexOf(bytes, first + NAME.length, to, NAME) >= 0;
        if (indexOf(bytes, from, to, correlation.getBytes(StandardCharsets.UTF_8)) < 0) {
            return one ? Verdict.OTHER : Verdict.UNSURE;
        }
        return several || (!Carriers.isKnown(read) && !Carriers.isKnown(name)) ? Verdict.UNSURE : Verdict.COPY;
    }

    private static boolean mayHoldBase64(byte[] bytes, int from, int to) {
        if (bytes[from] != '{' && bytes[from] != '[') {
            return to - from > 1
                    && BASE64.contains(new String(bytes, from, 2, StandardCharsets.ISO_8859_1))
                    && Carriers.isLongEnough(to - from);
        }
        return BASE64_INSIDE.stream().anyMatch(begin -> indexOf(bytes, from, to, begin) >= 0);
    }

    private static int indexOf(byte[] bytes, int from, int to, byte[] text) {
        char first = (char) text[0];
        for (int at = Bytes.indexOf(first, bytes, from, to);
                at <= to - text.length;
                at = Bytes.indexOf(first, bytes, at + 1, to)) {
            if (Arrays.equals(bytes, at, at + text.length, text, 0, text.length)) {
                return at;
            }
        }
        return -1;
    }
}
