package dev.vaultwatch.decode.envelope;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** What log shippers write before a record on its line: a syslog header, a time, a tag. */
public final class LinePrefix {

    /** A syslog header of RFC 5424 with structured data is shorter, and so is all that shippers write. */
    public static final int MAX_LENGTH = 1024;

    /** A time since 1970 in seconds has as many digits, at least; what is shorter is some other number. */
    private static final int SECONDS = 10;

    /** What no JSON array begins with: a bracketed word, time or level, such as {@code [2026-11-03T02:41:00Z]} before an object. */
    private static final Pattern BRACKETED = Pattern.compile(
            "\\[[^\\[\\]{}\",]*[^\\[\\]{}\",0-9 .-][^\\[\\]{}\",]*\\].*\\{.*|\\[[^\\[\\]{}\",]*\\] ?[A-Za-z<].*");

    /** What numbers are written with. */
    private static final String NUMBER = "0123456789.-+eE";

    private LinePrefix() {}

    /**
     * Where the first record on a line begins, if something stands before it.
     *
     * @param from the line's first byte that is no white space
     * @return its opening bracket's place; -1 if the line has none, or none near its start, or begins with one
     */
    public static int recordStart(byte[] bytes, int from, int to) {
        int end = Math.min(to, from + MAX_LENGTH);
        for (int i = from; i < end && bytes[i] != '\n'; i++) {
            if (bytes[i] == '{') {
                return i == from ? -1 : i;
            }
        }
        return -1;
    }

    /**
     * The same, where the line's first word can't be a value of JSON: what else follows such a one is no prefix's record. Nor is
     * a byte order mark a prefix.
     *
     * @param from the line's first byte that is no white space
     */
    public static int plainRecordStart(byte[] bytes, int from, int to) {
        return "{[\",]}".indexOf(bytes[from]) >= 0 || isByteOrderMark(bytes, from, to) || mayBeValue(bytes, from, to)
                ? -1
                : recordStart(bytes, from, to);
    }

    private static boolean isByteOrderMark(byte[] bytes, int from, int to) {
        return bytes[from] == (byte) 0xef
                && to - from >= 3
                && bytes[from + 1] == (byte) 0xbb
                && bytes[from + 2] == (byte) 0xbf;
    }

    /** Whether the first word is written as a number or a literal is; a date's dashes are no number's. */
    private static boolean mayBeValue(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && NUMBER.indexOf(bytes[at]) >= 0 && (bytes[at] != '-' || at == from || bytes[at - 1] == 'e')) {
            at++;
        }
        boolean ends = at == to || bytes[at] <= ' ' || bytes[at] == '{' || bytes[at] == ',';
        return (ends && at > from)
                || starts(bytes, from, to, "true")
                || starts(bytes, from, to, "false")
                || starts(bytes, from, to, "null");
    }

    private static boolean starts(byte[] bytes, int from, int to, String word) {
        for (int i = 0; i < word.length(); i++) {
            if (from + i >= to || bytes[from + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Where a line ends behind a record, if brackets of the prefix's, commas and a call's end are all that follows it; else -1. */
    public static int endBehind(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && bytes[at] != '\n') {
            if (" \r\t,]);".indexOf(bytes[at]) < 0) {
                return -1;
            }
            at++;
        }
        return at;
    }

    /** Whether an opening square bracket begins a line's prefix and no array. */
    public static boolean isBracketed(byte[] bytes, int from, int to) {
        int next = from + 1;
        while (next < to && (bytes[next] == ' ' || bytes[next] == '\t')) {
            next++;
        }
        if (next >= to || "{[\"]\r\n".indexOf(bytes[next]) >= 0) {
            return false;
        }
        int end = Math.min(to, from + MAX_LENGTH);
        int newline = from;
        while (newline < end && bytes[newline] != '\n') {
            newline++;
        }
        return BRACKETED
                .matcher(new String(bytes, from, newline - from, StandardCharsets.ISO_8859_1).stripTrailing())
                .matches();
    }

    /**
     * Where the record stands in Fluentd's event as JSON, an array of a tag, a time and the record; or in Fluent Bit's, which has no tag.
     *
     * @param from the array's opening bracket
     * @return the record's opening bracket's place; -1 if this is no such array
     */
    public static int fluentdRecord(byte[] bytes, int from, int to) {
        int end = Math.min(to, from + MAX_LENGTH);
        int at = space(bytes, from + 1, to);
        boolean tagged = at < to && bytes[at] == '"';
        if (tagged) {
            at = behindTag(bytes, at + 1, end, to);
        }
        int time = at;
        while (at >= 0 && at < end && ((bytes[at] >= '0' && bytes[at] <= '9') || bytes[at] == '.')) {
            at++;
        }
        if (at == time || (!tagged && at - time < SECONDS)) {
            return -1;
        }
        at = space(bytes, at, to);
        if (at >= to || bytes[at] != ',') {
            return -1;
        }
        at = space(bytes, at + 1, to);
        return at < to && bytes[at] == '{' ? at : -1;
    }

    /** What stands behind a tag and its comma; -1 if that is none. */
    private static int behindTag(byte[] bytes, int from, int end, int to) {
        int at = from;
        for (; at < end && bytes[at] != '"'; at++) {
            if (bytes[at] == '\\' || bytes[at] == '\n') {
                return -1;
            }
        }
        at = space(bytes, at + 1, to);
        return at >= to || bytes[at] != ',' ? -1 : space(bytes, at + 1, to);
    }

    private static int space(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\n' || bytes[at] == '\r')) {
            at++;
        }
        return at;
    }
}
